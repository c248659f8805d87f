//! Products that change while they are sold: versions, revisions, families, defaults (`domain.md` 2.7).

use crate::book::{Book, USER, id, kind, object};
use fieldbook_domain::action;
use fieldbook_domain::constraint;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Scalar;
use fieldbook_domain::view;
use serde_json::json;

/// An account, a family with a pump and a family below it with a hose; a list that prices both, in pieces.
fn furnished() -> Book {
    let mut book = Book::of(Role::Admin);
    book.create("unit_group", "pieces", json!({"name": "Pieces"}));
    book.create("unit", "piece", json!({"name": "Piece", "unit_group": id("pieces")}));
    book.create("price_list", "list", json!({"name": "Retail", "currency": "EUR"}));
    book.create("product", "family", json!({"name": "All", "structure": "family"}));
    book.create("product", "inner", json!({"name": "Hoses", "structure": "family", "parent_family": id("family")}));
    for (name, family) in [("pump", "family"), ("hose", "inner")] {
        let units = json!({"name": name, "parent_family": id(family), "unit_group": id("pieces"), "default_unit": id("piece")});
        book.create("product", name, units);
        let item = json!({"price_list": id("list"), "product": id(name), "unit": id("piece"), "amount": "10"});
        book.create("price_list_item", name, item);
    }
    book.create("account", "acme", json!({"name": "Acme"}));
    book
}

/// A draft of one pump.
fn quote(book: &mut Book, name: &str) -> RecordId {
    let line = json!([{"id": id(name).derived("line"), "product": id("pump"), "quantity": {"value": "1"}}]);
    let customer = format!("account:{}", id("acme"));
    let pricing = json!({"currency": "EUR", "price_list": id("list")});
    book.create("quote", name, json!({"name": "Pumps", "customer": customer, "pricing": pricing, "lines": line}))
}

/// The state of the product of this name.
fn standing(book: &Book, name: &str) -> String {
    book.get("product", id(name))["state"].as_str().unwrap().to_owned()
}

#[test]
fn publishing_what_was_revised_makes_a_new_version_and_reverting_makes_none() {
    let mut book = furnished();
    let pump = id("pump");
    assert_eq!(book.get("product", pump)["version"], 1);

    book.at_office("product", pump, "revise").unwrap();
    book.set("product", pump, json!({"name": "Pump II"}));
    book.at_office("product", pump, "publish").unwrap();
    let second = book.get("product", pump);
    book.at_office("product", pump, "revise").unwrap();
    book.at_office("product", pump, "revert").unwrap();
    let reverted = book.get("product", pump);

    assert_eq!((&second["version"], &second["name"]), (&json!(2), &json!("Pump II")));
    assert_eq!((&reverted["version"], &reverted["state"], &reverted["name"]), (&json!(2), &json!("active"), &json!("Pump II")));
}

#[test]
fn reverting_brings_back_everything_somebody_typed() {
    let mut book = furnished();
    let pump = id("pump");
    let colour = json!({"id": id("colour"), "name": "Colour", "data_type": "option_set", "options": "Red;Blue"});
    let size = json!({"id": id("size"), "name": "Size", "data_type": "whole_number"});
    book.set("product", pump, json!({"list_price": "12", "description": "As sold.", "properties": [colour, size]}));
    let mut before = book.get("product", pump);

    book.at_office("product", pump, "revise").unwrap();
    let other = json!({"id": id("colour"), "name": "Colour", "data_type": "option_set", "options": "Green"});
    let new = json!({"id": id("new"), "name": "Weight", "data_type": "decimal"});
    let edits = json!({"list_price": null, "url": "https://example.com", "description": "Half done", "properties": [other, new]});
    book.set("product", pump, edits);
    book.at_office("product", pump, "revert").unwrap();

    let mut after = book.get("product", pump);
    for body in [&mut before, &mut after] {
        body.remove("modified_at");
    }
    assert_eq!(before, after);
}

#[test]
fn properties_stand_where_their_product_stands() {
    let mut book = furnished();
    let pump = id("pump");
    let states = |book: &Book| -> Vec<String> {
        let properties = book.get("product", pump)["properties"].as_array().unwrap().clone();
        properties.iter().map(|property| format!("{} {}", property["name"], property["state"]).replace('"', "")).collect()
    };
    let old = json!({"id": id("1"), "name": "Old", "data_type": "text"});
    let new = json!({"id": id("2"), "name": "New", "data_type": "text"});
    book.set("product", pump, json!({"properties": [old]}));
    assert_eq!(states(&book), ["Old active"]);

    book.at_office("product", pump, "revise").unwrap();
    book.set("product", pump, json!({"properties": [old, new]}));
    let mut under_revision = states(&book);
    under_revision.sort();
    assert_eq!(under_revision, ["New draft", "Old active"]);
    book.at_office("product", pump, "publish").unwrap();
    assert!(states(&book).iter().all(|said| said.ends_with("active")));
    book.at_office("product", pump, "retire").unwrap();
    assert!(states(&book).iter().all(|said| said.ends_with("retired")));
}

#[test]
fn what_happens_to_a_family_happens_to_what_belongs_to_it() {
    let mut book = furnished();
    let all = ["family", "inner", "pump", "hose"];
    let states = |book: &Book| all.map(|name| standing(book, name));

    book.at_office("product", id("family"), "revise").unwrap();
    assert_eq!(states(&book), ["under_revision"; 4].map(str::to_owned));
    book.set("product", id("hose"), json!({"name": "Hose II"}));
    let alone = book.at_office("product", id("hose"), "publish").unwrap_err();
    book.at_office("product", id("family"), "revert").unwrap();
    assert_eq!(states(&book), ["active"; 4].map(str::to_owned));
    assert_eq!((alone.code.as_str(), &book.get("product", id("hose"))["name"]), ("product.publish.family", &json!("hose")));

    book.at_office("product", id("family"), "revise").unwrap();
    book.at_office("product", id("family"), "publish").unwrap();
    assert_eq!(all.map(|name| book.get("product", id(name))["version"].clone()), [json!(2), json!(2), json!(2), json!(2)]);
    book.at_office("product", id("family"), "retire").unwrap();
    assert_eq!(states(&book), ["retired"; 4].map(str::to_owned));
    assert_eq!(book.at_office("product", id("hose"), "activate").unwrap_err().code, "product.activate.family");
    book.at_office("product", id("family"), "activate").unwrap();
    assert_eq!(standing(&book, "pump"), "retired", "only what has no family comes back");
}

#[test]
fn a_family_is_not_retired_while_a_bundle_sells_what_belongs_to_it() {
    let mut book = furnished();
    let part = json!([{"id": id("part"), "product": id("hose")}]);
    book.create("product", "kit", json!({"name": "Kit", "structure": "bundle", "components": part}));

    let refused = ["hose", "inner", "family"].map(|name| book.at_office("product", id(name), "retire").unwrap_err().code);
    let withdrawn = book.at_office("product", id("hose"), "withdraw").unwrap_err();
    book.at_office("product", id("kit"), "retire").unwrap();
    book.at_office("product", id("family"), "retire").unwrap();
    let back = book.at_office("product", id("kit"), "activate").unwrap_err();

    assert_eq!(refused, ["product.retire.bundle"; 3]);
    assert_eq!(withdrawn.code, "product.withdraw.bundle");
    assert_eq!(back.code, "product.activate.components");
}

#[test]
fn only_a_draft_is_deleted_and_only_what_nobody_was_offered_becomes_one() {
    let mut book = furnished();
    quote(&mut book, "offer");
    let delete = |book: &mut Book, name: &str| book.try_act("product", id(name), "delete", json!({}));
    book.create("product", "valve", json!({"name": "Valve"}));

    let on_sale = delete(&mut book, "valve").unwrap_err();
    let offered = book.at_office("product", id("pump"), "withdraw").unwrap_err();
    let family = book.at_office("product", id("inner"), "withdraw").unwrap_err();
    book.at_office("product", id("valve"), "withdraw").unwrap();
    delete(&mut book, "valve").unwrap();

    assert_eq!(on_sale.code, "product.delete.permission");
    assert_eq!(on_sale.message, "delete needs an administrator, and only while it is draft");
    assert_eq!((offered.code.as_str(), family.code.as_str()), ("product.withdraw.offered", "product.withdraw.members"));
}

#[test]
fn what_a_new_version_asks_is_asked_of_lines_of_that_version_only() {
    let mut book = furnished();
    let early = quote(&mut book, "early");
    let version = |book: &Book, quote: RecordId| book.get("quote", quote)["lines"][0]["basis"]["version"].clone();
    let activate = |book: &mut Book, quote: RecordId| book.try_act("quote", quote, "activate", json!({}));
    let family = id("family");
    book.at_office("product", family, "revise").unwrap();
    let property = json!({"id": id("voltage"), "name": "Voltage", "data_type": "whole_number", "required": true});
    book.set("product", family, json!({"properties": [property]}));
    book.at_office("product", family, "publish").unwrap();
    let late = quote(&mut book, "late");

    assert_eq!((version(&book, early), version(&book, late)), (json!(1), json!(2)));
    assert_eq!(activate(&mut book, late).unwrap_err().code, "quote.activate.properties");
    activate(&mut book, early).unwrap();
}

#[test]
fn who_takes_todays_prices_takes_todays_version() {
    let mut book = furnished();
    let line = json!([{"id": id("line"), "product": id("pump"), "quantity": {"value": "1"}}]);
    let pricing = json!({"currency": "EUR", "price_list": id("list")});
    let sale = book.create("opportunity", "sale", json!({"topic": "Pumps", "pricing": pricing, "lines": line}));
    book.at_office("product", id("pump"), "revise").unwrap();
    book.at_office("product", id("pump"), "publish").unwrap();
    let version = |book: &Book| book.get("opportunity", sale)["lines"][0]["basis"]["version"].clone();
    let before = version(&book);
    let mut lines = book.get("opportunity", sale)["lines"].clone();
    lines[0]["quantity"]["value"] = json!("2");
    book.set("opportunity", sale, json!({ "lines": lines }));
    let edited = version(&book);

    book.act("opportunity", sale, "recalculate", json!({}));

    assert_eq!((before, edited, version(&book)), (json!(1), json!(1), json!(2)));
}

#[test]
fn values_are_judged_by_bounds_of_either_sign_and_by_type() {
    let mut book = furnished();
    let properties = json!([
        {"id": id("t"), "name": "Chill", "data_type": "decimal", "min_value": "-40.5", "max_value": "-5", "precision": 1},
        {"id": id("n"), "name": "Blades", "data_type": "whole_number", "min_value": "-2", "max_value": "6"},
        {"id": id("f"), "name": "Seal", "data_type": "text", "default_value": "Rubber", "read_only": true},
    ]);
    book.set("product", id("pump"), json!({ "properties": properties }));
    let quote = quote(&mut book, "offer");
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
    let mut book = furnished();
    book.set("account", id("acme"), json!({"default_price_list": id("list")}));
    let away = |book: &mut Book, of: &str, name: &str| {
        let refused = book.at_office(of, id(name), "deactivate").map(drop);
        let offer =
            action::available(kind(of), id(name), &view::of(kind(of), id(name), book.raw_of(of, id(name))), &book.author(), book);
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
    let mut book = Book::of(Role::Admin);
    let metric = book.create("goal_metric", "metric", json!({"name": "Won", "metric_type": "count"}));
    let period = json!({"kind": "custom", "from": "2026-01-01", "to": "2026-12-31"});
    let goal = json!({"title": "Sell", "metric": metric, "owner": format!("user:{USER}"), "period": period});
    let goal = book.create("goal", "goal", goal);

    let deleted = book.try_act("goal_metric", metric, "delete", json!({})).unwrap_err();
    let counted = book.try_set("goal_metric", metric, json!({"metric_type": "amount"})).unwrap_err();
    book.try_act("goal_metric", metric, "deactivate", json!({})).unwrap();
    let other = json!({"title": "More", "metric": metric, "owner": format!("user:{USER}"), "period": {"kind": "custom", "from": "2026-01-01", "to": "2026-12-31"}});
    let new = action::create(kind("goal"), id("other"), &object(other), &book.author(), &book).unwrap_err();
    book.try_act("goal", goal, "delete", json!({})).unwrap();
    book.try_act("goal_metric", metric, "delete", json!({})).unwrap();

    assert_eq!(deleted.message, "Won measures the goal Sell, so it is not deleted; deactivate it instead");
    let codes = [deleted.code, counted.code, new.code];
    assert_eq!(codes, ["goal_metric.delete.needed", "INV-78", "field.inactive"]);
}

#[test]
fn a_line_that_says_not_what_it_is_has_no_price() {
    let mut book = furnished();
    let line = json!([{"id": id("line"), "quantity": {"value": "1"}, "price_per_unit": "5"}]);
    let customer = format!("account:{}", id("acme"));
    let quote = book.create("quote", "offer", json!({"name": "What?", "customer": customer, "lines": line}));

    assert_eq!(book.get("quote", quote)["lines"][0]["pricing_error"], 6);
    assert!(book.try_act("quote", quote, "activate", json!({})).is_err());
}
