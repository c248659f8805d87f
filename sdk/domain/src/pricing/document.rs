//! What a document comes to: its lines, the discounts of its header, freight and tax (`domain.md` 3.5).

use rust_decimal::Decimal;
use serde::Serialize;

use super::PricingError;
use super::error::OUT_OF_RANGE;
use crate::money;

/// How amounts are worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Decimal places of the document's currency.
    pub precision: u32,
    /// Whether a manual discount is per unit instead of for the whole line.
    pub manual_per_unit: bool,
    /// Whether tax is part of a line; not on opportunities.
    pub taxed: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self { precision: money::MONEY_SCALE, manual_per_unit: false, taxed: true }
    }
}

/// A line with its price settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// How many.
    pub quantity: Decimal,
    /// What one costs before discounts.
    pub price_per_unit: Decimal,
    /// What the discount list takes off one.
    pub volume_discount: Decimal,
    /// What a person takes off.
    pub manual_discount: Decimal,
    /// The line's tax.
    pub tax: Decimal,
    /// What it comes to before the manual discount, where an earlier document settled that.
    pub base: Option<Decimal>,
}

/// The amounts of the header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Percent off the lines' total.
    pub discount_percentage: Decimal,
    /// Amount off the lines' total.
    pub discount_amount: Decimal,
    /// What carrying it costs.
    pub freight: Decimal,
}

/// What a line comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct LineAmounts {
    /// Quantity times price, less the volume discount.
    pub base: Decimal,
    /// What a person took off, for the whole line.
    pub manual: Decimal,
    /// Base less manual discount.
    pub net: Decimal,
    /// The line's tax.
    pub tax: Decimal,
    /// What the line comes to, tax included where lines are taxed.
    pub extended: Decimal,
}

/// What a document comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Totals {
    /// The lines without tax.
    pub detail: Decimal,
    /// What was taken off single lines by hand.
    pub line_discount: Decimal,
    /// What the header takes off.
    pub header_discount: Decimal,
    /// Both together; volume discounts are not in it.
    pub total_discount: Decimal,
    /// The lines less the header's discount.
    pub pre_freight: Decimal,
    /// What carrying it costs.
    pub freight: Decimal,
    /// The tax of all lines.
    pub tax: Decimal,
    /// What the customer pays.
    pub total: Decimal,
}

/// Works a line out.
///
/// # Errors
/// [`OUT_OF_RANGE`]: a negative figure, a discount above the price, an amount beyond what a record may hold.
pub fn line(line: &Line, terms: &Terms) -> Result<LineAmounts, PricingError> {
    let settled = line.base.unwrap_or_default();
    let figures = [line.quantity, line.price_per_unit, line.volume_discount, line.manual_discount, line.tax, settled];
    if figures.iter().any(|figure| *figure < Decimal::ZERO) || line.volume_discount > line.price_per_unit {
        return Err(OUT_OF_RANGE);
    }
    let times = |one: Decimal| line.quantity.checked_mul(one).map(|all| money::round(all, terms.precision)).ok_or(OUT_OF_RANGE);
    let base = match line.base {
        Some(settled) => settled,
        None => times(line.price_per_unit - line.volume_discount)?,
    };
    let base = within(base)?;
    let manual = if terms.manual_per_unit { times(line.manual_discount)? } else { line.manual_discount };
    if manual > base {
        return Err(OUT_OF_RANGE);
    }
    let net = base - manual;
    let tax = if terms.taxed { within(line.tax)? } else { Decimal::ZERO };
    Ok(LineAmounts { base, manual, net, tax, extended: within(net + tax)? })
}

/// Adds a document up.
///
/// # Errors
/// [`OUT_OF_RANGE`]: a percentage above 100, a discount above the lines, a negative figure, a sum beyond what a record may hold.
pub fn totals(lines: &[LineAmounts], header: &Header, terms: &Terms) -> Result<Totals, PricingError> {
    let figures = [header.discount_percentage, header.discount_amount, header.freight];
    if figures.iter().any(|figure| *figure < Decimal::ZERO) || header.discount_percentage > Decimal::ONE_HUNDRED {
        return Err(OUT_OF_RANGE);
    }
    let sum = |of: fn(&LineAmounts) -> Decimal| within(money::sum(lines.iter().map(of)));
    let (detail, line_discount, tax) = (sum(|line| line.net)?, sum(|line| line.manual)?, sum(|line| line.tax)?);
    let share = detail.checked_mul(header.discount_percentage).ok_or(OUT_OF_RANGE)? / Decimal::ONE_HUNDRED;
    let header_discount = within(money::round(share, terms.precision))? + within(header.discount_amount)?;
    if header_discount > detail {
        return Err(OUT_OF_RANGE);
    }
    let pre_freight = detail - header_discount;
    let freight = within(header.freight)?;
    Ok(Totals {
        detail,
        line_discount,
        header_discount,
        total_discount: line_discount + header_discount,
        pre_freight,
        freight,
        tax,
        total: within(pre_freight + freight + tax)?,
    })
}

/// How much of the catalogue's price was given away by hand, in percent (`domain.md` 3.7); nothing for nothing.
///
/// `catalogue_base` is what the lines come to at catalogue prices, `overridden` what overridden prices are below those.
#[must_use]
pub fn effective_discount(totals: &Totals, overridden: Decimal, catalogue_base: Decimal) -> Decimal {
    let given = totals.total_discount.saturating_add(overridden);
    let share = given.checked_div(catalogue_base).and_then(|share| share.checked_mul(Decimal::ONE_HUNDRED));
    share.unwrap_or(Decimal::ZERO)
}

fn within(amount: Decimal) -> Result<Decimal, PricingError> {
    if amount > Decimal::from(money::AMOUNT_MAX) { Err(OUT_OF_RANGE) } else { Ok(amount) }
}
