//! INV-19: one qualification decides the customer records; what the other one chose or made is kept, with a merge offered.

use super::bench::{Bench, Ruling};
use super::{Arrival, Contender};
use crate::ids::{RecordId, RecordRef};
use crate::raw::{Action, Outcome};
use serde_json::{Map, Value};

/// Judges a qualification that came second.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    if arrival.kind.name != "lead" {
        return;
    }
    for id in arrival.new_actions() {
        let Some(second) = arrival.after.action(id).filter(|action| action.action == "qualify") else { continue };
        let Some(first) = first(bench, arrival, &second) else { continue };
        let chose = |action: &Action, arg: &str| action.args.get(arg).cloned().filter(|chosen| !chosen.is_null());
        let differs: Vec<&str> = ["account", "contact"]
            .into_iter()
            .filter(|arg| chose(&first, arg).zip(chose(&second, arg)).is_some_and(|(one, other)| one != other))
            .collect();
        stand(bench, arrival.id, &first, &second);
        if let Some(arg) = differs.first() {
            tell(bench, arrival, &first, &second, arg);
        }
    }
}

/// The qualification in effect, where this one came second.
fn first(bench: &Bench<'_>, arrival: &Arrival, second: &Action) -> Option<Action> {
    let target = arrival.target();
    let verdict = bench.raw(&target)?.verdict(second.id)?;
    let folded = bench.folded(&target).filter(|_| verdict.merged && verdict.rule == "INV-20")?;
    folded.last_move().filter(|first| first.action == "qualify").cloned()
}

/// What the first one chose stands wherever the second one wrote over it.
fn stand(bench: &mut Bench<'_>, lead: RecordId, first: &Action, second: &Action) {
    let case = bench.case;
    let contact = |action: &Action| action.args.get("contact").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let sale = Some(RecordRef::new("opportunity", lead.derived("opportunity")));
    let person = contact(first).filter(|id| contact(second) == Some(*id)).map(|id: RecordId| RecordRef::new("contact", id));
    for (target, keys) in [(sale, &["customer", "contact"][..]), (person, &["account"])] {
        let Some(part) = case.arrivals.iter().find(|part| Some(part.target()) == target && part.before.exists()) else {
            continue;
        };
        for key in keys {
            let Some((_, value)) = part.fields().find(|(written, _)| written == key) else { continue };
            let stood = part.stood(key);
            if stood == *value || part.seen.get(key).is_some_and(|seen| *seen == stood) {
                continue;
            }
            let by = |contender: &&Contender| contender.value == stood;
            let credit = part.conflicts.get(*key).and_then(|stand| stand.iter().find(by)).map(|stand| stand.stamp.clone());
            bench.put(&part.target(), key, stood, credit, "INV-19 first choice");
            bench.alternative(&part.target(), key, value, Some(&part.stamp), "INV-19");
        }
    }
}

fn tell(bench: &mut Bench<'_>, arrival: &Arrival, first: &Action, second: &Action, arg: &str) {
    let named = |action: &Action| {
        let id = action.args.get(arg).and_then(Value::as_str).unwrap_or("").parse().unwrap_or_default();
        RecordRef::new(arg, id)
    };
    let (stands, other) = (named(first), named(second));
    let message = format!(
        "{} and {} both qualified {}, into {} and into {}. The first choice stands on the opportunity; if the two are one, merge them.",
        bench.name(first.by),
        bench.name(second.by),
        bench.title(&arrival.target()),
        bench.title(&stands),
        bench.title(&other),
    );
    let chosen = |of: &RecordRef| Value::Object(Map::from_iter([(arg.to_owned(), Value::from(of.to_string()))]));
    bench.decide(Ruling {
        rule: "INV-19",
        outcome: Outcome::Adjusted,
        target: other.clone(),
        field: None,
        action: Some(second.id),
        kept: chosen(&stands),
        lost: chosen(&other),
        winner: first.id.to_string(),
        loser: second.id.to_string(),
        author: second.by,
        told: vec![first.by, second.by],
        message,
        salvage: "merge",
    });
}
