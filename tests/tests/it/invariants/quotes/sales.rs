//! An offer and the sale it belongs to: INV-28.

use super::{answer, drafted, offered, place};
use crate::invariants::in_both_orders;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::raw::Outcome;
use serde_json::json;

#[test]
fn inv_28_a_loss_that_did_not_see_an_offer_go_out_waits_for_the_manager() {
    in_both_orders(
        drafted,
        |_, (shop, quote), ada, ben| {
            ada.act("opportunity", shop.sale, "lose", json!({ "reason": "canceled", "quotes": "close" }));
            ben.act("quote", *quote, "activate", json!({}));
        },
        |world, (shop, quote), ada, ben| {
            assert_eq!(ada.field("opportunity", shop.sale, "state"), "open");
            assert_eq!(ada.field("quote", *quote, "state"), "active", "the loss closes nothing while it waits");
            let told = ada.told("INV-28");
            assert_eq!((told.len(), ben.told("INV-28").len()), (1, 0), "who gave it up is told");
            assert_eq!(told[0].outcome, Outcome::Held);
            assert!(told[0].message.contains("QUO-000001 revision 0 went out on 2026-03-02"), "{}", told[0].message);
            assert_eq!(world.phone("Maya").held("INV-28").lost["args"]["reason"], "canceled");
        },
    );
}

#[test]
fn inv_28_a_held_loss_is_settled_by_either_answer() {
    for (choice, sale, quote) in [("lost", "lost/canceled", "closed"), ("open", "open/in_progress", "active")] {
        in_both_orders(
            drafted,
            |_, (shop, quote), ada, ben| {
                ada.act("opportunity", shop.sale, "lose", json!({ "reason": "canceled", "quotes": "close" }));
                ben.act("quote", *quote, "activate", json!({}));
            },
            |world, (shop, id), ada, ben| {
                answer(world, "INV-28", choice, &[ada, ben]);
                assert_eq!(place(ada, "opportunity", shop.sale), sale);
                assert_eq!(ben.field("quote", *id, "state"), quote);
            },
        );
    }
}

#[test]
fn inv_28_an_offer_of_a_sale_that_was_won_with_another_one_is_superseded() {
    in_both_orders(
        offered,
        |_, (shop, quote), ada, ben| {
            ada.act("quote", *quote, "create_order", json!({}));
            let other = shop.offer(ben);
            ben.set("opportunity", shop.sale, json!({ "pain_points": other.to_string() }));
        },
        |_, (shop, quote), ada, ben| {
            let other: RecordId = ben.field("opportunity", shop.sale, "pain_points").as_str().unwrap().parse().unwrap();
            assert_eq!(ada.field("opportunity", shop.sale, "state"), "won");
            assert_eq!(place(ada, "quote", *quote), "won/won");
            assert_eq!(place(ada, "quote", other), "closed/canceled");
            assert_eq!((ben.told("INV-28").len(), ada.told("INV-28").len()), (1, 0), "whose offer it was is told");
            assert!(ben.told("INV-28")[0].message.contains("superseded"));
        },
    );
}

#[test]
fn inv_28_an_offer_sent_while_its_sale_was_won_closes_with_it() {
    in_both_orders(
        drafted,
        |_, (shop, quote), ada, ben| {
            ada.act("opportunity", shop.sale, "win", json!({ "quotes": "close" }));
            ben.act("quote", *quote, "activate", json!({}));
        },
        |_, (shop, quote), ada, ben| {
            assert_eq!(place(ada, "opportunity", shop.sale), "won/won");
            assert_eq!(place(ben, "quote", *quote), "closed/canceled");
            assert_eq!((ben.told("INV-28").len(), ada.told("INV-28").len()), (1, 0));
        },
    );
}
