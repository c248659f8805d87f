//! An issued invoice is corrected by canceling it at the office and drafting it anew.

use super::{Wreck, lines, made, pair};
use fieldbook_device::Query;
use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{Phone, World};
use serde_json::json;

/// Somebody corrected a draft of one pump while Maya issued it.
fn corrected(who: &str) -> (Wreck, RecordId, RecordId) {
    let world = World::new();
    let (ada, mine) = (world.phone("Ada"), world.phone(who));
    let stock = world.stock(&ada, "98.80");
    let (invoice, _) = stock.of(&ada, "invoice", "1", json!({}), json!({}));
    world.level(&[&ada, &mine]);
    world.issue(&ada, invoice).unwrap();
    mine.change_line("invoice", invoice, json!({ "tax": "19" }));
    let offers = if who == "Ben" { "" } else { "reissue" };
    (Wreck::of(world, [mine, ada], "INV-59", offers), invoice, stock.product)
}

/// The same with an invoice of an order.
fn corrected_of_an_order(who: &str) -> (Wreck, RecordId, RecordId) {
    let world = World::new();
    let (ada, mine) = (world.phone("Ada"), world.phone(who));
    let sold = world.sold(&ada, "10", "10");
    let invoice = sold.bills(&ada, "6");
    world.level(&[&ada, &mine]);
    world.issue(&ada, invoice).unwrap();
    mine.set("invoice", invoice, json!({ "name": "Six pumps" }));
    (Wreck::of(world, [mine, ada], "INV-59", "reissue"), invoice, sold.stock.product)
}

fn drafts(phone: &Phone) -> usize {
    let invoices = phone.book.list(&Query::of("invoice")).unwrap();
    invoices.iter().filter(|invoice| invoice["status_reason"] == "new").count()
}

#[test]
fn reissue_cancels_the_invoice_at_the_office_and_drafts_it_anew_with_the_edit() {
    let (wreck, invoice, product) = corrected("Fay");

    let done = wreck.tap();

    assert!(done.office);
    assert_eq!(wreck.other().field("invoice", invoice, "state"), "canceled");
    let records: Vec<_> = done.records.iter().filter(|record| record.id != invoice).collect();
    let draft = wreck.other().sees("invoice", records[0].id);
    assert_eq!((lines(&draft), &draft["total_amount"]), (vec![pair(product, "1")], &json!("117.8")));
    assert_eq!(drafts(wreck.other()), 1);
    assert!(wreck.other().book.alternatives("invoice", invoice).unwrap().is_empty());
}

#[test]
fn reissue_bills_the_order_again_once() {
    let (wreck, invoice, product) = corrected_of_an_order("Fay");

    let done = wreck.tap();

    assert_eq!(wreck.other().field("invoice", invoice, "state"), "canceled");
    let order = made(&done, "order");
    assert_eq!(drafts(wreck.other()), 1, "one draft, however many phones tapped");
    let drafts = wreck.other().book.list(&Query::of("invoice").filter("order", order.to_string())).unwrap();
    let draft = drafts.iter().find(|draft| draft["status_reason"] == "new").unwrap();
    assert_eq!((draft["name"].as_str(), lines(draft)), (Some("Six pumps"), vec![pair(product, "6")]));
}

#[test]
fn reissue_is_not_offered_to_who_does_not_keep_the_books_and_a_refusal_says_who_does() {
    let (wreck, invoice, _) = corrected("Ben");

    assert_eq!(wreck.refused(), "invoice.cancel.permission");
    assert_eq!(wreck.other().field("invoice", invoice, "state"), "active");
}

#[test]
fn reissue_is_refused_once_money_came() {
    let (wreck, invoice, _) = corrected("Fay");
    wreck.mine.act("invoice", invoice, "record_payment", json!({ "amount": "40" }));
    wreck.meet();

    assert_eq!(wreck.refused(), "invoice.cancel.state");
    assert_eq!(drafts(wreck.other()), 0);
}

#[test]
fn reissue_is_refused_without_a_network_and_the_item_waits() {
    let (mut wreck, invoice, _) = corrected("Fay");
    wreck.world.restart();

    let refused = wreck.try_tap(&wreck.mine, None).unwrap_err();

    // Nobody listens, or whoever still does is going: a phone cannot choose which it meets.
    assert!(["offline", "unavailable"].contains(&refused.code()), "{refused}");
    assert!(!wreck.is_closed());
    assert_eq!(wreck.mine.field("invoice", invoice, "state"), "active");
}
