//! Holds of sales, and products that change while they are sold: versions, revisions, families, defaults (`domain.md` 2.2, 2.7).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop where it is")]

use fieldbook_domain::action::{self, Author, Numbers, Place, Planned, Records, Wish};
use fieldbook_domain::constraint;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::{Raw, Scalar};
use fieldbook_domain::record::{self, RecordType};
use fieldbook_domain::refusal::Refusal;
use fieldbook_domain::view;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// 25 November 2026, noon.
const NOW: i64 = 1_795_608_000_000;
const MINUTE: i64 = 60_000;
const USER: RecordId = RecordId(Uuid::from_u128(9));

/// An administrator's records, in memory.
#[derive(Default)]
struct Book {
    records: BTreeMap<RecordRef, Raw>,
    acts: u128,
    now_ms: i64,
}

impl Records for Book {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        self.records.get(target).cloned()
    }

    fn referring(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        let hit = |(target, raw): &(&RecordRef, &Raw)| {
            let child = field.split_once('.').is_some_and(|(collection, field)| {
                raw.children(collection).iter().any(|child| raw.text(&format!("{collection}/{child}/{field}")) == Some(holds))
            });
            target.kind == kind && (child || raw.text(field) == Some(holds))
        };
        self.records.iter().filter(hit).map(|(target, _)| target.clone()).collect()
    }
}

#[derive(Debug)]
struct NoNumbers;

impl Numbers for NoNumbers {
    fn next(&self, _: &str) -> u64 {
        0
    }
}

fn kind(name: &str) -> &'static RecordType {
    record::find(name).unwrap()
}

fn id(name: &str) -> RecordId {
    RecordId(Uuid::from_u128(1)).derived(name)
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

impl Book {
    fn new() -> Self {
        Book { now_ms: NOW, ..Book::default() }
    }

    fn author(&self) -> Author {
        Author { user: USER, role: Role::Admin, now_ms: self.now_ms }
    }

    fn take(&mut self, planned: Vec<Planned>) {
        for planned in planned {
            let raw = self.records.entry(planned.target).or_default();
            raw.apply(&planned.writes);
            raw.touch(self.now_ms);
        }
    }

    fn create(&mut self, of: &str, name: &str, fields: Value) -> RecordId {
        let fields = object(fields);
        let id = record::id_in(kind(of), &fields).unwrap_or_else(|| id(name));
        let planned = action::create(kind(of), id, &fields, &self.author(), self).unwrap();
        self.take(vec![planned]);
        id
    }

    fn try_set(&mut self, of: &str, id: RecordId, change: Value) -> Result<(), Refusal> {
        let current = self.records[&RecordRef::new(of, id)].clone();
        let was = view::of(kind(of), id, &current).body.take();
        let mut now = was.clone();
        now.extend(object(change));
        let planned = action::save(kind(of), id, &current, &was, &now, &self.author(), self)?;
        self.take(planned);
        Ok(())
    }

    fn set(&mut self, of: &str, id: RecordId, change: Value) {
        self.try_set(of, id, change).unwrap();
    }

    fn get(&self, of: &str, id: RecordId) -> Map<String, Value> {
        view::of(kind(of), id, &self.records[&RecordRef::new(of, id)]).body.take()
    }

    fn at(&mut self, place: Place<'_>, of: &str, id: RecordId, verb: &str, args: Value) -> Result<RecordId, Refusal> {
        self.acts += 1;
        let wish = RecordId(Uuid::from_u128(0xac70 + self.acts));
        let current = self.records[&RecordRef::new(of, id)].clone();
        let wish = Wish { action: verb, id: wish, args: &object(args), place };
        let planned = action::act(kind(of), id, &current, &wish, &self.author(), self)?;
        self.take(planned);
        Ok(wish.id)
    }

    fn office(&mut self, id: RecordId, verb: &str) -> Result<(), Refusal> {
        self.at(Place::Office(&NoNumbers), "product", id, verb, json!({})).map(drop)
    }

    fn act(&mut self, id: RecordId, verb: &str, args: Value) -> RecordId {
        self.at(Place::Phone, "opportunity", id, verb, args).unwrap()
    }

    fn state(&self, name: &str) -> String {
        self.get("product", id(name))["state"].as_str().unwrap().to_owned()
    }

    /// An account, a family with a pump and a family below it with a hose; a list that prices both, in pieces.
    fn furnished() -> Self {
        let mut book = Book::new();
        book.create("unit_group", "pieces", json!({"name": "Pieces"}));
        book.create("unit", "piece", json!({"name": "Piece", "unit_group": id("pieces")}));
        book.create("price_list", "list", json!({"name": "Retail", "currency": "EUR"}));
        book.create("product", "family", json!({"name": "All", "structure": "family"}));
        book.create("product", "inner", json!({"name": "Hoses", "structure": "family", "parent_family": id("family")}));
        for (name, family) in [("pump", "family"), ("hose", "inner")] {
            let units =
                json!({"name": name, "parent_family": id(family), "unit_group": id("pieces"), "default_unit": id("piece")});
            book.create("product", name, units);
            let item = json!({"price_list": id("list"), "product": id(name), "unit": id("piece"), "amount": "10"});
            book.create("price_list_item", name, item);
        }
        book.create("account", "acme", json!({"name": "Acme"}));
        book
    }

    /// A draft of one pump.
    fn quote(&mut self, name: &str) -> RecordId {
        let line = json!([{"id": id(name).derived("line"), "product": id("pump"), "quantity": {"value": "1"}}]);
        let customer = format!("account:{}", id("acme"));
        let pricing = json!({"currency": "EUR", "price_list": id("list")});
        self.create("quote", name, json!({"name": "Pumps", "customer": customer, "pricing": pricing, "lines": line}))
    }
}

fn sale() -> (Book, RecordId) {
    let mut book = Book::new();
    book.create("account", "acme", json!({"name": "Acme"}));
    let sale = book.create("opportunity", "sale", json!({"topic": "Pumps", "customer": format!("account:{}", id("acme"))}));
    (book, sale)
}

#[test]
fn the_time_a_sale_is_on_hold_adds_up_to_the_second() {
    let (mut book, sale) = sale();
    for _ in 0..4 {
        book.act(sale, "hold", json!({}));
        book.now_ms += MINUTE / 2;
        assert!(book.get("opportunity", sale).contains_key("on_hold_since"));
        book.act(sale, "resume", json!({}));
        book.now_ms += 90 * MINUTE;
    }

    let body = book.get("opportunity", sale);

    assert_eq!((&body["on_hold_minutes"], body.get("on_hold_since")), (&json!(2), None));
}

#[test]
fn closing_a_sale_ends_its_hold() {
    for (verb, args) in [("win", json!({})), ("lose", json!({"reason": "canceled"}))] {
        let (mut book, sale) = sale();
        book.act(sale, "hold", json!({}));
        book.now_ms += 125 * MINUTE;
        book.act(sale, verb, args);
        book.now_ms += 500 * MINUTE;
        let closed = book.get("opportunity", sale);
        book.at(Place::Office(&NoNumbers), "opportunity", sale, "reopen", json!({})).unwrap();

        assert_eq!((&closed["on_hold_minutes"], closed.get("on_hold_since")), (&json!(125), None), "{verb}");
        assert_eq!(book.get("opportunity", sale)["on_hold_minutes"], 125);
    }
}

#[test]
fn of_a_hold_only_what_the_office_believes_counts() {
    let (mut book, sale) = sale();
    let held = book.act(sale, "hold", json!({}));
    book.now_ms += 10 * MINUTE;
    book.act(sale, "resume", json!({}));
    let raw = book.records.get_mut(&RecordRef::new("opportunity", sale)).unwrap();
    let verdict = json!({"outcome": "adjusted", "rule": "INV-80", "version": 2, "at": NOW + 4 * MINUTE});
    raw.set(&format!("verdicts/{held}"), Scalar::Str(verdict.to_string()));

    assert_eq!(book.get("opportunity", sale)["on_hold_minutes"], 6);
}

#[test]
fn a_clock_that_was_set_back_takes_nothing_away() {
    let (mut book, sale) = sale();
    book.act(sale, "hold", json!({}));
    book.now_ms -= 600 * MINUTE;
    book.act(sale, "resume", json!({}));

    assert_eq!(book.get("opportunity", sale)["on_hold_minutes"], 0);
}

proptest! {
    /// The same actions with the same verdicts give the same time, in whatever order they were put into the document.
    #[test]
    fn time_on_hold_is_the_same_however_actions_came(
        steps in prop::collection::vec((0_usize..4, -40_000_i64..400_000, prop::bool::weighted(0.2)), 1..12),
        seed in any::<u64>(),
    ) {
        let verbs = ["hold", "resume", "lose", "reopen"];
        let mut entries: Vec<(String, Scalar)> = Vec::new();
        let (mut at, mut on_hold, mut expected) = (NOW, None, 0_i64);
        let mut state = "in_progress";
        for (turn, (verb, later, withheld)) in steps.iter().enumerate() {
            at += later;
            let (verb, action) = (verbs[*verb], id(&format!("act {turn}")));
            let entry = json!({"action": verb, "by": USER, "at": at, "turn": turn + 1, "args": {"reason": "canceled"}});
            entries.push((format!("actions/{action}"), Scalar::Str(entry.to_string())));
            if *withheld {
                let verdict = json!({"outcome": "rejected", "rule": "X", "version": 1});
                entries.push((format!("verdicts/{action}"), Scalar::Str(verdict.to_string())));
                continue;
            }
            state = match (verb, state) {
                ("hold", "in_progress") => { on_hold = Some(at); "on_hold" }
                ("resume", "on_hold") => { expected += on_hold.take().map_or(0, |from: i64| (at - from).max(0)); "in_progress" }
                ("lose", "in_progress" | "on_hold") => { expected += on_hold.take().map_or(0, |from: i64| (at - from).max(0)); "lost" }
                ("reopen", "lost") => "in_progress",
                (_, state) => state,
            };
        }
        let mut raw = Raw::default();
        raw.touch(NOW);
        let turn = usize::try_from(seed % 97).unwrap() % entries.len();
        entries.rotate_left(turn);
        if seed % 2 == 0 { entries.reverse(); }
        entries.into_iter().for_each(|(key, value)| raw.set(&key, value));

        let body = view::of(kind("opportunity"), id("sale"), &raw).body;

        let minutes = body.get("on_hold_minutes").and_then(Value::as_i64).unwrap_or(0);
        prop_assert_eq!(minutes, expected / MINUTE);
        prop_assert_eq!(body.contains_key("on_hold_since"), on_hold.is_some());
    }
}

#[test]
fn publishing_what_was_revised_makes_a_new_version_and_reverting_makes_none() {
    let mut book = Book::furnished();
    let pump = id("pump");
    assert_eq!(book.get("product", pump)["version"], 1);

    book.office(pump, "revise").unwrap();
    book.set("product", pump, json!({"name": "Pump II"}));
    book.office(pump, "publish").unwrap();
    let second = book.get("product", pump);
    book.office(pump, "revise").unwrap();
    book.office(pump, "revert").unwrap();
    let reverted = book.get("product", pump);

    assert_eq!((&second["version"], &second["name"]), (&json!(2), &json!("Pump II")));
    assert_eq!((&reverted["version"], &reverted["state"], &reverted["name"]), (&json!(2), &json!("active"), &json!("Pump II")));
}

#[test]
fn reverting_brings_back_everything_somebody_typed() {
    let mut book = Book::furnished();
    let pump = id("pump");
    let colour = json!({"id": id("colour"), "name": "Colour", "data_type": "option_set", "options": "Red;Blue"});
    let size = json!({"id": id("size"), "name": "Size", "data_type": "whole_number"});
    book.set("product", pump, json!({"list_price": "12", "description": "As sold.", "properties": [colour, size]}));
    let mut before = book.get("product", pump);

    book.office(pump, "revise").unwrap();
    let other = json!({"id": id("colour"), "name": "Colour", "data_type": "option_set", "options": "Green"});
    let new = json!({"id": id("new"), "name": "Weight", "data_type": "decimal"});
    let edits = json!({"list_price": null, "url": "https://example.com", "description": "Half done", "properties": [other, new]});
    book.set("product", pump, edits);
    book.office(pump, "revert").unwrap();

    let mut after = book.get("product", pump);
    for body in [&mut before, &mut after] {
        body.remove("modified_at");
    }
    assert_eq!(before, after);
}

#[test]
fn properties_stand_where_their_product_stands() {
    let mut book = Book::furnished();
    let pump = id("pump");
    let states = |book: &Book| -> Vec<String> {
        let properties = book.get("product", pump)["properties"].as_array().unwrap().clone();
        properties.iter().map(|property| format!("{} {}", property["name"], property["state"]).replace('"', "")).collect()
    };
    let old = json!({"id": id("1"), "name": "Old", "data_type": "text"});
    let new = json!({"id": id("2"), "name": "New", "data_type": "text"});
    book.set("product", pump, json!({"properties": [old]}));
    assert_eq!(states(&book), ["Old active"]);

    book.office(pump, "revise").unwrap();
    book.set("product", pump, json!({"properties": [old, new]}));
    let mut under_revision = states(&book);
    under_revision.sort();
    assert_eq!(under_revision, ["New draft", "Old active"]);
    book.office(pump, "publish").unwrap();
    assert!(states(&book).iter().all(|said| said.ends_with("active")));
    book.office(pump, "retire").unwrap();
    assert!(states(&book).iter().all(|said| said.ends_with("retired")));
}

#[test]
fn what_happens_to_a_family_happens_to_what_belongs_to_it() {
    let mut book = Book::furnished();
    let all = ["family", "inner", "pump", "hose"];
    let states = |book: &Book| all.map(|name| book.state(name));

    book.office(id("family"), "revise").unwrap();
    assert_eq!(states(&book), ["under_revision"; 4].map(str::to_owned));
    book.set("product", id("hose"), json!({"name": "Hose II"}));
    let alone = book.office(id("hose"), "publish").unwrap_err();
    book.office(id("family"), "revert").unwrap();
    assert_eq!(states(&book), ["active"; 4].map(str::to_owned));
    assert_eq!((alone.code.as_str(), &book.get("product", id("hose"))["name"]), ("product.publish.family", &json!("hose")));

    book.office(id("family"), "revise").unwrap();
    book.office(id("family"), "publish").unwrap();
    assert_eq!(all.map(|name| book.get("product", id(name))["version"].clone()), [json!(2), json!(2), json!(2), json!(2)]);
    book.office(id("family"), "retire").unwrap();
    assert_eq!(states(&book), ["retired"; 4].map(str::to_owned));
    assert_eq!(book.office(id("hose"), "activate").unwrap_err().code, "product.activate.family");
    book.office(id("family"), "activate").unwrap();
    assert_eq!(book.state("pump"), "retired", "only what has no family comes back");
}

#[test]
fn a_family_is_not_retired_while_a_bundle_sells_what_belongs_to_it() {
    let mut book = Book::furnished();
    let part = json!([{"id": id("part"), "product": id("hose")}]);
    book.create("product", "kit", json!({"name": "Kit", "structure": "bundle", "components": part}));

    let refused = ["hose", "inner", "family"].map(|name| book.office(id(name), "retire").unwrap_err().code);
    let withdrawn = book.office(id("hose"), "withdraw").unwrap_err();
    book.office(id("kit"), "retire").unwrap();
    book.office(id("family"), "retire").unwrap();
    let back = book.office(id("kit"), "activate").unwrap_err();

    assert_eq!(refused, ["product.retire.bundle"; 3]);
    assert_eq!(withdrawn.code, "product.withdraw.bundle");
    assert_eq!(back.code, "product.activate.components");
}

#[test]
fn only_a_draft_is_deleted_and_only_what_nobody_was_offered_becomes_one() {
    let mut book = Book::furnished();
    book.quote("offer");
    let delete = |book: &mut Book, name: &str| book.at(Place::Phone, "product", id(name), "delete", json!({}));
    book.create("product", "valve", json!({"name": "Valve"}));

    let on_sale = delete(&mut book, "valve").unwrap_err();
    let offered = book.office(id("pump"), "withdraw").unwrap_err();
    let family = book.office(id("inner"), "withdraw").unwrap_err();
    book.office(id("valve"), "withdraw").unwrap();
    delete(&mut book, "valve").unwrap();

    assert_eq!(on_sale.code, "product.delete.permission");
    assert_eq!(on_sale.message, "delete needs an administrator, and only while it is draft");
    assert_eq!((offered.code.as_str(), family.code.as_str()), ("product.withdraw.offered", "product.withdraw.members"));
}

#[test]
fn what_a_new_version_asks_is_asked_of_lines_of_that_version_only() {
    let mut book = Book::furnished();
    let early = book.quote("early");
    let version = |book: &Book, quote: RecordId| book.get("quote", quote)["lines"][0]["basis"]["version"].clone();
    let activate = |book: &mut Book, quote: RecordId| book.at(Place::Phone, "quote", quote, "activate", json!({}));
    let family = id("family");
    book.office(family, "revise").unwrap();
    let property = json!({"id": id("voltage"), "name": "Voltage", "data_type": "whole_number", "required": true});
    book.set("product", family, json!({"properties": [property]}));
    book.office(family, "publish").unwrap();
    let late = book.quote("late");

    assert_eq!((version(&book, early), version(&book, late)), (json!(1), json!(2)));
    assert_eq!(activate(&mut book, late).unwrap_err().code, "quote.activate.properties");
    activate(&mut book, early).unwrap();
}

#[test]
fn who_takes_todays_prices_takes_todays_version() {
    let mut book = Book::furnished();
    let line = json!([{"id": id("line"), "product": id("pump"), "quantity": {"value": "1"}}]);
    let pricing = json!({"currency": "EUR", "price_list": id("list")});
    let sale = book.create("opportunity", "sale", json!({"topic": "Pumps", "pricing": pricing, "lines": line}));
    book.office(id("pump"), "revise").unwrap();
    book.office(id("pump"), "publish").unwrap();
    let version = |book: &Book| book.get("opportunity", sale)["lines"][0]["basis"]["version"].clone();
    let before = version(&book);
    let mut lines = book.get("opportunity", sale)["lines"].clone();
    lines[0]["quantity"]["value"] = json!("2");
    book.set("opportunity", sale, json!({ "lines": lines }));
    let edited = version(&book);

    book.act(sale, "recalculate", json!({}));

    assert_eq!((before, edited, version(&book)), (json!(1), json!(1), json!(2)));
}

#[test]
fn values_are_judged_by_bounds_of_either_sign_and_by_type() {
    let mut book = Book::furnished();
    let properties = json!([
        {"id": id("t"), "name": "Chill", "data_type": "decimal", "min_value": "-40.5", "max_value": "-5", "precision": 1},
        {"id": id("n"), "name": "Blades", "data_type": "whole_number", "min_value": "-2", "max_value": "6"},
        {"id": id("f"), "name": "Seal", "data_type": "text", "default_value": "Rubber", "read_only": true},
    ]);
    book.set("product", id("pump"), json!({ "properties": properties }));
    let quote = book.quote("offer");
    let line = quote.derived("line");
    let mut say = |name: &str, value: &str| {
        let said = json!([{"id": line.derived(name), "line": line, "name": name, "value": value}]);
        book.try_set("quote", quote, json!({ "properties": said })).map_err(|refusal| refusal.code)
    };

    assert_eq!(say("Chill", "-40.5"), Ok(()));
    assert_eq!(say("Chill", "-40.6"), Err("property.range".to_owned()));
    assert_eq!(say("Chill", "0"), Err("property.range".to_owned()));
    assert_eq!(say("Chill", "-10.25"), Err("property.format".to_owned()));
    assert_eq!(say("Blades", "-1"), Ok(()));
    assert_eq!(say("Blades", "1.5"), Err("property.format".to_owned()));
    assert_eq!(say("Blades", "three"), Err("property.format".to_owned()));
    assert_eq!(say("Seal", "Teflon"), Err("property.read_only".to_owned()));
    assert_eq!(say("Seal", "Rubber"), Ok(()));
    let far = json!([{"id": id("t"), "name": "Far", "data_type": "decimal", "min_value": "-1000000000001"}]);
    assert_eq!(book.try_set("product", id("pump"), json!({ "properties": far })).unwrap_err().code, "field.range");
}

#[test]
fn a_default_is_not_put_out_of_use_and_what_was_anyway_is_flagged() {
    let mut book = Book::furnished();
    book.set("account", id("acme"), json!({"default_price_list": id("list")}));
    let away = |book: &mut Book, of: &str, name: &str| {
        let refused = book.at(Place::Office(&NoNumbers), of, id(name), "deactivate", json!({})).map(drop);
        let offer = action::available(
            kind(of),
            id(name),
            &view::of(kind(of), id(name), &book.records[&RecordRef::new(of, id(name))]),
            &book.author(),
            book,
        );
        let offer = offer.into_iter().find(|offer| offer.action == "deactivate").unwrap();
        assert!(refused.is_ok() || offer.reason == refused.clone().err(), "the phone knows at once");
        refused.map_err(|refusal| refusal.code)
    };

    assert_eq!(away(&mut book, "price_list", "list"), Err("price_list.deactivate.default".to_owned()));
    assert_eq!(away(&mut book, "unit_group", "pieces"), Err("unit_group.deactivate.default".to_owned()));
    book.set("account", id("acme"), json!({"default_price_list": null}));
    book.set("product", id("pump"), json!({"default_price_list": id("list")}));
    assert_eq!(away(&mut book, "price_list", "list"), Err("price_list.deactivate.default".to_owned()));
    book.set("product", id("pump"), json!({"default_price_list": null}));
    assert_eq!(away(&mut book, "price_list", "list"), Ok(()));
    let refused = book.try_set("account", id("acme"), json!({"default_price_list": id("list")})).unwrap_err();
    assert_eq!(refused.code, "field.inactive");

    let acme = RecordRef::new("account", id("acme"));
    book.records.get_mut(&acme).unwrap().set("default_price_list", Scalar::Str(id("list").to_string()));
    let flags = constraint::flags(kind("account"), acme.id, &book.get("account", acme.id), &book);
    assert_eq!(flags.iter().map(|flag| (flag.name, flag.rule)).collect::<Vec<_>>(), [("account.default_price_list", "INV-10")]);
}

#[test]
fn a_metric_stays_while_a_goal_is_measured_by_it() {
    let mut book = Book::new();
    let metric = book.create("goal_metric", "metric", json!({"name": "Won", "metric_type": "count"}));
    let period = json!({"kind": "custom", "from": "2026-01-01", "to": "2026-12-31"});
    let goal = json!({"title": "Sell", "metric": metric, "owner": format!("user:{USER}"), "period": period});
    let goal = book.create("goal", "goal", goal);

    let deleted = book.at(Place::Phone, "goal_metric", metric, "delete", json!({})).unwrap_err();
    let counted = book.try_set("goal_metric", metric, json!({"metric_type": "amount"})).unwrap_err();
    book.at(Place::Phone, "goal_metric", metric, "deactivate", json!({})).unwrap();
    let other = json!({"title": "More", "metric": metric, "owner": format!("user:{USER}"), "period": {"kind": "custom", "from": "2026-01-01", "to": "2026-12-31"}});
    let new = action::create(kind("goal"), id("other"), &object(other), &book.author(), &book).unwrap_err();
    book.at(Place::Phone, "goal", goal, "delete", json!({})).unwrap();
    book.at(Place::Phone, "goal_metric", metric, "delete", json!({})).unwrap();

    assert_eq!(deleted.message, "Won measures the goal Sell, so it is not deleted; deactivate it instead");
    let codes = [deleted.code, counted.code, new.code];
    assert_eq!(codes, ["goal_metric.delete.needed", "INV-78", "field.inactive"]);
}

#[test]
fn a_line_that_says_not_what_it_is_has_no_price() {
    let mut book = Book::furnished();
    let line = json!([{"id": id("line"), "quantity": {"value": "1"}, "price_per_unit": "5"}]);
    let customer = format!("account:{}", id("acme"));
    let quote = book.create("quote", "offer", json!({"name": "What?", "customer": customer, "lines": line}));

    assert_eq!(book.get("quote", quote)["lines"][0]["pricing_error"], 6);
    assert!(book.at(Place::Phone, "quote", quote, "activate", json!({})).is_err());
}
