//! The record a person sees: one JSON object made from a flat document, equal on every phone and the server.

use crate::field::{self, Field, Kind};
use crate::fold::{self, Folded};
use crate::ids::RecordId;
use crate::key::{self, Key};
use crate::known::Known;
use crate::raw::{Raw, Scalar};
use crate::record::{Collection, RecordType};
use crate::shared::Shared;
use crate::time;
use serde_json::{Map, Value};

mod catalogue;
mod priced;

/// A record as a person sees it, with the fold it came from. Cloning it costs next to nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Every field that holds something, the children, `state`, `status_reason`, `created_at`, `modified_at`.
    pub body: Shared<Map<String, Value>>,
    /// Its place in the lifecycle.
    pub folded: Shared<Folded>,
}

impl View {
    /// The body as JSON text.
    #[must_use]
    pub fn json(&self) -> String {
        // A map of JSON values always has a text.
        serde_json::to_string(&*self.body).unwrap_or_default()
    }
}

/// Shows a record.
#[must_use]
pub fn of(kind: &'static RecordType, id: RecordId, raw: &Raw) -> View {
    Known::view(raw, kind.name, id, || work_out(kind, id, raw))
}

fn work_out(kind: &'static RecordType, id: RecordId, raw: &Raw) -> View {
    let folded = fold::of(kind, raw);
    let mut body = Map::new();
    body.insert("id".into(), Value::from(id.to_string()));
    body.insert("state".into(), Value::from(folded.state.as_str()));
    body.insert("status_reason".into(), Value::from(folded.status_reason.as_str()));
    for (name, value) in raw.registers.iter().filter(|(name, value)| !name.contains('/') && !value.is_null()) {
        match key::parse(kind, name) {
            Key::Field(field) => drop(body.insert(name.clone(), json(Some(field), value))),
            Key::Unknown => drop(body.insert(name.clone(), json(None, value))),
            Key::Child { .. } | Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Malformed => {}
        }
    }
    for (field, text) in raw.texts.iter().filter(|(_, text)| !text.is_empty()) {
        body.insert(field.clone(), Value::from(text.as_str()));
    }
    for collection in kind.collections {
        let children = children(collection, raw);
        if !children.is_empty() {
            body.insert(collection.name.into(), Value::Array(children));
        }
    }
    derive(kind, &folded, &mut body);
    stamp_times(raw, &mut body);
    View { body: body.into(), folded }
}

/// A register's value as JSON: an object only where the field is one, or is a newer app's.
pub(crate) fn json(field: Option<&Field>, value: &Scalar) -> Value {
    match field.map(|field| field.kind) {
        Some(Kind::Compound(_)) | None => value.to_json(),
        Some(_) => match value {
            Scalar::Str(text) => Value::from(text.as_str()),
            Scalar::Null | Scalar::Bool(_) | Scalar::Int(_) => value.to_json(),
        },
    }
}

fn children(collection: &Collection, raw: &Raw) -> Vec<Value> {
    let ids = raw.children(collection.name);
    let child = |id: &RecordId| {
        let prefix = key::child(collection.name, *id, "");
        let mut child = Map::new();
        child.insert("id".into(), Value::from(id.to_string()));
        for (key, value) in raw.registers.range(prefix.clone()..) {
            let Some(name) = key.strip_prefix(&prefix) else { break };
            let declared = collection.fields.iter().find(|field| field.name == name);
            let derived = declared.is_some_and(|field| field.freeze == field::Freeze::Server);
            if !value.is_null() && name != key::REMOVED && name != "id" && !derived {
                child.insert(name.to_owned(), json(declared, value));
            }
        }
        Value::Object(child)
    };
    let mut children: Vec<Value> = ids.iter().map(child).collect();
    children.sort_by_key(|child| child.get("sort_key").and_then(Value::as_i64).unwrap_or(i64::MAX));
    children
}

/// Puts what follows from the rest: stamps of the lifecycle and totals of the lines (INV-26, INV-43, INV-84).
fn derive(kind: &RecordType, folded: &Folded, body: &mut Map<String, Value>) {
    for declared in kind.fields.iter().filter(|declared| declared.freeze == field::Freeze::Server && !declared.office) {
        body.remove(declared.name);
    }
    for (name, value) in folded.stamps.iter().filter(|(_, value)| !value.is_null()) {
        body.insert(name.clone(), value.clone());
    }
    priced::derive(kind, folded, body);
    catalogue::derive(kind, folded, body);
}

/// What an opportunity is expected to bring: the lines' total when they say so, else what a person typed (INV-30).
#[must_use]
pub fn expected_value(body: &Map<String, Value>) -> Option<Value> {
    let estimate = body.get("est_value");
    let calculated = estimate.and_then(|e| e.get("system_calculated")).and_then(Value::as_bool).unwrap_or(false);
    let typed = estimate.and_then(|e| e.get("amount")).cloned();
    let total = body.get("total_amount").cloned();
    if calculated { total } else { typed.or(total) }
}

fn stamp_times(raw: &Raw, body: &mut Map<String, Value>) {
    for (name, at) in [("created_at", raw.created_ms), ("modified_at", raw.modified_ms)] {
        if let Some(at) = at {
            body.insert(name.into(), Value::from(time::spell(time::from_ms(at))));
        }
    }
}

/// The name of a record for lists and sentences.
#[must_use]
pub fn title(kind: &RecordType, body: &Map<String, Value>) -> String {
    let word = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let title =
        if kind.title == "last_name" { format!("{} {}", word("first_name"), word("last_name")) } else { word(kind.title) };
    let title = title.trim();
    if title.is_empty() { format!("{} without a name", kind.name) } else { title.to_owned() }
}
