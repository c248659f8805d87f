//! INV-28: a closed opportunity has no quote that is still open.
//!
//! An offer that is with the customer is a fact: a loss that did not see it waits. What is left open otherwise closes with its
//! sale, as if whoever closed that had seen it.

use super::super::Arrival;
use super::super::bench::{Bench, Ruling};
use super::super::bundle::{self, SUPERSEDE, also, stands};
use super::super::hold::{self, Wait};
use super::{called, quotes_of, sale_of, shown};
use crate::fold::Applied;
use crate::ids::RecordRef;
use crate::raw::{Action, Outcome, Raw};
use serde_json::Value;
use uuid::Uuid;

const RULE: &str = "INV-28";

/// Weighs an action against what its author did not see of the sale or of its offers.
pub(super) fn before(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) {
    match (arrival.kind.name, action.action.as_str()) {
        ("opportunity", "lose") => closing_unseen(bench, arrival, action),
        ("opportunity", "win") => won_unseen(bench, arrival, action),
        ("quote", "activate" | "create_order") => offer_unseen(bench, arrival, action),
        _ => {}
    }
}

/// A loss arrives: an offer went out meanwhile.
fn closing_unseen(bench: &mut Bench<'_>, arrival: &Arrival, lose: &Action) {
    let sale = arrival.target();
    let raw = bench.raw(&sale).unwrap_or_default();
    let unseen = |other: &Action| arrival.seen.action(other.id).is_none() && stands(&raw, other);
    if raw.actions().iter().any(|other| ["win", "reopen"].contains(&other.action.as_str()) && unseen(other)) {
        return;
    }
    let offer = quotes_of(bench, &sale).into_iter().find_map(|quote| Some((sent(bench, &quote, lose)?, quote)));
    if let Some((offer, quote)) = offer {
        wait(bench, &sale, lose, &quote, &offer);
    }
}

/// The action by which an offer is with the customer that whoever closed the sale did not know of.
fn sent(bench: &Bench<'_>, quote: &RecordRef, closing: &Action) -> Option<Action> {
    let raw = bench.raw(quote)?;
    if let Some(own) = raw.action(also(closing.id, SUPERSEDE, quote)) {
        return raw.actions().into_iter().find(|action| is_sent(action) && action.turn >= own.turn && stands(&raw, action));
    }
    let view = bench.view(quote).filter(|view| view.folded.state == "active")?;
    view.folded.last_move().cloned()
}

fn is_sent(action: &Action) -> bool {
    ["activate", "create_order"].contains(&action.action.as_str())
}

/// An offer goes out or is accepted: the sale was closed meanwhile.
fn offer_unseen(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) {
    let Some(sale) = sale_of(&arrival.after) else { return };
    let Some(folded) = bench.folded(&sale).filter(|folded| !folded.deleted) else { return };
    let Some(closing) = folded.last_move().cloned() else { return };
    let own = arrival.seen.action(also(closing.id, SUPERSEDE, &arrival.target()));
    if own.is_some_and(|own| stands(&arrival.seen, &own)) || closes_itself(bench, &sale) {
        return;
    }
    if bundle::whole(bench, &sale, &closing).iter().any(|(on, mate)| *on == arrival.target() && mate.action == "close") {
        // The loss came with the closing of this very offer, which is weighed against what was done to it.
        return;
    }
    match folded.state.as_str() {
        "lost" if !confirmed(bench, &sale, &closing) => wait(bench, &sale, &closing, &arrival.target(), action),
        "won" if action.action == "activate" => overtaken(bench, &arrival.target(), action, &closing),
        _ => {}
    }
}

/// Whether the case closes the sale as well.
fn closes_itself(bench: &Bench<'_>, sale: &RecordRef) -> bool {
    let part = bench.case.arrivals.iter().find(|arrival| arrival.target() == *sale);
    part.is_some_and(|part| part.new_actions().iter().any(|id| part.after.action(*id).is_some_and(|a| a.action == "win")))
}

/// Whether somebody said that the sale is lost although an offer was with the customer.
fn confirmed(bench: &Bench<'_>, sale: &RecordRef, lose: &Action) -> bool {
    let verdict = bench.raw(sale).and_then(|raw| raw.verdict(lose.id));
    verdict.is_some_and(|verdict| verdict.rule == RULE && verdict.outcome == Outcome::Accepted)
}

fn wait(bench: &mut Bench<'_>, sale: &RecordRef, lose: &Action, quote: &RecordRef, offer: &Action) {
    let verb = if offer.action == "create_order" { "was accepted" } else { "went out" };
    let message = format!(
        "{} gave {} up, but {} {verb} on {}, by {}. The sale stays open until a manager decides.",
        bench.name(lose.by),
        bench.title(sale),
        called(bench, quote),
        crate::time::date_of(offer.at),
        bench.name(offer.by),
    );
    let wait = Wait { rule: RULE, target: sale, action: lose, against: Some(offer), told: Vec::new(), message, salvage: "again" };
    hold::hold(bench, wait);
}

/// A win arrives with the quotes it closes: one of them went out meanwhile.
fn won_unseen(bench: &mut Bench<'_>, arrival: &Arrival, win: &Action) {
    for quote in quotes_of(bench, &arrival.target()) {
        let Some(raw) = bench.raw(&quote) else { continue };
        let Some(own) = raw.action(also(win.id, SUPERSEDE, &quote)) else { continue };
        let activated = |action: &Action| action.action == "activate" && action.turn >= own.turn && stands(&raw, action);
        if let Some(activation) = raw.actions().into_iter().find(activated) {
            overtaken(bench, &quote, &activation, win);
        }
    }
}

/// An offer went out on a sale that was won meanwhile with another one: it closes.
fn overtaken(bench: &mut Bench<'_>, quote: &RecordRef, activation: &Action, win: &Action) {
    let own = bench.raw(quote).and_then(|raw| raw.action(also(win.id, SUPERSEDE, quote)));
    let Some(own) = own else { return };
    if own.turn <= activation.turn {
        bench.verdict(quote, activation.id, RULE, Outcome::Adjusted, true);
    }
    tell(bench, quote, win, activation);
}

/// Closes what is left open of a closed sale.
pub(super) fn after(bench: &mut Bench<'_>, arrival: &Arrival) {
    let sale = match arrival.kind.name {
        "opportunity" => Some(arrival.target()),
        "quote" => bench.raw(&arrival.target()).as_ref().and_then(sale_of),
        _ => None,
    };
    let Some(sale) = sale else { return };
    let Some(folded) = bench.folded(&sale).filter(|folded| folded.state != "open" && !folded.deleted) else { return };
    let Some(closing) = folded.last_move().cloned() else { return };
    for quote in quotes_of(bench, &sale) {
        let Some(view) = bench.view(&quote).filter(|view| ["draft", "active"].contains(&view.folded.state.as_str())) else {
            continue;
        };
        if view.folded.trail.iter().any(|(action, applied)| awaits(action, *applied)) {
            continue;
        }
        let latest = view.folded.last_move().cloned();
        bundle::supersede(bench, &quote, &closing, RULE);
        let own = bench.raw(&quote).and_then(|raw| raw.action(also(closing.id, SUPERSEDE, &quote)));
        if let Some(latest) = latest.or(own) {
            tell(bench, &quote, &closing, &latest);
        }
    }
}

/// Whether an order was taken that somebody still has to decide about: its quote stays as it is until then.
pub(crate) fn awaits(action: &Action, applied: Applied) -> bool {
    action.action == "create_order" && applied == Applied::Withheld(Outcome::Held)
}

/// Tells once whose offer it was.
fn tell(bench: &mut Bench<'_>, quote: &RecordRef, closing: &Action, lost: &Action) {
    let mut told = bench.owners(quote);
    let maker = bench.world.credit(quote, "name").map(|stamp| stamp.user);
    told.extend(maker.filter(|maker| !maker.0.is_nil()));
    if lost.id != also(closing.id, SUPERSEDE, quote) {
        told.push(lost.by);
    }
    if told.iter().any(|user| *user != closing.by) {
        told.retain(|user| *user != closing.by);
    }
    let author = if is_sent(lost) { lost.by } else { told.last().copied().unwrap_or(lost.by) };
    let verb = if closing.action == "win" { "won" } else { "gave up" };
    let sale = bench.raw(quote).as_ref().and_then(|raw: &Raw| sale_of(raw)).map(|sale| bench.title(&sale)).unwrap_or_default();
    let message = format!(
        "{} {verb} {sale} without seeing {} ({}). It is closed with the sale: superseded.",
        bench.name(closing.by),
        called(bench, quote),
        bench.title(quote),
    );
    let once = Uuid::new_v5(&quote.id.0, format!("{RULE}/{}", closing.id).as_bytes());
    let ruling = Ruling {
        rule: RULE,
        outcome: Outcome::Adjusted,
        target: quote.clone(),
        field: None,
        action: Some(lost.id),
        kept: shown(closing),
        lost: if is_sent(lost) { shown(lost) } else { Value::Null },
        winner: closing.id.to_string(),
        loser: lost.id.to_string(),
        author,
        told,
        message,
        salvage: "new_quote",
    };
    bench.decide_as(once, ruling);
}
