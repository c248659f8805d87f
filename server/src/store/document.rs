//! The documents as they stand, with their derived bodies.

use automerge::ChangeHash;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::Stamp;
use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::Store;
use crate::error::Error;

/// A stored document.
#[derive(Debug)]
pub(crate) struct DocumentRow {
    pub(crate) kind: String,
    pub(crate) snapshot: Vec<u8>,
    pub(crate) heads: Vec<ChangeHash>,
    pub(crate) body: String,
    pub(crate) deleted: bool,
}

impl Store {
    /// A document, by id.
    pub(crate) fn document(&self, id: RecordId) -> Result<Option<DocumentRow>, Error> {
        let mut statement =
            self.conn.prepare_cached("SELECT kind, snapshot, heads, body, deleted FROM document WHERE id = ?1")?;
        let row = |row: &rusqlite::Row<'_>| {
            Ok(DocumentRow {
                kind: row.get(0)?,
                snapshot: row.get(1)?,
                heads: read_heads(row.get_ref(2)?.as_blob().unwrap_or_default()),
                body: row.get(3)?,
                deleted: row.get(4)?,
            })
        };
        Ok(statement.query_row([id.0.as_bytes()], row).optional()?)
    }

    /// Keeps a document as it stands.
    pub(crate) fn put_document(&self, id: RecordId, row: &DocumentRow) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO document (id, kind, snapshot, heads, body, deleted) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET
                 snapshot = excluded.snapshot, heads = excluded.heads, body = excluded.body, deleted = excluded.deleted",
        )?;
        let heads: Vec<u8> = row.heads.iter().flat_map(|head| head.0).collect();
        statement.execute((id.0.as_bytes(), &row.kind, &row.snapshot, heads, &row.body, row.deleted))?;
        Ok(())
    }

    /// Every record there is, with its body and whether it is deleted; of one type if asked.
    pub(crate) fn bodies(&self, kind: Option<&str>) -> Result<Vec<(RecordRef, String, bool)>, Error> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT kind, id, body, deleted FROM document WHERE ?1 IS NULL OR kind = ?1 ORDER BY kind, id")?;
        let row = |row: &rusqlite::Row<'_>| {
            let kind: String = row.get(0)?;
            Ok((RecordRef::new(kind, RecordId(Uuid::from_bytes(row.get(1)?))), row.get(2)?, row.get(3)?))
        };
        let rows = statement.query_map([kind], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The records of a type.
    pub(crate) fn of_kind(&self, kind: &str) -> Result<Vec<RecordRef>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT id FROM document WHERE kind = ?1")?;
        let row = |row: &rusqlite::Row<'_>| Ok(RecordRef::new(kind, RecordId(Uuid::from_bytes(row.get(0)?))));
        Ok(statement.query_map([kind], row)?.collect::<Result<_, _>>()?)
    }

    /// The true author of a value the server put.
    pub(crate) fn credit(&self, doc: RecordId, key: &str) -> Result<Option<Stamp>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT stamp FROM credit WHERE doc = ?1 AND key = ?2")?;
        let text: Option<String> = statement.query_row((doc.0.as_bytes(), key), |row| row.get(0)).optional()?;
        let stamp = |text: String| serde_json::from_str(&text).map_err(|_| Error::Damaged { what: "credit" });
        text.map(stamp).transpose()
    }

    /// Credits a value the server put, or forgets whom an earlier one was credited to.
    pub(crate) fn put_credit(&self, doc: RecordId, key: &str, stamp: Option<&Stamp>) -> Result<(), Error> {
        let Some(stamp) = stamp else {
            let mut statement = self.conn.prepare_cached("DELETE FROM credit WHERE doc = ?1 AND key = ?2")?;
            statement.execute((doc.0.as_bytes(), key))?;
            return Ok(());
        };
        let text = serde_json::to_string(stamp).map_err(|_| Error::Damaged { what: "credit" })?;
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO credit (doc, key, stamp) VALUES (?1, ?2, ?3)
             ON CONFLICT (doc, key) DO UPDATE SET stamp = excluded.stamp",
        )?;
        statement.execute((doc.0.as_bytes(), key, text))?;
        Ok(())
    }
}

fn read_heads(blob: &[u8]) -> Vec<ChangeHash> {
    blob.as_chunks::<32>().0.iter().map(|head| ChangeHash(*head)).collect()
}
