//! Why a price cannot be had, in the field's standard codes, 0 to 37.

use serde::Serialize;

/// A line or document that cannot be priced; a quote with one cannot be activated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[error("{message}")]
pub struct PricingError {
    /// The field's standard code, as in `pricing_error` of a record.
    pub code: i64,
    /// What is wrong and what to do, for the person who sees the line.
    pub message: &'static str,
}

const fn row(code: i64, message: &'static str) -> PricingError {
    PricingError { code, message }
}

/// There is no price list.
pub const MISSING_PRICE_LIST: PricingError = row(2, "choose a price list");
/// The price list is no longer used.
pub const INACTIVE_PRICE_LIST: PricingError = row(3, "the price list is inactive: choose another");
/// There is no quantity.
pub const MISSING_QUANTITY: PricingError = row(4, "say how many");
/// A write-in or overridden line has no price.
pub const MISSING_UNIT_PRICE: PricingError = row(5, "say what one costs");
/// The line names no product.
pub const MISSING_PRODUCT: PricingError = row(6, "choose a product, or describe a write-in");
/// The price list has no such product in this unit.
pub const NOT_IN_PRICE_LIST: PricingError = row(11, "the price list has no price for this product in this unit");
/// The item's method needs an amount.
pub const MISSING_AMOUNT: PricingError = row(12, "the price list item has no amount");
/// The item's method needs a percentage.
pub const MISSING_PERCENTAGE: PricingError = row(13, "the price list item has no percentage");
/// The item's method needs the product's list price.
pub const MISSING_LIST_PRICE: PricingError = row(14, "the product has no list price");
/// The item's method needs the product's current cost.
pub const MISSING_CURRENT_COST: PricingError = row(15, "the product has no current cost");
/// The item's method needs the product's standard cost.
pub const MISSING_STANDARD_COST: PricingError = row(16, "the product has no standard cost");
/// A percentage no price comes of, such as a margin of 100 %.
pub const INVALID_PERCENTAGE: PricingError = row(18, "the price list item's percentage gives no price");
/// A rounding that gives no price.
pub const INVALID_ROUNDING_AMOUNT: PricingError = row(24, "the price list item's rounding amount gives no price");
/// A quantity the product is not sold in.
pub const INVALID_QUANTITY: PricingError = row(29, "the product is not sold in this quantity");
/// The discount list is no longer used.
pub const INACTIVE_DISCOUNT_LIST: PricingError = row(33, "the discount list is inactive");
/// The price list is in another currency than the document.
pub const INVALID_CURRENCY: PricingError = row(34, "the price list is in another currency");
/// A price or sum beyond what a record may hold, or a discount beyond the price.
pub const OUT_OF_RANGE: PricingError = row(35, "the amount is out of range");

/// Every one of them, in order of their codes.
pub const PRICING_ERRORS: &[PricingError] = &[
    MISSING_PRICE_LIST,
    INACTIVE_PRICE_LIST,
    MISSING_QUANTITY,
    MISSING_UNIT_PRICE,
    MISSING_PRODUCT,
    NOT_IN_PRICE_LIST,
    MISSING_AMOUNT,
    MISSING_PERCENTAGE,
    MISSING_LIST_PRICE,
    MISSING_CURRENT_COST,
    MISSING_STANDARD_COST,
    INVALID_PERCENTAGE,
    INVALID_ROUNDING_AMOUNT,
    INVALID_QUANTITY,
    INACTIVE_DISCOUNT_LIST,
    INVALID_CURRENCY,
    OUT_OF_RANGE,
];
