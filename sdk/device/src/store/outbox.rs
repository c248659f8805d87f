//! What the server has not answered yet.
//!
//! An intent enters with the transaction that did the work and leaves when the server has answered it, or when its author
//! finds it among the refused. It never leaves for any other reason. Sending is `exchange.rs`; this file only remembers.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_domain::ids::RecordId;
use fieldbook_sync::change::Hash;
use fieldbook_sync::message::{Intent, Part};
use rusqlite::Connection;
use uuid::Uuid;

use super::meta;
use crate::error::Error;

/// One change an intent made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) dseq: u64,
    pub(crate) hash: Hash,
    pub(crate) merged: bool,
}

/// The highest number this incarnation gave an intent.
pub(crate) fn last_dseq(connection: &Connection) -> Result<u64, Error> {
    Ok(meta::get(connection, meta::LAST_DSEQ)?.unwrap_or(0))
}

/// The number of the next intent.
pub(crate) fn take_dseq(connection: &Connection) -> Result<u64, Error> {
    let dseq = last_dseq(connection)?.saturating_add(1);
    meta::set(connection, meta::LAST_DSEQ, &dseq)?;
    Ok(dseq)
}

/// Adds an intent.
pub(crate) fn push(connection: &Connection, intent: &Intent, created_ms: i64) -> Result<(), Error> {
    let unwritten = |_| Error::ReadStored { place: "outbox" };
    let payload = postcard::to_stdvec(&(intent.dseq, intent.id, &intent.parts)).map_err(unwritten)?;
    let forecast = intent.forecast.as_ref().map(postcard::to_stdvec).transpose().map_err(unwritten)?;
    let dseq = number(intent.dseq);
    let sql = "INSERT INTO outbox (dseq, intent, created_ms, payload, forecast) VALUES (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(sql)?.execute((dseq, intent.id.as_bytes(), created_ms, payload, forecast))?;
    let sql = "INSERT INTO outbox_doc (dseq, doc, kind, hash, merged) VALUES (?1, ?2, ?3, ?4, 0)";
    let mut statement = connection.prepare_cached(sql)?;
    for part in &intent.parts {
        for change in &part.changes {
            statement.execute((dseq, part.doc.as_bytes(), &part.kind, change.hash))?;
        }
    }
    Ok(())
}

/// The intents after `after_dseq`, and whether there are others.
pub(crate) fn next(
    connection: &Connection,
    after_dseq: u64,
    bytes_max: usize,
    count_max: usize,
) -> Result<(Vec<Intent>, bool), Error> {
    let mut statement = connection.prepare_cached("SELECT payload, forecast FROM outbox WHERE dseq > ?1 ORDER BY dseq")?;
    let mut rows = statement.query([number(after_dseq)])?;
    let (mut intents, mut bytes) = (Vec::new(), 0_usize);
    while let Some(row) = rows.next()? {
        let payload: Vec<u8> = row.get(0)?;
        bytes = bytes.saturating_add(payload.len());
        if intents.len() >= count_max || (bytes > bytes_max && !intents.is_empty()) {
            return Ok((intents, true));
        }
        intents.push(decode(&payload, row.get(1)?)?);
    }
    Ok((intents, false))
}

/// Every intent with the time it was done, in order.
pub(crate) fn all(connection: &Connection) -> Result<Vec<(Intent, i64)>, Error> {
    let mut statement = connection.prepare("SELECT payload, forecast, created_ms FROM outbox ORDER BY dseq")?;
    let mut rows = statement.query([])?;
    let mut intents = Vec::new();
    while let Some(row) = rows.next()? {
        intents.push((decode(&row.get::<_, Vec<u8>>(0)?, row.get(1)?)?, row.get(2)?));
    }
    Ok(intents)
}

/// Takes an intent out that was answered then, and keeps it with what was sent; gives the documents that have nothing pending any more.
pub(crate) fn settle(connection: &Connection, dseq: u64, answered_ms: i64) -> Result<Vec<(String, RecordId)>, Error> {
    let sql = "SELECT kind, doc FROM outbox_doc AS mine
               WHERE dseq = ?1
                 AND NOT EXISTS (SELECT 1 FROM outbox_doc AS other WHERE other.doc = mine.doc AND other.dseq <> mine.dseq)";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([number(dseq)], |row| Ok((row.get(0)?, record(row.get(1)?))))?;
    let settled: Vec<(String, RecordId)> = rows.collect::<Result<_, _>>()?;
    let keep = "INSERT INTO sent (created_ms, answered_ms, payload) SELECT created_ms, ?2, payload FROM outbox WHERE dseq = ?1";
    connection.prepare_cached(keep)?.execute((number(dseq), answered_ms))?;
    connection.prepare_cached("DELETE FROM outbox WHERE dseq = ?1")?.execute([number(dseq)])?;
    Ok(settled)
}

/// Forgets everything; for the routine that writes it anew.
pub(crate) fn clear(connection: &Connection) -> Result<(), Error> {
    connection.execute("DELETE FROM outbox", [])?;
    Ok(())
}

/// How many intents are waiting.
pub(crate) fn count(connection: &Connection) -> Result<u64, Error> {
    let count: i64 = connection.prepare_cached("SELECT count(*) FROM outbox")?.query_row([], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The records with work in the outbox.
pub(crate) fn pending_docs(connection: &Connection) -> Result<BTreeSet<RecordId>, Error> {
    let mut statement = connection.prepare_cached("SELECT DISTINCT doc FROM outbox_doc")?;
    let rows = statement.query_map([], |row| Ok(record(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notes that the server has a change although its answer is still due.
pub(crate) fn mark_merged(connection: &Connection, doc: RecordId, hash: &Hash) -> Result<(), Error> {
    let sql = "UPDATE outbox_doc SET merged = 1 WHERE doc = ?1 AND hash = ?2";
    connection.prepare_cached(sql)?.execute((doc.0.as_bytes(), hash))?;
    Ok(())
}

/// The changes in the outbox, by record.
pub(crate) fn made(connection: &Connection) -> Result<BTreeMap<RecordId, Vec<Made>>, Error> {
    let mut statement = connection.prepare("SELECT doc, dseq, hash, merged FROM outbox_doc ORDER BY doc, dseq")?;
    let mut rows = statement.query([])?;
    let mut made: BTreeMap<RecordId, Vec<Made>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let dseq = u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
        let change = Made { dseq, hash: row.get(2)?, merged: row.get(3)? };
        made.entry(record(row.get(0)?)).or_default().push(change);
    }
    Ok(made)
}

/// The forecast has a column of its own: work from before there were any has none, and is read as it was written.
pub(crate) fn decode(payload: &[u8], forecast: Option<Vec<u8>>) -> Result<Intent, Error> {
    let unread = |_| Error::ReadStored { place: "outbox" };
    let (dseq, id, parts): (u64, Uuid, Vec<Part>) = postcard::from_bytes(payload).map_err(unread)?;
    let forecast = forecast.map(|forecast| postcard::from_bytes(&forecast)).transpose().map_err(unread)?;
    Ok(Intent { dseq, id, parts, forecast })
}

fn record(bytes: [u8; 16]) -> RecordId {
    RecordId(Uuid::from_bytes(bytes))
}

fn number(dseq: u64) -> i64 {
    i64::try_from(dseq).unwrap_or(i64::MAX)
}
