//! INV-06 and INV-07: nothing is deleted that others still need or have just edited.

use super::bench::{Bench, Ruling};
use super::conflict::field_names;
use super::{Arrival, offer};
use crate::body::shown;
use crate::dependent::{self, Dependent};
use crate::fold::Applied;
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle::{DELETE, DISMISS};
use crate::raw::{Action, Outcome, Raw, Scalar};
use crate::record;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Judges the part's deletions, its edits of deleted records, and its references to deleted records.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let own = arrival.new_actions();
    let target = arrival.target();
    if dismisses_only(arrival, &own) {
        return;
    }
    for delete in deletes(bench, &target) {
        // What the office withholds is not a person's deletion: no edit brings it back.
        if bench.withholds(&target, &delete) {
            continue;
        }
        if own.contains(&delete.id) {
            if let Some(dependent) = dependent::of(&target, bench) {
                reject(bench, "INV-06", &target, &delete, &needed(bench, &target, &dependent));
            } else if edited_unseen(arrival) {
                reject(bench, "INV-07", &target, &delete, "somebody edited it meanwhile");
            }
        } else if arrival.seen.action(delete.id).is_some() {
            edited_knowingly(bench, arrival);
        } else {
            reject(bench, "INV-07", &target, &delete, "somebody edited it meanwhile");
        }
    }
    restore_needed(bench, &target);
}

/// Whether the part lets go of losing values and does nothing else, which is no reason to keep the record.
fn dismisses_only(arrival: &Arrival, own: &[RecordId]) -> bool {
    let dismissal = |id: &RecordId| arrival.after.action(*id).is_some_and(|action| action.action == DISMISS);
    !own.is_empty() && own.iter().all(dismissal) && arrival.texts.is_empty() && arrival.fields().next().is_none()
}

/// The deletions of a record that are in effect.
fn deletes(bench: &Bench<'_>, target: &RecordRef) -> Vec<Action> {
    let Some(folded) = bench.folded(target) else { return Vec::new() };
    let in_effect = folded.trail.iter().filter(|(action, applied)| action.action == DELETE && *applied == Applied::Moved);
    in_effect.map(|(action, _)| action.clone()).collect()
}

/// Whether others wrote into the record what the author of the part had not seen.
fn edited_unseen(arrival: &Arrival) -> bool {
    let typed = |raw: &Raw| -> BTreeMap<String, Scalar> {
        let mine = |key: &str| !key.starts_with("verdicts/") && !key.starts_with("alternatives/") && !key.starts_with("actions/");
        raw.registers.iter().filter(|(key, _)| mine(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let acted = |raw: &Raw| {
        raw.actions()
            .into_iter()
            .filter(|action| ![DELETE, DISMISS].contains(&action.action.as_str()))
            .map(|action| action.id)
            .collect::<Vec<_>>()
    };
    let (before, seen) = (typed(&arrival.before), typed(&arrival.seen));
    // A number the office gave is nobody's edit.
    let edited = |key: &String| before.get(key) != seen.get(key) && !offer::is_number(key);
    arrival.before.exists()
        && (before.keys().chain(seen.keys()).any(edited)
            || arrival.before.texts != arrival.seen.texts
            || acted(&arrival.before) != acted(&arrival.seen))
}

/// An edit of a record its author knew to be deleted is put back. No phone offers that; where the office was put back from a backup it
/// may not know any more that the record was back.
fn edited_knowingly(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    let lost: Vec<&(String, Scalar)> = arrival.fields().collect();
    for (key, value) in &lost {
        bench.put_back(arrival, key, "INV-07 put back");
        bench.alternative(&target, key, value, Some(&arrival.stamp), "INV-07");
    }
    if lost.is_empty() {
        return bench.worsen(Outcome::Rejected);
    }
    let fields = field_names(lost.iter().map(|(key, _)| key.as_str()));
    let author = arrival.stamp.user;
    let title = bench.title(&target);
    let message = format!("{} changed {fields} of {title}, which is deleted. The change is kept beside it.", bench.name(author));
    let kept = lost.iter().map(|(key, _)| (key.clone(), arrival.stood(key).to_json()));
    bench.decide(Ruling {
        outcome: Outcome::Rejected,
        field: Some(fields),
        kept: Value::Object(kept.collect()),
        lost: Value::Object(lost.iter().map(|(key, value)| (key.clone(), value.to_json())).collect()),
        loser: arrival.stamp.change.clone(),
        ..Ruling::of("INV-07", target, author, message)
    });
}

/// INV-06: what needs a deleted record brings it back.
fn restore_needed(bench: &mut Bench<'_>, target: &RecordRef) {
    let Some(body) = shown(target, bench) else { return };
    for needed in dependent::needed_by(&target.kind, &body) {
        for delete in deletes(bench, &needed).into_iter().filter(|delete| !bench.withholds(&needed, delete)).collect::<Vec<_>>() {
            if let Some(dependent) = dependent::of(&needed, bench) {
                let why = self::needed(bench, &needed, &dependent);
                reject(bench, "INV-06", &needed, &delete, &why);
            }
        }
    }
}

fn needed(bench: &Bench<'_>, target: &RecordRef, dependent: &Dependent) -> String {
    format!("{} {}", bench.title(target), dependent.says)
}

fn reject(bench: &mut Bench<'_>, rule: &'static str, target: &RecordRef, delete: &Action, why: &str) {
    bench.verdict(target, delete.id, rule, Outcome::Rejected, false);
    let title = bench.title(target);
    let message = format!("{} deleted {title}, but {why}. It is back.", bench.name(delete.by));
    let away = record::find(&target.kind).is_some_and(|kind| kind.lifecycle.action("deactivate").is_some());
    let salvage = if away { "deactivate" } else { "" };
    let salvage = if rule == "INV-06" { salvage } else { "delete" };
    bench.decide(Ruling {
        outcome: Outcome::Rejected,
        action: Some(delete.id),
        lost: json!({ "action": DELETE, "at": delete.at }),
        loser: delete.id.to_string(),
        salvage,
        ..Ruling::of(rule, target.clone(), delete.by, message)
    });
}
