//! INV-02: the account tree has no loop and is not too deep.

use super::Arrival;
use super::bench::{Bench, Ruling};
use crate::action::{DEPTH_MAX, no_cycle, parent_of};
use crate::ids::{RecordId, RecordRef};
use crate::raw::{Outcome, Scalar};
use serde_json::Value;

const PARENT: &str = "parent_account";

/// Rejects the edge that closes a loop; the account falls back to the parent it had.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    if arrival.kind.name != "account" || !arrival.fields().any(|(key, _)| key == PARENT) {
        return;
    }
    let target = arrival.target();
    let Some(wanted) = bench.raw(&target).and_then(|raw| parent_of(&raw)) else { return };
    let parent = |account: RecordId| bench.raw(&RecordRef::new("account", account)).and_then(|raw| parent_of(&raw));
    let below = height(bench, arrival.id, DEPTH_MAX);
    let depth = |first: RecordId| std::iter::successors(Some(first), |account| parent(*account)).take(DEPTH_MAX + 1).count();
    if no_cycle(arrival.id, wanted, parent).is_ok() && below + depth(wanted) < DEPTH_MAX {
        return;
    }
    reject(bench, arrival, wanted);
}

fn reject(bench: &mut Bench<'_>, arrival: &Arrival, wanted: RecordId) {
    let target = arrival.target();
    let other = RecordRef::new("account", wanted);
    let before = arrival.stood(PARENT);
    let stands = bench.world.credit(&other, PARENT);
    bench.put(&target, PARENT, before.clone(), None, "INV-02 put back");
    bench.alternative(&target, PARENT, &Scalar::Str(wanted.to_string()), Some(&arrival.stamp), "INV-02");
    let mut told = vec![arrival.stamp.user];
    told.extend(bench.owners(&target));
    told.extend(bench.owners(&other));
    let message = format!(
        "{} made {} a part of {}, which would close a loop in the account tree or make it too deep. {} stays where it was.",
        bench.name(arrival.stamp.user),
        bench.title(&target),
        bench.title(&other),
        bench.title(&target),
    );
    bench.decide(Ruling {
        rule: "INV-02",
        outcome: Outcome::Rejected,
        target,
        field: Some(PARENT.to_owned()),
        action: None,
        kept: before.to_json(),
        lost: Value::from(wanted.to_string()),
        winner: stands.map(|stamp| stamp.change).unwrap_or_default(),
        loser: arrival.stamp.change.clone(),
        author: arrival.stamp.user,
        told,
        message,
        salvage: "swap direction",
    });
}

/// How many levels lie below an account, at most `limit`.
fn height(bench: &Bench<'_>, account: RecordId, limit: usize) -> usize {
    if limit == 0 {
        return 0;
    }
    let target = RecordRef::new("account", account);
    let children = bench.world.referrers(&target).into_iter().filter(|(child, field)| {
        field == PARENT && child.kind == "account" && bench.raw(child).and_then(|raw| parent_of(&raw)) == Some(account)
    });
    children.map(|(child, _)| 1 + height(bench, child.id, limit - 1)).max().unwrap_or(0)
}
