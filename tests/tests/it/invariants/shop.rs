//! What holds of a catalogue that changes while it is sold from, and of sales on hold: INV-06, INV-10, INV-48, INV-65, INV-80.

use super::{account, in_both_orders, in_both_orders_of, opportunity};
use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{MINUTE_MS, Phone, World, refer};
use serde_json::{Value, json};

const HOUR_MS: i64 = 60 * MINUTE_MS;

fn goal(phone: &Phone, metric: RecordId) -> RecordId {
    let period = json!({"kind": "custom", "from": "2026-01-01", "to": "2026-12-31"});
    let owner = refer("user", phone.user);
    phone.create("goal", json!({"title": "East", "metric": metric, "owner": owner, "period": period}))
}

#[test]
fn inv_06_a_metric_a_goal_is_measured_by_is_not_deleted() {
    in_both_orders_of(
        ["Omar", "Maya"],
        |_, omar| omar.create("goal_metric", json!({"name": "Won deals", "metric_type": "count"})),
        |_, metric, omar, maya| {
            omar.act("goal_metric", *metric, "delete", json!({}));
            goal(maya, *metric);
        },
        |world, metric, omar, maya| {
            assert!(omar.holds("goal_metric", *metric) && maya.holds("goal_metric", *metric), "it is back");
            let told = omar.told("INV-06");
            assert_eq!(told.len(), 1, "{:?}", world.decisions());
            assert_eq!((told[0].salvage.as_str(), maya.told("INV-06").len()), ("deactivate", 0));
            let refused = omar.try_act("goal_metric", *metric, "delete", json!({})).unwrap_err();
            assert_eq!(refused.code(), "goal_metric.delete.needed", "who knows of the goal is told at once");
        },
    );
}

#[test]
fn inv_10_an_account_that_takes_a_list_out_of_use_as_its_default_is_flagged() {
    let world = World::new();
    let (omar, ada) = (world.phone("Omar"), world.phone("Ada"));
    let list = omar.create("price_list", json!({"name": "Retail", "currency": "EUR"}));
    world.sync(&omar);
    let acme = account(&ada, "Acme");
    world.level(&[&omar, &ada]);

    ada.set("account", acme, json!({"default_price_list": list}));
    world.at_office(&omar, "price_list", list, "deactivate").unwrap();
    world.level(&[&ada, &omar]);

    world.assert_agreement(&[&ada, &omar]);
    assert_eq!(ada.field("account", acme, "default_price_list"), json!(list), "what she could not know is let be");
    let told = ada.told("INV-10");
    assert_eq!((told.len(), told[0].field.as_deref()), (1, Some("default_price_list")));
    let flags = ada.book.flags("account", acme).unwrap();
    assert!(flags.iter().any(|flag| flag.name == "account.default_price_list"), "{flags:?}");
    world.at_office(&omar, "price_list", list, "activate").unwrap();
    world.level(&[&ada, &omar]);
    let here = omar.try_act("price_list", list, "deactivate", json!({})).unwrap_err();
    let there = world.at_office(&omar, "price_list", list, "deactivate").unwrap_err();
    assert_eq!((here.code(), there.code()), ("price_list.deactivate.default", "price_list.deactivate.default"));
}

/// An active bundle into which an administrator put a hose on another phone, which has not met the others since.
fn kit_with_a_hose(world: &World) -> (Phone, Phone, RecordId, RecordId) {
    let (omar, other) = (world.phone("Omar"), world.phone("Omar"));
    let kit = omar.create("product", json!({"name": "Kit", "structure": "bundle"}));
    let hose = omar.create("product", json!({"name": "Hose"}));
    world.level(&[&omar, &other]);
    let part = json!([{"id": kit.derived("part"), "product": hose}]);
    other.set("product", kit, json!({ "components": part }));
    (omar, other, kit, hose)
}

#[test]
fn inv_65_a_bundle_on_sale_takes_nothing_that_was_retired_meanwhile() {
    let world = World::new();
    let (omar, other, kit, hose) = kit_with_a_hose(&world);
    world.at_office(&omar, "product", hose, "retire").unwrap();
    world.level(&[&omar, &other]);

    world.assert_agreement(&[&omar, &other]);
    assert!(omar.field("product", kit, "components").is_null(), "the first stands");
    let told = omar.told("INV-65");
    assert!(told.len() == 1 && told[0].lost.to_string().contains(&hose.to_string()), "{told:?}");
}

#[test]
fn inv_65_nothing_is_retired_that_a_bundle_took_meanwhile() {
    let world = World::new();
    let (omar, other, _, hose) = kit_with_a_hose(&world);
    world.sync(&other);

    let refused = world.at_office(&omar, "product", hose, "retire").unwrap_err();

    assert_eq!(refused.code(), "product.retire.bundle");
    world.level(&[&omar, &other]);
    world.assert_agreement(&[&omar, &other]);
}

/// A property of the shop's product.
fn property(shop: &crate::selling::Shop, name: &str, more: Value) -> Value {
    let mut property = json!({"id": shop.product.derived(name), "name": name, "data_type": "decimal"});
    property.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    property
}

fn says(phone: &Phone, quote: RecordId, name: &str, value: &str) {
    let line: RecordId = phone.field("quote", quote, "lines")[0]["id"].as_str().unwrap().parse().unwrap();
    let said = json!([{"id": line.derived(name), "line": line, "name": name, "value": value}]);
    phone.set("quote", quote, json!({ "properties": said }));
}

#[test]
fn inv_48_what_a_new_version_needs_to_know_is_not_asked_of_what_was_priced_before() {
    let shop = crate::selling::shop();
    // Ada is on the road with the first version when the second one is published.
    shop.world.at_office(&shop.omar, "product", shop.product, "revise").unwrap();
    let voltage = property(&shop, "Voltage", json!({"required": true}));
    shop.omar.set("product", shop.product, json!({"properties": [voltage]}));
    shop.world.sync(&shop.omar);
    shop.world.at_office(&shop.omar, "product", shop.product, "publish").unwrap();
    let mut lines = shop.ada.field("quote", shop.quote, "lines");
    let second = json!({"id": shop.product.derived("second"), "product": shop.product, "quantity": {"value": "3"}});
    lines.as_array_mut().unwrap().push(second);
    shop.ada.set("quote", shop.quote, json!({ "lines": lines }));
    shop.agree();
    let versions = |phone: &Phone| -> Vec<Value> {
        let lines = phone.field("quote", shop.quote, "lines");
        lines.as_array().unwrap().iter().map(|line| line["basis"]["version"].clone()).collect()
    };
    assert_eq!(versions(&shop.maya), [json!(1), json!(1)], "both were priced as the first");
    shop.ada.act("quote", shop.quote, "activate", json!({}));
    shop.agree();
    assert_eq!(shop.maya.field("quote", shop.quote, "state"), "active");

    let sale = opportunity(&shop.ben);
    let list = json!({"currency": "EUR", "price_list": shop.list});
    shop.ben.set("opportunity", sale, json!({ "pricing": list }));
    let _ = shop.ben.add_line(sale, json!({"product": shop.product, "quantity": {"value": "1"}}));
    shop.ben.act("opportunity", sale, "create_quote", json!({}));
    let new = shop.ben.book.list(&fieldbook_device::Query::of("quote")).unwrap();
    let new = new.iter().find(|quote| quote.get("opportunity") == Some(&json!(sale))).unwrap();
    let refused = shop.ben.try_act("quote", new["id"].as_str().unwrap().parse().unwrap(), "activate", json!({})).unwrap_err();
    assert_eq!((refused.code(), &new["lines"][0]["basis"]["version"]), ("quote.activate.properties", &json!(2)));
}

#[test]
fn inv_48_a_value_its_property_no_longer_allows_is_put_back_and_kept() {
    let shop = crate::selling::shop();
    let chill = property(&shop, "Chill", json!({"min_value": "-40", "max_value": "-5"}));
    shop.omar.set("product", shop.product, json!({"properties": [chill]}));
    shop.world.level(&[&shop.omar, &shop.ada, &shop.ben, &shop.maya]);
    says(&shop.ada, shop.quote, "Chill", "-30");
    shop.world.sync(&shop.ada);
    let chill = property(&shop, "Chill", json!({"min_value": "-20.5", "max_value": "-5"}));
    shop.omar.set("product", shop.product, json!({"properties": [chill]}));
    shop.world.sync(&shop.omar);

    says(&shop.ada, shop.quote, "Chill", "-35");
    shop.agree();

    assert_eq!(shop.maya.field("quote", shop.quote, "properties")[0]["value"], "-30", "what stood stays");
    let told = shop.ada.told("INV-48");
    assert_eq!((told.len(), &told[0].lost, told[0].salvage.as_str()), (1, &json!("-35"), ""), "{told:?}");
    assert!(told[0].message.contains("between -20.5 and -5"), "{}", told[0].message);
}

#[test]
fn inv_65_a_product_that_is_reverted_is_what_it_was_on_every_phone() {
    let shop = crate::selling::shop();
    let before = shop.ada.sees("product", shop.product);
    shop.world.at_office(&shop.omar, "product", shop.product, "revise").unwrap();
    shop.world.sync(&shop.omar);
    shop.omar.set("product", shop.product, json!({"name": "Hose II", "quantity_decimals": 3, "description": "Longer"}));
    shop.world.level(&[&shop.omar, &shop.ada, &shop.ben, &shop.maya]);
    assert_eq!(shop.ada.field("product", shop.product, "state"), "under_revision");

    shop.world.at_office(&shop.omar, "product", shop.product, "revert").unwrap();
    shop.world.level(&[&shop.omar, &shop.ada, &shop.ben, &shop.maya]);
    shop.world.assert_agreement(&[&shop.omar, &shop.ada, &shop.ben, &shop.maya]);

    let (mut before, mut after) = (before, shop.ben.sees("product", shop.product));
    for body in [&mut before, &mut after] {
        body.remove("modified_at");
    }
    assert_eq!(before, after);
    assert!(!shop.ada.sees("quote", shop.quote).contains_key("pricing_error"), "drafts can be offered again");
}

#[test]
fn inv_80_a_sale_is_on_hold_for_as_long_as_the_office_believes() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let sale = opportunity(&ada);
    world.level(&[&ada, &ben]);
    ada.clock.advance(365 * 24 * HOUR_MS);
    ada.act("opportunity", sale, "hold", json!({}));
    world.level(&[&ada, &ben]);
    world.pass(3 * HOUR_MS, &[&ben]);
    ben.act("opportunity", sale, "resume", json!({}));
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    let minutes = ada.field("opportunity", sale, "on_hold_minutes").as_i64().unwrap();
    assert!((178..=182).contains(&minutes), "{minutes} minutes");
}

#[test]
fn inv_81_a_hold_two_people_chose_and_one_ended_is_counted_once() {
    in_both_orders(
        |_, ada| opportunity(ada),
        |world, sale, ada, ben| {
            ada.act("opportunity", *sale, "hold", json!({}));
            world.pass(10 * MINUTE_MS, &[ada, ben]);
            ben.act("opportunity", *sale, "hold", json!({}));
            world.pass(20 * MINUTE_MS, &[ada, ben]);
            ada.act("opportunity", *sale, "lose", json!({"reason": "canceled"}));
        },
        |_, sale, ada, ben| {
            let counted = |phone: &Phone| phone.field("opportunity", *sale, "on_hold_minutes");
            // From whichever hold arrived first; every tap takes its moment.
            let minutes = counted(ada).as_i64().unwrap();
            assert!([19, 20, 29, 30].contains(&minutes), "{minutes} minutes");
            assert_eq!((counted(ada), ada.field("opportunity", *sale, "on_hold_since")), (counted(ben), Value::Null));
        },
    );
}

#[test]
fn inv_65_two_products_do_not_get_one_number() {
    in_both_orders_of(
        ["Omar", "Omar"],
        |_, omar| ["Pump", "Hose"].map(|name| omar.create("product", json!({ "name": name }))),
        |_, [pump, hose], here, there| {
            here.set("product", *pump, json!({"product_number": "P-1"}));
            there.set("product", *hose, json!({"product_number": "P-1"}));
        },
        |world, products, omar, _| {
            let numbered = products.iter().filter(|product| !omar.field("product", **product, "product_number").is_null());
            assert_eq!(numbered.count(), 1, "the first stands");
            let told = omar.told("INV-65");
            assert_eq!((told.len(), &told[0].lost["product_number"]), (1, &json!("P-1")), "{:?}", world.decisions());
            let refused = omar.try_set("product", products[0], json!({"product_number": "P-1"}));
            let other = omar.try_set("product", products[1], json!({"product_number": "P-1"}));
            assert!(refused.is_err() != other.is_err(), "who knows is refused at once");
        },
    );
}
