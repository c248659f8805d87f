//! What must hold of stored orders and invoices (INV-52 to INV-61).

use crate::action::Records;
use crate::body::{Body, Whole, children, referring, state, text};
use crate::field::decimal;
use crate::ids::{RecordId, RecordRef};
use crate::money;
use crate::pricing::remaining::{self, Billed};
use rust_decimal::Decimal;

/// What is wrong, each with its rule.
pub(super) fn breaches(target: &RecordRef, body: &Body, records: &dyn Records) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    match target.kind.as_str() {
        "order" => order(target.id, body, records, &mut found),
        "invoice" => invoice(body, &mut found),
        _ => {}
    }
    if decimal(body.get("exchange_rate")).is_some_and(|rate| rate <= Decimal::ZERO) {
        found.push(("INV-61", "its exchange rate is none".to_owned()));
    }
    found
}

fn order(id: RecordId, order: &Body, records: &dyn Records, found: &mut Vec<(&'static str, String)>) {
    let invoices: Vec<Whole> =
        referring("invoice", "order", &id.to_string(), records).into_iter().map(|(_, body)| body).collect();
    let shipped = children(order, "lines").any(|line| line.contains_key("quantity_shipped"));
    if state(order) == "canceled" && (shipped || invoices.iter().any(|invoice| state(invoice) != "canceled")) {
        found.push(("INV-52", "it is canceled, but something of it was shipped or billed".to_owned()));
    }
    let issued: Vec<Whole> = invoices.into_iter().filter(|invoice| remaining::is_issued(invoice)).collect();
    let billed = remaining::billed(&issued);
    let progress = remaining::progress_of(order);
    for (line, billed) in &billed.lines {
        let billable = progress.get(line).map(remaining::Progress::billable).unwrap_or_default();
        if billed.quantity > billable {
            let (billed, billable) = (money::spell(billed.quantity), money::spell(billable));
            found.push(("INV-54", format!("{billed} of line {line} are billed, of {billable}")));
        }
    }
    let whole = progress.iter().all(|(line, went)| billed.lines.get(line).is_some_and(|billed| billed.quantity == went.ordered));
    if whole && !progress.is_empty() && !comes_to(&billed, order) {
        found.push(("INV-55", "it is billed, but its invoices do not come to it".to_owned()));
    }
}

/// Whether what was billed comes to what there is once in the order.
fn comes_to(billed: &Billed, order: &Body) -> bool {
    let total = |name: &str| decimal(order.get(name)).unwrap_or_default();
    let lines = || billed.lines.values();
    money::sum(lines().map(|line| line.base)) == total("total_line_amount").saturating_add(total("total_line_discount"))
        && money::sum(lines().map(|line| line.manual)) == total("total_line_discount")
        && money::sum(lines().map(|line| line.tax)) == total("total_tax")
        && billed.discount == total("header_discount")
        && billed.freight == total("freight_amount")
}

fn invoice(invoice: &Body, found: &mut Vec<(&'static str, String)>) {
    if remaining::is_issued(invoice) != (text(invoice, "paper_title") == Some("invoice")) && state(invoice) != "canceled" {
        found.push(("INV-56", "it is issued without a number, or has one that nobody issued".to_owned()));
    }
    if state(invoice) == "canceled" && invoice.contains_key("amount_paid") {
        found.push(("INV-58", "it is canceled and paid".to_owned()));
    }
}

/// The numbers of a series that are given twice, or left out: `INV-000007`.
#[must_use]
pub fn misnumbered<'a>(numbers: impl Iterator<Item = (&'a RecordRef, &'a str)>) -> Vec<(RecordRef, String)> {
    let read = |(target, number): (&'a RecordRef, &'a str)| {
        let count: u64 = number.rsplit('-').next()?.parse().ok()?;
        Some((count, target, number))
    };
    let mut given: Vec<_> = numbers.filter_map(read).collect();
    given.sort();
    let mut last = 0;
    let mut found = Vec::new();
    for (count, target, number) in given {
        if count == last {
            found.push((target.clone(), format!("{number} is given twice")));
        } else if count != last.saturating_add(1) {
            found.push((target.clone(), format!("no invoice has the number before {number}")));
        }
        last = count;
    }
    found
}
