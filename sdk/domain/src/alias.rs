//! Merged records: an alias leads to the record that took its place, however often that was merged in turn (INV-09).

use crate::action::{Records, targets};
use crate::constraint::{DEPTH_MAX, Test};
use crate::document::Write;
use crate::field::{Field, Freeze, Kind};
use crate::fold::{self, Folded};
use crate::ids::RecordRef;
use crate::key::{self, Key};
use crate::raw::{Raw, Scalar};
use crate::record::{self, RecordType};
use crate::view;
use serde_json::Value;

/// The verb that makes a record an alias.
pub(crate) const MERGE: &str = "merge";

/// The argument that says of which record.
pub const INTO: &str = "into";

/// What a qualification says that was carried on from a lead that was merged meanwhile: which lead that was (INV-21).
pub(crate) const CARRIED_FROM: &str = "carried_from";

/// The field that says where an alias leads.
pub const MERGED_INTO: &str = "merged_into";

/// More merges in a row than anybody makes.
const HOPS_MAX: usize = 64;

/// The record an alias stands for at first hand; nothing for a record that is one of its own.
#[must_use]
pub(crate) fn leads_to(target: &RecordRef, folded: &Folded) -> Option<RecordRef> {
    let into = folded.stamps.get(MERGED_INTO).and_then(Value::as_str)?;
    into.parse().ok().map(|id| RecordRef::new(target.kind.clone(), id))
}

/// The record that stands for this one: itself, unless it was merged.
#[must_use]
pub fn survivor(target: &RecordRef, records: &dyn Records) -> RecordRef {
    let mut at = target.clone();
    let Some(kind) = record::find(&target.kind).filter(|kind| kind.lifecycle.action(MERGE).is_some()) else { return at };
    for _ in 0..HOPS_MAX {
        let Some(raw) = records.raw(&at) else { break };
        match leads_to(&at, &fold::of(kind, &raw)) {
            Some(next) if next != *target => at = next,
            Some(_) | None => break,
        }
    }
    at
}

/// Whether nothing new may name a record any more: it was deactivated, or merged into another (INV-10).
#[must_use]
pub(crate) fn is_out_of_use(folded: &Folded) -> bool {
    folded.state == "inactive" || folded.stamps.contains_key(MERGED_INTO)
}

/// What a record that stays takes over from the one that becomes its alias: everything it lacks, but whose it is.
#[must_use]
pub fn handed_on(kind: &'static RecordType, gone: &RecordRef, from: &Raw, stays: &RecordRef, to: &Raw) -> Vec<Write> {
    let mut writes = Vec::new();
    for (key, value) in from.registers.iter().filter(|(key, value)| !value.is_null() && to.get(key).is_none() && moves(kind, key))
    {
        let names = |target: &RecordRef| named(kind, key, value).contains(target);
        // A record is not its own parent, nor its alias's.
        if !names(gone) && !names(stays) {
            writes.push(Write::put(key.as_str(), value.clone()));
        }
    }
    for (field, text) in from.texts.iter().filter(|(_, text)| !text.is_empty()) {
        if to.texts.get(field).is_none_or(String::is_empty) {
            writes.push(Write::Text { field: field.clone(), now: text.clone() });
        }
    }
    writes
}

/// Whether a record that takes over this value of an alias would hang below itself (INV-02).
pub(crate) fn hangs_below_itself(
    kind: &'static RecordType,
    stays: &RecordRef,
    key: &str,
    value: &Scalar,
    records: &dyn Records,
) -> bool {
    let mut trees = kind.constraints.iter().filter(|constraint| matches!(constraint.test, Test::Tree));
    if !trees.any(|constraint| constraint.field() == key) {
        return false;
    }
    let mut above = named(kind, key, value).into_iter().next();
    for _ in 0..DEPTH_MAX {
        let Some(at) = above.map(|at| survivor(&at, records)) else { return false };
        if at == *stays {
            return true;
        }
        let parent = records.raw(&at).and_then(|raw| raw.get(key).cloned());
        above = parent.and_then(|parent| named(kind, key, &parent).into_iter().next());
    }
    true
}

/// Whether a register goes with a merge: what people type, but whose the record is.
pub(crate) fn moves(kind: &'static RecordType, key: &str) -> bool {
    match key::parse(kind, key) {
        Key::Field(field) => field.freeze != Freeze::Server && field.name != "owner",
        Key::Child { .. } | Key::Unknown => true,
        Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Malformed => false,
    }
}

/// The records a register names.
pub(crate) fn named(kind: &'static RecordType, key: &str, value: &Scalar) -> Vec<RecordRef> {
    match (declared(kind, key), value) {
        (Some(field), Scalar::Str(text)) => targets(field, text),
        _ => Vec::new(),
    }
}

/// A register's value with one record named in place of another.
pub(crate) fn renamed(kind: &'static RecordType, key: &str, value: &Scalar, from: &RecordRef, to: &RecordRef) -> Option<Scalar> {
    let (field, Scalar::Str(text)) = (declared(kind, key)?, value) else { return None };
    let renamed = rename(field, &view::json(Some(field), &Scalar::Str(text.clone())), from, to)?;
    Some(Scalar::from_json(&renamed))
}

fn rename(field: &Field, value: &Value, from: &RecordRef, to: &RecordRef) -> Option<Value> {
    if let Kind::Compound(parts) = field.kind {
        let mut object = value.as_object()?.clone();
        let mut any = false;
        for part in parts {
            if let Some(renamed) = object.get(part.name).and_then(|value| rename(part, value, from, to)) {
                object.insert(part.name.to_owned(), renamed);
                any = true;
            }
        }
        return any.then_some(Value::Object(object));
    }
    let Kind::Ref(types) = field.kind else { return None };
    let spelled = if types.len() == 1 { to.id.to_string() } else { to.to_string() };
    value.as_str().is_some_and(|text| targets(field, text).contains(from)).then(|| Value::from(spelled))
}

fn declared(kind: &'static RecordType, key: &str) -> Option<&'static Field> {
    match key::parse(kind, key) {
        Key::Field(field) => Some(field),
        Key::Child { declared, .. } => declared,
        Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Unknown | Key::Malformed => None,
    }
}
