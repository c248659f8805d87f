//! Lines of an offer two people work on: INV-41 to INV-49, and the prices of a draft.

use crate::selling::{Shop, shop};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::price_list::PriceListItem;
use fieldbook_tests::world::{MINUTE_MS, Phone};
use serde_json::{Value, json};

/// Plays a collision over one draft quote, in both orders of arrival.
fn on_one_offer(collide: impl Fn(&Shop), check: impl Fn(&Shop)) {
    for ada_first in [true, false] {
        let shop = shop();
        collide(&shop);
        let order = if ada_first { [&shop.ada, &shop.ben] } else { [&shop.ben, &shop.ada] };
        for phone in order {
            shop.world.sync(phone);
        }
        shop.agree();
        check(&shop);
    }
}

impl Shop {
    fn lines(&self, phone: &Phone) -> Vec<Value> {
        phone.field("quote", self.quote, "lines").as_array().cloned().unwrap_or_default()
    }

    fn save(&self, phone: &Phone, lines: &[Value]) {
        phone.set("quote", self.quote, json!({ "lines": lines }));
    }

    fn add(&self, phone: &Phone, seed: &str, line: Value) -> RecordId {
        let (id, mut line) = (self.product.derived(seed), line);
        line["id"] = Value::from(id.to_string());
        let mut lines = self.lines(phone);
        lines.push(line);
        self.save(phone, &lines);
        id
    }

    fn hoses(&self, many: &str) -> Value {
        json!({ "product": self.product.to_string(), "quantity": { "value": many } })
    }

    /// A product of its own on the shop's price list.
    fn product(&self, name: &str, amount: &str) -> RecordId {
        let fields = json!({ "name": name, "default_unit": self.unit.to_string(), "quantity_decimals": 0 });
        let product = self.omar.create("product", fields);
        let item = json!({
            "price_list": self.list.to_string(), "product": product.to_string(), "unit": self.unit.to_string(), "amount": amount
        });
        let id = PriceListItem::id_of(self.list, product, self.unit);
        let item = item.as_object().unwrap().clone();
        self.omar.book.bundle(move |bundle| bundle.create("price_list_item", Some(id), item)).unwrap();
        product
    }
}

#[test]
fn inv_41_what_left_the_catalogue_keeps_its_price_and_blocks_the_offer() {
    for retired_first in [true, false] {
        let shop = shop();
        shop.add(&shop.ben, "more", shop.hoses("4"));
        if !retired_first {
            shop.world.sync(&shop.ben);
        }
        shop.world.at_office(&shop.omar, "product", shop.product, "retire").unwrap();
        shop.agree();

        let line = shop.lines(&shop.ben).into_iter().find(|line| line["id"] == shop.product.derived("more").to_string()).unwrap();
        assert_eq!((&line["basis"]["unit_price"], &line["basis"]["error"]), (&json!("12.35"), &json!(11)));
        let refused = shop.ben.try_act("quote", shop.quote, "activate", json!({})).unwrap_err();
        assert_eq!(refused.code(), "quote.activate.product");
        let told = if retired_first { shop.ben.told("INV-41").len() } else { shop.ada.told("INV-41").len() };
        assert!(told > 0, "who entered it, or who owns the draft, is told");
    }
}

#[test]
fn inv_42_a_quantity_that_is_not_sold_any_more_blocks_the_offer() {
    for changed_first in [true, false] {
        let shop = shop();
        let pipe = shop.product("Pipe", "5");
        shop.omar.set("product", pipe, json!({ "quantity_decimals": 1 }));
        shop.world.level(&[&shop.omar, &shop.ada, &shop.ben, &shop.maya]);
        let pipes = json!({ "product": pipe.to_string(), "quantity": { "value": "2.5" } });
        shop.add(&shop.ben, "pipes", pipes);
        if !changed_first {
            shop.world.sync(&shop.ben);
        }
        let item = PriceListItem::id_of(shop.list, pipe, shop.unit);
        shop.omar.set("price_list_item", item, json!({ "quantity_selling": "whole" }));
        shop.world.sync(&shop.omar);
        shop.agree();

        assert_eq!(shop.ben.field("quote", shop.quote, "pricing_error"), json!(29));
        let told = if changed_first { &shop.ben } else { &shop.ada };
        assert_eq!(told.told("INV-42").len(), 1);
    }
}

#[test]
fn price_a_draft_is_looked_up_once_more_at_the_office_and_an_offer_keeps_what_the_customer_saw() {
    for activated in [true, false] {
        let shop = shop();
        shop.add(&shop.ben, "more", shop.hoses("1"));
        if activated {
            shop.ben.act("quote", shop.quote, "activate", json!({}));
        }
        let item = PriceListItem::id_of(shop.list, shop.product, shop.unit);
        shop.omar.set("price_list_item", item, json!({ "amount": "15" }));
        shop.world.sync(&shop.omar);
        shop.agree();

        let line = shop.lines(&shop.ben).into_iter().find(|line| line["id"] == shop.product.derived("more").to_string()).unwrap();
        assert_eq!(line["unit_price"], if activated { "12.35" } else { "15" });
        let told = shop.ben.told("PRICE");
        assert_eq!(told.len(), 1);
        assert!(told[0].message.contains("12.35") && told[0].message.contains("15"), "{}", told[0].message);
    }
}

#[test]
fn inv_43_totals_follow_from_the_lines_that_are_there_after_the_merge() {
    on_one_offer(
        |shop| {
            shop.quantity(&shop.ada, "9");
            shop.add(&shop.ben, "more", shop.hoses("2"));
        },
        |shop| {
            assert_eq!(shop.maya.field("quote", shop.quote, "total_amount"), json!("135.85"));
            assert!(shop.ada.told("INV-43").is_empty() && shop.ben.told("INV-43").is_empty());
        },
    );
}

#[test]
fn inv_44_the_same_product_added_by_two_stays_twice_and_is_pointed_out() {
    on_one_offer(
        |shop| {
            for (phone, seed) in [(&shop.ada, "from ada"), (&shop.ben, "from ben")] {
                shop.add(phone, seed, shop.hoses("10"));
            }
        },
        |shop| {
            assert_eq!(shop.lines(&shop.maya).len(), 3, "nothing is added up");
            assert_eq!((shop.ada.told("INV-44").len(), shop.ben.told("INV-44").len()), (1, 1));
        },
    );
}

#[test]
fn inv_45_a_line_removed_while_somebody_changed_it_is_back_and_wants_a_look() {
    on_one_offer(
        |shop| {
            shop.save(&shop.ada, &[]);
            shop.ben.clock.advance(MINUTE_MS);
            shop.quantity(&shop.ben, "40");
        },
        |shop| {
            let lines = shop.lines(&shop.ada);
            assert_eq!((lines.len(), &lines[0]["quantity"]["value"]), (1, &json!("40")));
            assert_eq!((shop.ada.told("INV-45").len(), shop.ben.told("INV-45").len()), (1, 1));
            let refused = shop.ben.try_act("quote", shop.quote, "activate", json!({})).unwrap_err();
            assert_eq!(refused.code(), "quote.activate.review");
            shop.save(&shop.ada, &[]);
            shop.agree();
            assert!(shop.lines(&shop.ben).is_empty(), "who has seen the change may remove it");
        },
    );
}

#[test]
fn inv_46_lines_put_in_the_same_place_stand_in_one_order_everywhere() {
    on_one_offer(
        |shop| {
            for (phone, seed) in [(&shop.ada, "from ada"), (&shop.ben, "from ben")] {
                let mut line = shop.hoses("1");
                line["sort_key"] = json!(20);
                shop.add(phone, seed, line);
            }
        },
        |shop| {
            let lines = shop.lines(&shop.ada);
            let numbers: Vec<&Value> = lines.iter().map(|line| &line["line_no"]).collect();
            assert_eq!(numbers, [&json!(1), &json!(2), &json!(3)]);
            let mut ids: Vec<&str> =
                lines.iter().filter(|line| line["sort_key"] == 20).filter_map(|line| line["id"].as_str()).collect();
            let shown = ids.clone();
            ids.sort_unstable();
            assert_eq!(shown, ids, "the id decides between equal keys");
            assert_eq!(shop.lines(&shop.ben), lines);
        },
    );
}

#[test]
fn inv_47_a_component_leaves_with_the_bundle_somebody_removed() {
    for ada_first in [true, false] {
        let shop = shop();
        let (clamp, belt) = (shop.product("Clamp", "2"), shop.product("Belt", "7"));
        let component = |product: RecordId, required: bool| json!({ "id": product.derived("part").to_string(), "product": product.to_string(), "quantity": "1", "required": required });
        let kit = shop.product("Kit", "20");
        let parts = json!({ "structure": "bundle", "components": [component(clamp, true), component(belt, false)] });
        shop.omar.set("product", kit, parts);
        shop.world.level(&[&shop.omar, &shop.ada, &shop.ben, &shop.maya]);
        let bundle = shop.add(&shop.ada, "kit", json!({ "product": kit.to_string(), "quantity": { "value": "1" } }));
        shop.agree();

        let without: Vec<Value> =
            shop.lines(&shop.ada).into_iter().filter(|line| line["product"] == shop.product.to_string()).collect();
        shop.save(&shop.ada, &without);
        let option = json!({ "product": belt.to_string(), "quantity": { "value": "1" }, "role": "optional", "bundle": bundle.to_string() });
        let mut lines = shop.lines(&shop.ben);
        match lines.iter().position(|line| line["product"] == belt.to_string()) {
            Some(place) => lines[place]["quantity"]["value"] = json!("3"),
            None => lines.push(option),
        }
        shop.save(&shop.ben, &lines);
        let order = if ada_first { [&shop.ada, &shop.ben] } else { [&shop.ben, &shop.ada] };
        for phone in order {
            shop.world.sync(phone);
        }
        shop.agree();

        assert_eq!(shop.lines(&shop.ben).len(), 1, "the component has no meaning alone");
        let told = shop.ben.told("INV-47");
        assert_eq!(told.len(), 1, "{:?}", shop.world.decisions());
        assert!(told[0].lost.to_string().contains(&belt.to_string()), "what Ben entered is kept");
        assert!(shop.ada.told("INV-47").is_empty());
    }
}

#[test]
fn inv_48_two_values_of_one_property_are_settled_and_both_are_told() {
    for ada_first in [true, false] {
        let shop = shop();
        let colour = json!([{ "id": shop.product.derived("colour").to_string(), "name": "Colour", "data_type": "text", "required": true }]);
        shop.omar.set("product", shop.product, json!({ "properties": colour }));
        shop.world.level(&[&shop.omar, &shop.ada, &shop.ben, &shop.maya]);
        let refused = shop.ada.try_act("quote", shop.quote, "activate", json!({})).unwrap_err();
        assert_eq!(refused.code(), "quote.activate.properties", "what is missing blocks the offer");
        let line = shop.lines(&shop.ada)[0]["id"].clone();
        let id = line.as_str().unwrap().parse::<RecordId>().unwrap().derived("Colour");
        for (phone, value) in [(&shop.ada, "Red"), (&shop.ben, "Blue")] {
            let properties = json!([{ "id": id.to_string(), "line": line, "name": "Colour", "value": value }]);
            phone.set("quote", shop.quote, json!({ "properties": properties }));
            shop.ben.clock.advance(MINUTE_MS);
        }
        let order = if ada_first { [&shop.ada, &shop.ben] } else { [&shop.ben, &shop.ada] };
        for phone in order {
            shop.world.sync(phone);
        }
        shop.agree();

        assert_eq!(shop.maya.field("quote", shop.quote, "properties")[0]["value"], "Blue");
        assert_eq!((shop.ada.told("INV-48").len(), shop.ben.told("INV-48").len()), (1, 1));
    }
}

#[test]
fn inv_49_the_tier_follows_the_quantity_that_stands() {
    on_one_offer(
        |shop| {
            shop.quantity(&shop.ada, "12");
            shop.ben.clock.advance(MINUTE_MS);
            shop.quantity(&shop.ben, "60");
        },
        |shop| {
            assert_eq!(shop.maya.field("quote", shop.quote, "total_amount"), json!("652.2"), "twelve percent off sixty");
            let told = shop.ada.told("INV-49");
            assert_eq!((told.len(), &told[0].lost["value"]), (1, &json!("12")));
            assert_eq!(shop.ben.told("INV-49").len(), 1);
        },
    );
}
