//! INV-25: a win with an order is a fact, however late it is heard of; a bare one is somebody's word.

use super::bench::Bench;
use super::{Arrival, bundle, collide};
use crate::alternative;
use crate::body;
use crate::ids::RecordRef;
use crate::key;
use crate::raw::{Action, Outcome, Scalar};
use serde_json::Value;

const RULE: &str = "INV-25";

/// The rule that puts back what is written into a closed sale.
const FROZEN: &str = "INV-27";

/// Whether an order of the sale is live: one that came with the win or any other.
pub(super) fn with_order(bench: &Bench<'_>, sale: &RecordRef) -> bool {
    let orders = body::referring("order", "opportunity", &sale.id.to_string(), bench);
    orders.iter().any(|(_, order)| body::state(order) != "canceled")
}

/// Lets a win take effect that waits, when the order arrives which proves it; a win that stands against a loss has what it was won with.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    if arrival.kind.name == "opportunity" && stands(bench, arrival) {
        return take_along(bench, arrival);
    }
    if arrival.kind.name != "order" || arrival.before.exists() {
        return;
    }
    let sale = body::shown(&target, bench).and_then(|order| body::id(&order, "opportunity"));
    let Some(sale) = sale.map(|id| RecordRef::new("opportunity", id)) else { return };
    let Some(win) = waiting(bench, &sale).filter(|_| with_order(bench, &sale)) else { return };
    for (on, mate) in bundle::whole(bench, &sale, &win) {
        bench.verdict(&on, mate.id, RULE, Outcome::Accepted, false);
    }
    let loss = bench.folded(&sale).and_then(|folded| folded.last_move().cloned()).filter(|last| last.action == "lose");
    if let Some(loss) = loss {
        collide::overrule_loss(bench, &sale, &win, &loss);
    }
    bundle::settle_stranded(bench, &sale, "LIFECYCLE");
}

/// Whether the part wins the sale.
fn stands(bench: &Bench<'_>, arrival: &Arrival) -> bool {
    let last = bench.folded(&arrival.target()).and_then(|folded| folded.last_move().cloned());
    last.is_some_and(|last| last.action == "win" && arrival.new_actions().contains(&last.id))
}

/// What whoever won the sale had entered before, and was put back because the office heard of the loss first, stands again.
fn take_along(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    let Some(raw) = bench.raw(&target) else { return };
    for (key, value) in arrival.seen.registers.iter().filter(|(key, value)| raw.get(key) != Some(*value)) {
        let kept = alternative::kept_at(target.id, key, Some(arrival.stamp.device), "");
        let lost = raw.text(&kept).and_then(|kept| serde_json::from_str::<Value>(kept).ok());
        let part = |name: &str| lost.as_ref().and_then(|lost| lost.get(name));
        if part("rule").and_then(Value::as_str) != Some(FROZEN) || part("value") != Some(&value.to_json()) {
            continue;
        }
        bench.put(&target, key, value.clone(), Some(arrival.stamp.clone()), "INV-25 won with it");
        bench.put(&target, &kept, Scalar::Null, None, RULE);
        let removed = key.rsplit_once('/').map(|(entry, _)| format!("{entry}/{}", key::REMOVED));
        if let Some(removed) = removed.filter(|removed| raw.get(removed) == Some(&Scalar::Bool(true))) {
            bench.put(&target, &removed, Scalar::Bool(false), None, "INV-25 won with it");
        }
    }
}

/// The win of a sale that a manager was asked about.
fn waiting(bench: &Bench<'_>, sale: &RecordRef) -> Option<Action> {
    let raw = bench.raw(sale)?;
    let waits = |action: &Action| {
        let verdict = raw.verdict(action.id);
        action.action == "win" && verdict.is_some_and(|verdict| verdict.rule == RULE && verdict.outcome == Outcome::Held)
    };
    raw.actions().into_iter().find(waits)
}
