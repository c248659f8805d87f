//! Doing again what had no effect, and opening again what was closed.

use super::{Wreck, two};
use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{MINUTE_MS, Phone, World, refer};
use serde_json::json;

fn sale(phone: &Phone) -> RecordId {
    let customer = phone.create("account", json!({ "name": "Globex" }));
    phone.create("opportunity", json!({ "topic": "Forty pumps", "customer": refer("account", customer) }))
}

/// Ben gave a sale up that Ada had given up and opened again.
fn given_up() -> (Wreck, RecordId) {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    let sale = sale(&ada);
    world.level(&[&ada, &ben]);
    ben.act("opportunity", sale, "lose", json!({ "reason": "canceled", "description": "confirmed lost" }));
    ada.act("opportunity", sale, "lose", json!({ "reason": "canceled" }));
    ada.act("opportunity", sale, "reopen", json!({}));
    (Wreck::of(world, [ben, ada], "INV-31", "again"), sale)
}

#[test]
fn again_does_the_action_again_with_what_was_said() {
    let (wreck, sale) = given_up();

    wreck.tap();

    assert_eq!(wreck.other().field("opportunity", sale, "state"), "lost");
    let history = serde_json::to_string(&wreck.other().book.history("opportunity", sale).unwrap()).unwrap();
    assert!(history.matches("confirmed lost").count() >= 2, "with what was said");
}

#[test]
fn again_is_refused_once_somebody_closed_or_deleted_it() {
    let (wreck, sale) = given_up();
    wreck.meanwhile("Ada", |ada| ada.act("opportunity", sale, "win", json!({ "actual_value": "48000" })));
    assert_eq!(wreck.refused(), "opportunity.lose.state");
    assert_eq!(wreck.other().field("opportunity", sale, "state"), "won");

    let (wreck, sale) = given_up();
    wreck.meanwhile("Maya", |ada| ada.act("opportunity", sale, "delete", json!({})));
    assert_eq!(wreck.refused(), "record.deleted");
}

#[test]
fn again_bills_an_order_once_however_many_phones_tap() {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    let sold = world.sold(&ada, "10", "10");
    world.level(&[&ada, &ben]);
    let invoice = sold.bills(&ada, "10");
    world.issue(&ada, invoice).unwrap();
    let second = ben.act("order", sold.order, "create_invoice", json!({})).derived("invoice");
    let wreck = Wreck::of(world, [ben, ada], "INV-54", "again");
    assert!(!wreck.other().holds("invoice", second));

    assert_eq!(wreck.refused(), "order.create_invoice.state", "nothing is left to bill");

    let maya = wreck.world.phone("Maya");
    wreck.world.at_office(&maya, "invoice", invoice, "cancel").unwrap();
    wreck.meet();
    wreck.tap();
    let invoices = wreck.other().book.list(&fieldbook_device::Query::of("invoice")).unwrap();
    let open: Vec<_> = invoices.iter().filter(|invoice| invoice["state"] == "active").collect();
    assert_eq!(open.len(), 1, "one invoice takes the place of the canceled one: {open:?}");
}

/// Ada won a sale whose only order Ben canceled; her manager is told as well.
fn won() -> (Wreck, RecordId) {
    let world = World::new();
    let [maya, ada] = two(&world, ["Maya", "Ada"]);
    let ben = world.phone("Ben");
    let stock = world.stock(&ada, "100");
    let sale = ada.create("opportunity", json!({ "topic": "Pumps", "customer": refer("account", stock.customer) }));
    let _ = ada.add_line(sale, json!({ "product": stock.product, "quantity": { "value": "1" } }));
    let order = ada.act("opportunity", sale, "create_order", json!({})).derived("order");
    world.level(&[&ada, &ben, &maya]);
    ada.act("opportunity", sale, "win", json!({ "actual_value": "100" }));
    ben.act("order", order, "cancel", json!({}));
    world.level(&[&ada, &ben]);
    (Wreck::of(world, [maya, ada, ben], "INV-60", "reopen"), sale)
}

#[test]
fn reopen_opens_the_record_so_that_it_can_be_changed() {
    let (wreck, sale) = won();

    let done = wreck.tap();

    assert!(done.office, "a sale that was won is opened again at the office");
    assert_eq!(wreck.other().field("opportunity", sale, "state"), "open");
    wreck.mine.set("opportunity", sale, json!({ "topic": "Fifty pumps" }));
    wreck.meet();
    assert_eq!(wreck.other().field("opportunity", sale, "topic"), "Fifty pumps");
}

#[test]
fn reopen_is_refused_once_it_is_open() {
    let (wreck, sale) = won();
    wreck.world.at_office(&wreck.world.phone("Maya"), "opportunity", sale, "reopen").unwrap();
    wreck.meet();
    assert_eq!(wreck.refused(), "opportunity.reopen.state");
}

#[test]
fn reopen_is_offered_to_a_manager_and_refused_to_the_rep_who_needs_one_for_it() {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    let sale = sale(&ada);
    world.level(&[&ada, &ben]);
    ben.act("opportunity", sale, "lose", json!({ "reason": "canceled" }));
    ada.act("opportunity", sale, "win", json!({ "actual_value": "48000" }));
    let wreck = Wreck::of(world, [ben, ada], "INV-25", "");

    assert!(wreck.world.decisions().iter().any(|decision| decision.rule == "INV-25" && decision.salvage == "reopen"));
    assert_eq!(wreck.refused(), "opportunity.reopen.permission", "an app that knows no better");
    let said = wreck.try_tap(&wreck.mine, None).unwrap_err().to_string();
    assert!(said.contains("manager"), "{said}");
    wreck.meanwhile("Omar", |omar| omar.set("user", wreck.mine.user, json!({ "role": "manager" })));
    assert_eq!(wreck.decision().salvage, "reopen", "who leads is offered it");
    wreck.tap();
    assert_eq!(wreck.other().field("opportunity", sale, "state"), "open");
}

#[test]
fn reopen_takes_an_account_back_into_use_for_what_was_typed_too_late() {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    let acme = ada.create("account", json!({ "name": "Acme" }));
    world.level(&[&ada, &ben]);
    ada.act("account", acme, "deactivate", json!({}));
    world.pass(MINUTE_MS, &[&ben]);
    ben.set("account", acme, json!({ "payment_terms": "net_60" }));
    let wreck = Wreck::of(world, [ben, ada], "FREEZE", "reopen");

    wreck.tap();

    assert_eq!(wreck.other().field("account", acme, "state"), "active");
    let key = wreck.mine.book.alternatives("account", acme).unwrap()[0].key.clone();
    wreck.mine.book.choose_alternative("account", acme, &key).unwrap();
    wreck.meet();
    assert_eq!(wreck.other().field("account", acme, "payment_terms"), "net_60");
}

#[test]
fn reopen_is_not_offered_where_what_is_closed_stays_closed() {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    let when =
        |start: &str, end: &str| json!({ "start": format!("2026-03-04T{start}:00Z"), "end": format!("2026-03-04T{end}:00Z") });
    let visit = ada.create("appointment", json!({ "subject": "Visit", "when": when("10:00", "11:00") }));
    world.level(&[&ada, &ben]);
    ada.act("appointment", visit, "complete", json!({}));
    world.pass(MINUTE_MS, &[&ben]);
    ben.set("appointment", visit, json!({ "when": when("12:00", "13:00") }));
    world.level(&[&ada, &ben]);

    let told = world.decisions();
    assert!(!told.is_empty() && told.iter().all(|decision| decision.salvage.is_empty()), "{told:?}");
    world.assert_agreement(&[&ada, &ben]);
}
