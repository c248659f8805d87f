//! Which record holds which value in a field that duplicates are found by: the index behind `World::holding`.

use std::collections::BTreeSet;

use fieldbook_domain::duplicate;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::raw::Raw;
use fieldbook_domain::record::RecordType;
use uuid::Uuid;

use super::Store;
use crate::error::Error;

/// A field and what it holds.
pub(crate) type HeldValue = (String, String);

/// Every value of a record that is indexed.
pub(crate) fn values(kind: &'static RecordType, raw: &Raw) -> BTreeSet<HeldValue> {
    let matching = kind.fields.iter().filter(|field| duplicate::matches(kind.name, field.name));
    matching.filter_map(|field| Some((field.name.to_owned(), raw.text(field.name)?.to_owned()))).collect()
}

impl Store {
    /// The records of a type whose field holds a value.
    pub(crate) fn holding(&self, kind: &str, field: &str, value: &str) -> Result<Vec<RecordRef>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT source FROM held_value WHERE value = ?1 AND field = ?2 AND source_kind = ?3 ORDER BY source",
        )?;
        let row = |row: &rusqlite::Row<'_>| Ok(RecordRef::new(kind, RecordId(Uuid::from_bytes(row.get(0)?))));
        let rows = statement.query_map((value, field, kind), row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The values of a record, as they are indexed.
    pub(crate) fn values_of(&self, source: RecordId) -> Result<BTreeSet<HeldValue>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT field, value FROM held_value WHERE source = ?1")?;
        let rows = statement.query_map([source.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Brings the index of one record from `was` to `now`.
    pub(crate) fn put_values(
        &self,
        source: &RecordRef,
        was: &BTreeSet<HeldValue>,
        now: &BTreeSet<HeldValue>,
    ) -> Result<(), Error> {
        for (field, value) in was.difference(now) {
            let mut statement =
                self.conn.prepare_cached("DELETE FROM held_value WHERE source = ?1 AND field = ?2 AND value = ?3")?;
            statement.execute((source.id.0.as_bytes(), field, value))?;
        }
        for (field, value) in now.difference(was) {
            let mut statement = self.conn.prepare_cached(
                "INSERT INTO held_value (source, source_kind, field, value) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (source, field, value) DO NOTHING",
            )?;
            statement.execute((source.id.0.as_bytes(), &source.kind, field, value))?;
        }
        Ok(())
    }
}
