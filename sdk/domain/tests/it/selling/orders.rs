//! Orders: what goes out, and invoices in parts.

use super::shop;
use crate::book::Book;
use fieldbook_domain::ids::RecordId;
use proptest::collection::vec;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

impl Book {
    /// Bills these quantities of the lines instead of all that is left.
    fn split(&mut self, invoice: RecordId, parts: &[String; 3]) {
        let order: RecordId = self.get("invoice", invoice)["order"].as_str().unwrap().parse().unwrap();
        let sources: Vec<Value> =
            self.get("order", order)["lines"].as_array().unwrap().iter().map(|line| line["id"].clone()).collect();
        self.edit("invoice", invoice, |body| {
            let lines = body["lines"].as_array_mut().unwrap();
            let part = |line: &Value| &parts[sources.iter().position(|source| *source == line["source_line"]).unwrap()];
            // A line nothing is billed of leaves the invoice.
            lines.retain(|line| part(line).parse::<Decimal>().unwrap() > Decimal::ZERO);
            for line in lines {
                line["quantity"]["value"] = json!(part(line));
            }
        });
    }
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
        let Ok(wish) = shop.book.try_act("order", order, "create_invoice", json!({})) else { break };
        invoices.push(wish.derived("invoice"));
        shop.book.split(wish.derived("invoice"), parts);
    }
    if let Ok(wish) = shop.book.try_act("order", order, "create_invoice", json!({})) {
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
