//! INV-12, INV-15 and INV-16 of a stored record.

use crate::approval;
use crate::authority::Authority;
use crate::field::decimal;
use crate::fold::Applied;
use crate::ids::{RecordId, RecordRef};
use crate::judge::{InWorld, World};
use crate::owner;
use crate::raw::Raw;
use crate::record::RecordType;
use crate::view::View;
use serde_json::Value;

/// What is wrong, by rule.
pub(super) fn breaches(kind: &'static RecordType, raw: &Raw, view: &View, world: &dyn World) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if view.folded.deleted {
        return found;
    }
    if let Some(owner) = owner::of(raw).filter(|owner| owner::is_open(kind, raw) && has_left(owner, world)) {
        found.push(("INV-12", format!("it is open, and {owner} left")));
    }
    if kind.name == "quote" && view.folded.state == "active" {
        found.extend(offer(raw, view, world));
    }
    found
}

/// Whether an owner no longer works here, and there is somebody to take their place.
fn has_left(owner: &RecordRef, world: &dyn World) -> bool {
    let gone = |id: RecordId| world.user(id).is_some_and(|facts| !facts.active);
    if owner.kind != "user" || !gone(owner.id) {
        return false;
    }
    let mut next = world.user(owner.id).and_then(|facts| facts.manager);
    for _ in 0..10 {
        let Some(facts) = next.and_then(|id| world.user(id)) else { return false };
        if facts.active {
            return true;
        }
        next = facts.manager;
    }
    false
}

/// What a customer was offered was approved.
fn offer(raw: &Raw, view: &View, world: &dyn World) -> Option<(&'static str, String)> {
    let shown = |request: &approval::Request| raw.get(&request.register) == Some(&request.price);
    if approval::requests(raw).iter().any(shown) {
        return Some(("INV-15", "it is active with a price nobody approved".to_owned()));
    }
    let moved = view.folded.trail.iter().rev();
    let mut moved = moved.filter(|(action, applied)| action.action == "activate" && *applied == Applied::Moved);
    let (activation, _) = moved.next()?;
    let given = decimal(view.body.get("effective_discount").filter(|value| **value != Value::Null))?;
    let now = world.user(activation.by).map(|facts| Authority::of(activation.by, facts.role, &InWorld(world)));
    let enough = |authority: Authority| authority.may_give(given);
    let enough = now.is_some_and(enough) || world.formerly_gave(activation.by).is_some_and(enough);
    let approved =
        raw.verdict(activation.id).is_some_and(|verdict| ["INV-14", "INV-15", "INV-16"].contains(&verdict.rule.as_str()));
    (!enough && !approved).then(|| ("INV-16", format!("it gives away {given} percent, more than who activated it may")))
}
