//! INV-07 for the children of a record: an edit of one beats a removal that did not see it. Lines have rules of their own
//! ([`super::lines`]).

use super::bench::{Bench, Ruling};
use super::{Arrival, Stamp};
use crate::ids::RecordId;
use crate::key::{self, Key};
use crate::raw::{Raw, Scalar};
use crate::record::Collection;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const LINES: &str = "lines";
const RULE: &str = "INV-07";

/// Judges the children the part wrote, unless the record is closed: then it stays as it was closed.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let mut written: BTreeMap<&'static str, BTreeSet<RecordId>> = BTreeMap::new();
    for (key, _) in arrival.fields() {
        if let Key::Child { collection: Collection { name, .. }, id, .. } = key::parse(arrival.kind, key)
            && *name != LINES
        {
            written.entry(name).or_default().insert(id);
        }
    }
    if written.is_empty() || !arrival.before.exists() {
        return;
    }
    let Some(folded) = bench.folded(&arrival.target()) else { return };
    if folded.deleted || folded.frozen {
        return;
    }
    for (collection, ids) in written {
        for id in ids {
            removed_and_changed(bench, arrival, collection, id);
        }
    }
}

fn is_removed(raw: &Raw, key: &str) -> bool {
    raw.get(key) == Some(&Scalar::Bool(true))
}

/// What a child holds.
fn held(raw: &Raw, collection: &str, id: RecordId) -> BTreeMap<String, Scalar> {
    let prefix = key::child(collection, id, "");
    let own = raw.registers.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
    own.filter(|(key, _)| !key.ends_with(key::REMOVED)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn removed_and_changed(bench: &mut Bench<'_>, arrival: &Arrival, collection: &str, id: RecordId) {
    let (target, removed) = (arrival.target(), key::child(collection, id, key::REMOVED));
    if !bench.raw(&target).is_some_and(|raw| is_removed(&raw, &removed)) {
        return;
    }
    let removes = arrival.fields().any(|(written, _)| *written == removed);
    let other = if removes {
        // Somebody changed it who did not see this removal, and whom its author did not see.
        let (before, seen) = (held(&arrival.before, collection, id), held(&arrival.seen, collection, id));
        before.into_iter().find(|(key, value)| seen.get(key) != Some(value)).map(|(key, _)| key)
    } else {
        (!is_removed(&arrival.meant, &removed)).then(|| removed.clone())
    };
    let Some(other) = other.and_then(|key| bench.world.credit(&target, &key)) else { return };
    if other.user.0.is_nil() && !removes {
        return keep_beside(bench, arrival, collection, id);
    }
    if other.user.0.is_nil() || other.device == arrival.stamp.device {
        return;
    }
    let (remover, editor) = if removes { (arrival.stamp.clone(), other) } else { (other, arrival.stamp.clone()) };
    bench.put(&target, &removed, Scalar::Bool(false), None, "INV-07 restored");
    bench.alternative(&target, &removed, &Scalar::Bool(true), Some(&remover), RULE);
    tell(bench, arrival, &removed, &remover, &editor);
}

/// What the office took out stays out; what somebody changed in it unseen is kept.
fn keep_beside(bench: &mut Bench<'_>, arrival: &Arrival, collection: &str, id: RecordId) {
    let target = arrival.target();
    let mut lost = serde_json::Map::new();
    for (key, value) in arrival.entry(collection, id) {
        bench.alternative(&target, key, value, Some(&arrival.stamp), RULE);
        lost.insert(key.clone(), value.to_json());
    }
    let message = format!(
        "What you changed in an entry of {} was taken out by a rule before that arrived. Your change is kept beside it; enter it anew \
         if it should stand.",
        bench.title(&target),
    );
    bench.decide(Ruling {
        field: Some(key::child(collection, id, key::REMOVED)),
        kept: Value::Bool(true),
        lost: Value::Object(lost),
        loser: arrival.stamp.change.clone(),
        ..Ruling::of(RULE, target, arrival.stamp.user, message)
    });
}

fn tell(bench: &mut Bench<'_>, arrival: &Arrival, key: &str, remover: &Stamp, editor: &Stamp) {
    let target = arrival.target();
    let message = format!(
        "{} removed an entry of {} that {} changed without seeing it. The entry is back with the change; remove it again if it \
         should go.",
        bench.name(remover.user),
        bench.title(&target),
        bench.name(editor.user),
    );
    bench.decide(Ruling {
        field: Some(key.to_owned()),
        kept: Value::Bool(false),
        lost: Value::Bool(true),
        winner: editor.change.clone(),
        loser: remover.change.clone(),
        salvage: "choose",
        ..Ruling::of(RULE, target, remover.user, message)
    });
}
