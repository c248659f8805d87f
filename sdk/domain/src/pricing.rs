//! What things cost: a unit price from a price list item, a line, a document, and the shares of a part delivery.
//!
//! Pure and exact (`domain.md` 3): decimals only, rounded in [`crate::money::round`] and nowhere else. The phone and the server
//! run this same code, so a price never changes on its way. A pricing method is one row of [`method::METHODS`]; why a price
//! cannot be had is one row of [`error::PRICING_ERRORS`].

pub mod apportion;
pub(crate) mod basis;
pub mod currency;
pub mod discount;
pub mod document;
pub mod error;
pub mod method;
pub mod property;
pub mod quantity;
pub(crate) mod remaining;
pub mod rounding;
pub mod sheet;

pub use error::PricingError;

/// Decimal places of a unit price until the organisation says otherwise.
pub const PRICING_PRECISION: u32 = 2;
