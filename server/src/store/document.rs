//! The documents as they stand, with their derived bodies.

use automerge::ChangeHash;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::Stamp;
use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::{Store, signed};
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

/// The e-mails in one condition, by id; the index of its migration answers it.
const NEXT_EMAIL: &str = "SELECT id FROM document
    WHERE kind = 'email' AND deleted = 0 AND body ->> '$.status_reason' = ?1 AND id > ?2 AND body ->> '$.state' = 'completed'
    ORDER BY id LIMIT 1";

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

    /// The records that changed after a position of the log, each as it is now.
    pub(crate) fn changed_after(&self, seq: u64) -> Result<Vec<(RecordRef, String, bool)>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT kind, id, body, deleted FROM document WHERE id IN (SELECT doc FROM change WHERE seq > ?1) ORDER BY id",
        )?;
        let row = |row: &rusqlite::Row<'_>| {
            let kind: String = row.get(0)?;
            Ok((RecordRef::new(kind, RecordId(Uuid::from_bytes(row.get(1)?))), row.get(2)?, row.get(3)?))
        };
        let rows = statement.query_map([signed(seq)], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The first e-mail after an id that was given to the office and is there for this reason.
    pub(crate) fn next_email(&self, reason: &str, after: RecordId) -> Result<Option<RecordId>, Error> {
        let mut statement = self.conn.prepare_cached(NEXT_EMAIL)?;
        let row = |row: &rusqlite::Row<'_>| Ok(RecordId(Uuid::from_bytes(row.get(0)?)));
        Ok(statement.query_row((reason, after.0.as_bytes()), row).optional()?)
    }

    /// The records of a type.
    pub(crate) fn of_kind(&self, kind: &str) -> Result<Vec<RecordRef>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT id FROM document WHERE kind = ?1")?;
        let row = |row: &rusqlite::Row<'_>| Ok(RecordRef::new(kind, RecordId(Uuid::from_bytes(row.get(0)?))));
        Ok(statement.query_map([kind], row)?.collect::<Result<_, _>>()?)
    }

    /// What somebody is called; empty if nobody knows.
    pub(crate) fn user_name(&self, user: RecordId) -> Result<String, Error> {
        let sql = "SELECT coalesce(json_extract(body, '$.name'), '') FROM document WHERE id = ?1 AND kind = 'user'";
        let name = self.conn.prepare_cached(sql)?.query_row([user.0.as_bytes()], |row| row.get(0)).optional()?;
        Ok(name.unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    fn put(store: &Store, number: u128, reason: &str) -> RecordId {
        let id = RecordId(Uuid::from_u128(number));
        let body = format!("{{\"state\":\"completed\",\"status_reason\":\"{reason}\"}}");
        let row =
            DocumentRow { kind: "email".to_owned(), snapshot: Vec::new(), heads: Vec::new(), body, deleted: reason == "deleted" };
        store.put_document(id, &row).unwrap();
        id
    }

    /// The steps SQLite takes to find the next e-mail that waits.
    fn steps(store: &Store) -> i32 {
        let mut statement = store.conn.prepare(NEXT_EMAIL).unwrap();
        let mut rows = statement.query(("pending_send", [0; 16])).unwrap();
        assert!(rows.next().unwrap().is_some());
        drop(rows);
        statement.get_status(StatementStatus::VmStep)
    }

    #[test]
    fn an_e_mail_that_waits_is_found_as_fast_among_ten_thousand_as_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("org.db")).unwrap();
        let (first, second) = (put(&store, 1_000_000, "pending_send"), put(&store, 2_000_000, "pending_send"));
        let alone = steps(&store);

        store.begin().unwrap();
        for number in 1..10_000 {
            put(&store, number * 300, if number % 5 == 0 { "deleted" } else { "sent" });
        }
        store.commit().unwrap();

        assert_eq!(steps(&store), alone, "it is not looked for among the others");
        let found = |after| store.next_email("pending_send", after).unwrap();
        assert_eq!([found(RecordId(Uuid::nil())), found(first), found(second)], [Some(first), Some(second), None]);
    }
}
