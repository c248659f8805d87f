//! Prices taken from the catalogue as it is now: because somebody asks for it, or because a draft reaches the office
//! (`domain.md` 3.7).

use super::{Author, Desk, LINES, RecordId, RecordType, Records, Write};
use crate::body::{self, Body, children, has_left, part, read};
use crate::key;
use crate::pricing::basis::{self, Wanted};
use crate::pricing::error::NOT_IN_PRICE_LIST;
use crate::raw::Raw;
use crate::record::catalogue::Product;
use serde_json::Value;

/// A line the catalogue says something else of than it did when the line was priced.
pub(crate) struct Moved {
    pub(crate) line: RecordId,
    pub(crate) was: Body,
    pub(crate) now: Body,
}

/// Looks every catalogue line up again; writes those the catalogue says something else of.
pub(in crate::action) fn all(
    kind: &'static RecordType,
    id: RecordId,
    current: &Raw,
    author: &Author,
    records: &dyn Records,
) -> Vec<Write> {
    let mut desk = Desk::new(kind, id, Some(current), Vec::new(), true, author, records);
    for moved in looked_up(&desk.body(), author.now_ms, records, |_| true).into_iter().filter(Moved::differs) {
        desk.put(key::child(LINES, moved.line, "basis"), &Value::Object(moved.now));
    }
    desk.writes
}

/// The lines of a priced record that cost something else now, or can be sold no more. A newer version of a product that costs
/// the same is nothing to a line that was priced already (INV-48).
pub(crate) fn differing(body: &Body, now_ms: i64, records: &dyn Records, wanted: impl Fn(&Body) -> bool) -> Vec<Moved> {
    looked_up(body, now_ms, records, wanted).into_iter().filter(Moved::costs_otherwise).collect()
}

/// What the catalogue says of the lines now. What is no longer sold keeps the price it had beside the error that says so (INV-41).
fn looked_up(body: &Body, now_ms: i64, records: &dyn Records, wanted: impl Fn(&Body) -> bool) -> Vec<Moved> {
    let currency = part(body, "pricing", "currency").unwrap_or("");
    let price_list = part(body, "pricing", "price_list").and_then(|list| list.parse().ok());
    let look_up = |line: &Body| {
        let unit = part(line, "quantity", "unit").and_then(|unit| unit.parse().ok())?;
        let (line_id, product) = (body::id(line, "id")?, body::id(line, "product")?);
        let was = line.get("basis").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut now = basis::look_up(&Wanted { price_list, currency, product, unit }, now_ms, records);
        if !now.contains_key("error") && read::<Product>(product, records).is_some_and(|held| has_left(&held)) {
            now.insert("error".to_owned(), Value::from(NOT_IN_PRICE_LIST.code));
        }
        let same_thing = ["product", "unit", "price_list"].iter().all(|name| was.get(*name) == now.get(*name));
        if let Some(error) = now.get("error").cloned().filter(|_| same_thing) {
            now.clone_from(&was);
            now.insert("error".to_owned(), error);
        }
        Some(Moved { line: line_id, was, now })
    };
    children(body, LINES).filter(|line| wanted(line)).filter_map(look_up).collect()
}

impl Moved {
    fn differs(&self) -> bool {
        self.differs_but_for(&["priced_at"])
    }

    fn costs_otherwise(&self) -> bool {
        self.differs_but_for(&["priced_at", "version", "asks"])
    }

    fn differs_but_for(&self, names: &[&str]) -> bool {
        let rest = |basis: &Body| -> Body {
            let kept = basis.iter().filter(|(name, _)| !names.contains(&name.as_str()));
            kept.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        rest(&self.was) != rest(&self.now)
    }
}
