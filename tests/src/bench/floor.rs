//! The floors: what SQLite and Automerge alone take for the same work.

use anyhow::{Context, Result};
use automerge::Automerge;
use fieldbook_domain::action::{Author, Records, create};
use fieldbook_domain::document::{self, Write};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Raw;
use fieldbook_domain::record::find;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Inserts the rows into one table in one durable transaction, with or without the indexes a projection has.
pub(super) fn bulk_insert(path: &Path, rows: &BTreeMap<RecordRef, String>, indexed: bool) -> Result<Duration> {
    let mut db = Connection::open(path)?;
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    db.execute_batch(
        "CREATE TABLE record (kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)) STRICT",
    )?;
    if indexed {
        for field in ["name", "owner", "state", "customer", "est_close_date", "modified_at"] {
            db.execute_batch(&format!(
                "ALTER TABLE record ADD COLUMN {field} TEXT GENERATED ALWAYS AS (body ->> '{field}') VIRTUAL;
                 CREATE INDEX record_by_{field} ON record (kind, {field});"
            ))?;
        }
    }
    let start = Instant::now();
    let tx = db.transaction()?;
    {
        let mut insert = tx.prepare("INSERT INTO record (kind, id, body) VALUES (?1, ?2, ?3)")?;
        for (target, body) in rows {
            insert.execute((&target.kind, target.id.to_string(), body))?;
        }
    }
    tx.commit()?;
    Ok(start.elapsed())
}

struct Nothing;

impl Records for Nothing {
    fn raw(&self, _: &RecordRef) -> Option<Raw> {
        None
    }

    fn referring(&self, _: &str, _: &str, _: &str) -> Vec<RecordRef> {
        Vec::new()
    }
}

/// What Automerge alone takes: load a document, apply one change, save it.
pub(super) fn load_apply_save(count: usize) -> Result<Duration> {
    let kind = find("account").context("accounts")?;
    let id = RecordId(Uuid::from_u128(1));
    let author = Author { user: id, role: Role::Rep, now_ms: 0 };
    let planned = create(kind, id, &super::one("name", "Nordic Pumps"), &author, &Nothing)?;
    let mut doc = document::create(kind, id, &[1; 16])?;
    document::write(&mut doc, &planned.writes, 0, None)?;
    let saved = doc.save_nocompress();
    let change = document::write(&mut doc, &[Write::put("website", "https://example.com/1")], 1, None)?.context("a change")?;
    let start = Instant::now();
    for _ in 0..count {
        let mut doc = Automerge::load(&saved)?;
        doc.apply_changes([change.clone()])?;
        std::hint::black_box(doc.save_nocompress());
    }
    Ok(start.elapsed())
}
