//! INV-61: the office stamps the exchange rate when it takes money of an open record over, and when the record closes; what the
//! phone reckoned with was an estimate. Nobody is told.

use super::super::Arrival;
use super::super::bench::Bench;
use crate::body;
use crate::fold;
use crate::key::{self, Key};
use crate::pricing::basis;
use crate::raw::Scalar;

const RATE: &str = "exchange_rate";
const MONEY: &[&str] = &["pricing", "est_value", "discount_percentage", "discount_amount", "freight_amount", RATE];

/// Stamps what the part changed.
pub(in crate::judge) fn stamp(bench: &mut Bench<'_>, arrival: &Arrival) {
    if arrival.kind.field(RATE).is_none() || arrival.kind.collection("lines").is_none() {
        return;
    }
    let target = arrival.target();
    let (Some(raw), Some(now)) = (bench.raw(&target), bench.folded(&target)) else { return };
    let closed = now.frozen;
    let was_closed = arrival.before.exists() && fold::of(arrival.kind, &arrival.before).frozen;
    if closed && was_closed {
        return;
    }
    let touched = arrival.fields().any(|(key, _)| is_money(arrival, key));
    let shown = body::shown(&target, bench).unwrap_or_default();
    let due = closed != was_closed || touched;
    let rate = body::part(&shown, "pricing", "currency").filter(|_| due).and_then(|currency| basis::rate(currency, bench));
    let typed = arrival.fields().any(|(key, _)| key == RATE);
    let stamped = match rate {
        Some(rate) => Scalar::Str(rate),
        None if typed => arrival.stood(RATE),
        None => return,
    };
    let stands = raw.registers.get(RATE).cloned().unwrap_or(Scalar::Null);
    if stands != stamped || arrival.conflicts.contains_key(RATE) {
        bench.put(&target, RATE, stamped, None, "INV-61 stamped");
    }
}

fn is_money(arrival: &Arrival, key: &str) -> bool {
    match key::parse(arrival.kind, key) {
        Key::Field(field) => MONEY.contains(&field.name),
        Key::Child { collection, .. } => collection.name == "lines",
        Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Unknown | Key::Malformed => false,
    }
}
