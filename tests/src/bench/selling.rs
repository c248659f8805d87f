//! What selling costs on the phone: pricing, opening and editing a quote, beside a catalogue of any size.

use super::{Bench, millis};
use anyhow::Result;
use fieldbook_device::Book;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::permission::Role;
use fieldbook_domain::pricing::sheet;
use fieldbook_domain::record::price_list::PriceListItem;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::hint::black_box;
use std::time::{Duration, Instant};

const ROUNDS: u32 = 200;

impl Bench {
    /// A quote in a small and in a large catalogue: the second must cost what the first does.
    pub(super) fn selling(&self) -> Result<()> {
        let maya = self.phone("Maya", Role::Admin)?;
        let shop = Shop::open(&maya)?;
        shop.products(&maya, 0..200)?;
        let large = shop.quote(&maya, 200)?;
        let quote = shop.quote(&maya, 15)?;
        let body = maya.get("quote", large)?;
        println!("selling, on the phone");
        per("  pricing a quote of 200 lines", || {
            black_box(sheet::of("quote", black_box(&body)));
            Ok(())
        })?;
        let amounts: Vec<Decimal> = (0..1_000_i64).map(|cents| Decimal::new(cents, 2)).collect();
        per("  floor: adding 1,000 amounts up", || {
            black_box(black_box(&amounts).iter().sum::<Decimal>());
            Ok(())
        })?;
        per("  opening a quote of 15 lines", || {
            black_box(maya.get("quote", quote)?);
            Ok(())
        })?;
        let mut many = 0_u32;
        let mut edit = |name: &str| {
            per(name, || {
                many += 1;
                shop.edit(&maya, quote, many)
            })
        };
        edit("  saving one line of it, 200 items in the catalogue, durable")?;
        shop.products(&maya, 200..5_000)?;
        edit("  the same, 5,000 items in the catalogue")
    }
}

fn per(name: &str, mut work: impl FnMut() -> Result<()>) -> Result<()> {
    let mut took: Vec<Duration> = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work()?;
        took.push(start.elapsed());
    }
    took.sort();
    println!("{name}: p50 {:.3} ms, p99 {:.3} ms", millis(&took, 50), millis(&took, 99));
    Ok(())
}

struct Shop {
    unit: RecordId,
    list: RecordId,
    customer: RecordId,
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

impl Shop {
    fn open(book: &Book) -> Result<Self> {
        let unit = book.create("unit", object(&json!({ "name": "Piece" })))?;
        let list = book.create("price_list", object(&json!({ "name": "2026", "currency": "EUR" })))?;
        let customer = book.create("account", object(&json!({ "name": "Globex", "default_price_list": list.to_string() })))?;
        Ok(Self { unit, list, customer })
    }

    fn product(&self, number: u32) -> RecordId {
        self.list.derived(&format!("product/{number}"))
    }

    fn products(&self, book: &Book, numbers: std::ops::Range<u32>) -> Result<()> {
        let (unit, list) = (self.unit, self.list);
        let made: Vec<(u32, RecordId)> = numbers.map(|number| (number, self.product(number))).collect();
        book.batch(move |batch| {
            for (number, id) in &made {
                let product = json!({ "name": format!("Product {number}"), "default_unit": unit.to_string() });
                batch.create("product", Some(*id), object(&product))?;
                let item = json!({
                    "price_list": list.to_string(), "product": id.to_string(), "unit": unit.to_string(), "amount": "12.35"
                });
                batch.create("price_list_item", Some(PriceListItem::id_of(list, *id, unit)), object(&item))?;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn quote(&self, book: &Book, lines: u32) -> Result<RecordId> {
        let line = |number: u32| {
            let product = self.product(number).to_string();
            json!({ "id": self.customer.derived(&format!("{lines}/{number}")), "product": product, "quantity": { "value": "2" } })
        };
        let lines: Vec<Value> = (0..lines).map(line).collect();
        let customer = format!("account:{}", self.customer);
        Ok(book.create("quote", object(&json!({ "name": "Offer", "customer": customer, "lines": lines })))?)
    }

    fn edit(&self, book: &Book, quote: RecordId, many: u32) -> Result<()> {
        let was = book.get("quote", quote)?;
        let mut now = was.clone();
        let first = now.get_mut("lines").and_then(|lines| lines.get_mut(0)).and_then(Value::as_object_mut);
        if let Some(line) = first {
            let product = self.product(many % 200).to_string();
            line.insert("product".to_owned(), Value::from(product));
            line.insert("quantity".to_owned(), json!({ "value": many.to_string(), "unit": self.unit.to_string() }));
        }
        book.save("quote", quote, &was, &now)?;
        Ok(())
    }
}
