//! What of an order went out, what the customer no longer wants, and what is still to be billed (`domain.md` 2.4, V13, V14).

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::sheet::{self, Sheet};
use super::{PricingError, apportion, currency};
use crate::body::{self, Body, children, id, quantity, text};
use crate::field::decimal;
use crate::fold::Applied;
use crate::ids::RecordId;
use crate::money;
use crate::raw::Action;

const LINES: &str = "lines";

/// What became of one order line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many were ordered.
    pub ordered: Decimal,
    /// How many went out.
    pub shipped: Decimal,
    /// How many the customer no longer wants.
    pub cancelled: Decimal,
}

impl Progress {
    /// How many still have to go out.
    #[must_use]
    pub fn backordered(&self) -> Decimal {
        money::below(self.ordered, self.shipped.saturating_add(self.cancelled))
    }

    /// How many have to be billed in all.
    #[must_use]
    pub fn billable(&self) -> Decimal {
        money::below(self.ordered, self.cancelled)
    }
}

/// What became of every line of an order, by what people said they shipped and cancelled.
#[must_use]
pub fn progress(order: &Body, trail: &[(Action, Applied)]) -> BTreeMap<RecordId, Progress> {
    let mut lines: BTreeMap<RecordId, Progress> = BTreeMap::new();
    for line in children(order, LINES) {
        if let Some(id) = id(line, "id").filter(|_| counts(line)) {
            lines.insert(id, Progress { ordered: quantity(line).unwrap_or_default(), ..Progress::default() });
        }
    }
    for (action, _) in trail.iter().filter(|(_, applied)| *applied == Applied::Moved) {
        let line: Option<RecordId> = action.args.get("line").and_then(Value::as_str).and_then(|id| id.parse().ok());
        let said = decimal(action.args.get("quantity"));
        for (_, progress) in lines.iter_mut().filter(|(id, _)| line.is_none_or(|line| line == **id)) {
            let rest = progress.backordered();
            match action.action.as_str() {
                "ship" => progress.shipped = progress.shipped.saturating_add(said.unwrap_or(rest)),
                "fulfil" => progress.shipped = progress.shipped.saturating_add(rest),
                "cancel_remaining" => {
                    progress.cancelled = progress.cancelled.saturating_add(said.map_or(rest, |said| said.min(rest)));
                }
                _ => {}
            }
        }
    }
    lines
}

/// The same, read back from the lines as they are shown.
#[must_use]
pub fn progress_of(order: &Body) -> BTreeMap<RecordId, Progress> {
    let shown = |line: &Body, name: &str| decimal(line.get(name)).unwrap_or_default();
    let lines = children(order, LINES).filter(|line| counts(line)).filter_map(|line| {
        let (shipped, cancelled) = (shown(line, "quantity_shipped"), shown(line, "quantity_cancelled"));
        Some((id(line, "id")?, Progress { ordered: quantity(line).unwrap_or_default(), shipped, cancelled }))
    });
    lines.collect()
}

/// How much of an order went out, in the words of its field.
#[must_use]
pub fn fulfilment(lines: &BTreeMap<RecordId, Progress>) -> &'static str {
    let shipped = lines.values().any(|line| line.shipped > Decimal::ZERO);
    match (shipped, lines.values().all(|line| line.backordered().is_zero())) {
        (true, true) => "complete",
        (true, false) => "partial",
        (false, _) => "none",
    }
}

/// What the next invoice of an order bills.
#[derive(Clone, Debug, PartialEq)]
pub struct Bill {
    /// The lines with something left, by the order's lines.
    pub lines: Vec<BillLine>,
    /// The part of the header's discount that falls to them.
    pub discount: Decimal,
    /// The part of the freight that falls to them.
    pub freight: Decimal,
}

/// One line of a bill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BillLine {
    /// The order's line.
    pub line: RecordId,
    /// How many are left.
    pub quantity: Decimal,
    /// What they come to before the manual discount.
    pub base: Decimal,
    /// Their part of the manual discount.
    pub manual: Decimal,
    /// Their part of the tax.
    pub tax: Decimal,
}

/// How many of each line of an order these invoices bill already; canceled ones do not count.
#[must_use]
pub fn billed(invoices: &[Body]) -> BTreeMap<RecordId, Decimal> {
    let mut billed: BTreeMap<RecordId, Decimal> = BTreeMap::new();
    let live = invoices.iter().filter(|invoice| body::state(invoice) != "canceled");
    for line in live.flat_map(|invoice| children(invoice, LINES)) {
        if let Some(source) = id(line, "source_line") {
            let so_far = billed.entry(source).or_default();
            *so_far = so_far.saturating_add(quantity(line).unwrap_or_default());
        }
    }
    billed
}

/// What an invoice bills of an order, and its shares of everything that is there once (INV-54, INV-55): of every line what is
/// `wanted`, else all that is left.
///
/// # Errors
/// What the arithmetic gives for an order that cannot be priced.
pub fn bill(
    order: &Body,
    progress: &BTreeMap<RecordId, Progress>,
    billed: &BTreeMap<RecordId, Decimal>,
    wanted: Option<&BTreeMap<RecordId, Decimal>>,
) -> Result<Bill, PricingError> {
    let sheet = sheet::of("order", order);
    let totals = match (sheet.error, sheet.totals) {
        (None, Some(totals)) => totals,
        (error, _) => return Err(error.unwrap_or(super::error::OUT_OF_RANGE)),
    };
    let precision = currency::precision(body::part(order, "pricing", "currency").unwrap_or(""));
    let (mut lines, mut before, mut until) = (Vec::new(), Decimal::ZERO, Decimal::ZERO);
    for part in parts(order, &sheet, progress, billed, wanted) {
        let share = |total: Decimal| apportion::share(total, part.from, part.to, part.whole, precision);
        let upto = |total: Decimal| apportion::share(total, Decimal::ZERO, part.from, part.whole, precision);
        let (base, manual, tax) = (share(part.base)?, share(part.manual)?, share(part.tax)?);
        let so_far = upto(part.base)? - upto(part.manual)?;
        before += so_far;
        until += so_far + (base - manual);
        if part.to > part.from {
            lines.push(BillLine { line: part.line, quantity: part.to - part.from, base, manual, tax });
        }
    }
    let once = |total: Decimal| {
        // Goods that cost nothing give no measure: the first invoice takes it all.
        match (totals.detail.is_zero(), billed.is_empty()) {
            (true, true) => Ok(total),
            (true, false) => Ok(Decimal::ZERO),
            (false, _) => apportion::share(total, before, until, totals.detail, precision),
        }
    };
    Ok(Bill { lines, discount: once(totals.header_discount)?, freight: once(totals.freight)? })
}

struct Part {
    line: RecordId,
    from: Decimal,
    to: Decimal,
    whole: Decimal,
    base: Decimal,
    manual: Decimal,
    tax: Decimal,
}

fn parts<'a>(
    order: &'a Body,
    sheet: &'a Sheet,
    progress: &'a BTreeMap<RecordId, Progress>,
    billed: &'a BTreeMap<RecordId, Decimal>,
    wanted: Option<&'a BTreeMap<RecordId, Decimal>>,
) -> impl Iterator<Item = Part> + 'a {
    let tax = |line: RecordId| {
        let body = body::child(order, LINES, line);
        body.and_then(|body| decimal(body.get("tax"))).unwrap_or_default()
    };
    sheet.lines.iter().filter_map(move |line| {
        let amounts = line.amounts.filter(|_| line.counted)?;
        let went = progress.get(&line.id)?;
        let from = billed.get(&line.id).copied().unwrap_or_default().min(went.ordered);
        let all = went.billable().max(from);
        let to = wanted.map_or(all, |wanted| {
            let some = wanted.get(&line.id).copied().unwrap_or_default();
            from.saturating_add(some).min(all)
        });
        Some(Part { line: line.id, from, to, whole: went.ordered, base: amounts.base, manual: amounts.manual, tax: tax(line.id) })
    })
}

/// A required component goes with its bundle.
fn counts(line: &Body) -> bool {
    text(line, "role") != Some("required")
}
