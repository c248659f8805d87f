//! Orders of offers: INV-36 to INV-39.

use super::{answer, offered, place};
use crate::invariants::in_both_orders;
use fieldbook_device::Query;
use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{DAY_MS, Phone, Shop, World};
use serde_json::json;

fn two_offers(world: &World, ada: &Phone) -> (Shop, RecordId, RecordId) {
    let shop = world.shop(ada);
    let (one, other) = (shop.offer(ada), shop.offer(ada));
    (shop, one, other)
}

fn both_order(_: &World, (_, one, other): &(Shop, RecordId, RecordId), ada: &Phone, ben: &Phone) {
    ada.act("quote", *one, "create_order", json!({}));
    ben.act("quote", *other, "create_order", json!({}));
}

#[test]
fn inv_36_a_possible_second_order_waits_and_the_first_stands() {
    in_both_orders(two_offers, both_order, |world, (_, one, other), ada, ben| {
        let states = [*one, *other].map(|quote| ada.field("quote", quote, "state"));
        assert_eq!(states.iter().filter(|state| **state == "won").count(), 1, "{states:?}");
        assert_eq!(states.iter().filter(|state| **state == "active").count(), 1, "{states:?}");
        let orders = [*one, *other].map(|quote| ben.holds("order", quote.derived("order")));
        assert_eq!(orders.iter().filter(|there| **there).count(), 1);
        let maya = world.phone("Maya");
        assert_eq!([ada, ben, &maya].map(|phone| phone.told("INV-36").len()), [1, 1, 1]);
        assert!(maya.held("INV-36").message.contains("a possible second order"));
    });
}

#[test]
fn inv_36_a_second_order_is_kept_or_canceled_by_the_manager_only() {
    for (choice, quotes, orders) in [("keep_both", 2, 2), ("cancel", 1, 1)] {
        in_both_orders(two_offers, both_order, |world, (_, one, other), ada, ben| {
            answer(world, "INV-36", choice, &[ada, ben]);
            let won = [*one, *other].iter().filter(|quote| ada.field("quote", **quote, "state") == "won").count();
            let there = [*one, *other].iter().filter(|quote| ben.holds("order", quote.derived("order"))).count();
            assert_eq!((won, there), (quotes, orders), "{choice}");
        });
    }
}

#[test]
fn inv_37_two_orders_of_one_quote_are_one_and_only_a_difference_is_told() {
    for differ in [false, true] {
        in_both_orders(
            |world, ada| world.shop(ada).offer(ada),
            |_, quote, ada, ben| {
                for (phone, day) in [(ada, "2026-04-01"), (ben, "2026-05-01")] {
                    phone.act("quote", *quote, "create_order", json!({}));
                    if differ {
                        phone.set("order", quote.derived("order"), json!({ "requested_delivery": day }));
                    }
                }
            },
            |world, quote, ada, ben| {
                assert_eq!(ada.book.list(&Query::of("order")).unwrap().len(), 1);
                assert_eq!(place(ben, "quote", *quote), "won/won");
                assert_eq!(ben.field("order", quote.derived("order"), "total_amount"), "98.8");
                let told = [ada, ben].map(|phone| phone.book.inbox().unwrap().len());
                assert_eq!(told, if differ { [1, 1] } else { [0, 0] }, "{:?}", world.decisions());
            },
        );
    }
}

#[test]
fn inv_38_an_order_stands_against_a_revision_which_is_closed_and_kept() {
    in_both_orders(
        offered,
        |_, (_, quote), ada, ben| {
            ada.act("quote", *quote, "create_order", json!({}));
            ben.act("quote", *quote, "revise", json!({}));
        },
        |_, (shop, quote), ada, ben| {
            assert_eq!(place(ada, "quote", *quote), "won/won");
            assert_eq!(place(ada, "opportunity", shop.sale), "won/won");
            assert_eq!(place(ben, "quote", quote.derived("revision")), "closed/canceled");
            assert_eq!(ben.field("quote", quote.derived("revision"), "total_amount"), "98.8", "it is kept");
            assert_eq!(ben.field("order", quote.derived("order"), "total_amount"), "98.8");
            let told = ben.told("INV-38");
            assert_eq!((told.len(), told[0].lost["action"].clone()), (1, json!("revise")));
            assert!(ben.told("LIFECYCLE").is_empty() && ada.told("LIFECYCLE").is_empty());
        },
    );
}

#[test]
fn inv_38_an_order_stands_against_a_closing_with_all_that_came_with_it() {
    in_both_orders(
        offered,
        |_, (_, quote), ada, ben| {
            ada.act("quote", *quote, "create_order", json!({ "close_opportunity": false }));
            ben.act("quote", *quote, "close", json!({ "reason": "lost", "close_opportunity": true }));
        },
        |_, (shop, quote), ada, ben| {
            assert_eq!(place(ada, "quote", *quote), "won/won");
            assert_eq!(place(ada, "opportunity", shop.sale), "open/in_progress", "the loss came with the closing");
            assert_eq!(ben.told("INV-38").len(), 1);
        },
    );
}

#[test]
fn inv_38_a_revision_stands_against_a_closing() {
    in_both_orders(
        offered,
        |_, (_, quote), ada, ben| {
            ada.act("quote", *quote, "revise", json!({}));
            ben.act("quote", *quote, "close", json!({ "reason": "lost", "close_opportunity": true }));
        },
        |_, (shop, quote), ada, ben| {
            assert_eq!(place(ada, "quote", *quote), "closed/revised");
            assert_eq!(ben.field("quote", quote.derived("revision"), "state"), "draft");
            assert_eq!(ada.field("opportunity", shop.sale, "state"), "open");
            assert_eq!(ben.told("INV-38").len(), 1);
        },
    );
}

#[test]
fn inv_38_an_order_and_a_second_offer_both_wait_for_either_answer() {
    for (choice, first, second, order) in
        [("order", "won/won", "closed/canceled", true), ("offer", "closed/revised", "active/open", false)]
    {
        in_both_orders(
            offered,
            |_, (_, quote), ada, ben| {
                ada.act("quote", *quote, "create_order", json!({}));
                ben.act("quote", *quote, "revise", json!({}));
                ben.act("quote", quote.derived("revision"), "activate", json!({}));
            },
            |world, (shop, quote), ada, ben| {
                let next = quote.derived("revision");
                assert_eq!(place(ada, "opportunity", shop.sale), "open/in_progress");
                assert_eq!(
                    (place(ada, "quote", *quote), place(ben, "quote", next)),
                    ("closed/revised".into(), "draft/in_progress".into())
                );
                assert!(!ada.holds("order", quote.derived("order")), "no order while it waits");
                answer(world, "INV-38", choice, &[ada, ben]);
                assert_eq!((place(ada, "quote", *quote), place(ben, "quote", next)), (first.into(), second.into()), "{choice}");
                assert_eq!(ben.holds("order", quote.derived("order")), order);
                assert_eq!(ada.field("opportunity", shop.sale, "state"), if order { "won" } else { "open" });
            },
        );
    }
}

/// An offer that expires on Tuesday.
fn until_tuesday(world: &World, ada: &Phone) -> (Shop, RecordId) {
    let shop = world.shop(ada);
    let quote = shop.quote(ada);
    ada.set("quote", quote, json!({ "expires_on": "2026-03-03" }));
    ada.act("quote", quote, "activate", json!({}));
    (shop, quote)
}

#[test]
fn inv_39_an_order_taken_in_time_counts_whenever_it_arrives() {
    in_both_orders(
        until_tuesday,
        |world, (shop, quote), ada, ben| {
            ada.act("quote", *quote, "create_order", json!({}));
            ben.set("opportunity", shop.sale, json!({ "description": "They will call" }));
            world.pass(5 * DAY_MS, &[ada, ben]);
        },
        |_, (_, quote), ada, ben| {
            assert_eq!(place(ada, "quote", *quote), "won/won");
            assert!(ada.told("INV-39").is_empty() && ben.told("INV-39").is_empty());
        },
    );
}

#[test]
fn inv_39_an_order_after_the_last_day_waits_whatever_the_phone_s_clock_says() {
    for (choice, state) in [("confirm", "won"), ("refuse", "active")] {
        in_both_orders(
            until_tuesday,
            |world, (shop, quote), ada, ben| {
                world.pass(3 * DAY_MS, &[ada, ben]);
                ada.clock.advance(-2 * DAY_MS);
                ada.act("quote", *quote, "create_order", json!({}));
                ada.set("order", quote.derived("order"), json!({ "requested_delivery": "2026-04-01" }));
                ben.set("opportunity", shop.sale, json!({ "description": "They will call" }));
            },
            |world, (shop, quote), ada, ben| {
                assert_eq!(ada.field("quote", *quote, "state"), "active");
                assert_eq!(ada.field("opportunity", shop.sale, "state"), "open");
                assert!(!ben.holds("order", quote.derived("order")));
                assert_eq!((ada.told("INV-39").len(), ben.told("INV-39").len()), (1, 0));
                answer(world, "INV-39", choice, &[ada, ben]);
                assert_eq!(ben.field("quote", *quote, "state"), state, "{choice}");
                assert_eq!(ben.holds("order", quote.derived("order")), choice == "confirm");
                let order = ben.sees("order", quote.derived("order"));
                assert_eq!(order["requested_delivery"], "2026-04-01", "what was typed into it meanwhile is kept");
                assert_eq!(ada.field("opportunity", shop.sale, "state"), if choice == "confirm" { "won" } else { "open" });
            },
        );
    }
}

#[test]
fn inv_39_a_confirmed_order_stands_against_what_was_done_to_its_offer_while_it_waited() {
    in_both_orders(
        until_tuesday,
        |world, (_, quote), ada, ben| {
            world.pass(3 * DAY_MS, &[ada, ben]);
            ada.clock.advance(-2 * DAY_MS);
            ada.act("quote", *quote, "create_order", json!({}));
            ben.act("quote", *quote, "revise", json!({}));
        },
        |world, (_, quote), ada, ben| {
            assert_eq!(ada.field("quote", *quote, "state"), "closed");
            answer(world, "INV-39", "confirm", &[ada, ben]);
            assert_eq!(place(ada, "quote", *quote), "won/won");
            assert_eq!(place(ben, "quote", quote.derived("revision")), "closed/canceled");
            assert!(ben.holds("order", quote.derived("order")));
        },
    );
}

#[test]
fn inv_39_a_confirmed_order_is_still_a_possible_second_one() {
    let world = World::new();
    let [ada, ben] = ["Ada", "Ben"].map(|person| world.phone(person));
    let (shop, quote) = until_tuesday(&world, &ada);
    let other = shop.offer(&ada);
    world.level(&[&ada, &ben]);
    world.pass(3 * DAY_MS, &[&ada, &ben]);
    ada.clock.advance(-2 * DAY_MS);
    ada.act("quote", quote, "create_order", json!({}));
    ben.act("quote", other, "create_order", json!({}));
    world.level(&[&ada, &ben]);

    answer(&world, "INV-39", "confirm", &[&ada, &ben]);
    assert_eq!(ada.field("quote", quote, "state"), "active", "Ben's order came in between");
    answer(&world, "INV-36", "keep_both", &[&ada, &ben]);

    assert_eq!([quote, other].map(|quote| ben.field("quote", quote, "state")), ["won", "won"]);
}

#[test]
fn inv_38_whoever_looks_after_the_sale_says_which_of_the_two_offers_holds() {
    for (choice, first) in [("order", "won"), ("offer", "closed")] {
        in_both_orders(
            |world, ada| {
                let shop = world.shop(ada);
                let quote = shop.offer(ada);
                (shop, quote)
            },
            |_, (_, quote), ada, ben| {
                ada.act("quote", *quote, "create_order", json!({}));
                ben.act("quote", *quote, "revise", json!({}));
                ben.act("quote", quote.derived("revision"), "activate", json!({}));
            },
            |world, (_, quote), ada, ben| {
                let item = ada.book.review().unwrap().into_iter().find(|item| item.rule == "INV-38").unwrap();
                assert!(ben.book.review().unwrap().is_empty(), "it is not Ben's sale");
                let args = json!({ "item": item.id.to_string(), "choice": choice });
                let refused = ben.try_act("quote", item.record.id, "decide", args).unwrap_err();
                assert_eq!(refused.code(), "decide.permission");

                ada.book.decide(item.id, choice, None).unwrap();

                world.level(&[ada, ben]);
                world.assert_agreement(&[ada, ben]);
                assert_eq!(ben.field("quote", *quote, "state"), first, "{choice}");
            },
        );
    }
}
