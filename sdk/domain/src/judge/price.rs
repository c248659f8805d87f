//! INV-15: a price of one's own is a privilege. Whoever lacks it asks for it: the line keeps the price it had, or the
//! catalogue's, until a manager decides.

use super::Arrival;
use super::bench::{Bench, Ruling};
use super::hold::{self, Held, HeldPart};
use crate::approval::{self, PRICE_RULE, Request};
use crate::authority::Authority;
use crate::ids::{RecordId, RecordRef};
use crate::key::{self, Key};
use crate::raw::{Action, Outcome, Raw, Scalar};
use crate::record;

const LINES: &str = "lines";
const PRICE: &str = "price_per_unit";

/// Where a document says which one its lines were copied from.
const SOURCES: &[(&str, &str)] = &[("quote", "quote"), ("order", "order"), ("predecessor", "quote")];

/// Turns prices their author may not type into requests.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let kind = arrival.kind;
    let types_a_price = |(key, _): &(String, Scalar)| key.ends_with(PRICE);
    if kind.field("total_amount").is_none() || bench.case.at_office || !arrival.fields().any(types_a_price) {
        return;
    }
    if Authority::of(bench.case.author, bench.case.role, bench).may_override(kind.name) {
        return;
    }
    if crate::fold::of(kind, &arrival.before).frozen {
        // Nothing of it stands anyway.
        return;
    }
    for (key, price) in arrival.fields() {
        let Key::Child { collection, id, field: PRICE, .. } = key::parse(kind, key) else { continue };
        let typed = collection.name == LINES && !price.is_null() && arrival.stood(key) != *price;
        if typed && !is_copied(bench, arrival, id, price) {
            request(bench, arrival, key, id, price);
        }
    }
}

/// Whether the price came with a line of the document this one was made of, where it had been settled.
fn is_copied(bench: &Bench<'_>, arrival: &Arrival, line: RecordId, price: &Scalar) -> bool {
    let Some(source) = arrival.after.text(&key::child(LINES, line, "source_line")).and_then(|id| id.parse().ok()) else {
        return false;
    };
    SOURCES.iter().any(|(field, kind)| {
        let id = arrival.after.text(field).and_then(|id| id.parse().ok());
        let raw = id.and_then(|id| bench.raw(&RecordRef::new(*kind, id)));
        raw.is_some_and(|raw| raw.get(&key::child(LINES, source, PRICE)) == Some(price))
    })
}

fn request(bench: &mut Bench<'_>, arrival: &Arrival, key: &str, line: RecordId, price: &Scalar) {
    let (target, stood) = (arrival.target(), arrival.stood(key));
    bench.put_back(arrival, key, "INV-15 asked for");
    bench.alternative(&target, key, price, Some(&arrival.stamp), PRICE_RULE);
    let mut part = HeldPart::of(target.clone());
    part.writes.insert(key.to_owned(), price.clone());
    part.stood.insert(key.to_owned(), stood.clone());
    let stands = if stood.is_null() { "the catalogue's price".to_owned() } else { stood.to_json().to_string() };
    let message = format!(
        "{} asks for {} as the price of {} on {}. Until a manager decides it is {stands}.",
        bench.name(arrival.stamp.user),
        price.to_json().as_str().unwrap_or_default(),
        what(&arrival.after, line, bench),
        bench.title(&target),
    );
    let ruling = Ruling {
        outcome: Outcome::Held,
        field: Some(key.to_owned()),
        kept: stood.to_json(),
        lost: price.to_json(),
        loser: arrival.stamp.change.clone(),
        ..Ruling::of(PRICE_RULE, target, arrival.stamp.user, message)
    };
    hold::ask(bench, ruling, vec![part]);
}

/// What a line sells.
fn what(raw: &Raw, line: RecordId, bench: &Bench<'_>) -> String {
    let product = raw.text(&key::child(LINES, line, "product")).and_then(|id| id.parse().ok());
    let described = || raw.text(&key::child(LINES, line, "description")).unwrap_or("a line").to_owned();
    product.map_or_else(described, |id| bench.title(&RecordRef::new("product", id)))
}

/// What an activation shows the customer although nobody has approved it.
pub(super) fn unapproved(bench: &Bench<'_>, arrival: &Arrival, action: &Action) -> Vec<Request> {
    if action.action != "activate" {
        return Vec::new();
    }
    let shown = |request: &Request| {
        arrival.meant.get(&request.register) == Some(&request.price) || arrival.meant.get(&request.kept).is_some()
    };
    let raw = bench.raw(&arrival.target()).unwrap_or_default();
    approval::requests(&raw).into_iter().filter(shown).collect()
}

/// A request that was decided, either way, is none any longer.
pub(super) fn settled(bench: &mut Bench<'_>, held: &Held) {
    for part in &held.parts {
        if record::find(&part.record.kind).is_none_or(|kind| kind.collection(LINES).is_none()) {
            continue;
        }
        let raw = bench.raw(&part.record).unwrap_or_default();
        for request in approval::requests(&raw) {
            if part.writes.get(&request.register) == Some(&request.price) {
                bench.put(&part.record, &request.kept, Scalar::Null, None, "INV-15 decided");
            }
        }
    }
}
