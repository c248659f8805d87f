//! Discount lists: less per unit for more units (`domain.md` 3.4).

use rust_decimal::Decimal;

use super::PricingError;
use super::error::OUT_OF_RANGE;
use crate::money;

/// What the tiers of a list take off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Off {
    /// A percentage of the unit price.
    Percent,
    /// An amount per unit.
    Amount,
}

impl Off {
    /// The words of the field that holds one.
    pub const NAMES: &'static [&'static str] = &["percent", "amount"];

    /// Its word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Percent => "percent",
            Self::Amount => "amount",
        }
    }
}

/// One tier: from `low` to `high` units, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// The least quantity.
    pub low: Decimal,
    /// The largest quantity.
    pub high: Decimal,
    /// What it takes off: a percentage or an amount per unit.
    pub off: Decimal,
}

/// What a discount list takes off one unit; nothing between its tiers. It never takes off more than the price.
///
/// # Errors
/// [`OUT_OF_RANGE`].
pub fn volume(
    price_per_unit: Decimal,
    quantity: Decimal,
    kind: Off,
    tiers: &[Tier],
    precision: u32,
) -> Result<Decimal, PricingError> {
    let Some(tier) = tiers.iter().find(|tier| tier.low <= quantity && quantity <= tier.high) else { return Ok(Decimal::ZERO) };
    let off = match kind {
        Off::Amount => tier.off,
        Off::Percent => {
            let exact = price_per_unit.checked_mul(tier.off).ok_or(OUT_OF_RANGE)? / Decimal::ONE_HUNDRED;
            money::round(exact, precision)
        }
    };
    Ok(off.clamp(Decimal::ZERO, price_per_unit.max(Decimal::ZERO)))
}

/// The first two tiers that are no tiers, or hold the same quantity, by their places.
#[must_use]
pub fn overlap(tiers: &[Tier]) -> Option<(usize, usize)> {
    let wrong = tiers.iter().position(|tier| tier.low <= Decimal::ZERO || tier.high <= tier.low);
    if let Some(place) = wrong {
        return Some((place, place));
    }
    tiers.iter().enumerate().find_map(|(place, one)| {
        let later = tiers.iter().enumerate().skip(place + 1);
        let shared = |(_, other): &(usize, &Tier)| one.low <= other.high && other.low <= one.high;
        later.clone().find(shared).map(|(other, _)| (place, other))
    })
}

/// Spells tiers in one line, `10-49:5;50-999:12`, as a line keeps them.
#[must_use]
pub(crate) fn spell_tiers(tiers: &[Tier]) -> String {
    let one = |tier: &Tier| format!("{}-{}:{}", money::spell(tier.low), money::spell(tier.high), money::spell(tier.off));
    tiers.iter().map(one).collect::<Vec<_>>().join(";")
}

/// Reads tiers back; what is none is left out.
#[must_use]
pub(crate) fn parse_tiers(spelled: &str) -> Vec<Tier> {
    let one = |tier: &str| {
        let (range, off) = tier.split_once(':')?;
        let (low, high) = range.split_once('-')?;
        Some(Tier { low: money::parse(low)?, high: money::parse(high)?, off: money::parse(off)? })
    };
    spelled.split(';').filter_map(one).collect()
}
