//! Orders, invoices and payments: INV-50 to INV-61.

use fieldbook_domain::judge::Decision;

mod closing;
mod invoicing;
mod paying;
mod pricing;
mod shipping;

fn only(mut told: Vec<Decision>) -> Decision {
    assert_eq!(told.len(), 1, "{told:?}");
    told.remove(0)
}
