//! A lead becomes a paid invoice, with nothing but the rules: what each step makes, refuses and comes to (`domain.md` 2, 3).

use crate::book::{Body, Book, object};
use fieldbook_domain::duplicate;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::permission::Role;
use fieldbook_domain::suggest;
use serde_json::{Value, json};

mod lines;
mod orders;
mod quotes;

/// The catalogue of V10: L1 749.00; L2 12.35 with tiers; L3 57.70 by margin, in halves.
struct Shop {
    book: Book,
    list: RecordId,
    unit: RecordId,
    products: [RecordId; 3],
    account: RecordId,
}

fn item(book: &mut Book, list: RecordId, product: RecordId, unit: RecordId, mut fields: Value) {
    for (name, id) in [("price_list", list), ("product", product), ("unit", unit)] {
        fields[name] = json!(id);
    }
    book.put("price_list_item", fields);
}

fn shop() -> Shop {
    let mut book = Book::of(Role::Rep);
    let unit = book.put("unit", json!({ "name": "Piece" }));
    let list = book.put("price_list", json!({ "name": "2026", "currency": "EUR" }));
    let product = |book: &mut Book, name: &str, more: Value| {
        let mut fields = json!({ "name": name, "default_unit": unit, "quantity_decimals": 0 });
        fields.as_object_mut().unwrap().extend(object(more));
        book.put("product", fields)
    };
    let pump = product(&mut book, "Pump", json!({}));
    let hose = product(&mut book, "Hose", json!({}));
    let valve = product(&mut book, "Valve", json!({ "quantity_decimals": 1, "current_cost": "37.50" }));
    let tiers = [("10", "49", "5"), ("50", "999", "12")]
        .map(|(low, high, off)| json!({ "id": book.id(), "low": low, "high": high, "off": off }));
    let volume = book.put("discount_list", json!({ "name": "Volume", "kind": "percent", "tiers": tiers }));
    item(&mut book, list, pump, unit, json!({ "amount": "749.00" }));
    item(&mut book, list, hose, unit, json!({ "amount": "12.35", "discount_list": volume }));
    item(
        &mut book,
        list,
        valve,
        unit,
        json!({
            "pricing_method": "percent_margin_current", "percentage": "35", "rounding_policy": "nearest",
            "rounding_option": "multiple_of", "rounding_amount": "0.05", "quantity_selling": "whole_and_fractional",
        }),
    );
    let account = book.put("account", json!({ "name": "Globex", "default_price_list": list }));
    Shop { book, list, unit, products: [pump, hose, valve], account }
}

impl Shop {
    fn customer(&self) -> String {
        format!("account:{}", self.account)
    }

    fn sale(&mut self) -> RecordId {
        self.book.put("opportunity", json!({ "topic": "Pumps", "customer": self.customer() }))
    }

    /// A draft of nothing yet.
    fn quote(&mut self) -> RecordId {
        self.book.put("quote", json!({ "name": "Pumps", "customer": self.customer() }))
    }

    /// An opportunity with the lines of V10.
    fn opportunity(&mut self) -> (RecordId, [RecordId; 3]) {
        let [pump, hose, valve] = self.products;
        let sale = self.sale();
        let lines = [
            json!({ "product": pump, "quantity": { "value": "2" }, "manual_discount": "50.00", "tax": "115.84" }),
            json!({ "product": hose, "quantity": { "value": "24" }, "tax": "22.52" }),
            json!({ "product": valve, "quantity": { "value": "1.5" }, "manual_discount": "6.55", "tax": "6.40" }),
        ];
        let lines = lines.map(|line| self.book.line("opportunity", sale, line));
        let header = json!({ "discount_percentage": "5", "discount_amount": "25.00", "freight_amount": "35.00" });
        self.book.set("opportunity", sale, header);
        (sale, lines)
    }

    fn active_quote(&mut self) -> (RecordId, RecordId) {
        let (sale, _) = self.opportunity();
        let quote = self.book.act("opportunity", sale, "create_quote", json!({})).derived("quote");
        self.book.act("quote", quote, "activate", json!({}));
        (sale, quote)
    }

    fn order(&mut self) -> RecordId {
        let (_, quote) = self.active_quote();
        self.book.act("quote", quote, "create_order", json!({}));
        quote.derived("order")
    }
}

fn figures(body: &Body) -> Vec<&str> {
    let names = [
        "total_line_amount",
        "total_line_discount",
        "header_discount",
        "total_discount",
        "total_less_freight",
        "total_tax",
        "total_amount",
        "effective_discount",
    ];
    names.map(|name| body.get(name).and_then(Value::as_str).unwrap_or("-")).to_vec()
}

#[test]
fn a_quote_comes_to_what_v10_says_and_its_opportunity_leaves_line_taxes_out() {
    let mut shop = shop();
    let (sale, _) = shop.opportunity();

    let quote = shop.book.act("opportunity", sale, "create_quote", json!({})).derived("quote");

    let body = shop.book.get("quote", quote);
    assert_eq!(body["pricing"], json!({ "currency": "EUR", "price_list": shop.list }), "the customer's own list");
    assert_eq!(figures(&body), ["1809.52", "56.55", "115.48", "172.03", "1694.04", "144.76", "1873.8", "9.22"]);
    let extended: Vec<&Value> = body["lines"].as_array().unwrap().iter().map(|line| &line["extended_amount"]).collect();
    assert_eq!(extended, ["1563.84", "304.04", "86.4"]);
    assert_eq!(shop.book.get("opportunity", sale)["total_amount"], "1729.04");
}

#[test]
fn a_lead_becomes_a_paid_invoice() {
    let mut shop = shop();
    let order = shop.order();
    let body = shop.book.get("order", order);
    assert_eq!((body["total_amount"].as_str(), body["prices_locked"].as_bool()), (Some("1873.8"), Some(true)));
    let sale: RecordId = body["opportunity"].as_str().unwrap().parse().unwrap();
    let sale = shop.book.get("opportunity", sale);
    assert_eq!((sale["state"].as_str(), sale["actual_value"].as_str()), (Some("won"), Some("1873.8")));

    shop.book.act("order", order, "fulfil", json!({}));
    assert_eq!(shop.book.state("order", order), "fulfilled/complete");
    let invoice = shop.book.act("order", order, "create_invoice", json!({})).derived("invoice");
    let body = shop.book.get("invoice", invoice);
    assert_eq!((body["total_amount"].as_str(), body["amount_due"].as_str()), (Some("1873.8"), Some("1873.8")));
    assert_eq!(shop.book.refused("order", order, "create_invoice", json!({})), "order.create_invoice.remaining");

    let refused = shop.book.by(Role::Manager, |book| book.try_act("invoice", invoice, "issue", json!({}))).unwrap_err();
    assert_eq!(refused.code, "invoice.issue.office");
    shop.book.by(Role::Manager, |book| book.at_office("invoice", invoice, "issue")).unwrap();
    assert_eq!(shop.book.state("invoice", invoice), "active/billed");
    assert_eq!(shop.book.get("invoice", invoice)["invoice_number"], "INV-000001");
    assert_eq!(shop.book.state("order", order), "invoiced/invoiced", "nothing is left to bill");
    shop.book.act("invoice", invoice, "record_payment", json!({ "amount": "1000" }));
    assert_eq!(shop.book.state("invoice", invoice), "paid/partial");
    shop.book.act("invoice", invoice, "record_payment", json!({}));
    assert_eq!(shop.book.state("invoice", invoice), "paid/complete");
    let body = shop.book.get("invoice", invoice);
    assert_eq!((body["amount_paid"].as_str(), body["amount_due"].as_str()), (Some("1873.8"), Some("0")));
}

#[test]
fn who_is_here_already_is_asked_about_before_a_lead_makes_a_second_contact() {
    let mut shop = shop();
    let ann = shop.book.put("contact", json!({ "last_name": "Berg", "email": "Kari.Berg@fjordfisk.example" }));
    let fields =
        json!({ "topic": "Pumps", "last_name": "Berg", "company_name": "Fjord Fisk", "email": " kari.berg@FJORDFISK.example" });
    let lead = shop.book.put("lead", fields);

    let found = duplicate::of("lead", Some(lead), &shop.book.get("lead", lead), &shop.book);
    assert_eq!(found.iter().map(|found| found.record.id).collect::<Vec<_>>(), [ann]);
    assert_eq!(shop.book.refused("lead", lead, "qualify", json!({})), "lead.qualify.contact");
    shop.book.act("lead", lead, "qualify", json!({ "contact": ann }));
    assert_eq!(shop.book.get("opportunity", lead.derived("opportunity"))["contact"], json!(ann));
}

#[test]
fn an_opportunity_gives_its_lines_to_what_is_made_of_it() {
    let mut shop = shop();
    let (sale, _) = shop.opportunity();
    let order = shop.book.act("opportunity", sale, "create_order", json!({})).derived("order");
    let invoice = shop.book.act("opportunity", sale, "create_invoice", json!({})).derived("invoice");
    let quote = shop.quote();

    shop.book.act("quote", quote, "get_products", json!({ "opportunity": sale }));

    assert_eq!(shop.book.get("order", order)["total_amount"], "1873.8");
    assert_eq!(shop.book.get("invoice", invoice)["total_amount"], "1873.8");
    assert_eq!(shop.book.get("quote", quote)["total_line_amount"], "1809.52");
    assert_eq!(shop.book.state("opportunity", sale), "open/in_progress");
}

#[test]
fn products_that_go_together_are_suggested_in_both_directions() {
    let mut shop = shop();
    let [pump, hose, valve] = shop.products;
    shop.book.put(
        "product_relationship",
        json!({ "product": pump, "related_product": hose, "kind": "accessory", "bidirectional": true }),
    );
    shop.book.put("product_relationship", json!({ "product": pump, "related_product": valve, "kind": "cross_sell" }));
    let names = |products: &[RecordId]| suggest::of(products, &shop.book).into_iter().map(|one| one.name).collect::<Vec<_>>();

    assert_eq!(names(&[pump]), ["Hose", "Valve"]);
    assert_eq!(names(&[hose]), ["Pump"]);
    assert_eq!(names(&[valve]), Vec::<String>::new());
    assert_eq!(names(&[pump, hose]), ["Valve"]);
}
