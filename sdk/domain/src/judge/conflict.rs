//! The field conflict rule: concurrent different values in one register.
//!
//! The later claim wins, a device whose clock is off loses to one whose clock is right, and a tie goes to the later
//! acceptance. The loser stays beside the record as an alternative.

use super::bench::{Bench, Ruling};
use super::{Arrival, Contender, merge};
use crate::ids::RecordRef;
use crate::key::{self, Key};
use crate::owner::{self, ASSIGN, OWNER};
use crate::permission::Who;
use crate::raw::{Action, Outcome, Scalar};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Settles every conflict in the registers the part wrote, unless another rule already wrote them.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    for (key, contenders) in &arrival.conflicts {
        if !key.starts_with("actions/") && !bench.wrote(&arrival.target(), key) {
            settle(bench, arrival, key, contenders);
        }
    }
}

/// Settles what people typed into one register before another rule writes there; a value somebody's action only took over from
/// elsewhere does not take part.
pub(super) fn settle_typed(bench: &mut Bench<'_>, target: &RecordRef, key: &str, taken_over: Option<&Scalar>) {
    let Some(arrival) = bench.case.arrivals.iter().find(|arrival| arrival.target() == *target) else { return };
    let Some(contenders) = arrival.conflicts.get(key).filter(|_| !bench.wrote(target, key)) else { return };
    let typed: Vec<Contender> = contenders.iter().filter(|it| Some(&it.value) != taken_over).cloned().collect();
    match typed.as_slice() {
        [only] => bench.put(target, key, only.value.clone(), Some(only.stamp.clone()), "FCR settled"),
        typed => settle(bench, arrival, key, typed),
    }
}

fn settle(bench: &mut Bench<'_>, arrival: &Arrival, key: &str, contenders: &[Contender]) {
    let target = arrival.target();
    let mut order: Vec<&Contender> = contenders.iter().collect();
    order.sort_by_key(|contender| {
        let stamp = &contender.stamp;
        let leads = key == OWNER && bench.world.user(stamp.user).is_some_and(|facts| Who::Manager.includes(facts.role));
        Reverse((!contender.replaced, leads, !stamp.clock_off, stamp.at_ms, stamp.seq, stamp.change.clone()))
    });
    let Some((winner, losers)) = order.split_first() else { return };
    let differs = |loser: &&&Contender| loser.value != winner.value;
    if losers.iter().filter(differs).count() == 0 {
        return;
    }
    let stands = merge::called_now(bench, arrival.kind, &target, key, &winner.value);
    bench.put(&target, key, stands, Some(winner.stamp.clone()), "FCR settled");
    if is_computed(arrival, key) {
        return;
    }
    for loser in losers.iter().filter(differs) {
        // What the office put back has no author to tell, and nobody keeps what was knowingly written over.
        if !loser.replaced && !loser.stamp.user.0.is_nil() {
            overrule(bench, arrival, key, winner, loser);
        }
    }
}

fn overrule(bench: &mut Bench<'_>, arrival: &Arrival, key: &str, winner: &Contender, loser: &Contender) {
    let target = arrival.target();
    bench.alternative(&target, key, &loser.value, Some(&loser.stamp), "FCR");
    let mut told = vec![loser.stamp.user];
    if is_material(arrival, key) {
        told.push(winner.stamp.user);
        told.extend(bench.owners(&target));
    }
    let rule = rule_of(arrival, key);
    if key == OWNER && went_along(bench, &target, loser) {
        return;
    }
    let (lost, won, field, title) =
        (bench.name(loser.stamp.user), bench.name(winner.stamp.user), field_name(key), bench.title(&target));
    let message = if loser.stamp.user == winner.stamp.user {
        format!("{won} changed {field} of {title} in two places. The later entry stands; the other is kept beside it.")
    } else {
        format!(
            "{lost} and {won} both changed {field} of {title} without seeing each other. {won}'s later entry stands; {lost}'s is kept beside it."
        )
    };
    bench.decide(Ruling {
        rule,
        outcome: Outcome::Adjusted,
        target,
        field: Some(key.to_owned()),
        action: None,
        kept: winner.value.to_json(),
        lost: loser.value.to_json(),
        winner: winner.stamp.change.clone(),
        loser: loser.stamp.change.clone(),
        author: loser.stamp.user,
        told,
        message,
        salvage: "choose",
    });
}

/// What a phone works out follows from what people typed; who typed that is told.
fn is_computed(arrival: &Arrival, key: &str) -> bool {
    match key::parse(arrival.kind, key) {
        Key::Field(field) | Key::Child { declared: Some(field), .. } => field.computed,
        Key::Child { .. } | Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Unknown | Key::Malformed => false,
    }
}

fn is_material(arrival: &Arrival, key: &str) -> bool {
    match key::parse(arrival.kind, key) {
        Key::Field(field) | Key::Child { declared: Some(field), .. } => field.material,
        Key::Child { .. } | Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Unknown | Key::Malformed => false,
    }
}

/// Whether the loser gave the record away only because its account went there: they are told about the account (INV-13).
fn went_along(bench: &Bench<'_>, target: &RecordRef, loser: &Contender) -> bool {
    let account = owner::account_of(target, bench).and_then(|account| bench.raw(&account));
    let assigned = |action: &Action| {
        let to = action.args.get(OWNER).map(Scalar::from_json);
        action.action == ASSIGN && action.by == loser.stamp.user && to.as_ref() == Some(&loser.value)
    };
    account.is_some_and(|account| account.actions().iter().any(assigned))
}

/// The invariant that names this field, or the rule itself.
fn rule_of(arrival: &Arrival, key: &str) -> &'static str {
    match (arrival.kind.name, key) {
        (_, OWNER) => "INV-12",
        ("contact", "account") => "INV-04",
        ("opportunity", "customer") => "INV-23",
        ("appointment", "when") => "INV-69",
        ("goal", "period") => "INV-76",
        (_, key) if key.starts_with("lines/") && key.ends_with("/quantity") => "INV-49",
        (_, key) if key.starts_with("properties/") => "INV-48",
        _ => "FCR",
    }
}

/// The fields of some registers for people, each once.
pub(super) fn field_names<'k>(keys: impl Iterator<Item = &'k str>) -> String {
    let names: BTreeSet<String> = keys.map(field_name).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// A field's name for people.
pub(super) fn field_name(key: &str) -> String {
    let mut parts = key.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(collection), Some(_), Some(field)) => format!("{} ({collection})", field.replace('_', " ")),
        _ => key.replace('_', " "),
    }
}
