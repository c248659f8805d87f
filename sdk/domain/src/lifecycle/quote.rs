//! Every move a quote can make (`domain.md` 2.3).

use super::sales::{
    CUSTOMER, HAS_LINES, LIST_HOLDS, LOOKED_AT, NOT_AHEAD, ON_SALE, OPPORTUNITY_OPEN, PRICED, PROPERTIES_SET, REMARK, SALE,
    SALE_GIVEN, WITHIN_AUTHORITY, day,
};
use super::{ActionSpec, Arg, Attempt, Conversion, Effect, Fill, Guard, Lifecycle, Reason, State, row};
use crate::approval::APPROVED;
use crate::body::{referring, state};
use crate::field::{Kind, choice, of};
use crate::permission::Deleting;
use crate::permission::Who::Rep;
use crate::time;
use serde_json::Value;

/// The lifecycle of a quote.
#[rustfmt::skip]
pub const QUOTE: Lifecycle = Lifecycle {
    initial: "draft",
    states: &[
        State { name: "draft",  reasons: &["in_progress"], frozen: false },
        State { name: "active", reasons: &["open"], frozen: true },
        State { name: "won",    reasons: &["won"], frozen: true },
        State { name: "closed", reasons: &["lost", "canceled", "revised"], frozen: true },
    ],
    actions: &[
        ActionSpec { name: "get_products", doc: "Adds the lines of an opportunity.", args: &[SALE] },
        ActionSpec { name: "recalculate",  doc: "Takes its prices from the catalogue as it is now.", args: &[] },
        ActionSpec { name: "activate",     doc: "Says that the customer received it as it is.", args: &[ACTIVATED] },
        ActionSpec { name: "revise",       doc: "Takes it back and makes the next revision.", args: &[] },
        ActionSpec { name: "create_order", doc: "Says that the customer accepted it, and takes the order.", args: &[WON, CONFIRMED, WIN_SALE, REMARK] },
        ActionSpec { name: "close",        doc: "Says that nothing comes of it, and why.", args: &[REASON, LOSE_SALE, CLOSED, REMARK] },
        ActionSpec { name: "supersede",    doc: "Closes it because the sale it belongs to was closed.", args: &[REASON, CLOSED] },
    ],
    moves: &[
        //  action          from             to                                        who  needs             then
        row("get_products", "draft",         ("draft", Reason::Same),                      Rep, &[SALE_GIVEN],    &[Effect::Convert(Conversion::CopyLines("opportunity"))]),
        row("recalculate",  "draft",         ("draft", Reason::Same),                      Rep, &[],              &[Effect::Convert(Conversion::Reprice)]),
        row("activate",     "draft",         ("active", Reason::Is("open")),           Rep, ACTIVATION,       &[Effect::Stamp("activated_on", "activated_on")]),
        row("revise",       "active",        ("closed", Reason::Is("revised")),        Rep, &[],              &[Effect::Convert(Conversion::CreateRevision)]),
        row("revise",       "closed/lost",   ("closed", Reason::Is("revised")),        Rep, &[OPPORTUNITY_OPEN], &[Effect::Convert(Conversion::CreateRevision)]),
        row("revise",       "closed/canceled", ("closed", Reason::Is("revised")),      Rep, &[OPPORTUNITY_OPEN], &[Effect::Convert(Conversion::CreateRevision)]),
        row("create_order", "active",        ("won", Reason::Is("won")),               Rep, ACCEPTANCE,       &[DAY_WON, Effect::Convert(Conversion::CreateOrder), Effect::Convert(Conversion::CloseOpportunity("win"))]),
        row("close",        "active",        ("closed", Reason::Given("reason")),      Rep, &[WHY, NOT_AHEAD], &[DAY_CLOSED, Effect::Convert(Conversion::CloseOpportunity("lose"))]),
        row("supersede",    "active",        ("closed", Reason::Given("reason")),      Rep, &[WHY],           &[DAY_CLOSED]),
        row("supersede",    "draft",         ("closed", Reason::Is("canceled")),       Rep, &[],              &[DAY_CLOSED]),
    ],
    facts: &["create_order", "revise", "close", "supersede", "activate"],
    delete: Deleting::Own(&["draft"]),
};

const ACTIVATION: &[Guard] = &[
    HAS_LINES,
    ON_SALE,
    LOOKED_AT,
    PRICED,
    CUSTOMER,
    LIST_HOLDS,
    PROPERTIES_SET,
    APPROVED,
    WITHIN_AUTHORITY,
    OPPORTUNITY_OPEN,
    ONLY_OFFER,
    NOT_AHEAD,
];
const ACCEPTANCE: &[Guard] = &[OPPORTUNITY_OPEN, NOT_AHEAD, NOT_EXPIRED];

const ACTIVATED: Arg = day("activated_on", "The day the customer received it; else today.");
const WON: Arg = day("date_won", "The day the customer accepted it; else today.");
const CLOSED: Arg = day("closed_on", "The day it was closed; else today.");
const CONFIRMED: Arg = Arg {
    field: of(Kind::Bool).named("confirmed", "That the customer may still accept it although it has expired."),
    fill: Fill::Nothing,
};
const WIN_SALE: Arg = Arg {
    field: of(Kind::Bool)
        .named("close_opportunity", "Whether the opportunity is won with it; else yes, if it is its last open quote."),
    fill: Fill::Yes,
};
const LOSE_SALE: Arg = Arg {
    field: of(Kind::Bool).named("close_opportunity", "Whether the opportunity is lost with it, if it is its last open quote."),
    fill: Fill::Nothing,
};
const REASON: Arg = Arg {
    field: choice(&["lost", "canceled"]).named("reason", "Whether the customer did not want it or we took it back."),
    fill: Fill::Nothing,
};

const DAY_WON: Effect = Effect::Stamp("closed_on", "date_won");
const DAY_CLOSED: Effect = Effect::Stamp("closed_on", "closed_on");

/// The reason is given.
const WHY: Guard = Guard { code: "reason", name: "a reason: lost or canceled", holds: |attempt| attempt.arg("reason").is_some() };

/// The customer may still accept it, or somebody says so (INV-39).
const NOT_EXPIRED: Guard =
    Guard { code: "confirmed", name: "an offer that has not expired, or confirmed=yes", holds: not_expired };

/// No other revision of the offer is with the customer (INV-33).
const ONLY_OFFER: Guard = Guard { code: "revision", name: "no other active revision of the same number", holds: only_offer };

fn not_expired(attempt: &Attempt<'_>) -> bool {
    let day = attempt.arg("date_won").and_then(time::parse_date).unwrap_or(attempt.today);
    let last = ["expires_on", "effective_to"]
        .iter()
        .filter_map(|field| attempt.record.get(*field).and_then(Value::as_str).and_then(time::parse_date));
    attempt.args.get("confirmed") == Some(&Value::Bool(true)) || last.min().is_none_or(|last| day <= last)
}

fn only_offer(attempt: &Attempt<'_>) -> bool {
    let (Some(records), Some(number)) = (attempt.around, attempt.record.get("quote_number").and_then(Value::as_str)) else {
        return true;
    };
    let others = referring("quote", "quote_number", number, records);
    !others.iter().any(|(other, body)| other.id != attempt.id && state(body) == "active")
}
