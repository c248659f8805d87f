//! The records as rows: one table for each record type, generated from its declaration, and two beside them (`links.rs`,
//! `posts.rs`).
//!
//! A row is the JSON a person sees; what people filter and sort by is a generated column over it. Every index ends in the id, so
//! that a list sorted by anything, then by id, is read in the order of an index. The tables have a rowid: without one SQLite puts
//! all of a row beyond a quarter of a page on a page of its own, and most rows are longer than that. Rows are disposable: when the
//! generated statements change, or on demand, all of them are made again from the documents.

use std::collections::BTreeSet;

use fieldbook_domain::action::referred;
use fieldbook_domain::alias::MERGED_INTO;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::raw::Raw;
use fieldbook_domain::record::{self, RECORD_TYPES, RecordType};
use fieldbook_domain::view;
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::{documents, links, meta, outbox, posts, touched};
use crate::error::Error;

/// Tables made beside those of the record types.
const BESIDE: &[(&str, &str)] = &[("child_link", links::DDL), ("post", posts::DDL)];

/// Columns every record has besides its declared ones.
const COMMON: &[&str] = &["state", "modified_at"];

/// The table of a record type.
pub(crate) fn table(kind: &RecordType) -> String {
    format!("record_{}", kind.name)
}

/// The generated columns of a record type.
pub(crate) fn columns(kind: &'static RecordType) -> impl Iterator<Item = &'static str> {
    let declared = kind.fields.iter().filter(|field| field.indexed).map(|field| field.name);
    COMMON.iter().copied().chain(declared)
}

/// The statements that make the table of a record type.
pub(crate) fn ddl(kind: &'static RecordType) -> String {
    let table = table(kind);
    // ANY: a newer app may keep something here that this one does not expect.
    let generated: String =
        columns(kind).map(|name| format!(",\n    \"{name}\" ANY GENERATED ALWAYS AS (body ->> '$.{name}') VIRTUAL")).collect();
    let mut sql = format!(
        "CREATE TABLE \"{table}\" (
    id      BLOB NOT NULL PRIMARY KEY,
    body    TEXT NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    pending INTEGER NOT NULL DEFAULT 0{generated}
) STRICT;\n"
    );
    for name in columns(kind) {
        sql.push_str(&format!("CREATE INDEX \"{table}_by_{name}\" ON \"{table}\" (\"{name}\", id);\n"));
    }
    sql
}

/// Makes the tables fit the declarations; gives whether they had to be made anew.
pub(crate) fn ensure(connection: &Connection) -> Result<bool, Error> {
    let wanted = fingerprint();
    if meta::get::<String>(connection, meta::PROJECTION)?.as_deref() == Some(wanted.as_str()) {
        return Ok(false);
    }
    rebuild(connection)?;
    meta::set(connection, meta::PROJECTION, &wanted)?;
    Ok(true)
}

/// Drops the tables and makes every row again from its document; gives how many rows there are.
pub(crate) fn rebuild(connection: &Connection) -> Result<usize, Error> {
    for name in existing(connection)? {
        connection.execute_batch(&format!("DROP TABLE \"{name}\""))?;
    }
    for (name, ddl) in BESIDE {
        connection.execute_batch(&format!("DROP TABLE IF EXISTS \"{name}\"; {ddl}"))?;
    }
    let pending = outbox::pending_docs(connection)?;
    let mut rows = 0_usize;
    for kind in RECORD_TYPES {
        connection.execute_batch(&ddl(kind))?;
        touched::note(kind);
        for id in documents::ids(connection, kind.name)? {
            let Some(stored) = documents::find(connection, id)? else { continue };
            match stored.raw(kind, id) {
                Ok(raw) => {
                    put(connection, kind, id, &raw, pending.contains(&id))?;
                    rows = rows.saturating_add(1);
                }
                // One unreadable document must not keep the others from being shown.
                Err(error) => tracing::warn!(record.id = %id, code = error.code(), "left out of the projection"),
            }
        }
    }
    Ok(rows)
}

/// Makes the row of a record say what its document says.
pub(crate) fn put(
    connection: &Connection,
    kind: &'static RecordType,
    id: RecordId,
    raw: &Raw,
    pending: bool,
) -> Result<(), Error> {
    if !raw.exists() {
        return remove(connection, kind, id);
    }
    let shown = view::of(kind, id, raw);
    let deleted = shown.folded.deleted;
    let sql = format!(
        "INSERT INTO \"{}\" (id, body, deleted, pending) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET body = excluded.body, deleted = excluded.deleted, pending = excluded.pending",
        table(kind)
    );
    connection.prepare_cached(&sql)?.execute((id.0.as_bytes(), shown.json(), deleted, pending))?;
    links::put(connection, kind, id, raw)?;
    posts::put(connection, kind, id, &shown.folded)?;
    touched::note(kind);
    Ok(())
}

/// The records of a type whose indexed field holds this, in order of their ids.
pub(crate) fn referring(connection: &Connection, kind: &str, field: &str, holds: &str) -> Result<Vec<RecordRef>, Error> {
    if let Some((_, part)) = field.split_once('.') {
        let target = referred(kind, field, holds);
        return target.map_or_else(|| Ok(Vec::new()), |target| links::referring(connection, kind, part, &target));
    }
    let Some(kind) = record::find(kind).filter(|kind| columns(kind).any(|column| column == field)) else {
        return Ok(Vec::new());
    };
    let sql = format!("SELECT id FROM \"{}\" WHERE \"{field}\" = ?1 ORDER BY id", table(kind));
    let mut statement = connection.prepare_cached(&sql)?;
    let ids = statement.query_map([holds], |row| row.get(0))?;
    ids.map(|id| Ok(RecordRef::new(kind.name, RecordId(uuid::Uuid::from_bytes(id?))))).collect()
}

/// What the indexed field of a record holds, as text.
pub(crate) fn text(connection: &Connection, kind: &str, id: RecordId, field: &str) -> Result<Option<String>, Error> {
    let Some(kind) = record::find(kind).filter(|kind| columns(kind).any(|column| column == field)) else { return Ok(None) };
    let sql = format!("SELECT \"{field}\" FROM \"{}\" WHERE id = ?1", table(kind));
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row([id.0.as_bytes()], |row| row.get::<_, Option<String>>(0)).optional()?.flatten())
}

/// The record that stands for this one: itself, unless it was merged (INV-09).
pub(crate) fn standing(connection: &Connection, kind: &RecordType, id: RecordId) -> Result<RecordId, Error> {
    let mut at = id;
    if kind.field(MERGED_INTO).is_none() {
        return Ok(at);
    }
    let sql = format!("SELECT CAST(\"{MERGED_INTO}\" AS TEXT) FROM \"{}\" WHERE id = ?1", table(kind));
    let mut statement = connection.prepare_cached(&sql)?;
    // Two phones that have not met may lead in a circle.
    let mut passed = BTreeSet::from([id]);
    loop {
        let into: Option<Option<String>> = statement.query_row([at.0.as_bytes()], |row| row.get(0)).optional()?;
        match into.flatten().and_then(|into| into.parse().ok()) {
            Some(next) if passed.insert(next) => at = next,
            Some(_) | None => return Ok(at),
        }
    }
}

/// Every record of a type.
pub(crate) fn all(connection: &Connection, kind: &str) -> Result<Vec<RecordRef>, Error> {
    let Some(kind) = record::find(kind) else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(&format!("SELECT id FROM \"{}\" ORDER BY id", table(kind)))?;
    let ids = statement.query_map([], |row| row.get(0))?;
    ids.map(|id| Ok(RecordRef::new(kind.name, RecordId(uuid::Uuid::from_bytes(id?))))).collect()
}

/// Takes a record's row away.
pub(crate) fn remove(connection: &Connection, kind: &RecordType, id: RecordId) -> Result<(), Error> {
    let sql = format!("DELETE FROM \"{}\" WHERE id = ?1", table(kind));
    connection.prepare_cached(&sql)?.execute([id.0.as_bytes()])?;
    links::remove(connection, kind, id)?;
    posts::remove(connection, kind, id)?;
    touched::note(kind);
    Ok(())
}

/// Notes whether a record has work in the outbox.
pub(crate) fn mark(connection: &Connection, kind: &str, id: RecordId, pending: bool) -> Result<(), Error> {
    let Some(kind) = record::find(kind) else { return Ok(()) };
    let sql = format!("UPDATE \"{}\" SET pending = ?2 WHERE id = ?1", table(kind));
    connection.prepare_cached(&sql)?.execute((id.0.as_bytes(), pending))?;
    touched::note(kind);
    Ok(())
}

fn existing(connection: &Connection) -> Result<Vec<String>, Error> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'record_*' ORDER BY name";
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn fingerprint() -> String {
    let mut hash = Sha256::new();
    for kind in RECORD_TYPES {
        hash.update(ddl(kind));
    }
    for (_, ddl) in BESIDE {
        hash.update(ddl);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
