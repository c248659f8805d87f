//! The records a timeline takes from.

use std::collections::BTreeSet;

use fieldbook_domain::alias::MERGED_INTO;
use fieldbook_domain::field::Kind;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record::{self, RecordType};
use fieldbook_domain::timeline::{Link, ROLLUPS, SUBSIDIARIES, Takes};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use crate::error::Error;
use crate::query::column;
use crate::store::projection;

/// The records a timeline takes from, by what it takes.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// The record itself.
    pub(super) own: Option<RecordRef>,
    /// Everything, and what counts for them since it closed.
    pub(super) roots: Vec<RecordRef>,
    /// Entries and closings.
    pub(super) all: Vec<RecordRef>,
    /// Notes and what is open.
    pub(super) open: Vec<RecordRef>,
    /// Notes.
    pub(super) notes: Vec<RecordRef>,
}

impl Scope {
    /// Finds them, as the tables of the domain say.
    pub(super) fn of(
        connection: &Connection,
        kind: &'static RecordType,
        id: RecordId,
        subsidiaries: bool,
    ) -> Result<Self, Error> {
        if !exists(connection, kind, id)? {
            return Err(Error::not_found(kind.name, id));
        }
        let mut scope = Self { own: Some(RecordRef::new(kind.name, id)), ..Self::default() };
        let mut roots = vec![id];
        if subsidiaries {
            roots.extend(below(connection, kind, id)?);
        }
        // What was done with an alias was done with what stands for it (INV-09).
        let mut seen: BTreeSet<RecordId> = roots.iter().copied().collect();
        let mut merged = roots.clone();
        while let Some(into) = merged.pop() {
            for gone in naming(connection, kind, MERGED_INTO, &RecordRef::new(kind.name, into))? {
                if seen.insert(gone) {
                    roots.push(gone);
                    merged.push(gone);
                }
            }
        }
        for root in roots {
            scope.roots.push(RecordRef::new(kind.name, root));
            for row in ROLLUPS.iter().filter(|row| row.of == kind.name) {
                let Some(from) = record::find(row.from) else { continue };
                let related = match row.link {
                    Link::Names(field) => naming(connection, from, field, &RecordRef::new(kind.name, root))?,
                    Link::Named(field) => named(connection, kind, root, field)?,
                };
                let taken = match row.takes {
                    Takes::All => &mut scope.all,
                    Takes::Open => &mut scope.open,
                    Takes::Notes => &mut scope.notes,
                };
                taken.extend(related.into_iter().map(|id| RecordRef::new(from.name, id)));
            }
        }
        Ok(scope)
    }
}

fn exists(connection: &Connection, kind: &RecordType, id: RecordId) -> Result<bool, Error> {
    let sql = format!("SELECT EXISTS (SELECT 1 FROM \"{}\" WHERE id = ?1)", projection::table(kind));
    Ok(connection.prepare_cached(&sql)?.query_row([id.0.as_bytes()], |row| row.get(0))?)
}

/// The records of a tree below one, each once whatever the tree looks like.
fn below(connection: &Connection, kind: &'static RecordType, id: RecordId) -> Result<Vec<RecordId>, Error> {
    let Some((_, parent)) = SUBSIDIARIES.iter().find(|(name, _)| *name == kind.name) else { return Ok(Vec::new()) };
    let mut seen = BTreeSet::from([id]);
    let mut level = vec![id];
    let mut found = Vec::new();
    while let Some(above) = level.pop() {
        for child in naming(connection, kind, parent, &RecordRef::new(kind.name, above))? {
            if seen.insert(child) {
                found.push(child);
                level.push(child);
            }
        }
    }
    Ok(found)
}

/// The records of a type whose field names `target`; none for a field the type does not have.
fn naming(connection: &Connection, from: &'static RecordType, field: &str, target: &RecordRef) -> Result<Vec<RecordId>, Error> {
    let spelled = match from.field(field).map(|field| field.kind) {
        Some(Kind::Ref([only])) if *only == target.kind => target.id.to_string(),
        Some(Kind::Ref(types)) if types.len() > 1 => target.to_string(),
        Some(_) | None => return Ok(Vec::new()),
    };
    let (table, column) = (projection::table(from), column(from, field));
    let mut statement = connection.prepare_cached(&format!("SELECT id FROM \"{table}\" WHERE {column} = ?1 AND deleted = 0"))?;
    let rows = statement.query_map([spelled], |row| row.get(0))?;
    rows.map(|id| Ok(RecordId(Uuid::from_bytes(id?)))).collect()
}

/// The record this one names in a field of one type.
fn named(connection: &Connection, kind: &'static RecordType, id: RecordId, field: &str) -> Result<Vec<RecordId>, Error> {
    let (table, column) = (projection::table(kind), column(kind, field));
    let mut statement = connection.prepare_cached(&format!("SELECT CAST({column} AS TEXT) FROM \"{table}\" WHERE id = ?1"))?;
    let text: Option<Option<String>> = statement.query_row([id.0.as_bytes()], |row| row.get(0)).optional()?;
    Ok(text.flatten().and_then(|text| text.parse().ok()).into_iter().collect())
}
