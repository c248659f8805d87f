//! Replies given, intents refused, decisions taken, and the audit trail.

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::Decision;
use fieldbook_sync::change::ActorBytes;
use fieldbook_sync::message::{Answer, Intent, Status};
use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::{Store, signed, unsigned};
use crate::error::Error;

/// An intent that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Its number in the quarantine.
    pub id: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Whose.
    pub user: RecordId,
    /// From which device.
    pub device: Uuid,
    /// Under which name, in hexadecimal.
    pub actor: String,
    /// Its number among the actor's.
    pub dseq: u64,
    /// The stable word for why.
    pub code: String,
    /// Why, in plain words.
    pub reason: String,
    /// How big it is.
    pub bytes: u64,
}

impl Store {
    /// The reply given to an intent, and the intent's id.
    pub(crate) fn answer(&self, actor: &ActorBytes, dseq: u64) -> Result<Option<(Uuid, Answer)>, Error> {
        let mut statement =
            self.conn.prepare_cached("SELECT intent, status, code, message, seq FROM answer WHERE actor = ?1 AND dseq = ?2")?;
        let row = |row: &rusqlite::Row<'_>| {
            let intent = Uuid::from_bytes(row.get(0)?);
            let status = read_status(row.get(1)?);
            Ok((intent, Answer { dseq, status, code: row.get(2)?, message: row.get(3)?, seq: unsigned(row.get(4)?) }))
        };
        Ok(statement.query_row((actor, signed(dseq)), row).optional()?)
    }

    /// Keeps the reply to an intent.
    pub(crate) fn put_answer(&self, actor: &ActorBytes, intent: Uuid, answer: &Answer) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO answer (actor, dseq, intent, status, code, message, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        statement.execute((
            actor,
            signed(answer.dseq),
            intent.as_bytes(),
            spell_status(answer.status),
            &answer.code,
            &answer.message,
            signed(answer.seq),
        ))?;
        Ok(())
    }

    /// Keeps a decision; says whether it is new.
    pub(crate) fn put_decision(&self, decision: &Decision, seq: u64) -> Result<bool, Error> {
        let mut statement =
            self.conn.prepare_cached("INSERT INTO decision (id, seq, body) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING")?;
        let body = serde_json::to_string(decision).map_err(|_| Error::Damaged { what: "decision" })?;
        Ok(statement.execute((decision.id.as_bytes(), signed(seq), body))? > 0)
    }

    /// A decision.
    pub(crate) fn decision(&self, id: Uuid) -> Result<Option<Decision>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT body FROM decision WHERE id = ?1")?;
        let body: Option<String> = statement.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
        body.map(|body| serde_json::from_str(&body).map_err(|_| Error::Damaged { what: "decision" })).transpose()
    }

    /// Every decision, in the order they were taken.
    pub(crate) fn decisions(&self) -> Result<Vec<Decision>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT body FROM decision ORDER BY seq, id")?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let read = |body: String| serde_json::from_str(&body).map_err(|_| Error::Damaged { what: "decision" });
        rows.map(|body| read(body?)).collect()
    }

    /// Keeps a refused intent for the administrator.
    pub(crate) fn quarantine(
        &self,
        now_ms: i64,
        who: (&ActorBytes, Uuid, RecordId),
        intent: &Intent,
        why: (&str, &str),
    ) -> Result<(), Error> {
        let payload = postcard::to_stdvec(intent).map_err(|_| Error::Damaged { what: "intent" })?;
        let (actor, device, user) = who;
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO quarantine (at_ms, actor, device, user, dseq, code, reason, payload)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        let dseq = signed(intent.dseq);
        statement.execute((now_ms, actor, device.as_bytes(), user.0.as_bytes(), dseq, why.0, why.1, payload))?;
        self.audit(now_ms, "intent.refused", user, device, why.0)
    }

    /// The quarantine, oldest first.
    pub(crate) fn quarantined(&self) -> Result<Vec<Quarantined>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, at_ms, user, device, lower(hex(actor)), dseq, code, reason, length(payload) FROM quarantine ORDER BY id",
        )?;
        let row = |row: &rusqlite::Row<'_>| {
            Ok(Quarantined {
                id: unsigned(row.get(0)?),
                at_ms: row.get(1)?,
                user: RecordId(Uuid::from_bytes(row.get(2)?)),
                device: Uuid::from_bytes(row.get(3)?),
                actor: row.get(4)?,
                dseq: unsigned(row.get(5)?),
                code: row.get(6)?,
                reason: row.get(7)?,
                bytes: unsigned(row.get(8)?),
            })
        };
        Ok(statement.query_map([], row)?.collect::<Result<_, _>>()?)
    }

    /// Notes what somebody did to the organisation rather than to a record.
    pub(crate) fn audit(&self, now_ms: i64, what: &str, user: RecordId, device: Uuid, detail: &str) -> Result<(), Error> {
        let mut statement =
            self.conn.prepare_cached("INSERT INTO audit (at_ms, what, user, device, detail) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        statement.execute((now_ms, what, user.0.as_bytes(), device.as_bytes(), detail))?;
        Ok(())
    }
}

fn spell_status(status: Status) -> i64 {
    match status {
        Status::Accepted => 0,
        Status::Adjusted => 1,
        Status::Held => 2,
        Status::Rejected => 3,
        Status::Refused => 4,
        Status::Waiting => 5,
    }
}

fn read_status(number: i64) -> Status {
    match number {
        0 => Status::Accepted,
        1 => Status::Adjusted,
        2 => Status::Held,
        3 => Status::Rejected,
        4 => Status::Refused,
        _ => Status::Waiting,
    }
}
