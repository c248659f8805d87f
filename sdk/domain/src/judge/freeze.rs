//! INV-22 and INV-27: what a closed record keeps closed.
//!
//! Commercial fields belong to the view of whoever closed the record: a concurrent edit loses to the closing whichever
//! of the two reaches the server first, so both orders end alike. The losing values stay beside the record.

use super::bench::{Bench, Ruling};
use super::billing;
use super::{Arrival, Stamp, handed_on};
use crate::action::freeze_of;
use crate::alias;
use crate::field::Freeze;
use crate::fold::Folded;
use crate::ids::{RecordId, RecordRef};
use crate::key::{self, Key};
use crate::lifecycle::Lifecycle;
use crate::raw::{Action, Outcome, Raw, Scalar};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What closed a record.
struct Closer {
    action: Action,
    rule: &'static str,
    /// Whether it closed its lines alone.
    lines: bool,
}

impl Closer {
    fn freezes(&self, arrival: &Arrival, key: &str) -> Freeze {
        let line = || matches!(key::parse(arrival.kind, key), Key::Child { collection, .. } if collection.name == "lines");
        if self.lines && !line() { Freeze::Open } else { freeze_of(arrival.kind, key) }
    }
}

/// Judges edits of a closed record, and closings of an edited one.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    // What comes into being closed is no edit of it.
    let Some(folded) = bench.folded(&target).filter(|_| arrival.before.exists()) else { return };
    let frozen = folded.frozen;
    let closer = if frozen { folded.last_move().cloned() } else { billing::lines_closed_by(bench, arrival) };
    let Some(closer) = closer.map(|action| Closer { action, rule: rule_of(arrival.kind.name, &folded.state), lines: !frozen })
    else {
        return;
    };
    // What an alias was told in ignorance is moved to what stands for it (INV-09).
    if alias::leads_to(&target, &folded).is_some() && arrival.seen.action(closer.action.id).is_none() {
        return;
    }
    if arrival.new_actions().contains(&closer.action.id) {
        closing(bench, arrival, &closer);
    } else {
        edit_of_closed(bench, arrival, &closer);
    }
}

/// The part edits a record somebody closed.
fn edit_of_closed(bench: &mut Bench<'_>, arrival: &Arrival, closer: &Closer) {
    let knew = arrival.seen.action(closer.action.id).is_some();
    let mut lost: BTreeMap<String, Scalar> = BTreeMap::new();
    let mut landed: Vec<(String, Scalar)> = Vec::new();
    for (key, value) in arrival.fields() {
        match closer.freezes(arrival, key) {
            // What is written into an entry that went has no place any more.
            _ if went(arrival, key) => {
                lost.insert(key.clone(), value.clone());
            }
            Freeze::Open | Freeze::Server => {}
            Freeze::Descriptive if !knew => landed.push((key.clone(), value.clone())),
            Freeze::Descriptive | Freeze::Commercial => {
                lost.insert(key.clone(), value.clone());
            }
        }
    }
    let going = new_children(arrival, &lost, &arrival.before);
    for (key, value) in take(&mut landed, |(key, _)| is_of(arrival, key, &going)) {
        lost.insert(key, value);
    }
    let mut texts: BTreeMap<String, (String, String)> = BTreeMap::new();
    for field in arrival.texts.iter().filter(|_| knew && !closer.lines) {
        let text = |raw: &Raw| raw.texts.get(field).cloned().unwrap_or_default();
        texts.insert(field.clone(), (text(&arrival.before), text(&arrival.meant)));
        bench.put_text(&arrival.target(), field, &text(&arrival.before), "put back");
    }
    for (key, value) in &landed {
        let copied = arrival.seen.registers.get(key).cloned();
        handed_on::pass(bench, arrival, &closer.action, key, copied.as_ref(), value, &arrival.stamp);
    }
    put_back(bench, arrival, closer, Lost { registers: lost, texts }, &arrival.before, &arrival.stamp);
}

/// Whether a register is one of an entry its author saw and the record no longer has.
fn went(arrival: &Arrival, key: &str) -> bool {
    let Key::Child { collection, id, .. } = key::parse(arrival.kind, key) else { return false };
    arrival.seen.children(collection.name).contains(&id) && !arrival.before.children(collection.name).contains(&id)
}

/// The part closes a record others had edited without its author seeing it.
fn closing(bench: &mut Bench<'_>, arrival: &Arrival, closer: &Closer) {
    let target = arrival.target();
    let written: BTreeSet<&String> = arrival.writes.iter().map(|(key, _)| key).collect();
    let keys: BTreeSet<String> = arrival.before.registers.keys().chain(arrival.seen.registers.keys()).cloned().collect();
    let mut by_author: BTreeMap<(RecordId, String), (Stamp, BTreeMap<String, Scalar>)> = BTreeMap::new();
    let mut landed: Vec<(String, Scalar, Stamp)> = Vec::new();
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
        match closer.freezes(arrival, &key) {
            Freeze::Commercial => {
                let entry = by_author.entry((stamp.user, stamp.device.to_string())).or_insert_with(|| (stamp, BTreeMap::new()));
                entry.1.insert(key, value);
            }
            Freeze::Descriptive => landed.push((key, value, stamp)),
            Freeze::Open | Freeze::Server => {}
        }
    }
    for (_, lost) in by_author.values_mut() {
        let going = new_children(arrival, lost, &arrival.seen);
        for (key, value, _) in take(&mut landed, |(key, _, _)| is_of(arrival, key, &going)) {
            lost.insert(key, value);
        }
    }
    for (key, value, stamp) in &landed {
        handed_on::pass(bench, arrival, &closer.action, key, arrival.seen.registers.get(key), value, stamp);
    }
    for (stamp, lost) in by_author.into_values() {
        put_back(bench, arrival, closer, Lost { registers: lost, texts: BTreeMap::new() }, &arrival.seen, &stamp);
    }
}

/// What somebody wrote that does not stand.
struct Lost {
    registers: BTreeMap<String, Scalar>,
    /// What each text says, and what they made of it; it stands as it was already.
    texts: BTreeMap<String, (String, String)>,
}

/// Restores frozen registers to what `stands`, keeps the losing values, and tells their author.
fn put_back(bench: &mut Bench<'_>, arrival: &Arrival, closer: &Closer, lost: Lost, stands: &Raw, stamp: &Stamp) {
    let Lost { registers: lost, texts } = lost;
    if lost.is_empty() && texts.is_empty() {
        return;
    }
    let target = arrival.target();
    let lines = lost.keys().any(|key| key.starts_with("lines/"));
    let rule = if closer.rule == "INV-50" && !lines { "FREEZE" } else { closer.rule };
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
    kept.extend(texts.iter().map(|(field, (stands, _))| (field.clone(), Value::from(stands.clone()))));
    let made = texts.iter().map(|(field, (_, made))| (field.clone(), Value::from(made.clone())));
    let values = lost.iter().map(|(key, value)| (key.clone(), value.to_json())).chain(made).collect();
    let fields = super::conflict::field_names(lost.keys().chain(texts.keys()).map(String::as_str));
    let message = message(bench, &target, closer, stamp, &fields, rule);
    let salvage = bench.folded(&target).map_or("", |closed| salvage_of(rule, arrival.kind.lifecycle, &closed));
    bench.decide(Ruling {
        rule,
        outcome: Outcome::Rejected,
        target,
        field: Some(fields),
        action: None,
        kept: Value::Object(kept),
        lost: Value::Object(values),
        winner: closer.action.id.to_string(),
        loser: stamp.change.clone(),
        author: stamp.user,
        told: if rule == "INV-34" { vec![stamp.user, closer.action.by] } else { vec![stamp.user] },
        message,
        salvage,
    });
}

/// Whether a register is of one of these children: what describes a child goes with it, and is kept with it.
fn is_of(arrival: &Arrival, key: &str, children: &BTreeSet<(&'static str, RecordId)>) -> bool {
    match key::parse(arrival.kind, key) {
        Key::Child { collection, id, .. } => children.contains(&(collection.name, id)),
        Key::Field(_) | Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Unknown | Key::Malformed => false,
    }
}

/// Takes those out that are meant.
fn take<T>(list: &mut Vec<T>, meant: impl Fn(&T) -> bool) -> Vec<T> {
    let (taken, left) = std::mem::take(list).into_iter().partition(meant);
    *list = left;
    taken
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

fn message(bench: &Bench<'_>, target: &RecordRef, closer: &Closer, stamp: &Stamp, fields: &str, rule: &str) -> String {
    if rule == "INV-34" {
        return format!(
            "{} chose {} for {} while {} changed {}. It stays as it was then; the change is kept beside it, for a revision.",
            bench.name(closer.action.by),
            closer.action.action,
            bench.title(target),
            bench.name(stamp.user),
            fields,
        );
    }
    let moved = if rule == "INV-22" { "; what can be used was proposed on the opportunity" } else { "" };
    let stays = match rule {
        "INV-50" => "An order of which something was shipped, billed or canceled keeps its lines".to_owned(),
        "INV-59" => "An issued invoice stays as it was issued".to_owned(),
        _ => format!("A closed {} stays as it was closed", target.kind),
    };
    format!(
        "{} chose {} for {} while {} changed {}. {stays}; the change is kept beside it{moved}.",
        bench.name(closer.action.by),
        closer.action.action,
        bench.title(target),
        bench.name(stamp.user),
        fields,
    )
}

fn rule_of(kind: &str, state: &str) -> &'static str {
    match (kind, state) {
        ("lead", _) => "INV-22",
        ("opportunity", _) => "INV-27",
        ("email", _) => "INV-72",
        ("quote", _) => "INV-34",
        ("order", _) => "INV-50",
        ("invoice", "active" | "paid") => "INV-59",
        _ => "FREEZE",
    }
}

/// What can be done about it, as the record is now.
fn salvage_of(rule: &str, lifecycle: &Lifecycle, closed: &Folded) -> &'static str {
    let (state, reason) = (closed.state.as_str(), closed.status_reason.as_str());
    match rule {
        "INV-22" if state == "qualified" => "take_over",
        "INV-27" => "follow_on",
        "INV-34" if lifecycle.row("revise", state, reason).is_none() => "new_quote",
        "INV-34" => "revise",
        "INV-50" => "new_order",
        "INV-59" => "reissue",
        _ if lifecycle.reopening(state, reason).is_some() => "reopen",
        _ => "",
    }
}
