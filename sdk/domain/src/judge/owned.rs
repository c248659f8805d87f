//! INV-84: only the server writes what only the server may write.

use super::bench::{Bench, Ruling};
use super::{Arrival, offer};
use crate::action::freeze_of;
use crate::field::Freeze;
use crate::raw::{Outcome, Scalar};
use serde_json::{Map, Value};

/// Whether nobody but the office writes this: what it derives or stamps, and another number than it gave (INV-32).
pub(super) fn is_owned(arrival: &Arrival, key: &str, value: &Scalar) -> bool {
    freeze_of(arrival.kind, key) == Freeze::Server || offer::is_forged(arrival, key, value)
}

/// Puts server-owned fields back and tells the administrators: an honest phone never writes them.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    let mut lost = Map::new();
    for (key, value) in arrival.fields().filter(|(key, value)| is_owned(arrival, key, value)) {
        bench.put(&target, key, arrival.stood(key), None, "INV-84 put back");
        lost.insert(key.clone(), value.to_json());
    }
    if lost.is_empty() {
        return;
    }
    let fields: Vec<&str> = lost.keys().map(String::as_str).collect();
    let author = bench.case.author;
    let message = format!(
        "{} wrote {} of {}, which only the office writes; it was put back.",
        bench.name(author),
        fields.join(", "),
        bench.title(&target)
    );
    let mut told = bench.world.admins();
    told.push(author);
    bench.decide(Ruling {
        outcome: Outcome::Rejected,
        field: Some(fields.join(", ")),
        lost: Value::Object(lost.clone()),
        loser: arrival.stamp.change.clone(),
        told,
        ..Ruling::of("INV-84", target, author, message)
    });
}
