//! Intents that were refused, kept for the administrator.
//!
//! Of each device only so many are kept, the oldest: what a hostile one sends after that is answered and counted.

use fieldbook_domain::ids::RecordId;
use fieldbook_sync::change::ActorBytes;
use fieldbook_sync::message::{Intent, Part};
use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::{Store, signed, unsigned};
use crate::error::Error;

/// Refused intents kept of one device.
pub const KEPT_MAX: u64 = 200;
/// Their bytes.
pub const KEPT_BYTES_MAX: u64 = 16 << 20;

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

/// Refused intents of a device that were not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The device.
    pub device: Uuid,
    /// How many.
    pub intents: u64,
    /// When the last one came, in milliseconds since 1970.
    pub last_ms: i64,
}

/// A refused intent with everything that was kept of it.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) row: Quarantined,
    pub(crate) actor: ActorBytes,
    pub(crate) payload: Vec<u8>,
}

impl Kept {
    /// The intent as it was sent.
    pub(crate) fn intent(&self) -> Result<Intent, Error> {
        read_payload(&self.payload)
    }
}

const COLUMNS: &str = "id, at_ms, user, device, actor, dseq, code, reason, length(payload)";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<(Quarantined, ActorBytes)> {
    let actor: ActorBytes = row.get(4)?;
    let quarantined = Quarantined {
        id: unsigned(row.get(0)?),
        at_ms: row.get(1)?,
        user: RecordId(Uuid::from_bytes(row.get(2)?)),
        device: Uuid::from_bytes(row.get(3)?),
        actor: Uuid::from_bytes(actor).simple().to_string(),
        dseq: unsigned(row.get(5)?),
        code: row.get(6)?,
        reason: row.get(7)?,
        bytes: unsigned(row.get(8)?),
    };
    Ok((quarantined, actor))
}

fn spell_payload(intent: &Intent) -> Result<Vec<u8>, Error> {
    postcard::to_stdvec(&(intent.dseq, intent.id, &intent.parts)).map_err(|_| Error::Damaged { what: "intent" })
}

fn read_payload(payload: &[u8]) -> Result<Intent, Error> {
    let (dseq, id, parts): (u64, Uuid, Vec<Part>) =
        postcard::from_bytes(payload).map_err(|_| Error::Damaged { what: "refused intent" })?;
    Ok(Intent { dseq, id, parts, forecast: None })
}

impl Store {
    /// Keeps a refused intent, or counts it if its device has reached its cap; says whether it is kept.
    pub(crate) fn quarantine(
        &self,
        now_ms: i64,
        who: (&ActorBytes, Uuid, RecordId),
        intent: &Intent,
        why: (&str, &str),
    ) -> Result<bool, Error> {
        let payload = spell_payload(intent)?;
        let (actor, device, user) = who;
        let (count, bytes) = self.quarantined_of(device)?;
        if count >= KEPT_MAX || bytes.saturating_add(payload.len() as u64) > KEPT_BYTES_MAX {
            self.count_dropped(device, now_ms)?;
            return Ok(false);
        }
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO quarantine (at_ms, actor, device, user, dseq, code, reason, payload)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        let dseq = signed(intent.dseq);
        statement.execute((now_ms, actor, device.as_bytes(), user.0.as_bytes(), dseq, why.0, why.1, payload))?;
        self.audit(now_ms, "intent.refused", user, device, why.0)?;
        Ok(true)
    }

    /// The quarantine, oldest first.
    pub(crate) fn quarantined(&self) -> Result<Vec<Quarantined>, Error> {
        let mut statement = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM quarantine ORDER BY id"))?;
        let rows = statement.query_map([], |row| Ok(read(row)?.0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One refused intent.
    pub(crate) fn kept(&self, id: u64) -> Result<Option<Kept>, Error> {
        let mut statement = self.conn.prepare_cached(&format!("SELECT {COLUMNS}, payload FROM quarantine WHERE id = ?1"))?;
        let kept = |row: &rusqlite::Row<'_>| {
            let (quarantined, actor) = read(row)?;
            Ok(Kept { row: quarantined, actor, payload: row.get(9)? })
        };
        Ok(statement.query_row([signed(id)], kept).optional()?)
    }

    /// Takes an intent out of the quarantine.
    pub(crate) fn discard(&self, id: u64) -> Result<(), Error> {
        self.conn.prepare_cached("DELETE FROM quarantine WHERE id = ?1")?.execute([signed(id)])?;
        Ok(())
    }

    /// The devices of which not everything was kept.
    pub(crate) fn dropped(&self) -> Result<Vec<Dropped>, Error> {
        let sql = "SELECT device, intents, last_ms FROM quarantine_dropped ORDER BY last_ms, device";
        let mut statement = self.conn.prepare_cached(sql)?;
        let row = |row: &rusqlite::Row<'_>| {
            let device = Uuid::from_bytes(row.get(0)?);
            Ok(Dropped { device, intents: unsigned(row.get(1)?), last_ms: row.get(2)? })
        };
        Ok(statement.query_map([], row)?.collect::<Result<_, _>>()?)
    }

    fn quarantined_of(&self, device: Uuid) -> Result<(u64, u64), Error> {
        let sql = "SELECT count(*), coalesce(sum(length(payload)), 0) FROM quarantine WHERE device = ?1";
        let row = |row: &rusqlite::Row<'_>| Ok((unsigned(row.get(0)?), unsigned(row.get(1)?)));
        Ok(self.conn.prepare_cached(sql)?.query_row([device.as_bytes()], row)?)
    }

    fn count_dropped(&self, device: Uuid, now_ms: i64) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO quarantine_dropped (device, intents, last_ms) VALUES (?1, 1, ?2)
             ON CONFLICT (device) DO UPDATE SET intents = intents + 1, last_ms = excluded.last_ms",
        )?;
        statement.execute((device.as_bytes(), now_ms))?;
        Ok(())
    }
}
