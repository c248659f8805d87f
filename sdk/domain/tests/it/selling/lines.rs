//! What a line may be of: bundles, properties, units.

use super::{item, shop};
use crate::book::{Body, Book};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::permission::Role;
use serde_json::{Value, json};
use uuid::Uuid;

#[test]
fn a_bundle_brings_its_components_and_optional_ones_may_be_dropped() {
    let mut shop = shop();
    let (list, unit) = (shop.list, shop.unit);
    let mut priced = |name: &str, amount: &str| {
        let product = shop.book.put("product", json!({ "name": name, "default_unit": unit }));
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
    let bundled = json!({ "structure": "bundle", "components": components });
    shop.book.by(Role::Admin, |book| book.set("product", bundle, bundled));
    let quote = shop.quote();

    let line = shop.book.line("quote", quote, json!({ "product": bundle, "quantity": { "value": "1" } }));

    let body = shop.book.get("quote", quote);
    assert_eq!((body["total_amount"].as_str(), body["lines"].as_array().unwrap().len()), (Some("950"), 5), "V11, kept");
    let required = parts[0].derived("part");
    let component = line.derived(&required.to_string());
    let refused =
        shop.book.try_set_line("quote", quote, component, json!({ "quantity": { "value": "9", "unit": unit } })).unwrap_err();
    assert_eq!(refused.code, "line.component");

    shop.book.try_set_line("quote", quote, line, json!({ "quantity": { "value": "2", "unit": unit } })).unwrap();
    assert_eq!(shop.book.get("quote", quote)["total_amount"], "1900", "as many components as there are bundles");
    shop.book.try_set_line("quote", quote, line, json!({ "quantity": { "value": "1", "unit": unit } })).unwrap();
    let dropped = |line: &Value| line["role"] == "optional";
    shop.book.edit("quote", quote, |body| body["lines"].as_array_mut().unwrap().retain(|line| !dropped(line)));
    assert_eq!(shop.book.get("quote", quote)["total_amount"], "500", "V11, dropped");
    shop.book.edit("quote", quote, |body| body["lines"].as_array_mut().unwrap().retain(|body| body["id"] != json!(line)));
    assert!(!shop.book.get("quote", quote).contains_key("lines"), "components leave with their bundle");
}

#[test]
fn what_a_family_asks_is_said_before_a_quote_is_activated() {
    let mut shop = shop();
    let id = shop.book.id();
    let colour = json!({ "id": id, "name": "Colour", "data_type": "option_set", "options": "Red; Blue", "required": true });
    let family = shop.book.put("product", json!({ "name": "Pumps", "structure": "family", "properties": [colour] }));
    let pump = shop.products[0];
    shop.book.by(Role::Admin, |book| book.set("product", pump, json!({ "parent_family": family })));
    let quote = shop.quote();
    let line = shop.book.line("quote", quote, json!({ "product": pump, "quantity": { "value": "1" } }));
    assert_eq!(shop.book.refused("quote", quote, "activate", json!({})), "quote.activate.properties");

    let value = |value: &str| json!([{ "id": line.derived("Colour"), "line": line, "name": "Colour", "value": value }]);
    let say = |book: &mut Book, said: Value| book.try_set("quote", quote, json!({ "properties": said }));
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
    let [pieces, litres] = ["Pieces", "Litres"].map(|name| shop.book.put("unit_group", json!({ "name": name })));
    let litre = shop.book.put("unit", json!({ "name": "Litre", "unit_group": litres }));
    shop.book.by(Role::Admin, |book| book.set("product", pump, json!({ "unit_group": pieces })));
    let quote = shop.quote();

    let litres =
        shop.book.try_line("quote", quote, json!({ "product": pump, "quantity": { "value": "1", "unit": litre } })).unwrap_err();
    let both = shop
        .book
        .try_line("quote", quote, json!({ "product": pump, "description": "a pump", "quantity": { "value": "1" } }))
        .unwrap_err();
    let written_in = shop
        .book
        .try_line("quote", quote, json!({ "description": "Travel", "quantity": { "value": "1" }, "price_per_unit": "90" }))
        .unwrap_err();
    shop.book.by(Role::Admin, |book| book.at_office("product", pump, "retire")).unwrap();
    let retired = shop.book.try_line("quote", quote, json!({ "product": pump, "quantity": { "value": "1" } })).unwrap_err();

    assert_eq!(
        [litres.code, both.code, written_in.code, retired.code],
        ["line.unit", "line.kind", "line.price_override", "line.product"]
    );
}

#[test]
fn lines_stand_in_the_order_they_were_given() {
    let mut shop = shop();
    let ids: Vec<RecordId> = [7, 3, 9, 1].map(|n| RecordId(Uuid::from_u128(n))).to_vec();
    let line = |id: &RecordId| json!({ "id": id, "product": shop.products[0], "quantity": { "value": "1" } });
    let lines: Vec<Value> = ids.iter().map(line).collect();

    let quote = shop.book.put("quote", json!({ "name": "Pumps", "customer": shop.customer(), "lines": lines }));

    let order = |body: &Body| body["lines"].as_array().unwrap().iter().map(|line| line["id"].clone()).collect::<Vec<_>>();
    assert_eq!(order(&shop.book.get("quote", quote)), ids.iter().map(|id| json!(id)).collect::<Vec<_>>());
    let last = shop.book.line("quote", quote, json!({ "product": shop.products[0], "quantity": { "value": "1" } }));
    assert_eq!(order(&shop.book.get("quote", quote)).last(), Some(&json!(last)));
}
