//! INV-36, INV-38, INV-39: an order is taken from the offer that holds, in time, and once for each sale.

use super::super::bench::{Bench, Ruling};
use super::super::bundle::{self, revision_of, stands};
use super::super::collide::table::COLLISIONS;
use super::super::hold::{self, Held, Wait};
use super::super::{Arrival, Decision, follow};
use super::{called, quotes_of, sale_of, shown};
use crate::fold::Applied;
use crate::ids::{RecordId, RecordRef};
use crate::permission::Who;
use crate::raw::{Action, Outcome};
use crate::time;
use crate::view;
use chrono::NaiveDate;
use serde_json::Value;

/// Judges an order that is taken from a quote.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival, order: &Action) {
    let target = arrival.target();
    if let Some(last) = expired(bench, arrival, order) {
        let message = format!(
            "{} took the order of {} after its last day, {last}. It waits until a manager confirms that it still holds.",
            bench.name(order.by),
            called(bench, &target),
        );
        return wait(bench, "INV-39", &target, order, None, Vec::new(), message);
    }
    if let Some((other, first)) = won_before(bench, &target) {
        let (told, message) = second(bench, &target, order, (&other, &first));
        return wait(bench, "INV-36", &target, order, Some(&first), told, message);
    }
    let raw = bench.raw(&target).unwrap_or_default();
    let unseen = |action: &Action| arrival.seen.action(action.id).is_none() && stands(&raw, action);
    let revision = raw.actions().into_iter().find(|action| action.action == "revise" && unseen(action));
    if let Some(revise) = revision
        && let Some(sent) = activation_of(bench, &revision_of(&target))
    {
        both_wait(bench, &target, order, &revise, &sent);
    }
}

/// Overrules what was done to an offer while its order waited, as if the two had collided (INV-38).
pub(in crate::judge) fn make_way(bench: &mut Bench<'_>, quote: &RecordRef, order: RecordId) {
    let (Some(raw), Some(folded)) = (bench.raw(quote), bench.folded(quote)) else { return };
    let Some(order) = raw.action(order) else { return };
    for (weaker, applied) in &folded.trail {
        let weaker_row = COLLISIONS.iter().any(|row| {
            row.kind == quote.kind && row.stronger == order.action && row.weaker == weaker.action && row.within_days.is_none()
        });
        if weaker_row && *applied == Applied::Moved {
            bench.verdict(quote, weaker.id, "INV-38", Outcome::Rejected, false);
            bundle::undo(bench, quote, weaker, &order, "INV-38");
        }
    }
}

/// Who is told about a possible second order, and what.
fn second(bench: &Bench<'_>, quote: &RecordRef, order: &Action, before: (&RecordRef, &Action)) -> (Vec<RecordId>, String) {
    let (other, first) = before;
    let sale = bench.raw(quote).as_ref().and_then(sale_of);
    let mut told = sale.as_ref().map(|sale| bench.owners(sale)).unwrap_or_default();
    told.extend(told.clone().into_iter().filter_map(|owner| bench.manager_of(owner)));
    told.push(first.by);
    let message = format!(
        "{} took an order of {} and {} one of {}, for the same sale: a possible second order. A manager decides whether the \
         customer wants both; until then only the first one is there.",
        bench.name(first.by),
        called(bench, other),
        bench.name(order.by),
        called(bench, quote),
    );
    (told, message)
}

/// Asks about an order that somebody just let through whether the customer wants it besides one that was taken meanwhile.
pub(super) fn ask_second(bench: &mut Bench<'_>, decision: &Decision, held: &Held) -> bool {
    let target = &decision.record;
    let order = decision.action.and_then(|id| bench.raw(target)?.action(id));
    let (Some(order), Some((other, first))) = (order, won_before(bench, target)) else { return false };
    let (told, message) = second(bench, target, &order, (&other, &first));
    let ruling = Ruling {
        rule: "INV-36",
        outcome: Outcome::Held,
        target: target.clone(),
        field: None,
        action: Some(order.id),
        kept: shown(&first),
        lost: shown(&order),
        winner: first.id.to_string(),
        loser: order.id.to_string(),
        author: order.by,
        told,
        message,
        salvage: "",
    };
    hold::ask(bench, ruling, held.parts.clone());
    true
}

/// The last day of the offer, if the order was claimed after it and nobody who may has confirmed it.
fn expired(bench: &Bench<'_>, arrival: &Arrival, order: &Action) -> Option<NaiveDate> {
    // A claim of a wrong clock is worth nothing; the day it arrived is the latest it can have been.
    let at = if arrival.stamp.clock_off { bench.case.now_ms } else { arrival.stamp.at_ms };
    let body = view::of(arrival.kind, arrival.id, &arrival.meant).body;
    let day = |field: &&str| body.get(*field).and_then(Value::as_str).and_then(time::parse_date);
    let last = ["expires_on", "effective_to"].iter().filter_map(day).min()?;
    let sure = order.args.get("confirmed") == Some(&Value::Bool(true)) && Who::Manager.includes(bench.case.role);
    (time::date_of(at) > last && !sure).then_some(last)
}

/// Another quote of the same sale that the customer accepted, with the action that says so.
fn won_before(bench: &Bench<'_>, quote: &RecordRef) -> Option<(RecordRef, Action)> {
    let sale = bench.raw(quote).as_ref().and_then(sale_of)?;
    quotes_of(bench, &sale).into_iter().filter(|other| other != quote).find_map(|other| {
        let view = bench.view(&other).filter(|view| view.folded.state == "won")?;
        Some((other, view.folded.last_move().cloned()?))
    })
}

/// The action by which a quote is with the customer.
fn activation_of(bench: &Bench<'_>, quote: &RecordRef) -> Option<Action> {
    let view = bench.view(quote).filter(|view| view.folded.state == "active")?;
    view.folded.last_move().cloned()
}

fn wait(
    bench: &mut Bench<'_>,
    rule: &'static str,
    target: &RecordRef,
    order: &Action,
    against: Option<&Action>,
    told: Vec<RecordId>,
    message: String,
) {
    hold::hold(bench, Wait { rule, target, action: order, against, told, message, salvage: "" });
}

/// A revision goes out of an offer that the customer had accepted meanwhile (INV-38).
pub(super) fn sent_after_acceptance(bench: &mut Bench<'_>, arrival: &Arrival, sent: &Action) {
    let before = arrival.after.text("predecessor").and_then(|id| id.parse().ok()).map(|id| RecordRef::new("quote", id));
    let Some(before) = before.filter(|before| revision_of(before) == arrival.target()) else { return };
    let Some(raw) = bench.raw(&before) else { return };
    let Some(folded) = bench.folded(&before).filter(|folded| folded.state == "won") else { return };
    let Some(order) = folded.last_move().cloned() else { return };
    let revise = raw
        .actions()
        .into_iter()
        .find(|action| action.action == "revise" && raw.verdict(action.id).is_some_and(|verdict| verdict.rule == "INV-38"));
    let closed = bundle::also(order.id, bundle::SUPERSEDE, &arrival.target());
    let Some(revise) = revise.filter(|_| arrival.seen.action(closed).is_none()) else { return };
    bench.verdict(&before, revise.id, "INV-38", Outcome::Accepted, false);
    bench.verdict(&arrival.target(), closed, "INV-38", Outcome::Rejected, false);
    both_wait(bench, &before, &order, &revise, sent);
}

/// Two offers are with the customer and one is accepted: neither counts until somebody decides.
fn both_wait(bench: &mut Bench<'_>, quote: &RecordRef, order: &Action, revise: &Action, sent: &Action) {
    let revision = revision_of(quote);
    let owner = bench.raw(quote).as_ref().and_then(sale_of).unwrap_or_else(|| quote.clone());
    let mut told = bench.owners(&owner);
    told.extend(told.clone().into_iter().filter_map(|owner| bench.manager_of(owner)));
    told.push(sent.by);
    let message = format!(
        "{} took the order of {} while {} sent {}. Neither counts until whoever looks after the sale decides which of them holds.",
        bench.name(order.by),
        called(bench, quote),
        bench.name(sent.by),
        called(bench, &revision),
    );
    bench.verdict(&revision, sent.id, "INV-38", Outcome::Held, false);
    wait(bench, "INV-38", quote, order, Some(revise), told, message);
}

/// The word about both: the order with the offer it was taken from, or the next offer (INV-38).
pub(super) fn decided(bench: &mut Bench<'_>, decision: &Decision, took: bool) {
    let revision = revision_of(&decision.record);
    let raw = bench.raw(&revision).unwrap_or_default();
    let held = raw.actions().into_iter().filter(|action| {
        let verdict = raw.verdict(action.id);
        verdict.is_some_and(|verdict| verdict.rule == "INV-38" && verdict.outcome == Outcome::Held)
    });
    let sent = held.min_by_key(|action| action.turn);
    if let Some(sent) = sent {
        let outcome = if took { Outcome::Rejected } else { Outcome::Accepted };
        bench.verdict(&revision, sent.id, "INV-38", outcome, false);
    }
    follow::settle(bench, &revision, "INV-38", !took);
    let order = decision.action.and_then(|id| bench.raw(&decision.record)?.action(id)).filter(|_| took);
    if let Some(order) = order
        && bench.view(&revision).is_some_and(|view| view.folded.state == "draft")
    {
        bundle::supersede(bench, &revision, &order, "INV-38");
    }
    bundle::settle_stranded(bench, &revision, "INV-38");
}
