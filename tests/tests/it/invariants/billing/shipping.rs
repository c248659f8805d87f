//! What leaves the house, and what is canceled of an order: INV-50 to INV-52.

use super::only;
use crate::invariants::{in_both_orders, text};
use fieldbook_domain::raw::Outcome;
use fieldbook_tests::world::{World, refer};
use serde_json::json;

#[test]
fn inv_50_a_line_added_to_an_order_that_shipped_meanwhile_is_offered_as_a_new_order() {
    in_both_orders(
        |world, ada| world.sold(ada, "10", "10"),
        |_, sold, ada, ben| {
            sold.ships(ada, "4");
            sold.adds_a_line(ben).unwrap();
        },
        |world, sold, ada, ben| {
            let order = ben.sees("order", sold.order);
            assert_eq!((order["lines"].as_array().unwrap().len(), &order["state"]), (1, &text("fulfilled")));
            assert_eq!(order["total_amount"], "100");
            let told = only(ben.told("INV-50"));
            assert_eq!((told.outcome, told.salvage.as_str()), (Outcome::Rejected, "new_order"));
            assert!(serde_json::to_string(&told.lost).unwrap().contains(&sold.stock.product.to_string()), "the line is kept");
            assert!(ada.told("INV-50").is_empty() && world.phone("Maya").told("INV-50").is_empty());
        },
    );
}

#[test]
fn inv_50_a_line_added_to_an_order_of_which_a_part_was_canceled_is_put_back() {
    in_both_orders(
        |world, ada| world.sold(ada, "10", "10"),
        |_, sold, ada, ben| {
            ada.act("order", sold.order, "cancel_remaining", json!({ "line": sold.line.to_string(), "quantity": "4" }));
            assert!(sold.adds_a_line(ada).is_err());
            sold.adds_a_line(ben).unwrap();
        },
        |_, sold, ada, ben| {
            let order = ben.sees("order", sold.order);
            assert_eq!((order["lines"].as_array().unwrap().len(), &order["state"]), (1, &text("active")));
            assert_eq!((ada.told("INV-50").len(), ben.told("INV-50").len()), (0, 1));
        },
    );
}

#[test]
fn inv_50_a_line_added_to_an_order_that_was_billed_meanwhile_is_put_back() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let sold = world.sold(&ada, "10", "10");
    world.level(&[&ada, &ben]);
    let invoice = sold.bills(&ada, "6");
    world.issue(&ada, invoice).unwrap();
    sold.adds_a_line(&ben).unwrap();

    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);

    assert_eq!(ben.field("order", sold.order, "lines").as_array().unwrap().len(), 1);
    assert_eq!((ada.told("INV-50").len(), only(ben.told("INV-50")).salvage.as_str()), (0, "new_order"));
    let refused = sold.adds_a_line(&ben).unwrap_err();
    assert_eq!(refused.code(), "order.lines", "who knows is told at once");
}

#[test]
fn inv_51_goods_that_left_twice_are_both_recorded_and_the_owner_is_told_once() {
    in_both_orders(
        |world, ada| world.sold(ada, "10", "10"),
        |_, sold, ada, ben| {
            sold.ships(ada, "6");
            sold.ships(ben, "6");
        },
        |world, sold, ada, ben| {
            let order = ben.sees("order", sold.order);
            let line = &order["lines"][0];
            assert_eq!((&line["quantity_shipped"], &line["quantity_overshipped"]), (&json!("12"), &json!("2")));
            assert_eq!(order["fulfilment_status"], "complete");
            let told = only(ada.told("INV-51"));
            assert_eq!((told.outcome, &told.kept), (Outcome::Adjusted, &json!("2")));
            assert!(ben.told("INV-51").is_empty() && world.phone("Maya").told("INV-51").is_empty());
        },
    );
}

#[test]
fn inv_51_who_ships_the_rest_ships_what_was_left_where_they_stood() {
    in_both_orders(
        |world, ada| world.sold(ada, "10", "10"),
        |_, sold, ada, ben| {
            sold.ships(ada, "6");
            ben.act("order", sold.order, "fulfil", json!({}));
        },
        |_, sold, ada, ben| {
            let line = ben.sees("order", sold.order)["lines"][0].clone();
            assert_eq!((&line["quantity_shipped"], &line["quantity_overshipped"]), (&json!("16"), &json!("6")));
            assert_eq!((ada.told("INV-51").len(), ben.told("INV-51").len()), (1, 0));
        },
    );
}

#[test]
fn inv_52_a_shipment_or_an_invoice_beats_a_cancellation_that_did_not_see_it() {
    for fact in ["ship", "fulfil", "create_invoice"] {
        in_both_orders(
            |world, ada| world.sold(ada, "10", "10"),
            |_, sold, ada, ben| {
                match fact {
                    "ship" => sold.ships(ada, "4"),
                    verb => drop(ada.act("order", sold.order, verb, json!({}))),
                }
                ben.act("order", sold.order, "cancel", json!({}));
            },
            |world, sold, ada, ben| {
                let state = if fact == "create_invoice" { "active" } else { "fulfilled" };
                assert_eq!(ada.field("order", sold.order, "state"), state);
                let told = only(ben.told("INV-52"));
                let left = match fact {
                    "ship" => json!({ sold.line.to_string(): "6" }),
                    "fulfil" => json!({}),
                    _ => json!({ sold.line.to_string(): "10" }),
                };
                assert_eq!((told.outcome, &told.kept["cancel_remaining"]), (Outcome::Rejected, &left));
                assert!(ada.told("INV-52").is_empty());
                if fact == "ship" {
                    world.wait(ben.book.salvage(told.id, None)).unwrap();
                    world.level(&[ben, ada]);
                    assert_eq!(
                        ada.sees("order", sold.order)["lines"][0]["quantity_backordered"],
                        "0",
                        "one tap cancels what is left"
                    );
                }
            },
        );
    }
}

#[test]
fn inv_52_what_left_is_not_canceled_with_the_rest() {
    for ship in ["ship", "fulfil"] {
        in_both_orders(
            |world, ada| world.sold(ada, "10", "10"),
            |_, sold, ada, ben| {
                if ship == "ship" {
                    sold.ships(ada, "6");
                } else {
                    ada.act("order", sold.order, "fulfil", json!({}));
                }
                ben.act("order", sold.order, "cancel_remaining", json!({}));
            },
            |_, sold, _, ben| {
                let line = ben.sees("order", sold.order)["lines"][0].clone();
                let shown = ["quantity_shipped", "quantity_cancelled", "quantity_backordered"].map(|name| line[name].clone());
                let expected =
                    if ship == "ship" { [json!("6"), json!("4"), json!("0")] } else { [json!("10"), json!(null), json!("0")] };
                assert_eq!(shown, expected);
                assert_eq!(ben.told("INV-52").len(), usize::from(ship == "fulfil"));
            },
        );
    }
}

#[test]
fn inv_52_an_invoice_is_filed_under_no_order_that_was_canceled() {
    in_both_orders(
        |world, ada| {
            let sold = world.sold(ada, "10", "10");
            let invoice = ada.create("invoice", json!({ "name": "Pumps", "customer": refer("account", sold.stock.customer) }));
            (sold, invoice)
        },
        |_, (sold, invoice), ada, ben| {
            ada.act("order", sold.order, "cancel", json!({}));
            let refused = ada.try_set("invoice", *invoice, json!({ "order": sold.order })).unwrap_err();
            assert_eq!(refused.code(), "invoice.order", "who knows is told at once");
            ben.set("invoice", *invoice, json!({ "order": sold.order }));
        },
        |_, (sold, invoice), ada, ben| {
            let filed = !ben.field("invoice", *invoice, "order").is_null();
            let canceled = ada.field("order", sold.order, "state") == "canceled";
            assert!(filed != canceled, "one of the two stands");
            let told = [ada, ben].map(|phone| phone.told("INV-52").len());
            assert_eq!(told, if filed { [1, 0] } else { [1, 1] }, "whoever is overruled is told, and whose invoice it is");
        },
    );
}
