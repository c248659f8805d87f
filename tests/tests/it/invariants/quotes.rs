//! Quotes and what comes of them: INV-28, INV-29, INV-30, INV-32 to INV-40.

use super::in_both_orders;
use fieldbook_device::Query;
use fieldbook_domain::action::Records;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::Decision;
use fieldbook_domain::raw::{Outcome, Raw};
use fieldbook_domain::record::price_list::PriceListItem;
use fieldbook_tests::world::{DAY_MS, MINUTE_MS, Phone, World, object, refer};
use serde_json::{Value, json};

/// A product in two lists of euros and one of pounds, and a sale of it.
struct Shop {
    hose: RecordId,
    /// Only in the first list.
    clamp: RecordId,
    unit: RecordId,
    euros: RecordId,
    more_euros: RecordId,
    pounds: RecordId,
    customer: RecordId,
    sale: RecordId,
}

fn shop(world: &World, ada: &Phone) -> Shop {
    let omar = world.phone("Omar");
    let unit = omar.create("unit", json!({ "name": "Piece" }));
    let product = |name: &str| omar.create("product", json!({ "name": name, "default_unit": unit, "quantity_decimals": 0 }));
    let (hose, clamp) = (product("Hose"), product("Clamp"));
    let list = |name: &str, currency: &str| omar.create("price_list", json!({ "name": name, "currency": currency }));
    let (euros, more_euros, pounds) = (list("2026", "EUR"), list("2026 south", "EUR"), list("Britain", "GBP"));
    for (list, product, amount) in
        [(euros, hose, "12.35"), (euros, clamp, "2"), (more_euros, hose, "11"), (pounds, hose, "10"), (pounds, clamp, "1.5")]
    {
        let item = json!({ "price_list": list, "product": product, "unit": unit, "amount": amount });
        let id = PriceListItem::id_of(list, product, unit);
        let item = object(item);
        omar.book.bundle(move |bundle| bundle.create("price_list_item", Some(id), item)).unwrap();
    }
    let customer = omar.create("account", json!({ "name": "Globex", "default_price_list": euros }));
    world.level(&[&omar, ada]);
    let pricing = json!({ "currency": "EUR", "price_list": euros });
    let fields = json!({ "topic": "Hoses", "customer": refer("account", customer), "pricing": pricing });
    let sale = ada.create("opportunity", fields);
    Shop { hose, clamp, unit, euros, more_euros, pounds, customer, sale }
}

impl Shop {
    /// A line of so many of a product, under an id of its own.
    fn line(&self, product: RecordId, many: &str, seed: &str) -> Value {
        json!({ "id": product.derived(seed), "product": product, "quantity": { "value": many, "unit": self.unit } })
    }

    fn add(&self, phone: &Phone, target: (&str, RecordId), product: RecordId, many: &str, seed: &str) {
        let mut lines = phone.field(target.0, target.1, "lines").as_array().cloned().unwrap_or_default();
        lines.push(self.line(product, many, seed));
        phone.set(target.0, target.1, json!({ "lines": lines }));
    }

    /// A draft of eight hoses of the sale.
    fn quote(&self, phone: &Phone) -> RecordId {
        let quote = phone.act("opportunity", self.sale, "create_quote", json!({})).derived("quote");
        self.add(phone, ("quote", quote), self.hose, "8", &quote.to_string());
        quote
    }

    /// The same, sent.
    fn offer(&self, phone: &Phone) -> RecordId {
        let quote = self.quote(phone);
        phone.act("quote", quote, "activate", json!({}));
        quote
    }

    fn quantity(&self, phone: &Phone, quote: RecordId, many: &str) {
        let mut lines = phone.field("quote", quote, "lines");
        lines[0]["quantity"] = json!({ "value": many, "unit": self.unit });
        phone.set("quote", quote, json!({ "lines": lines }));
    }
}

fn place(phone: &Phone, kind: &str, id: RecordId) -> String {
    let body = phone.sees(kind, id);
    let word = |field: &str| body[field].as_str().unwrap_or("").to_owned();
    format!("{}/{}", word("state"), word("status_reason"))
}

/// The one decision of a rule that waits for Maya.
fn held(maya: &Phone, rule: &str) -> Decision {
    let told = maya.told(rule);
    let mut waiting = told.into_iter().filter(|decision| decision.outcome == Outcome::Held);
    let one = waiting.next().unwrap();
    assert!(waiting.next().is_none(), "one question is asked once");
    one
}

/// Maya answers what waits, without a network; then everybody meets.
fn answer(world: &World, rule: &str, choice: &str, phones: &[&Phone]) {
    let maya = world.phone("Maya");
    let item = held(&maya, rule);
    maya.act(&item.record.kind, item.record.id, "decide", json!({ "item": item.id, "choice": choice }));
    world.sync(&maya);
    world.level(phones);
    world.level(&[&maya]);
    world.assert_agreement(phones);
}

#[test]
fn inv_28_a_loss_that_did_not_see_an_offer_go_out_waits_for_the_manager() {
    in_both_orders(
        |world, ada| {
            let shop = shop(world, ada);
            let quote = shop.quote(ada);
            (shop, quote)
        },
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
            assert_eq!(held(&world.phone("Maya"), "INV-28").lost["args"]["reason"], "canceled");
        },
    );
}

#[test]
fn inv_28_a_held_loss_is_settled_by_either_answer() {
    for (choice, sale, quote) in [("lost", "lost/canceled", "closed"), ("open", "open/in_progress", "active")] {
        in_both_orders(
            |world, ada| {
                let shop = shop(world, ada);
                let quote = shop.quote(ada);
                (shop, quote)
            },
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
        |world, ada| {
            let shop = shop(world, ada);
            let quote = shop.offer(ada);
            (shop, quote)
        },
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
        |world, ada| {
            let shop = shop(world, ada);
            let quote = shop.quote(ada);
            (shop, quote)
        },
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

#[test]
fn inv_29_a_header_keeps_the_currency_its_lines_are_in() {
    in_both_orders(
        shop,
        |world, shop, ada, ben| {
            ada.set("opportunity", shop.sale, json!({ "pricing": { "currency": "GBP", "price_list": shop.pounds } }));
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
        shop,
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
            let shop = shop(world, ada);
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
fn inv_32_the_office_numbers_what_phones_numbered_for_now_and_both_numbers_find_it() {
    in_both_orders(
        shop,
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
        |world, ada| {
            let shop = shop(world, ada);
            let quote = shop.offer(ada);
            (shop, quote)
        },
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
        |world, ada| {
            let shop = shop(world, ada);
            let quote = shop.quote(ada);
            (shop, quote)
        },
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

#[test]
fn inv_35_an_offer_of_what_was_on_sale_within_a_week_stands_with_a_note() {
    let world = World::new();
    let (ada, omar) = (world.phone("Ada"), world.phone("Omar"));
    let shop = shop(&world, &ada);
    let quote = shop.quote(&ada);
    world.level(&[&ada, &omar]);
    world.at_office(&omar, "product", shop.hose, "retire").unwrap();
    world.pass(3 * DAY_MS, &[&ada]);
    ada.act("quote", quote, "activate", json!({}));

    world.level(&[&ada]);

    world.assert_agreement(&[&ada]);
    assert_eq!(ada.field("quote", quote, "state"), "active");
    let told = ada.told("INV-35");
    assert_eq!((told.len(), told[0].outcome), (1, Outcome::Adjusted));
    assert!(told[0].message.contains("Hose is no longer on sale"), "{}", told[0].message);
    assert!(world.phone("Maya").told("INV-35").is_empty());
}

#[test]
fn inv_35_an_older_offer_waits_and_is_honoured_as_the_customer_has_it_or_corrected() {
    for (choice, state, total) in [("honour", "active", "98.8"), ("correct", "draft", "741")] {
        let world = World::new();
        let [ada, ben, omar] = ["Ada", "Ben", "Omar"].map(|person| world.phone(person));
        let shop = shop(&world, &ada);
        let quote = shop.quote(&ada);
        world.level(&[&ada, &ben, &omar]);
        world.at_office(&omar, "product", shop.hose, "retire").unwrap();
        world.pass(8 * DAY_MS, &[&ada, &ben]);
        ada.act("quote", quote, "activate", json!({}));
        world.level(&[&ada, &ben]);
        assert_eq!(ada.field("quote", quote, "state"), "draft");
        assert_eq!((ada.told("INV-35").len(), ben.told("INV-35").len()), (1, 0));
        shop.quantity(&ben, quote, "60");
        world.level(&[&ben, &ada]);

        answer(&world, "INV-35", choice, &[&ada, &ben]);

        let shown = ben.sees("quote", quote);
        assert_eq!((&shown["state"], &shown["total_amount"]), (&json!(state), &json!(total)), "{choice}");
        let told = ben.told("INV-34").len();
        assert_eq!(told, usize::from(choice == "honour"), "who edited the draft meanwhile is told");
    }
}

/// Omar gives the hose another price.
fn costs(omar: &Phone, shop: &Shop, amount: &str) {
    let item = PriceListItem::id_of(shop.euros, shop.hose, shop.unit);
    omar.set("price_list_item", item, json!({ "amount": amount }));
}

#[test]
fn inv_35_a_price_that_was_true_within_a_week_stands_with_a_note() {
    for ada_first in [true, false] {
        let world = World::new();
        let (ada, omar) = (world.phone("Ada"), world.phone("Omar"));
        let shop = shop(&world, &ada);
        let quote = shop.quote(&ada);
        world.level(&[&ada, &omar]);
        costs(&omar, &shop, "15");
        world.pass(6 * DAY_MS, &[&ada, &omar]);
        ada.act("quote", quote, "activate", json!({}));
        let order = if ada_first { [&ada, &omar] } else { [&omar, &ada] };
        order.into_iter().for_each(|phone| world.sync(phone));

        world.level(&[&ada, &omar]);

        world.assert_agreement(&[&ada, &omar]);
        let shown = ada.sees("quote", quote);
        assert_eq!((&shown["state"], &shown["total_amount"]), (&json!("active"), &json!("98.8")), "as the customer has it");
        let told = ada.told("INV-35");
        assert_eq!(told.len(), usize::from(!ada_first));
        assert!(told.iter().all(|told| told.outcome == Outcome::Adjusted && told.message.contains("costs 15 now, not 12.35")));
        assert!(world.phone("Maya").told("INV-35").is_empty());
    }
}

#[test]
fn inv_35_a_price_that_was_not_true_for_a_week_waits_and_is_honoured_or_corrected() {
    for (choice, state) in [("honour", "active"), ("correct", "draft")] {
        for moved_again in [true, false] {
            let world = World::new();
            let (ada, omar) = (world.phone("Ada"), world.phone("Omar"));
            let shop = shop(&world, &ada);
            let quote = shop.quote(&ada);
            world.level(&[&ada, &omar]);
            costs(&omar, &shop, "15");
            world.sync(&omar);
            world.pass(8 * DAY_MS, &[&ada, &omar]);
            if moved_again {
                costs(&omar, &shop, "16");
                world.sync(&omar);
                world.pass(DAY_MS, &[&ada, &omar]);
            }
            ada.act("quote", quote, "activate", json!({}));
            world.level(&[&ada, &omar]);
            assert_eq!(ada.field("quote", quote, "state"), "draft");
            assert_eq!(ada.told("INV-35")[0].outcome, Outcome::Held);

            answer(&world, "INV-35", choice, &[&ada, &omar]);

            let shown = ada.sees("quote", quote);
            assert_eq!((&shown["state"], &shown["total_amount"]), (&json!(state), &json!("98.8")), "{choice}");
        }
    }
}

#[test]
fn inv_35_a_customer_who_is_gone_is_the_manager_s_to_decide() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let shop = shop(&world, &ada);
    let quote = shop.quote(&ada);
    world.level(&[&ada, &ben]);
    ben.act("account", shop.customer, "deactivate", json!({}));
    world.sync(&ben);
    ada.act("quote", quote, "activate", json!({}));

    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ada.field("quote", quote, "state"), "draft");
    assert!(held(&world.phone("Maya"), "INV-35").message.contains("Globex is no longer active"));
}

#[test]
fn inv_35_what_was_built_on_an_offer_that_waits_goes_its_way() {
    for (choice, quote_state, sale_state) in [("honour", "won", "won"), ("correct", "draft", "open")] {
        let world = World::new();
        let [ada, ben, omar] = ["Ada", "Ben", "Omar"].map(|person| world.phone(person));
        let shop = shop(&world, &ada);
        let quote = shop.quote(&ada);
        world.level(&[&ada, &ben, &omar]);
        world.at_office(&omar, "product", shop.hose, "retire").unwrap();
        world.pass(8 * DAY_MS, &[&ada, &ben]);
        ada.act("quote", quote, "activate", json!({}));
        ada.act("quote", quote, "create_order", json!({}));
        let order = quote.derived("order");
        ada.act("order", order, "fulfil", json!({}));
        let invoice = ada.act("order", order, "create_invoice", json!({})).derived("invoice");
        world.level(&[&ada, &ben]);
        world.assert_agreement(&[&ada, &ben]);
        assert_eq!(
            (place(&ada, "quote", quote), place(&ben, "opportunity", shop.sale)),
            ("draft/in_progress".into(), "open/in_progress".into())
        );
        assert!(!ben.holds("order", order) && !ben.holds("invoice", invoice), "nothing of it is there while it waits");

        let maya = world.phone("Maya");
        let item = held(&maya, "INV-35");
        maya.act("quote", quote, "decide", json!({ "item": item.id, "choice": choice }));
        world.level(&[&maya, &ada, &ben]);

        world.assert_agreement(&[&ada, &ben]);
        assert_eq!(ben.field("quote", quote, "state"), quote_state);
        assert_eq!(ben.field("opportunity", shop.sale, "state"), sale_state);
        let there = choice == "honour";
        assert_eq!((ben.holds("order", order), ben.holds("invoice", invoice)), (there, there), "{choice}");
        assert_eq!(ben.field("order", order, "state"), if there { "fulfilled" } else { "active" });
    }
}

fn two_offers(world: &World, ada: &Phone) -> (Shop, RecordId, RecordId) {
    let shop = shop(world, ada);
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
        assert!(held(&maya, "INV-36").message.contains("a possible second order"));
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
            |world, ada| {
                let shop = shop(world, ada);
                shop.offer(ada)
            },
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
        |world, ada| {
            let shop = shop(world, ada);
            let quote = shop.offer(ada);
            (shop, quote)
        },
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
        |world, ada| {
            let shop = shop(world, ada);
            let quote = shop.offer(ada);
            (shop, quote)
        },
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
        |world, ada| {
            let shop = shop(world, ada);
            let quote = shop.offer(ada);
            (shop, quote)
        },
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
            |world, ada| {
                let shop = shop(world, ada);
                let quote = shop.offer(ada);
                (shop, quote)
            },
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

#[test]
fn inv_38_whoever_looks_after_the_sale_says_which_of_the_two_offers_holds() {
    for (choice, first) in [("order", "won"), ("offer", "closed")] {
        in_both_orders(
            |world, ada| {
                let shop = shop(world, ada);
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

/// An offer that expires on Tuesday.
fn until_tuesday(world: &World, ada: &Phone) -> (Shop, RecordId) {
    let shop = shop(world, ada);
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
fn inv_40_a_sale_keeps_the_currency_its_quote_was_made_in() {
    in_both_orders(
        shop,
        |_, shop, ada, ben| {
            ada.set("opportunity", shop.sale, json!({ "pricing": { "currency": "GBP", "price_list": shop.pounds } }));
            let _ = shop.quote(ben);
        },
        |_, shop, ada, ben| {
            assert_eq!(ben.field("opportunity", shop.sale, "pricing")["price_list"], shop.euros.to_string());
            let quotes = ada.book.list(&Query::of("quote")).unwrap();
            assert_eq!((quotes.len(), &quotes[0]["total_amount"]), (1, &json!("98.8")));
            let told = ada.told("INV-40");
            assert_eq!((told.len(), ben.told("INV-40").len()), (1, 0));
            assert_eq!((told[0].outcome, told[0].salvage.as_str()), (Outcome::Rejected, "new_quote"));
            let pounds = json!({ "pricing": { "currency": "GBP", "price_list": shop.pounds } });
            let refused = ada.try_set("opportunity", shop.sale, pounds).unwrap_err();
            assert_eq!(refused.code(), "pricing.currency", "who knows is refused on the phone");
        },
    );
}
