//! How a computed unit price is brought to one people like to read: 749.99, 815, 57.70 (`domain.md` 3.2).

use rust_decimal::Decimal;

use super::PricingError;
use super::error::{INVALID_ROUNDING_AMOUNT, OUT_OF_RANGE};
use crate::money;

/// Which way a price is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// To the pricing precision, and nothing else.
    #[default]
    None,
    /// Up.
    Up,
    /// Down.
    Down,
    /// To the closer one; half-way up.
    Nearest,
}

/// What a rounded price looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// It ends in this amount: 0.99, 5, 15.
    EndsIn(Decimal),
    /// It is a multiple of this amount.
    MultipleOf(Decimal),
}

/// The rounding of a price list item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounding {
    /// Which way.
    pub policy: Policy,
    /// To what.
    pub shape: Shape,
}

impl Default for Rounding {
    fn default() -> Self {
        Self { policy: Policy::None, shape: Shape::EndsIn(Decimal::ZERO) }
    }
}

impl Policy {
    /// The words of the field that holds one.
    pub const NAMES: &'static [&'static str] = &["none", "up", "down", "nearest"];

    /// Reads a word; what is not known is no rounding.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "up" => Self::Up,
            "down" => Self::Down,
            "nearest" => Self::Nearest,
            _ => Self::None,
        }
    }
}

impl Shape {
    /// The words of the field that holds one.
    pub const NAMES: &'static [&'static str] = &["ends_in", "multiple_of"];
}

/// Rounds a raw price.
///
/// # Errors
/// [`INVALID_ROUNDING_AMOUNT`] where there is no such price, [`OUT_OF_RANGE`] where it is too large.
pub fn apply(raw: Decimal, rounding: &Rounding, precision: u32) -> Result<Decimal, PricingError> {
    if rounding.policy == Policy::None {
        return Ok(money::round(raw, precision));
    }
    // Every price of a shape is `offset + n * step`.
    let (step, offset) = match rounding.shape {
        Shape::MultipleOf(amount) if amount > Decimal::ZERO => (amount, Decimal::ZERO),
        Shape::EndsIn(amount) if amount >= Decimal::ZERO => (modulus(amount)?, amount),
        Shape::MultipleOf(_) | Shape::EndsIn(_) => return Err(INVALID_ROUNDING_AMOUNT),
    };
    let steps = raw.checked_sub(offset).and_then(|from| from.checked_div(step)).ok_or(OUT_OF_RANGE)?;
    let at = |n: Decimal| n.checked_mul(step).and_then(|by| by.checked_add(offset)).ok_or(OUT_OF_RANGE);
    let (below, above) = (at(steps.floor())?, at(steps.ceil())?);
    let rounded = match rounding.policy {
        Policy::Up => above,
        Policy::Down => below,
        // A price below zero is none, so the closer one is above.
        Policy::Nearest if below < Decimal::ZERO || above - raw <= raw - below => above,
        Policy::Nearest | Policy::None => below,
    };
    if rounded < Decimal::ZERO { Err(INVALID_ROUNDING_AMOUNT) } else { Ok(rounded) }
}

/// The smallest power of ten, at least one, that is above the amount a price ends in.
fn modulus(amount: Decimal) -> Result<Decimal, PricingError> {
    let mut power = Decimal::ONE;
    while power <= amount {
        power = power.checked_mul(Decimal::TEN).ok_or(OUT_OF_RANGE)?;
    }
    Ok(power)
}
