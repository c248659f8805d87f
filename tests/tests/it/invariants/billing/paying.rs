//! Money that comes: INV-57, INV-58.

use super::only;
use crate::invariants::{in_both_orders_of, text};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::Decision;
use fieldbook_domain::raw::Outcome;
use fieldbook_tests::world::{Phone, Sold, World};
use serde_json::json;

#[test]
fn inv_57_two_payments_count_both_and_too_much_is_shown_to_who_keeps_the_books() {
    in_both_orders_of(
        ["Maya", "Fay"],
        |world, _| world.issued(&world.phone("Ada")),
        |_, invoice, maya, fay| {
            maya.act("invoice", *invoice, "record_payment", json!({ "amount": "50", "reference": "A" }));
            fay.act("invoice", *invoice, "record_payment", json!({ "amount": "50", "reference": "B" }));
        },
        |world, invoice, maya, fay| {
            let paid = fay.sees("invoice", *invoice);
            let shown = ["state", "status_reason", "amount_paid", "amount_due", "amount_overpaid"].map(|name| paid[name].clone());
            assert_eq!(shown, ["paid", "complete", "100", "0", "1.2"].map(text));
            let told = only(fay.told("INV-57"));
            assert_eq!((told.outcome, &told.kept), (Outcome::Adjusted, &json!("1.2")));
            assert!(maya.told("INV-57").len() < 2, "whoever leads the author of the second is told once");
            assert!(world.phone("Ada").told("INV-57").is_empty() && world.phone("Ben").told("INV-57").is_empty());
        },
    );
}

#[test]
fn inv_57_one_cheque_recorded_twice_counts_once_until_somebody_else_says_that_there_were_two() {
    for choice in ["another", "same"] {
        in_both_orders_of(
            ["Maya", "Fay"],
            |world, _| world.issued(&world.phone("Ada")),
            |_, invoice, maya, fay| {
                for phone in [maya, fay] {
                    phone.act("invoice", *invoice, "record_payment", json!({ "amount": "40", "reference": "cheque 500" }));
                }
            },
            |world, invoice, maya, fay| {
                assert_eq!(fay.field("invoice", *invoice, "amount_paid"), "40");
                let omar = world.phone("Omar");
                let told: Vec<Decision> = [maya, fay, &omar].iter().flat_map(|phone| phone.told("INV-57")).collect();
                let held = told.first().unwrap();
                assert_eq!((held.outcome, &held.kept["args"]["amount"]), (Outcome::Held, &json!("40")));
                assert!(told.iter().all(|other| other.id == held.id), "one question");
                let whose = if held.author == maya.user { maya } else { fay };
                assert_eq!(whose.told("INV-57").len(), 1);
                let other = if held.author == maya.user { fay } else { maya };
                other.decide(held, choice);
                world.level(&[&omar, maya, fay]);
                world.assert_agreement(&[maya, fay, &omar]);
                let counted = if choice == "another" { "80" } else { "40" };
                assert_eq!(fay.field("invoice", *invoice, "amount_paid"), counted);
            },
        );
    }
}

/// Ada bills an order of hers that is shipped; Maya issues the invoice.
fn billed_order(world: &World, ada: &Phone) -> (Sold, RecordId) {
    let sold = world.sold(ada, "10", "10");
    ada.act("order", sold.order, "fulfil", json!({}));
    let invoice = sold.bills(ada, "10");
    world.issue(ada, invoice).unwrap();
    world.sync(ada);
    (sold, invoice)
}

#[test]
fn inv_58_a_payment_that_came_while_the_office_canceled_stands_and_a_credit_note_is_asked_for() {
    for choice in ["cancel", "paid"] {
        let world = World::new();
        let (ada, fay, maya, omar) = (world.phone("Ada"), world.phone("Fay"), world.phone("Maya"), world.phone("Omar"));
        let (sold, invoice) = billed_order(&world, &ada);
        world.level(&[&ada, &fay, &maya]);
        fay.act("invoice", invoice, "record_payment", json!({ "amount": "100" }));
        world.at_office(&maya, "invoice", invoice, "cancel").unwrap();
        assert_eq!(maya.field("order", sold.order, "state"), "fulfilled");

        world.level(&[&fay, &ada, &maya, &omar]);
        world.assert_agreement(&[&ada, &fay, &maya, &omar]);
        assert_eq!(maya.field("invoice", invoice, "state"), "paid");
        assert_eq!(maya.field("order", sold.order, "state"), "invoiced", "all of the cancellation waits");
        assert_eq!((fay.told("INV-58").len(), maya.told("INV-58").len()), (1, 1), "both are told");
        assert!(ada.told("INV-58").is_empty(), "it is no business of hers");
        let held = only(fay.told("INV-58"));
        assert_eq!((held.outcome, &held.kept["args"]["amount"]), (Outcome::Held, &json!("100")));

        omar.decide(&held, choice);
        world.level(&[&omar, &ada, &fay, &maya]);
        world.assert_agreement(&[&ada, &fay, &maya, &omar]);
        let states =
            ["invoice", "order"].map(|kind| ada.field(kind, if kind == "order" { sold.order } else { invoice }, "state"));
        assert_eq!(states, if choice == "cancel" { ["canceled", "fulfilled"] } else { ["paid", "invoiced"] }.map(text));
    }
}

#[test]
fn inv_58_the_office_does_not_cancel_what_was_paid() {
    let world = World::new();
    let (ada, fay, maya) = (world.phone("Ada"), world.phone("Fay"), world.phone("Maya"));
    let invoice = world.issued(&ada);
    world.level(&[&ada, &fay, &maya]);
    fay.act("invoice", invoice, "record_payment", json!({ "amount": "40" }));
    world.sync(&fay);

    let refused = world.at_office(&maya, "invoice", invoice, "cancel").unwrap_err();

    assert_eq!(refused.code(), "invoice.cancel.state");
    world.at_office(&maya, "invoice", invoice, "reactivate").unwrap();
    let refused = world.at_office(&maya, "invoice", invoice, "cancel").unwrap_err();
    assert_eq!(refused.code(), "invoice.cancel.payment");
    world.level(&[&ada, &maya]);
    assert_eq!(
        (maya.field("invoice", invoice, "status_reason"), maya.field("invoice", invoice, "amount_paid")),
        (text("new"), text("40"))
    );
    world.assert_agreement(&[&ada, &maya]);
}

#[test]
fn inv_52_a_canceled_invoice_of_a_canceled_order_is_not_made_a_draft_again() {
    let world = World::new();
    let (ada, maya) = (world.phone("Ada"), world.phone("Maya"));
    let sold = world.sold(&ada, "10", "10");
    let invoice = sold.bills(&ada, "6");
    ada.act("invoice", invoice, "cancel", json!({}));
    ada.act("order", sold.order, "cancel", json!({}));
    world.level(&[&ada, &maya]);

    let refused = world.at_office(&maya, "invoice", invoice, "reactivate").unwrap_err();

    assert_eq!(refused.code(), "invoice.reactivate.order");
    world.assert_agreement(&[&ada, &maya]);
}

#[test]
fn inv_58_money_that_came_while_the_office_made_a_draft_of_the_invoice_again_still_counts() {
    let world = World::new();
    let (ada, fay, maya) = (world.phone("Ada"), world.phone("Fay"), world.phone("Maya"));
    let theirs = world.phone("Maya");
    let invoice = world.issued(&ada);
    world.level(&[&ada, &fay, &maya, &theirs]);
    fay.act("invoice", invoice, "record_payment", json!({ "amount": "40" }));
    theirs.act("invoice", invoice, "record_payment", json!({ "amount": "50" }));
    world.sync(&fay);
    world.at_office(&maya, "invoice", invoice, "reactivate").unwrap();

    world.level(&[&theirs, &fay, &ada, &maya]);

    world.assert_agreement(&[&ada, &fay, &maya]);
    let shown = ["status_reason", "amount_paid", "paper_title"].map(|name| maya.field("invoice", invoice, name));
    assert_eq!(shown, ["new", "90", "pro_forma"].map(text));
    world.at_office(&maya, "invoice", invoice, "issue").unwrap();
    let shown = ["invoice_number", "amount_due"].map(|name| maya.field("invoice", invoice, name));
    assert_eq!(shown, ["INV-000001", "8.8"].map(text), "it keeps its number");
}

#[test]
fn inv_58_a_payment_of_what_was_billed_anew_meanwhile_waits_and_nothing_is_billed_twice() {
    for choice in ["bill", "drop"] {
        let world = World::new();
        let (ada, fay, maya, omar) = (world.phone("Ada"), world.phone("Fay"), world.phone("Maya"), world.phone("Omar"));
        let phones = [&ada, &fay, &maya, &omar];
        let (sold, first) = billed_order(&world, &ada);
        world.level(&phones);
        fay.act("invoice", first, "record_payment", json!({ "amount": "100" }));
        world.at_office(&maya, "invoice", first, "cancel").unwrap();
        world.sync(&ada);
        let second = sold.bills(&ada, "10");
        world.issue(&ada, second).unwrap();

        world.level(&phones);

        world.assert_agreement(&phones);
        let states = |phone: &Phone| [first, second].map(|invoice| phone.field("invoice", invoice, "state"));
        assert_eq!(states(&fay), ["canceled", "active"].map(text));
        let item = only(fay.told("INV-54"));
        assert_eq!((item.outcome, item.record.id), (Outcome::Held, first));
        assert!(maya.told("INV-54").len() + omar.told("INV-54").len() > 0, "somebody else answers");
        let answer = |choice: &str| {
            omar.decide(&item, choice);
            world.level(&phones);
            world.assert_agreement(&phones);
        };
        answer("bill");
        assert_eq!(states(&ada), ["canceled", "active"].map(text), "nothing is left to bill");
        if choice == "bill" {
            world.at_office(&maya, "invoice", second, "cancel").unwrap();
        }
        answer(choice);
        let expected = if choice == "bill" { ["paid", "canceled"] } else { ["canceled", "active"] };
        assert_eq!(states(&ada), expected.map(text));
    }
}
