//! INV-09: a merged record is a pure alias of the one that stays, whatever others did to it meanwhile.
//!
//! `merge/weigh.rs` decides whether a merge stands, `merge/rewrite.rs` turns what names an alias to what stays,
//! `merge/replay.rs` moves what was typed into an alias.

use super::Arrival;
use super::bench::{Bench, Ruling};
use crate::alias;
use crate::fold::Folded;
use crate::ids::{RecordId, RecordRef};
use crate::key;
use crate::lifecycle::{DECIDE, DELETE};
use crate::raw::{Action, Outcome};
use crate::record;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

mod replay;
mod rewrite;
mod weigh;

pub(super) use rewrite::{called_now, late as rename, revived};
pub(super) use weigh::weigh;

const RULE: &str = "INV-09";
const WHY: &str = "INV-09 followed a merge";

/// Judges what the part means where a record of it is an alias, or names one.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    rewrite::late(bench, arrival);
    let target = arrival.target();
    let Some(merge) = bench.folded(&target).and_then(|folded| merge_of(&target, &folded)) else { return };
    let root = alias::survivor(&target, bench);
    if is_alias(bench, &root) {
        // Let through after somebody else had merged the other way.
        return weigh::undo(bench, &target, &merge, &[merge.by]);
    }
    let decided = arrival.new_actions().iter().any(|id| arrival.after.action(*id).is_some_and(|it| it.action == DECIDE));
    if decided || arrival.new_actions().contains(&merge.id) {
        replay::unseen(bench, arrival, &merge, &root);
        let told = settle(bench, &target, &root);
        tell_owners(bench, &target, &root, &merge, told);
    } else if arrival.seen.action(merge.id).is_none() {
        replay::late(bench, arrival, &merge, &root);
    }
}

/// Merges that somebody let through under another rule, or on another record of their bundle, and those of records that were deleted
/// and are back, take effect as any other.
pub(super) fn released(bench: &mut Bench<'_>) {
    for target in bench.repaired() {
        if let Some(arrival) = bench.case.arrivals.iter().find(|arrival| arrival.target() == target) {
            if is_back(bench, &target) {
                judge(bench, arrival);
            }
            continue;
        }
        let Some(merge) = bench.folded(&target).and_then(|folded| merge_of(&target, &folded)) else { continue };
        let accepted = bench.raw(&target).and_then(|raw| raw.verdict(merge.id)).is_some_and(|it| it.outcome == Outcome::Accepted);
        if !accepted || !bench.wrote(&target, &key::verdict(merge.id)) {
            continue;
        }
        let root = alias::survivor(&target, bench);
        if is_alias(bench, &root) {
            weigh::undo(bench, &target, &merge, &[merge.by]);
        } else {
            let told = settle(bench, &target, &root);
            tell_owners(bench, &target, &root, &merge, told);
        }
    }
}

/// Whether a deletion of the record was turned down just now.
fn is_back(bench: &Bench<'_>, target: &RecordRef) -> bool {
    let actions = bench.raw(target).map(|raw| raw.actions()).unwrap_or_default();
    actions.iter().any(|action| action.action == DELETE && bench.wrote(target, &key::verdict(action.id)))
}

/// Makes an alias of one record and lets another stand for it, on the office's own account (INV-08).
pub(super) fn perform(bench: &mut Bench<'_>, gone: &RecordRef, stays: &RecordRef, by: RecordId) {
    let Some(raw) = bench.raw(gone) else { return };
    let merge = Action {
        id: gone.id.derived(&format!("merge/{stays}")),
        action: alias::MERGE.to_owned(),
        by,
        at: bench.case.now_ms,
        turn: raw.next_turn(),
        args: [(alias::INTO.to_owned(), Value::from(stays.id.to_string()))].into_iter().collect(),
    };
    bench.perform(gone, &merge, WHY);
    settle(bench, gone, stays);
}

/// Hands on what the one that stays lacks, and turns everything that names the alias to it; gives whose that is.
fn settle(bench: &mut Bench<'_>, gone: &RecordRef, stays: &RecordRef) -> BTreeSet<RecordId> {
    let Some(kind) = record::find(&gone.kind) else { return BTreeSet::new() };
    rewrite::untangle(bench, kind, gone, stays);
    let (from, to) = (bench.raw(gone).unwrap_or_default(), bench.raw(stays).unwrap_or_default());
    for write in alias::handed_on(kind, gone, &from, stays, &to) {
        match write {
            crate::document::Write::Put { key, value } if alias::hangs_below_itself(kind, stays, &key, &value, bench) => {}
            crate::document::Write::Put { key, value } => {
                let credit = bench.world.credit(gone, &key);
                bench.put(stays, &key, value, credit, WHY);
            }
            crate::document::Write::Text { field, now } => bench.put_text(stays, &field, &now, WHY),
        }
    }
    rewrite::all(bench, gone, stays)
}

/// Tells those whose records are touched, once; who merged their own tells nobody.
fn tell_owners(bench: &mut Bench<'_>, gone: &RecordRef, stays: &RecordRef, merge: &Action, mut told: BTreeSet<RecordId>) {
    told.extend(bench.owners(gone));
    told.extend(bench.owners(stays));
    if !told.iter().any(|user| *user != merge.by) {
        return;
    }
    told.insert(merge.by);
    let (name, was, now) = (bench.name(merge.by), bench.title(gone), bench.title(stays));
    let once = Uuid::new_v5(&merge.id.0, b"INV-09/merged");
    let message = format!("{name} merged {was} into {now}: they are one now, and what named the one names the other.");
    let ruling = Ruling {
        action: Some(merge.id),
        kept: Value::from(stays.to_string()),
        lost: Value::from(gone.to_string()),
        told: told.into_iter().collect(),
        ..Ruling::of(RULE, gone.clone(), merge.by, message)
    };
    bench.tell_as(once, ruling);
}

/// The merge that made a record an alias.
fn merge_of(target: &RecordRef, folded: &Folded) -> Option<Action> {
    alias::leads_to(target, folded)?;
    folded.last_move().filter(|last| last.action == alias::MERGE).cloned()
}

fn is_alias(bench: &Bench<'_>, target: &RecordRef) -> bool {
    bench.folded(target).is_some_and(|folded| alias::leads_to(target, &folded).is_some())
}
