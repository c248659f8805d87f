//! Money adds up: every total is the sum of its lines, and nobody bills more than was ordered.
//!
//! Summed anew from what the records show, not with the code that made them.

use super::Failure;
use super::value::{children, is_deleted};
use fieldbook_domain::field::decimal;
use fieldbook_domain::ids::RecordRef;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

type Body = Map<String, Value>;

pub(super) fn adds_up(office: &BTreeMap<RecordRef, String>) -> Result<(), Failure> {
    let mut bodies: Vec<(&RecordRef, Body)> = Vec::new();
    for (target, body) in office.iter().filter(|(_, body)| !is_deleted(body)) {
        let body = serde_json::from_str(body).map_err(|error| Failure::new("office", format!("{target}: {error}")))?;
        bodies.push((target, body));
    }
    for (target, body) in &bodies {
        totals(target, body)?;
    }
    for (target, order) in bodies.iter().filter(|(target, _)| target.kind == "order") {
        billed(target, order, &bodies)?;
    }
    Ok(())
}

fn amount(body: &Body, name: &str) -> Decimal {
    decimal(body.get(name)).unwrap_or_default()
}

fn off(target: &RecordRef, what: &str, says: Decimal, is: Decimal) -> Result<(), Failure> {
    if says == is {
        return Ok(());
    }
    Err(Failure::new("money", format!("{what} of {target} says {says}, and is {is}")))
}

/// The totals of a priced record.
fn totals(target: &RecordRef, body: &Body) -> Result<(), Failure> {
    if !body.contains_key("total_amount") {
        return Ok(());
    }
    let counted = || children(body, "lines").filter(|line| line.contains_key("extended_amount"));
    let lines: Decimal = counted().map(|line| amount(line, "extended_amount")).sum();
    let (goods, tax) = (amount(body, "total_line_amount"), amount(body, "total_tax"));
    off(target, "the sum of the lines", goods + tax, lines)?;
    let less = goods - amount(body, "header_discount");
    off(target, "the total before freight", amount(body, "total_less_freight"), less)?;
    off(target, "the total", amount(body, "total_amount"), less + amount(body, "freight_amount") + tax)?;
    if less < Decimal::ZERO {
        return Err(Failure::new("money", format!("{target} gives away more than it is worth")));
    }
    let (paid, due) = (amount(body, "amount_paid"), amount(body, "amount_due"));
    let over = amount(body, "amount_overpaid");
    if body.contains_key("amount_due") {
        off(target, "what is due", due, amount(body, "total_amount") + over - paid)?;
    }
    Ok(())
}

/// Of every line of an order, the invoices that are out bill at most what was ordered; of drafts the first that is issued does.
fn billed(target: &RecordRef, order: &Body, bodies: &[(&RecordRef, Body)]) -> Result<(), Failure> {
    let quantity = |line: &Body| decimal(line.get("quantity").and_then(|quantity| quantity.get("value"))).unwrap_or_default();
    let text = |body: &Body, name: &str| body.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let out = |target: &RecordRef, body: &Body| {
        target.kind == "invoice"
            && matches!((text(body, "state").as_str(), text(body, "status_reason").as_str()), ("active", "billed") | ("paid", _))
    };
    let invoices = || bodies.iter().filter(|(target, body)| out(target, body));
    for line in children(order, "lines") {
        let id = text(line, "id");
        let billed =
            invoices().flat_map(|(_, invoice)| children(invoice, "lines")).filter(|other| text(other, "source_line") == id);
        let billed: Decimal = billed.map(quantity).sum();
        if billed > quantity(line) {
            let what = format!("of line {id} of {target} {} were ordered and {billed} are billed", quantity(line));
            return Err(Failure::new("money", what));
        }
    }
    Ok(())
}
