//! Orders, invoices and payments: INV-50 to INV-61.

use super::{in_both_orders, in_both_orders_of, text};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::Decision;
use fieldbook_domain::raw::Outcome;
use fieldbook_domain::record::price_list::PriceListItem;
use fieldbook_tests::world::{Phone, World, object, refer};
use serde_json::{Value, json};

/// A product on a price list, and a customer who buys from it.
struct Stock {
    omar: Phone,
    list: RecordId,
    product: RecordId,
    unit: RecordId,
    customer: RecordId,
}

/// What a story is about.
struct Sold {
    stock: Stock,
    order: RecordId,
    line: RecordId,
}

fn stock(world: &World, ada: &Phone, price: &str) -> Stock {
    let omar = world.phone("Omar");
    let unit = omar.create("unit", json!({ "name": "Piece" }));
    let list = omar.create("price_list", json!({ "name": "2026", "currency": "EUR" }));
    let product = omar.create("product", json!({ "name": "Pump", "default_unit": unit.to_string(), "quantity_decimals": 0 }));
    let item = object(json!({
        "price_list": list.to_string(), "product": product.to_string(), "unit": unit.to_string(), "amount": price
    }));
    omar.book
        .bundle(move |bundle| bundle.create("price_list_item", Some(PriceListItem::id_of(list, product, unit)), item))
        .unwrap();
    let customer = omar.create("account", json!({ "name": "Globex", "default_price_list": list.to_string() }));
    world.level(&[&omar, ada]);
    Stock { omar, list, product, unit, customer }
}

impl Stock {
    fn line(&self, id: RecordId, quantity: &str) -> Value {
        json!({ "id": id.to_string(), "product": self.product.to_string(), "quantity": { "value": quantity } })
    }

    /// An order or invoice of so many of the product.
    fn of(&self, phone: &Phone, kind: &str, quantity: &str, line: Value, header: Value) -> (RecordId, RecordId) {
        let id = self.product.derived(&format!("{}/{kind}", phone.user));
        let mut own = object(self.line(id, quantity));
        own.extend(object(line));
        let mut fields = object(json!({ "name": "Pumps", "customer": refer("account", self.customer), "lines": [own] }));
        fields.extend(object(header));
        (phone.create(kind, Value::Object(fields)), id)
    }

    fn reprice(&self, world: &World, amount: &str) {
        let item = PriceListItem::id_of(self.list, self.product, self.unit);
        self.omar.set("price_list_item", item, json!({ "amount": amount }));
        world.sync(&self.omar);
    }
}

/// Ada's order of so many, at this price each.
fn sold(world: &World, ada: &Phone, quantity: &str, price: &str) -> Sold {
    sold_with(world, ada, quantity, price, json!({}), json!({}))
}

fn sold_with(world: &World, ada: &Phone, quantity: &str, price: &str, line: Value, header: Value) -> Sold {
    let stock = stock(world, ada, price);
    let (order, line) = stock.of(ada, "order", quantity, line, header);
    Sold { stock, order, line }
}

/// Changes a line of a record.
fn change_line(phone: &Phone, kind: &str, id: RecordId, place: usize, change: Value) {
    let mut lines = phone.field(kind, id, "lines");
    lines[place].as_object_mut().unwrap().extend(object(change));
    phone.set(kind, id, json!({ "lines": lines }));
}

impl Sold {
    fn ships(&self, phone: &Phone, quantity: &str) {
        let line = self.line.to_string();
        phone.act("order", self.order, "ship", json!({ "line": line, "quantity": quantity }));
    }

    fn adds_a_line(&self, phone: &Phone) -> Result<(), fieldbook_device::Error> {
        let mut lines = phone.field("order", self.order, "lines");
        lines.as_array_mut().unwrap().push(self.stock.line(self.order.derived("more"), "3"));
        phone.try_set("order", self.order, json!({ "lines": lines }))
    }

    /// Drafts an invoice of so many.
    fn bills(&self, phone: &Phone, quantity: &str) -> RecordId {
        let invoice = phone.act("order", self.order, "create_invoice", json!({})).derived("invoice");
        if phone.sees("invoice", invoice)["lines"][0]["quantity"]["value"] != quantity {
            let unit = self.stock.unit.to_string();
            change_line(phone, "invoice", invoice, 0, json!({ "quantity": { "value": quantity, "unit": unit } }));
        }
        invoice
    }
}

/// Ada's invoice of one pump at 98.80, issued.
fn issued(world: &World, ada: &Phone) -> RecordId {
    let (invoice, _) = stock(world, ada, "98.80").of(ada, "invoice", "1", json!({}), json!({}));
    issue(world, ada, invoice).unwrap();
    invoice
}

/// Somebody's draft is sent, and Maya issues it.
fn issue(world: &World, of: &Phone, invoice: RecordId) -> Result<RecordId, fieldbook_device::Error> {
    world.sync(of);
    world.at_office(&world.phone("Maya"), "invoice", invoice, "issue")
}

fn only(mut told: Vec<Decision>) -> Decision {
    assert_eq!(told.len(), 1, "{told:?}");
    told.remove(0)
}

#[test]
fn inv_50_a_line_added_to_an_order_that_shipped_meanwhile_is_offered_as_a_new_order() {
    in_both_orders(
        |world, ada| sold(world, ada, "10", "10"),
        |_, sold, ada, ben| {
            sold.ships(ada, "4");
            sold.adds_a_line(ben).unwrap();
        },
        |world, sold, ada, ben| {
            let order = ben.sees("order", sold.order);
            assert_eq!((order["lines"].as_array().unwrap().len(), &order["state"]), (1, &text("fulfilled")));
            assert_eq!(order["total_amount"], "100");
            let told = only(ben.told("INV-50"));
            assert_eq!((told.outcome, told.salvage.as_str()), (Outcome::Rejected, "new_order"));
            assert!(serde_json::to_string(&told.lost).unwrap().contains(&sold.stock.product.to_string()), "the line is kept");
            assert!(ada.told("INV-50").is_empty() && world.phone("Maya").told("INV-50").is_empty());
        },
    );
}

#[test]
fn inv_50_a_line_added_to_an_order_of_which_a_part_was_canceled_is_put_back() {
    in_both_orders(
        |world, ada| sold(world, ada, "10", "10"),
        |_, sold, ada, ben| {
            ada.act("order", sold.order, "cancel_remaining", json!({ "line": sold.line.to_string(), "quantity": "4" }));
            assert!(sold.adds_a_line(ada).is_err());
            sold.adds_a_line(ben).unwrap();
        },
        |_, sold, ada, ben| {
            let order = ben.sees("order", sold.order);
            assert_eq!((order["lines"].as_array().unwrap().len(), &order["state"]), (1, &text("active")));
            assert_eq!((ada.told("INV-50").len(), ben.told("INV-50").len()), (0, 1));
        },
    );
}

#[test]
fn inv_50_a_line_added_to_an_order_that_was_billed_meanwhile_is_put_back() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let sold = sold(&world, &ada, "10", "10");
    world.level(&[&ada, &ben]);
    let invoice = sold.bills(&ada, "6");
    issue(&world, &ada, invoice).unwrap();
    sold.adds_a_line(&ben).unwrap();

    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);

    assert_eq!(ben.field("order", sold.order, "lines").as_array().unwrap().len(), 1);
    assert_eq!((ada.told("INV-50").len(), only(ben.told("INV-50")).salvage.as_str()), (0, "new_order"));
    let refused = sold.adds_a_line(&ben).unwrap_err();
    assert_eq!(refused.code(), "order.lines", "who knows is told at once");
}

#[test]
fn inv_51_goods_that_left_twice_are_both_recorded_and_the_owner_is_told_once() {
    in_both_orders(
        |world, ada| sold(world, ada, "10", "10"),
        |_, sold, ada, ben| {
            sold.ships(ada, "6");
            sold.ships(ben, "6");
        },
        |world, sold, ada, ben| {
            let order = ben.sees("order", sold.order);
            let line = &order["lines"][0];
            assert_eq!((&line["quantity_shipped"], &line["quantity_overshipped"]), (&json!("12"), &json!("2")));
            assert_eq!(order["fulfilment_status"], "complete");
            let told = only(ada.told("INV-51"));
            assert_eq!((told.outcome, &told.kept), (Outcome::Adjusted, &json!("2")));
            assert!(ben.told("INV-51").is_empty() && world.phone("Maya").told("INV-51").is_empty());
        },
    );
}

#[test]
fn inv_51_who_ships_the_rest_ships_what_was_left_where_they_stood() {
    in_both_orders(
        |world, ada| sold(world, ada, "10", "10"),
        |_, sold, ada, ben| {
            sold.ships(ada, "6");
            ben.act("order", sold.order, "fulfil", json!({}));
        },
        |_, sold, ada, ben| {
            let line = ben.sees("order", sold.order)["lines"][0].clone();
            assert_eq!((&line["quantity_shipped"], &line["quantity_overshipped"]), (&json!("16"), &json!("6")));
            assert_eq!((ada.told("INV-51").len(), ben.told("INV-51").len()), (1, 0));
        },
    );
}

#[test]
fn inv_52_a_shipment_or_an_invoice_beats_a_cancellation_that_did_not_see_it() {
    for fact in ["ship", "fulfil", "create_invoice"] {
        in_both_orders(
            |world, ada| sold(world, ada, "10", "10"),
            |_, sold, ada, ben| {
                match fact {
                    "ship" => sold.ships(ada, "4"),
                    verb => drop(ada.act("order", sold.order, verb, json!({}))),
                }
                ben.act("order", sold.order, "cancel", json!({}));
            },
            |world, sold, ada, ben| {
                let state = if fact == "create_invoice" { "active" } else { "fulfilled" };
                assert_eq!(ada.field("order", sold.order, "state"), state);
                let told = only(ben.told("INV-52"));
                let left = match fact {
                    "ship" => json!({ sold.line.to_string(): "6" }),
                    "fulfil" => json!({}),
                    _ => json!({ sold.line.to_string(): "10" }),
                };
                assert_eq!((told.outcome, &told.kept["cancel_remaining"]), (Outcome::Rejected, &left));
                assert!(ada.told("INV-52").is_empty());
                if fact == "ship" {
                    world.wait(ben.book.salvage(told.id, None)).unwrap();
                    world.level(&[ben, ada]);
                    assert_eq!(
                        ada.sees("order", sold.order)["lines"][0]["quantity_backordered"],
                        "0",
                        "one tap cancels what is left"
                    );
                }
            },
        );
    }
}

#[test]
fn inv_52_what_left_is_not_canceled_with_the_rest() {
    for ship in ["ship", "fulfil"] {
        in_both_orders(
            |world, ada| sold(world, ada, "10", "10"),
            |_, sold, ada, ben| {
                if ship == "ship" {
                    sold.ships(ada, "6");
                } else {
                    ada.act("order", sold.order, "fulfil", json!({}));
                }
                ben.act("order", sold.order, "cancel_remaining", json!({}));
            },
            |_, sold, _, ben| {
                let line = ben.sees("order", sold.order)["lines"][0].clone();
                let shown = ["quantity_shipped", "quantity_cancelled", "quantity_backordered"].map(|name| line[name].clone());
                let expected =
                    if ship == "ship" { [json!("6"), json!("4"), json!("0")] } else { [json!("10"), json!(null), json!("0")] };
                assert_eq!(shown, expected);
                assert_eq!(ben.told("INV-52").len(), usize::from(ship == "fulfil"));
            },
        );
    }
}

#[test]
fn inv_53_prices_somebody_locked_stay_whatever_recalculates_them() {
    in_both_orders(
        |world, ada| {
            let sold = sold(world, ada, "3", "33.33");
            world.sync(ada);
            sold.stock.reprice(world, "40");
            sold
        },
        |_, sold, ada, ben| {
            ada.act("order", sold.order, "lock_pricing", json!({}));
            ben.act("order", sold.order, "recalculate", json!({}));
            assert_eq!(ben.field("order", sold.order, "total_amount"), "120");
        },
        |world, sold, ada, ben| {
            let order = ben.sees("order", sold.order);
            assert_eq!((&order["total_amount"], &order["prices_locked"]), (&json!("99.99"), &json!(true)));
            assert!(ada.told("INV-53").is_empty() && ben.told("INV-53").is_empty(), "nobody need do anything");
            assert!(world.decisions().is_empty(), "{:?}", world.decisions());
            assert_eq!(
                ben.try_act("order", sold.order, "recalculate", json!({})).unwrap_err().code(),
                "order.recalculate.locked"
            );
        },
    );
}

#[test]
fn inv_53_a_lock_stands_against_another_price_list_and_its_prices() {
    in_both_orders(
        |world, ada| {
            let sold = sold(world, ada, "3", "33.33");
            let (omar, stock) = (&sold.stock.omar, &sold.stock);
            let list = omar.create("price_list", json!({ "name": "Export", "currency": "EUR" }));
            let item = object(json!({ "price_list": list, "product": stock.product, "unit": stock.unit, "amount": "40" }));
            let id = PriceListItem::id_of(list, stock.product, stock.unit);
            omar.book.bundle(move |bundle| bundle.create("price_list_item", Some(id), item)).unwrap();
            world.level(&[omar, ada]);
            (sold, list)
        },
        |_, (sold, list), ada, ben| {
            ada.act("order", sold.order, "lock_pricing", json!({}));
            ben.set("order", sold.order, json!({ "pricing": { "currency": "EUR", "price_list": list.to_string() } }));
            assert_eq!(ben.field("order", sold.order, "total_amount"), "120");
        },
        |_, (sold, list), ada, ben| {
            let order = ben.sees("order", sold.order);
            assert_eq!((&order["total_amount"], &order["prices_locked"]), (&json!("99.99"), &json!(true)));
            assert_eq!(order["pricing"]["price_list"], sold.stock.list.to_string());
            let told = only(ben.told("INV-53"));
            assert_eq!((told.outcome, &told.lost["price_list"]), (Outcome::Adjusted, &json!(list.to_string())));
            assert!(ada.told("INV-53").is_empty());
            let kept = serde_json::to_string(&ben.book.alternatives("order", sold.order).unwrap()).unwrap();
            assert!(kept.contains(&list.to_string()), "{kept}");
        },
    );
}

/// Ada's invoice of six of ten is out; Ben, who does not know, billed six as well.
fn billed_twice(world: &World) -> (Phone, Phone, Phone, Sold, [RecordId; 2]) {
    let (ada, ben, maya) = (world.phone("Ada"), world.phone("Ben"), world.phone("Maya"));
    let sold = sold(world, &ada, "10", "10");
    world.level(&[&ada, &ben, &maya]);
    let first = sold.bills(&ada, "6");
    issue(world, &ada, first).unwrap();
    let second = sold.bills(&ben, "6");
    world.level(&[&ben, &ada, &maya]);
    world.assert_agreement(&[&ada, &ben, &maya]);
    (ada, ben, maya, sold, [first, second])
}

#[test]
fn inv_53_another_price_list_waits_until_the_prices_are_unlocked() {
    let world = World::new();
    let ada = world.phone("Ada");
    let sold = sold(&world, &ada, "3", "33.33");
    let list = sold.stock.omar.create("price_list", json!({ "name": "Export", "currency": "EUR" }));
    world.level(&[&sold.stock.omar, &ada]);
    ada.act("order", sold.order, "lock_pricing", json!({}));

    let other = json!({ "pricing": { "currency": "EUR", "price_list": list.to_string() } });
    let refused = ada.try_set("order", sold.order, other).unwrap_err();

    assert_eq!((refused.code(), ada.field("order", sold.order, "total_amount")), ("pricing.locked", text("99.99")));
}

#[test]
fn inv_54_an_invoice_that_bills_more_than_is_left_is_held_whole_with_what_remains() {
    let world = World::new();
    let (ada, ben, maya, sold, [first, second]) = billed_twice(&world);

    assert_eq!(ada.field("invoice", first, "status_reason"), "billed");
    assert!(!ada.holds("invoice", second) && !ben.holds("invoice", second));
    for phone in [&ada, &ben, &maya] {
        let told = only(phone.told("INV-54"));
        assert!(told.message.contains("4 remain"), "{}", told.message);
        assert_eq!((told.outcome, &told.kept), (Outcome::Held, &json!({ "remaining": { sold.line.to_string(): "4" } })));
    }
    assert!(world.phone("Omar").told("INV-54").is_empty());
    let rest = sold.bills(&ben, "4");
    assert_eq!(ben.field("invoice", rest, "total_amount"), "40", "billing again bills what is left");
}

#[test]
fn inv_54_a_held_invoice_is_let_through_only_while_the_order_has_so_much_left() {
    let world = World::new();
    let (ada, ben, maya, sold, [first, second]) = billed_twice(&world);
    let item = maya.told("INV-54")[0].id.to_string();
    let decide = |choice: &str| {
        maya.act("order", sold.order, "decide", json!({ "item": item, "choice": choice }));
        world.level(&[&maya, &ada, &ben]);
        world.assert_agreement(&[&ada, &ben, &maya]);
    };

    decide("bill");
    assert!(!ben.holds("invoice", second), "four remain, it bills six");
    assert!(maya.told("LIFECYCLE")[0].message.contains("4 remain"), "{:?}", maya.told("LIFECYCLE"));
    world.at_office(&maya, "invoice", first, "cancel").unwrap();
    decide("bill");

    let invoice = ben.sees("invoice", second);
    assert_eq!((&invoice["lines"][0]["quantity"]["value"], &invoice["total_amount"]), (&json!("6"), &json!("60")));
    assert!(ben.told("INV-54").iter().any(|told| told.message.contains("It took effect")));
    world.at_office(&maya, "invoice", second, "issue").unwrap();
    world.level(&[&maya, &ada, &ben]);
    world.assert_agreement(&[&ada, &ben, &maya]);
}

#[test]
fn inv_54_a_held_invoice_that_is_dropped_stays_readable_and_bills_nothing() {
    let world = World::new();
    let (ada, ben, maya, sold, [_, second]) = billed_twice(&world);
    let item = maya.told("INV-54")[0].id.to_string();

    maya.act("order", sold.order, "decide", json!({ "item": item, "choice": "drop" }));
    world.level(&[&maya, &ada, &ben]);

    world.assert_agreement(&[&ada, &ben, &maya]);
    assert!(!ben.holds("invoice", second));
    assert_eq!(ben.sees("invoice", second)["lines"][0]["quantity"]["value"], "6");
    assert_eq!(ben.told("INV-54")[0].outcome, Outcome::Rejected);
}

#[test]
fn inv_54_of_two_drafts_the_second_is_not_issued_while_the_first_is_out() {
    for ada_first in [true, false] {
        let world = World::new();
        let (ada, ben, maya) = (world.phone("Ada"), world.phone("Ben"), world.phone("Maya"));
        let sold = sold(&world, &ada, "10", "10");
        world.level(&[&ada, &ben, &maya]);
        let drafts = [sold.bills(&ada, "6"), sold.bills(&ben, "6")];
        let order = if ada_first { [&ada, &ben, &maya] } else { [&ben, &ada, &maya] };
        world.level(&order);
        world.assert_agreement(&[&ada, &ben, &maya]);

        world.at_office(&maya, "invoice", drafts[0], "issue").unwrap();
        let refused = world.at_office(&maya, "invoice", drafts[1], "issue").unwrap_err();
        let again = world.at_office(&maya, "invoice", drafts[1], "issue").unwrap_err();

        assert_eq!((refused.code(), again.code()), ("INV-54", "INV-54"));
        assert!(refused.to_string().contains("4 remain"), "{refused}");
        world.level(&[&ada, &ben, &maya]);
        world.assert_agreement(&[&ada, &ben, &maya]);
        assert_eq!(maya.field("invoice", drafts[1], "status_reason"), "new");
        assert_eq!(maya.field("invoice", drafts[1], "lines")[0]["quantity"]["value"], "6", "never shrunk silently");
        for phone in [&ada, &ben, &maya] {
            assert_eq!(only(phone.told("INV-54")).kept, json!({ "remaining": { sold.line.to_string(): "4" } }));
        }
        let unit = sold.stock.unit.to_string();
        change_line(&ben, "invoice", drafts[1], 0, json!({ "quantity": { "value": "4", "unit": unit } }));
        issue(&world, &ben, drafts[1]).unwrap();
        world.level(&[&ada, &ben, &maya]);
        let numbers = drafts.map(|draft| maya.field("invoice", draft, "invoice_number"));
        assert_eq!(numbers, [json!("INV-000001"), json!("INV-000002")], "what was refused took no number");
        assert_eq!(maya.field("order", sold.order, "state"), "invoiced");
        world.assert_agreement(&[&ada, &ben, &maya]);
    }
}

#[test]
fn inv_55_invoices_drafted_apart_share_the_orders_discounts_and_tax_to_the_cent() {
    in_both_orders(
        |world, ada| sold_with(world, ada, "3", "33.33", json!({ "manual_discount": "10.00", "tax": "7.99" }), json!({})),
        |_, sold, ada, ben| {
            sold.bills(ada, "1");
            sold.bills(ben, "1");
        },
        |world, sold, ada, ben| {
            let third = sold.bills(ada, "1");
            world.level(&[ada, ben]);
            world.assert_agreement(&[ada, ben]);
            let mut invoices = ben.book.list(&fieldbook_device::Query::of("invoice")).unwrap();
            assert_eq!(invoices.len(), 3);
            invoices.sort_by_key(|invoice| invoice["created_at"].as_str().unwrap().to_owned());
            let mut shown: Vec<[String; 3]> = Vec::new();
            for invoice in &invoices {
                let line = &invoice["lines"][0];
                let figure = |value: &Value| value.as_str().unwrap_or("").to_owned();
                shown.push([figure(&line["manual_discount"]), figure(&line["tax"]), figure(&invoice["total_amount"])]);
            }
            let expected = [["3.33", "2.66", "32.66"], ["3.34", "2.67", "32.66"], ["3.33", "2.66", "32.66"]];
            assert_eq!(shown, expected.map(|row| row.map(str::to_owned)).to_vec());
            assert!(ada.told("INV-55").is_empty() && ben.told("INV-55").is_empty(), "nobody typed a figure");
            for invoice in &invoices {
                let id: RecordId = invoice["id"].as_str().unwrap().parse().unwrap();
                issue(world, ada, id).unwrap();
            }
            world.level(&[ada, ben]);
            world.assert_agreement(&[ada, ben]);
            assert_eq!(ada.field("order", sold.order, "state"), "invoiced");
            assert_eq!(ada.field("invoice", third, "paper_title"), "invoice");
        },
    );
}

#[test]
fn inv_55_freight_and_the_headers_discount_are_there_once_and_a_typed_figure_is_kept_beside_the_invoice() {
    in_both_orders(
        |world, ada| {
            let sold = sold_with(world, ada, "10", "10", json!({}), json!({ "discount_amount": "25", "freight_amount": "12" }));
            let first = sold.bills(ada, "6");
            (sold, first)
        },
        |_, (sold, first), ada, ben| {
            ada.set("invoice", *first, json!({ "freight_amount": "12" }));
            sold.bills(ben, "4");
        },
        |world, (sold, first), ada, ben| {
            let mut shown: Vec<[Value; 3]> = Vec::new();
            for invoice in ben.book.list(&fieldbook_device::Query::of("invoice")).unwrap() {
                shown.push(["discount_amount", "freight_amount", "total_amount"].map(|name| invoice[name].clone()));
            }
            shown.sort_by_key(|row| row[2].to_string());
            assert_eq!(shown, [[json!("10"), json!("4.8"), json!("34.8")], [json!("15"), json!("7.2"), json!("52.2")]]);
            assert_eq!(ben.field("order", sold.order, "total_amount"), "87");
            let told = only(ada.told("INV-55"));
            assert_eq!((told.outcome, &told.lost["freight_amount"]), (Outcome::Adjusted, &json!("12")));
            assert!(ben.told("INV-55").is_empty() && world.phone("Maya").told("INV-55").is_empty());
            let kept = serde_json::to_string(&ada.book.alternatives("invoice", *first).unwrap()).unwrap();
            assert!(kept.contains("\"12\""), "{kept}");
        },
    );
}

#[test]
fn inv_55_whichever_invoice_is_canceled_the_others_still_come_to_the_order() {
    for canceled in 0..3 {
        let world = World::new();
        let (ada, maya) = (world.phone("Ada"), world.phone("Maya"));
        let sold = sold_with(&world, &ada, "3", "33.33", json!({ "manual_discount": "10.00", "tax": "7.99" }), json!({}));
        let mut invoices = Vec::new();
        for _ in 0..3 {
            let invoice = sold.bills(&ada, "1");
            issue(&world, &ada, invoice).unwrap();
            world.level(&[&ada, &maya]);
            invoices.push(invoice);
        }
        assert_eq!(ada.field("order", sold.order, "state"), "invoiced");

        world.at_office(&maya, "invoice", invoices[canceled], "cancel").unwrap();
        world.level(&[&ada, &maya]);
        assert_eq!(ada.field("order", sold.order, "state"), "active", "there is something to bill again");
        let instead = sold.bills(&ada, "1");
        issue(&world, &ada, instead).unwrap();
        world.level(&[&ada, &maya]);

        assert_eq!(ada.field("order", sold.order, "state"), "invoiced");
        world.assert_agreement(&[&ada, &maya]);
    }
}

#[test]
fn inv_56_an_invoice_is_a_pro_forma_under_its_own_number_until_the_office_issues_it() {
    in_both_orders(
        |world, ada| stock(world, ada, "98.80"),
        |_, stock, ada, ben| {
            for phone in [ada, ben] {
                drafts_a_pro_forma(phone, stock);
            }
        },
        |world, _, ada, ben| {
            let invoices = ben.book.list(&fieldbook_device::Query::of("invoice")).unwrap();
            assert_eq!(invoices.len(), 2);
            let provisional: Vec<&Value> = invoices.iter().map(|invoice| &invoice["provisional_number"]).collect();
            assert_ne!(provisional[0], provisional[1]);
            let maya = world.phone("Maya");
            for (place, invoice) in invoices.iter().enumerate() {
                let id: RecordId = invoice["id"].as_str().unwrap().parse().unwrap();
                world.at_office(&maya, "invoice", id, "issue").unwrap();
                world.sync(ada);
                let issued = ada.sees("invoice", id);
                assert_eq!(issued["invoice_number"], format!("INV-{:06}", place + 1));
                assert_eq!((&issued["paper_title"], &issued["provisional_number"]), (&text("invoice"), provisional[place]));
            }
            world.sync(ben);
            world.assert_agreement(&[ada, ben, &maya]);
        },
    );
}

fn drafts_a_pro_forma(phone: &Phone, stock: &Stock) {
    let (invoice, _) = stock.of(phone, "invoice", "1", json!({}), json!({}));
    let shown = phone.sees("invoice", invoice);
    assert_eq!((shown.get("invoice_number"), &shown["paper_title"]), (None, &text("pro_forma")));
    assert!(shown["provisional_number"].as_str().unwrap().starts_with("PF-"));
}

#[test]
fn inv_57_two_payments_count_both_and_too_much_is_shown_to_who_keeps_the_books() {
    in_both_orders_of(
        ["Maya", "Fay"],
        |world, _| issued(world, &world.phone("Ada")),
        |_, invoice, maya, fay| {
            maya.act("invoice", *invoice, "record_payment", json!({ "amount": "50", "reference": "A" }));
            fay.act("invoice", *invoice, "record_payment", json!({ "amount": "50", "reference": "B" }));
        },
        |world, invoice, maya, fay| {
            let paid = fay.sees("invoice", *invoice);
            let shown = ["state", "status_reason", "amount_paid", "amount_due", "amount_overpaid"].map(|name| paid[name].clone());
            assert_eq!(shown, ["paid", "complete", "100", "0", "1.2"].map(text));
            let told = only(fay.told("INV-57"));
            assert_eq!((told.outcome, &told.kept), (Outcome::Adjusted, &json!("1.2")));
            assert!(maya.told("INV-57").len() < 2, "whoever leads the author of the second is told once");
            assert!(world.phone("Ada").told("INV-57").is_empty() && world.phone("Ben").told("INV-57").is_empty());
        },
    );
}

#[test]
fn inv_57_one_cheque_recorded_twice_counts_once_until_somebody_else_says_that_there_were_two() {
    for choice in ["another", "same"] {
        in_both_orders_of(
            ["Maya", "Fay"],
            |world, _| issued(world, &world.phone("Ada")),
            |_, invoice, maya, fay| {
                for phone in [maya, fay] {
                    phone.act("invoice", *invoice, "record_payment", json!({ "amount": "40", "reference": "cheque 500" }));
                }
            },
            |world, invoice, maya, fay| {
                assert_eq!(fay.field("invoice", *invoice, "amount_paid"), "40");
                let omar = world.phone("Omar");
                let told: Vec<Decision> = [maya, fay, &omar].iter().flat_map(|phone| phone.told("INV-57")).collect();
                let held = told.first().unwrap();
                assert_eq!((held.outcome, &held.kept["args"]["amount"]), (Outcome::Held, &json!("40")));
                assert!(told.iter().all(|other| other.id == held.id), "one question");
                let whose = if held.author == maya.user { maya } else { fay };
                assert_eq!(whose.told("INV-57").len(), 1);
                let other = if held.author == maya.user { fay } else { maya };
                let item = held.id.to_string();
                other.act("invoice", *invoice, "decide", json!({ "item": item, "choice": choice }));
                world.level(&[&omar, maya, fay]);
                world.assert_agreement(&[maya, fay, &omar]);
                let counted = if choice == "another" { "80" } else { "40" };
                assert_eq!(fay.field("invoice", *invoice, "amount_paid"), counted);
            },
        );
    }
}

/// Ada bills an order of hers that is shipped; Maya issues the invoice.
fn billed_order(world: &World, ada: &Phone) -> (Sold, RecordId) {
    let sold = sold(world, ada, "10", "10");
    ada.act("order", sold.order, "fulfil", json!({}));
    let invoice = sold.bills(ada, "10");
    issue(world, ada, invoice).unwrap();
    world.sync(ada);
    (sold, invoice)
}

#[test]
fn inv_58_a_payment_that_came_while_the_office_canceled_stands_and_a_credit_note_is_asked_for() {
    for choice in ["cancel", "paid"] {
        let world = World::new();
        let (ada, fay, maya, omar) = (world.phone("Ada"), world.phone("Fay"), world.phone("Maya"), world.phone("Omar"));
        let (sold, invoice) = billed_order(&world, &ada);
        world.level(&[&ada, &fay, &maya]);
        fay.act("invoice", invoice, "record_payment", json!({ "amount": "100" }));
        world.at_office(&maya, "invoice", invoice, "cancel").unwrap();
        assert_eq!(maya.field("order", sold.order, "state"), "fulfilled");

        world.level(&[&fay, &ada, &maya, &omar]);
        world.assert_agreement(&[&ada, &fay, &maya, &omar]);
        assert_eq!(maya.field("invoice", invoice, "state"), "paid");
        assert_eq!(maya.field("order", sold.order, "state"), "invoiced", "all of the cancellation waits");
        assert_eq!((fay.told("INV-58").len(), maya.told("INV-58").len()), (1, 1), "both are told");
        assert!(ada.told("INV-58").is_empty(), "it is no business of hers");
        let held = only(fay.told("INV-58"));
        assert_eq!((held.outcome, &held.kept["args"]["amount"]), (Outcome::Held, &json!("100")));

        omar.act("invoice", invoice, "decide", json!({ "item": held.id.to_string(), "choice": choice }));
        world.level(&[&omar, &ada, &fay, &maya]);
        world.assert_agreement(&[&ada, &fay, &maya, &omar]);
        let states =
            ["invoice", "order"].map(|kind| ada.field(kind, if kind == "order" { sold.order } else { invoice }, "state"));
        assert_eq!(states, if choice == "cancel" { ["canceled", "fulfilled"] } else { ["paid", "invoiced"] }.map(text));
    }
}

#[test]
fn inv_58_a_payment_of_what_was_billed_anew_meanwhile_waits_and_nothing_is_billed_twice() {
    for choice in ["bill", "drop"] {
        let world = World::new();
        let (ada, fay, maya, omar) = (world.phone("Ada"), world.phone("Fay"), world.phone("Maya"), world.phone("Omar"));
        let phones = [&ada, &fay, &maya, &omar];
        let (sold, first) = billed_order(&world, &ada);
        world.level(&phones);
        fay.act("invoice", first, "record_payment", json!({ "amount": "100" }));
        world.at_office(&maya, "invoice", first, "cancel").unwrap();
        world.sync(&ada);
        let second = sold.bills(&ada, "10");
        issue(&world, &ada, second).unwrap();

        world.level(&phones);

        world.assert_agreement(&phones);
        let states = |phone: &Phone| [first, second].map(|invoice| phone.field("invoice", invoice, "state"));
        assert_eq!(states(&fay), ["canceled", "active"].map(text));
        let item = only(fay.told("INV-54"));
        assert_eq!((item.outcome, item.record.id), (Outcome::Held, first));
        assert!(maya.told("INV-54").len() + omar.told("INV-54").len() > 0, "somebody else answers");
        let answer = |choice: &str| {
            omar.act("invoice", first, "decide", json!({ "item": item.id.to_string(), "choice": choice }));
            world.level(&phones);
            world.assert_agreement(&phones);
        };
        answer("bill");
        assert_eq!(states(&ada), ["canceled", "active"].map(text), "nothing is left to bill");
        if choice == "bill" {
            world.at_office(&maya, "invoice", second, "cancel").unwrap();
        }
        answer(choice);
        let expected = if choice == "bill" { ["paid", "canceled"] } else { ["canceled", "active"] };
        assert_eq!(states(&ada), expected.map(text));
    }
}

#[test]
fn inv_58_the_office_does_not_cancel_what_was_paid() {
    let world = World::new();
    let (ada, fay, maya) = (world.phone("Ada"), world.phone("Fay"), world.phone("Maya"));
    let invoice = issued(&world, &ada);
    world.level(&[&ada, &fay, &maya]);
    fay.act("invoice", invoice, "record_payment", json!({ "amount": "40" }));
    world.sync(&fay);

    let refused = world.at_office(&maya, "invoice", invoice, "cancel").unwrap_err();

    assert_eq!(refused.code(), "invoice.cancel.state");
    world.at_office(&maya, "invoice", invoice, "reactivate").unwrap();
    let refused = world.at_office(&maya, "invoice", invoice, "cancel").unwrap_err();
    assert_eq!(refused.code(), "invoice.cancel.payment");
    world.level(&[&ada, &maya]);
    assert_eq!(
        (maya.field("invoice", invoice, "status_reason"), maya.field("invoice", invoice, "amount_paid")),
        (text("new"), text("40"))
    );
    world.assert_agreement(&[&ada, &maya]);
}

#[test]
fn inv_58_money_that_came_while_the_office_made_a_draft_of_the_invoice_again_still_counts() {
    let world = World::new();
    let (ada, fay, maya) = (world.phone("Ada"), world.phone("Fay"), world.phone("Maya"));
    let theirs = world.phone("Maya");
    let invoice = issued(&world, &ada);
    world.level(&[&ada, &fay, &maya, &theirs]);
    fay.act("invoice", invoice, "record_payment", json!({ "amount": "40" }));
    theirs.act("invoice", invoice, "record_payment", json!({ "amount": "50" }));
    world.sync(&fay);
    world.at_office(&maya, "invoice", invoice, "reactivate").unwrap();

    world.level(&[&theirs, &fay, &ada, &maya]);

    world.assert_agreement(&[&ada, &fay, &maya]);
    let shown = ["status_reason", "amount_paid", "paper_title"].map(|name| maya.field("invoice", invoice, name));
    assert_eq!(shown, ["new", "90", "pro_forma"].map(text));
    world.at_office(&maya, "invoice", invoice, "issue").unwrap();
    let shown = ["invoice_number", "amount_due"].map(|name| maya.field("invoice", invoice, name));
    assert_eq!(shown, ["INV-000001", "8.8"].map(text), "it keeps its number");
}

#[test]
fn inv_59_a_draft_corrected_while_the_office_issued_it_stays_as_it_was_issued() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let (invoice, _) = stock(&world, &ada, "98.80").of(&ada, "invoice", "1", json!({}), json!({}));
    world.level(&[&ada, &ben]);
    issue(&world, &ada, invoice).unwrap();
    change_line(&ben, "invoice", invoice, 0, json!({ "tax": "19" }));
    assert_eq!(ben.field("invoice", invoice, "total_amount"), "117.8");

    world.level(&[&ben, &ada]);

    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ben.field("invoice", invoice, "total_amount"), "98.8");
    let told = only(ben.told("INV-59"));
    assert_eq!((told.outcome, told.salvage.as_str()), (Outcome::Rejected, "reissue"));
    assert!(ada.told("INV-59").is_empty() && world.phone("Maya").told("INV-59").is_empty());
    let kept = serde_json::to_string(&ben.book.alternatives("invoice", invoice).unwrap()).unwrap();
    assert!(kept.contains("19"), "{kept}");
}

#[test]
fn inv_59_a_draft_canceled_while_the_office_issued_it_stays_issued_and_no_number_is_lost() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let (invoice, _) = stock(&world, &ada, "98.80").of(&ada, "invoice", "1", json!({}), json!({}));
    world.level(&[&ada, &ben]);
    issue(&world, &ada, invoice).unwrap();
    ben.act("invoice", invoice, "cancel", json!({}));

    world.level(&[&ben, &ada]);

    world.assert_agreement(&[&ada, &ben]);
    let shown = ["state", "invoice_number"].map(|name| ben.field("invoice", invoice, name));
    assert_eq!(shown, ["active", "INV-000001"].map(text));
    assert_eq!((only(ben.told("INV-59")).salvage.as_str(), ada.told("INV-59").len()), ("reissue", 0));
}

#[test]
fn inv_60_a_sale_won_while_its_only_order_was_canceled_stays_won_and_is_asked_about() {
    in_both_orders(
        |world, ada| {
            let stock = stock(world, ada, "100");
            let sale = ada.create("opportunity", json!({ "topic": "Pumps", "customer": refer("account", stock.customer) }));
            let _ = ada.add_line(sale, json!({ "product": stock.product.to_string(), "quantity": { "value": "1" } }));
            let order = ada.act("opportunity", sale, "create_order", json!({})).derived("order");
            (sale, order)
        },
        |_, (sale, order), ada, ben| {
            ada.act("opportunity", *sale, "win", json!({ "actual_value": "100" }));
            ben.act("order", *order, "cancel", json!({}));
        },
        |world, (sale, order), ada, ben| {
            assert_eq!(
                (ben.field("opportunity", *sale, "state"), ben.field("order", *order, "state")),
                (text("won"), text("canceled"))
            );
            for phone in [ada, &world.phone("Maya")] {
                let told = only(phone.told("INV-60"));
                assert_eq!((told.outcome, told.salvage.as_str(), told.record.id), (Outcome::Adjusted, "reopen", *sale));
            }
            assert!(ben.told("INV-60").is_empty());
        },
    );
}

#[test]
fn inv_61_the_office_stamps_the_rate_when_it_takes_money_over_and_not_again_once_the_record_is_closed() {
    in_both_orders(
        |world, ada| {
            let stock = stock(world, ada, "92");
            let euro = stock.omar.create("currency", json!({ "iso_code": "EUR", "exchange_rate": "0.92" }));
            world.level(&[&stock.omar, ada]);
            let quote = |name: &str| {
                let lines = [stock.line(stock.product.derived(name), "1")];
                ada.create("quote", json!({ "name": name, "customer": refer("account", stock.customer), "lines": lines }))
            };
            let quotes = [quote("changed"), quote("sent"), quote("let be")];
            ada.act("quote", quotes[1], "activate", json!({}));
            (stock, euro, quotes)
        },
        |world, (stock, euro, quotes), ada, ben| {
            assert_eq!(ada.field("quote", quotes[0], "total_amount_base"), "100");
            ada.set("quote", quotes[0], json!({ "freight_amount": "8" }));
            ben.set("quote", quotes[0], json!({ "discount_amount": "10" }));
            stock.omar.set("currency", *euro, json!({ "exchange_rate": "0.90" }));
            world.sync(&stock.omar);
        },
        |world, (_, _, quotes), ada, ben| {
            let rates = quotes.map(|quote| ben.field("quote", quote, "exchange_rate"));
            assert_eq!(rates, ["0.9", "0.92", "0.92"].map(text), "money moved on the first alone");
            assert_eq!(ben.field("quote", quotes[0], "total_amount_base"), "100");
            ada.act("quote", quotes[2], "activate", json!({}));
            assert_eq!(ada.field("quote", quotes[2], "exchange_rate"), "0.92", "the phone estimates");
            world.level(&[ada, ben]);
            assert_eq!(ben.field("quote", quotes[2], "exchange_rate"), "0.9", "it is stamped when it closes");
            let told = world.decisions();
            assert!(told.iter().all(|decision| decision.rule == "INV-16"), "only the discount is anybody's news: {told:?}");
            world.assert_agreement(&[ada, ben]);
        },
    );
}
