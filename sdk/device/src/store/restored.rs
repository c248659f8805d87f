//! A book that is being levelled with a server that was put back from a backup.
//!
//! Answered work is kept for a while ([`settle`](super::outbox::settle)). Once the server turns out to be another one, everything
//! it has is read, and every change it names is noted here; then `reauthor.rs` makes the records again from that, offers
//! what it lacks of this book's own work once more, and what others wrote is set aside.

use std::collections::BTreeSet;

use automerge::Automerge;
use fieldbook_domain::document::GENESIS_ACTOR;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record;
use fieldbook_sync::change::Hash;
use fieldbook_sync::message::Intent;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::{documents, meta, outbox};
use crate::error::Error;

/// How long answered work is kept: backups are older than that only where nobody looks.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
/// The fact that the book is being levelled.
const RESTORED: &str = "restored";
/// What stands for a decision's own mark beside those of changes.
const DECISION: Hash = [0; 32];

/// Begins to level the book with a server that is another one than before.
pub(crate) fn begin(connection: &Connection) -> Result<(), Error> {
    connection.execute("DELETE FROM had", [])?;
    meta::set(connection, RESTORED, &true)
}

/// Whether the book is being levelled.
pub(crate) fn is_under_way(connection: &Connection) -> Result<bool, Error> {
    Ok(meta::get(connection, RESTORED)?.unwrap_or(false))
}

/// Notes that the server has a change.
pub(crate) fn note(connection: &Connection, of: Uuid, hash: &Hash) -> Result<(), Error> {
    let sql = "INSERT INTO had (of, hash) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    connection.prepare_cached(sql)?.execute((of.as_bytes(), hash))?;
    Ok(())
}

/// Notes that the server has every change of a document.
pub(crate) fn note_all(connection: &Connection, of: Uuid, doc: &Automerge) -> Result<(), Error> {
    doc.get_changes_meta(&[]).iter().try_for_each(|change| note(connection, of, &change.hash.0))
}

/// Notes that the server knows a decision.
pub(crate) fn note_decision(connection: &Connection, id: Uuid) -> Result<(), Error> {
    note(connection, id, &DECISION)
}

/// The changes of a record the server has.
pub(crate) fn had(connection: &Connection, id: RecordId) -> Result<BTreeSet<Hash>, Error> {
    let mut statement = connection.prepare_cached("SELECT hash FROM had WHERE of = ?1")?;
    let rows = statement.query_map([id.0.as_bytes()], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The records with changes the server does not have.
pub(crate) fn ahead(connection: &Connection) -> Result<Vec<RecordRef>, Error> {
    let mut ahead = Vec::new();
    for kind in record::RECORD_TYPES {
        for id in documents::ids(connection, kind.name)? {
            let Some(stored) = documents::find(connection, id)? else { continue };
            let had = had(connection, id)?;
            let is_ahead = match &stored.snapshot {
                None => stored.tail(id)?.iter().any(|change| !had.contains(&change.hash)),
                Some(_) => match stored.load(kind, id, GENESIS_ACTOR) {
                    Ok(doc) => doc.get_changes_meta(&[]).iter().skip(1).any(|change| !had.contains(&change.hash.0)),
                    // What cannot be read stays as it is.
                    Err(_) => false,
                },
            };
            if is_ahead {
                ahead.push(RecordRef::new(kind.name, id));
            }
        }
    }
    Ok(ahead)
}

/// Takes the answered work out that the server does not have, with the time it was done, in its order.
pub(crate) fn take_lost(connection: &Connection) -> Result<Vec<(Intent, i64)>, Error> {
    let mut statement = connection.prepare("SELECT n, payload, created_ms FROM sent ORDER BY n")?;
    let mut rows = statement.query([])?;
    let mut lost = Vec::new();
    while let Some(row) = rows.next()? {
        let n: i64 = row.get(0)?;
        let intent = outbox::decode(&row.get::<_, Vec<u8>>(1)?, None)?;
        if !knows(connection, &intent)? {
            lost.push((n, intent, row.get(2)?));
        }
    }
    drop(rows);
    for (n, ..) in &lost {
        connection.prepare_cached("DELETE FROM sent WHERE n = ?1")?.execute([n])?;
    }
    Ok(lost.into_iter().map(|(_, intent, created_ms)| (intent, created_ms)).collect())
}

/// Whether the server has an intent: it takes all of one or nothing.
pub(crate) fn knows(connection: &Connection, intent: &Intent) -> Result<bool, Error> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM had WHERE of = ?1 AND hash = ?2")?;
    for part in &intent.parts {
        for change in &part.changes {
            let found: Option<i64> = statement.query_row((part.doc.as_bytes(), change.hash), |row| row.get(0)).optional()?;
            if found.is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Keeps a record as it was, for what others wrote into it.
pub(crate) fn set_aside(connection: &Connection, target: &RecordRef, doc: &Automerge, at_ms: i64) -> Result<(), Error> {
    let sql = "INSERT INTO aside (doc, kind, at_ms, snapshot) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (doc) DO UPDATE SET at_ms = excluded.at_ms, snapshot = excluded.snapshot";
    connection.prepare_cached(sql)?.execute((target.id.0.as_bytes(), &target.kind, at_ms, documents::bytes(doc, target.id)?))?;
    Ok(())
}

/// The records that were set aside, when, and their documents as they were.
pub(crate) fn aside(connection: &Connection) -> Result<Vec<(RecordRef, i64, Vec<u8>)>, Error> {
    let mut statement = connection.prepare_cached("SELECT kind, doc, at_ms, snapshot FROM aside ORDER BY doc")?;
    let row = |row: &rusqlite::Row<'_>| {
        let target = RecordRef::new(row.get::<_, String>(0)?, RecordId(Uuid::from_bytes(row.get(1)?)));
        Ok((target, row.get(2)?, row.get(3)?))
    };
    Ok(statement.query_map([], row)?.collect::<Result<_, _>>()?)
}

/// Ends the levelling. Decisions that wait for an answer and that the server does not know are taken anew with what they were about.
pub(crate) fn finish(connection: &Connection) -> Result<(), Error> {
    let sql = "DELETE FROM notice
               WHERE NOT EXISTS (SELECT 1 FROM had WHERE of = notice.id)
                 AND CASE WHEN json_valid(body) THEN body ->> '$.held' IS NOT NULL END";
    connection.execute(sql, [])?;
    connection.execute("DELETE FROM had", [])?;
    meta::remove(connection, RESTORED)
}

/// Lets go of answered work no backup is older than.
pub(crate) fn prune(connection: &Connection) -> Result<(), Error> {
    let Some(now_ms) = meta::get::<i64>(connection, meta::SERVER_MS)? else { return Ok(()) };
    let sql = "DELETE FROM sent WHERE answered_ms < ?1";
    connection.prepare_cached(sql)?.execute([now_ms.saturating_sub(KEPT_MS)])?;
    Ok(())
}
