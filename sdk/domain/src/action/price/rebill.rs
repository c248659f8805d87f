//! A draft invoice of an order whose quantities a person changes: its shares follow, so that all invoices come to the order.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Desk, LINES};
use crate::action::convert::billed_of;
use crate::body::{children, id, shown};
use crate::document::Write;
use crate::ids::RecordRef;
use crate::key;
use crate::money;
use crate::pricing::remaining;
use crate::refusal::Refusal;

/// Apportions the order anew (INV-54, INV-55).
pub(super) fn settle(desk: &mut Desk<'_>) -> Result<(), Refusal> {
    if desk.settled || desk.kind.name != "invoice" || !moved(desk) {
        return Ok(());
    }
    let invoice = desk.body();
    let Some(order) = id(&invoice, "order") else { return Ok(()) };
    let Some(body) = shown(&RecordRef::new("order", order), desk.records) else { return Ok(()) };
    let wanted = remaining::wanted(&invoice);
    let billed = billed_of(order, Some(desk.id), desk.records);
    let progress = remaining::progress_of(&body);
    if let Some(left) = billed.exceeded(&wanted, &progress).values().next() {
        let message = format!("{} are left to bill of this line", money::spell(*left));
        return Err(Refusal::field("line.remaining", "quantity", message));
    }
    let bill = remaining::bill(&body, &progress, &billed, Some(&wanted))
        .map_err(|error| Refusal::new("line.pricing", format!("the order cannot be priced: {}", error.message)))?;
    for line in children(&invoice, LINES) {
        let (Some(own), Some(source)) = (id(line, "id"), id(line, "source_line")) else { continue };
        let Some(part) = bill.lines.iter().find(|part| part.line == source) else { continue };
        let share = json!({ "quantity": money::spell(part.quantity), "base": money::spell(part.base) });
        let amounts = [("share", share), ("manual_discount", amount(part.manual)), ("tax", amount(part.tax))];
        for (field, value) in amounts {
            desk.put(key::child(LINES, own, field), &value);
        }
    }
    for (field, share) in [("discount_amount", bill.discount), ("freight_amount", bill.freight)] {
        desk.put(field.to_owned(), &amount(share));
    }
    Ok(())
}

/// Whether a quantity changed, or a line went.
fn moved(desk: &Desk<'_>) -> bool {
    let line = |key: &str| key.starts_with(LINES) && (key.ends_with("/quantity") || key.ends_with(key::REMOVED));
    desk.writes.iter().any(|write| matches!(write, Write::Put { key, .. } if line(key)))
}

fn amount(amount: Decimal) -> Value {
    if amount.is_zero() { Value::Null } else { Value::from(money::spell(amount)) }
}
