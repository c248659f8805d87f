//! Prices taken from the catalogue as it is now, because somebody asks for it (`domain.md` 3.7).

use super::{Author, Body, Desk, LINES, RecordId, RecordType, Records, Write, children, part, text};
use crate::key;
use crate::pricing::basis::{self, Wanted};
use crate::raw::Raw;
use serde_json::Value;

/// Looks every catalogue line up again; writes those the catalogue says something else of.
pub(in crate::action) fn all(
    kind: &'static RecordType,
    id: RecordId,
    current: &Raw,
    author: &Author,
    records: &dyn Records,
) -> Vec<Write> {
    let mut desk = Desk::new(kind, id, Some(current), Vec::new(), true, author, records);
    let body = desk.body();
    let currency = part(&body, "pricing", "currency").unwrap_or("");
    let price_list = part(&body, "pricing", "price_list").and_then(|list| list.parse().ok());
    for line in children(&body) {
        let unit = line.get("quantity").and_then(|quantity| quantity.get("unit")).and_then(Value::as_str);
        let named = (text(line, "id"), text(line, "product"), unit);
        let (Some(Ok(id)), Some(Ok(product)), Some(Ok(unit))) =
            (named.0.map(str::parse::<RecordId>), named.1.map(str::parse::<RecordId>), named.2.map(str::parse::<RecordId>))
        else {
            continue;
        };
        let found = basis::look_up(&Wanted { price_list, currency, product, unit }, author.now_ms, records);
        let stands = line.get("basis").and_then(Value::as_object).cloned().unwrap_or_default();
        if without_moment(&found) != without_moment(&stands) {
            desk.put(key::child(LINES, id, "basis"), &Value::Object(found));
        }
    }
    desk.writes
}

fn without_moment(basis: &Body) -> Body {
    basis.iter().filter(|(name, _)| *name != "priced_at").map(|(name, value)| (name.clone(), value.clone())).collect()
}
