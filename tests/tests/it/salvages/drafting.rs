//! What came too late for one document, on a draft of its own.

use super::{Wreck, lines, made, pair, two};
use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{MINUTE_MS, Shop, Sold, World};
use serde_json::{Value, json};

/// Ben added hoses to a sale that Ada won meanwhile.
fn late_lines() -> (Wreck, Shop) {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    let shop = world.shop(&ada);
    shop.add(&ada, ("opportunity", shop.sale), shop.clamp, "2", "first");
    world.level(&[&ada, &ben]);
    ada.act("opportunity", shop.sale, "win", json!({ "actual_value": "4" }));
    world.pass(MINUTE_MS, &[&ben]);
    shop.add(&ben, ("opportunity", shop.sale), shop.hose, "10", "late");
    (Wreck::of(world, [ben, ada], "INV-27", "follow_on"), shop)
}

#[test]
fn follow_on_copies_the_lines_to_an_opportunity_of_the_same_customer() {
    let (wreck, shop) = late_lines();

    let done = wreck.tap();

    let sale = wreck.other().sees("opportunity", made(&done, "opportunity"));
    assert_eq!(lines(&sale), [pair(shop.hose, "10")]);
    assert_eq!((&sale["state"], &sale["total_amount"]), (&json!("open"), &json!("123.5")));
    assert_eq!(sale["customer"], wreck.other().field("opportunity", shop.sale, "customer"));
    assert!(wreck.other().book.alternatives("opportunity", shop.sale).unwrap().is_empty(), "it has found its place");
    assert_eq!(lines(&wreck.other().sees("opportunity", shop.sale)), [pair(shop.clamp, "2")], "the closed one stays as it was");
}

#[test]
fn follow_on_is_refused_to_somebody_who_no_longer_sells() {
    let (wreck, _) = late_lines();
    wreck.loses_the_right();

    assert_eq!(wreck.refused(), "opportunity.permission");
}

/// Ben added a line to an order that Ada shipped a part of.
fn late_order_line() -> (Wreck, Sold) {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    let sold = world.sold(&ada, "10", "10");
    world.level(&[&ada, &ben]);
    sold.ships(&ada, "4");
    sold.adds_a_line(&ben).unwrap();
    (Wreck::of(world, [ben, ada], "INV-50", "new_order"), sold)
}

#[test]
fn new_order_orders_what_came_too_late_for_the_same_customer() {
    let (wreck, sold) = late_order_line();

    let done = wreck.tap();

    let order = wreck.other().sees("order", made(&done, "order"));
    assert_eq!(lines(&order), [pair(sold.stock.product, "3")]);
    assert_eq!((&order["state"], &order["total_amount"]), (&json!("active"), &json!("30")));
    assert_eq!(order["customer"], wreck.other().field("order", sold.order, "customer"));
    assert!(wreck.other().book.alternatives("order", sold.order).unwrap().is_empty());
}

#[test]
fn new_order_is_refused_to_somebody_who_no_longer_takes_orders() {
    let (wreck, _) = late_order_line();
    wreck.loses_the_right();

    assert_eq!(wreck.refused(), "order.permission");
}

/// Ben sent an offer of a sale that Ada won with another one.
fn overtaken() -> (Wreck, Shop, RecordId) {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    let shop = world.shop(&ada);
    let first = shop.offer(&ada);
    world.level(&[&ada, &ben]);
    ada.act("quote", first, "create_order", json!({}));
    let offer = shop.offer(&ben);
    (Wreck::of(world, [ben, ada], "INV-28", "new_quote"), shop, offer)
}

#[test]
fn new_quote_drafts_the_offer_anew_that_closed_with_its_sale() {
    let (wreck, shop, offer) = overtaken();

    let done = wreck.tap();

    let quote = wreck.other().sees("quote", made(&done, "quote"));
    assert_eq!((&quote["state"], lines(&quote)), (&json!("draft"), vec![pair(shop.hose, "8")]));
    assert_eq!(quote["total_amount"], "98.8");
    assert_eq!(wreck.other().field("quote", offer, "state"), "closed", "the one the sale closed stays closed");
    assert!(!quote.contains_key("opportunity"), "a sale that is closed has no open quote");
}

#[test]
fn new_quote_is_in_the_currency_that_was_meant() {
    for (rule, with) in [("INV-29", "line"), ("INV-40", "quote")] {
        let world = World::new();
        let [ada, ben] = two(&world, ["Ada", "Ben"]);
        let shop = world.shop(&ada);
        world.level(&[&ada, &ben]);
        ada.set("opportunity", shop.sale, shop.in_pounds());
        world.pass(MINUTE_MS, &[&ben]);
        match with {
            "line" => shop.add(&ben, ("opportunity", shop.sale), shop.hose, "4", "ben"),
            _ => drop(shop.quote(&ben)),
        }
        let wreck = Wreck::of(world, [ada, ben], rule, "new_quote");

        let done = wreck.tap();

        let quote = wreck.other().sees("quote", made(&done, "quote"));
        assert_eq!((&quote["pricing"], &quote["state"]), (&shop.in_pounds()["pricing"], &json!("draft")), "{rule}");
        assert_eq!(quote["customer"], wreck.other().field("opportunity", shop.sale, "customer"));
        assert_eq!(wreck.other().field("opportunity", shop.sale, "pricing")["currency"], "EUR", "the sale stays in its own");
        if with == "line" {
            assert_eq!((lines(&quote), &quote["total_amount"]), (vec![pair(shop.hose, "4")], &json!("40")), "priced anew");
        }
    }
}

#[test]
fn new_quote_is_refused_to_somebody_who_no_longer_sells() {
    let (wreck, ..) = overtaken();
    wreck.loses_the_right();

    assert_eq!(wreck.refused(), "quote.permission");
}

/// Ada sent a quote that Ben changed meanwhile.
fn late_edit() -> (Wreck, Shop, RecordId) {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    let shop = world.shop(&ada);
    let quote = shop.quote(&ada);
    world.level(&[&ada, &ben]);
    ada.act("quote", quote, "activate", json!({}));
    world.pass(MINUTE_MS, &[&ben]);
    let mut lines = ben.field("quote", quote, "lines");
    lines[0]["quantity"] = json!({ "value": "60", "unit": shop.unit });
    lines.as_array_mut().unwrap().push(shop.line(shop.clamp, "3", "ben"));
    ben.set("quote", quote, json!({ "lines": lines, "freight_amount": "12" }));
    (Wreck::of(world, [ben, ada], "INV-34", "revise"), shop, quote)
}

#[test]
fn revise_makes_the_edits_on_a_new_draft() {
    let (wreck, shop, quote) = late_edit();

    wreck.tap();

    let draft = wreck.other().sees("quote", quote.derived("revision"));
    assert_eq!((&draft["state"], &draft["revision"], &draft["freight_amount"]), (&json!("draft"), &json!(1), &json!("12")));
    assert_eq!(lines(&draft), [pair(shop.hose, "60"), pair(shop.clamp, "3")]);
    assert_eq!(wreck.other().field("quote", quote, "status_reason"), "revised");
    assert!(wreck.other().book.alternatives("quote", quote).unwrap().is_empty());
}

#[test]
fn revise_is_refused_once_the_customer_ordered_or_somebody_else_revised() {
    let (wreck, _, quote) = late_edit();
    wreck.meanwhile("Ada", |ada| ada.act("quote", quote, "create_order", json!({})));
    assert_eq!(wreck.refused(), "quote.revise.state");

    let (wreck, _, quote) = late_edit();
    wreck.meanwhile("Ada", |ada| ada.act("quote", quote, "revise", json!({})));
    assert_eq!(wreck.refused(), "quote.revise.state");
    assert!(wreck.decision().lost.is_object(), "the edits are still there to read");
}

/// An offer of what was no longer on sale waited; Ben changed the draft meanwhile; Maya honours it as the customer has it.
#[test]
fn revise_makes_the_edits_that_an_honoured_offer_put_aside() {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    let maya = world.phone("Maya");
    let shop = world.shop(&ada);
    let quote = shop.quote(&ada);
    world.level(&[&ada, &ben, &maya]);
    let omar = world.phone("Omar");
    world.at_office(&omar, "product", shop.hose, "retire").unwrap();
    world.pass(8 * fieldbook_tests::world::DAY_MS, &[&ada, &ben, &maya]);
    ada.act("quote", quote, "activate", json!({}));
    world.sync(&ada);
    ben.set("quote", quote, json!({ "freight_amount": "12" }));
    world.level(&[&ben, &ada, &maya]);
    let waits = maya.book.review().unwrap().remove(0);
    maya.book.decide(waits.id, &waits.choices[1].name, None).unwrap();
    world.level(&[&maya]);
    let wreck = Wreck::of(world, [ben, ada], "INV-34", "revise");
    assert_eq!(wreck.other().field("quote", quote, "freight_amount"), Value::Null, "as the customer has it");

    wreck.tap();

    assert_eq!(wreck.other().field("quote", quote.derived("revision"), "freight_amount"), "12");
}
