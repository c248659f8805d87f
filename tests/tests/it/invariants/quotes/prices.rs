//! What an offer costs, and in which currency: INV-29, INV-30, INV-40.

use crate::invariants::in_both_orders;
use fieldbook_device::Query;
use fieldbook_domain::action::Records;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::raw::{Outcome, Raw};
use fieldbook_tests::world::{MINUTE_MS, World, refer};
use serde_json::json;

#[test]
fn inv_29_a_header_keeps_the_currency_its_lines_are_in() {
    in_both_orders(
        World::shop,
        |world, shop, ada, ben| {
            ada.set("opportunity", shop.sale, shop.in_pounds());
            world.pass(MINUTE_MS, &[ben]);
            shop.add(ben, ("opportunity", shop.sale), shop.hose, "4", "ben");
        },
        |_, shop, ada, ben| {
            let sale = ben.sees("opportunity", shop.sale);
            assert_eq!((&sale["pricing"]["currency"], &sale["total_amount"]), (&json!("EUR"), &json!("49.4")));
            let told = ada.told("INV-29");
            assert_eq!((told.len(), ben.told("INV-29").len()), (1, 0));
            assert_eq!((told[0].outcome, told[0].salvage.as_str()), (Outcome::Rejected, "new_quote"));
            let kept = serde_json::to_string(&ada.book.alternatives("opportunity", shop.sale).unwrap()).unwrap();
            assert!(kept.contains("GBP"), "{kept}");
        },
    );
}

#[test]
fn inv_29_lines_follow_a_new_list_of_the_same_currency() {
    in_both_orders(
        World::shop,
        |world, shop, ada, ben| {
            ada.set("opportunity", shop.sale, json!({ "pricing": { "currency": "EUR", "price_list": shop.more_euros } }));
            world.pass(MINUTE_MS, &[ben]);
            shop.add(ben, ("opportunity", shop.sale), shop.hose, "4", "hose");
            shop.add(ben, ("opportunity", shop.sale), shop.clamp, "4", "clamp");
        },
        |_, shop, ada, ben| {
            let sale = ben.sees("opportunity", shop.sale);
            assert_eq!(sale["pricing"]["price_list"], shop.more_euros.to_string(), "the change stands");
            let line = |product: RecordId| {
                let lines = sale["lines"].as_array().unwrap().iter();
                lines.clone().find(|line| line["product"] == product.to_string()).cloned().unwrap()
            };
            assert_eq!(line(shop.hose)["unit_price"], "11");
            assert_eq!(line(shop.clamp)["pricing_error"], 11, "what the new list lacks says so");
            let told = [ada.told("INV-29"), ben.told("INV-29")];
            assert!(told[0].is_empty() != told[1].is_empty(), "the second author is told");
            assert!(told.iter().flatten().all(|decision| decision.outcome == Outcome::Adjusted));
        },
    );
}

struct Nothing;

impl Records for Nothing {
    fn raw(&self, _: &RecordRef) -> Option<Raw> {
        None
    }

    fn referring(&self, _: &str, _: &str, _: &str) -> Vec<RecordRef> {
        Vec::new()
    }
}

#[test]
fn inv_30_a_typed_estimate_stands_beside_another_total_and_is_nobody_s_conflict() {
    in_both_orders(
        |world, ada| {
            let shop = world.shop(ada);
            ada.set("opportunity", shop.sale, json!({ "est_value": { "system_calculated": true } }));
            shop
        },
        |_, shop, ada, ben| {
            ada.set("opportunity", shop.sale, json!({ "est_value": { "amount": "50000", "system_calculated": false } }));
            shop.add(ben, ("opportunity", shop.sale), shop.hose, "4", "ben");
        },
        |world, shop, ada, ben| {
            let sale = ben.sees("opportunity", shop.sale);
            assert_eq!((&sale["est_value"]["amount"], &sale["total_amount"]), (&json!("50000"), &json!("49.4")));
            let kind = fieldbook_domain::record::find("opportunity").unwrap();
            let flags = fieldbook_domain::constraint::flags(kind, shop.sale, &sale, &Nothing);
            assert_eq!(flags.iter().map(|flag| flag.rule).collect::<Vec<_>>(), ["INV-30"], "it is shown beside the record");
            let told: Vec<_> = world.decisions().into_iter().filter(|decision| decision.record.id == shop.sale).collect();
            assert!(told.is_empty(), "nobody is told: {told:?}");
            assert!(ada.told("INV-30").is_empty());
        },
    );
}

#[test]
fn inv_40_a_sale_keeps_the_currency_its_quote_was_made_in() {
    in_both_orders(
        World::shop,
        |_, shop, ada, ben| {
            ada.set("opportunity", shop.sale, shop.in_pounds());
            let _ = shop.quote(ben);
        },
        |_, shop, ada, ben| {
            assert_eq!(ben.field("opportunity", shop.sale, "pricing")["price_list"], shop.euros.to_string());
            let quotes = ada.book.list(&Query::of("quote")).unwrap();
            assert_eq!((quotes.len(), &quotes[0]["total_amount"]), (1, &json!("98.8")));
            let told = ada.told("INV-40");
            assert_eq!((told.len(), ben.told("INV-40").len()), (1, 0));
            assert_eq!((told[0].outcome, told[0].salvage.as_str()), (Outcome::Rejected, "new_quote"));
            let pounds = shop.in_pounds();
            let refused = ada.try_set("opportunity", shop.sale, pounds).unwrap_err();
            assert_eq!(refused.code(), "pricing.currency", "who knows is refused on the phone");
        },
    );
}

#[test]
fn inv_40_an_invoice_settles_no_order_in_another_currency() {
    in_both_orders(
        |world, ada| {
            let shop = world.shop(ada);
            let customer = refer("account", shop.customer);
            let order = ada.create("order", json!({ "name": "Hoses", "customer": customer, "pricing": { "currency": "EUR" } }));
            let invoice = ada.create("invoice", json!({ "name": "Hoses", "customer": customer }));
            (shop, order, invoice)
        },
        |_, (shop, order, invoice), ada, ben| {
            ada.set("invoice", *invoice, json!({ "order": order }));
            ben.set("invoice", *invoice, shop.in_pounds());
            let refused = ben.try_set("invoice", *invoice, json!({ "order": order })).unwrap_err();
            assert_eq!(refused.code(), "pricing.order", "who sees both is refused on the phone");
        },
        |_, (_, order, invoice), ada, ben| {
            let shown = ada.sees("invoice", *invoice);
            let settles = shown.get("order") == Some(&json!(order));
            assert_ne!(settles, shown["pricing"]["currency"] == "GBP", "one of the two stands");
            assert_eq!(ada.told("INV-40").len() + ben.told("INV-40").len(), 1, "and whose did not is told");
        },
    );
}
