//! INV-19 and INV-20: one qualification decides the customer records and the sale; what the other one chose or made is kept.

use super::bench::{Bench, Ruling};
use super::{Arrival, Contender};
use crate::alias::CARRIED_FROM;
use crate::ids::{RecordId, RecordRef};
use crate::raw::{Action, Outcome, Scalar};
use serde_json::{Map, Value};

/// The field of a sale that says which lead it came of.
const ORIGIN: &str = "originating_lead";

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
        part_ways(bench, arrival, &first, &second);
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

/// The sale somebody made of a lead that was carried on from another one meanwhile is one of its own: the lead has its sale.
fn part_ways(bench: &mut Bench<'_>, arrival: &Arrival, first: &Action, second: &Action) {
    let sale_of = |action: &Action| {
        let from = action.args.get(CARRIED_FROM).and_then(Value::as_str).and_then(|id| id.parse().ok());
        RecordRef::new("opportunity", from.unwrap_or(arrival.id).derived("opportunity"))
    };
    let (stands, other) = (sale_of(first), sale_of(second));
    let lead = Scalar::Str(arrival.id.to_string());
    if stands == other || bench.raw(&other).is_none_or(|raw| raw.get(ORIGIN) != Some(&lead)) {
        return;
    }
    let credit = bench.typed_by(&other, ORIGIN);
    bench.put(&other, ORIGIN, Scalar::Null, None, "INV-20 one of its own");
    bench.alternative(&other, ORIGIN, &lead, credit.as_ref().or(Some(&arrival.stamp)), "INV-20");
    let message = format!(
        "{} had qualified what was merged into {}: the lead has the sale that came of that. The one {} made stays as one of its own.",
        bench.name(first.by),
        bench.title(&arrival.target()),
        bench.name(second.by),
    );
    bench.decide(Ruling {
        field: Some(ORIGIN.to_owned()),
        kept: Value::from(stands.to_string()),
        lost: lead.to_json(),
        winner: first.id.to_string(),
        loser: second.id.to_string(),
        told: vec![first.by, second.by],
        ..Ruling::of("INV-20", other, second.by, message)
    });
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
