//! Every move an order can make (`domain.md` 2.4).

use super::sales::{NOT_AHEAD, REMARK, SALE, SALE_GIVEN, UNLOCKED, day};
use super::{ActionSpec, Arg, Attempt, Conversion, Effect, Fill, Guard, Lifecycle, Reason, State, row};
use crate::action::{order_lines_open, order_to_bill};
use crate::body::{Body, child, children, referring, state};
use crate::field::{Kind, decimal, line, of};
use crate::permission::Role::{Manager, Rep};

/// The lifecycle of an order. Whether it is fulfilled in part or completely follows from what was shipped.
#[rustfmt::skip]
pub const ORDER: Lifecycle = Lifecycle {
    initial: "active",
    states: &[
        State { name: "active",    reasons: &["new", "pending"], frozen: false },
        State { name: "submitted", reasons: &["in_progress"], frozen: true },
        State { name: "canceled",  reasons: &["no_money"], frozen: true },
        State { name: "fulfilled", reasons: &["partial", "complete"], frozen: true },
        State { name: "invoiced",  reasons: &["invoiced", "fulfilled"], frozen: true },
    ],
    actions: &[
        ActionSpec { name: "get_products",        doc: "Adds the lines of an opportunity.", args: &[SALE] },
        ActionSpec { name: "recalculate",         doc: "Takes its prices from the catalogue as it is now.", args: &[] },
        ActionSpec { name: "lock_pricing",        doc: "Keeps the prices whatever the catalogue says.", args: &[] },
        ActionSpec { name: "use_current_pricing", doc: "Lets the prices follow the catalogue.", args: &[] },
        ActionSpec { name: "submit",              doc: "Hands it to the back office.", args: &[SUBMITTED] },
        ActionSpec { name: "complete_billing",    doc: "Says that everything is billed.", args: &[] },
        ActionSpec { name: "reopen_billing",      doc: "Says that something is left to bill again, as an invoice of it was canceled.", args: &[] },
        ActionSpec { name: "ship",                doc: "Says that goods of one line went out.", args: &[LINE, QUANTITY, SHIPPED] },
        ActionSpec { name: "fulfil",              doc: "Says that everything that was left went out.", args: &[FULFILLED] },
        ActionSpec { name: "cancel_remaining",    doc: "Says that the customer no longer wants what is left of a line, or of all.", args: &[ANY_LINE, SOME, REMARK] },
        ActionSpec { name: "create_invoice",      doc: "Drafts an invoice of what is left to bill.", args: &[] },
        ActionSpec { name: "cancel",              doc: "Says that nothing comes of it.", args: &[REMARK] },
    ],
    moves: &[
        //  action                 from         to                                    who      needs                then
        row("get_products",        "active",    ("active", Reason::Same),             Rep,     &[SALE_GIVEN, LINES_OPEN], &[Effect::Convert(Conversion::CopyLines("opportunity"))]),
        row("recalculate",         "active",    ("active", Reason::Same),             Rep,     &[UNLOCKED, LINES_OPEN], &[Effect::Convert(Conversion::Reprice)]),
        row("lock_pricing",        "active",    ("active", Reason::Same),             Rep,     &[],                 &[Effect::Flag("prices_locked", true)]),
        row("use_current_pricing", "active",    ("active", Reason::Same),             Manager, &[],                 &[Effect::Flag("prices_locked", false)]),
        row("submit",              "active",    ("submitted", Reason::Is("in_progress")), Manager, &[NOT_AHEAD],  &[Effect::Stamp("submit_date", "submit_date")]).at_office(),
        row("complete_billing",    "active",    ("invoiced", Reason::Is("invoiced")), Manager, &[ALL_BILLED],     &[]).at_office(),
        row("complete_billing",    "fulfilled", ("invoiced", Reason::Is("fulfilled")), Manager, &[ALL_BILLED],    &[]).at_office(),
        row("reopen_billing",      "invoiced/invoiced", ("active", Reason::Is("new")), Rep,    &[LEFT_TO_BILL],   &[]),
        row("reopen_billing",      "invoiced/fulfilled", ("fulfilled", Reason::Is("partial")), Rep, &[LEFT_TO_BILL], &[]),
        row("ship",                "active",    ("fulfilled", Reason::Is("partial")), Rep,     SHIPPING,            &[DAY_SHIPPED]),
        row("ship",                "submitted", ("fulfilled", Reason::Is("partial")), Rep,     SHIPPING,            &[DAY_SHIPPED]),
        row("ship",                "fulfilled", ("fulfilled", Reason::Is("partial")), Rep,     SHIPPING,            &[DAY_SHIPPED]),
        row("fulfil",              "active",    ("fulfilled", Reason::Is("partial")), Rep,     FULFILLING,          &[DAY_FULFILLED]),
        row("fulfil",              "submitted", ("fulfilled", Reason::Is("partial")), Rep,     FULFILLING,          &[DAY_FULFILLED]),
        row("fulfil",              "fulfilled", ("fulfilled", Reason::Is("partial")), Rep,     FULFILLING,          &[DAY_FULFILLED]),
        row("cancel_remaining",    "active",    ("active", Reason::Same),             Rep,     &[LEFT_OF_LINE],     &[]),
        row("cancel_remaining",    "submitted", ("submitted", Reason::Same),          Rep,     &[LEFT_OF_LINE],     &[]),
        row("cancel_remaining",    "fulfilled", ("fulfilled", Reason::Same),          Rep,     &[LEFT_OF_LINE],     &[]),
        row("create_invoice",      "active",    ("active", Reason::Same),             Rep,     &[LEFT_TO_BILL],     &[Effect::Convert(Conversion::CreateInvoice)]),
        row("create_invoice",      "fulfilled", ("fulfilled", Reason::Same),          Rep,     &[LEFT_TO_BILL],     &[Effect::Convert(Conversion::CreateInvoice)]),
        row("cancel",              "active",    ("canceled", Reason::Is("no_money")), Rep,     &[NOTHING_BILLED],   &[]),
        row("cancel",              "submitted", ("canceled", Reason::Is("no_money")), Rep,     &[NOTHING_BILLED],   &[]),
    ],
    facts: &["ship", "fulfil", "create_invoice", "cancel", "cancel_remaining"],
    delete: Manager,
};

const SHIPPING: &[Guard] = &[LINE_GIVEN, QUANTITY_GIVEN, LEFT_OF_LINE, NOT_AHEAD];
const FULFILLING: &[Guard] = &[LEFT_OF_LINE, NOT_AHEAD];

const LINE: Arg = Arg { field: line().named("line", "Which line."), fill: Fill::Nothing };
const ANY_LINE: Arg = Arg { field: line().named("line", "Which line; else all of them."), fill: Fill::Nothing };
const QUANTITY: Arg = Arg { field: of(Kind::Decimal { scale: 5 }).named("quantity", "How many went out."), fill: Fill::Nothing };
const SOME: Arg =
    Arg { field: of(Kind::Decimal { scale: 5 }).named("quantity", "How many; else all that are left."), fill: Fill::Nothing };
const SUBMITTED: Arg = day("submit_date", "The day it is handed over; else today.");
const SHIPPED: Arg = day("shipped_on", "The day they went out; else today.");
const FULFILLED: Arg = day("date_fulfilled", "The day the last of it went out; else today.");

const DAY_SHIPPED: Effect = Effect::Stamp("date_fulfilled", "shipped_on");
const DAY_FULFILLED: Effect = Effect::Stamp("date_fulfilled", "date_fulfilled");

/// Nothing is left to bill.
const ALL_BILLED: Guard =
    Guard { code: "remaining", name: "nothing left to bill", holds: |attempt| order_to_bill(attempt).is_none_or(|left| !left) };

/// The line is given, and is one of the order's.
const LINE_GIVEN: Guard =
    Guard { code: "line", name: "the id of one of its lines", holds: |attempt| named_line(attempt).is_some() };

/// The quantity is given.
const QUANTITY_GIVEN: Guard = Guard {
    code: "quantity",
    name: "how many went out",
    holds: |attempt| decimal(attempt.args.get("quantity")).is_some_and(|quantity| !quantity.is_zero()),
};

/// Not more than is left goes out or is canceled (INV-51).
const LEFT_OF_LINE: Guard =
    Guard { code: "remaining", name: "something of it left, and not more than that", holds: left_of_line };

/// Something has not been billed yet (INV-54).
const LEFT_TO_BILL: Guard =
    Guard { code: "remaining", name: "something left to bill", holds: |attempt| order_to_bill(attempt).is_none_or(|left| left) };

/// Nothing of it is billed, shipped or canceled, so that its lines may change (INV-50).
const LINES_OPEN: Guard = Guard {
    code: "lines",
    name: "lines of which nothing was billed or canceled: make another order",
    holds: |attempt| attempt.around.is_none_or(|records| order_lines_open(attempt.id, attempt.record, records)),
};

/// No invoice bills it (INV-52); a canceled one does not count.
const NOTHING_BILLED: Guard = Guard { code: "invoice", name: "no invoice of it, but canceled ones", holds: nothing_billed };

fn named_line<'a>(attempt: &'a Attempt<'_>) -> Option<&'a Body> {
    child(attempt.record, "lines", attempt.arg("line")?.parse().ok()?)
}

fn left_of_line(attempt: &Attempt<'_>) -> bool {
    let left = |line: &Body| decimal(line.get("quantity_backordered")).unwrap_or_default();
    let said = decimal(attempt.args.get("quantity"));
    if attempt.arg("line").is_some() {
        return named_line(attempt).is_some_and(|line| !left(line).is_zero() && said.is_none_or(|said| said <= left(line)));
    }
    children(attempt.record, "lines").any(|line| !left(line).is_zero())
}

fn nothing_billed(attempt: &Attempt<'_>) -> bool {
    let Some(records) = attempt.around else { return true };
    referring("invoice", "order", &attempt.id.to_string(), records).iter().all(|(_, invoice)| state(invoice) == "canceled")
}
