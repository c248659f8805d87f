//! Opportunities: INV-23, INV-25, INV-26, INV-27, INV-31.

use super::{account, in_both_orders, in_both_orders_of, opportunity};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::raw::Outcome;
use fieldbook_tests::world::{DAY_MS, MINUTE_MS, Phone, World, refer};
use serde_json::json;

#[test]
fn inv_25_a_win_stands_against_a_loss_claimed_within_a_week() {
    in_both_orders(
        |_, ada| opportunity(ada),
        |_, sale, ada, ben| {
            ada.act("opportunity", *sale, "win", json!({"actual_value": "48000"}));
            ben.act("opportunity", *sale, "lose", json!({"reason": "canceled"}));
        },
        |_, sale, ada, ben| {
            assert_eq!(ben.field("opportunity", *sale, "state"), "won");
            assert_eq!(ben.field("opportunity", *sale, "actual_value"), "48000");
            assert_eq!((ada.told("INV-25").len(), ben.told("INV-25").len()), (1, 1), "both are told");
            let decision = &ben.told("INV-25")[0];
            assert_eq!(decision.outcome, Outcome::Rejected);
            assert_eq!(decision.lost["args"]["reason"], "canceled", "Ben's reason is kept");
            let offered = [ada, ben].map(|phone| phone.told("INV-25")[0].salvage.clone());
            assert_eq!(offered, ["", ""], "a rep does not open what was won");
        },
    );
}

#[test]
fn inv_25_a_win_claimed_more_than_a_week_from_the_loss_is_held_for_the_manager() {
    in_both_orders(
        |_, ada| opportunity(ada),
        |world, sale, ada, ben| {
            ben.act("opportunity", *sale, "lose", json!({"reason": "canceled"}));
            world.pass(8 * DAY_MS, &[ada, ben]);
            ada.act("opportunity", *sale, "win", json!({"actual_value": "48000"}));
        },
        |world, sale, ada, ben| {
            assert_eq!(ada.field("opportunity", *sale, "state"), "lost", "the loss stands until somebody decides");
            let maya = world.phone("Maya");
            let held = maya.told("INV-25");
            assert_eq!(held.len(), 1, "the manager is told");
            assert_eq!(held[0].outcome, Outcome::Held);
            assert_eq!(held[0].lost["args"]["actual_value"], "48000");
            assert_eq!((ada.told("INV-25").len(), ben.told("INV-25").len()), (1, 1));
        },
    );
}

/// A sale with an offer that is with the customer.
fn offered(ada: &Phone, list: RecordId) -> (RecordId, RecordId) {
    let sale = opportunity(ada);
    let line = json!([{ "id": sale.derived("line").to_string(), "description": "Pumps", "quantity": { "value": "40" },
                        "price_per_unit": "1250" }]);
    ada.set("opportunity", sale, json!({ "pricing": { "currency": "EUR", "price_list": list }, "lines": line }));
    let quote = ada.act("opportunity", sale, "create_quote", json!({})).derived("quote");
    ada.act("quote", quote, "activate", json!({}));
    (sale, quote)
}

#[test]
fn inv_25_a_win_with_an_order_stands_however_late_it_is_heard_of() {
    in_both_orders_of(
        ["Maya", "Ben"],
        |world, maya| {
            let omar = world.phone("Omar");
            let list = omar.create("price_list", json!({ "name": "2026", "currency": "EUR" }));
            world.level(&[&omar, maya]);
            offered(maya, list)
        },
        |world, (sale, quote), maya, ben| {
            ben.act("quote", *quote, "close", json!({ "reason": "lost", "close_opportunity": true }));
            assert_eq!(ben.field("opportunity", *sale, "state"), "lost");
            world.pass(30 * DAY_MS, &[maya, ben]);
            maya.act("quote", *quote, "create_order", json!({}));
        },
        |_, (sale, quote), maya, ben| {
            assert_eq!(ben.field("opportunity", *sale, "state"), "won");
            assert!(ben.holds("order", quote.derived("order")));
            assert!(ben.told("INV-25").len() + ben.told("INV-38").len() > 0, "Ben is told");
            assert!(maya.told("INV-25").iter().all(|told| told.outcome != Outcome::Held), "nobody has to decide");
        },
    );
}

#[test]
fn inv_25_a_late_win_of_a_sale_that_has_an_order_stands() {
    for ada_first in [true, false] {
        let world = World::new();
        let [ada, ben, omar] = ["Ada", "Ben", "Omar"].map(|person| world.phone(person));
        let sale = opportunity(&ada);
        let customer = ada.field("opportunity", sale, "customer");
        world.level(&[&ada, &ben]);
        ben.act("opportunity", sale, "lose", json!({"reason": "canceled"}));
        let order = ada.create("order", json!({"name": "Pumps", "customer": customer, "opportunity": sale.to_string()}));
        world.pass(8 * DAY_MS, &[&ada, &ben]);
        ada.act("opportunity", sale, "win", json!({"actual_value": "48000"}));
        let phones = if ada_first { [&ada, &ben] } else { [&ben, &ada] };
        phones.into_iter().for_each(|phone| world.sync(phone));
        world.level(&[&ada, &ben, &omar]);
        world.assert_agreement(&[&ada, &ben, &omar]);
        assert!(omar.holds("order", order));
        assert_eq!(omar.field("opportunity", sale, "state"), "won");
        let decision = &ben.told("INV-25")[0];
        assert_eq!((decision.outcome, &decision.lost["args"]["reason"]), (Outcome::Rejected, &json!("canceled")));
        assert!(omar.book.review().unwrap().is_empty());
    }
}

#[test]
fn inv_25_a_bare_win_that_waits_is_proved_by_the_order_that_comes_after_it() {
    for choice in [None, Some("lost")] {
        let world = World::new();
        let [ada, tablet, ben, maya] = ["Ada", "Ada", "Ben", "Maya"].map(|person| world.phone(person));
        let sale = opportunity(&ada);
        let customer = ada.field("opportunity", sale, "customer");
        world.level(&[&ada, &tablet, &ben, &maya]);
        ben.act("opportunity", sale, "lose", json!({"reason": "canceled"}));
        world.pass(8 * DAY_MS, &[&ada, &tablet, &ben]);
        ada.act("opportunity", sale, "win", json!({"actual_value": "48000"}));
        let _ = tablet.create("order", json!({"name": "Pumps", "customer": customer, "opportunity": sale.to_string()}));
        [&ben, &ada, &maya].into_iter().for_each(|phone| world.sync(phone));
        let item = maya.book.review().unwrap()[0].id;
        if let Some(choice) = choice {
            maya.book.decide(item, choice, None).unwrap();
        }

        world.level(&[&tablet, &ada, &ben, &maya]);

        world.assert_agreement(&[&ada, &tablet, &ben, &maya]);
        assert_eq!(ben.field("opportunity", sale, "state"), "won", "the order is a fact");
        assert!(maya.book.review().unwrap().is_empty(), "the question is settled");
        let refused = maya.told("LIFECYCLE").into_iter().filter(|told| told.message.contains("settled meanwhile")).count();
        assert_eq!(refused, usize::from(choice.is_some()));
    }
}

#[test]
fn inv_25_a_held_win_takes_effect_when_the_manager_says_so_offline_and_not_twice() {
    for choice in ["won", "lost"] {
        let world = World::new();
        let [ada, ben, maya, omar] = ["Ada", "Ben", "Maya", "Omar"].map(|person| world.phone(person));
        let sale = opportunity(&ada);
        world.level(&[&ada, &ben]);
        ben.act("opportunity", sale, "lose", json!({"reason": "canceled"}));
        world.pass(8 * DAY_MS, &[&ada, &ben]);
        ada.act("opportunity", sale, "win", json!({"actual_value": "48000"}));
        world.level(&[&ada, &ben, &maya, &omar]);
        let item = maya.told("INV-25")[0].id.to_string();
        let refused = ada.try_act("opportunity", sale, "decide", json!({"item": item, "choice": "won"})).unwrap_err();
        assert_eq!(refused.code(), "decide.permission", "reps do not decide what is held");

        maya.act("opportunity", sale, "decide", json!({"item": item, "choice": choice}));
        omar.act("opportunity", sale, "decide", json!({"item": item, "choice": "lost"}));
        world.sync(&maya);
        world.sync(&omar);

        world.level(&[&ada, &ben, &maya, &omar]);
        world.assert_agreement(&[&ada, &ben, &maya, &omar]);
        assert_eq!(ada.field("opportunity", sale, "state"), choice, "Maya was heard first");
        let last = &ada.told("INV-25")[0];
        assert!(last.message.contains("Maya decided"), "{}", last.message);
        assert_eq!(omar.told("INV-81").len(), usize::from(choice == "won"), "who decided otherwise is told");
    }
}

#[test]
fn inv_26_two_wins_are_one_and_the_other_value_is_kept() {
    in_both_orders(
        |_, ada| opportunity(ada),
        |_, sale, ada, ben| {
            ada.act("opportunity", *sale, "win", json!({"actual_value": "48000"}));
            ben.act("opportunity", *sale, "win", json!({"actual_value": "50000"}));
        },
        |_, sale, ada, ben| {
            let value = ada.field("opportunity", *sale, "actual_value");
            assert!(value == "48000" || value == "50000");
            let told = ben.told("INV-26");
            assert_eq!((ada.told("INV-26").len(), told.len()), (1, 1));
            assert_eq!(told[0].kept, value);
            assert_ne!(told[0].lost, value);
        },
    );
}

#[test]
fn inv_27_commercial_edits_that_did_not_see_the_win_are_kept_as_proposals() {
    in_both_orders(
        |_, ada| {
            let sale = opportunity(ada);
            let line = ada.add_line(sale, json!({"description": "Pump", "quantity": {"value": "40"}, "price_per_unit": "1250"}));
            (sale, line)
        },
        |world, (sale, _), ada, ben| {
            ada.act("opportunity", *sale, "win", json!({"actual_value": "48000"}));
            world.pass(MINUTE_MS, &[ben]);
            let _ = ben.add_line(*sale, json!({"description": "Hose", "quantity": {"value": "10"}, "price_per_unit": "35"}));
            ben.set("opportunity", *sale, json!({"est_close_date": "2026-04-01", "topic": "Forty pumps and hoses"}));
        },
        |_, (sale, line), ada, ben| {
            let shown = ben.sees("opportunity", *sale);
            assert_eq!(shown["state"], "won");
            assert_eq!(shown["lines"].as_array().unwrap().len(), 1, "the closed opportunity has the lines Ada won it with");
            assert_eq!(shown["lines"][0]["id"], line.to_string());
            assert_eq!(shown["total_amount"], "50000");
            assert_eq!(shown.get("est_close_date"), None);
            assert_eq!(shown["topic"], "Forty pumps and hoses", "what is descriptive lands");
            let told = ben.told("INV-27");
            assert!(!told.is_empty());
            assert!(serde_json::to_string(&told).unwrap().contains("Hose"), "the proposed line is in Ben's inbox");
            assert!(ada.told("INV-27").is_empty());
            let kept = serde_json::to_string(&ben.book.alternatives("opportunity", *sale).unwrap()).unwrap();
            assert!(kept.contains("Hose") && kept.contains("2026-04-01"), "{kept}");
        },
    );
}

#[test]
fn inv_31_a_loss_that_did_not_see_the_reopening_becomes_a_note_and_a_task() {
    for reopened_first in [true, false] {
        let world = World::new();
        let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
        let sale = opportunity(&ada);
        world.level(&[&ada, &ben]);
        ben.act("opportunity", sale, "lose", json!({"reason": "canceled", "description": "confirmed lost"}));
        ada.act("opportunity", sale, "lose", json!({"reason": "canceled"}));
        if !reopened_first {
            world.sync(&ada);
            world.sync(&ben);
        }
        world.pass(DAY_MS, &[&ada]);
        ada.act("opportunity", sale, "reopen", json!({}));

        let order = if reopened_first { [&ada, &ben] } else { [&ben, &ada] };
        for phone in order {
            world.sync(phone);
        }

        world.level(&[&ada, &ben]);
        world.assert_agreement(&[&ada, &ben]);
        assert_eq!(ben.field("opportunity", sale, "state"), "open", "reopen stands");
        assert_eq!(ben.told("INV-31").len(), 1);
        let tasks = ada.book.list(&fieldbook_device::Query::of("task")).unwrap();
        let notes = ada.book.list(&fieldbook_device::Query::of("note")).unwrap();
        assert_eq!((tasks.len(), notes.len()), (1, 1));
        assert_eq!(tasks[0]["owner"], refer("user", ada.user), "the task is the owner's");
        assert!(notes[0]["text"].as_str().unwrap().contains("confirmed lost"));
    }
}

#[test]
fn inv_23_the_customer_is_one_register_an_account_or_a_contact() {
    in_both_orders(
        |_, ada| {
            let sale = ada.create("opportunity", json!({"topic": "Pumps"}));
            (sale, account(ada, "Acme"), ada.create("contact", json!({"last_name": "Lind"})))
        },
        |world, (sale, acme, lind), ada, ben| {
            ada.set("opportunity", *sale, json!({"customer": refer("account", *acme)}));
            world.pass(MINUTE_MS, &[ben]);
            ben.set("opportunity", *sale, json!({"customer": refer("contact", *lind)}));
        },
        |_, (sale, _, lind), ada, ben| {
            assert_eq!(ada.field("opportunity", *sale, "customer"), refer("contact", *lind));
            assert_eq!((ada.told("INV-23").len(), ben.told("INV-23").len()), (1, 1));
        },
    );
}

#[test]
fn a_win_needs_a_customer_and_says_so_offline() {
    let world = World::new();
    let ada = world.phone("Ada");
    let sale = ada.create("opportunity", json!({"topic": "Pumps"}));

    let refused = ada.try_act("opportunity", sale, "win", json!({})).unwrap_err();

    assert_eq!(refused.code(), "opportunity.win.customer");
    assert_eq!(ada.field("opportunity", sale, "state"), "open");
}
