//! References: what a value names, and that what a person types names records that are there.

use super::{Author, Planned, Records};
use crate::alias;
use crate::constraint::Test;
use crate::document::Write;
use crate::field::{Field, Kind};
use crate::fold;
use crate::ids::{RecordId, RecordRef};
use crate::key::{self, Key};
use crate::permission::Access;
use crate::raw::Scalar;
use crate::record::{self, RecordType};
use crate::refusal::Refusal;

pub(super) fn check(
    kind: &'static RecordType,
    id: RecordId,
    writes: &[Write],
    author: &Author,
    records: &dyn Records,
) -> Result<(), Refusal> {
    for write in writes {
        if let Write::Put { key, value: Scalar::Str(text) } = write {
            check_itself(kind, id, key, text)?;
        }
    }
    for (field, target) in writes.iter().flat_map(|write| named(kind, write)) {
        // Before the first sync a phone does not hold its own user's record.
        let known = target == RecordRef::new("user", author.user) || target == RecordRef::new(kind.name, id);
        if !known && records.raw(&target).is_none_or(|raw| !raw.exists()) {
            let message = format!("{} names {target}, which is not on this device", field.name);
            return Err(Refusal::field("field.reference", field.name, message));
        }
        in_use(kind, field, &target, records)?;
    }
    Ok(())
}

/// What an action makes names nothing that is out of use either, wherever that came from.
pub(super) fn check_made(bundle: &[Planned], records: &dyn Records) -> Result<(), Refusal> {
    for planned in bundle.iter().filter(|planned| records.raw(&planned.target).is_none_or(|raw| !raw.exists())) {
        let Some(kind) = record::find(&planned.target.kind) else { continue };
        for (field, target) in planned.writes.iter().flat_map(|write| named(kind, write)) {
            in_use(kind, field, &target, records)?;
        }
    }
    Ok(())
}

/// The records a write names, with the field.
fn named(kind: &'static RecordType, write: &Write) -> Vec<(&'static Field, RecordRef)> {
    let Write::Put { key, value: Scalar::Str(text) } = write else { return Vec::new() };
    let field = match key::parse(kind, key) {
        Key::Field(field) | Key::Child { declared: Some(field), .. } => field,
        Key::Child { .. } | Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Unknown | Key::Malformed => {
            return Vec::new();
        }
    };
    targets(field, text).into_iter().map(|target| (field, target)).collect()
}

/// What is about itself is about nothing. Where references form a tree, the tree says so.
///
/// # Errors
/// A refusal, where a field of the record itself names the record.
pub fn check_itself(kind: &'static RecordType, id: RecordId, key: &str, text: &str) -> Result<(), Refusal> {
    let Key::Field(field) = key::parse(kind, key) else { return Ok(()) };
    let is_tree = || kind.constraints.iter().any(|it| matches!(it.test, Test::Tree) && it.field() == field.name);
    if !targets(field, text).contains(&RecordRef::new(kind.name, id)) || is_tree() {
        return Ok(());
    }
    let message = format!("{} names the {} itself; choose another record", field.name, kind.name);
    Err(Refusal::field("field.itself", field.name, message))
}

/// INV-10: what is sold, to whom, for what and to what end names nothing that is out of use. What people did and wrote may be
/// about anything.
fn in_use(kind: &RecordType, field: &Field, target: &RecordRef, records: &dyn Records) -> Result<(), Refusal> {
    let out_of_use =
        |kind: &'static RecordType| records.raw(target).is_some_and(|raw| alias::is_out_of_use(&fold::of(kind, &raw)));
    if !names_what_is_in_use(kind) || !record::find(&target.kind).is_some_and(out_of_use) {
        return Ok(());
    }
    let survivor = alias::survivor(target, records);
    let what = if survivor == *target { "is out of use".to_owned() } else { format!("was merged into {survivor}") };
    let message = format!("{} names {target}, which {what}; choose another", field.name);
    Err(Refusal::field("field.inactive", field.name, message))
}

/// Whether INV-10 is about records of this type.
pub(crate) fn names_what_is_in_use(kind: &RecordType) -> bool {
    let about_anything = kind.field("regarding").is_some();
    matches!(kind.access, Access::Sales | Access::Catalogue | Access::Goals) && !about_anything
}

/// The records a value refers to.
#[must_use]
pub fn targets(field: &Field, text: &str) -> Vec<RecordRef> {
    match field.kind {
        Kind::Ref([only]) => text.parse().map(|id| vec![RecordRef::new(*only, id)]).unwrap_or_default(),
        Kind::Ref(_) => text.parse().map(|target| vec![target]).unwrap_or_default(),
        Kind::Compound(parts) => {
            let json = Scalar::Str(text.to_owned()).to_json();
            let part = |part: &Field| targets(part, json.get(part.name).and_then(serde_json::Value::as_str).unwrap_or(""));
            parts.iter().flat_map(part).collect()
        }
        Kind::Text { .. }
        | Kind::LongText { .. }
        | Kind::Email
        | Kind::Phone
        | Kind::Url
        | Kind::Bool
        | Kind::Integer { .. }
        | Kind::Decimal { .. }
        | Kind::Signed { .. }
        | Kind::Percent { .. }
        | Kind::Date
        | Kind::Time
        | Kind::Choice(_)
        | Kind::Line
        | Kind::Blob => Vec::new(),
    }
}

/// The record a field of this name names, where it is or holds a reference; a child's field is named `collection.field`.
#[must_use]
pub fn referred(kind: &str, field: &str, holds: &str) -> Option<RecordRef> {
    let kind = record::find(kind)?;
    let declared = match field.split_once('.') {
        Some((collection, field)) => kind.collection(collection)?.fields.iter().find(|declared| declared.name == field)?,
        None => kind.field(field)?,
    };
    if let Kind::Compound(parts) = declared.kind {
        return parts.iter().find_map(|part| targets(part, holds).into_iter().next());
    }
    targets(declared, holds).into_iter().next()
}
