//! Amounts in the organisation's own currency (`domain.md` 3.6).

use rust_decimal::Decimal;

use super::PricingError;
use super::error::OUT_OF_RANGE;
use crate::money;

/// The currencies a record may be in.
pub const CURRENCIES: &[&str] = &["USD", "EUR", "GBP", "CHF", "JPY", "CNY"];

/// Decimal places of an amount in this currency.
#[must_use]
pub fn precision(currency: &str) -> u32 {
    if currency == "JPY" { 0 } else { money::MONEY_SCALE }
}

/// The amount in the organisation's currency; `rate` is how many units of the amount's currency one unit of it is.
///
/// # Errors
/// [`OUT_OF_RANGE`] for a rate that is none.
pub fn base_amount(amount: Decimal, rate: Decimal, precision: u32) -> Result<Decimal, PricingError> {
    if rate <= Decimal::ZERO {
        return Err(OUT_OF_RANGE);
    }
    amount.checked_div(rate).map(|exact| money::round(exact, precision)).ok_or(OUT_OF_RANGE)
}
