//! The difference between two copies of a record, as writes: one changed field is one write.

use crate::document::Write;
use crate::field::{Field, Freeze, Kind};
use crate::ids::RecordId;
use crate::key;
use crate::raw::Scalar;
use crate::record::{Collection, RecordType};
use crate::refusal::{Refusal, a};
use serde_json::{Map, Value};

/// Keys of a shown record that are derived and never written.
const DERIVED: &[&str] = &["id", "state", "status_reason", "created_at", "modified_at"];

/// Who writes: a person types, a rule also works out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hand {
    /// What is worked out cannot be typed.
    Person,
    /// What is worked out is written as it is.
    Rule,
}

pub(super) fn writes(
    kind: &'static RecordType,
    was: &Map<String, Value>,
    now: &Map<String, Value>,
    hand: Hand,
) -> Result<Vec<Write>, Refusal> {
    let mut writes = Vec::new();
    let mut names: Vec<&String> = was.keys().chain(now.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let (before, after) = (was.get(name).unwrap_or(&Value::Null), now.get(name).unwrap_or(&Value::Null));
        if before == after || DERIVED.contains(&name.as_str()) {
            continue;
        }
        if let Some(collection) = kind.collection(name) {
            children(collection, before, after, hand, &mut writes)?;
        } else if let Some(field) = kind.field(name) {
            one(field, before, after, hand, &mut writes)?;
        } else {
            let names: Vec<&str> = kind.fields.iter().filter(|f| f.freeze != Freeze::Server).map(|f| f.name).collect();
            let message = format!("{} has no field {name}; it has {}", a(kind.name), names.join(", "));
            return Err(Refusal::field("field.unknown", name, message));
        }
    }
    Ok(writes)
}

fn one(field: &'static Field, before: &Value, after: &Value, hand: Hand, writes: &mut Vec<Write>) -> Result<(), Refusal> {
    if field.freeze == Freeze::Server || (field.computed && hand == Hand::Person) {
        let message = format!("{} follows from what is done to the record and cannot be typed", field.name);
        return Err(Refusal::field("INV-84", field.name, message));
    }
    let checked = field.check(after)?;
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    if field.is_long_text() {
        if text(before) != text(&checked) {
            writes.push(Write::Text { field: field.name.to_owned(), now: text(&checked) });
        }
    } else if field.check(before).ok().as_ref() != Some(&checked) {
        writes.push(Write::put(field.name, canonical(field, &checked)));
    }
    Ok(())
}

/// A compound value without any part left is no value.
fn canonical(field: &Field, checked: &Value) -> Scalar {
    match (field.kind, checked) {
        (Kind::Compound(_), Value::Object(parts)) if parts.is_empty() => Scalar::Null,
        _ => Scalar::from_json(checked),
    }
}

fn children(
    collection: &'static Collection,
    before: &Value,
    after: &Value,
    hand: Hand,
    writes: &mut Vec<Write>,
) -> Result<(), Refusal> {
    let placed = placed(collection, before, after);
    let (before, after) = (by_id(collection, before)?, by_id(collection, placed.as_ref().unwrap_or(after))?);
    for (id, child) in &after {
        let was = before.iter().find(|(other, _)| other == id).map(|(_, child)| child);
        for field in collection.fields {
            let old = was.and_then(|was| was.get(field.name)).unwrap_or(&Value::Null);
            let new = child.get(field.name).unwrap_or(&Value::Null);
            if was.is_none() && field.required {
                field.check(new)?;
            }
            let mut line = Vec::new();
            // What follows from the rest is not said by leaving it out.
            let left_out = field.freeze == Freeze::Server && new.is_null();
            if old != new && !left_out {
                one(field, old, new, hand, &mut line)?;
            }
            writes.extend(line.into_iter().map(|write| inside(collection, *id, write)));
        }
        if let Some(name) = child.keys().find(|name| *name != "id" && !collection.fields.iter().any(|f| f.name == name.as_str()))
            && was.and_then(|was| was.get(name)) != child.get(name)
        {
            let message = format!("{} have no field {name}", collection.name);
            return Err(Refusal::field("field.unknown", name, message));
        }
    }
    for (id, _) in before.iter().filter(|(id, _)| !after.iter().any(|(other, _)| other == id)) {
        writes.push(Write::put(key::child(collection.name, *id, key::REMOVED), true));
    }
    Ok(())
}

/// The step between the places of two children that were added one after the other.
const STEP: i64 = 10;

/// The children with a place for each new one that has none: behind all others, in the order they are given (INV-46).
fn placed(collection: &Collection, before: &Value, after: &Value) -> Option<Value> {
    let field = collection.fields.iter().find(|field| field.name == "sort_key")?;
    let Kind::Integer { max, .. } = field.kind else { return None };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let place = |child: &Value| child.get(field.name).and_then(Value::as_i64);
    let known = list(before);
    let is_new = |child: &Value| !known.iter().any(|other| other.get("id") == child.get("id"));
    let mut children = after.as_array()?.clone();
    let mut last = children.iter().filter_map(place).max().unwrap_or(0);
    for child in children.iter_mut().filter(|child| is_new(child) && place(child).is_none()) {
        last = last.saturating_add(STEP).min(max);
        if let Some(child) = child.as_object_mut() {
            child.insert(field.name.to_owned(), Value::from(last));
        }
    }
    Some(Value::Array(children))
}

fn inside(collection: &Collection, id: RecordId, write: Write) -> Write {
    match write {
        Write::Put { key, value } => Write::Put { key: key::child(collection.name, id, &key), value },
        text @ Write::Text { .. } => text,
    }
}

type Children<'a> = Vec<(RecordId, &'a Map<String, Value>)>;

fn by_id<'a>(collection: &Collection, list: &'a Value) -> Result<Children<'a>, Refusal> {
    let refuse = || {
        let message = format!("{} is a list of objects, each with an id", collection.name);
        Refusal::field("field.format", collection.name, message)
    };
    let Some(list) = list.as_array() else {
        return if list.is_null() { Ok(Vec::new()) } else { Err(refuse()) };
    };
    let child = |child: &'a Value| {
        let child = child.as_object()?;
        let id = child.get("id").and_then(Value::as_str)?.parse().ok()?;
        Some((id, child))
    };
    list.iter().map(|item| child(item).ok_or_else(refuse)).collect()
}

/// What the office writes to enter a record of its own.
///
/// # Errors
/// A value that cannot be kept.
pub fn entered(kind: &'static RecordType, fields: &Map<String, Value>) -> Result<Vec<Write>, Refusal> {
    writes(kind, &Map::new(), fields, Hand::Rule)
}
