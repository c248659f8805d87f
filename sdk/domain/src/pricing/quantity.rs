//! Which quantities a product is sold in (`domain.md` 3.3).

use rust_decimal::Decimal;

use super::PricingError;
use super::error::{INVALID_QUANTITY, MISSING_QUANTITY};

/// How a price list item is sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selling {
    /// In any quantity the product allows.
    #[default]
    NoControl,
    /// In whole numbers.
    Whole,
    /// In whole numbers and parts, as far as the product allows.
    WholeAndFractional,
}

impl Selling {
    /// The words of the field that holds one.
    pub const NAMES: &'static [&'static str] = &["no_control", "whole", "whole_and_fractional"];

    /// Reads a word; what is not known controls nothing.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "whole" => Self::Whole,
            "whole_and_fractional" => Self::WholeAndFractional,
            _ => Self::NoControl,
        }
    }
}

/// Checks how many somebody wants; `decimals` is what the product allows.
///
/// # Errors
/// [`MISSING_QUANTITY`], [`INVALID_QUANTITY`].
pub fn check(quantity: Option<Decimal>, selling: Selling, decimals: u32) -> Result<Decimal, PricingError> {
    let quantity = quantity.ok_or(MISSING_QUANTITY)?;
    let allowed = if selling == Selling::Whole { 0 } else { decimals };
    if quantity <= Decimal::ZERO || quantity.normalize().scale() > allowed {
        return Err(INVALID_QUANTITY);
    }
    Ok(quantity)
}
