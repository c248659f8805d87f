//! INV-22 and INV-27: what a closed record keeps closed.
//!
//! Commercial fields belong to the view of whoever closed the record: a concurrent edit loses to the closing whichever
//! of the two reaches the server first, so both orders end alike. The losing values stay beside the record.

use super::bench::{Bench, Ruling};
use super::{Arrival, Stamp, handed_on};
use crate::action::freeze_of;
use crate::field::Freeze;
use crate::ids::{RecordId, RecordRef};
use crate::key::{self, Key};
use crate::raw::{Action, Outcome, Raw, Scalar};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Judges edits of a closed record, and closings of an edited one.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    let Some(folded) = bench.folded(&target) else { return };
    if !arrival.kind.lifecycle.is_frozen(&folded.state, &folded.status_reason) {
        return;
    }
    let Some(closer) = folded.last_move().cloned() else { return };
    if arrival.new_actions().contains(&closer.id) {
        closing(bench, arrival, &closer);
    } else {
        edit_of_closed(bench, arrival, &closer);
    }
}

/// The part edits a record somebody closed.
fn edit_of_closed(bench: &mut Bench<'_>, arrival: &Arrival, closer: &Action) {
    let knew = arrival.seen.action(closer.id).is_some();
    let mut lost: BTreeMap<String, Scalar> = BTreeMap::new();
    let mut landed: Vec<(String, Scalar)> = Vec::new();
    for (key, value) in arrival.fields() {
        match freeze_of(arrival.kind, key) {
            Freeze::Open | Freeze::Server => {}
            Freeze::Descriptive if !knew => landed.push((key.clone(), value.clone())),
            Freeze::Descriptive | Freeze::Commercial => {
                lost.insert(key.clone(), value.clone());
            }
        }
    }
    for field in arrival.texts.iter().filter(|_| knew) {
        let before = arrival.before.texts.get(field).cloned().unwrap_or_default();
        bench.put_text(&arrival.target(), field, &before, "put back");
    }
    for (key, value) in &landed {
        let copied = arrival.seen.registers.get(key).cloned();
        handed_on::pass(bench, arrival, closer, key, copied.as_ref(), value, &arrival.stamp);
    }
    put_back(bench, arrival, closer, lost, &arrival.before, &arrival.stamp);
}

/// The part closes a record others had edited without its author seeing it.
fn closing(bench: &mut Bench<'_>, arrival: &Arrival, closer: &Action) {
    let target = arrival.target();
    let written: BTreeSet<&String> = arrival.writes.iter().map(|(key, _)| key).collect();
    let keys: BTreeSet<String> = arrival.before.registers.keys().chain(arrival.seen.registers.keys()).cloned().collect();
    let mut by_author: BTreeMap<(RecordId, String), (Stamp, BTreeMap<String, Scalar>)> = BTreeMap::new();
    for key in keys.into_iter().filter(|key| !key.starts_with("actions/")) {
        let (before, seen) = (arrival.before.registers.get(&key), arrival.seen.registers.get(&key));
        if before == seen || written.contains(&key) {
            continue;
        }
        let Some(stamp) = bench.world.credit(&target, &key) else { continue };
        // What the office decided stays: undoing it would bring back what it ruled out.
        if stamp.user.0.is_nil() || stamp.device == arrival.stamp.device {
            continue;
        }
        let value = before.cloned().unwrap_or(Scalar::Null);
        match freeze_of(arrival.kind, &key) {
            Freeze::Commercial => {
                let entry = by_author.entry((stamp.user, stamp.device.to_string())).or_insert_with(|| (stamp, BTreeMap::new()));
                entry.1.insert(key, value);
            }
            Freeze::Descriptive => handed_on::pass(bench, arrival, closer, &key, seen, &value, &stamp),
            Freeze::Open | Freeze::Server => {}
        }
    }
    for (stamp, lost) in by_author.into_values() {
        put_back(bench, arrival, closer, lost, &arrival.seen, &stamp);
    }
}

/// Restores frozen registers to what `stands`, keeps the losing values, and tells their author.
fn put_back(
    bench: &mut Bench<'_>,
    arrival: &Arrival,
    closer: &Action,
    lost: BTreeMap<String, Scalar>,
    stands: &Raw,
    stamp: &Stamp,
) {
    if lost.is_empty() {
        return;
    }
    let target = arrival.target();
    let rule = rule_of(arrival.kind.name);
    let why = format!("{rule} put back");
    let mut kept = Map::new();
    for (key, value) in &lost {
        let before = stands.registers.get(key).cloned().unwrap_or(Scalar::Null);
        kept.insert(key.clone(), before.to_json());
        bench.put(&target, key, before, None, &why);
        bench.alternative(&target, key, value, Some(stamp), rule);
        handed_on::propose(bench, arrival, key, value, stamp, rule);
    }
    for (collection, child) in new_children(arrival, &lost, stands) {
        bench.put(&target, &key::child(collection, child, key::REMOVED), Scalar::Bool(true), None, &why);
    }
    let fields: BTreeSet<String> = lost.keys().map(|key| super::conflict::field_name(key)).collect();
    let fields: Vec<String> = fields.into_iter().collect();
    let message = message(bench, &target, closer, stamp, &fields, rule);
    bench.decide(Ruling {
        rule,
        outcome: Outcome::Rejected,
        target,
        field: Some(fields.join(", ")),
        action: None,
        kept: Value::Object(kept),
        lost: Value::Object(lost.iter().map(|(key, value)| (key.clone(), value.to_json())).collect()),
        winner: closer.id.to_string(),
        loser: stamp.change.clone(),
        author: stamp.user,
        told: vec![stamp.user],
        message,
        salvage: salvage_of(rule),
    });
}

/// Children that exist through the lost registers alone; they go as a whole.
pub(super) fn new_children(
    arrival: &Arrival,
    lost: &BTreeMap<String, Scalar>,
    stands: &Raw,
) -> BTreeSet<(&'static str, RecordId)> {
    let child = |key: &String| match key::parse(arrival.kind, key) {
        Key::Child { collection, id, .. } => Some((collection.name, id)),
        Key::Field(_) | Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Unknown | Key::Malformed => None,
    };
    lost.keys().filter_map(child).filter(|(collection, id)| !stands.children(collection).contains(id)).collect()
}

fn message(bench: &Bench<'_>, target: &RecordRef, closer: &Action, stamp: &Stamp, fields: &[String], rule: &str) -> String {
    let moved = if rule == "INV-22" { "; what can be used was proposed on the opportunity" } else { "" };
    format!(
        "{} chose {} for {} while {} changed {}. A closed {} stays as it was closed; the change is kept beside it{moved}.",
        bench.name(closer.by),
        closer.action,
        bench.title(target),
        bench.name(stamp.user),
        fields.join(", "),
        target.kind,
    )
}

fn rule_of(kind: &str) -> &'static str {
    match kind {
        "lead" => "INV-22",
        "opportunity" => "INV-27",
        _ => "FREEZE",
    }
}

fn salvage_of(rule: &str) -> &'static str {
    match rule {
        "INV-22" => "take_over",
        "INV-27" => "follow_on",
        _ => "reopen",
    }
}
