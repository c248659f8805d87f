//! The six ways a price list item gives a unit price (`domain.md` 3.2).

use rust_decimal::Decimal;

use super::error::{
    INVALID_PERCENTAGE, MISSING_AMOUNT, MISSING_CURRENT_COST, MISSING_LIST_PRICE, MISSING_PERCENTAGE, MISSING_STANDARD_COST,
    OUT_OF_RANGE,
};
use super::rounding::{self, Rounding};
use super::{PRICING_PRECISION, PricingError};
use crate::money;

/// What a method may look at: the item's own figures and the product's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// The item's amount.
    pub amount: Option<Decimal>,
    /// The item's percentage.
    pub percentage: Option<Decimal>,
    /// The product's price before any price list.
    pub list_price: Option<Decimal>,
    /// What the product costs us today.
    pub current_cost: Option<Decimal>,
    /// What the product costs us in plans.
    pub standard_cost: Option<Decimal>,
}

/// One pricing method.
#[derive(Debug)]
pub struct Method {
    /// The word in records.
    pub name: &'static str,
    /// The field's standard code, 1 to 6.
    pub code: u8,
    /// What it means.
    pub doc: &'static str,
    /// Whether the item's rounding applies.
    pub rounds: bool,
    raw: fn(&Figures) -> Result<Decimal, PricingError>,
}

/// The methods, in order of their codes.
#[rustfmt::skip]
pub const METHODS: &[Method] = &[
    Method { name: "amount",                  code: 1, rounds: false, doc: "The item's amount.",                            raw: amount },
    Method { name: "percent_of_list",         code: 2, rounds: true,  doc: "A percentage of the product's list price.",     raw: percent_of_list },
    Method { name: "percent_markup_current",  code: 3, rounds: true,  doc: "A percentage on top of the current cost.",      raw: |f| markup(f, current(f)?) },
    Method { name: "percent_margin_current",  code: 4, rounds: true,  doc: "A percentage of the price over current cost.",  raw: |f| margin(f, current(f)?) },
    Method { name: "percent_markup_standard", code: 5, rounds: true,  doc: "A percentage on top of the standard cost.",     raw: |f| markup(f, standard(f)?) },
    Method { name: "percent_margin_standard", code: 6, rounds: true,  doc: "A percentage of the price over standard cost.", raw: |f| margin(f, standard(f)?) },
];

/// The words of [`METHODS`], for the field that holds one.
pub const METHOD_NAMES: &[&str] = &[
    "amount",
    "percent_of_list",
    "percent_markup_current",
    "percent_margin_current",
    "percent_markup_standard",
    "percent_margin_standard",
];

/// Looks a method up by its word.
#[must_use]
pub fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

impl Method {
    /// The unit price, rounded as the item says.
    ///
    /// # Errors
    /// A figure that is missing or gives no price.
    pub fn unit_price(&self, figures: &Figures, rounding: &Rounding) -> Result<Decimal, PricingError> {
        let raw = (self.raw)(figures)?;
        if self.rounds { rounding::apply(raw, rounding, PRICING_PRECISION) } else { Ok(money::round(raw, PRICING_PRECISION)) }
    }
}

fn amount(figures: &Figures) -> Result<Decimal, PricingError> {
    figures.amount.ok_or(MISSING_AMOUNT)
}

fn percent_of_list(figures: &Figures) -> Result<Decimal, PricingError> {
    let list = figures.list_price.ok_or(MISSING_LIST_PRICE)?;
    list.checked_mul(share(figures)?).ok_or(OUT_OF_RANGE)
}

fn markup(figures: &Figures, cost: Decimal) -> Result<Decimal, PricingError> {
    let factor = Decimal::ONE.checked_add(share(figures)?).ok_or(OUT_OF_RANGE)?;
    cost.checked_mul(factor).ok_or(OUT_OF_RANGE)
}

fn margin(figures: &Figures, cost: Decimal) -> Result<Decimal, PricingError> {
    let rest = Decimal::ONE.checked_sub(share(figures)?).ok_or(OUT_OF_RANGE)?;
    if rest <= Decimal::ZERO {
        return Err(INVALID_PERCENTAGE);
    }
    cost.checked_div(rest).ok_or(OUT_OF_RANGE)
}

/// The item's percentage as a factor.
fn share(figures: &Figures) -> Result<Decimal, PricingError> {
    let percentage = figures.percentage.ok_or(MISSING_PERCENTAGE)?;
    if percentage < Decimal::ZERO { Err(INVALID_PERCENTAGE) } else { Ok(percentage / Decimal::ONE_HUNDRED) }
}

fn current(figures: &Figures) -> Result<Decimal, PricingError> {
    figures.current_cost.ok_or(MISSING_CURRENT_COST)
}

fn standard(figures: &Figures) -> Result<Decimal, PricingError> {
    figures.standard_cost.ok_or(MISSING_STANDARD_COST)
}
