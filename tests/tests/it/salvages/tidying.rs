//! Records that came back, and what is left of an order.

use super::{Wreck, two};
use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{Sold, World, refer};
use serde_json::json;

/// Maya deleted an account that Ben wrote into.
fn edited() -> (Wreck, RecordId) {
    let world = World::new();
    let [maya, ben] = two(&world, ["Maya", "Ben"]);
    let acme = ben.create("account", json!({ "name": "Acme" }));
    world.level(&[&ben, &maya]);
    maya.act("account", acme, "delete", json!({}));
    ben.set("account", acme, json!({ "city": "Oslo" }));
    (Wreck::of(world, [maya, ben], "INV-07", "delete"), acme)
}

#[test]
fn delete_deletes_the_record_with_the_edit_that_brought_it_back() {
    let (wreck, acme) = edited();
    assert!(wreck.other().holds("account", acme));

    wreck.tap();

    assert!(!wreck.other().holds("account", acme));
}

#[test]
fn delete_is_refused_once_something_needs_the_record_or_it_is_gone() {
    let (wreck, acme) = edited();
    wreck.meanwhile("Ben", |ben| ben.create("order", json!({ "name": "Pumps", "customer": refer("account", acme) })));
    assert_eq!(wreck.refused(), "account.delete.needed");

    let (wreck, acme) = edited();
    wreck.meanwhile("Maya", |ben| ben.act("account", acme, "delete", json!({})));
    assert_eq!(wreck.refused(), "record.deleted");
}

/// Maya deleted an account that Ben sold to meanwhile.
fn needed() -> (Wreck, RecordId) {
    let world = World::new();
    let [maya, ben] = two(&world, ["Maya", "Ben"]);
    let acme = ben.create("account", json!({ "name": "Acme" }));
    world.level(&[&ben, &maya]);
    maya.act("account", acme, "delete", json!({}));
    let _ = ben.create("opportunity", json!({ "topic": "Pumps", "customer": refer("account", acme) }));
    (Wreck::of(world, [maya, ben], "INV-06", "deactivate"), acme)
}

#[test]
fn deactivate_takes_the_record_out_of_use_and_what_refers_to_it_stays() {
    let (wreck, acme) = needed();

    wreck.tap();

    assert_eq!(wreck.other().field("account", acme, "state"), "inactive");
    let sales = wreck.other().book.list(&fieldbook_device::Query::of("opportunity")).unwrap();
    assert_eq!(sales[0]["customer"], refer("account", acme));
}

#[test]
fn deactivate_is_refused_once_it_is_out_of_use() {
    let (wreck, acme) = needed();
    wreck.meanwhile("Ben", |ben| ben.act("account", acme, "deactivate", json!({})));

    assert_eq!(wreck.refused(), "account.deactivate.state");
}

/// Ben canceled an order of ten of which Ada had shipped four.
fn shipped() -> (Wreck, Sold) {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    let sold = world.sold(&ada, "10", "10");
    world.level(&[&ada, &ben]);
    sold.ships(&ada, "4");
    ben.act("order", sold.order, "cancel", json!({}));
    (Wreck::of(world, [ben, ada], "INV-52", "cancel_remaining"), sold)
}

#[test]
fn cancel_remaining_cancels_what_neither_left_nor_was_billed() {
    let (wreck, sold) = shipped();

    wreck.tap();

    let line = wreck.other().first_line("order", sold.order);
    assert_eq!((&line["quantity_shipped"], &line["quantity_backordered"]), (&json!("4"), &json!("0")));
}

#[test]
fn cancel_remaining_is_refused_once_the_rest_has_left_as_well() {
    let (wreck, sold) = shipped();
    wreck.meanwhile("Ada", |ada| sold.ships(ada, "6"));

    assert_eq!(wreck.refused(), "order.cancel_remaining.remaining");
}
