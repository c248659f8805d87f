//! Locked prices, and rates: INV-53, INV-61.

use super::only;
use crate::invariants::{in_both_orders, text};
use fieldbook_domain::raw::Outcome;
use fieldbook_domain::record::price_list::PriceListItem;
use fieldbook_tests::world::{World, object, refer};
use serde_json::json;

#[test]
fn inv_53_prices_somebody_locked_stay_whatever_recalculates_them() {
    in_both_orders(
        |world, ada| {
            let sold = world.sold(ada, "3", "33.33");
            world.sync(ada);
            sold.stock.reprice(world, "40");
            sold
        },
        |_, sold, ada, ben| {
            ada.act("order", sold.order, "lock_pricing", json!({}));
            ben.act("order", sold.order, "recalculate", json!({}));
            assert_eq!(ben.field("order", sold.order, "total_amount"), "120");
        },
        |world, sold, ada, ben| {
            let order = ben.sees("order", sold.order);
            assert_eq!((&order["total_amount"], &order["prices_locked"]), (&json!("99.99"), &json!(true)));
            assert!(ada.told("INV-53").is_empty() && ben.told("INV-53").is_empty(), "nobody need do anything");
            assert!(world.decisions().is_empty(), "{:?}", world.decisions());
            assert_eq!(
                ben.try_act("order", sold.order, "recalculate", json!({})).unwrap_err().code(),
                "order.recalculate.locked"
            );
        },
    );
}

#[test]
fn inv_53_another_price_list_waits_until_the_prices_are_unlocked() {
    let world = World::new();
    let ada = world.phone("Ada");
    let sold = world.sold(&ada, "3", "33.33");
    let list = sold.stock.omar.create("price_list", json!({ "name": "Export", "currency": "EUR" }));
    world.level(&[&sold.stock.omar, &ada]);
    ada.act("order", sold.order, "lock_pricing", json!({}));

    let other = json!({ "pricing": { "currency": "EUR", "price_list": list.to_string() } });
    let refused = ada.try_set("order", sold.order, other).unwrap_err();

    assert_eq!((refused.code(), ada.field("order", sold.order, "total_amount")), ("pricing.locked", text("99.99")));
}

#[test]
fn inv_61_the_office_stamps_the_rate_when_it_takes_money_over_and_not_again_once_the_record_is_closed() {
    in_both_orders(
        |world, ada| {
            let stock = world.stock(ada, "92");
            let euro = stock.omar.create("currency", json!({ "iso_code": "EUR", "exchange_rate": "0.92" }));
            world.level(&[&stock.omar, ada]);
            let quote = |name: &str| {
                let lines = [stock.line(stock.product.derived(name), "1")];
                ada.create("quote", json!({ "name": name, "customer": refer("account", stock.customer), "lines": lines }))
            };
            let quotes = [quote("changed"), quote("sent"), quote("let be")];
            ada.act("quote", quotes[1], "activate", json!({}));
            (stock, euro, quotes)
        },
        |world, (stock, euro, quotes), ada, ben| {
            assert_eq!(ada.field("quote", quotes[0], "total_amount_base"), "100");
            ada.set("quote", quotes[0], json!({ "freight_amount": "8" }));
            ben.set("quote", quotes[0], json!({ "discount_amount": "10" }));
            stock.omar.set("currency", *euro, json!({ "exchange_rate": "0.90" }));
            world.sync(&stock.omar);
        },
        |world, (_, _, quotes), ada, ben| {
            let rates = quotes.map(|quote| ben.field("quote", quote, "exchange_rate"));
            assert_eq!(rates, ["0.9", "0.92", "0.92"].map(text), "money moved on the first alone");
            assert_eq!(ben.field("quote", quotes[0], "total_amount_base"), "100");
            ada.act("quote", quotes[2], "activate", json!({}));
            assert_eq!(ada.field("quote", quotes[2], "exchange_rate"), "0.92", "the phone estimates");
            world.level(&[ada, ben]);
            assert_eq!(ben.field("quote", quotes[2], "exchange_rate"), "0.9", "it is stamped when it closes");
            let told = world.decisions();
            assert!(told.iter().all(|decision| decision.rule == "INV-16"), "only the discount is anybody's news: {told:?}");
            world.assert_agreement(&[ada, ben]);
        },
    );
}

#[test]
fn inv_53_a_lock_stands_against_another_price_list_and_its_prices() {
    in_both_orders(
        |world, ada| {
            let sold = world.sold(ada, "3", "33.33");
            let (omar, stock) = (&sold.stock.omar, &sold.stock);
            let list = omar.create("price_list", json!({ "name": "Export", "currency": "EUR" }));
            let item = object(json!({ "price_list": list, "product": stock.product, "unit": stock.unit, "amount": "40" }));
            let id = PriceListItem::id_of(list, stock.product, stock.unit);
            omar.book.bundle(move |bundle| bundle.create("price_list_item", Some(id), item)).unwrap();
            world.level(&[omar, ada]);
            (sold, list)
        },
        |_, (sold, list), ada, ben| {
            ada.act("order", sold.order, "lock_pricing", json!({}));
            ben.set("order", sold.order, json!({ "pricing": { "currency": "EUR", "price_list": list.to_string() } }));
            assert_eq!(ben.field("order", sold.order, "total_amount"), "120");
        },
        |_, (sold, list), ada, ben| {
            let order = ben.sees("order", sold.order);
            assert_eq!((&order["total_amount"], &order["prices_locked"]), (&json!("99.99"), &json!(true)));
            assert_eq!(order["pricing"]["price_list"], sold.stock.list.to_string());
            let told = only(ben.told("INV-53"));
            assert_eq!((told.outcome, &told.lost["price_list"]), (Outcome::Adjusted, &json!(list.to_string())));
            assert!(ada.told("INV-53").is_empty());
            let kept = serde_json::to_string(&ben.book.alternatives("order", sold.order).unwrap()).unwrap();
            assert!(kept.contains(&list.to_string()), "{kept}");
        },
    );
}
