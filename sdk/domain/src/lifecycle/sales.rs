//! The guards and arguments that quotes, orders and invoices share.

use super::{Arg, Attempt, Fill, Guard};
use crate::body::{Body, children, id, is_active, part, shown, state};
use crate::field::{Kind, of, reference, text};
use crate::ids::{RecordId, RecordRef};
use crate::key;
use crate::pricing::basis;
use crate::pricing::property;
use crate::time;
use serde_json::Value;

/// Something is sold.
pub const HAS_LINES: Guard =
    Guard { code: "lines", name: "at least one line", holds: |attempt| children(attempt.record, "lines").next().is_some() };

/// Every line has its price.
pub const PRICED: Guard = Guard {
    code: "pricing",
    name: "a price for every line; `price` says what is missing",
    holds: |attempt| !attempt.has("pricing_error"),
};

/// The price list holds on the day (INV-35), in the document's currency (INV-40).
pub const LIST_HOLDS: Guard =
    Guard { code: "price_list", name: "a price list that is active and in date, in the same currency", holds: list_holds };

/// What is offered is on sale (INV-41).
pub const ON_SALE: Guard =
    Guard { code: "product", name: "products that are on sale; `suggest` shows what could take their place", holds: on_sale };

/// Nobody removed a line that somebody else changed, without anybody having looked at it since (INV-45).
pub const LOOKED_AT: Guard = Guard {
    code: "review",
    name: "a look at every line that was removed and changed at once; dismiss the alternative or remove the line",
    holds: looked_at,
};

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

/// It is known who buys (INV-23).
pub const CUSTOMER: Guard =
    Guard { code: "customer", name: "a customer, an account or a contact", holds: |attempt| attempt.has("customer") };

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

fn list_holds(attempt: &Attempt<'_>) -> bool {
    let Some(records) = attempt.around else { return true };
    let uses_catalogue = |line: &Body| line.contains_key("product") && !line.contains_key("price_per_unit");
    if !children(attempt.record, "lines").any(uses_catalogue) {
        return true;
    }
    let of = |name: &str| part(attempt.record, "pricing", name);
    let list = basis::list(of("price_list").and_then(|id| id.parse().ok()), of("currency").unwrap_or(""), records);
    list.is_ok_and(|list| basis::holds_on(&list, "start_date", "end_date", attempt.today))
}

fn on_sale(attempt: &Attempt<'_>) -> bool {
    let Some(records) = attempt.around else { return true };
    let sold = |line: &Body| {
        let product = id(line, "product").and_then(|product| shown(&RecordRef::new("product", product), records));
        product.is_none_or(|product| is_active(&product))
    };
    children(attempt.record, "lines").all(sold)
}

fn looked_at(attempt: &Attempt<'_>) -> bool {
    let raw = attempt.around.and_then(|records| records.raw(&RecordRef::new("quote", attempt.id)));
    let Some(raw) = raw else { return true };
    let open = |line: RecordId| raw.under(&format!("alternatives/lines.{line}.{}/", key::REMOVED)).next().is_some();
    !raw.children("lines").into_iter().any(open)
}

fn within_authority(attempt: &Attempt<'_>) -> bool {
    let given = crate::field::decimal(attempt.record.get("effective_discount")).unwrap_or_default();
    given.is_zero() || attempt.authority().may_give(given)
}

fn opportunity_open(attempt: &Attempt<'_>) -> bool {
    let (Some(records), Some(sale)) = (attempt.around, id(attempt.record, "opportunity")) else { return true };
    shown(&RecordRef::new("opportunity", sale), records).is_none_or(|sale| state(&sale) == "open")
}
