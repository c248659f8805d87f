//! What is billed of an order, by how many invoices: INV-54 to INV-56.

use super::only;
use crate::invariants::{in_both_orders, in_both_orders_of, text};
use fieldbook_device::Query;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::raw::Outcome;
use fieldbook_tests::world::{Phone, Sold, Stock, World, refer};
use serde_json::{Value, json};

/// Ada's invoice of six of ten is out; Ben, who does not know, billed six as well.
fn billed_twice(world: &World) -> (Phone, Phone, Phone, Sold, [RecordId; 2]) {
    let (ada, ben, maya) = (world.phone("Ada"), world.phone("Ben"), world.phone("Maya"));
    let sold = world.sold(&ada, "10", "10");
    world.level(&[&ada, &ben, &maya]);
    let first = sold.bills(&ada, "6");
    world.issue(&ada, first).unwrap();
    let second = sold.bills(&ben, "6");
    world.level(&[&ben, &ada, &maya]);
    world.assert_agreement(&[&ada, &ben, &maya]);
    (ada, ben, maya, sold, [first, second])
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
    let (ada, ben, maya, _, [first, second]) = billed_twice(&world);
    let item = only(maya.told("INV-54"));
    let decide = |choice: &str| {
        maya.decide(&item, choice);
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
    let (ada, ben, maya, _, [_, second]) = billed_twice(&world);
    let item = only(maya.told("INV-54"));

    maya.decide(&item, "drop");
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
        let sold = world.sold(&ada, "10", "10");
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
        ben.change_line("invoice", drafts[1], json!({ "quantity": { "value": "4", "unit": unit } }));
        world.issue(&ben, drafts[1]).unwrap();
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
        |world, ada| world.sold_with(ada, "3", "33.33", json!({ "manual_discount": "10.00", "tax": "7.99" }), json!({})),
        |_, sold, ada, ben| {
            let _ = sold.bills(ada, "1");
            let _ = sold.bills(ben, "1");
        },
        |world, sold, ada, ben| {
            let third = sold.bills(ada, "1");
            world.level(&[ada, ben]);
            world.assert_agreement(&[ada, ben]);
            let mut invoices = ben.book.list(&Query::of("invoice")).unwrap();
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
                world.issue(ada, id).unwrap();
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
            let sold = world.sold_with(ada, "10", "10", json!({}), json!({ "discount_amount": "25", "freight_amount": "12" }));
            let first = sold.bills(ada, "6");
            (sold, first)
        },
        |_, (sold, first), ada, ben| {
            ada.set("invoice", *first, json!({ "freight_amount": "12" }));
            let _ = sold.bills(ben, "4");
        },
        |world, (sold, first), ada, ben| {
            let mut shown: Vec<[Value; 3]> = Vec::new();
            for invoice in ben.book.list(&Query::of("invoice")).unwrap() {
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
fn inv_55_figures_of_an_invoice_that_stood_alone_are_kept_beside_it_once_it_bills_an_order() {
    in_both_orders_of(
        ["Maya", "Ben"],
        |world, maya| {
            let sold = world.sold(maya, "10", "10");
            let line =
                json!({ "id": sold.line.derived("sale"), "description": "Fitting, as much as it takes", "price_per_unit": "50" });
            let customer = refer("account", sold.stock.customer);
            let sale = maya.create("opportunity", json!({ "topic": "Pumps", "customer": customer, "lines": [line] }));
            let figures = json!({ "freight_amount": "12", "discount_amount": "3" });
            let (invoice, _) = sold.stock.of(maya, "invoice", "1", json!({}), figures);
            (sold, sale, invoice)
        },
        |_, (sold, sale, invoice), maya, ben| {
            maya.act("invoice", *invoice, "get_products", json!({ "opportunity": sale.to_string() }));
            ben.set("invoice", *invoice, json!({ "order": sold.order.to_string() }));
        },
        |_, (_, _, invoice), maya, ben| {
            let figures = ["freight_amount", "discount_amount"].map(|field| ben.field("invoice", *invoice, field));
            assert_eq!(figures, [Value::Null, Value::Null], "an order has that once");
            let told = only(maya.told("INV-55"));
            assert_eq!((&told.lost["freight_amount"], &told.lost["discount_amount"]), (&json!("12"), &json!("3")));
            assert!(ben.told("INV-55").is_empty(), "he typed none of them");
            let kept = serde_json::to_string(&maya.book.alternatives("invoice", *invoice).unwrap()).unwrap();
            assert!(kept.contains("\"12\"") && kept.contains("\"3\""), "{kept}");
        },
    );
}

#[test]
fn inv_55_whichever_invoice_is_canceled_the_others_still_come_to_the_order() {
    for canceled in 0..3 {
        let world = World::new();
        let (ada, maya) = (world.phone("Ada"), world.phone("Maya"));
        let sold = world.sold_with(&ada, "3", "33.33", json!({ "manual_discount": "10.00", "tax": "7.99" }), json!({}));
        let mut invoices = Vec::new();
        for _ in 0..3 {
            let invoice = sold.bills(&ada, "1");
            world.issue(&ada, invoice).unwrap();
            world.level(&[&ada, &maya]);
            invoices.push(invoice);
        }
        assert_eq!(ada.field("order", sold.order, "state"), "invoiced");

        world.at_office(&maya, "invoice", invoices[canceled], "cancel").unwrap();
        world.level(&[&ada, &maya]);
        assert_eq!(ada.field("order", sold.order, "state"), "active", "there is something to bill again");
        let instead = sold.bills(&ada, "1");
        world.issue(&ada, instead).unwrap();
        world.level(&[&ada, &maya]);

        assert_eq!(ada.field("order", sold.order, "state"), "invoiced");
        world.assert_agreement(&[&ada, &maya]);
    }
}

#[test]
fn inv_56_an_invoice_is_a_pro_forma_under_its_own_number_until_the_office_issues_it() {
    in_both_orders(
        |world, ada| world.stock(ada, "98.80"),
        |_, stock, ada, ben| {
            for phone in [ada, ben] {
                drafts_a_pro_forma(phone, stock);
            }
        },
        |world, _, ada, ben| {
            let invoices = ben.book.list(&Query::of("invoice")).unwrap();
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
