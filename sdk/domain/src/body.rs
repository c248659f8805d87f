//! Reading the body of a record as it is shown, for the rules that look at several fields or at other records.

use crate::action::Records;
use crate::field::decimal;
use crate::ids::{RecordId, RecordRef};
use crate::raw::Raw;
use crate::record::{self, Record};
use crate::shared::Shared;
use crate::view;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// A record, or one of its children, as JSON.
pub(crate) type Body = Map<String, Value>;

/// The body of a whole record, which costs nothing to hand on.
pub(crate) type Whole = Shared<Body>;

/// A field that holds text.
pub(crate) fn text<'a>(body: &'a Body, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A field that names a record or a child by its id.
pub(crate) fn id(body: &Body, name: &str) -> Option<RecordId> {
    text(body, name).and_then(|id| id.parse().ok())
}

/// A part of a compound value that holds text.
pub(crate) fn part<'a>(body: &'a Body, compound: &str, name: &str) -> Option<&'a str> {
    body.get(compound).and_then(Value::as_object).and_then(|compound| text(compound, name))
}

/// The children of a collection.
pub(crate) fn children<'a>(body: &'a Body, collection: &str) -> impl Iterator<Item = &'a Body> {
    body.get(collection).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// The child of this id.
pub(crate) fn child<'a>(body: &'a Body, collection: &str, child: RecordId) -> Option<&'a Body> {
    children(body, collection).find(|body| id(body, "id") == Some(child))
}

/// How many a line is about, where it says so.
pub(crate) fn quantity(line: &Body) -> Option<Decimal> {
    line.get("quantity").and_then(|quantity| decimal(quantity.get("value")))
}

/// The state a body says.
pub(crate) fn state(body: &Body) -> &str {
    text(body, "state").unwrap_or("")
}

/// Whether a record is in use.
pub(crate) fn is_active(body: &Body) -> bool {
    state(body) == "active"
}

/// Whether a product is one no more to sell; one that is worked on is sold as it was, to whom it was offered (INV-66).
pub(crate) fn has_left(product: &Body) -> bool {
    !["active", "under_revision"].contains(&state(product))
}

/// A record, if it is held and was not deleted.
pub(crate) fn shown(target: &RecordRef, records: &dyn Records) -> Option<Whole> {
    let kind = record::find(&target.kind)?;
    let raw = records.raw(target).filter(Raw::exists)?;
    let view = view::of(kind, target.id, &raw);
    (!view.folded.deleted).then_some(view.body)
}

/// The same, of a type known in advance.
pub(crate) fn read<R: Record>(id: RecordId, records: &dyn Records) -> Option<Whole> {
    shown(&RecordRef::new(R::TYPE.name, id), records)
}

/// The records of a type whose field holds this.
pub(crate) fn referring(kind: &str, field: &str, holds: &str, records: &dyn Records) -> Vec<(RecordRef, Whole)> {
    let held = records.referring(kind, field, holds);
    held.into_iter().filter_map(|target| shown(&target, records).map(|body| (target, body))).collect()
}

/// The quotes of an opportunity that nobody has closed.
pub(crate) fn open_quotes(opportunity: RecordId, records: &dyn Records) -> Vec<(RecordRef, Whole)> {
    let mut quotes = referring("quote", "opportunity", &opportunity.to_string(), records);
    quotes.retain(|(_, quote)| ["draft", "active"].contains(&state(quote)));
    quotes
}

/// Everything that belongs to a family, directly or through others.
pub(crate) fn members(family: RecordId, records: &dyn Records) -> Vec<(RecordRef, Whole)> {
    let (mut found, mut families): (Vec<(RecordRef, Whole)>, Vec<RecordId>) = (Vec::new(), vec![family]);
    while let Some(family) = families.pop() {
        for (member, body) in referring("product", "parent_family", &family.to_string(), records) {
            // Two saves may have made a circle that nobody has mended yet.
            if member.id != family && !found.iter().any(|(known, _)| *known == member) {
                families.push(member.id);
                found.push((member, body));
            }
        }
    }
    found
}
