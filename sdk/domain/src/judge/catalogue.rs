//! INV-20, INV-64, INV-67, INV-78: what people change of what others build on.

use super::bench::{Bench, Ruling};
use super::{Arrival, merge};
use crate::action::{SETTLED, Settled};
use crate::ids::RecordRef;
use crate::raw::{Outcome, Raw, Scalar};
use serde_json::{Value, json};

/// Judges what others build on, and relationships.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    for row in SETTLED.iter().filter(|row| row.kind == arrival.kind.name) {
        settled(bench, arrival, row);
    }
    if arrival.kind.name == "product_relationship" && !arrival.before.exists() {
        one_way(bench, arrival);
    }
}

/// INV-20, INV-64, INV-78: what others build on stays as it is.
fn settled(bench: &mut Bench<'_>, arrival: &Arrival, settled: &Settled) {
    let target = arrival.target();
    let changes = |key: &str, value: &Scalar| {
        let now = || merge::called_now(bench, arrival.kind, &target, key, value);
        settled.changes(&arrival.before, key, value) && now() != arrival.stood(key)
    };
    let changed: Vec<(String, Scalar)> = arrival.fields().filter(|(key, value)| changes(key, value)).cloned().collect();
    if changed.is_empty() {
        return;
    }
    let referrers = bench.world.referrers(&target);
    let used = |kind: &str, field: &str| referrers.iter().any(|(source, by)| source.kind == kind && by == field);
    if !settled.is_used(&arrival.before, used) {
        return;
    }
    let why = format!("{} put back", settled.rule);
    for (key, value) in &changed {
        bench.put(&target, key, arrival.stood(key), None, &why);
        bench.alternative(&target, key, value, Some(&arrival.stamp), settled.rule);
    }
    let author = arrival.stamp.user;
    let field = changed.first().map(|(key, _)| key.clone());
    let message = format!(
        "{} changed {} of {}, but {}. It stays as it was.",
        bench.name(author),
        field.as_deref().unwrap_or("").replace('_', " "),
        bench.title(&target),
        settled.says
    );
    let lost = changed.iter().map(|(key, value)| (key.clone(), value.to_json())).collect();
    let (kept, lost) = (Value::Null, Value::Object(lost));
    reject(bench, arrival, Lost { rule: settled.rule, target, field, kept, lost, message, author });
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
        outcome: Outcome::Rejected,
        field: lost.field,
        kept: lost.kept,
        lost: lost.lost,
        loser: arrival.stamp.change.clone(),
        ..Ruling::of(lost.rule, lost.target, lost.author, lost.message)
    });
}
