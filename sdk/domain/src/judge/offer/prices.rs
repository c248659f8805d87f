//! INV-29 and INV-40: the lines of a document, its price list and what it was made of and into are in one currency; lines are
//! priced from the list of their header.

use super::super::bench::{Bench, Ruling};
use super::super::{Arrival, Stamp, bundle};
use crate::body::{self, Body, children, part};
use crate::constraint::chain;
use crate::ids::RecordId;
use crate::key;
use crate::money;
use crate::pricing::basis::{self, Wanted};
use crate::raw::{Outcome, Raw, Scalar};
use crate::view;
use serde_json::{Map, Value, json};

const PRICING: &str = "pricing";
const RATE: &str = "exchange_rate";
const LINES: &str = "lines";

/// Puts a header's currency back where lines, or other documents, are in the one it had.
pub(super) fn keep_currency(bench: &mut Bench<'_>, arrival: &Arrival) {
    if arrival.kind.field(PRICING).is_none() || arrival.kind.collection(LINES).is_none() || !arrival.before.exists() {
        return;
    }
    let target = arrival.target();
    let written = arrival.fields().find(|(key, _)| key == PRICING).map(|(_, value)| currency(Some(value)));
    let (seen, stood) = (currency(arrival.seen.get(PRICING)), currency(arrival.before.get(PRICING)));
    if let Some(now) = written {
        let lines = !arrival.before.children(LINES).is_empty();
        let tied = lines || chain::tied(bench, &target, now.as_deref());
        if stood.is_some() && now != stood && tied {
            let rule = if lines && arrival.seen.children(LINES).is_empty() { "INV-29" } else { "INV-40" };
            let change = (arrival.meant.clone(), Some(arrival.stamp.clone()));
            put_back(bench, arrival, rule, &arrival.before, &change);
        }
    } else if seen.is_some() && seen != stood && (adds_lines(arrival) || makes_another(bench, arrival)) {
        let stamp = bench.world.credit(&target, PRICING);
        let rule = if adds_lines(arrival) { "INV-29" } else { "INV-40" };
        put_back(bench, arrival, rule, &arrival.seen, &(arrival.before.clone(), stamp));
    }
}

fn currency(pricing: Option<&Scalar>) -> Option<String> {
    pricing?.to_json().get("currency")?.as_str().map(str::to_owned)
}

fn adds_lines(arrival: &Arrival) -> bool {
    let seen = arrival.seen.children(LINES);
    arrival.meant.children(LINES).iter().any(|line| !seen.contains(line))
}

fn makes_another(bench: &Bench<'_>, arrival: &Arrival) -> bool {
    let actions = arrival.new_actions().into_iter().filter_map(|id| arrival.after.action(id));
    let stands = |action: &crate::raw::Action| !bench.withheld(&arrival.target(), action.id);
    actions.filter(stands).any(|action| bundle::made_by(bench, &arrival.target(), &action).is_some())
}

/// Restores currency, list and rate; the change is kept beside it and its author told.
fn put_back(bench: &mut Bench<'_>, arrival: &Arrival, rule: &'static str, stands: &Raw, change: &(Raw, Option<Stamp>)) {
    let target = arrival.target();
    let (changed, stamp) = change;
    let author = stamp.as_ref().map_or(bench.case.author, |stamp| stamp.user);
    let (mut kept, mut lost) = (Map::new(), Map::new());
    for key in [PRICING, RATE] {
        let was = stands.registers.get(key).cloned().unwrap_or(Scalar::Null);
        let now = changed.registers.get(key).cloned().unwrap_or(Scalar::Null);
        kept.insert(key.to_owned(), was.to_json());
        lost.insert(key.to_owned(), now.to_json());
        if was == now {
            continue;
        }
        bench.put(&target, key, was, None, &format!("{rule} put back"));
        if key == PRICING {
            bench.alternative(&target, key, &now, stamp.as_ref(), rule);
        }
    }
    let why = if rule == "INV-29" { "lines are priced in the one it had" } else { "what belongs to it is in the one it had" };
    let message = format!(
        "{} changed the currency of {}, but {why}. It was put back and is kept beside it; start a new quote for another currency.",
        bench.name(author),
        bench.title(&target),
    );
    bench.decide(Ruling {
        outcome: Outcome::Rejected,
        field: Some(PRICING.to_owned()),
        kept: Value::Object(kept),
        lost: Value::Object(lost),
        loser: stamp.as_ref().map(|stamp| stamp.change.clone()).unwrap_or_default(),
        salvage: "new_quote",
        ..Ruling::of(rule, target, author, message)
    });
}

/// Prices lines from the list of their header where the two came apart.
pub(super) fn follow_list(bench: &mut Bench<'_>, arrival: &Arrival) {
    let (kind, target) = (arrival.kind, arrival.target());
    let concerns = |key: &str| key == PRICING || key.starts_with("lines/");
    if kind.field(PRICING).is_none() || !arrival.before.exists() || !arrival.fields().any(|(key, _)| concerns(key)) {
        return;
    }
    let Some(shown) = bench.view(&target) else { return };
    let mut was_now = Vec::new();
    for (line, wanted) in strays(&shown) {
        let found = basis::look_up(&wanted.borrowed(), bench.case.now_ms, bench);
        let price =
            |basis: Option<&Value>| basis.and_then(|basis| crate::field::decimal(basis.get("unit_price"))).map(money::spell);
        let was = line.1.as_ref().and_then(|basis| price(Some(basis)));
        let found = Value::Object(found);
        was_now.push(json!({ "line": line.0.to_string(), "was": was, "now": price(Some(&found)) }));
        let at = key::child(LINES, line.0, "basis");
        bench.put(&target, &at, Scalar::from_json(&found), Some(arrival.stamp.clone()), "INV-29 priced again");
    }
    if was_now.is_empty() {
        return;
    }
    let message = format!(
        "The price list of {} and its lines were changed apart; {} of its lines are priced from the list it has now.",
        bench.title(&target),
        was_now.len(),
    );
    bench.decide(Ruling {
        field: Some(LINES.to_owned()),
        kept: Value::Array(was_now),
        loser: arrival.stamp.change.clone(),
        ..Ruling::of("INV-29", target, arrival.stamp.user, message)
    });
}

/// What to look up for a line.
pub(crate) struct Look {
    price_list: Option<RecordId>,
    currency: String,
    product: RecordId,
    unit: RecordId,
}

impl Look {
    fn borrowed(&self) -> Wanted<'_> {
        Wanted { price_list: self.price_list, currency: &self.currency, product: self.product, unit: self.unit }
    }
}

/// A line by its id, with what it was priced by.
type Stray = (RecordId, Option<Value>);

/// The lines of an open document that were priced from another list than its header's, with what to look up instead.
pub(crate) fn strays(shown: &view::View) -> Vec<(Stray, Look)> {
    let body = &shown.body;
    let locked = body.get("prices_locked") == Some(&Value::Bool(true));
    if locked || shown.folded.frozen {
        return Vec::new();
    }
    let list = part(body, PRICING, "price_list");
    let one = |line: &Body| {
        let basis = line.get("basis")?;
        if basis.get("price_list").and_then(Value::as_str) == list {
            return None;
        }
        let unit = part(line, "quantity", "unit").and_then(|unit| unit.parse().ok())?;
        let currency = part(body, PRICING, "currency").unwrap_or("").to_owned();
        let price_list = list.and_then(|list| list.parse().ok());
        let look = Look { price_list, currency, product: body::id(line, "product")?, unit };
        Some(((body::id(line, "id")?, Some(basis.clone())), look))
    };
    children(body, LINES).filter_map(one).collect()
}
