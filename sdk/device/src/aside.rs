//! What others had written when the server was put back from a backup, and nobody has brought back yet.

use automerge::Automerge;
use fieldbook_domain::document;
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::record::{self, RecordType};
use fieldbook_domain::view;
use rusqlite::Connection;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::store::{documents, restored};

/// A record as this phone held it before the server was put back, where that is more than the record shows now.
///
/// Whoever wrote it brings it back with their next sync; where their phone is gone, this is where it can still be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Aside {
    /// The record.
    pub record: RecordRef,
    /// What it was called.
    pub title: String,
    /// When it was set aside, in milliseconds since 1970, by the phone's clock.
    pub at_ms: i64,
    /// What it held and the record does not show now, by field or collection.
    pub fields: Map<String, Value>,
}

/// All that is still missing, newest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Aside>, Error> {
    let mut found = Vec::new();
    for (target, at_ms, snapshot) in restored::aside(connection)? {
        let Some(kind) = record::find(&target.kind) else { continue };
        let before = documents::guarded(|| document::read(&Automerge::load(&snapshot)?));
        let before = before.map_err(|reason| Error::ReadDocument { id: target.id, reason })?;
        let now = documents::raw(connection, &target)?.unwrap_or_default();
        let [before, now] = [before, now].map(|raw| view::of(kind, target.id, &raw).body);
        let fields = missing(kind, &before, &now);
        if !fields.is_empty() {
            let title = view::title(kind, &before);
            found.push(Aside { record: target, title, at_ms, fields });
        }
    }
    found.sort_by_key(|aside| std::cmp::Reverse(aside.at_ms));
    Ok(found)
}

fn missing(kind: &RecordType, before: &Map<String, Value>, now: &Map<String, Value>) -> Map<String, Value> {
    let names = kind.fields.iter().map(|field| field.name).chain(kind.collections.iter().map(|part| part.name));
    let names = names.chain(["state", "status_reason"]);
    let held = names.filter_map(|name| Some((name, before.get(name).filter(|value| !value.is_null())?)));
    held.filter(|(name, value)| now.get(*name) != Some(*value)).map(|(name, value)| (name.to_owned(), value.clone())).collect()
}
