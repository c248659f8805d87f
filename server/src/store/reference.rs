//! Which record refers to which: the index behind `World::referrers`.

use std::collections::BTreeSet;

use fieldbook_domain::action::targets;
use fieldbook_domain::calendar;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::key::{self, Key};
use fieldbook_domain::raw::{Raw, Scalar};
use fieldbook_domain::record::RecordType;
use uuid::Uuid;

use super::Store;
use crate::error::Error;

/// One reference: the field that holds it and what it names.
pub(crate) type Reference = (String, RecordRef);

/// Every reference in a record; a child's field is named `collection.field`.
pub(crate) fn references(kind: &'static RecordType, raw: &Raw) -> BTreeSet<Reference> {
    let mut found = BTreeSet::new();
    for (key, value) in &raw.registers {
        let Scalar::Str(text) = value else { continue };
        let (name, field) = match key::parse(kind, key) {
            Key::Field(field) => (field.name.to_owned(), field),
            Key::Child { collection, declared: Some(field), .. } => (format!("{}.{}", collection.name, field.name), field),
            Key::Child { .. } | Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Unknown | Key::Malformed => continue,
        };
        found.extend(targets(field, text).into_iter().map(|target| (name.clone(), target)));
    }
    found.extend(calendar::pages(kind, raw).into_iter().map(|page| ("when".to_owned(), page)));
    found
}

impl Store {
    /// The records that refer to `target`, with the field.
    pub(crate) fn referrers(&self, target: &RecordRef) -> Result<Vec<(RecordRef, String)>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT source_kind, source, field FROM reference WHERE target = ?1 AND target_kind = ?2
             ORDER BY source_kind, source, field",
        )?;
        let row = |row: &rusqlite::Row<'_>| {
            let kind: String = row.get(0)?;
            Ok((RecordRef::new(kind, RecordId(Uuid::from_bytes(row.get(1)?))), row.get(2)?))
        };
        let rows = statement.query_map((target.id.0.as_bytes(), &target.kind), row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The records of a type that refer to `target` in this field.
    pub(crate) fn referring(&self, target: &RecordRef, kind: &str, field: &str) -> Result<Vec<RecordRef>, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT source FROM reference WHERE target = ?1 AND source_kind = ?2 AND field = ?3 AND target_kind = ?4 ORDER BY source",
        )?;
        let row = |row: &rusqlite::Row<'_>| Ok(RecordRef::new(kind, RecordId(Uuid::from_bytes(row.get(0)?))));
        let rows = statement.query_map((target.id.0.as_bytes(), kind, field, &target.kind), row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The references of a record, as they are indexed.
    pub(crate) fn references_of(&self, source: RecordId) -> Result<BTreeSet<Reference>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT field, target_kind, target FROM reference WHERE source = ?1")?;
        let row = |row: &rusqlite::Row<'_>| {
            let kind: String = row.get(1)?;
            Ok((row.get(0)?, RecordRef::new(kind, RecordId(Uuid::from_bytes(row.get(2)?)))))
        };
        let rows = statement.query_map([source.0.as_bytes()], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Brings the index of one record from `was` to `now`.
    pub(crate) fn put_references(
        &self,
        source: &RecordRef,
        was: &BTreeSet<Reference>,
        now: &BTreeSet<Reference>,
    ) -> Result<(), Error> {
        for (field, target) in was.difference(now) {
            let mut statement = self
                .conn
                .prepare_cached("DELETE FROM reference WHERE source = ?1 AND field = ?2 AND target = ?3 AND target_kind = ?4")?;
            statement.execute((source.id.0.as_bytes(), field, target.id.0.as_bytes(), &target.kind))?;
        }
        for (field, target) in now.difference(was) {
            let mut statement = self.conn.prepare_cached(
                "INSERT INTO reference (source, source_kind, field, target, target_kind) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (source, field, target, target_kind) DO NOTHING",
            )?;
            let (from, to) = (source.id.0.as_bytes(), target.id.0.as_bytes());
            statement.execute((from, &source.kind, field, to, &target.kind))?;
        }
        Ok(())
    }
}
