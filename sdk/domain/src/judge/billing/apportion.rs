//! INV-55: what an order has once, its invoices share, so that all of them come to the order to the cent.
//!
//! Drafts follow each other by the time they were begun, whatever order they came in. What is out is never touched: what comes
//! after makes up for it.

use crate::body::{self, Body, Whole, children, id};
use crate::field::decimal;
use crate::ids::{RecordId, RecordRef};
use crate::judge::Stamp;
use crate::judge::bench::{Bench, Ruling};
use crate::judge::conflict::field_names;
use crate::key;
use crate::money;
use crate::pricing::remaining::{self, Bill, Billed};
use crate::raw::{Outcome, Scalar};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const RULE: &str = "INV-55";

/// Apportions an order over its invoices that may still change.
pub(super) fn drafts(bench: &mut Bench<'_>, order: RecordId) {
    let Some(body) = body::shown(&RecordRef::new("order", order), bench) else { return };
    let progress = remaining::progress_of(&body);
    let mut billed = Billed::default();
    let mut drafts: Vec<(Option<i64>, RecordRef, Whole)> = Vec::new();
    for (target, invoice) in body::referring("invoice", "order", &order.to_string(), bench) {
        if remaining::is_issued(&invoice) && !issued_now(bench, &target) {
            billed.add(&invoice);
        } else if body::state(&invoice) != "canceled" {
            drafts.push((bench.raw(&target).and_then(|raw| raw.created_ms), target, invoice));
        }
    }
    drafts.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    for (_, target, invoice) in drafts {
        let wanted = remaining::wanted(&invoice);
        let twice = children(&invoice, "lines").filter(|line| line.contains_key("source_line")).count() > wanted.len();
        if wanted.is_empty() || twice || !billed.exceeded(&wanted, &progress).is_empty() {
            continue;
        }
        let Ok(bill) = remaining::bill(&body, &progress, &billed, Some(&wanted)) else { return };
        adjust(bench, &target, &invoice, &bill);
        billed.add(&body::shown(&target, bench).unwrap_or(invoice));
    }
}

/// Whether the case issues the invoice: until now it was a draft.
fn issued_now(bench: &Bench<'_>, target: &RecordRef) -> bool {
    let part = bench.case.arrivals.iter().find(|part| part.target() == *target);
    part.is_some_and(|part| {
        let issues = |id: RecordId| part.after.action(id).is_some_and(|action| action.action == "issue");
        part.new_actions().into_iter().any(issues)
    })
}

fn adjust(bench: &mut Bench<'_>, target: &RecordRef, invoice: &Body, bill: &Bill) {
    let mut changed: Vec<(String, Value)> = Vec::new();
    for line in children(invoice, "lines") {
        let (Some(own), Some(source)) = (id(line, "id"), id(line, "source_line")) else { continue };
        let Some(part) = bill.lines.iter().find(|part| part.line == source) else { continue };
        let at = |field: &str| key::child("lines", own, field);
        let share = line.get("share").and_then(Value::as_object).cloned().unwrap_or_default();
        if figure(&share, "quantity") != Some(part.quantity) || figure(&share, "base") != Some(part.base) {
            let share = json!({ "quantity": money::spell(part.quantity), "base": money::spell(part.base) });
            changed.push((at("share"), share));
        }
        for (field, due) in [("manual_discount", part.manual), ("tax", part.tax)] {
            if figure(line, field).unwrap_or_default() != due {
                changed.push((at(field), amount(due)));
            }
        }
    }
    for (field, due) in
        [("discount_amount", bill.discount), ("freight_amount", bill.freight), ("discount_percentage", Decimal::ZERO)]
    {
        if figure(invoice, field).unwrap_or_default() != due {
            changed.push((field.to_owned(), amount(due)));
        }
    }
    if changed.is_empty() {
        return;
    }
    for (key, value) in &changed {
        bench.put(target, key, Scalar::from_json(value), None, "INV-55 apportioned");
    }
    tell(bench, target, &changed);
}

fn figure(body: &Body, name: &str) -> Option<Decimal> {
    decimal(body.get(name))
}

fn amount(amount: Decimal) -> Value {
    if amount.is_zero() { Value::Null } else { Value::from(money::spell(amount)) }
}

/// A figure a person typed that makes way.
struct Lost<'a> {
    key: &'a str,
    value: Scalar,
    due: &'a Value,
}

/// What a phone worked out is put right in passing; what a person typed is kept beside the invoice, and they are told.
fn tell(bench: &mut Bench<'_>, target: &RecordRef, changed: &[(String, Value)]) {
    let case = bench.case;
    let Some(part) = case.arrivals.iter().find(|part| part.target() == *target) else { return };
    bench.worsen(Outcome::Adjusted);
    let quantity = |key: &str| key.ends_with("/quantity") || key.ends_with(key::REMOVED);
    if !part.before.exists() || part.fields().any(|(key, _)| quantity(key)) {
        return;
    }
    // What bills nothing of an order yet has figures of its own.
    let billed = part.before.registers.keys().any(|key| key.starts_with("lines/") && key.ends_with("/source_line"));
    let stood_alone = !billed || part.before.text("order").is_none();
    let mut by_author: BTreeMap<RecordId, (Stamp, Vec<Lost<'_>>)> = BTreeMap::new();
    for (key, due) in changed {
        let written = part.fields().find(|(written, _)| *written == *key).map(|(_, value)| value.clone());
        let stood = || part.before.get(key).filter(|value| stood_alone && !value.is_null() && !key.contains('/')).cloned();
        let (value, stamp) = match (written, stood()) {
            (Some(value), _) => (value, Some(part.stamp.clone())),
            (None, Some(value)) => (value, bench.world.credit(target, key)),
            (None, None) => continue,
        };
        if let Some(stamp) = stamp.filter(|stamp| !stamp.user.0.is_nil()) {
            let entry = by_author.entry(stamp.user).or_insert_with(|| (stamp, Vec::new()));
            entry.1.push(Lost { key, value, due });
        }
    }
    for (stamp, lost) in by_author.into_values() {
        keep_beside(bench, target, &stamp, &lost);
    }
}

fn keep_beside(bench: &mut Bench<'_>, target: &RecordRef, stamp: &Stamp, lost: &[Lost<'_>]) {
    for Lost { key, value, .. } in lost {
        bench.alternative(target, key, value, Some(stamp), RULE);
    }
    let fields = field_names(lost.iter().map(|lost| lost.key));
    let message = format!(
        "{} entered {fields} of {}. Its order has that once, and its invoices share it; the other figure is kept beside it.",
        bench.name(stamp.user),
        bench.title(target),
    );
    bench.decide(Ruling {
        field: Some(fields),
        kept: Value::Object(lost.iter().map(|lost| (lost.key.to_owned(), lost.due.clone())).collect::<Map<_, _>>()),
        lost: Value::Object(lost.iter().map(|lost| (lost.key.to_owned(), lost.value.to_json())).collect::<Map<_, _>>()),
        loser: stamp.change.clone(),
        salvage: "choose",
        ..Ruling::of(RULE, target.clone(), stamp.user, message)
    });
}
