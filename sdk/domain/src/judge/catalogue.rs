//! INV-64, INV-67: what administrators change of a catalogue that is in use.

use super::Arrival;
use super::bench::{Bench, Ruling};
use crate::ids::RecordRef;
use crate::raw::{Outcome, Raw, Scalar};
use serde_json::{Value, json};

/// Judges units and relationships.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    match arrival.kind.name {
        "unit" => used_unit(bench, arrival),
        "product_relationship" if !arrival.before.exists() => one_way(bench, arrival),
        _ => {}
    }
}

/// Where a unit is used so that its size is part of what was agreed or priced.
const USES: [(&str, &str); 5] = [
    ("price_list_item", "unit"),
    ("opportunity", "lines.quantity"),
    ("quote", "lines.quantity"),
    ("order", "lines.quantity"),
    ("invoice", "lines.quantity"),
];

/// Whether a unit is used.
pub(crate) fn is_used(uses: impl Fn(&str, &str) -> bool) -> bool {
    USES.iter().any(|(kind, field)| uses(kind, field))
}

/// INV-64: how much a unit is, is settled once something is counted in it.
fn used_unit(bench: &mut Bench<'_>, arrival: &Arrival) {
    const SIZE: [&str; 2] = ["quantity", "base_unit"];
    let target = arrival.target();
    let differs = |raw: &Raw, key: &str, value: &Scalar| raw.registers.get(key).unwrap_or(&Scalar::Null) != value;
    let changed: Vec<(String, Scalar)> = arrival
        .fields()
        .filter(|(key, value)| SIZE.contains(&key.as_str()) && arrival.before.exists() && differs(&arrival.before, key, value))
        .cloned()
        .collect();
    if changed.is_empty() {
        return;
    }
    let referrers = bench.world.referrers(&target);
    if !is_used(|kind, field| referrers.iter().any(|(source, by)| source.kind == kind && by == field)) {
        return;
    }
    for (key, value) in &changed {
        bench.put(&target, key, arrival.stood(key), None, "INV-64 put back");
        bench.alternative(&target, key, value, Some(&arrival.stamp), "INV-64");
    }
    let author = arrival.stamp.user;
    let message = format!(
        "{} changed how much {} is, but prices and offers are counted in it already. It stays as it was; make a new unit.",
        bench.name(author),
        bench.title(&target),
    );
    let lost = changed.iter().map(|(key, value)| (key.clone(), value.to_json())).collect();
    let (field, lost) = (changed.first().map(|(key, _)| key.clone()), Value::Object(lost));
    let kept = Value::Null;
    reject(bench, arrival, Lost { rule: "INV-64", target, field, kept, lost, message, author });
}

/// INV-67: of two relationships that say the same, the one that holds both ways stays.
fn one_way(bench: &mut Bench<'_>, arrival: &Arrival) {
    let both = |raw: &Raw| raw.get("bidirectional") == Some(&Scalar::Bool(true));
    let says = |raw: &Raw| ["product", "related_product", "kind"].map(|field| raw.text(field).map(str::to_owned));
    if !both(&arrival.after) {
        return;
    }
    let own = says(&arrival.after);
    let Some(product) = own[0].as_ref().and_then(|id| id.parse().ok()) else { return };
    let others = bench.world.referrers(&RecordRef::new("product", product)).into_iter();
    let others: Vec<RecordRef> = others
        .filter(|(source, field)| source.kind == arrival.kind.name && field == "product" && source.id != arrival.id)
        .map(|(source, _)| source)
        .collect();
    for other in others {
        let Some(raw) = bench.raw(&other) else { continue };
        let deleted = bench.folded(&other).is_none_or(|folded| folded.deleted);
        if deleted || both(&raw) || says(&raw) != own {
            continue;
        }
        let author = bench.world.credit(&other, "product").map_or(bench.case.author, |stamp| stamp.user);
        bench.hide_made(&other, raw.next_turn(), author, "INV-67");
        let message =
            format!("{} says the same in both directions, so yours is not needed any more.", bench.title(&arrival.target()));
        let (kept, lost) = (json!(arrival.target().to_string()), json!(other.to_string()));
        reject(bench, arrival, Lost { rule: "INV-67", target: other, field: None, kept, lost, message, author });
    }
}

struct Lost {
    rule: &'static str,
    target: RecordRef,
    field: Option<String>,
    kept: Value,
    lost: Value,
    message: String,
    author: crate::ids::RecordId,
}

fn reject(bench: &mut Bench<'_>, arrival: &Arrival, lost: Lost) {
    bench.decide(Ruling {
        rule: lost.rule,
        outcome: Outcome::Rejected,
        target: lost.target,
        field: lost.field,
        action: None,
        kept: lost.kept,
        lost: lost.lost,
        winner: String::new(),
        loser: arrival.stamp.change.clone(),
        author: lost.author,
        told: vec![lost.author],
        message: lost.message,
        salvage: "",
    });
}
