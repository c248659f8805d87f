//! Constraints that two saves keep and their merge breaks: the first stands, what the second wrote is put back.
//!
//! An honest phone never sends a breach of its own making, so a modified one is answered the same way.

use super::bench::{Bench, Ruling};
use super::freeze::new_children;
use super::{Arrival, InWorld};
use crate::action::Records;
use crate::constraint::{Constraint, Test};
use crate::ids::RecordRef;
use crate::key::{self, Key};
use crate::permission::Access;
use crate::raw::{Outcome, Raw, Scalar};
use crate::record;
use crate::shared::Shared;
use crate::view;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

impl Records for Bench<'_> {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        Bench::raw(self, target)
    }

    fn referring(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        InWorld(self.world).referring(kind, field, holds)
    }
}

/// Tests every constraint that reads what the part wrote, and all of them of a new record.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let (target, kind) = (arrival.target(), arrival.kind);
    flag(bench, arrival);
    let repaired = bench.written(&target);
    let keys: Vec<&String> = arrival.fields().map(|(key, _)| key).chain(&repaired).collect();
    let wakes = |it: &&Constraint| !it.soft && (!arrival.before.exists() || keys.iter().any(|key| it.reads(kind, key)));
    let mut woken = kind.constraints.iter().filter(wakes).peekable();
    if woken.peek().is_none() {
        return;
    }
    let Some(mut shown) = shown(bench, arrival) else { return };
    for constraint in woken {
        let Some(broken) = constraint.broken(kind, arrival.id, &shown, bench) else { continue };
        let standing = bench.raw(&target).unwrap_or_default();
        // What another rule put back is not to blame; what it let stand is.
        let stands = |key: &str, value: &Scalar| standing.registers.get(key).unwrap_or(&Scalar::Null) == value;
        let blamed = |key: &str, value: &Scalar| constraint.blames(&broken, kind, key) && stands(key, value);
        let lost: BTreeMap<String, Scalar> = arrival.fields().filter(|(key, value)| blamed(key, value)).cloned().collect();
        let undone = repaired.iter().filter(|key| constraint.blames(&broken, kind, key) && !lost.contains_key(*key));
        for key in undone.filter(|_| arrival.before.exists()) {
            // What was put back stands in the way of what came since: that stays.
            bench.put(&target, key, arrival.stood(key), None, constraint.rule);
        }
        if !lost.is_empty() || !arrival.before.exists() {
            put_back(bench, arrival, constraint, lost);
            match self::shown(bench, arrival) {
                Some(after) => shown = after,
                None => return,
            }
        }
    }
}

/// Looks at what only deserves a look: of the record itself, and of those that name it where it changed in what they follow.
fn flag(bench: &mut Bench<'_>, arrival: &Arrival) {
    let (target, kind) = (arrival.target(), arrival.kind);
    let wakes = |it: &&Constraint| {
        it.soft && !it.quiet && (!arrival.before.exists() || arrival.fields().any(|(key, _)| it.reads(kind, key)))
    };
    for constraint in kind.constraints.iter().filter(wakes) {
        look(bench, arrival, &target, constraint);
    }
    let changed: BTreeSet<&str> = arrival.fields().map(|(key, _)| key.split('/').next().unwrap_or(key)).collect();
    let moved = !arrival.new_actions().is_empty();
    if !arrival.before.exists() || !(moved || record::followed().any(|field| changed.contains(field))) {
        return;
    }
    for (source, field) in bench.world.referrers(&target) {
        let Some(kind) = record::find(&source.kind) else { continue };
        let follows = |it: &&Constraint| {
            let there = it.follows.iter().any(|field| if *field == "state" { moved } else { changed.contains(field) });
            it.soft && !it.quiet && there && it.reads(kind, &field)
        };
        for constraint in kind.constraints.iter().filter(follows) {
            look(bench, arrival, &source, constraint);
        }
    }
}

/// Tells the owner and the author once that a record deserves a look.
fn look(bench: &mut Bench<'_>, arrival: &Arrival, target: &RecordRef, constraint: &Constraint) {
    let Some(kind) = record::find(&target.kind) else { return };
    let Some(raw) = bench.raw(target) else { return };
    let shown = view::of(kind, target.id, &raw);
    if shown.folded.deleted || constraint.broken(kind, target.id, &shown.body, bench).is_none() {
        return;
    }
    let value = shown.body.get(constraint.field()).cloned().unwrap_or_default();
    let mut told = bench.owners(target);
    // Who keeps the catalogue is not told of every sale it is about.
    if arrival.target() == *target || arrival.kind.access != Access::Catalogue {
        told.push(arrival.stamp.user);
    }
    let once = Uuid::new_v5(&target.id.0, format!("{}/{value}", constraint.name).as_bytes());
    let ruling = Ruling {
        field: Some(constraint.field().to_owned()),
        kept: value,
        loser: arrival.stamp.change.clone(),
        told,
        ..Ruling::of(
            constraint.rule,
            target.clone(),
            arrival.stamp.user,
            format!("Look at {}: {}.", bench.title(target), constraint.says),
        )
    };
    bench.tell_as(once, ruling);
}

/// The record as people see it with everything written so far, unless it is deleted.
fn shown(bench: &Bench<'_>, arrival: &Arrival) -> Option<Shared<Map<String, Value>>> {
    let shown = view::of(arrival.kind, arrival.id, &bench.raw(&arrival.target())?);
    (!shown.folded.deleted).then_some(shown.body)
}

fn put_back(bench: &mut Bench<'_>, arrival: &Arrival, constraint: &Constraint, lost: BTreeMap<String, Scalar>) {
    let target = arrival.target();
    let mut told = vec![arrival.stamp.user];
    told.extend(bench.owners(&target));
    for other in lost.iter().flat_map(|(key, value)| named(arrival, key, value)) {
        told.extend(bench.owners(&other));
    }
    let title = bench.title(&target);
    let author = bench.name(arrival.stamp.user);
    let mut fields = super::conflict::field_names(lost.keys().map(String::as_str));
    if fields.is_empty() {
        fields = constraint.field().to_owned();
    }
    let winner = lost.keys().find_map(|key| bench.world.credit(&target, key)).map(|stamp| stamp.change).unwrap_or_default();
    let why = format!("{} put back", constraint.rule);
    // What is missing cannot be put back, and what is needed cannot be taken away.
    let mut whole = lost.clone();
    let withheld = !arrival.before.exists() && (lost.is_empty() || lost.keys().any(|key| is_needed(arrival, key)));
    if withheld {
        bench.hide(&target, arrival, constraint.rule);
    } else {
        for (key, value) in &lost {
            bench.put(&target, key, arrival.stood(key), None, &why);
            bench.alternative(&target, key, value, Some(&arrival.stamp), constraint.rule);
        }
        for (collection, child) in new_children(arrival, &lost, &arrival.before) {
            // What is left of an entry goes with it.
            whole.extend(arrival.entry(collection, child).cloned());
            bench.put(&target, &key::child(collection, child, key::REMOVED), Scalar::Bool(true), None, &why);
        }
    }
    let after = if withheld { "It was not taken over." } else { "That was put back and is kept beside it." };
    let kept = lost.keys().map(|key| (key.clone(), arrival.stood(key).to_json()));
    bench.decide(Ruling {
        rule: constraint.rule,
        outcome: Outcome::Rejected,
        target,
        field: Some(fields.clone()),
        action: None,
        kept: Value::Object(kept.collect::<Map<_, _>>()),
        lost: Value::Object(whole.iter().map(|(key, value)| (key.clone(), value.to_json())).collect()),
        winner,
        loser: arrival.stamp.change.clone(),
        author: arrival.stamp.user,
        told,
        message: format!("{author} wrote {fields} of {title}, but {}. {after}", constraint.says),
        salvage: if matches!(constraint.test, Test::Tree) { "swap" } else { "" },
    });
}

/// Whether the record cannot be without the register.
fn is_needed(arrival: &Arrival, key: &str) -> bool {
    matches!(key::parse(arrival.kind, key), Key::Field(field) if field.required)
}

/// The records a lost value names.
fn named(arrival: &Arrival, key: &str, value: &Scalar) -> Vec<RecordRef> {
    match (key::parse(arrival.kind, key), value) {
        (Key::Field(field), Scalar::Str(text)) => crate::action::targets(field, text),
        _ => Vec::new(),
    }
}
