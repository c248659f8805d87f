//! INV-50 to INV-61: orders, invoices and payments, of which some is intent and some has left the house.

use super::Arrival;
use super::bench::Bench;
use crate::body::shown;
use crate::ids::{RecordId, RecordRef};
use crate::raw::{Action, Outcome};

mod apportion;
mod locked;
mod looks;
mod over;
mod rate;
mod release;
mod rivals;

pub(super) use locked::judge as locked;
pub(super) use over::creation;
pub(super) use rate::stamp;
pub(super) use release::{carried_out, objection};
pub(super) use rivals::judge as rivals;

/// What follows once every action and edit of the case is judged: shares apportioned, and what deserves a look shown.
pub(super) fn settle(bench: &mut Bench<'_>) {
    let case = bench.case;
    let mut orders: Vec<RecordId> = case.arrivals.iter().filter_map(|arrival| order_of(bench, arrival)).collect();
    orders.sort();
    orders.dedup();
    for order in orders {
        apportion::drafts(bench, order);
    }
    for arrival in &case.arrivals {
        looks::judge(bench, arrival);
    }
}

/// The order a part is about.
fn order_of(bench: &Bench<'_>, arrival: &Arrival) -> Option<RecordId> {
    match arrival.kind.name {
        "order" if !arrival.new_actions().is_empty() => Some(arrival.id),
        "invoice" => crate::body::id(&*shown(&arrival.target(), bench)?, "order"),
        _ => None,
    }
}

/// What closes the lines of an order that is not closed itself (INV-50): somebody canceled a part of it, or was billed.
pub(super) fn lines_closed_by(bench: &Bench<'_>, arrival: &Arrival) -> Option<Action> {
    if arrival.kind.name != "order" {
        return None;
    }
    let target = arrival.target();
    let cancels = moved(bench, &target, "cancel_remaining");
    let own = arrival.new_actions();
    let canceled = cancels.iter().find(|action| own.contains(&action.id)).or(cancels.first());
    canceled.cloned().or_else(|| {
        let invoices = crate::body::referring("invoice", "order", &arrival.id.to_string(), bench).into_iter();
        let issued = invoices.filter(|(_, invoice)| crate::pricing::remaining::is_issued(invoice));
        issued.filter_map(|(invoice, _)| moved(bench, &invoice, "issue").pop()).next()
    })
}

/// The actions of this name that took effect on a record, in order.
fn moved(bench: &Bench<'_>, target: &RecordRef, verb: &str) -> Vec<Action> {
    let Some(folded) = bench.folded(target) else { return Vec::new() };
    let took = folded.trail.iter().filter(|(action, applied)| action.action == verb && *applied == crate::fold::Applied::Moved);
    took.map(|(action, _)| action.clone()).collect()
}

/// Whether nobody has held or rejected an action, or merged it into another.
fn stands(bench: &Bench<'_>, target: &RecordRef, action: RecordId) -> bool {
    let verdict = bench.raw(target).and_then(|raw| raw.verdict(action));
    verdict.is_none_or(|verdict| !verdict.merged && matches!(verdict.outcome, Outcome::Accepted | Outcome::Adjusted))
}
