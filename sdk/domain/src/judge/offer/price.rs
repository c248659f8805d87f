//! INV-35: whether the catalogue said within the week before what an offer says (`domain.md` 3.7).

use super::super::bench::Bench;
use super::activate::priced_by_catalogue;
use crate::action::Records;
use crate::body::{Body, id, part, text};
use crate::ids::{RecordId, RecordRef};
use crate::pricing::basis::{self, Wanted};
use crate::raw::Raw;
use crate::record::price_list::PriceListItem;
use std::collections::{BTreeMap, BTreeSet};

/// What of a basis makes the price.
const PRICE: [&str; 3] = ["unit_price", "discount_kind", "tiers"];

/// What the catalogue says of a line now, where that is not what the line says.
pub(super) fn moved(bench: &Bench<'_>, body: &Body, line: &Body) -> Option<String> {
    let basis = priced(line)?;
    let product = id(line, "product")?;
    let now = basis::look_up(&wanted(body, line)?, bench.case.now_ms, bench);
    // What is not sold at all is said by another doubt.
    if now.contains_key("error") || same_price(basis, &now) {
        return None;
    }
    let (was, is) = (text(basis, "unit_price").unwrap_or("nothing"), text(&now, "unit_price").unwrap_or("nothing"));
    let name = bench.title(&RecordRef::new("product", product));
    Some(if was == is { format!("{name} has other volume discounts now") } else { format!("{name} costs {is} now, not {was}") })
}

/// Whether it said so at any time since then; where nobody knows, it is believed.
pub(super) fn was_true(bench: &Bench<'_>, body: &Body, line: &Body, since_ms: i64) -> bool {
    let (Some(basis), Some(wanted)) = (priced(line), wanted(body, line)) else { return true };
    let Some(past) = past(bench, &wanted, since_ms) else { return true };
    let moments: BTreeSet<i64> = past.values().flatten().map(|(from, _)| (*from).max(since_ms)).collect();
    moments.into_iter().any(|at_ms| {
        let then = AsOf { bench, past: &past, at_ms };
        same_price(basis, &basis::look_up(&wanted, at_ms, &then))
    })
}

fn priced(line: &Body) -> Option<&Body> {
    let basis = line.get("basis").and_then(serde_json::Value::as_object)?;
    (priced_by_catalogue(line) && !basis.contains_key("error")).then_some(basis)
}

fn wanted<'a>(body: &'a Body, line: &Body) -> Option<Wanted<'a>> {
    let price_list = part(body, "pricing", "price_list").and_then(|list| list.parse().ok());
    let unit = part(line, "quantity", "unit")?.parse().ok()?;
    Some(Wanted { price_list, currency: part(body, "pricing", "currency").unwrap_or(""), product: id(line, "product")?, unit })
}

fn same_price(one: &Body, other: &Body) -> bool {
    PRICE.iter().all(|name| one.get(*name) == other.get(*name))
}

/// The states of the records a price comes from.
type Past = BTreeMap<RecordRef, Vec<(i64, Raw)>>;

fn past(bench: &Bench<'_>, wanted: &Wanted<'_>, since_ms: i64) -> Option<Past> {
    let list = wanted.price_list?;
    let item = RecordRef::new("price_list_item", PriceListItem::id_of(list, wanted.product, wanted.unit));
    let mut past = Past::new();
    for target in [RecordRef::new("price_list", list), RecordRef::new("product", wanted.product), item.clone()] {
        past.insert(target.clone(), bench.world.said_since(&target, since_ms)?);
    }
    let states = past.get(&item).into_iter().flatten();
    let discounts: BTreeSet<RecordId> = states.filter_map(|(_, raw)| raw.text("discount_list")?.parse().ok()).collect();
    for discount in discounts {
        let target = RecordRef::new("discount_list", discount);
        past.insert(target.clone(), bench.world.said_since(&target, since_ms)?);
    }
    Some(past)
}

/// The catalogue as it was.
struct AsOf<'a> {
    bench: &'a Bench<'a>,
    past: &'a Past,
    at_ms: i64,
}

impl Records for AsOf<'_> {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        let Some(states) = self.past.get(target) else { return self.bench.raw(target) };
        let then = states.iter().rev().find(|(from, _)| *from <= self.at_ms);
        then.map(|(_, raw)| raw.clone())
    }

    fn referring(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        self.bench.referring(kind, field, holds)
    }
}
