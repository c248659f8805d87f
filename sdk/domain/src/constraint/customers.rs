//! What must hold between customers, their people and what is sold to them (INV-05, INV-10, INV-24).

use super::{Constraint, Scene, Test, whole};
use crate::action::{Records, referred};
use crate::alias;
use crate::body::{is_active, shown, state, text};
use crate::ids::RecordRef;
use crate::raw::Raw;
use serde_json::Value;

/// What is under way is for a customer in use (INV-10).
pub(crate) const CUSTOMER_IN_USE: Constraint =
    whole("customer.in_use", &["customer"], Test::NamesInUse, "the customer of what is under way is in use")
        .rule("INV-10")
        .soft()
        .follows(&["state"]);

/// What is under way is priced from a list in use (INV-10).
pub(crate) const PRICE_LIST_IN_USE: Constraint =
    whole("price_list.in_use", &["pricing.price_list"], Test::NamesInUse, "the price list of what is under way is in use")
        .rule("INV-10")
        .soft()
        .follows(&["state"]);

/// The person to ask first is there and in use (INV-05).
pub(crate) fn primary_contact(scene: &Scene<'_>) -> bool {
    let named = text(scene.record, "primary_contact").and_then(|id| id.parse().ok());
    named.is_none_or(|id| in_use(&RecordRef::new("contact", id), scene.records))
}

/// The contact does not belong to another account than the customer (INV-24).
pub(crate) fn contact_of_customer(scene: &Scene<'_>) -> bool {
    let customer = text(scene.record, "customer").and_then(|name| name.parse::<RecordRef>().ok());
    let contact = text(scene.record, "contact").and_then(|id| id.parse().ok()).map(|id| RecordRef::new("contact", id));
    let (Some(customer), Some(contact)) = (customer.filter(|customer| customer.kind == "account"), contact) else { return true };
    let Some(contact) = shown(&alias::survivor(&contact, scene.records), scene.records) else { return true };
    let works_for = text(&contact, "account").and_then(|id| id.parse().ok()).map(|id| RecordRef::new("account", id));
    let same = |account: RecordRef| alias::survivor(&account, scene.records) == alias::survivor(&customer, scene.records);
    works_for.is_none_or(same)
}

/// What a value names is in use, or the record is closed and keeps what it was closed with.
pub(super) fn names_in_use(scene: &Scene<'_>, field: &str, value: Option<&Value>) -> bool {
    let reason = text(scene.record, "status_reason").unwrap_or("");
    let closed = scene.kind.lifecycle.is_frozen(state(scene.record), reason);
    let named = value.and_then(Value::as_str).and_then(|value| referred(scene.kind.name, field, value));
    closed || named.is_none_or(|named| in_use(&named, scene.records))
}

/// What is not held here cannot be looked at; what stands for it can.
fn in_use(target: &RecordRef, records: &dyn Records) -> bool {
    let target = alias::survivor(target, records);
    let held = records.raw(&target).is_some_and(|raw: Raw| raw.exists());
    !held || shown(&target, records).is_some_and(|body| is_active(&body))
}
