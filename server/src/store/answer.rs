//! Replies given, decisions taken, and the audit trail.

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::Decision;
use fieldbook_sync::change::ActorBytes;
use fieldbook_sync::message::{Answer, Status};
use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::{Store, signed, unsigned};
use crate::audit::Note;
use crate::error::Error;

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
        let sql = "INSERT INTO answer (actor, dseq, intent, status, code, message, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.write_answer(sql, actor, intent, answer)
    }

    /// Puts another reply in the place of the one an intent got.
    pub(crate) fn replace_answer(&self, actor: &ActorBytes, intent: Uuid, answer: &Answer) -> Result<(), Error> {
        let sql =
            "UPDATE answer SET status = ?4, code = ?5, message = ?6, seq = ?7 WHERE actor = ?1 AND dseq = ?2 AND intent = ?3";
        self.write_answer(sql, actor, intent, answer)
    }

    fn write_answer(&self, sql: &str, actor: &ActorBytes, intent: Uuid, answer: &Answer) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached(sql)?;
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

    /// The audit trail, in the order it was written.
    pub(crate) fn notes(&self) -> Result<Vec<Note>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT at_ms, what, user, device, detail FROM audit ORDER BY id")?;
        let row = |row: &rusqlite::Row<'_>| {
            Ok(Note {
                at_ms: row.get(0)?,
                what: row.get(1)?,
                user: RecordId(Uuid::from_bytes(row.get(2)?)),
                device: Uuid::from_bytes(row.get(3)?),
                detail: row.get(4)?,
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

    /// Whether something was noted of a device since then.
    pub(crate) fn was_noted(&self, what: &str, device: Uuid, since_ms: i64) -> Result<bool, Error> {
        let sql = "SELECT EXISTS (SELECT 1 FROM audit WHERE what = ?1 AND device = ?2 AND at_ms >= ?3)";
        Ok(self.conn.query_row(sql, (what, device.as_bytes(), since_ms), |row| row.get(0))?)
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

pub(super) fn read_status(number: i64) -> Status {
    match number {
        0 => Status::Accepted,
        1 => Status::Adjusted,
        2 => Status::Held,
        3 => Status::Rejected,
        4 => Status::Refused,
        _ => Status::Waiting,
    }
}
