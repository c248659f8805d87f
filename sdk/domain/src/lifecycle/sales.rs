//! The guards and arguments that quotes, orders and invoices share.

use super::{Arg, Attempt, Fill, Guard};
use crate::action::Records;
use crate::field::{Kind, of, reference, text};
use crate::ids::RecordRef;
use crate::permission::discount_authority;
use crate::pricing::basis;
use crate::pricing::property;
use crate::raw::Raw;
use crate::record;
use crate::time;
use crate::view;
use serde_json::{Map, Value};

/// Something is sold.
pub const HAS_LINES: Guard =
    Guard { code: "lines", name: "at least one line", holds: |attempt| !lines(attempt.record).is_empty() };

/// Every line has its price.
pub const PRICED: Guard = Guard {
    code: "pricing",
    name: "a price for every line; `price` says what is missing",
    holds: |attempt| !attempt.has("pricing_error"),
};

/// The price list holds on the day (INV-35), in the document's currency (INV-40).
pub const LIST_HOLDS: Guard =
    Guard { code: "price_list", name: "a price list that is active and in date, in the same currency", holds: list_holds };

/// What has to be said about the products is said (INV-48).
pub const PROPERTIES_SET: Guard =
    Guard { code: "properties", name: "a value for every required property of the products", holds: property::complete };

/// Not more is given away than its author may give (INV-16).
pub const WITHIN_AUTHORITY: Guard =
    Guard { code: "discount", name: "a discount within what you may give; ask a manager", holds: within_authority };

/// The day of the action is not in the future (INV-80).
pub const NOT_AHEAD: Guard = Guard {
    code: "date",
    name: "a day that is not in the future",
    holds: |attempt| DAYS.iter().all(|day| attempt.arg(day).and_then(time::parse_date).is_none_or(|day| day <= attempt.today)),
};

/// The opportunity it belongs to, if any, is open.
pub const OPPORTUNITY_OPEN: Guard =
    Guard { code: "opportunity", name: "an opportunity that is still open", holds: opportunity_open };

/// The arguments that say when something happened.
const DAYS: &[&str] =
    &["activated_on", "closed_on", "date_won", "shipped_on", "date_fulfilled", "paid_on", "issued_on", "submit_date"];

/// The opportunity is given.
pub const SALE_GIVEN: Guard = Guard {
    code: "opportunity",
    name: "the opportunity to take the lines from",
    holds: |attempt| attempt.arg("opportunity").is_some(),
};

/// Prices may move (INV-53).
pub const UNLOCKED: Guard = Guard {
    code: "locked",
    name: "prices that are not locked: they were agreed, or somebody chose lock_pricing",
    holds: |attempt| attempt.record.get("prices_locked") != Some(&Value::Bool(true)),
};

/// The opportunity whose lines are taken over.
pub const SALE: Arg = Arg {
    field: reference(&["opportunity"]).named("opportunity", "The opportunity whose lines are added."),
    fill: Fill::Nothing,
};

/// Anything worth remembering about it.
pub const REMARK: Arg =
    Arg { field: text(2_000).named("description", "Anything worth remembering about it."), fill: Fill::Nothing };

/// A day of the action, today unless somebody says otherwise.
pub const fn day(name: &'static str, doc: &'static str) -> Arg {
    Arg { field: of(Kind::Date).past().named(name, doc), fill: Fill::Today }
}

/// The lines of a record.
pub(crate) fn lines(body: &Map<String, Value>) -> &[Value] {
    body.get("lines").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The body of another record, if it is held and was not deleted.
pub(crate) fn shown(target: &RecordRef, records: &dyn Records) -> Option<Map<String, Value>> {
    let kind = record::find(&target.kind)?;
    let raw = records.raw(target).filter(Raw::exists)?;
    let view = view::of(kind, target.id, &raw);
    (!view.folded.deleted).then_some(view.body)
}

/// The records of a type whose field names `of`, as they are shown.
pub(crate) fn referring(kind: &str, field: &str, of: &str, records: &dyn Records) -> Vec<(RecordRef, Map<String, Value>)> {
    let held = records.referring(kind, field, of);
    held.into_iter().filter_map(|target| shown(&target, records).map(|body| (target, body))).collect()
}

/// The state a body says.
pub(crate) fn state(body: &Map<String, Value>) -> &str {
    body.get("state").and_then(Value::as_str).unwrap_or("")
}

fn list_holds(attempt: &Attempt<'_>) -> bool {
    let Some(records) = attempt.around else { return true };
    let uses_catalogue = |line: &Value| line.get("product").is_some() && line.get("price_per_unit").is_none();
    if !lines(attempt.record).iter().any(uses_catalogue) {
        return true;
    }
    let pricing = attempt.record.get("pricing");
    let part = |name: &str| pricing.and_then(|pricing| pricing.get(name)).and_then(Value::as_str);
    let list = basis::list(part("price_list").and_then(|id| id.parse().ok()), part("currency").unwrap_or(""), records);
    list.is_ok_and(|list| basis::holds_on(&list, "start_date", "end_date", attempt.today))
}

fn within_authority(attempt: &Attempt<'_>) -> bool {
    let given = crate::field::decimal(attempt.record.get("effective_discount")).unwrap_or_default();
    discount_authority(attempt.role).is_none_or(|most| given <= most)
}

fn opportunity_open(attempt: &Attempt<'_>) -> bool {
    let (Some(records), Some(id)) = (attempt.around, attempt.record.get("opportunity").and_then(Value::as_str)) else {
        return true;
    };
    let Ok(id) = id.parse() else { return true };
    shown(&RecordRef::new("opportunity", id), records).is_none_or(|sale| state(&sale) == "open")
}
