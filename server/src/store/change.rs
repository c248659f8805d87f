//! Every change ever merged: looking one up, and keeping one.

use automerge::ChangeHash;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::Stamp;
use fieldbook_sync::change::{ActorBytes, Hash, WireChange};
use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::{Store, signed, unsigned};
use crate::error::Error;

/// What is known of a merged change without reading it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChangeFacts {
    pub(crate) seq: u64,
    pub(crate) doc: RecordId,
    pub(crate) actor: ActorBytes,
    pub(crate) max_op: u64,
    pub(crate) time_ms: i64,
    pub(crate) user: RecordId,
    pub(crate) device: Uuid,
    pub(crate) clock_off: bool,
}

impl ChangeFacts {
    /// Its author, as the judge wants it.
    pub(crate) fn stamp(&self, hash: &Hash) -> Stamp {
        Stamp {
            user: self.user,
            device: self.device,
            at_ms: self.time_ms,
            seq: self.seq,
            clock_off: self.clock_off,
            change: ChangeHash(*hash).to_string(),
        }
    }
}

impl Store {
    /// A merged change, by hash.
    pub(crate) fn change(&self, hash: &Hash) -> Result<Option<ChangeFacts>, Error> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT seq, doc, actor, max_op, time_ms, user, device, clock_off FROM change WHERE hash = ?1")?;
        let facts = |row: &rusqlite::Row<'_>| {
            Ok(ChangeFacts {
                seq: unsigned(row.get(0)?),
                doc: RecordId(Uuid::from_bytes(row.get(1)?)),
                actor: row.get(2)?,
                max_op: unsigned(row.get(3)?),
                time_ms: row.get(4)?,
                user: RecordId(Uuid::from_bytes(row.get(5)?)),
                device: Uuid::from_bytes(row.get(6)?),
                clock_off: row.get(7)?,
            })
        };
        Ok(statement.query_row([hash], facts).optional()?)
    }

    /// The number and hash of an actor's last change of a document.
    pub(crate) fn last_of_actor(&self, doc: RecordId, actor: &ActorBytes) -> Result<Option<(u64, Hash)>, Error> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT actor_seq, hash FROM change WHERE doc = ?1 AND actor = ?2 ORDER BY actor_seq DESC LIMIT 1")?;
        let row = |row: &rusqlite::Row<'_>| Ok((unsigned(row.get(0)?), row.get(1)?));
        Ok(statement.query_row((doc.0.as_bytes(), actor), row).optional()?)
    }

    /// Keeps a change under the seq its facts give.
    pub(crate) fn put_change(
        &self,
        wire: &WireChange,
        blob: &[u8],
        facts: &ChangeFacts,
        received_ms: Option<i64>,
    ) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO change (seq, hash, doc, actor, actor_seq, max_op, time_ms, user, device, clock_off, wire, received_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?;
        statement.execute((
            signed(facts.seq),
            wire.hash,
            facts.doc.0.as_bytes(),
            wire.actor,
            signed(wire.seq),
            signed(facts.max_op),
            facts.time_ms,
            facts.user.0.as_bytes(),
            facts.device.as_bytes(),
            facts.clock_off,
            blob,
            received_ms,
        ))?;
        Ok(())
    }

    /// The changes of a document in the order they were merged.
    pub(crate) fn changes_of(&self, doc: RecordId) -> Result<Vec<WireChange>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT wire FROM change WHERE doc = ?1 ORDER BY seq")?;
        let mut rows = statement.query([doc.0.as_bytes()])?;
        let mut changes = Vec::new();
        while let Some(row) = rows.next()? {
            changes.push(read_wire(row.get_ref(0)?.as_blob().unwrap_or_default())?);
        }
        Ok(changes)
    }
}

/// Spells a change for the database.
pub(crate) fn spell_wire(wire: &WireChange) -> Result<Vec<u8>, Error> {
    postcard::to_stdvec(wire).map_err(|_| Error::Damaged { what: "change" })
}

/// Reads a change from the database.
pub(crate) fn read_wire(blob: &[u8]) -> Result<WireChange, Error> {
    postcard::from_bytes(blob).map_err(|_| Error::Damaged { what: "change" })
}
