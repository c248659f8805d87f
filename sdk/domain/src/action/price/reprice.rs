//! Prices taken from the catalogue as it is now, because somebody asks for it (`domain.md` 3.7).

use super::{Author, Desk, LINES, RecordId, RecordType, Records, Write};
use crate::body::{self, Body, children, part};
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
    for line in children(&body, LINES) {
        let unit = part(line, "quantity", "unit").and_then(|unit| unit.parse().ok());
        let (Some(id), Some(product), Some(unit)) = (body::id(line, "id"), body::id(line, "product"), unit) else { continue };
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
