//! Offers and what comes of them: numbers, prices under one header, sending, accepting, and the sale they belong to
//! (INV-28 to INV-40).

use super::bench::Bench;
use super::collide::shown;
use super::hold::Held;
use super::{Arrival, Decision};
use crate::ids::{RecordId, RecordRef};
use crate::raw::Raw;

mod accept;
mod activate;
mod number;
mod price;
mod prices;
mod sale;

pub(super) use accept::make_way;
pub use number::numbered;
pub(super) use number::{is_forged, is_number, late as number_late};
pub(crate) use prices::strays;
pub(crate) use sale::awaits;

/// Holds back what must not take effect, before actions are weighed against each other.
pub(super) fn before(bench: &mut Bench<'_>, arrival: &Arrival) {
    for id in arrival.new_actions() {
        let Some(action) = arrival.after.action(id) else { continue };
        match (arrival.kind.name, action.action.as_str()) {
            ("quote", "activate") => {
                if !bench.withheld(&arrival.target(), id) {
                    activate::judge(bench, arrival, &action);
                }
                if !bench.withheld(&arrival.target(), id) {
                    accept::sent_after_acceptance(bench, arrival, &action);
                }
            }
            ("quote", "create_order") if !bench.withheld(&arrival.target(), id) => accept::judge(bench, arrival, &action),
            _ => {}
        }
        if !bench.withheld(&arrival.target(), id) {
            sale::before(bench, arrival, &action);
        }
    }
}

/// Gives numbers, and keeps lines in the currency of their header.
pub(super) fn settle(bench: &mut Bench<'_>, arrival: &Arrival) {
    number::judge(bench, arrival);
    prices::keep_currency(bench, arrival);
    made_twice(bench, arrival);
}

/// A revision or an order that two people made alike: the copy says nothing against what one of them typed into it since
/// (INV-33, INV-37).
fn made_twice(bench: &mut Bench<'_>, arrival: &Arrival) {
    let made = [("quote", "predecessor", "revision"), ("order", "quote", "order")].into_iter().any(|(kind, from, role)| {
        let source = arrival.after.text(from).and_then(|id| id.parse::<RecordId>().ok());
        kind == arrival.kind.name && source.is_some_and(|source| source.derived(role) == arrival.id)
    });
    if !made || arrival.seen.exists() || !arrival.before.exists() {
        return;
    }
    for (key, contenders) in arrival.conflicts.iter().filter(|(key, _)| !key.starts_with("actions/")) {
        let stood = arrival.stood(key);
        let standing = contenders.iter().find(|one| one.value == stood && one.stamp.change != arrival.stamp.change);
        if contenders.iter().any(|one| one.value != stood) && !bench.wrote(&arrival.target(), key) {
            let credit = standing.map(|one| one.stamp.clone());
            bench.put(&arrival.target(), key, stood, credit, "INV-33 made alike");
        }
    }
}

/// What follows when everything else is settled.
pub(super) fn after(bench: &mut Bench<'_>, arrival: &Arrival) {
    prices::follow_list(bench, arrival);
    sale::after(bench, arrival);
}

/// What follows from somebody's word about an offer that was held back.
pub(super) fn decided(bench: &mut Bench<'_>, decision: &Decision, held: &Held, took: bool) {
    if took {
        activate::pin(bench, decision, held);
    }
    if decision.rule == "INV-38" {
        accept::decided(bench, decision, took);
    }
}

/// Whether letting an order through raises the next question, which is asked instead: another one was taken meanwhile.
pub(super) fn asks_again(bench: &mut Bench<'_>, decision: &Decision, held: &Held) -> bool {
    ["INV-38", "INV-39"].contains(&decision.rule.as_str()) && accept::ask_second(bench, decision, held)
}

/// The opportunity a quote belongs to.
fn sale_of(raw: &Raw) -> Option<RecordRef> {
    raw.text("opportunity").and_then(|id| id.parse().ok()).map(|id| RecordRef::new("opportunity", id))
}

/// The quotes of an opportunity.
fn quotes_of(bench: &Bench<'_>, sale: &RecordRef) -> Vec<RecordRef> {
    let all = bench.world.referrers(sale).into_iter();
    let quotes = all.filter(|(quote, field)| quote.kind == "quote" && field == "opportunity").map(|(quote, _)| quote);
    quotes.filter(|quote| bench.raw(quote).is_some_and(|raw| sale_of(&raw).as_ref() == Some(sale))).collect()
}

/// An offer as people call it: its number and its revision.
fn called(bench: &Bench<'_>, quote: &RecordRef) -> String {
    let raw = bench.raw(quote).unwrap_or_default();
    let number = raw.text("quote_number").unwrap_or("a quote").to_owned();
    let revision = raw.get("revision").map(crate::raw::Scalar::to_json).and_then(|revision| revision.as_i64()).unwrap_or(0);
    format!("{number} revision {revision}")
}
