//! INV-41, INV-42: what a draft says of the catalogue is brought up to date when it reaches the office, and when what it sells
//! leaves the catalogue; an offer the customer has seen keeps what it said (INV-34).

use super::Arrival;
use super::bench::{Bench, Ruling};
use crate::action::{Moved, differing};
use crate::body::{self, Body, Whole, children, text};
use crate::ids::{RecordId, RecordRef};
use crate::key;
use crate::raw::{Raw, Scalar};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is read of a line before it is looked up.
const READ: [&str; 3] = ["product", "quantity", "basis"];
/// What a catalogue record says that a draft cannot do without.
const TERMS: [&str; 3] = ["error", "selling", "decimals"];

/// Looks up the lines a part wrote, or those that sell what it changed.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    match arrival.kind.name {
        "opportunity" | "quote" => {
            let written: BTreeSet<RecordId> = arrival.fields().filter_map(|(key, _)| line_of(key)).collect();
            pinned(bench, arrival);
            let list = |raw: &Raw| raw.get("pricing").cloned();
            // Lines under a list somebody else chose meanwhile follow it with all the others (INV-29).
            let same_list = bench.raw(&arrival.target()).is_none_or(|raw| list(&raw) == list(&arrival.meant));
            if !written.is_empty() && same_list {
                written_lines(bench, arrival, &written);
            }
        }
        "product" => catalogue(bench, arrival, arrival.id),
        "price_list_item" => {
            let product = arrival.after.text("product").and_then(|product| product.parse().ok());
            if let Some(product) = product {
                catalogue(bench, arrival, product);
            }
        }
        _ => {}
    }
}

fn line_of(key: &str) -> Option<RecordId> {
    let mut parts = key.split('/');
    let (collection, id, field) = (parts.next()?, parts.next()?, parts.next()?);
    (collection == "lines" && READ.contains(&field)).then(|| id.parse().ok())?
}

/// The body of an open record whose prices may move.
fn open(bench: &Bench<'_>, target: &RecordRef) -> Option<Whole> {
    bench.view(target).filter(|shown| !shown.folded.frozen).map(|shown| shown.body)
}

fn written_lines(bench: &mut Bench<'_>, arrival: &Arrival, written: &BTreeSet<RecordId>) {
    let target = arrival.target();
    let Some(body) = open(bench, &target) else { return };
    let typed = |line: &Body| line.contains_key("price_per_unit");
    let wanted = |line: &Body| body::id(line, "id").is_some_and(|id| written.contains(&id)) && !typed(line);
    for moved in differing(&body, bench.case.now_ms, bench, wanted) {
        put(bench, &target, &moved);
        let author = arrival.stamp.user;
        tell(bench, &target, &body, &moved, author, vec![author]);
    }
}

/// A product or its price left the catalogue, or is sold in other quantities: drafts say so, at the price they have.
fn catalogue(bench: &mut Bench<'_>, arrival: &Arrival, product: RecordId) {
    let said = |raw: &Raw, name: &str| raw.get(name).cloned();
    let terms = ["quantity_selling", "quantity_decimals"];
    let moved = !arrival.new_actions().is_empty();
    if !arrival.before.exists() || !(moved || terms.iter().any(|name| said(&arrival.before, name) != said(&arrival.after, name)))
    {
        return;
    }
    let sold = bench.world.referrers(&RecordRef::new("product", product));
    let drafts: BTreeSet<RecordRef> = sold
        .into_iter()
        .filter(|(source, field)| field == "lines.product" && ["opportunity", "quote"].contains(&source.kind.as_str()))
        .map(|(source, _)| source)
        .collect();
    for target in drafts {
        let Some(body) = open(bench, &target) else { continue };
        let wanted = |line: &Body| body::id(line, "product") == Some(product);
        for mut moved in differing(&body, bench.case.now_ms, bench, wanted) {
            let now = std::mem::replace(&mut moved.now, moved.was.clone());
            for name in TERMS {
                match now.get(name) {
                    Some(value) => moved.now.insert(name.to_owned(), value.clone()),
                    None => moved.now.remove(name),
                };
            }
            if moved.now == moved.was {
                continue;
            }
            put(bench, &target, &moved);
            let told = bench.owners(&target);
            let author = told.first().copied().unwrap_or(bench.case.author);
            tell(bench, &target, &body, &moved, author, told);
        }
    }
}

fn put(bench: &mut Bench<'_>, target: &RecordRef, moved: &Moved) {
    let value = Scalar::from_json(&Value::Object(moved.now.clone()));
    bench.put(target, &key::child("lines", moved.line, "basis"), value, None, "looked up");
}

/// Whoever activates an offer pins what the customer saw, whatever the office looked up since.
fn pinned(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    let moved = bench.folded(&target).and_then(|folded| folded.last_move().map(|action| action.id));
    let frozen = open(bench, &target).is_none();
    if !frozen || !moved.is_some_and(|id| arrival.new_actions().contains(&id)) {
        return;
    }
    let raw = bench.raw(&target).unwrap_or_default();
    let basis = |key: &str| key.starts_with("lines/") && key.ends_with("/basis");
    for (key, value) in arrival.meant.registers.iter().filter(|(key, _)| basis(key)) {
        let by_office = bench.world.credit(&target, key).is_some_and(|stamp| stamp.user.0.is_nil());
        if by_office && raw.registers.get(key) != Some(value) {
            bench.put(&target, key, value.clone(), None, "INV-34 pinned");
        }
    }
}

fn tell(bench: &mut Bench<'_>, target: &RecordRef, body: &Body, moved: &Moved, author: RecordId, told: Vec<RecordId>) {
    let line = children(body, "lines").find(|line| body::id(line, "id") == Some(moved.line));
    let product = line.and_then(|line| body::id(line, "product")).map(|id| RecordRef::new("product", id));
    let name = product.map(|product| bench.title(&product)).unwrap_or_default();
    let price = |basis: &Body| text(basis, "unit_price").unwrap_or("nothing").to_owned();
    let changed = |name: &str| moved.was.get(name) != moved.now.get(name);
    let (rule, what) = if moved.now.contains_key("error") {
        (
            "INV-41",
            "is not sold at this price list and unit any more; the line keeps its price, and the offer waits for another"
                .to_owned(),
        )
    } else if changed("selling") || changed("decimals") {
        ("INV-42", "is sold in other quantities now; look at the quantity".to_owned())
    } else if changed("unit_price") {
        ("PRICE", format!("cost {} when it was entered and costs {} now", price(&moved.was), price(&moved.now)))
    } else {
        return;
    };
    let message = format!("{name} on {} {what}.", bench.title(target));
    bench.decide(Ruling {
        field: Some(format!("lines/{}", moved.line)),
        kept: json!(moved.now),
        lost: json!(moved.was),
        told,
        ..Ruling::of(rule, target.clone(), author, message)
    });
}
