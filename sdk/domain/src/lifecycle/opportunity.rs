//! Every move an opportunity can make (`domain.md` 2.2).

use super::sales::{CUSTOMER, HAS_LINES, PRICED};
use super::{ActionSpec, Arg, Attempt, Conversion, Effect, Fill, Guard, Lifecycle, Reason, State, row};
use crate::body::open_quotes;
use crate::field::{Kind, choice, money, of, reference, text};
use crate::permission::Deleting;
use crate::permission::Who::{Anybody, Manager, Rep};
use crate::time;

/// The lifecycle of an opportunity.
#[rustfmt::skip]
pub const OPPORTUNITY: Lifecycle = Lifecycle {
    initial: "open",
    states: &[
        State { name: "open", reasons: &["in_progress", "on_hold"], frozen: false },
        State { name: "won",  reasons: &["won"], frozen: true },
        State { name: "lost", reasons: &["canceled", "out_sold"], frozen: true },
    ],
    actions: &[
        ActionSpec { name: "hold",   doc: "Puts it aside.", args: &[] },
        ActionSpec { name: "resume", doc: "Takes it up again.", args: &[] },
        ActionSpec { name: "win",    doc: "Says that the customer buys.", args: &[VALUE, DAY, QUOTES, REMARK] },
        ActionSpec { name: "lose",   doc: "Says that the customer does not buy, and why.", args: &[REASON, COMPETITOR, DAY, QUOTES, REMARK] },
        ActionSpec { name: "reopen", doc: "Opens it again after it was closed.", args: &[] },
        ActionSpec { name: "create_quote", doc: "Drafts a quote with its lines.", args: &[] },
        ActionSpec { name: "create_order", doc: "Takes an order with its lines, without a quote.", args: &[] },
        ActionSpec { name: "create_invoice", doc: "Drafts an invoice with its lines, without an order.", args: &[] },
        ActionSpec { name: "recalculate", doc: "Takes its prices from the catalogue as it is now.", args: &[] },
    ],
    moves: &[
        //  action    from                to                                    who      needs                     then
        row("hold",   "open/in_progress", ("open", Reason::Is("on_hold")),      Rep,     &[],                      &[ON_HOLD]),
        row("resume", "open/on_hold",     ("open", Reason::Is("in_progress")),  Rep,     &[],                      &[OFF_HOLD]),
        row("win",    "open",             ("won",  Reason::Is("won")),          Rep,     &[CUSTOMER, NOT_AHEAD, NO_QUOTE], &[OFF_HOLD, VALUE_STAMP, DAY_STAMP, Effect::Convert(Conversion::CloseQuotes("canceled"))]),
        row("lose",   "open",             ("lost", Reason::Given("reason")),    Rep,     &[WHY, WHO_WON, NOT_AHEAD, NO_QUOTE], &[OFF_HOLD, DAY_STAMP, COMPETITOR_STAMP, Effect::Convert(Conversion::CloseQuotes("lost"))]),
        row("create_quote", "open",       ("open", Reason::Same),               Rep,     &[CUSTOMER, PRICE_LIST],  &[Effect::Convert(Conversion::CreateQuote)]),
        row("create_order", "open",       ("open", Reason::Same),               Rep,     &[CUSTOMER, PRICE_LIST, HAS_LINES, PRICED], &[Effect::Convert(Conversion::CreateOrder)]),
        row("create_invoice", "open",     ("open", Reason::Same),               Anybody, &[CUSTOMER, PRICE_LIST, HAS_LINES, PRICED], &[Effect::Convert(Conversion::CreateInvoice)]),
        row("recalculate",  "open",       ("open", Reason::Same),               Rep,     &[],                      &[Effect::Convert(Conversion::Reprice)]),
        row("reopen", "lost",             ("open", Reason::Is("in_progress")),  Rep,     &[],                      &[NO_VALUE, NO_DAY, NO_COMPETITOR]),
        row("reopen", "won",              ("open", Reason::Is("in_progress")),  Manager, &[],                      &[NO_VALUE, NO_DAY, NO_COMPETITOR]).at_office(),
    ],
    facts: &["win", "lose", "hold", "resume"],
    delete: Deleting::By(Manager),
};

const VALUE: Arg =
    Arg { field: money().named("actual_value", "What the customer pays; else what was expected."), fill: Fill::Expected };
const DAY: Arg =
    Arg { field: of(Kind::Date).past().named("actual_close_date", "The day it happened; else today."), fill: Fill::Today };
const REMARK: Arg = Arg { field: text(2_000).named("description", "Anything worth remembering about it."), fill: Fill::Nothing };
const REASON: Arg = Arg { field: choice(&["canceled", "out_sold"]).named("reason", "Why."), fill: Fill::Nothing };
const COMPETITOR: Arg =
    Arg { field: reference(&["competitor"]).named("competitor", "Who got it; needed when out-sold."), fill: Fill::Nothing };

const ON_HOLD: Effect = Effect::StampTime("on_hold_since");
const OFF_HOLD: Effect = Effect::AddMinutes("on_hold_since", "on_hold_minutes");
const VALUE_STAMP: Effect = Effect::Stamp("actual_value", "actual_value");
const DAY_STAMP: Effect = Effect::Stamp("actual_close_date", "actual_close_date");
const COMPETITOR_STAMP: Effect = Effect::Stamp("lost_to", "competitor");
const NO_VALUE: Effect = Effect::Clear("actual_value");
const NO_DAY: Effect = Effect::Clear("actual_close_date");
const NO_COMPETITOR: Effect = Effect::Clear("lost_to");

const QUOTES: Arg =
    Arg { field: choice(&["close"]).named("quotes", "What becomes of the quotes that are still open."), fill: Fill::Nothing };

/// No quote is left open, or it is closed with the opportunity (INV-28).
const NO_QUOTE: Guard = Guard { code: "quotes", name: "no open quote, or quotes=close to close them as well", holds: no_quote };

/// Prices have a list to come from.
const PRICE_LIST: Guard = Guard {
    code: "price_list",
    name: "a price list",
    holds: |attempt| attempt.record.get("pricing").is_some_and(|pricing| pricing.get("price_list").is_some()),
};

/// The close date is not in the future (INV-26, INV-80).
const NOT_AHEAD: Guard = Guard { code: "date", name: "a close date that is not in the future", holds: not_ahead };

/// The reason is given.
const WHY: Guard =
    Guard { code: "reason", name: "a reason: canceled or out_sold", holds: |attempt| attempt.arg("reason").is_some() };

/// Out-sold names the competitor.
const WHO_WON: Guard = Guard {
    code: "competitor",
    name: "the competitor who out-sold us",
    holds: |attempt| attempt.arg("reason") != Some("out_sold") || attempt.arg("competitor").is_some(),
};

fn no_quote(attempt: &Attempt<'_>) -> bool {
    let Some(records) = attempt.around.filter(|_| attempt.arg("quotes").is_none()) else { return true };
    open_quotes(attempt.id, records).is_empty()
}

fn not_ahead(attempt: &Attempt<'_>) -> bool {
    attempt.arg("actual_close_date").and_then(time::parse_date).is_none_or(|day| day <= attempt.today)
}
