//! Numbers, revisions, and what a customer received: INV-32 to INV-34.

use super::{drafted, offered, place};
use crate::invariants::in_both_orders;
use fieldbook_device::Query;
use fieldbook_tests::world::{MINUTE_MS, World};
use serde_json::json;

#[test]
fn inv_32_the_office_numbers_what_phones_numbered_for_now_and_both_numbers_find_it() {
    in_both_orders(
        World::shop,
        |_, shop, ada, ben| {
            for phone in [ada, ben] {
                let quote = shop.offer(phone);
                let shown = phone.sees("quote", quote);
                assert_eq!(shown["quote_number"], shown["provisional_number"]);
                if phone.user == ada.user {
                    phone.act("quote", quote, "create_order", json!({ "close_opportunity": false }));
                } else {
                    phone.act("quote", quote, "revise", json!({}));
                }
            }
        },
        |_, _, ada, ben| {
            let quotes = ada.book.list(&Query::of("quote")).unwrap();
            let mut called: Vec<(String, i64)> = quotes
                .iter()
                .map(|quote| (quote["quote_number"].as_str().unwrap().to_owned(), quote["revision"].as_i64().unwrap()))
                .collect();
            called.sort();
            let numbers: Vec<&str> = called.iter().map(|(number, _)| number.as_str()).collect();
            assert_eq!(quotes.len(), 3);
            assert!(numbers.contains(&"QUO-000001") && numbers.contains(&"QUO-000002"), "{called:?}");
            called.dedup();
            assert_eq!(called.len(), 3, "a number and a revision name one quote");
            for quote in &quotes {
                for field in ["quote_number", "provisional_number"] {
                    let found = ben.book.list(&Query::of("quote").filter(field, quote[field].clone())).unwrap();
                    assert!(found.iter().any(|found| found["id"] == quote["id"]), "{field} finds it");
                }
            }
            let orders = ben.book.list(&Query::of("order")).unwrap();
            assert_eq!(orders[0]["order_number"], "ORD-000001");
            assert!(orders[0]["provisional_number"].as_str().unwrap().starts_with("O-"));
        },
    );
}

#[test]
fn inv_33_two_revisions_are_one_draft_with_the_lines_of_both() {
    in_both_orders(
        offered,
        |world, (shop, quote), ada, ben| {
            for (phone, many, seed) in [(ada, "12", "ada"), (ben, "60", "ben")] {
                world.pass(MINUTE_MS, &[phone]);
                phone.act("quote", *quote, "revise", json!({}));
                let next = quote.derived("revision");
                shop.quantity(phone, next, many);
                shop.add(phone, ("quote", next), shop.clamp, "1", seed);
            }
        },
        |_, (_, quote), ada, ben| {
            let next = ada.sees("quote", quote.derived("revision"));
            assert_eq!((&next["state"], &next["revision"]), (&json!("draft"), &json!(1)));
            assert_eq!(next["lines"].as_array().unwrap().len(), 3, "the line of the offer and one of each");
            assert_eq!(place(ben, "quote", *quote), "closed/revised");
            assert_eq!(ada.book.list(&Query::of("quote")).unwrap().len(), 2);
            assert_eq!((ada.told("INV-49").len(), ben.told("INV-49").len()), (1, 1), "both changed the quantity, both are told");
            assert_eq!(ada.told("INV-33").len() + ben.told("INV-33").len(), 0, "that both revised is nobody's news");
        },
    );
}

#[test]
fn inv_34_what_the_customer_received_stands_and_concurrent_edits_are_proposals() {
    in_both_orders(
        drafted,
        |world, (shop, quote), ada, ben| {
            ada.act("quote", *quote, "activate", json!({}));
            world.pass(MINUTE_MS, &[ben]);
            shop.quantity(ben, *quote, "60");
            shop.add(ben, ("quote", *quote), shop.clamp, "3", "ben");
            ben.set("quote", *quote, json!({ "discount_percentage": "5" }));
        },
        |_, (_, quote), ada, ben| {
            let shown = ben.sees("quote", *quote);
            assert_eq!((&shown["state"], &shown["total_amount"]), (&json!("active"), &json!("98.8")));
            assert_eq!(shown["lines"].as_array().unwrap().len(), 1);
            assert!(!ada.told("INV-34").is_empty(), "who sent it is told");
            let told = ben.told("INV-34");
            assert!(!told.is_empty() && told.iter().all(|decision| decision.salvage == "revise"));
            let kept = serde_json::to_string(&ben.book.alternatives("quote", *quote).unwrap()).unwrap();
            assert!(kept.contains("60") && kept.contains("discount_percentage"), "{kept}");
            assert!(!ada.holds("quote", quote.derived("revision")), "nothing is revised by itself");
        },
    );
}
