//! What a decision offers is done by one call: through the rules, in one transaction, once.

use std::sync::{Arc, Mutex};

use fieldbook_device::{Book, Error, Query, RecordId, RecordRef, Salvaged};
use fieldbook_sync::message::EntryBody;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::office::{Office, sync};
use crate::phone::{BEN, Phone, map};

struct Desk {
    // Keeps the folder.
    _phone: Phone,
    book: Book,
    office: Arc<Mutex<Office>>,
    customer: RecordId,
    sale: RecordId,
    line: RecordId,
}

/// Ben, an administrator, with a sale of four pumps that the office knows.
fn desk() -> Desk {
    let mut phone = Phone::of(1, BEN, "Ben", "admin");
    let book = phone.book();
    let customer = book.create("account", map(json!({ "name": "Globex" }))).unwrap();
    let line = customer.derived("line");
    let pumps = json!({ "id": line, "description": "Pump", "quantity": {"value": "4"}, "price_per_unit": "1250" });
    let fields = json!({
        "topic": "Pumps", "customer": format!("account:{customer}"), "pricing": {"currency": "EUR"}, "lines": [pumps]
    });
    let sale = book.create("opportunity", map(fields)).unwrap();
    let office = Office::new(1);
    sync(&book, &office);
    Desk { _phone: phone, book, office, customer, sale, line }
}

impl Desk {
    /// The office tells of a decision about Ben's work.
    fn told(&self, record: (&str, RecordId), salvage: &str, about: Value) -> Uuid {
        let (kind, id) = record;
        let item = Uuid::new_v5(&id.0, format!("{salvage}{about}").as_bytes());
        let mut body = map(json!({
            "id": item, "rule": "INV-27", "version": 1, "outcome": "rejected", "record": format!("{kind}:{id}"), "title": "Pumps",
            "author": BEN, "told": [BEN], "message": "It was closed meanwhile.", "salvage": salvage, "at_ms": 1_772_442_000_000_i64
        }));
        body.extend(map(about));
        self.office.lock().unwrap().post(EntryBody::Notice { id: item, body: Value::Object(body).to_string() });
        sync(&self.book, &self.office);
        item
    }

    /// A quote or an order of the four pumps.
    fn made(&self, kind: &str) -> RecordId {
        let mut fields = self.book.get("opportunity", self.sale).unwrap();
        fields.retain(|name, _| ["customer", "pricing"].contains(&name.as_str()));
        let pumps = json!({
            "id": self.sale.derived(kind), "description": "Pump", "quantity": {"value": "4"}, "price_per_unit": "1250"
        });
        fields.extend(map(json!({ "name": "Pumps", "opportunity": self.sale, "lines": [pumps] })));
        self.book.create(kind, fields).unwrap()
    }

    fn proposes(&self) -> Value {
        let (own, hose) = (format!("lines/{}/quantity", self.line), format!("lines/{}", self.customer.derived("hose")));
        json!({ "field": "quantity (lines)", "lost": {
            own: {"value": "10"},
            format!("{hose}/description"): "Hose", format!("{hose}/quantity"): {"value": "2"}, format!("{hose}/price_per_unit"): "35",
            "est_close_date": "2026-04-01"
        } })
    }

    fn salvage(&self, item: Uuid) -> Result<Salvaged, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(self.book.salvage(item, None))
    }

    fn only(&self, kind: &str) -> serde_json::Map<String, Value> {
        let rows = self.book.list(&Query::of(kind)).unwrap();
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows[0].clone()
    }
}

fn lines(record: &serde_json::Map<String, Value>) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let line = |line: &Value| (word(&line["description"]), word(&line["quantity"]["value"]));
    record["lines"].as_array().unwrap().iter().map(line).collect()
}

fn pair(name: &str, many: &str) -> (String, String) {
    (name.to_owned(), many.to_owned())
}

#[test]
fn proposed_lines_go_on_a_follow_on_opportunity_once() {
    let desk = desk();
    let item = desk.told(("opportunity", desk.sale), "follow_on", desk.proposes());

    let plan = desk.book.salvage_plan(item, None).unwrap();
    assert_eq!(desk.book.status().unwrap().pending, 0, "a plan writes nothing");
    let done = desk.salvage(item).unwrap();
    let again = desk.salvage(item).unwrap();

    assert_eq!((plan.records, plan.already), (done.records.clone(), false));
    assert!(again.already && again.records.is_empty());
    let follow_on = desk.book.get("opportunity", done.records[0].id).unwrap();
    assert_eq!(follow_on["customer"], format!("account:{}", desk.customer));
    assert_eq!(follow_on["topic"], "Follow-on of Pumps");
    assert_eq!(follow_on["est_close_date"], "2026-04-01");
    assert_eq!(lines(&follow_on), [pair("Pump", "10"), pair("Hose", "2")]);
    assert_eq!(desk.book.status().unwrap().pending, 1, "one intent");
    let listed = desk.book.inbox().unwrap();
    assert!(listed[0].done && listed[0].read);
    assert_eq!(lines(&desk.book.get("opportunity", desk.sale).unwrap()), [pair("Pump", "4")], "the closed one stays as it is");
}

#[test]
fn proposed_lines_go_on_a_new_quote_or_order_of_the_same_customer() {
    for (salvage, kind) in [("new_quote", "quote"), ("new_order", "order")] {
        let desk = desk();
        let item = desk.told(("opportunity", desk.sale), salvage, desk.proposes());

        desk.salvage(item).unwrap();

        let draft = desk.only(kind);
        assert_eq!(draft["customer"], format!("account:{}", desk.customer));
        assert_eq!(draft["opportunity"], desk.sale.to_string());
        assert_eq!(lines(&draft), [pair("Pump", "10"), pair("Hose", "2")]);
        assert_eq!(draft["total_amount"], "12570");
    }
}

#[test]
fn a_quote_is_revised_with_the_edits() {
    let desk = desk();
    let quote = desk.made("quote");
    desk.book.act("quote", quote, "activate", map(json!({}))).unwrap();
    let line = desk.book.get("quote", quote).unwrap()["lines"][0]["id"].as_str().unwrap().to_owned();
    let lost = json!({ "lost": { format!("lines/{line}/quantity"): {"value": "7"}, "freight_amount": "12" } });
    let item = desk.told(("quote", quote), "revise", lost);

    let done = desk.salvage(item).unwrap();

    let draft = desk.book.get("quote", quote.derived("revision")).unwrap();
    assert_eq!(lines(&draft), [pair("Pump", "7")]);
    assert_eq!((&draft["freight_amount"], &draft["state"]), (&json!("12"), &json!("draft")));
    assert_eq!(desk.book.get("quote", quote).unwrap()["status_reason"], "revised");
    assert!(done.did.contains("revised"), "{done:?}");
}

#[test]
fn a_draft_invoice_is_canceled_and_drafted_anew_with_the_edits() {
    let desk = desk();
    let order = desk.made("order");
    let invoice = desk.book.act("order", order, "create_invoice", map(json!({}))).unwrap().derived("invoice");
    let line = desk.book.get("invoice", invoice).unwrap()["lines"][0]["id"].as_str().unwrap().to_owned();
    let item = desk.told(("invoice", invoice), "reissue", json!({ "lost": { format!("lines/{line}/tax"): "19" } }));

    let done = desk.salvage(item).unwrap();

    assert_eq!(desk.book.get("invoice", invoice).unwrap()["state"], "canceled");
    let rows = desk.book.list(&Query::of("invoice")).unwrap();
    let anew = rows.iter().find(|row| row["state"] == "active").unwrap();
    assert_eq!((lines(anew), &anew["lines"][0]["tax"]), (vec![pair("Pump", "4")], &json!("19")));
    assert!(done.records.iter().any(|record| record.id.to_string() == anew["id"].as_str().unwrap()));
}

#[test]
fn what_a_colleague_who_left_looked_after_is_handed_over() {
    let desk = desk();
    let cleo = desk.book.create("user", map(json!({ "name": "Cleo", "role": "rep" }))).unwrap();
    let owner = json!(format!("user:{cleo}"));
    for (kind, id) in [("opportunity", desk.sale), ("account", desk.customer)] {
        let was = desk.book.get(kind, id).unwrap();
        let mut now = was.clone();
        now.insert("owner".to_owned(), owner.clone());
        desk.book.save(kind, id, &was, &now).unwrap();
    }
    let closed = desk.book.create("task", map(json!({ "subject": "Call", "owner": owner }))).unwrap();
    desk.book.act("task", closed, "complete", map(json!({}))).unwrap();
    let item = desk.told(("user", cleo), "hand_over", json!({}));

    let done = desk.salvage(item).unwrap();

    for (kind, id) in [("opportunity", desk.sale), ("account", desk.customer)] {
        assert_eq!(desk.book.get(kind, id).unwrap()["owner"], format!("user:{BEN}"), "{kind}");
    }
    assert_eq!(desk.book.get("task", closed).unwrap()["owner"], owner, "what is closed stays whose it was");
    assert_eq!((done.records.len(), done.did.as_str()), (2, "handed over 2 records"));
    assert_eq!(desk.salvage(item).unwrap().did, "it was done already");
}

#[test]
fn one_record_is_handed_over_to_whom_somebody_names() {
    let desk = desk();
    let cleo = RecordRef::new("user", desk.book.create("user", map(json!({ "name": "Cleo", "role": "rep" }))).unwrap());
    let item = desk.told(("opportunity", desk.sale), "hand_over", json!({}));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();

    runtime.block_on(desk.book.salvage(item, Some(cleo.clone()))).unwrap();

    assert_eq!(desk.book.get("opportunity", desk.sale).unwrap()["owner"], cleo.to_string());
}

#[test]
fn what_a_rule_refuses_is_not_done_and_nothing_is_written() {
    let desk = desk();
    desk.book.act("opportunity", desk.sale, "win", map(json!({}))).unwrap();
    let item = desk.told(("opportunity", desk.sale), "choose", json!({ "field": "est_close_date", "lost": "2026-05-01" }));

    let refused = desk.salvage(item).unwrap_err();

    assert_eq!(refused.code(), "record.frozen");
    assert_eq!(desk.book.status().unwrap().pending, 0);
    assert!(!desk.book.inbox().unwrap()[0].done);
}

#[test]
fn what_no_app_can_do_is_said_and_not_marked_as_done() {
    let desk = desk();
    for (salvage, code) in
        [("clock", "salvage.by_hand"), ("move", "salvage.by_hand"), ("", "salvage.none"), ("levitate", "salvage.unknown")]
    {
        let item = desk.told(("opportunity", desk.sale), salvage, json!({ "field": "stage" }));

        assert_eq!(desk.salvage(item).unwrap_err().code(), code);
        assert_eq!(desk.book.salvage_plan(item, None).unwrap_err().code(), code);
    }
    assert!(desk.book.inbox().unwrap().iter().all(|item| !item.done));
    assert_eq!(desk.salvage(Uuid::nil()).unwrap_err().code(), "inbox.not_found");
}

#[test]
fn a_dismissed_item_leaves_the_list_and_can_still_be_looked_at() {
    let desk = desk();
    let item = desk.told(("opportunity", desk.sale), "", json!({}));

    desk.book.dismiss(item).unwrap();

    assert!(desk.book.inbox().unwrap().is_empty());
    assert_eq!(desk.book.inbox_item(item).unwrap().id, item);
}

#[test]
fn a_line_that_was_removed_comes_back_as_another() {
    let desk = desk();
    let was = desk.book.get("opportunity", desk.sale).unwrap();
    let mut now = was.clone();
    now.insert("lines".to_owned(), json!([]));
    desk.book.save("opportunity", desk.sale, &was, &now).unwrap();
    let pumps = json!({
        format!("lines/{}/description", desk.line): "Pump", format!("lines/{}/quantity", desk.line): {"value": "5"},
        format!("lines/{}/price_per_unit", desk.line): "1250"
    });
    let item = desk.told(("opportunity", desk.sale), "choose", json!({ "field": "lines", "lost": pumps }));

    desk.salvage(item).unwrap();

    assert_eq!(lines(&desk.book.get("opportunity", desk.sale).unwrap()), [pair("Pump", "5")]);
}
