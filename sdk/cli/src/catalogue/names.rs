//! What records are called, so that a file may say a name where a record holds an id.

use super::report::Problem;
use super::{held, kinds};
use crate::failure::Failure;
use fieldbook_device::Book;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::{self, RecordType};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Names and records, of the book and of the files.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: BTreeMap<(String, String), BTreeSet<RecordId>>,
    bodies: BTreeMap<&'static str, BTreeMap<RecordId, Map<String, Value>>>,
}

impl Names {
    /// What the book holds of the catalogue and of what it refers to.
    pub(super) fn of(book: &Book) -> Result<Names, Failure> {
        let mut names = Names::default();
        for kind in kinds().chain(referred()) {
            if names.bodies.contains_key(kind.name) {
                continue;
            }
            let mut bodies = BTreeMap::new();
            for body in held(book, kind)? {
                let Some(id) = body.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok()) else { continue };
                for name in labels(kind).filter_map(|field| body.get(field).and_then(Value::as_str)) {
                    names.add(kind, name, id);
                }
                bodies.insert(id, body);
            }
            names.bodies.insert(kind.name, bodies);
        }
        Ok(names)
    }

    /// Adds what a row calls its record.
    pub(super) fn add(&mut self, kind: &RecordType, name: &str, id: RecordId) {
        self.known.entry((kind.name.to_owned(), name.to_owned())).or_default().insert(id);
    }

    /// The records of a type that the book holds.
    pub(super) fn held(&self, kind: &str) -> impl Iterator<Item = (&RecordId, &Map<String, Value>)> {
        self.bodies.get(kind).into_iter().flatten()
    }

    /// Those of them whose field holds this: at once where they are called so, else one after the other.
    pub(super) fn held_with(&self, kind: &'static RecordType, field: &str, text: &str) -> Vec<(RecordId, &Map<String, Value>)> {
        if !labels(kind).any(|label| label == field) {
            let with = self.held(kind.name).filter(|(_, body)| body.get(field).and_then(Value::as_str) == Some(text));
            return with.map(|(id, body)| (*id, body)).collect();
        }
        let called = self.known.get(&(kind.name.to_owned(), text.to_owned())).into_iter().flatten();
        called.filter_map(|id| Some((*id, self.bodies.get(kind.name)?.get(id)?))).collect()
    }

    /// A record the book holds.
    pub(super) fn body(&self, kind: &str, id: RecordId) -> Option<&Map<String, Value>> {
        self.bodies.get(kind)?.get(&id)
    }

    /// The record a cell means: by its id, or by what it is called.
    pub(super) fn find(&self, kind: &str, text: &str) -> Result<RecordId, Problem> {
        if let Ok(id) = text.parse() {
            return Ok(id);
        }
        let what = kind.replace('_', " ");
        let found = self.known.get(&(kind.to_owned(), text.to_owned()));
        match found.map(|ids| ids.iter().collect::<Vec<_>>()).as_deref() {
            Some([only]) => Ok(**only),
            None | Some([]) => Err(Problem::new(format!("there is no {what} \"{text}\""))),
            Some(_) => Err(Problem::new(format!("several are called \"{text}\": give the id of the {what}"))),
        }
    }
}

/// The fields that say what a record is called.
pub(super) fn labels(kind: &'static RecordType) -> impl Iterator<Item = &'static str> {
    kind.field("product_number").map(|field| field.name).into_iter().chain([kind.title])
}

/// The record types the catalogue refers to.
fn referred() -> impl Iterator<Item = &'static RecordType> {
    let fields = kinds().flat_map(|kind| kind.fields.iter().chain(kind.collections.iter().flat_map(|all| all.fields)));
    fields.filter_map(super::column::referred).filter_map(record::find)
}
