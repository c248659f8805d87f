//! INV-10: nothing new names what is out of use, where its author knew that.
//!
//! Who did not know is let be: the record is flagged and its owner told (`constraint/customers.rs`). The office cannot tell
//! everything a phone had seen; that it had seen its own work, and what its own bundle builds on, is certain.

use super::Arrival;
use super::bench::{Bench, Ruling};
use crate::action::names_what_is_in_use;
use crate::alias;
use crate::fold;
use crate::ids::RecordRef;
use crate::key;
use crate::raw::{Outcome, Scalar};

/// Puts back what names a record its author knew to be out of use; a new record is not taken over, with all of its bundle.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    if !names_what_is_in_use(arrival.kind) {
        return;
    }
    let target = arrival.target();
    for (key, value) in arrival.fields() {
        let stood = alias::named(arrival.kind, key, &arrival.stood(key));
        let named = alias::named(arrival.kind, key, value).into_iter().filter(|named| !stood.contains(named));
        let Some(named) = named.into_iter().find(|named| knew(bench, arrival, named)) else { continue };
        if bench.wrote(&target, key) {
            continue;
        }
        if arrival.before.exists() {
            bench.put(&target, key, arrival.stood(key), None, "INV-10 put back");
            bench.alternative(&target, key, value, Some(&arrival.stamp), "INV-10");
        } else {
            bench.withhold_case("INV-10");
        }
        tell(bench, arrival, key, value, &named);
    }
}

/// Whether the author certainly knew that a record was out of use.
fn knew(bench: &Bench<'_>, arrival: &Arrival, named: &RecordRef) -> bool {
    let Some(folded) = bench.folded(named).filter(|folded| alias::is_out_of_use(folded)) else { return false };
    if let Some(own) = bench.case.arrivals.iter().find(|own| own.target() == *named) {
        return alias::is_out_of_use(&fold::of(own.kind, &own.seen));
    }
    let Some(last) = folded.last_move() else { return false };
    let wrote = bench.world.credit(named, &key::action(last.id));
    bench.case.at_office || wrote.is_some_and(|stamp| stamp.device == arrival.stamp.device)
}

fn tell(bench: &mut Bench<'_>, arrival: &Arrival, key: &str, value: &Scalar, named: &RecordRef) {
    let (target, author) = (arrival.target(), arrival.stamp.user);
    let field = super::conflict::field_name(key);
    let after = if arrival.before.exists() { "It was put back and is kept beside it." } else { "It was not taken over." };
    let message = format!(
        "{} named {} as {field} of {}, knowing that it was out of use. {after}",
        bench.name(author),
        bench.title(named),
        bench.title(&target),
    );
    let whole = if arrival.before.exists() { None } else { bench.case.arrivals.iter().find_map(|part| part.new_actions().pop()) };
    bench.decide(Ruling {
        outcome: Outcome::Rejected,
        action: whole,
        field: Some(key.to_owned()),
        kept: arrival.stood(key).to_json(),
        lost: value.to_json(),
        loser: arrival.stamp.change.clone(),
        salvage: "choose",
        ..Ruling::of("INV-10", target, author, message)
    });
}
