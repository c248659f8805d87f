//! A lead becomes a paid invoice, with nothing but the rules: what each step makes, refuses and comes to (`domain.md` 2, 3).

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use fieldbook_domain::action::{self, Author, Numbers, Place, Planned, Records, Wish};
use fieldbook_domain::duplicate;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Raw;
use fieldbook_domain::record::price_list::PriceListItem;
use fieldbook_domain::record::{self, RecordType};
use fieldbook_domain::refusal::Refusal;
use fieldbook_domain::suggest;
use fieldbook_domain::view;
use proptest::collection::vec;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

type Body = Map<String, Value>;

/// 25 November 2026, noon.
const NOW: i64 = 1_795_608_000_000;

/// A phone's records, in memory.
#[derive(Default)]
struct Book {
    records: BTreeMap<RecordRef, Raw>,
    next: u128,
    role: Option<Role>,
}

impl Records for Book {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        self.records.get(target).cloned()
    }

    fn referring(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        let hit = |(target, raw): &(&RecordRef, &Raw)| target.kind == kind && raw.text(field) == Some(holds);
        self.records.iter().filter(hit).map(|(target, _)| target.clone()).collect()
    }
}

fn kind(name: &str) -> &'static RecordType {
    record::find(name).unwrap()
}

fn object(value: Value) -> Body {
    value.as_object().unwrap().clone()
}

impl Book {
    fn id(&mut self) -> RecordId {
        self.next += 1;
        RecordId(Uuid::from_u128(0x0192_a3f0_0000_7000_8000_0000_0000_0000 + self.next))
    }

    fn author(&self, role: Role) -> Author {
        Author { user: RecordId(Uuid::from_u128(9)), role: self.role.unwrap_or(role), now_ms: NOW }
    }

    fn take(&mut self, planned: Vec<Planned>) {
        for planned in planned {
            let raw = self.records.entry(planned.target).or_default();
            raw.apply(&planned.writes);
            raw.touch(NOW);
        }
    }

    fn create_as(&mut self, role: Role, name: &str, id: RecordId, fields: Value) -> Result<RecordId, Refusal> {
        let planned = action::create(kind(name), id, &object(fields), &self.author(role), self)?;
        self.take(vec![planned]);
        Ok(id)
    }

    fn create(&mut self, name: &str, fields: Value) -> RecordId {
        let id = self.id();
        self.create_as(Role::Admin, name, id, fields).unwrap()
    }

    fn get(&self, name: &str, id: RecordId) -> Body {
        view::of(kind(name), id, &self.records[&RecordRef::new(name, id)]).body.take()
    }

    fn set_as(&mut self, role: Role, name: &str, id: RecordId, change: impl FnOnce(&mut Body)) -> Result<(), Refusal> {
        let current = self.records[&RecordRef::new(name, id)].clone();
        let was = self.get(name, id);
        let mut now = was.clone();
        change(&mut now);
        let planned = action::save(kind(name), id, &current, &was, &now, &self.author(role), self)?;
        self.take(planned);
        Ok(())
    }

    fn set(&mut self, name: &str, id: RecordId, change: impl FnOnce(&mut Body)) {
        self.set_as(Role::Rep, name, id, change).unwrap();
    }

    fn line(&mut self, name: &str, id: RecordId, mut line: Value) -> RecordId {
        let line_id = self.id();
        line["id"] = json!(line_id);
        self.set(name, id, |body| {
            let lines = body.entry("lines").or_insert_with(|| json!([]));
            lines.as_array_mut().unwrap().push(line);
        });
        line_id
    }

    fn set_line(&mut self, name: &str, id: RecordId, line: RecordId, change: Value) -> Result<(), Refusal> {
        self.set_as(Role::Rep, name, id, |body| {
            let lines = body["lines"].as_array_mut().unwrap();
            let line = lines.iter_mut().find(|body| body["id"] == json!(line)).unwrap().as_object_mut().unwrap();
            line.extend(object(change));
        })
    }

    fn act_as(&mut self, role: Role, name: &str, id: RecordId, verb: &str, args: Value) -> Result<RecordId, Refusal> {
        self.act_at(Place::Phone, role, name, id, verb, args)
    }

    fn act_at(
        &mut self,
        place: Place<'_>,
        role: Role,
        name: &str,
        id: RecordId,
        verb: &str,
        args: Value,
    ) -> Result<RecordId, Refusal> {
        let wish = self.id();
        let args = object(args);
        let current = self.records[&RecordRef::new(name, id)].clone();
        let wish = Wish { action: verb, id: wish, args: &args, place };
        let planned = action::act(kind(name), id, &current, &wish, &self.author(role), self)?;
        self.take(planned);
        Ok(wish.id)
    }

    fn act(&mut self, name: &str, id: RecordId, verb: &str, args: Value) -> RecordId {
        self.act_as(Role::Rep, name, id, verb, args).unwrap()
    }

    fn refused(&mut self, name: &str, id: RecordId, verb: &str, args: Value) -> String {
        self.act_as(Role::Rep, name, id, verb, args).unwrap_err().code
    }

    fn state(&self, name: &str, id: RecordId) -> String {
        let body = self.get(name, id);
        format!("{}/{}", body["state"].as_str().unwrap(), body["status_reason"].as_str().unwrap())
    }

    fn line_of(&self, name: &str, id: RecordId, line: RecordId) -> Body {
        let lines = self.get(name, id)["lines"].as_array().unwrap().clone();
        lines.into_iter().find(|body| body["id"] == json!(line)).unwrap().as_object().unwrap().clone()
    }
}

/// The catalogue of V10: L1 749.00; L2 12.35 with tiers; L3 57.70 by margin, in halves.
struct Shop {
    book: Book,
    list: RecordId,
    unit: RecordId,
    products: [RecordId; 3],
    account: RecordId,
}

fn item(shop: &mut Book, list: RecordId, product: RecordId, unit: RecordId, mut fields: Value) {
    for (name, id) in [("price_list", list), ("product", product), ("unit", unit)] {
        fields[name] = json!(id);
    }
    shop.create_as(Role::Admin, "price_list_item", PriceListItem::id_of(list, product, unit), fields).unwrap();
}

fn shop() -> Shop {
    let mut book = Book::default();
    let unit = book.create("unit", json!({ "name": "Piece" }));
    let list = book.create("price_list", json!({ "name": "2026", "currency": "EUR" }));
    let product = |book: &mut Book, name: &str, more: Value| {
        let mut fields = json!({ "name": name, "default_unit": unit, "quantity_decimals": 0 });
        fields.as_object_mut().unwrap().extend(object(more));
        book.create("product", fields)
    };
    let pump = product(&mut book, "Pump", json!({}));
    let hose = product(&mut book, "Hose", json!({}));
    let valve = product(&mut book, "Valve", json!({ "quantity_decimals": 1, "current_cost": "37.50" }));
    let tiers = [("10", "49", "5"), ("50", "999", "12")]
        .map(|(low, high, off)| json!({ "id": book.id(), "low": low, "high": high, "off": off }));
    let volume = book.create("discount_list", json!({ "name": "Volume", "kind": "percent", "tiers": tiers }));
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
    let account = book.create("account", json!({ "name": "Globex", "default_price_list": list }));
    Shop { book, list, unit, products: [pump, hose, valve], account }
}

impl Shop {
    /// An opportunity with the lines of V10.
    fn opportunity(&mut self) -> (RecordId, [RecordId; 3]) {
        let [pump, hose, valve] = self.products;
        let sale = self.book.create("opportunity", json!({ "topic": "Pumps", "customer": format!("account:{}", self.account) }));
        let lines = [
            json!({ "product": pump, "quantity": { "value": "2" }, "manual_discount": "50.00", "tax": "115.84" }),
            json!({ "product": hose, "quantity": { "value": "24" }, "tax": "22.52" }),
            json!({ "product": valve, "quantity": { "value": "1.5" }, "manual_discount": "6.55", "tax": "6.40" }),
        ];
        let lines = lines.map(|line| self.book.line("opportunity", sale, line));
        let header = json!({ "discount_percentage": "5", "discount_amount": "25.00", "freight_amount": "35.00" });
        self.book.set("opportunity", sale, |body| body.extend(object(header)));
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

/// The office's counter, at its start.
#[derive(Debug)]
struct One;

impl Numbers for One {
    fn next(&self, _: &str) -> u64 {
        1
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

    let refused = shop.book.act_as(Role::Manager, "invoice", invoice, "issue", json!({})).unwrap_err();
    assert_eq!(refused.code, "invoice.issue.office");
    shop.book.take_office("invoice", invoice, "issue");
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

impl Book {
    /// Bills these quantities of the lines instead of all that is left.
    fn split(&mut self, invoice: RecordId, parts: &[String; 3]) {
        let order: RecordId = self.get("invoice", invoice)["order"].as_str().unwrap().parse().unwrap();
        let sources: Vec<Value> =
            self.get("order", order)["lines"].as_array().unwrap().iter().map(|line| line["id"].clone()).collect();
        self.set("invoice", invoice, |body| {
            let lines = body["lines"].as_array_mut().unwrap();
            let part = |line: &Value| &parts[sources.iter().position(|source| *source == line["source_line"]).unwrap()];
            // A line nothing is billed of leaves the invoice.
            lines.retain(|line| part(line).parse::<Decimal>().unwrap() > Decimal::ZERO);
            for line in lines {
                line["quantity"]["value"] = json!(part(line));
            }
        });
    }

    /// What the office does when it is asked.
    fn take_office(&mut self, name: &str, id: RecordId, verb: &str) {
        self.act_at(Place::Office(&One), Role::Manager, name, id, verb, json!({})).unwrap();
    }
}

#[test]
fn an_active_quote_is_closed_to_edits_until_it_is_revised() {
    let mut shop = shop();
    let (_, quote) = shop.active_quote();
    let refused = shop.book.set_as(Role::Rep, "quote", quote, |body| drop(body.insert("freight_amount".into(), json!("1"))));
    assert_eq!(refused.unwrap_err().code, "record.frozen");

    shop.book.act("quote", quote, "revise", json!({}));

    let next = quote.derived("revision");
    let (old, new) = (shop.book.get("quote", quote), shop.book.get("quote", next));
    assert_eq!(
        (shop.book.state("quote", quote), shop.book.state("quote", next)),
        ("closed/revised".into(), "draft/in_progress".into())
    );
    assert_eq!((&new["quote_number"], new["revision"].as_i64()), (&old["quote_number"], Some(1)));
    assert_eq!(new["total_amount"], "1873.8");
    shop.book.act("quote", next, "activate", json!({}));
}

#[test]
fn a_quote_is_not_activated_while_something_is_missing() {
    let mut shop = shop();
    let customer = format!("account:{}", shop.account);
    let quote = shop.book.create("quote", json!({ "name": "Pumps", "customer": customer }));
    assert_eq!(shop.book.refused("quote", quote, "activate", json!({})), "quote.activate.lines");

    let line = shop.book.line("quote", quote, json!({ "product": shop.products[0], "quantity": { "value": "2.5" } }));
    assert_eq!(shop.book.get("quote", quote)["pricing_error"], 29, "pumps are sold whole");
    assert_eq!(shop.book.refused("quote", quote, "activate", json!({})), "quote.activate.pricing");

    let unit = shop.unit;
    shop.book
        .set_line("quote", quote, line, json!({ "quantity": { "value": "2", "unit": unit }, "manual_discount": "200" }))
        .unwrap();
    assert_eq!(shop.book.get("quote", quote)["effective_discount"], "13.35");
    assert_eq!(shop.book.refused("quote", quote, "activate", json!({})), "quote.activate.discount", "a rep gives up to 10 %");
    shop.book.act_as(Role::Manager, "quote", quote, "activate", json!({})).unwrap();
}

#[test]
fn a_price_of_ones_own_is_a_managers_and_counts_as_discount() {
    let mut shop = shop();
    let customer = format!("account:{}", shop.account);
    let quote = shop.book.create("quote", json!({ "name": "Pumps", "customer": customer }));
    let line = shop.book.line("quote", quote, json!({ "product": shop.products[0], "quantity": { "value": "1" } }));

    let refused = shop.book.set_line("quote", quote, line, json!({ "price_per_unit": "690" })).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("line.price_override", Some("price_per_unit")));

    shop.book.role = Some(Role::Manager);
    shop.book.set_line("quote", quote, line, json!({ "price_per_unit": "690" })).unwrap();
    assert_eq!(shop.book.get("quote", quote)["effective_discount"], "7.88");
    assert_eq!(shop.book.line_of("quote", quote, line)["basis"]["unit_price"], "749");
}

#[test]
fn winning_asks_about_open_quotes_and_closes_them_with_it() {
    let mut shop = shop();
    let (sale, quote) = shop.active_quote();
    let draft = shop.book.act("opportunity", sale, "create_quote", json!({})).derived("quote");

    assert_eq!(shop.book.refused("opportunity", sale, "win", json!({})), "opportunity.win.quotes");
    shop.book.act("opportunity", sale, "lose", json!({ "reason": "canceled", "quotes": "close" }));

    assert_eq!(shop.book.state("quote", quote), "closed/lost");
    assert_eq!(shop.book.state("quote", draft), "closed/canceled");
}

#[test]
fn an_order_leaves_the_opportunity_open_while_another_quote_is() {
    let mut shop = shop();
    let (sale, quote) = shop.active_quote();
    shop.book.act("opportunity", sale, "create_quote", json!({}));

    shop.book.act("quote", quote, "create_order", json!({}));

    assert_eq!(shop.book.state("opportunity", sale), "open/in_progress");
    assert_eq!(shop.book.state("quote", quote), "won/won");
}

#[test]
fn an_expired_offer_is_accepted_only_when_somebody_says_so() {
    let mut shop = shop();
    let (sale, _) = shop.opportunity();
    let quote = shop.book.act("opportunity", sale, "create_quote", json!({})).derived("quote");
    shop.book.set("quote", quote, |body| drop(body.insert("expires_on".into(), json!("2026-11-20"))));
    shop.book.act("quote", quote, "activate", json!({}));

    assert_eq!(shop.book.refused("quote", quote, "create_order", json!({})), "quote.create_order.confirmed");
    shop.book.act("quote", quote, "create_order", json!({ "confirmed": true }));
}

#[test]
fn goods_go_out_in_parts_and_never_more_than_were_ordered() {
    let mut shop = shop();
    let order = shop.order();
    let lines = shop.book.get("order", order)["lines"].as_array().unwrap().clone();
    let hoses = lines[1]["id"].clone();

    shop.book.act("order", order, "ship", json!({ "line": hoses, "quantity": "20" }));
    assert_eq!(shop.book.state("order", order), "fulfilled/partial");
    assert_eq!(shop.book.refused("order", order, "ship", json!({ "line": hoses, "quantity": "5" })), "order.ship.remaining");
    assert_eq!(shop.book.refused("order", order, "cancel", json!({})), "order.cancel.state");
    shop.book.act("order", order, "cancel_remaining", json!({ "line": hoses }));
    shop.book.act("order", order, "fulfil", json!({}));

    let line = shop.book.get("order", order)["lines"][1].clone();
    assert_eq!((&line["quantity_shipped"], &line["quantity_cancelled"]), (&json!("20"), &json!("4")));
    assert_eq!(shop.book.state("order", order), "fulfilled/complete");
}

/// Bills an order in these parts and the rest, and adds the invoices up.
fn billed_in(parts: &[[String; 3]]) -> Decimal {
    let mut shop = shop();
    let order = shop.order();
    let mut invoices = Vec::new();
    for parts in parts {
        let Ok(wish) = shop.book.act_as(Role::Rep, "order", order, "create_invoice", json!({})) else { break };
        invoices.push(wish.derived("invoice"));
        shop.book.split(wish.derived("invoice"), parts);
    }
    if let Ok(wish) = shop.book.act_as(Role::Rep, "order", order, "create_invoice", json!({})) {
        invoices.push(wish.derived("invoice"));
    }
    let billed = |id: &RecordId| shop.book.get("invoice", *id).get("lines").is_some();
    invoices
        .iter()
        .filter(|id| billed(id))
        .map(|id| shop.book.get("invoice", *id)["total_amount"].as_str().unwrap().parse::<Decimal>().unwrap())
        .sum()
}

#[test]
fn partial_invoices_come_to_the_order() {
    let parts = [["1", "10", "0.5"], ["1", "9", "0.7"]].map(|parts| parts.map(str::to_owned));

    assert_eq!(billed_in(&parts).normalize().to_string(), "1873.8");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_parts_the_invoices_come_to_the_order(cuts in vec((0_u32..=2, 0_u32..=24, 0_u32..=15), 1..5)) {
        let mut left = (2, 24, 15);
        let parts: Vec<[String; 3]> = cuts
            .into_iter()
            .map(|(pumps, hoses, valves)| {
                let part = (pumps.min(left.0), hoses.min(left.1), valves.min(left.2));
                left = (left.0 - part.0, left.1 - part.1, left.2 - part.2);
                [part.0.to_string(), part.1.to_string(), format!("{}.{}", part.2 / 10, part.2 % 10)]
            })
            .collect();
        prop_assert_eq!(billed_in(&parts).normalize().to_string(), "1873.8");
    }
}

#[test]
fn a_bundle_brings_its_components_and_optional_ones_may_be_dropped() {
    let mut shop = shop();
    let (list, unit) = (shop.list, shop.unit);
    let mut priced = |name: &str, amount: &str| {
        let product = shop.book.create("product", json!({ "name": name, "default_unit": unit }));
        item(&mut shop.book, list, product, unit, json!({ "amount": amount }));
        product
    };
    let parts = [("A", "50"), ("B", "70"), ("C", "40"), ("D", "50")].map(|(name, amount)| priced(name, amount));
    let bundle = priced("Kit", "500");
    let components: Vec<Value> = parts
        .iter()
        .enumerate()
        .map(|(place, part)| json!({ "id": part.derived("part"), "product": part, "quantity": "5", "required": place < 2, "sort_key": place }))
        .collect();
    shop.book
        .set_as(Role::Admin, "product", bundle, |body| {
            body.extend(object(json!({ "structure": "bundle", "components": components })))
        })
        .unwrap();
    let quote = shop.book.create("quote", json!({ "name": "Kits", "customer": format!("account:{}", shop.account) }));

    let line = shop.book.line("quote", quote, json!({ "product": bundle, "quantity": { "value": "1" } }));

    let body = shop.book.get("quote", quote);
    assert_eq!((body["total_amount"].as_str(), body["lines"].as_array().unwrap().len()), (Some("950"), 5), "V11, kept");
    let required = parts[0].derived("part");
    let component = line.derived(&required.to_string());
    let refused =
        shop.book.set_line("quote", quote, component, json!({ "quantity": { "value": "9", "unit": unit } })).unwrap_err();
    assert_eq!(refused.code, "line.component");

    shop.book.set_line("quote", quote, line, json!({ "quantity": { "value": "2", "unit": unit } })).unwrap();
    assert_eq!(shop.book.get("quote", quote)["total_amount"], "1900", "as many components as there are bundles");
    shop.book.set_line("quote", quote, line, json!({ "quantity": { "value": "1", "unit": unit } })).unwrap();
    let dropped = |line: &Value| line["role"] == "optional";
    shop.book.set("quote", quote, |body| body["lines"].as_array_mut().unwrap().retain(|line| !dropped(line)));
    assert_eq!(shop.book.get("quote", quote)["total_amount"], "500", "V11, dropped");
    shop.book.set("quote", quote, |body| body["lines"].as_array_mut().unwrap().retain(|body| body["id"] != json!(line)));
    assert!(!shop.book.get("quote", quote).contains_key("lines"), "components leave with their bundle");
}

#[test]
fn what_a_family_asks_is_said_before_a_quote_is_activated() {
    let mut shop = shop();
    let id = shop.book.id();
    let colour = json!({ "id": id, "name": "Colour", "data_type": "option_set", "options": "Red; Blue", "required": true });
    let family = shop.book.create("product", json!({ "name": "Pumps", "structure": "family", "properties": [colour] }));
    let pump = shop.products[0];
    shop.book.set_as(Role::Admin, "product", pump, |body| drop(body.insert("parent_family".into(), json!(family)))).unwrap();
    let quote = shop.book.create("quote", json!({ "name": "Pumps", "customer": format!("account:{}", shop.account) }));
    let line = shop.book.line("quote", quote, json!({ "product": pump, "quantity": { "value": "1" } }));
    assert_eq!(shop.book.refused("quote", quote, "activate", json!({})), "quote.activate.properties");

    let value = |value: &str| json!([{ "id": line.derived("Colour"), "line": line, "name": "Colour", "value": value }]);
    let say = |book: &mut Book, said: Value| {
        book.set_as(Role::Rep, "quote", quote, |body| drop(body.insert("properties".into(), said)))
    };
    assert_eq!(say(&mut shop.book, value("Green")).unwrap_err().code, "property.choice");
    say(&mut shop.book, value("Blue")).unwrap();
    shop.book.act("quote", quote, "activate", json!({}));

    let order = {
        shop.book.act("quote", quote, "create_order", json!({}));
        quote.derived("order")
    };
    assert_eq!(shop.book.get("order", order)["properties"][0]["value"], "Blue");
}

#[test]
fn a_line_takes_what_is_on_sale_in_a_unit_of_its_group() {
    let mut shop = shop();
    let pump = shop.products[0];
    let [pieces, litres] = ["Pieces", "Litres"].map(|name| shop.book.create("unit_group", json!({ "name": name })));
    let litre = shop.book.create("unit", json!({ "name": "Litre", "unit_group": litres }));
    shop.book.set_as(Role::Admin, "product", pump, |body| drop(body.insert("unit_group".into(), json!(pieces)))).unwrap();
    let quote = shop.book.create("quote", json!({ "name": "Pumps", "customer": format!("account:{}", shop.account) }));
    let try_line = |book: &mut Book, line: Value| {
        let id = book.id();
        book.set_as(Role::Rep, "quote", quote, |body| {
            let mut line = line;
            line["id"] = json!(id);
            body.entry("lines").or_insert_with(|| json!([])).as_array_mut().unwrap().push(line);
        })
    };

    let litres = try_line(&mut shop.book, json!({ "product": pump, "quantity": { "value": "1", "unit": litre } })).unwrap_err();
    let both =
        try_line(&mut shop.book, json!({ "product": pump, "description": "a pump", "quantity": { "value": "1" } })).unwrap_err();
    let written_in =
        try_line(&mut shop.book, json!({ "description": "Travel", "quantity": { "value": "1" }, "price_per_unit": "90" }))
            .unwrap_err();
    let office = Place::Office(&One);
    shop.book.act_at(office, Role::Admin, "product", pump, "retire", json!({})).unwrap();
    let retired = try_line(&mut shop.book, json!({ "product": pump, "quantity": { "value": "1" } })).unwrap_err();

    assert_eq!(
        [litres.code, both.code, written_in.code, retired.code],
        ["line.unit", "line.kind", "line.price_override", "line.product"]
    );
}

#[test]
fn another_list_prices_the_lines_anew_and_another_currency_is_refused() {
    let mut shop = shop();
    let (unit, pump) = (shop.unit, shop.products[0]);
    let dear = shop.book.create("price_list", json!({ "name": "Export", "currency": "EUR" }));
    item(&mut shop.book, dear, pump, unit, json!({ "amount": "800" }));
    let quote = shop.book.create("quote", json!({ "name": "Pumps", "customer": format!("account:{}", shop.account) }));
    let line = shop.book.line("quote", quote, json!({ "product": pump, "quantity": { "value": "1" } }));
    let hoses = json!({ "product": shop.products[1], "quantity": { "value": "1" } });
    let hoses = shop.book.line("quote", quote, hoses);

    let dollars = json!({ "currency": "USD" });
    let refused = shop.book.set_as(Role::Rep, "quote", quote, |body| drop(body.insert("pricing".into(), dollars))).unwrap_err();
    assert_eq!(refused.code, "pricing.currency");
    let export = json!({ "currency": "EUR", "price_list": dear });
    shop.book.set("quote", quote, |body| drop(body.insert("pricing".into(), export)));

    assert_eq!(shop.book.line_of("quote", quote, line)["unit_price"], "800");
    assert_eq!(shop.book.line_of("quote", quote, hoses)["pricing_error"], 11, "the list has no hoses");
}

#[test]
fn products_that_go_together_are_suggested_in_both_directions() {
    let mut shop = shop();
    let [pump, hose, valve] = shop.products;
    shop.book.create(
        "product_relationship",
        json!({ "product": pump, "related_product": hose, "kind": "accessory", "bidirectional": true }),
    );
    shop.book.create("product_relationship", json!({ "product": pump, "related_product": valve, "kind": "cross_sell" }));
    let names = |products: &[RecordId]| suggest::of(products, &shop.book).into_iter().map(|one| one.name).collect::<Vec<_>>();

    assert_eq!(names(&[pump]), ["Hose", "Valve"]);
    assert_eq!(names(&[hose]), ["Pump"]);
    assert_eq!(names(&[valve]), Vec::<String>::new());
    assert_eq!(names(&[pump, hose]), ["Valve"]);
}

#[test]
fn who_is_here_already_is_asked_about_before_a_lead_makes_a_second_contact() {
    let mut shop = shop();
    let ann = shop.book.create("contact", json!({ "last_name": "Berg", "email": "Kari.Berg@fjordfisk.example" }));
    let fields =
        json!({ "topic": "Pumps", "last_name": "Berg", "company_name": "Fjord Fisk", "email": " kari.berg@FJORDFISK.example" });
    let lead = shop.book.create("lead", fields);

    let found = duplicate::of("lead", Some(lead), &shop.book.get("lead", lead), &shop.book);
    assert_eq!(found.iter().map(|found| found.record.id).collect::<Vec<_>>(), [ann]);
    assert_eq!(shop.book.refused("lead", lead, "qualify", json!({})), "lead.qualify.contact");
    shop.book.act("lead", lead, "qualify", json!({ "contact": ann }));
    assert_eq!(shop.book.get("opportunity", lead.derived("opportunity"))["contact"], json!(ann));
}

#[test]
fn a_rep_offers_the_catalogues_price_whatever_the_estimate_said() {
    let mut shop = shop();
    let sale = shop.book.create("opportunity", json!({ "topic": "Pumps", "customer": format!("account:{}", shop.account) }));
    shop.book.line(
        "opportunity",
        sale,
        json!({ "product": shop.products[0], "quantity": { "value": "1" }, "price_per_unit": "690" }),
    );

    let quote = shop.book.act("opportunity", sale, "create_quote", json!({})).derived("quote");
    assert_eq!(
        (&shop.book.get("opportunity", sale)["total_amount"], &shop.book.get("quote", quote)["total_amount"]),
        (&json!("690"), &json!("749"))
    );
    let managers = shop.book.act_as(Role::Manager, "opportunity", sale, "create_quote", json!({})).unwrap().derived("quote");
    assert_eq!(shop.book.get("quote", managers)["total_amount"], "690");

    shop.book.line("opportunity", sale, json!({ "description": "Travel", "quantity": { "value": "1" }, "price_per_unit": "90" }));
    let refused = shop.book.act_as(Role::Rep, "opportunity", sale, "create_quote", json!({})).unwrap_err();
    assert_eq!(refused.code, "line.price_override");
}

#[test]
fn prices_move_when_somebody_asks_and_not_by_themselves() {
    let mut shop = shop();
    let (list, unit, pump) = (shop.list, shop.unit, shop.products[0]);
    let quote = shop.book.create("quote", json!({ "name": "Pumps", "customer": format!("account:{}", shop.account) }));
    let line = shop.book.line("quote", quote, json!({ "product": pump, "quantity": { "value": "1" } }));
    let item = PriceListItem::id_of(list, pump, unit);
    shop.book.set_as(Role::Admin, "price_list_item", item, |body| drop(body.insert("amount".into(), json!("760")))).unwrap();

    shop.book.set_line("quote", quote, line, json!({ "quantity": { "value": "2", "unit": unit } })).unwrap();
    assert_eq!(shop.book.get("quote", quote)["total_amount"], "1498");
    shop.book.act("quote", quote, "recalculate", json!({}));
    assert_eq!(shop.book.get("quote", quote)["total_amount"], "1520");

    shop.book.act("quote", quote, "activate", json!({}));
    shop.book.act("quote", quote, "create_order", json!({}));
    assert_eq!(shop.book.refused("order", quote.derived("order"), "recalculate", json!({})), "order.recalculate.locked");
}

#[test]
fn an_opportunity_gives_its_lines_to_what_is_made_of_it() {
    let mut shop = shop();
    let (sale, _) = shop.opportunity();
    let order = shop.book.act("opportunity", sale, "create_order", json!({})).derived("order");
    let invoice = shop.book.act("opportunity", sale, "create_invoice", json!({})).derived("invoice");
    let quote = shop.book.create("quote", json!({ "name": "Pumps", "customer": format!("account:{}", shop.account) }));

    shop.book.act("quote", quote, "get_products", json!({ "opportunity": sale }));

    assert_eq!(shop.book.get("order", order)["total_amount"], "1873.8");
    assert_eq!(shop.book.get("invoice", invoice)["total_amount"], "1873.8");
    assert_eq!(shop.book.get("quote", quote)["total_line_amount"], "1809.52");
    assert_eq!(shop.book.state("opportunity", sale), "open/in_progress");
}

#[test]
fn lines_stand_in_the_order_they_were_given() {
    let mut shop = shop();
    let ids: Vec<RecordId> = [7, 3, 9, 1].map(|n| RecordId(Uuid::from_u128(n))).to_vec();
    let line = |id: &RecordId| json!({ "id": id, "product": shop.products[0], "quantity": { "value": "1" } });
    let lines: Vec<Value> = ids.iter().map(line).collect();
    let customer = format!("account:{}", shop.account);

    let quote = shop.book.create("quote", json!({ "name": "Pumps", "customer": customer, "lines": lines }));

    let order = |body: &Body| body["lines"].as_array().unwrap().iter().map(|line| line["id"].clone()).collect::<Vec<_>>();
    assert_eq!(order(&shop.book.get("quote", quote)), ids.iter().map(|id| json!(id)).collect::<Vec<_>>());
    let last = shop.book.line("quote", quote, json!({ "product": shop.products[0], "quantity": { "value": "1" } }));
    assert_eq!(order(&shop.book.get("quote", quote)).last(), Some(&json!(last)));
}
