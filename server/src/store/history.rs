//! The log as it was written: what happened at once, with everything that is known of it.

use std::collections::BTreeMap;

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::{Decision, Stamp};
use fieldbook_sync::change::{ActorBytes, Hash, WireChange};
use fieldbook_sync::message::Answer;
use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::answer::read_status;
use super::change::{ChangeFacts, read_wire};
use super::{Store, signed, unsigned};
use crate::error::Error;

/// A change as it was logged.
#[derive(Clone, Debug)]
pub(crate) struct LoggedChange {
    /// The record type of its document.
    pub(crate) kind: String,
    pub(crate) wire: WireChange,
    /// The same, as it is stored.
    pub(crate) blob: Vec<u8>,
    pub(crate) facts: ChangeFacts,
    /// When it was judged, if that was kept.
    pub(crate) received_ms: Option<i64>,
    /// Whom it credited, by key.
    pub(crate) credit: BTreeMap<String, Stamp>,
}

/// The changes that were logged at once, and the positions they took with their decisions.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: u64,
    pub(crate) last_seq: u64,
    pub(crate) changes: Vec<LoggedChange>,
}

/// Changes of one record that came at once.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    /// When the office received them.
    pub(crate) received_ms: i64,
    pub(crate) changes: Vec<Hash>,
}

impl Store {
    /// Notes whom a repair credited.
    pub(crate) fn put_repair_credit(&self, seq: u64, credit: &BTreeMap<String, Stamp>) -> Result<(), Error> {
        let text = serde_json::to_string(credit).map_err(|_| Error::Damaged { what: "credit" })?;
        let sql = "INSERT INTO repair_credit (seq, credit) VALUES (?1, ?2)";
        self.conn.prepare_cached(sql)?.execute((signed(seq), text))?;
        Ok(())
    }

    /// The groups after a position, at most so many; none when the log ends.
    pub(crate) fn groups(&self, after: u64, groups_max: usize) -> Result<Vec<Group>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT log.seq, log.grp, change.doc, change.actor, change.max_op, change.time_ms, change.user, change.device,
                    change.clock_off, change.received_ms, change.wire, document.kind, repair_credit.credit
             FROM log
             LEFT JOIN change ON log.kind = 'change' AND change.seq = log.seq
             LEFT JOIN document ON document.id = change.doc
             LEFT JOIN repair_credit ON repair_credit.seq = change.seq
             WHERE log.seq > ?1 AND log.kind IN ('change', 'actor', 'notice')
             ORDER BY log.seq",
        )?;
        let mut rows = statement.query([signed(after)])?;
        let mut groups: Vec<Group> = Vec::new();
        while let Some(row) = rows.next()? {
            let (seq, id) = (unsigned(row.get(0)?), unsigned(row.get(1)?));
            if groups.last().is_none_or(|group| group.id != id) {
                if groups.len() == groups_max {
                    break;
                }
                groups.push(Group { id, last_seq: seq, changes: Vec::new() });
            }
            if let Some(group) = groups.last_mut() {
                group.last_seq = seq;
                group.changes.extend(logged_change(row, seq)?);
            }
        }
        Ok(groups)
    }

    /// The changes of one record, those that came at once together, in order.
    pub(crate) fn moments_of(&self, doc: RecordId) -> Result<Vec<Moment>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT log.grp, change.hash, coalesce(change.received_ms, change.time_ms) FROM change
             JOIN log ON log.seq = change.seq WHERE change.doc = ?1 ORDER BY change.seq",
        )?;
        let mut rows = statement.query([doc.0.as_bytes()])?;
        let mut moments: Vec<(i64, Moment)> = Vec::new();
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            if moments.last().is_none_or(|(there, _)| *there != id) {
                moments.push((id, Moment { received_ms: row.get(2)?, changes: Vec::new() }));
            }
            if let Some((_, moment)) = moments.last_mut() {
                moment.changes.push(row.get(1)?);
            }
        }
        Ok(moments.into_iter().map(|(_, moment)| moment).collect())
    }

    /// The decisions that were taken at these positions, in the order they were taken.
    pub(crate) fn decisions_at(&self, first_seq: u64, last_seq: u64) -> Result<Vec<Decision>, Error> {
        let sql = "SELECT body FROM decision WHERE seq BETWEEN ?1 AND ?2 ORDER BY rowid";
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map((signed(first_seq), signed(last_seq)), |row| row.get::<_, String>(0))?;
        rows.map(|body| serde_json::from_str(&body?).map_err(|_| Error::Damaged { what: "decision" })).collect()
    }

    /// The reply to the intent whose effect ends at a position, and the intent's id.
    pub(crate) fn answer_at(&self, actor: &ActorBytes, seq: u64) -> Result<Option<(Uuid, Answer)>, Error> {
        // The same work sent again under another number was answered with the same position.
        let mut statement = self.conn.prepare_cached(
            "SELECT intent, dseq, status, code, message FROM answer WHERE actor = ?1 AND seq = ?2 ORDER BY dseq LIMIT 1",
        )?;
        let row = |row: &rusqlite::Row<'_>| {
            let (dseq, status) = (unsigned(row.get(1)?), read_status(row.get(2)?));
            Ok((Uuid::from_bytes(row.get(0)?), Answer { dseq, status, code: row.get(3)?, message: row.get(4)?, seq }))
        };
        Ok(statement.query_row((actor, signed(seq)), row).optional()?)
    }

    /// Makes the two above fast; for a copy only.
    pub(crate) fn index_history(&self) -> Result<(), Error> {
        let sql = "CREATE INDEX decision_at ON decision (seq); CREATE INDEX answer_at ON answer (seq);";
        Ok(self.conn.execute_batch(sql)?)
    }
}

fn logged_change(row: &rusqlite::Row<'_>, seq: u64) -> Result<Option<LoggedChange>, Error> {
    let Some(doc) = row.get::<_, Option<[u8; 16]>>(2)? else { return Ok(None) };
    let blob: Vec<u8> = row.get(10)?;
    let credit: Option<String> = row.get(12)?;
    let credit = credit.map(|text| serde_json::from_str(&text)).transpose();
    Ok(Some(LoggedChange {
        kind: row.get(11)?,
        wire: read_wire(&blob)?,
        blob,
        facts: ChangeFacts {
            seq,
            doc: RecordId(Uuid::from_bytes(doc)),
            actor: row.get(3)?,
            max_op: unsigned(row.get(4)?),
            time_ms: row.get(5)?,
            user: RecordId(Uuid::from_bytes(row.get(6)?)),
            device: Uuid::from_bytes(row.get(7)?),
            clock_off: row.get(8)?,
        },
        received_ms: row.get(9)?,
        credit: credit.map_err(|_| Error::Damaged { what: "credit" })?.unwrap_or_default(),
    }))
}
