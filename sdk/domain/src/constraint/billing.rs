//! What must hold of orders, invoices and the sales they came from, most of which only deserves a look.

use super::Scene;
use super::catalogue::named;
use crate::action::Records;
use crate::body::{Body, referring, state};

/// A customer got no more of a line than was ordered (INV-51).
pub(crate) fn as_ordered(scene: &Scene<'_>) -> bool {
    !scene.part.contains_key("quantity_overshipped")
}

/// Nobody paid more than is due (INV-57).
pub(crate) fn not_overpaid(scene: &Scene<'_>) -> bool {
    !scene.record.contains_key("amount_overpaid")
}

/// An invoice settles no order that was canceled (INV-52).
pub(crate) fn of_what_stands(scene: &Scene<'_>) -> bool {
    state(scene.record) == "canceled" || order_stands(scene.part, scene.records)
}

/// What an invoice bills is still ordered.
pub(crate) fn order_stands(invoice: &Body, records: &dyn Records) -> bool {
    named("order", invoice, "order", records).is_none_or(|order| state(&order) != "canceled")
}

/// A won sale whose orders are all canceled is not what it was (INV-60).
pub(crate) fn still_ordered(scene: &Scene<'_>) -> bool {
    if state(scene.record) != "won" {
        return true;
    }
    let orders = referring("order", "opportunity", &scene.id.to_string(), scene.records);
    orders.is_empty() || orders.iter().any(|(_, order)| state(order) != "canceled")
}
