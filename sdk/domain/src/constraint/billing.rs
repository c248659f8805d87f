//! What deserves a look in orders, invoices and the sales they came from; nothing of it is put back.

use super::Scene;
use crate::body::{referring, state};

/// A customer got no more of a line than was ordered (INV-51).
pub(crate) fn as_ordered(scene: &Scene<'_>) -> bool {
    !scene.part.contains_key("quantity_overshipped")
}

/// Nobody paid more than is due (INV-57).
pub(crate) fn not_overpaid(scene: &Scene<'_>) -> bool {
    !scene.record.contains_key("amount_overpaid")
}

/// A won sale whose orders are all canceled is not what it was (INV-60).
pub(crate) fn still_ordered(scene: &Scene<'_>) -> bool {
    if state(scene.record) != "won" {
        return true;
    }
    let orders = referring("order", "opportunity", &scene.id.to_string(), scene.records);
    orders.is_empty() || orders.iter().any(|(_, order)| state(order) != "canceled")
}
