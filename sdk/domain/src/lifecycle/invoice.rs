//! Every move an invoice can make (`domain.md` 2.5).

use super::sales::{HAS_LINES, NOT_AHEAD, PRICED, REMARK, SALE, SALE_GIVEN, UNLOCKED, day};
use super::{ActionSpec, Arg, Attempt, Conversion, Effect, Fill, Guard, Lifecycle, Reason, State, row};
use crate::constraint::billing;
use crate::field::{choice, decimal, money, text};
use crate::permission::Deleting;
use crate::permission::Who::{Anybody, Finance, Manager, Rep};

/// The lifecycle of an invoice. Whether it is paid in part or completely follows from the payments.
#[rustfmt::skip]
pub const INVOICE: Lifecycle = Lifecycle {
    initial: "active",
    states: &[
        State { name: "active",   reasons: &["new"], frozen: false },
        State { name: "active",   reasons: &["billed"], frozen: true },
        State { name: "paid",     reasons: &["partial", "complete"], frozen: true },
        State { name: "canceled", reasons: &["canceled"], frozen: true },
    ],
    actions: &[
        ActionSpec { name: "get_products",   doc: "Adds the lines of an opportunity.", args: &[SALE] },
        ActionSpec { name: "recalculate",    doc: "Takes its prices from the catalogue as it is now.", args: &[] },
        ActionSpec { name: "issue",          doc: "Gives it its number and makes it binding.", args: &[NUMBER, ISSUED] },
        ActionSpec { name: "record_payment", doc: "Says that the customer paid, all of it or a part.", args: &[AMOUNT, PAID, METHOD, REFERENCE] },
        ActionSpec { name: "cancel",         doc: "Says that it need not be paid.", args: &[REMARK] },
        ActionSpec { name: "reactivate",     doc: "Makes a draft of it again.", args: &[] },
    ],
    moves: &[
        //  action            from             to                               who      needs                            then
        row("get_products",   "active/new",    ("active", Reason::Same),           Anybody, &[SALE_GIVEN, UNLOCKED],         &[Effect::Convert(Conversion::CopyLines("opportunity"))]),
        row("recalculate",    "active/new",    ("active", Reason::Same),           Anybody, &[UNLOCKED],                     &[Effect::Convert(Conversion::Reprice)]),
        row("issue",          "active/new",    ("active", Reason::Is("billed")), Finance, &[HAS_LINES, PRICED, NOT_AHEAD], &[Effect::Stamp("issued_on", "issued_on"), Effect::Stamp("invoice_number", "invoice_number"), Effect::Convert(Conversion::CompleteBilling)]).at_office(),
        row("record_payment", "active/new",    ("active", Reason::Same),           Finance, PAYING_DRAFT,                    &[]).or_proposed_by(Rep),
        row("record_payment", "active/billed", ("paid", Reason::Is("partial")), Finance, PAYING,                          &[]).or_proposed_by(Rep),
        row("record_payment", "paid",          ("paid", Reason::Is("partial")), Finance, PAYING,                          &[]).or_proposed_by(Rep),
        row("cancel",         "active/new",    ("canceled", Reason::Is("canceled")), Anybody, &[NOTHING_PAID],                 &[]),
        row("cancel",         "active/billed", ("canceled", Reason::Is("canceled")), Finance, &[NOTHING_PAID],                 REOPENING).at_office(),
        row("reactivate",     "canceled",      ("active", Reason::Is("new")),        Finance, &[ORDER_STANDS],            &[]).at_office(),
        row("reactivate",     "paid",          ("active", Reason::Is("new")),        Finance, &[],                        &[]).at_office(),
    ],
    facts: &["record_payment", "issue", "cancel"],
    delete: Deleting::By(Manager),
};

const PAYING: &[Guard] = &[AMOUNT_GIVEN, NOT_AHEAD];
/// What was issued and is a draft again may be paid as the customer has it: money that came counts whatever the office did since.
const PAYING_DRAFT: &[Guard] = &[NUMBERED, AMOUNT_GIVEN, NOT_AHEAD];

/// What it billed of its order is left to bill again.
const REOPENING: &[Effect] = &[Effect::Convert(Conversion::ReopenBilling)];

/// The office issued it once.
const NUMBERED: Guard =
    Guard { code: "issued", name: "an invoice that was issued", holds: |attempt| attempt.has("invoice_number") };

/// What it bills is still ordered (INV-52).
const ORDER_STANDS: Guard = Guard { code: "order", name: "an order that was not canceled", holds: order_stands };

fn order_stands(attempt: &Attempt<'_>) -> bool {
    attempt.around.is_none_or(|records| billing::order_stands(attempt.record, records))
}

/// Nothing was paid (INV-58).
const NOTHING_PAID: Guard =
    Guard { code: "payment", name: "an invoice of which nothing was paid", holds: |attempt| !attempt.has("amount_paid") };

const NUMBER: Arg = Arg {
    field: text(40).named("invoice_number", "Its number, without a gap in the series; the office gives it (INV-56)."),
    fill: Fill::Number { series: "invoice", prefix: "INV-" },
};
const ISSUED: Arg = day("issued_on", "The day it is issued; else today.");
const PAID: Arg = day("paid_on", "The day the money came; else today.");
const AMOUNT: Arg =
    Arg { field: money().named("amount", "How much came; else all that is due."), fill: Fill::Field("amount_due") };
const METHOD: Arg =
    Arg { field: choice(&["cash", "cheque", "card", "transfer"]).named("method", "How it came."), fill: Fill::Nothing };
const REFERENCE: Arg = Arg { field: text(100).named("reference", "What the bank calls it."), fill: Fill::Nothing };

/// An amount is given.
const AMOUNT_GIVEN: Guard = Guard {
    code: "amount",
    name: "an amount above nothing",
    holds: |attempt| decimal(attempt.args.get("amount")).is_some_and(|amount| !amount.is_zero()),
};
