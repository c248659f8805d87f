//! What the office issued, and sales whose orders are canceled: INV-59, INV-60.

use super::only;
use crate::invariants::{in_both_orders, text};
use fieldbook_domain::raw::Outcome;
use fieldbook_tests::world::{World, refer};
use serde_json::json;

#[test]
fn inv_59_a_draft_corrected_while_the_office_issued_it_stays_as_it_was_issued() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let (invoice, _) = world.stock(&ada, "98.80").of(&ada, "invoice", "1", json!({}), json!({}));
    world.level(&[&ada, &ben]);
    world.issue(&ada, invoice).unwrap();
    ben.change_line("invoice", invoice, json!({ "tax": "19" }));
    assert_eq!(ben.field("invoice", invoice, "total_amount"), "117.8");

    world.level(&[&ben, &ada]);

    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ben.field("invoice", invoice, "total_amount"), "98.8");
    let told = only(ben.told("INV-59"));
    assert_eq!((told.outcome, told.salvage.as_str()), (Outcome::Rejected, ""), "issuing it again is not Ben's to do");
    assert!(ada.told("INV-59").is_empty() && world.phone("Maya").told("INV-59").is_empty());
    let kept = serde_json::to_string(&ben.book.alternatives("invoice", invoice).unwrap()).unwrap();
    assert!(kept.contains("19"), "{kept}");
}

#[test]
fn inv_59_a_draft_canceled_while_the_office_issued_it_stays_issued_and_no_number_is_lost() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let (invoice, _) = world.stock(&ada, "98.80").of(&ada, "invoice", "1", json!({}), json!({}));
    world.level(&[&ada, &ben]);
    world.issue(&ada, invoice).unwrap();
    ben.act("invoice", invoice, "cancel", json!({}));

    world.level(&[&ben, &ada]);

    world.assert_agreement(&[&ada, &ben]);
    let shown = ["state", "invoice_number"].map(|name| ben.field("invoice", invoice, name));
    assert_eq!(shown, ["active", "INV-000001"].map(text));
    assert_eq!((ben.told("INV-59").len(), ada.told("INV-59").len()), (1, 0));
}

#[test]
fn inv_60_a_sale_won_while_its_only_order_was_canceled_stays_won_and_is_asked_about() {
    in_both_orders(
        |world, ada| {
            let stock = world.stock(ada, "100");
            let sale = ada.create("opportunity", json!({ "topic": "Pumps", "customer": refer("account", stock.customer) }));
            let _ = ada.add_line(sale, json!({ "product": stock.product.to_string(), "quantity": { "value": "1" } }));
            let order = ada.act("opportunity", sale, "create_order", json!({})).derived("order");
            (sale, order)
        },
        |_, (sale, order), ada, ben| {
            ada.act("opportunity", *sale, "win", json!({ "actual_value": "100" }));
            ben.act("order", *order, "cancel", json!({}));
        },
        |world, (sale, order), ada, ben| {
            assert_eq!(
                (ben.field("opportunity", *sale, "state"), ben.field("order", *order, "state")),
                (text("won"), text("canceled"))
            );
            // To open a sale that was won is a manager's to do.
            for (phone, offers) in [(ada, ""), (&world.phone("Maya"), "reopen")] {
                let told = only(phone.told("INV-60"));
                assert_eq!((told.outcome, told.salvage.as_str(), told.record.id), (Outcome::Adjusted, offers, *sale));
            }
            assert!(ben.told("INV-60").is_empty());
        },
    );
}
