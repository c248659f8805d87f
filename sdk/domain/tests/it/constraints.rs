//! What must hold of several fields and records together: each constraint by name, refused on the phone with its field.

use crate::book::{Book, NOW, USER, id, kind, object};
use fieldbook_domain::constraint;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Scalar;
use fieldbook_domain::record::RECORD_TYPES;
use fieldbook_domain::record::price_list::PriceListItem;
use fieldbook_domain::view;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn many(count: usize, child: impl Fn(usize) -> Value) -> Value {
    (0..count).map(child).collect()
}

/// Pieces and boxes, litres, two pumps and a family, a list in euros with a price.
fn furnished() -> Book {
    let mut book = Book::of(Role::Admin);
    let mut make = |of: &str, name: &str, fields: Value| book.create(of, name, fields);
    make("unit_group", "pieces", json!({"name": "Pieces"}));
    make("unit_group", "volume", json!({"name": "Volume"}));
    make("unit", "piece", json!({"name": "Piece", "unit_group": id("pieces")}));
    make("unit", "box", json!({"name": "Box", "unit_group": id("pieces"), "base_unit": id("piece"), "quantity": "12"}));
    make("unit", "litre", json!({"name": "Litre", "unit_group": id("volume")}));
    make("product", "pumps", json!({"name": "Pumps", "structure": "family"}));
    let pump = json!({"name": "Pump", "product_number": "P-1", "parent_family": id("pumps"), "unit_group": id("pieces"), "default_unit": id("piece"), "currency": "USD"});
    make("product", "pump", pump);
    make("product", "hose", json!({"name": "Hose", "unit_group": id("pieces")}));
    let parts = json!([{"id": id("part"), "product": id("hose"), "quantity": "2"}]);
    make("product", "kit", json!({"name": "Kit", "structure": "bundle", "components": parts}));
    make("price_list", "list", json!({"name": "Retail", "currency": "EUR", "start_date": "2026-01-01"}));
    make(
        "price_list_item",
        "item",
        json!({"price_list": id("list"), "product": id("pump"), "unit": id("piece"), "amount": "10"}),
    );
    let tiers = json!([{"id": id("tier"), "low": "10", "high": "49", "off": "5"}]);
    make("discount_list", "discounts", json!({"name": "Volume", "kind": "percent", "tiers": tiers}));
    make("product_relationship", "tip", json!({"product": id("pump"), "related_product": id("hose"), "kind": "accessory"}));
    book
}

/// The item of the furnished book.
fn item() -> RecordId {
    PriceListItem::id_of(id("list"), id("pump"), id("piece"))
}

/// One breach of each constraint: its name, the field named, and a save of a record or, by a name of its own, a new one.
#[rustfmt::skip]
fn breaches() -> Vec<(&'static str, &'static str, &'static str, RecordId, Value)> {
    let new = |name: &str| id(&format!("new {name}"));
    let goal = |fields: Value| { let mut goal = object(json!({"title": "Sell", "metric": id("metric"), "owner": format!("user:{}", USER)})); goal.extend(object(fields)); Value::from(goal) };
    let quote = |fields: Value| { let mut quote = object(json!({"name": "Pumps", "customer": format!("account:{}", id("acme"))})); quote.extend(object(fields)); Value::from(quote) };
    let priced = |fields: Value| { let mut item = object(json!({"price_list": id("list"), "product": id("hose"), "unit": id("piece")})); item.extend(object(fields)); Value::from(item) };
    let tiers = |low: &str, high: &str, off: &str| json!({"tiers": [{"id": id("tier"), "low": "10", "high": "49", "off": "5"}, {"id": id("other"), "low": low, "high": high, "off": off}]});
    vec![
        ("account.parent_account", "parent_account", "account", id("acme"), json!({"parent_account": id("globex")})),
        ("contact.manager", "manager", "contact", id("lind"), json!({"manager": id("lind")})),
        ("user.manager", "manager", "user", id("chief"), json!({"manager": id("seller")})),
        ("business_unit.parent", "parent", "business_unit", id("north"), json!({"parent": id("coast")})),
        ("goal.parent_goal", "parent_goal", "goal", id("year"), json!({"parent_goal": id("month")})),
        ("goal.metric", "parent_goal", "goal", new("goal"), goal(json!({"metric": id("visits"), "parent_goal": id("year"), "period": {"kind": "custom", "from": "2026-01-01", "to": "2026-01-01"}}))),
        ("opportunity.originating_lead", "originating_lead", "opportunity", id("sale"), json!({"originating_lead": id("lead")})),
        ("goal.period", "period", "goal", new("goal"), goal(json!({"period": {"kind": "custom", "from": "2026-02-01", "to": "2026-01-31"}}))),
        ("line.quantity", "quantity", "quote", new("quote"), quote(json!({"lines": [{"id": id("line"), "description": "Digging", "price_per_unit": "5", "quantity": {"value": "0"}}]}))),
        ("quote.effective", "effective_from", "quote", new("quote"), quote(json!({"effective_from": "2026-12-02", "effective_to": "2026-12-01"}))),
        ("pricing.currency", "pricing", "opportunity", id("sale"), json!({"pricing": {"currency": "USD"}})),
        ("pricing.opportunity", "opportunity", "quote", id("other_offer"), json!({"opportunity": id("sale")})),
        ("pricing.order", "order", "invoice", id("bill"), json!({"order": id("deal")})),
        ("invoice.order", "order", "invoice", new("invoice"), quote(json!({"order": id("called off")}))),
        ("order.quote", "quote", "order", new("order"), quote(json!({"quote": id("offer")}))),
        ("currency.exchange_rate", "exchange_rate", "currency", new("currency"), json!({"iso_code": "CHF", "exchange_rate": "0"})),
        ("unit_group.primary_unit", "primary_unit", "unit_group", id("pieces"), json!({"primary_unit": id("litre")})),
        ("unit.base_unit", "base_unit", "unit", id("piece"), json!({"base_unit": id("box")})),
        ("unit.group", "base_unit", "unit", new("crate"), json!({"name": "Crate", "unit_group": id("pieces"), "base_unit": id("litre")})),
        ("unit.primary", "base_unit", "unit", id("litre"), json!({"base_unit": id("drop")})),
        ("unit.leads", "unit_group", "unit", id("litre"), json!({"unit_group": null})),
        ("unit.products", "unit_group", "unit", id("drop"), json!({"unit_group": id("pieces")})),
        ("unit.quantity", "quantity", "unit", id("box"), json!({"quantity": "0"})),
        ("product.product_number", "product_number", "product", id("hose"), json!({"product_number": "P-1"})),
        ("currency.iso_code", "iso_code", "currency", new("currency"), json!({"iso_code": "USD", "exchange_rate": "1"})),
        ("product.component_unit", "unit", "product", id("kit"), json!({"components": [{"id": id("a"), "product": id("pump"), "unit": id("litre")}]})),
        ("price_list_item.product", "product", "price_list_item", new("item"), json!({"price_list": id("list"), "product": id("pumps"), "unit": id("piece"), "amount": "9"})),
        ("product.family_price", "list_price", "product", id("plain"), json!({"structure": "family"})),
        ("product.validity", "valid_from", "product", id("pump"), json!({"valid_from": "2026-06-02", "valid_to": "2026-06-01"})),
        ("product.parent_family", "parent_family", "product", id("pumps"), json!({"parent_family": id("pumps")})),
        ("product.family", "parent_family", "product", id("hose"), json!({"parent_family": id("pump")})),
        ("product.family_price", "list_price", "product", id("pumps"), json!({"list_price": "10"})),
        ("product.default_unit", "default_unit", "product", id("pump"), json!({"default_unit": id("litre")})),
        ("product.bundle", "structure", "product", id("kit"), json!({"structure": "product"})),
        ("product.items", "unit_group", "product", id("pump"), json!({"unit_group": id("volume"), "default_unit": null})),
        ("product.component", "product", "product", new("kit"), json!({"name": "Kit of kits", "structure": "bundle", "components": [{"id": id("a"), "product": id("kit")}]})),
        ("product.component_quantity", "quantity", "product", new("kit"), json!({"name": "Nothing", "structure": "bundle", "components": [{"id": id("a"), "product": id("hose"), "quantity": "0"}]})),
        ("product.components", "components", "product", id("kit"), json!({"components": many(16, |n| json!({"id": id(&n.to_string()), "product": id("hose")}))})),
        ("product.properties", "properties", "product", id("pump"), json!({"properties": many(51, |n| json!({"id": id(&n.to_string()), "name": n.to_string(), "data_type": "text"}))})),
        ("product.property_name", "name", "product", id("pump"), json!({"properties": many(2, |n| json!({"id": id(&n.to_string()), "name": "Colour", "data_type": "text"}))})),
        ("product.property_range", "min_value", "product", id("pump"), json!({"properties": [{"id": id("a"), "name": "Bar", "data_type": "decimal", "min_value": "10", "max_value": "9"}]})),
        ("product.property_range", "min_value", "product", id("pump"), json!({"properties": [{"id": id("a"), "name": "Chill", "data_type": "decimal", "min_value": "-10", "max_value": "-10.5"}]})),
        ("product.property_options", "options", "product", id("pump"), json!({"properties": [{"id": id("a"), "name": "Colour", "data_type": "option_set", "options": " ; "}]})),
        ("product.property_default", "default_value", "product", id("pump"), json!({"properties": [{"id": id("a"), "name": "Chill", "data_type": "decimal", "min_value": "-10", "max_value": "-1", "default_value": "0"}]})),
        ("product.component_on_sale", "product", "product", id("kit"), json!({"components": [{"id": id("a"), "product": id("old hose")}]})),
        ("product_relationship.self", "related_product", "product_relationship", id("tip"), json!({"related_product": id("pump")})),
        ("product_relationship.family", "product", "product_relationship", new("tip"), json!({"product": id("hose"), "related_product": id("pumps"), "kind": "cross_sell"})),
        ("product_relationship.twice", "product", "product_relationship", new("tip"), json!({"product": id("pump"), "related_product": id("hose"), "kind": "accessory"})),
        ("price_list.dates", "start_date", "price_list", id("list"), json!({"end_date": "2025-12-31"})),
        ("price_list.currency", "currency", "price_list", id("in dollars"), json!({"currency": "EUR"})),
        ("price_list_item.key", "price_list", "price_list_item", item(), json!({"product": id("hose")})),
        ("price_list_item.amount", "amount", "price_list_item", new("item"), priced(json!({}))),
        ("price_list_item.percentage", "percentage", "price_list_item", new("item"), priced(json!({"pricing_method": "percent_of_list"}))),
        ("price_list_item.margin", "percentage", "price_list_item", new("item"), priced(json!({"pricing_method": "percent_margin_current", "percentage": "100"}))),
        ("price_list_item.rounding", "rounding_amount", "price_list_item", new("item"), priced(json!({"amount": "9", "rounding_policy": "up", "rounding_option": "multiple_of", "rounding_amount": "0"}))),
        ("price_list_item.unit", "unit", "price_list_item", new("item"), priced(json!({"amount": "9", "unit": id("litre")}))),
        ("price_list_item.currency", "pricing_method", "price_list_item", item(), json!({"pricing_method": "percent_of_list", "percentage": "90"})),
        ("price_list_item.discount_list", "discount_list", "price_list_item", item(), json!({"discount_list": id("dollars off")})),
        ("discount_list.tier", "low", "discount_list", id("discounts"), tiers("60", "50", "6")),
        ("discount_list.tiers", "low", "discount_list", id("discounts"), tiers("49", "80", "6")),
        ("discount_list.off", "off", "discount_list", id("discounts"), tiers("50", "80", "101")),
        ("discount_list.kind", "kind", "discount_list", id("dollars off"), json!({"kind": "percent"})),
        ("discount_list.currency", "currency", "discount_list", id("dollars off"), json!({"currency": null})),
    ]
}

/// What some of the breaches are made of, besides the furniture.
fn more(book: &mut Book) {
    let mut make = |of: &str, name: &str, fields: Value| book.create(of, name, fields);
    make("account", "acme", json!({"name": "Acme"}));
    make("account", "globex", json!({"name": "Globex", "parent_account": id("acme")}));
    make("lead", "lead", json!({"topic": "Pumps", "last_name": "Lind"}));
    make("contact", "lind", json!({"last_name": "Lind"}));
    make("user", "chief", json!({"name": "Maya", "role": "manager"}));
    make("user", "seller", json!({"name": "Ada", "role": "rep", "manager": id("chief")}));
    make("business_unit", "north", json!({"name": "North"}));
    make("business_unit", "coast", json!({"name": "Coast", "parent": id("north")}));
    make("goal_metric", "visits", json!({"name": "Visits", "metric_type": "count"}));
    make("goal_metric", "metric", json!({"name": "Revenue", "metric_type": "count"}));
    let goal = |parent: Option<RecordId>| {
        let period = json!({"kind": "custom", "from": "2026-01-01", "to": "2026-01-01"});
        json!({"title": "Sell", "metric": id("metric"), "owner": format!("user:{}", USER), "period": period, "parent_goal": parent})
    };
    make("goal", "year", goal(None));
    make("goal", "month", goal(Some(id("year"))));
    make("product", "plain", json!({"name": "Plain"}));
    make(
        "price_list_item",
        "plain",
        json!({"price_list": id("list"), "product": id("plain"), "unit": id("piece"), "amount": "9"}),
    );
    make("currency", "dollar", json!({"iso_code": "USD", "exchange_rate": "1"}));
    make("product", "old hose", json!({"name": "Hose of 1998"}));
    make("unit", "drop", json!({"name": "Drop", "unit_group": id("volume")}));
    let tiers = json!([{"id": id("off"), "low": "1", "high": "9", "off": "250"}]);
    make("discount_list", "dollars off", json!({"name": "Dollars off", "kind": "amount", "currency": "USD", "tiers": tiers}));
    make("price_list", "in dollars", json!({"name": "Dollars", "currency": "USD"}));
    let percent = json!({"price_list": id("in dollars"), "product": id("pump"), "unit": id("piece"), "pricing_method": "percent_of_list", "percentage": "90"});
    make("price_list_item", "percent", percent);
    let (euros, dollars) =
        (json!({"currency": "EUR", "price_list": id("list")}), json!({"currency": "USD", "price_list": id("in dollars")}));
    make("opportunity", "sale", json!({"topic": "Pumps", "pricing": euros}));
    let customer = format!("account:{}", id("acme"));
    make("quote", "offer", json!({"name": "Pumps", "customer": customer, "pricing": euros, "opportunity": id("sale")}));
    make("quote", "other_offer", json!({"name": "Pumps", "customer": customer, "pricing": dollars}));
    make("order", "deal", json!({"name": "Pumps", "customer": customer, "pricing": euros}));
    make("invoice", "bill", json!({"name": "Pumps", "customer": customer, "pricing": dollars}));
    make("order", "called off", json!({"name": "Pumps", "customer": customer}));
    make("product", "oil", json!({"name": "Oil", "unit_group": id("volume"), "default_unit": id("drop")}));
    book.set("unit_group", id("volume"), json!({"primary_unit": id("litre")}));
    let canceled = json!({"action": "cancel", "by": USER, "at": NOW, "turn": 1});
    let off = book.raw_mut("order", id("called off"));
    off.set(&format!("actions/{}", id("canceled")), Scalar::Str(canceled.to_string()));
    let retired = json!({"action": "retire", "by": USER, "at": NOW, "turn": 1});
    let old = book.raw_mut("product", id("old hose"));
    old.set(&format!("actions/{}", id("retired")), Scalar::Str(retired.to_string()));
}

#[test]
fn every_constraint_is_refused_by_its_name_and_field() {
    for (name, field, of, record, fields) in breaches() {
        let mut book = furnished();
        more(&mut book);
        let there = book.records.contains_key(&RecordRef::new(of, record));

        let answer =
            if there { book.try_set(of, record, fields) } else { book.try_create(of, &format!("new {name}"), fields).map(drop) };

        let refusal = answer.expect_err(name);
        assert_eq!((refusal.code.as_str(), refusal.field.as_deref()), (name, Some(field)), "{}", refusal.message);
    }
}

#[test]
fn every_constraint_that_refuses_is_played() {
    let played: BTreeSet<&str> = breaches().into_iter().map(|(name, ..)| name).collect();
    let refused = RECORD_TYPES.iter().flat_map(|kind| kind.constraints).filter(|it| !it.soft);
    let declared: BTreeSet<&str> = refused.map(|it| it.name).collect();

    assert_eq!(played, declared);
}

#[test]
fn what_touches_a_constraint_without_breaking_it_is_taken() {
    let mut book = furnished();
    more(&mut book);

    book.set("price_list", id("list"), json!({"end_date": "2026-01-01"}));
    book.set("unit_group", id("pieces"), json!({"primary_unit": id("piece")}));
    let tiers = json!([{"id": id("tier"), "low": "10", "high": "49", "off": "5"}, {"id": id("next"), "low": "50", "high": "99", "off": "100"}]);
    book.set("discount_list", id("discounts"), json!({ "tiers": tiers }));
    book.set("product", id("kit"), json!({"components": many(15, |n| json!({"id": id(&n.to_string()), "product": id("hose")}))}));
    book.set("price_list_item", item(), json!({"rounding_policy": "none", "rounding_option": "multiple_of"}));
}

#[test]
fn what_was_broken_before_hinders_nobody_who_does_not_touch_it() {
    let mut book = furnished();
    let target = RecordRef::new("discount_list", id("discounts"));
    let raw = book.records.get_mut(&target).unwrap();
    let other = id("other");
    for (field, value) in [("low", "20"), ("high", "30"), ("off", "7")] {
        raw.set(&format!("tiers/{other}/{field}"), Scalar::Str(value.to_owned()));
    }

    book.set("discount_list", target.id, json!({"description": "From the old system"}));
    let refused =
        book.try_set("discount_list", target.id, json!({"tiers": [{"id": other, "low": "21", "high": "30", "off": "7"}]}));

    assert!(refused.is_ok(), "the clash is gone with the other tier");
}

#[test]
fn a_tree_is_ten_deep_whichever_end_grows() {
    let mut book = Book::of(Role::Admin);
    for depth in 0..10_usize {
        let parent = depth.checked_sub(1).map(|above| id(&format!("family {above}")));
        let fields = json!({"name": "Family", "structure": "family", "parent_family": parent});
        book.create("product", &format!("family {depth}"), fields);
    }
    book.create("product", "above", json!({"name": "Above", "structure": "family"}));

    let below = json!({"name": "Below", "structure": "family", "parent_family": id("family 9")});
    let below = book.try_create("product", "below", below).unwrap_err();
    let above = book.try_set("product", id("family 0"), json!({"parent_family": id("above")})).unwrap_err();

    assert_eq!((below.code.as_str(), above.code.as_str()), ("product.parent_family", "product.parent_family"));
}

#[test]
fn constraints_are_declared_of_fields_that_are_there() {
    let rules: BTreeSet<&str> = fieldbook_domain::invariant::RULES.iter().map(|rule| rule.code).collect();
    for kind in RECORD_TYPES {
        for constraint in kind.constraints {
            assert!(rules.contains(constraint.rule), "{} is of the unknown rule {}", constraint.name, constraint.rule);
            for path in constraint.reads {
                let name = path.split('.').next().unwrap();
                let there = match constraint.within {
                    Some(within) => kind.collection(within).unwrap().fields.iter().any(|field| field.name == name),
                    None => kind.field(name).is_some() || kind.collection(name).is_some(),
                };
                assert!(there, "{} reads {name}, which {} has not", constraint.name, kind.name);
            }
        }
    }
}

#[test]
fn what_its_old_owner_adds_to_an_account_that_was_given_away_is_flagged_and_the_rest_went_along() {
    let mut book = Book::of(Role::Admin);
    let flagged = |book: &Book, name: &str| {
        let sale = RecordRef::new("opportunity", id(name));
        let body = view::of(kind("opportunity"), sale.id, &book.records[&sale]).body;
        constraint::flags(kind("opportunity"), sale.id, &body, book).iter().any(|flag| flag.name == "owner.account")
    };
    book.create("user", "cleo", json!({ "name": "Cleo", "role": "rep" }));
    book.create("account", "acme", json!({ "name": "Acme" }));
    let customer = json!(format!("account:{}", id("acme")));
    book.create("opportunity", "seen", json!({ "topic": "Pumps", "customer": customer }));
    let cleo = json!(format!("user:{}", id("cleo")));

    book.set("account", id("acme"), json!({ "owner": cleo }));
    book.create("opportunity", "new", json!({ "topic": "Hoses", "customer": customer }));

    let owner =
        |name: &str| view::of(kind("opportunity"), id(name), &book.records[&RecordRef::new("opportunity", id(name))]).body;
    assert_eq!((&owner("seen")["owner"], &owner("new")["owner"]), (&cleo, &json!(format!("user:{}", USER))));
    assert_eq!((flagged(&book, "seen"), flagged(&book, "new")), (false, true));
}
