//! INV-25: a win with an order is a fact, however late it is heard of; a bare one is somebody's word.

use super::bench::Bench;
use super::{Arrival, bundle, collide};
use crate::body;
use crate::ids::RecordRef;
use crate::raw::{Action, Outcome};

const RULE: &str = "INV-25";

/// Whether an order of the sale is live: one that came with the win or any other.
pub(super) fn with_order(bench: &Bench<'_>, sale: &RecordRef) -> bool {
    let orders = body::referring("order", "opportunity", &sale.id.to_string(), bench);
    orders.iter().any(|(_, order)| body::state(order) != "canceled")
}

/// Lets a win take effect that waits, when the order arrives which proves it.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
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

/// The win of a sale that a manager was asked about.
fn waiting(bench: &Bench<'_>, sale: &RecordRef) -> Option<Action> {
    let raw = bench.raw(sale)?;
    let waits = |action: &Action| {
        let verdict = raw.verdict(action.id);
        action.action == "win" && verdict.is_some_and(|verdict| verdict.rule == RULE && verdict.outcome == Outcome::Held)
    };
    raw.actions().into_iter().find(waits)
}
