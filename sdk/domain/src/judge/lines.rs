//! INV-44, INV-45, INV-47: lines somebody added, changed or removed while somebody else did something to the same thing.

use super::bench::{Bench, Ruling};
use super::{Arrival, Stamp};
use crate::ids::RecordId;
use crate::key;
use crate::raw::{Raw, Scalar};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

const LINES: &str = "lines";

/// Judges the part's lines, unless the record is closed: then it stays as it was closed.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    let written: BTreeSet<RecordId> = arrival.fields().filter_map(|(key, _)| line(key).map(|(id, _)| id)).collect();
    if written.is_empty() || arrival.kind.collection("lines").is_none() {
        return;
    }
    let Some(folded) = bench.folded(&target) else { return };
    if folded.deleted || folded.frozen {
        return;
    }
    for id in &written {
        removed_and_changed(bench, arrival, *id);
    }
    orphans(bench, arrival);
    twice(bench, arrival, &written);
}

fn line(key: &str) -> Option<(RecordId, &str)> {
    let mut parts = key.split('/');
    let (collection, id, field) = (parts.next()?, parts.next()?, parts.next()?);
    (collection == LINES).then(|| Some((id.parse().ok()?, field)))?
}

fn is_removed(raw: &Raw, id: RecordId) -> bool {
    raw.get(&key::child(LINES, id, key::REMOVED)) == Some(&Scalar::Bool(true))
}

fn text<'a>(raw: &'a Raw, id: RecordId, field: &str) -> Option<&'a str> {
    raw.text(&key::child(LINES, id, field))
}

/// What of a line is typed.
fn typed(raw: &Raw, id: RecordId) -> BTreeMap<String, Scalar> {
    let prefix = key::child(LINES, id, "");
    let own = raw.registers.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
    own.filter(|(key, _)| !key.ends_with(key::REMOVED) && !key.ends_with("/basis")).map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// INV-45: a removal and a change that did not see each other.
fn removed_and_changed(bench: &mut Bench<'_>, arrival: &Arrival, id: RecordId) {
    let removed_key = key::child(LINES, id, key::REMOVED);
    let writes = |key: &str| arrival.fields().any(|(written, _)| written == key);
    let raw = bench.raw(&arrival.target()).unwrap_or_default();
    if !arrival.before.exists() || !is_removed(&raw, id) {
        return;
    }
    let removes = writes(&removed_key);
    let unseen = if removes { typed(&arrival.before, id) != typed(&arrival.seen, id) } else { !is_removed(&arrival.meant, id) };
    if !unseen {
        return;
    }
    let target = arrival.target();
    let other = match removes {
        true => typed(&arrival.before, id)
            .into_keys()
            .find(|key| arrival.before.registers.get(key) != arrival.seen.registers.get(key)),
        false => Some(removed_key.clone()),
    };
    let Some(other) = other.and_then(|key| bench.world.credit(&target, &key)) else { return };
    if other.user.0.is_nil() || other.device == arrival.stamp.device {
        return;
    }
    let (remover, editor) = if removes { (arrival.stamp.clone(), other) } else { (other, arrival.stamp.clone()) };
    if bundle_is_gone(&raw, id) {
        return left_with_bundle(bench, arrival, &raw, id, &editor);
    }
    let family =
        raw.children_with_removed(LINES).into_iter().filter(|child| text(&raw, *child, "bundle") == Some(&id.to_string()));
    let back: Vec<RecordId> = std::iter::once(id).chain(family.filter(|child| is_removed(&raw, *child))).collect();
    for line in back {
        bench.put(&target, &key::child(LINES, line, key::REMOVED), Scalar::Bool(false), None, "INV-45 restored");
    }
    bench.alternative(&target, &removed_key, &Scalar::Bool(true), Some(&remover), "INV-45");
    let title = bench.title(&target);
    let message = format!(
        "{} removed a line of {title} that {} changed without seeing it. The line is back; accept it or remove it again before the \
         customer gets it.",
        bench.name(remover.user),
        bench.name(editor.user),
    );
    decide(
        bench,
        arrival,
        Told {
            rule: "INV-45",
            id,
            author: remover.user,
            loser: remover.change,
            told: vec![remover.user, editor.user],
            message,
            lost: Value::Bool(true),
        },
    );
}

/// Whether the line is a component of a bundle that is removed: then it has no meaning of its own.
fn bundle_is_gone(raw: &Raw, id: RecordId) -> bool {
    text(raw, id, "bundle").and_then(|bundle| bundle.parse().ok()).is_some_and(|bundle| is_removed(raw, bundle))
}

/// INV-47: components whose bundle somebody removed leave with it.
fn orphans(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    let raw = bench.raw(&target).unwrap_or_default();
    for id in raw.children(LINES).into_iter().filter(|id| bundle_is_gone(&raw, *id)) {
        let own = arrival.fields().any(|(key, _)| line(key).is_some_and(|(written, _)| written == id));
        let stamp: Option<Stamp> = if own {
            Some(arrival.stamp.clone())
        } else {
            typed(&raw, id).keys().find_map(|key| bench.world.credit(&target, key)).filter(|stamp| !stamp.user.0.is_nil())
        };
        bench.put(&target, &key::child(LINES, id, key::REMOVED), Scalar::Bool(true), None, "INV-47 left with its bundle");
        let Some(stamp) = stamp else { continue };
        left_with_bundle(bench, arrival, &raw, id, &stamp);
    }
}

fn left_with_bundle(bench: &mut Bench<'_>, arrival: &Arrival, raw: &Raw, id: RecordId, editor: &Stamp) {
    let lost: Map<String, Value> = typed(raw, id).into_iter().map(|(key, value)| (key, value.to_json())).collect();
    let message = format!(
        "A bundle of {} was removed while {} changed a component of it. The component left with the bundle; what was entered is \
         kept here and can be offered as a line of its own.",
        bench.title(&arrival.target()),
        bench.name(editor.user),
    );
    let (author, loser, told) = (editor.user, editor.change.clone(), vec![editor.user]);
    decide(bench, arrival, Told { rule: "INV-47", id, author, loser, told, message, lost: Value::Object(lost) });
}

/// INV-44: two people added the same thing without seeing each other; both lines stay.
fn twice(bench: &mut Bench<'_>, arrival: &Arrival, written: &BTreeSet<RecordId>) {
    let target = arrival.target();
    let raw = bench.raw(&target).unwrap_or_default();
    let lines = raw.children(LINES);
    let unit = |id: RecordId| {
        raw.get(&key::child(LINES, id, "quantity")).map(|quantity| quantity.to_json().get("unit").cloned().unwrap_or_default())
    };
    let fresh = |id: &RecordId| written.contains(id) && typed(&arrival.before, *id).is_empty();
    for id in lines.iter().filter(|id| fresh(id)) {
        let Some(product) = text(&raw, *id, "product") else { continue };
        let same = |other: &&RecordId| {
            *other != id
                && !written.contains(other)
                && text(&raw, **other, "product") == Some(product)
                && unit(**other) == unit(*id)
        };
        let unseen = |other: &&RecordId| typed(&arrival.seen, **other).is_empty();
        let Some(other) = lines.iter().find(|other| same(other) && unseen(other)) else { continue };
        let mut told = bench.owners(&target);
        told.push(arrival.stamp.user);
        told.extend(bench.world.credit(&target, &key::child(LINES, *other, "product")).map(|stamp| stamp.user));
        told.retain(|user| !user.0.is_nil());
        let message = format!(
            "{} is on {} twice: two people added it without seeing each other. Both lines stay; remove one if it was meant once.",
            product.parse().map_or_else(|_| String::new(), |id| bench.title(&crate::ids::RecordRef::new("product", id))),
            bench.title(&target),
        );
        let loser = arrival.stamp.change.clone();
        decide(
            bench,
            arrival,
            Told { rule: "INV-44", id: *id, author: arrival.stamp.user, loser, told, message, lost: Value::Null },
        );
    }
}

struct Told {
    rule: &'static str,
    id: RecordId,
    author: RecordId,
    loser: String,
    told: Vec<RecordId>,
    message: String,
    lost: Value,
}

fn decide(bench: &mut Bench<'_>, arrival: &Arrival, told: Told) {
    bench.decide(Ruling {
        field: Some(format!("{LINES}/{}", told.id)),
        lost: told.lost,
        loser: told.loser,
        told: told.told,
        ..Ruling::of(told.rule, arrival.target(), told.author, told.message)
    });
}
