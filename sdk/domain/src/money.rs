//! Decimal amounts: reading, the one rounding place, sums. No float, ever.

use rust_decimal::{Decimal, RoundingStrategy};

/// Decimal places of an amount of money until currencies say otherwise.
pub const MONEY_SCALE: u32 = 2;
/// The largest amount a record may hold; anything above is a typing error.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// Rounds half away from zero; the only rounding in the product.
#[must_use]
pub fn round(value: Decimal, scale: u32) -> Decimal {
    value.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero)
}

/// Reads a plain decimal such as `1054` or `-3.50`; exponents, separators and blanks are refused.
#[must_use]
pub fn parse(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.len() <= 28 && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    if plain { Decimal::from_str_exact(text).ok() } else { None }
}

/// The one spelling of a decimal: no exponent, no needless zeros.
#[must_use]
pub fn spell(value: Decimal) -> String {
    value.normalize().to_string()
}

/// How much of `whole` `part` is, in percent to two places; `None` of nothing.
#[must_use]
pub fn percentage(part: Decimal, whole: Decimal) -> Option<Decimal> {
    part.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(whole).map(|exact| round(exact, 2))
}

/// The share of an amount that falls to `part` of `whole` equal steps, rounded; `None` of no steps.
#[must_use]
pub(crate) fn pro_rata(amount: Decimal, part: i64, whole: i64) -> Option<Decimal> {
    amount.checked_mul(Decimal::from(part))?.checked_div(Decimal::from(whole)).map(|exact| round(exact, MONEY_SCALE))
}

/// Adds amounts; a sum beyond what a decimal can hold stops growing.
pub fn sum(amounts: impl IntoIterator<Item = Decimal>) -> Decimal {
    amounts.into_iter().fold(Decimal::ZERO, Decimal::saturating_add)
}

/// How much of `whole` is left beside `part`; nothing where the part is larger.
#[must_use]
pub fn below(whole: Decimal, part: Decimal) -> Decimal {
    whole.saturating_sub(part).max(Decimal::ZERO)
}

/// A quantity of quantities; beyond what a decimal can hold it stops growing.
#[must_use]
pub fn times(each: Decimal, many: Decimal) -> Decimal {
    each.checked_mul(many).unwrap_or(Decimal::MAX)
}
