//! INV-32: a number and a revision name one offer, an order has a number of its own; both come from the office and stay.

use super::super::Arrival;
use super::super::bench::Bench;
use crate::ids::{RecordId, RecordRef};
use crate::raw::{Raw, Scalar};

/// The numbers of one record type.
struct Series {
    kind: &'static str,
    field: &'static str,
    prefix: &'static str,
}

const SERIES: &[Series] = &[
    Series { kind: "quote", field: "quote_number", prefix: "QUO-" },
    Series { kind: "order", field: "order_number", prefix: "ORD-" },
];

/// What a record is called by, which nobody changes.
const KEYS: &[&str] = &["quote_number", "order_number", "provisional_number", "revision", "predecessor"];

/// Whether the register of this key is part of what a record is called by.
pub(in crate::judge) fn is_number(key: &str) -> bool {
    KEYS.contains(&key)
}

/// Whether an author who saw what a record is called by wrote something else over it; an honest phone does that once, when it
/// makes the record. The number it printed is its own: it may write that again when it writes its work anew.
pub(in crate::judge) fn is_forged(arrival: &Arrival, key: &str, value: &Scalar) -> bool {
    let numbered = || SERIES.iter().any(|series| series.kind == arrival.kind.name);
    let printed = || arrival.before.get("provisional_number").unwrap_or(&Scalar::Null);
    is_number(key)
        && numbered()
        && arrival.seen.exists()
        && arrival.stood(key) != *value
        && (value.is_null() || printed() != value)
}

/// The series and the number that the office gave with this register of a record, if it is one that holds its number.
#[must_use]
pub fn numbered(kind: &str, key: &str, value: &str) -> Option<(&'static str, u64)> {
    let series = SERIES.iter().find(|series| series.kind == kind && series.field == key)?;
    Some((series.kind, value.strip_prefix(series.prefix)?.parse().ok()?))
}

/// Numbers a new record; puts back what is written over a number.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let Some(series) = SERIES.iter().find(|series| series.kind == arrival.kind.name) else { return };
    let target = arrival.target();
    if arrival.before.exists() {
        for (key, value) in arrival.typed().filter(|(key, _)| is_number(key)) {
            let stood = arrival.stood(key);
            if !stood.is_null() && stood != *value {
                bench.put(&target, key, stood, None, "INV-32 put back");
            }
        }
        return;
    }
    give(bench, series, &target, &arrival.after);
}

/// Numbers a record that waited and is let in.
pub(in crate::judge) fn late(bench: &mut Bench<'_>, target: &RecordRef) {
    let Some(series) = SERIES.iter().find(|series| series.kind == target.kind) else { return };
    let given = |raw: &Raw| raw.text(series.field).and_then(|number| numbered(series.kind, series.field, number)).is_some();
    if let Some(raw) = bench.raw(target).filter(|raw| raw.exists() && !given(raw)) {
        give(bench, series, target, &raw);
    }
}

fn give(bench: &mut Bench<'_>, series: &Series, target: &RecordRef, raw: &Raw) {
    let number = match inherited(bench, target, raw) {
        Some((number, revision)) => {
            if raw.get("revision") != Some(&Scalar::Int(revision)) {
                bench.put(target, "revision", Scalar::Int(revision), None, "INV-32 numbered");
            }
            number
        }
        None => format!("{}{:06}", series.prefix, bench.world.next_number(series.kind)),
    };
    bench.put(target, series.field, Scalar::Str(number), None, "INV-32 numbered");
}

/// The number of the offer a quote is the next revision of, and which revision that makes it.
fn inherited(bench: &Bench<'_>, target: &RecordRef, raw: &Raw) -> Option<(String, i64)> {
    let before: RecordId = raw.text("predecessor")?.parse().ok()?;
    let raw = bench.raw(&RecordRef::new("quote", before)).filter(|_| before.derived("revision") == target.id)?;
    let revision = match raw.get("revision") {
        Some(Scalar::Int(revision)) => revision.saturating_add(1),
        _ => 1,
    };
    Some((raw.text("quote_number")?.to_owned(), revision))
}
