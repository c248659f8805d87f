//! INV-06 and INV-07: nothing is deleted that others still need or have just edited.

use super::bench::{Bench, Ruling};
use super::{Arrival, offer};
use crate::fold::Applied;
use crate::ids::RecordRef;
use crate::lifecycle::DELETE;
use crate::raw::{Action, Outcome, Raw, Scalar};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Judges the part's deletions, its edits of deleted records, and its references to deleted records.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let own = arrival.new_actions();
    let target = arrival.target();
    for delete in deletes(bench, &target) {
        if bench.withholds(&target, &delete) {
            continue;
        }
        if own.contains(&delete.id) {
            if let Some(dependent) = dependent(bench, &target) {
                reject(bench, "INV-06", &target, &delete, &needed_by(bench, &target, &dependent));
            } else if edited_unseen(arrival) {
                reject(bench, "INV-07", &target, &delete, "somebody edited it meanwhile");
            }
        } else if arrival.seen.action(delete.id).is_some() {
            edited_knowingly(bench, arrival);
        } else {
            reject(bench, "INV-07", &target, &delete, "somebody edited it meanwhile");
        }
    }
    restore_customer(bench, &target);
}

/// The deletions of a record that are in effect.
fn deletes(bench: &Bench<'_>, target: &RecordRef) -> Vec<Action> {
    let Some(folded) = bench.folded(target) else { return Vec::new() };
    let in_effect = folded.trail.into_iter().filter(|(action, applied)| action.action == DELETE && *applied == Applied::Moved);
    in_effect.map(|(action, _)| action).collect()
}

/// An open opportunity whose customer the record is.
pub(crate) fn open_sale(referrers: &[(RecordRef, String)], is_open: impl Fn(&RecordRef) -> bool) -> Option<RecordRef> {
    let customers = referrers.iter().filter(|(sale, field)| sale.kind == "opportunity" && field == "customer");
    customers.map(|(sale, _)| sale).find(|sale| is_open(sale)).cloned()
}

fn dependent(bench: &Bench<'_>, target: &RecordRef) -> Option<RecordRef> {
    let still_refers = |sale: &RecordRef| {
        bench.raw(sale).is_some_and(|raw| raw.text("customer") == Some(&target.to_string()))
            && bench.folded(sale).is_some_and(|folded| folded.state == "open" && !folded.deleted)
    };
    open_sale(&bench.world.referrers(target), still_refers)
}

fn needed_by(bench: &Bench<'_>, target: &RecordRef, dependent: &RecordRef) -> String {
    format!("{} is the customer of the open opportunity {}", bench.title(target), bench.title(dependent))
}

/// Whether others wrote into the record what the author of the part had not seen.
fn edited_unseen(arrival: &Arrival) -> bool {
    let typed = |raw: &Raw| -> BTreeMap<String, Scalar> {
        let mine = |key: &str| !key.starts_with("verdicts/") && !key.starts_with("alternatives/") && !key.starts_with("actions/");
        raw.registers.iter().filter(|(key, _)| mine(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let acted = |raw: &Raw| {
        raw.actions().into_iter().filter(|action| action.action != DELETE).map(|action| action.id).collect::<Vec<_>>()
    };
    let (before, seen) = (typed(&arrival.before), typed(&arrival.seen));
    // A number the office gave is nobody's edit.
    let edited = |key: &String| before.get(key) != seen.get(key) && !offer::is_number(key);
    arrival.before.exists()
        && (before.keys().chain(seen.keys()).any(edited)
            || arrival.before.texts != arrival.seen.texts
            || acted(&arrival.before) != acted(&arrival.seen))
}

/// An edit of a record its author knew to be deleted is put back.
fn edited_knowingly(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    for (key, _) in arrival.fields() {
        bench.put(&target, key, arrival.stood(key), None, "INV-07 put back");
    }
    bench.worsen(Outcome::Rejected);
}

/// INV-06: an open opportunity brings its deleted customer back.
fn restore_customer(bench: &mut Bench<'_>, target: &RecordRef) {
    if target.kind != "opportunity" || !bench.folded(target).is_some_and(|folded| folded.state == "open" && !folded.deleted) {
        return;
    }
    let customer = bench.raw(target).and_then(|raw| raw.text("customer")?.parse::<RecordRef>().ok());
    let Some(customer) = customer else { return };
    for delete in deletes(bench, &customer) {
        let why = needed_by(bench, &customer, target);
        reject(bench, "INV-06", &customer, &delete, &why);
    }
}

fn reject(bench: &mut Bench<'_>, rule: &'static str, target: &RecordRef, delete: &Action, why: &str) {
    bench.verdict(target, delete.id, rule, Outcome::Rejected, false);
    let title = bench.title(target);
    let message = format!("{} deleted {title}, but {why}. It is back.", bench.name(delete.by));
    let salvage = if rule == "INV-06" { "deactivate" } else { "delete again" };
    bench.decide(Ruling {
        rule,
        outcome: Outcome::Rejected,
        target: target.clone(),
        field: None,
        action: Some(delete.id),
        kept: Value::Null,
        lost: json!({ "action": DELETE, "at": delete.at }),
        winner: String::new(),
        loser: delete.id.to_string(),
        author: delete.by,
        told: vec![delete.by],
        message,
        salvage,
    });
}
