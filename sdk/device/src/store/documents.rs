//! The documents: where their bytes are, and how they are read and written.
//!
//! A document stands in one of two forms. *Tail*: the changes as they were received, in one line on top of the genesis; it
//! is read and written by [`Line`] and Automerge has never been asked. *Saved*: an Automerge document, from the first
//! edit inside a text or the first concurrent change on. Automerge has panicked before, so every call into it stands behind `catch_unwind`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{ActorId, Automerge, AutomergeError, Change, SaveOptions};
use fieldbook_domain::document::{self, Write};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::raw::Raw;
use fieldbook_domain::record::{self, RecordType};
use fieldbook_sync::change::{ActorBytes, Hash, WireChange};
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use crate::error::Error;
use crate::linear::{Line, NotLinear};
use crate::receive::TAIL_CHANGES_MAX;

/// A stored document.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) kind: String,
    pub(crate) snapshot: Option<Vec<u8>>,
    pub(crate) tail: Vec<u8>,
    pub(crate) changes: usize,
    pub(crate) heads: Vec<u8>,
}

impl Stored {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            kind: row.get(0)?,
            snapshot: row.get(1)?,
            tail: row.get(2)?,
            changes: usize::try_from(row.get::<_, i64>(3)?).unwrap_or(0),
            heads: row.get(4)?,
        })
    }

    /// A document of which there is nothing yet but its genesis.
    pub(crate) fn empty(kind: &RecordType) -> Self {
        Self { kind: kind.name.to_owned(), snapshot: None, tail: Vec::new(), changes: 0, heads: Vec::new() }
    }

    /// The received changes of the tail form.
    pub(crate) fn tail(&self, id: RecordId) -> Result<Vec<WireChange>, Error> {
        let mut changes = Vec::with_capacity(self.changes);
        let mut rest = self.tail.as_slice();
        while !rest.is_empty() {
            let (change, after) = postcard::take_from_bytes(rest).map_err(|error| unreadable(id, &error))?;
            changes.push(change);
            rest = after;
        }
        Ok(changes)
    }

    /// The document, ready to be written under `actor`.
    pub(crate) fn load(&self, kind: &'static RecordType, id: RecordId, actor: ActorBytes) -> Result<Automerge, Error> {
        if let Some(snapshot) = &self.snapshot {
            let doc = guarded(|| Automerge::load(snapshot)).map_err(|reason| Error::ReadDocument { id, reason })?;
            return Ok(doc.with_actor(ActorId::from(&actor[..])));
        }
        let (mut doc, genesis) = fresh(kind, id, actor)?;
        apply(&mut doc, id, &genesis, &self.tail(id)?)?;
        Ok(doc)
    }

    /// A change on top of the tail form, made without Automerge; `NotLinear` if it takes Automerge to make it.
    pub(crate) fn author(
        &self,
        kind: &'static RecordType,
        id: RecordId,
        actor: ActorBytes,
        genesis: &Hash,
        writes: &[Write],
        time_ms: i64,
    ) -> Result<Result<Option<WireChange>, NotLinear>, Error> {
        if self.snapshot.is_some() || self.changes >= TAIL_CHANGES_MAX {
            return Ok(Err(NotLinear));
        }
        let mut line = Line::new(kind);
        let followed = self.tail(id)?.iter().try_for_each(|change| line.push(change));
        Ok(followed.and_then(|()| line.author(actor, genesis, writes, time_ms)))
    }

    /// Appends a change to the tail form.
    pub(crate) fn push(&mut self, id: RecordId, change: &WireChange) -> Result<(), Error> {
        let bytes = postcard::to_stdvec(change).map_err(|error| Error::WriteDocument { id, reason: error.to_string() })?;
        self.tail.extend(bytes);
        self.changes = self.changes.saturating_add(1);
        self.heads = change.hash.to_vec();
        Ok(())
    }

    /// The record read flat.
    pub(crate) fn raw(&self, kind: &'static RecordType, id: RecordId) -> Result<Raw, Error> {
        if self.snapshot.is_none() {
            let mut line = Line::new(kind);
            if self.tail(id)?.iter().try_for_each(|change| line.push(change)).is_ok() {
                return Ok(line.into_raw());
            }
        }
        read(&self.load(kind, id, document::GENESIS_ACTOR)?, id)
    }
}

/// The stored document of a record.
pub(crate) fn find(connection: &Connection, id: RecordId) -> Result<Option<Stored>, Error> {
    let sql = "SELECT kind, snapshot, tail, changes, heads FROM document WHERE id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row([id.0.as_bytes()], Stored::from_row).optional()?)
}

/// The record type of a held document.
pub(crate) fn kind_of(connection: &Connection, id: RecordId) -> Result<Option<String>, Error> {
    let mut statement = connection.prepare_cached("SELECT kind FROM document WHERE id = ?1")?;
    Ok(statement.query_row([id.0.as_bytes()], |row| row.get(0)).optional()?)
}

/// The record read flat, if it is held.
pub(crate) fn raw(connection: &Connection, target: &RecordRef) -> Result<Option<Raw>, Error> {
    let Some(kind) = record::find(&target.kind) else { return Ok(None) };
    match find(connection, target.id)? {
        Some(stored) if stored.kind == target.kind => stored.raw(kind, target.id).map(Some),
        Some(_) | None => Ok(None),
    }
}

/// A document holding its genesis only, and the genesis' hash.
pub(crate) fn fresh(kind: &'static RecordType, id: RecordId, actor: ActorBytes) -> Result<(Automerge, Hash), Error> {
    let doc = guarded(|| document::create(kind, id, &actor)).map_err(|reason| Error::WriteDocument { id, reason })?;
    let genesis = doc.get_heads().first().map_or([0; 32], |head| head.0);
    Ok((doc, genesis))
}

/// The hash of a record's genesis.
pub(crate) fn genesis(kind: &'static RecordType, id: RecordId) -> Result<Hash, Error> {
    let change = guarded(|| Ok(document::genesis(kind, id))).map_err(|reason| Error::WriteDocument { id, reason })?;
    Ok(change.hash().0)
}

/// Proves changes by their hashes and applies them; an error leaves `doc` half-written, to be thrown away.
pub(crate) fn apply(doc: &mut Automerge, id: RecordId, genesis: &Hash, changes: &[WireChange]) -> Result<(), Error> {
    let mut proved: Vec<Change> = Vec::with_capacity(changes.len());
    let mut previous = None;
    for wire in changes {
        let change = wire.to_change(genesis, previous.as_ref());
        proved.push(change.map_err(|error| Error::ReadDocument { id, reason: error.to_string() })?);
        previous = Some(wire.hash);
    }
    let hashes: Vec<_> = proved.iter().map(Change::hash).collect();
    guarded(|| doc.apply_changes(proved)).map_err(|reason| Error::ReadDocument { id, reason })?;
    if hashes.iter().any(|hash| doc.get_change_meta_by_hash(hash).is_none()) {
        return Err(Error::ReadDocument { id, reason: "a change it builds on is missing".to_owned() });
    }
    Ok(())
}

/// Reads a document flat.
pub(crate) fn read(doc: &Automerge, id: RecordId) -> Result<Raw, Error> {
    guarded(|| document::read(doc)).map_err(|reason| Error::ReadDocument { id, reason })
}

/// A document as it is saved.
pub(crate) fn bytes(doc: &Automerge, id: RecordId) -> Result<Vec<u8>, Error> {
    let options = SaveOptions { deflate: false, retain_orphans: false };
    guarded(|| Ok(doc.save_with_options(options))).map_err(|reason| Error::WriteDocument { id, reason })
}

/// Stores a document in the saved form.
pub(crate) fn save(connection: &Connection, kind: &RecordType, id: RecordId, doc: &Automerge) -> Result<(), Error> {
    let bytes = bytes(doc, id)?;
    let heads: Vec<u8> = doc.get_heads().iter().flat_map(|head| head.0).collect();
    let sql = "INSERT INTO document (id, kind, snapshot, tail, changes, heads) VALUES (?1, ?2, ?3, x'', 0, ?4)
               ON CONFLICT (id) DO UPDATE SET snapshot = excluded.snapshot, tail = x'', changes = 0, heads = excluded.heads";
    connection.prepare_cached(sql)?.execute((id.0.as_bytes(), kind.name, bytes, heads))?;
    Ok(())
}

/// Stores a document in the tail form.
pub(crate) fn save_tail(connection: &Connection, id: RecordId, stored: &Stored) -> Result<(), Error> {
    let sql = "INSERT INTO document (id, kind, snapshot, tail, changes, heads) VALUES (?1, ?2, NULL, ?3, ?4, ?5)
               ON CONFLICT (id) DO UPDATE SET snapshot = NULL, tail = excluded.tail, changes = excluded.changes,
                   heads = excluded.heads";
    let changes = i64::try_from(stored.changes).unwrap_or(i64::MAX);
    connection.prepare_cached(sql)?.execute((id.0.as_bytes(), &stored.kind, &stored.tail, changes, &stored.heads))?;
    Ok(())
}

/// Forgets a document.
pub(crate) fn remove(connection: &Connection, id: RecordId) -> Result<(), Error> {
    connection.prepare_cached("DELETE FROM document WHERE id = ?1")?.execute([id.0.as_bytes()])?;
    Ok(())
}

/// Every held document of a type.
pub(crate) fn ids(connection: &Connection, kind: &str) -> Result<Vec<RecordId>, Error> {
    let mut statement = connection.prepare_cached("SELECT id FROM document WHERE kind = ?1 ORDER BY id")?;
    let rows = statement.query_map([kind], |row| row.get::<_, [u8; 16]>(0))?;
    let ids = rows.map(|bytes| bytes.map(|bytes| RecordId(Uuid::from_bytes(bytes))));
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Runs something of Automerge's; a panic inside it is an error like any other.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, AutomergeError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("automerge gave up on it".to_owned()),
    }
}

fn unreadable(id: RecordId, error: &postcard::Error) -> Error {
    Error::ReadDocument { id, reason: error.to_string() }
}
