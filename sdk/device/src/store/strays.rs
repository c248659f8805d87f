//! Received changes that could not be applied to their document.
//!
//! They are kept, because the log moves on without them, and tried again whenever something else arrives for the record, and
//! when the app was upgraded: a record type it did not know may be one it knows now.

use std::collections::BTreeSet;

use fieldbook_domain::ids::RecordId;
use fieldbook_sync::change::WireChange;
use rusqlite::Connection;
use uuid::Uuid;

use crate::error::Error;
use crate::status::Damage;

/// Keeps changes for later.
pub(crate) fn keep(connection: &Connection, kind: &str, id: RecordId, changes: &[WireChange], reason: &str) -> Result<(), Error> {
    let payload = postcard::to_stdvec(changes).map_err(|_| Error::ReadStored { place: "stray" })?;
    let sql = "INSERT INTO stray (doc, n, kind, reason, changes)
               VALUES (?1, (SELECT coalesce(max(n), 0) + 1 FROM stray WHERE doc = ?1), ?2, ?3, ?4)";
    connection.prepare_cached(sql)?.execute((id.0.as_bytes(), kind, reason, payload))?;
    Ok(())
}

/// The records that have some.
pub(crate) fn docs(connection: &Connection) -> Result<BTreeSet<RecordId>, Error> {
    let mut statement = connection.prepare_cached("SELECT DISTINCT doc FROM stray")?;
    let rows = statement.query_map([], |row| Ok(RecordId(Uuid::from_bytes(row.get(0)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What is kept for a record: the record type and the changes, as lists in the order they arrived.
pub(crate) fn of(connection: &Connection, id: RecordId) -> Result<Vec<(String, Vec<WireChange>)>, Error> {
    let mut statement = connection.prepare_cached("SELECT kind, changes FROM stray WHERE doc = ?1 ORDER BY n")?;
    let mut rows = statement.query([id.0.as_bytes()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let payload: Vec<u8> = row.get(1)?;
        let changes = postcard::from_bytes(&payload).map_err(|_| Error::ReadStored { place: "stray" })?;
        found.push((row.get(0)?, changes));
    }
    Ok(found)
}

/// Forgets what is kept for a record.
pub(crate) fn clear(connection: &Connection, id: RecordId) -> Result<(), Error> {
    connection.prepare_cached("DELETE FROM stray WHERE doc = ?1")?.execute([id.0.as_bytes()])?;
    Ok(())
}

/// The records that have some, with the reason.
pub(crate) fn damaged(connection: &Connection) -> Result<Vec<Damage>, Error> {
    let mut statement = connection.prepare_cached("SELECT kind, doc, max(reason) FROM stray GROUP BY kind, doc")?;
    let rows = statement.query_map([], |row| {
        Ok(Damage { kind: row.get(0)?, id: RecordId(Uuid::from_bytes(row.get(1)?)), reason: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
