//! Selling on several phones at once: what two people did to one offer ends as one, priced alike everywhere.

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::price_list::PriceListItem;
use fieldbook_tests::world::{Phone, World, refer};
use serde_json::{Value, json};

pub(crate) struct Shop {
    pub(crate) world: World,
    pub(crate) omar: Phone,
    pub(crate) ada: Phone,
    pub(crate) ben: Phone,
    pub(crate) maya: Phone,
    pub(crate) unit: RecordId,
    pub(crate) list: RecordId,
    pub(crate) product: RecordId,
    pub(crate) quote: RecordId,
}

/// One product with tiers, and a draft quote of eight of it that both reps hold.
pub(crate) fn shop() -> Shop {
    let world = World::new();
    let (omar, maya, ada, ben) = (world.phone("Omar"), world.phone("Maya"), world.phone("Ada"), world.phone("Ben"));
    let unit = omar.create("unit", json!({ "name": "Piece" }));
    let list = omar.create("price_list", json!({ "name": "2026", "currency": "EUR" }));
    let product = omar.create("product", json!({ "name": "Hose", "default_unit": unit.to_string(), "quantity_decimals": 0 }));
    let tier = |low: u32, high: u32, off: u32| json!({ "id": list.derived(&format!("tier/{low}")).to_string(), "low": low.to_string(), "high": high.to_string(), "off": off.to_string() });
    let tiers = json!({ "name": "Volume", "kind": "percent", "tiers": [tier(10, 49, 5), tier(50, 999, 12)] });
    let tiers = omar.create("discount_list", tiers);
    omar.book
        .bundle({
            let item = json!({
                "price_list": list.to_string(), "product": product.to_string(), "unit": unit.to_string(), "amount": "12.35",
                "discount_list": tiers.to_string()
            });
            let item = item.as_object().unwrap().clone();
            move |bundle| bundle.create("price_list_item", Some(PriceListItem::id_of(list, product, unit)), item)
        })
        .unwrap();
    let account = omar.create("account", json!({ "name": "Globex", "default_price_list": list.to_string() }));
    world.level(&[&omar, &ada]);
    let line = json!({ "id": product.derived("line").to_string(), "product": product.to_string(), "quantity": { "value": "8" } });
    let quote = ada.create("quote", json!({ "name": "Hoses", "customer": refer("account", account), "lines": [line] }));
    world.level(&[&omar, &maya, &ada, &ben]);
    Shop { world, omar, ada, ben, maya, unit, list, product, quote }
}

impl Shop {
    pub(crate) fn phones(&self) -> [&Phone; 3] {
        [&self.ada, &self.ben, &self.maya]
    }

    pub(crate) fn quantity(&self, phone: &Phone, many: &str) {
        let mut lines = phone.field("quote", self.quote, "lines");
        lines[0]["quantity"] = json!({ "value": many, "unit": self.unit.to_string() });
        phone.set("quote", self.quote, json!({ "lines": lines }));
    }

    pub(crate) fn active(self) -> Self {
        self.ada.act("quote", self.quote, "activate", json!({}));
        self.world.level(&self.phones());
        self
    }

    pub(crate) fn agree(&self) {
        self.world.level(&self.phones());
        self.world.assert_agreement(&self.phones());
    }
}

#[test]
fn the_discount_follows_the_quantity_that_stands() {
    let shop = shop();
    shop.quantity(&shop.ada, "12");
    shop.quantity(&shop.ben, "60");

    shop.agree();

    let quote = shop.maya.sees("quote", shop.quote);
    let (quantity, total) = (&quote["lines"][0]["quantity"]["value"], &quote["total_amount"]);
    let priced = [(json!("12"), json!("140.76")), (json!("60"), json!("652.2"))];
    assert!(priced.contains(&(quantity.clone(), total.clone())), "{quantity} come to {total}");
}

#[test]
fn lines_added_apart_are_all_there_and_all_count() {
    let shop = shop();
    for phone in [&shop.ada, &shop.ben] {
        let mut lines = phone.field("quote", shop.quote, "lines");
        let id = shop.product.derived(&phone.user.to_string());
        let line = json!({ "id": id.to_string(), "product": shop.product.to_string(), "quantity": { "value": "2" } });
        lines.as_array_mut().unwrap().push(line);
        phone.set("quote", shop.quote, json!({ "lines": lines }));
    }

    shop.agree();

    let quote = shop.maya.sees("quote", shop.quote);
    assert_eq!((quote["lines"].as_array().unwrap().len(), &quote["total_amount"]), (3, &json!("148.2")));
}

#[test]
fn an_order_taken_twice_is_one_order() {
    for first in [0, 1] {
        let shop = shop().active();
        for phone in [&shop.ada, &shop.ben] {
            phone.act("quote", shop.quote, "create_order", json!({}));
        }
        shop.world.sync([&shop.ada, &shop.ben][first]);

        shop.agree();

        let order = shop.maya.sees("order", shop.quote.derived("order"));
        assert_eq!((&order["total_amount"], order["lines"].as_array().unwrap().len()), (&json!("98.8"), 1));
        assert_eq!(shop.maya.field("quote", shop.quote, "state"), json!("won"));
    }
}

#[test]
fn a_quote_revised_twice_has_one_next_revision() {
    let shop = shop().active();
    for phone in [&shop.ada, &shop.ben] {
        phone.act("quote", shop.quote, "revise", json!({}));
    }

    shop.agree();

    let next = shop.maya.sees("quote", shop.quote.derived("revision"));
    assert_eq!((&next["revision"], &next["state"], &next["total_amount"]), (&json!(1), &json!("draft"), &json!("98.8")));
}

#[test]
fn the_office_issues_numbers_without_a_gap_and_payments_of_two_phones_add_up() {
    let shop = shop().active();
    shop.ada.act("quote", shop.quote, "create_order", json!({}));
    let order = shop.quote.derived("order");
    shop.ada.act("order", order, "fulfil", json!({}));
    let invoice = shop.ada.act("order", order, "create_invoice", json!({})).derived("invoice");
    let here = shop.maya.try_act("invoice", invoice, "issue", json!({}));
    assert!(here.is_err(), "Maya does not hold it yet");
    shop.world.level(&shop.phones());
    let here = shop.maya.try_act("invoice", invoice, "issue", json!({})).unwrap_err();
    assert_eq!((here.code(), shop.maya.book.status().unwrap().pending), ("invoice.issue.office", 0));

    shop.world.at_office(&shop.maya, "invoice", invoice, "issue").unwrap();
    shop.world.level(&shop.phones());
    let fay = shop.world.phone("Fay");
    for (phone, amount) in [(&fay, "50"), (&shop.maya, "48.8")] {
        phone.act("invoice", invoice, "record_payment", json!({ "amount": amount }));
        assert_eq!(phone.field("invoice", invoice, "status_reason"), json!("partial"));
    }
    shop.world.sync(&fay);
    shop.agree();

    let paid = shop.maya.sees("invoice", invoice);
    let shown = ["invoice_number", "status_reason", "amount_paid", "amount_due"].map(|field| paid[field].clone());
    assert_eq!(shown, [json!("INV-000001"), json!("complete"), json!("98.8"), json!("0")]);
    assert_eq!(shop.maya.field("order", order, "state"), Value::from("invoiced"));
}
