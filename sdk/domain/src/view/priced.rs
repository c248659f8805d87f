//! What follows in a priced record: lines and totals, what went out, what was paid (INV-43, INV-51, INV-57).

use crate::field::decimal;
use crate::fold::{Applied, Folded};
use crate::ids::RecordId;
use crate::money;
use crate::pricing::remaining::{self, Progress};
use crate::pricing::sheet::{self, Sheet, SheetLine};
use crate::pricing::{PricingError, currency, document::Totals};
use crate::record::RecordType;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

type Body = Map<String, Value>;

/// Puts the derived fields into the body of a record that has lines.
pub(super) fn derive(kind: &RecordType, folded: &Folded, body: &mut Body) {
    if kind.field("total_amount").is_none() {
        return;
    }
    if kind.field("prices_locked").is_some() && !body.contains_key("prices_locked") {
        let agreed = body.contains_key("quote") || body.contains_key("order");
        body.insert("prices_locked".into(), Value::Bool(agreed));
    }
    if body.get("lines").and_then(Value::as_array).is_some_and(|lines| !lines.is_empty()) {
        let sheet = sheet::of(kind.name, body);
        amounts(&sheet, body);
        if let Some(totals) = &sheet.totals {
            header(totals, &sheet, body);
        }
        if let Some(PricingError { code, .. }) = sheet.error {
            body.insert("pricing_error".into(), Value::from(code));
        }
    }
    match kind.name {
        "order" => fulfilment(folded, body),
        "invoice" => {
            title(folded, body);
            payments(folded, body);
        }
        _ => {}
    }
}

/// The line bodies, in the order they stand on paper.
fn lines(body: &mut Body) -> impl Iterator<Item = (Option<RecordId>, &mut Body)> {
    let lines = body.get_mut("lines").and_then(Value::as_array_mut).into_iter().flatten();
    lines.filter_map(Value::as_object_mut).map(|line| {
        let id = line.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        (id, line)
    })
}

fn put(body: &mut Body, name: &str, amount: Decimal) {
    body.insert(name.to_owned(), Value::from(money::spell(amount)));
}

fn amounts(sheet: &Sheet, body: &mut Body) {
    for (place, (id, line)) in lines(body).enumerate() {
        line.insert("line_no".into(), Value::from(place.saturating_add(1)));
        if let Some(priced) = sheet.lines.iter().find(|priced| Some(priced.id) == id) {
            line_amounts(priced, line);
        }
    }
}

fn line_amounts(priced: &SheetLine, line: &mut Body) {
    if let Some(price) = priced.unit_price {
        put(line, "unit_price", price);
    }
    if let Some(amounts) = &priced.amounts {
        put(line, "base_amount", amounts.base);
        put(line, "extended_amount", amounts.extended);
        if !priced.volume_discount.is_zero() {
            put(line, "volume_discount", priced.volume_discount);
        }
    }
    if let Some(error) = priced.error {
        line.insert("pricing_error".into(), Value::from(error.code));
    }
}

fn header(totals: &Totals, sheet: &Sheet, body: &mut Body) {
    put(body, "total_line_amount", totals.detail);
    put(body, "total_line_discount", totals.line_discount);
    put(body, "header_discount", totals.header_discount);
    put(body, "total_discount", totals.total_discount);
    put(body, "total_less_freight", totals.pre_freight);
    put(body, "total_tax", totals.tax);
    put(body, "total_amount", totals.total);
    put(body, "effective_discount", sheet.effective_discount);
    let rate = decimal(body.get("exchange_rate"));
    if let Some(base) = rate.and_then(|rate| currency::base_amount(totals.total, rate, money::MONEY_SCALE).ok()) {
        put(body, "total_amount_base", base);
    }
}

fn fulfilment(folded: &Folded, body: &mut Body) {
    let progress = remaining::progress(body, &folded.trail);
    let status = remaining::fulfilment(&progress);
    body.insert("fulfilment_status".into(), Value::from(status));
    if folded.state == "fulfilled" {
        body.insert("status_reason".into(), Value::from(if status == "complete" { "complete" } else { "partial" }));
    }
    if folded.state == "invoiced" {
        body.insert("status_reason".into(), Value::from("invoiced"));
    }
    for (id, line) in lines(body) {
        let Some(went) = id.and_then(|id| progress.get(&id)) else { continue };
        let Progress { shipped, cancelled, .. } = *went;
        if !shipped.is_zero() {
            put(line, "quantity_shipped", shipped);
        }
        if !went.overshipped().is_zero() {
            put(line, "quantity_overshipped", went.overshipped());
        }
        if !cancelled.is_zero() {
            put(line, "quantity_cancelled", cancelled);
        }
        put(line, "quantity_backordered", went.backordered());
    }
}

/// What an invoice is called on paper: it is none before the office issued it (INV-56).
fn title(folded: &Folded, body: &mut Body) {
    let number = body.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok()).map(|id: RecordId| id.short());
    let issued = folded.status_reason != "new" && body.contains_key("invoice_number");
    body.insert("paper_title".into(), Value::from(if issued { "invoice" } else { "pro_forma" }));
    if let Some(number) = number {
        body.insert("provisional_number".into(), Value::from(format!("PF-{number}")));
    }
}

fn payments(folded: &Folded, body: &mut Body) {
    let moved = folded.trail.iter().filter(|(action, applied)| action.action == "record_payment" && *applied == Applied::Moved);
    let paid = money::sum(moved.filter_map(|(action, _)| decimal(action.args.get("amount"))));
    let total = decimal(body.get("total_amount")).unwrap_or_default();
    let due = money::below(total, paid);
    put(body, "amount_due", due);
    if !paid.is_zero() {
        put(body, "amount_paid", paid);
    }
    if paid > total {
        put(body, "amount_overpaid", money::below(paid, total));
    }
    if folded.state == "paid" {
        body.insert("status_reason".into(), Value::from(if due.is_zero() { "complete" } else { "partial" }));
    }
}
