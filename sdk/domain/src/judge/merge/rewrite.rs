//! References to an alias become references to what stays.

use super::{RULE, WHY, merge_of};
use crate::alias;
use crate::constraint::Test;
use crate::ids::{RecordId, RecordRef};
use crate::judge::Arrival;
use crate::judge::bench::{Bench, Ruling};
use crate::key;
use crate::raw::Scalar;
use crate::record::{self, RecordType};
use serde_json::Value;
use std::collections::BTreeSet;

/// References somebody wrote to what had become an alias without their seeing it.
pub(in crate::judge) fn late(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    for (key, value) in arrival.fields() {
        for gone in alias::named(arrival.kind, key, value) {
            let stays = alias::survivor(&gone, bench);
            if stays == gone || bench.wrote(&target, key) || is_disputed(arrival, key) {
                continue;
            }
            let Some(renamed) = renamed(arrival.kind, &target, key, value, (&gone, &stays)) else { continue };
            bench.put(&target, key, renamed, Some(arrival.stamp.clone()), WHY);
            let Some(merge) = bench.folded(&gone).and_then(|folded| merge_of(&gone, &folded)) else { continue };
            let message = format!(
                "{} had merged {} into {}; {} names the latter now.",
                bench.name(merge.by),
                bench.title(&gone),
                bench.title(&stays),
                bench.title(&target),
            );
            let ruling = Ruling {
                field: Some(key.clone()),
                kept: Value::from(stays.to_string()),
                lost: value.to_json(),
                winner: merge.id.to_string(),
                loser: arrival.stamp.change.clone(),
                told: vec![arrival.stamp.user, merge.by],
                ..Ruling::of(RULE, target.clone(), arrival.stamp.user, message)
            };
            bench.decide(ruling);
        }
    }
}

/// Whether others wrote something else: what stands is settled first, and named as it is called by now.
fn is_disputed(arrival: &Arrival, key: &str) -> bool {
    let contenders = arrival.conflicts.get(key).and_then(|contenders| contenders.split_first());
    contenders.is_some_and(|(first, rest)| rest.iter().any(|other| other.value != first.value))
}

/// A value as it reads where what it names was merged meanwhile.
pub(in crate::judge) fn called_now(
    bench: &Bench<'_>,
    kind: &'static RecordType,
    own: &RecordRef,
    key: &str,
    value: &Scalar,
) -> Scalar {
    let mut value = value.clone();
    for gone in alias::named(kind, key, &value) {
        let stays = alias::survivor(&gone, bench);
        let now = renamed(kind, own, key, &value, (&gone, &stays)).filter(|_| stays != gone);
        value = now.unwrap_or(value);
    }
    value
}

/// What another rule put back or brought back may still name an alias: it was out of sight when that was merged.
pub(in crate::judge) fn revived(bench: &mut Bench<'_>) {
    for target in bench.repaired() {
        let (Some(kind), Some(raw)) = (record::find(&target.kind), bench.raw(&target)) else { continue };
        let written = bench.written(&target);
        let back = |child: &str| raw.get(child) == Some(&Scalar::Bool(false));
        let revived: Vec<&str> =
            written.iter().filter(|key| back(key)).filter_map(|key| key.strip_suffix(key::REMOVED)).collect();
        let looked_at = |key: &String| written.contains(key) || revived.iter().any(|child| key.starts_with(child));
        for (key, value) in raw.registers.iter().filter(|(key, _)| looked_at(key)) {
            let now = called_now(bench, kind, &target, key, value);
            if now != *value {
                let credit = bench.typed_by(&target, key);
                bench.put(&target, key, now, credit.filter(|_| !written.contains(key)), WHY);
            }
        }
    }
}

/// A value that names what stays and not the alias; nothing where it would name its own record, which is not its own parent or manager.
fn renamed(
    kind: &'static RecordType,
    own: &RecordRef,
    key: &str,
    value: &Scalar,
    (gone, stays): (&RecordRef, &RecordRef),
) -> Option<Scalar> {
    let value = alias::renamed(kind, key, value, gone, stays)?;
    Some(if alias::named(kind, key, &value).contains(own) { Scalar::Null } else { value })
}

/// Everything that names the alias; gives the owners of what was turned.
pub(super) fn all(bench: &mut Bench<'_>, gone: &RecordRef, stays: &RecordRef) -> BTreeSet<RecordId> {
    let mut owners = BTreeSet::new();
    let sources: BTreeSet<RecordRef> = bench.world.referrers(gone).into_iter().map(|(source, _)| source).collect();
    for source in sources {
        let (Some(kind), Some(raw)) = (record::find(&source.kind), bench.raw(&source)) else { continue };
        let turned: Vec<(String, Scalar)> = raw
            .registers
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), renamed(kind, &source, key, value, (gone, stays))?)))
            .collect();
        if !turned.is_empty() {
            owners.extend(bench.owners(&source));
        }
        for (key, value) in turned {
            let credit = bench.typed_by(&source, &key);
            bench.put(&source, &key, value, credit, WHY);
        }
    }
    owners
}

/// What a merge turned names the record again that was merged, as that is one of its own after all.
pub(super) fn back(bench: &mut Bench<'_>, gone: &RecordRef, stays: &RecordRef) {
    let sources: BTreeSet<RecordRef> = bench.world.referrers(stays).into_iter().map(|(source, _)| source).collect();
    for source in sources {
        let (Some(kind), Some(raw)) = (record::find(&source.kind), bench.raw(&source)) else { continue };
        let names = |key: &str, value: &Scalar, named: &RecordRef| alias::named(kind, key, value).contains(named);
        let turned: Vec<(&String, &Scalar)> = raw.registers.iter().filter(|(key, value)| names(key, value, stays)).collect();
        let Some(said) = bench.world.said_since(&source, i64::MIN).filter(|_| !turned.is_empty()) else { continue };
        for (key, value) in turned {
            let before = said.iter().rev().map(|(_, then)| then.get(key)).find(|then| *then != Some(value)).flatten();
            let before = before.filter(|before| renamed(kind, &source, key, before, (gone, stays)).as_ref() == Some(value));
            if let Some(before) = before {
                let credit = bench.typed_by(&source, key);
                bench.put(&source, key, before.clone(), credit, "INV-09 stays two");
            }
        }
    }
}

/// In a tree, what stays leaves the branch it would otherwise hang in itself: it takes the place of the alias (INV-02).
pub(super) fn untangle(bench: &mut Bench<'_>, kind: &'static RecordType, gone: &RecordRef, stays: &RecordRef) {
    let trees = kind.constraints.iter().filter(|constraint| matches!(constraint.test, Test::Tree));
    for field in trees.map(|constraint| constraint.field()) {
        let parent = |bench: &Bench<'_>, of: &RecordRef| {
            let id = bench.raw(of)?.text(field)?.parse().ok()?;
            Some(RecordRef::new(kind.name, id))
        };
        let mut above = parent(bench, stays);
        for _ in 0..crate::constraint::DEPTH_MAX {
            let Some(at) = above.filter(|at| at != stays) else { break };
            if at == *gone {
                let place = parent(bench, gone).filter(|place| place != stays);
                let value = place.map_or(Scalar::Null, |place| Scalar::Str(place.id.to_string()));
                // Who hung it below the alias meant what stands there no more; who hung it further down did not.
                let hung = bench.raw(stays).and_then(|raw| raw.get(field).cloned());
                bench.put(stays, field, value, None, WHY);
                let hung = hung.filter(|hung| !alias::named(kind, field, hung).contains(gone));
                if let Some((hung, stamp)) = hung.zip(bench.typed_by(stays, field)) {
                    bench.alternative(stays, field, &hung, Some(&stamp), RULE);
                }
                break;
            }
            above = parent(bench, &at);
        }
    }
}
