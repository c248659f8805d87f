//! What of an order went out, what the customer no longer wants, and what is still to be billed (`domain.md` 2.4, V13, V14).

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::sheet::{self, Sheet};
use super::{PricingError, apportion, currency};
use crate::action::Records;
use crate::body::{self, Body, Whole, children, id, quantity, text};
use crate::field::decimal;
use crate::fold::{Applied, Folded};
use crate::ids::RecordId;
use crate::money;

const LINES: &str = "lines";

/// What became of one order line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// How many were ordered.
    pub(crate) ordered: Decimal,
    /// How many went out.
    pub(crate) shipped: Decimal,
    /// How many the customer no longer wants.
    pub(crate) cancelled: Decimal,
}

impl Progress {
    /// How many still have to go out.
    #[must_use]
    pub(crate) fn backordered(&self) -> Decimal {
        money::below(self.ordered, self.shipped.saturating_add(self.cancelled))
    }

    /// How many went out that nobody ordered (INV-51).
    #[must_use]
    pub(crate) fn overshipped(&self) -> Decimal {
        money::below(self.shipped, self.ordered)
    }

    /// How many have to be billed in all.
    #[must_use]
    pub(crate) fn billable(&self) -> Decimal {
        money::below(self.ordered, self.cancelled)
    }
}

/// The argument by which the office says how much of each line went out when somebody said that the rest did, and others had
/// shipped some of it unseen (INV-51).
pub(crate) const WENT: &str = "went";

/// What became of every line of an order, by what people said they shipped and cancelled.
#[must_use]
pub(crate) fn progress(order: &Body, folded: &Folded) -> BTreeMap<RecordId, Progress> {
    let mut lines: BTreeMap<RecordId, Progress> = BTreeMap::new();
    for line in children(order, LINES) {
        if let Some(id) = id(line, "id").filter(|_| counts(line)) {
            lines.insert(id, Progress { ordered: quantity(line).unwrap_or_default(), ..Progress::default() });
        }
    }
    for (action, _) in folded.trail.iter().filter(|(_, applied)| *applied == Applied::Moved) {
        let went = folded.steps.iter().find(|step| step.action == action.id).and_then(|step| step.args.get(WENT));
        let line: Option<RecordId> = action.args.get("line").and_then(Value::as_str).and_then(|id| id.parse().ok());
        let said = decimal(action.args.get("quantity"));
        for (id, progress) in lines.iter_mut().filter(|(id, _)| line.is_none_or(|line| line == **id)) {
            let rest = progress.backordered();
            match action.action.as_str() {
                "ship" => progress.shipped = progress.shipped.saturating_add(said.unwrap_or(rest)),
                "fulfil" => {
                    let all = went.map(|went| decimal(went.get(id.to_string())).unwrap_or_default());
                    progress.shipped = progress.shipped.saturating_add(all.unwrap_or(rest));
                }
                "cancel_remaining" => {
                    progress.cancelled = progress.cancelled.saturating_add(said.map_or(rest, |said| said.min(rest)));
                }
                _ => {}
            }
        }
    }
    // Goods that left cannot be canceled (INV-52): what nobody saw of them takes its part of the cancellation back.
    for progress in lines.values_mut() {
        progress.cancelled = progress.cancelled.min(money::below(progress.ordered, progress.shipped));
    }
    lines
}

/// The same, read back from the lines as they are shown.
#[must_use]
pub(crate) fn progress_of(order: &Body) -> BTreeMap<RecordId, Progress> {
    let shown = |line: &Body, name: &str| decimal(line.get(name)).unwrap_or_default();
    let lines = children(order, LINES).filter(|line| counts(line)).filter_map(|line| {
        let (shipped, cancelled) = (shown(line, "quantity_shipped"), shown(line, "quantity_cancelled"));
        Some((id(line, "id")?, Progress { ordered: quantity(line).unwrap_or_default(), shipped, cancelled }))
    });
    lines.collect()
}

/// How much of an order went out, in the words of its field.
#[must_use]
pub(crate) fn fulfilment(lines: &BTreeMap<RecordId, Progress>) -> &'static str {
    let shipped = lines.values().any(|line| line.shipped > Decimal::ZERO);
    match (shipped, lines.values().all(|line| line.backordered().is_zero())) {
        (true, true) => "complete",
        (true, false) => "partial",
        (false, _) => "none",
    }
}

/// What the next invoice of an order bills.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bill {
    /// The lines with something left, by the order's lines.
    pub(crate) lines: Vec<BillLine>,
    /// The part of the header's discount that falls to them.
    pub(crate) discount: Decimal,
    /// The part of the freight that falls to them.
    pub(crate) freight: Decimal,
}

/// What invoices bill of an order already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Billed {
    /// Of each line of the order.
    pub(crate) lines: BTreeMap<RecordId, BilledLine>,
    /// Of the header's discount.
    pub(crate) discount: Decimal,
    /// Of the freight.
    pub(crate) freight: Decimal,
}

/// What invoices bill of one line of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BilledLine {
    /// How many.
    pub(crate) quantity: Decimal,
    /// What they come to before the manual discount.
    pub(crate) base: Decimal,
    /// Of the manual discount.
    pub(crate) manual: Decimal,
    /// Of the tax.
    pub(crate) tax: Decimal,
}

impl Billed {
    /// Adds an invoice.
    pub(crate) fn add(&mut self, invoice: &Body) {
        for (line, more) in billed_lines(invoice) {
            let line = self.lines.entry(line).or_default();
            line.quantity = line.quantity.saturating_add(more.quantity);
            line.base = line.base.saturating_add(more.base);
            line.manual = line.manual.saturating_add(more.manual);
            line.tax = line.tax.saturating_add(more.tax);
        }
        let figure = |name: &str| decimal(invoice.get(name));
        let discount = figure("header_discount").or(figure("discount_amount")).unwrap_or_default();
        self.discount = self.discount.saturating_add(discount);
        self.freight = self.freight.saturating_add(figure("freight_amount").unwrap_or_default());
    }

    /// How many of this line of the order are left to bill.
    #[must_use]
    pub(crate) fn left(&self, line: RecordId, progress: &BTreeMap<RecordId, Progress>) -> Decimal {
        let billable = progress.get(&line).map(Progress::billable).unwrap_or_default();
        money::below(billable, self.lines.get(&line).map(|billed| billed.quantity).unwrap_or_default())
    }

    /// What is left of every line of which an invoice bills more than is left (INV-54).
    #[must_use]
    pub(crate) fn exceeded(
        &self,
        wanted: &BTreeMap<RecordId, Decimal>,
        progress: &BTreeMap<RecordId, Progress>,
    ) -> BTreeMap<RecordId, Decimal> {
        let left = wanted.iter().map(|(line, wanted)| (*line, *wanted, self.left(*line, progress)));
        left.filter(|(_, wanted, left)| wanted > left).map(|(line, _, left)| (line, left)).collect()
    }
}

/// One line of a bill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BillLine {
    /// The order's line.
    pub(crate) line: RecordId,
    /// How many are left.
    pub(crate) quantity: Decimal,
    /// What they come to before the manual discount.
    pub(crate) base: Decimal,
    /// Their part of the manual discount.
    pub(crate) manual: Decimal,
    /// Their part of the tax.
    pub(crate) tax: Decimal,
}

/// What these invoices bill of an order; canceled ones do not count.
#[must_use]
pub(crate) fn billed(invoices: &[Whole]) -> Billed {
    let mut billed = Billed::default();
    for invoice in invoices.iter().filter(|invoice| body::state(invoice) != "canceled") {
        billed.add(invoice);
    }
    billed
}

/// Whether the office issued an invoice, and nobody canceled it.
#[must_use]
pub(crate) fn is_issued(invoice: &Body) -> bool {
    matches!((body::state(invoice), text(invoice, "status_reason")), ("active", Some("billed")) | ("paid", _))
}

/// What the issued invoices of an order bill, but this one.
#[must_use]
pub(crate) fn issued(order: RecordId, but: RecordId, records: &dyn Records) -> Billed {
    let invoices = body::referring("invoice", "order", &order.to_string(), records).into_iter();
    let others: Vec<Whole> = invoices.filter(|(other, body)| other.id != but && is_issued(body)).map(|(_, body)| body).collect();
    billed(&others)
}

/// What an invoice bills of each line of its order.
#[must_use]
pub(crate) fn wanted(invoice: &Body) -> BTreeMap<RecordId, Decimal> {
    billed_lines(invoice).into_iter().map(|(line, billed)| (line, billed.quantity)).collect()
}

fn billed_lines(invoice: &Body) -> BTreeMap<RecordId, BilledLine> {
    let mut lines: BTreeMap<RecordId, BilledLine> = BTreeMap::new();
    for line in children(invoice, LINES) {
        let Some(source) = id(line, "source_line") else { continue };
        let figure = |name: &str| decimal(line.get(name)).unwrap_or_default();
        let billed = lines.entry(source).or_default();
        billed.quantity = billed.quantity.saturating_add(quantity(line).unwrap_or_default());
        billed.base = billed.base.saturating_add(figure("base_amount"));
        billed.manual = billed.manual.saturating_add(figure("manual_discount"));
        billed.tax = billed.tax.saturating_add(figure("tax"));
    }
    lines
}

/// What an invoice bills of an order, and its shares of everything that is there once (INV-54, INV-55): of every line what is
/// `wanted`, else all that is left. A share is what is due so far less what was billed so far, so that whatever became of the
/// invoices in between, the last one makes up the whole.
///
/// # Errors
/// What the arithmetic gives for an order that cannot be priced.
pub(crate) fn bill(
    order: &Body,
    progress: &BTreeMap<RecordId, Progress>,
    billed: &Billed,
    wanted: Option<&BTreeMap<RecordId, Decimal>>,
) -> Result<Bill, PricingError> {
    let sheet = sheet::of("order", order);
    let totals = match (sheet.error, sheet.totals) {
        (None, Some(totals)) => totals,
        (error, _) => return Err(error.unwrap_or(super::error::OUT_OF_RANGE)),
    };
    let precision = currency::precision(body::part(order, "pricing", "currency").unwrap_or(""));
    let (mut lines, mut until) = (Vec::new(), Decimal::ZERO);
    for part in parts(order, &sheet, progress, billed, wanted) {
        let due = |total: Decimal| apportion::running(total, part.to, part.whole, precision);
        let (base, manual, tax) = (due(part.base)?, due(part.manual)?, due(part.tax)?);
        until += base - manual;
        if part.to > part.from {
            lines.push(BillLine {
                line: part.line,
                quantity: part.to - part.from,
                base: money::below(base, part.so_far.base),
                manual: money::below(manual, part.so_far.manual),
                tax: money::below(tax, part.so_far.tax),
            });
        }
    }
    let once = |total: Decimal, so_far: Decimal| {
        // Goods that cost nothing give no measure: the first invoice takes it all.
        let due = if totals.detail.is_zero() { Ok(total) } else { apportion::running(total, until, totals.detail, precision) };
        due.map(|due| money::below(due, so_far))
    };
    let (discount, freight) = (once(totals.header_discount, billed.discount)?, once(totals.freight, billed.freight)?);
    Ok(Bill { lines, discount, freight })
}

struct Part {
    line: RecordId,
    from: Decimal,
    to: Decimal,
    whole: Decimal,
    base: Decimal,
    manual: Decimal,
    tax: Decimal,
    so_far: BilledLine,
}

fn parts<'a>(
    order: &'a Body,
    sheet: &'a Sheet,
    progress: &'a BTreeMap<RecordId, Progress>,
    billed: &'a Billed,
    wanted: Option<&'a BTreeMap<RecordId, Decimal>>,
) -> impl Iterator<Item = Part> + 'a {
    let tax = |line: RecordId| {
        let body = body::child(order, LINES, line);
        body.and_then(|body| decimal(body.get("tax"))).unwrap_or_default()
    };
    sheet.lines.iter().filter_map(move |line| {
        let amounts = line.amounts.filter(|_| line.counted)?;
        let went = progress.get(&line.id)?;
        let so_far = billed.lines.get(&line.id).copied().unwrap_or_default();
        let from = so_far.quantity.min(went.ordered);
        let all = went.billable().max(from);
        let to = wanted.map_or(all, |wanted| {
            let some = wanted.get(&line.id).copied().unwrap_or_default();
            from.saturating_add(some).min(all)
        });
        let (base, manual, tax) = (amounts.base, amounts.manual, tax(line.id));
        Some(Part { line: line.id, from, to, whole: went.ordered, base, manual, tax, so_far })
    })
}

/// A required component goes with its bundle.
fn counts(line: &Body) -> bool {
    text(line, "role") != Some("required")
}
