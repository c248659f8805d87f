//! The shares of partial invoices: whatever the split, they come to the whole, to the cent (V13, V14).

use rust_decimal::Decimal;

use super::PricingError;
use super::error::OUT_OF_RANGE;
use crate::money;

/// The share of `total` that falls to the part from `before` to `until` of `whole`.
///
/// Shares are differences of rounded running totals, so that they neither lose nor gain a cent.
///
/// # Errors
/// [`OUT_OF_RANGE`] where `whole` is nothing, or the part is not within it.
pub fn share(total: Decimal, before: Decimal, until: Decimal, whole: Decimal, precision: u32) -> Result<Decimal, PricingError> {
    if until < before {
        return Err(OUT_OF_RANGE);
    }
    let (until, before) = (running(total, until, whole, precision)?, running(total, before, whole, precision)?);
    until.checked_sub(before).ok_or(OUT_OF_RANGE)
}

/// What of `total` is due once this part of `whole` is.
///
/// # Errors
/// [`OUT_OF_RANGE`] where `whole` is nothing, or the part is not within it.
pub fn running(total: Decimal, part: Decimal, whole: Decimal, precision: u32) -> Result<Decimal, PricingError> {
    if whole <= Decimal::ZERO || part < Decimal::ZERO || whole < part {
        return Err(OUT_OF_RANGE);
    }
    // Exactly at the end, whatever the division would say.
    let exact = if part == whole { Some(total) } else { total.checked_mul(part).and_then(|all| all.checked_div(whole)) };
    exact.map(|exact| money::round(exact, precision)).ok_or(OUT_OF_RANGE)
}
