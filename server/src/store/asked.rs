//! What waits for somebody's word, and what those have to see who read only a part and are asked.

use std::collections::BTreeSet;

use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::Decision;
use uuid::Uuid;

use super::Store;
use crate::error::Error;

/// Somebody, and a record they have to see.
pub(crate) type Asked = (RecordId, RecordRef);

impl Store {
    /// Notes that a decision waits for somebody's word.
    pub(crate) fn open_question(&self, decision: &Decision) -> Result<(), Error> {
        let sql = "INSERT INTO open_question (decision, record) VALUES (?1, ?2) ON CONFLICT (decision) DO NOTHING";
        self.conn.prepare_cached(sql)?.execute((decision.id.as_bytes(), decision.record.to_string()))?;
        Ok(())
    }

    /// Notes that nothing waits any more.
    pub(crate) fn close_question(&self, decision: Uuid) -> Result<(), Error> {
        self.conn.prepare_cached("DELETE FROM open_question WHERE decision = ?1")?.execute([decision.as_bytes()])?;
        Ok(())
    }

    /// The questions that are open, as far as anybody looked.
    pub(crate) fn open_questions(&self) -> Result<BTreeSet<Uuid>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT decision FROM open_question")?;
        let rows = statement.query_map([], |row| Ok(Uuid::from_bytes(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The same about one record.
    pub(crate) fn open_questions_of(&self, record: &RecordRef) -> Result<Vec<Uuid>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT decision FROM open_question WHERE record = ?1")?;
        let rows = statement.query_map([record.to_string()], |row| Ok(Uuid::from_bytes(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Who is asked by a decision, and what they have to see.
    pub(crate) fn asked_by(&self, decision: Uuid) -> Result<BTreeSet<Asked>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT user, kind, doc FROM asked WHERE decision = ?1")?;
        let rows = statement.query_map([decision.as_bytes()], |row| Ok((user(row)?, RecordRef::new(kind(row)?, doc(row)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes that a decision asks somebody, who has to see a record.
    pub(crate) fn ask(&self, decision: Uuid, (user, record): &Asked) -> Result<(), Error> {
        let sql = "INSERT INTO asked (user, doc, kind, decision) VALUES (?1, ?2, ?3, ?4)";
        let (user, doc) = (user.0.as_bytes(), record.id.0.as_bytes());
        self.conn.prepare_cached(sql)?.execute((user, doc, &record.kind, decision.as_bytes()))?;
        Ok(())
    }

    /// Notes that it asks them no longer.
    pub(crate) fn ask_no_more(&self, decision: Uuid, (user, record): &Asked) -> Result<(), Error> {
        let sql = "DELETE FROM asked WHERE decision = ?1 AND user = ?2 AND doc = ?3";
        let (user, doc) = (user.0.as_bytes(), record.id.0.as_bytes());
        self.conn.prepare_cached(sql)?.execute((decision.as_bytes(), user, doc))?;
        Ok(())
    }

    /// What somebody has to see.
    pub(crate) fn asked_of(&self, of: RecordId) -> Result<BTreeSet<RecordRef>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT user, kind, doc FROM asked WHERE user = ?1")?;
        let rows = statement.query_map([of.0.as_bytes()], |row| Ok(RecordRef::new(kind(row)?, doc(row)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Who has to see a record.
    pub(crate) fn asked_about(&self, about: RecordId) -> Result<BTreeSet<RecordId>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT user FROM asked WHERE doc = ?1")?;
        let rows = statement.query_map([about.0.as_bytes()], user)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn user(row: &rusqlite::Row<'_>) -> rusqlite::Result<RecordId> {
    Ok(RecordId(Uuid::from_bytes(row.get("user")?)))
}

fn kind(row: &rusqlite::Row<'_>) -> rusqlite::Result<String> {
    row.get("kind")
}

fn doc(row: &rusqlite::Row<'_>) -> rusqlite::Result<RecordId> {
    Ok(RecordId(Uuid::from_bytes(row.get("doc")?)))
}
