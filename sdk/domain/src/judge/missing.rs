//! INV-11: what names a record that has not arrived waits for it, with its whole bundle; nobody has to decide.

use super::bench::{Bench, Ruling};
use super::hold::{self, Held, HeldPart, Ruled};
use super::{Arrival, Decision, collide, offer};
use crate::alias;
use crate::ids::RecordRef;
use crate::lifecycle::is_aside;
use crate::permission::Who;
use crate::raw::{Outcome, Raw};
use crate::record;
use crate::refusal::Refusal;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

const RULE: &str = "INV-11";

/// Puts the case aside if something it names is not here; says whether it did.
pub(super) fn hold(bench: &mut Bench<'_>) -> bool {
    let case = bench.case;
    let awaits: BTreeSet<RecordRef> = case.arrivals.iter().flat_map(|arrival| missing(bench, arrival)).collect();
    let Some(first) = case.arrivals.first().filter(|_| !awaits.is_empty()) else { return false };
    let writes = first.typed().map(|(key, value)| (key.clone(), value.to_json()));
    let lost = Value::Object(writes.collect::<Map<_, _>>());
    let mut parts = hold::put_case_aside(bench, case, RULE);
    turn_down(bench, &mut parts);
    let names: Vec<String> = awaits.iter().map(ToString::to_string).collect();
    let message = format!(
        "{} names {}, which has not arrived yet. It takes effect as soon as that does.",
        bench.title(&first.target()),
        names.join(" and "),
    );
    let ruling = Ruling {
        outcome: Outcome::Held,
        lost,
        loser: first.stamp.change.clone(),
        ..Ruling::of(RULE, first.target(), case.author, message)
    };
    let awaits = awaits.into_iter().collect();
    let held = Held { asks: String::new(), choices: BTreeMap::new(), who: Who::Admin, gives: None, awaits, parts };
    bench.decide_held(ruling, held);
    true
}

/// Waiting is no way round the rules: what its author could not do is not let through when the record arrives.
fn turn_down(bench: &mut Bench<'_>, parts: &mut [HeldPart]) {
    let (case, role) = (bench.case, bench.case.role);
    for arrival in &case.arrivals {
        let target = arrival.target();
        let actions = arrival.new_actions().into_iter().filter_map(|id| arrival.after.action(id));
        for action in actions.filter(|action| !is_aside(&action.action)) {
            let refusal = match collide::legal(bench, arrival, &action, role) {
                Ok(row) if row.is_some_and(|row| row.is_proposed_by(role)) => {
                    Refusal::new("missing.proposed", "it needs somebody's word, and what it names has not arrived: do it again")
                }
                Ok(_) => continue,
                Err(refusal) => refusal,
            };
            for part in parts.iter_mut().filter(|part| part.record == target) {
                part.actions.retain(|id| *id != action.id);
            }
            collide::turn_down(bench, &target, arrival, &action, &refusal);
        }
    }
}

/// Lets through what waited for a new record, and what waited for that.
pub(super) fn release(bench: &mut Bench<'_>, arrival: &Arrival) {
    let mut arrived = if arrival.before.exists() { Vec::new() } else { vec![arrival.target()] };
    let mut done = BTreeSet::new();
    while let Some(target) = arrived.pop() {
        for decision in bench.world.awaiting(&target) {
            let Some(held) = decision.held.clone() else { continue };
            if held.awaits.iter().all(|awaited| is_here(bench, awaited)) && done.insert(decision.id) {
                let ruled = Ruled { rule: RULE, target: &decision.record, author: decision.author, action: None, against: None };
                hold::let_through(bench, &held, &ruled);
                held.parts.iter().for_each(|part| offer::number_late(bench, &part.record));
                arrived.extend(held.parts.iter().filter(|part| part.withheld.is_some()).map(|part| part.record.clone()));
                tell(bench, &decision, &target);
            }
        }
    }
}

/// Why what is held cannot be let through yet: something it names has not arrived.
pub(super) fn objection(bench: &Bench<'_>, held: &Held) -> Option<String> {
    let named = held.parts.iter().flat_map(|part| {
        let kind = record::find(&part.record.kind);
        let made = part.withheld.and_then(|_| bench.raw(&part.record)).map(|raw| raw.registers).unwrap_or_default();
        let registers = part.writes.iter().map(|(key, value)| (key.clone(), value.clone())).chain(made.take());
        registers.flat_map(move |(key, value)| kind.map(|kind| alias::named(kind, &key, &value)).unwrap_or_default())
    });
    let missing = named.filter(|named| !is_here(bench, named)).find(|named| !held.parts.iter().any(|it| it.record == *named))?;
    Some(format!("it names {missing}, which has not arrived yet"))
}

/// What the author is told when nothing came for a long time.
#[must_use]
pub fn overdue(decision: &Decision, days: i64, told: Vec<crate::ids::RecordId>, now_ms: i64) -> Decision {
    let message = format!(
        "{} has waited {days} days for something it names that never arrived. Send that again, or do this one anew without it.",
        decision.title
    );
    let id = uuid::Uuid::new_v5(&decision.id, b"INV-11/overdue");
    Decision { id, told, message, salvage: "again".to_owned(), held: None, at_ms: now_ms, ..decision.clone() }
}

/// The records a part names anew that are not here.
fn missing(bench: &Bench<'_>, arrival: &Arrival) -> Vec<RecordRef> {
    let own = arrival.target();
    let anew = arrival.typed().filter(|(key, value)| arrival.stood(key) != *value);
    let named = anew.flat_map(|(key, value)| alias::named(arrival.kind, key, value));
    named.filter(|named| *named != own && !is_here(bench, named)).collect()
}

fn is_here(bench: &Bench<'_>, target: &RecordRef) -> bool {
    !bench.world.is_complete() || bench.raw(target).is_some_and(|raw: Raw| raw.exists())
}

fn tell(bench: &mut Bench<'_>, decision: &Decision, target: &RecordRef) {
    let message = format!("{} has arrived, so {} takes effect.", bench.title(target), decision.title);
    let ruling = Ruling {
        kept: Value::from(target.to_string()),
        winner: target.to_string(),
        loser: decision.loser.clone(),
        ..Ruling::of(RULE, decision.record.clone(), decision.author, message)
    };
    bench.decide(ruling);
}
