//! Prices step by step, and what helps before something is sold.

use fieldbook_domain::duplicate;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::pricing;
use fieldbook_domain::pricing::document::{LineAmounts, Totals};
use fieldbook_domain::pricing::sheet::{Sheet, SheetLine};
use rust_decimal::Decimal;

/// The prices of an opportunity, quote, order or invoice, step by step.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct PriceSheet {
    /// The lines, in the order they stand on paper.
    pub lines: Vec<PriceSheetLine>,
    /// What they come to; nothing where the header's figures give no total.
    pub totals: Option<Totals>,
    /// How much of the catalogue's price is given away by hand, in percent.
    pub effective_discount: Decimal,
    /// The first thing that keeps it from being priced.
    pub error: Option<PricingError>,
}

/// One line, step by step.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct PriceSheetLine {
    /// The line.
    pub id: RecordId,
    /// How many.
    pub quantity: Option<Decimal>,
    /// What the catalogue asks for one.
    pub catalogue_price: Option<Decimal>,
    /// Whether a person said another price than the catalogue.
    pub overridden: bool,
    /// What one costs before discounts.
    pub unit_price: Option<Decimal>,
    /// What the quantity takes off one.
    pub volume_discount: Decimal,
    /// The amounts, where the line can be priced.
    pub amounts: Option<LineAmounts>,
    /// Whether it counts: a required component is paid for with its bundle.
    pub counted: bool,
    /// Why it cannot be priced.
    pub error: Option<PricingError>,
}

/// Why a price cannot be had; a quote with one cannot be activated.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PricingError {
    /// The field's standard code, as in `pricing_error` of a record.
    pub code: i64,
    /// What is wrong and what to do, for the person who sees the line.
    pub message: String,
}

/// What a line of a quote still has to say about its product.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct MissingProperty {
    /// The line.
    pub line: RecordId,
    /// The name of the property.
    pub property: String,
}

/// A record that may be the same as another.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Duplicate {
    /// The record.
    pub record: RecordRef,
    /// Its name for people.
    pub title: String,
    /// What is the same, in words.
    pub same: String,
}

impl From<Sheet> for PriceSheet {
    fn from(sheet: Sheet) -> Self {
        Self {
            lines: sheet.lines.into_iter().map(PriceSheetLine::from).collect(),
            totals: sheet.totals,
            effective_discount: sheet.effective_discount,
            error: sheet.error.map(PricingError::from),
        }
    }
}

impl From<SheetLine> for PriceSheetLine {
    fn from(line: SheetLine) -> Self {
        Self {
            id: line.id,
            quantity: line.quantity,
            catalogue_price: line.catalogue_price,
            overridden: line.overridden,
            unit_price: line.unit_price,
            volume_discount: line.volume_discount,
            amounts: line.amounts,
            counted: line.counted,
            error: line.error.map(PricingError::from),
        }
    }
}

impl From<pricing::PricingError> for PricingError {
    fn from(error: pricing::PricingError) -> Self {
        Self { code: i64::from(error.code), message: error.message.to_owned() }
    }
}

impl From<duplicate::Duplicate> for Duplicate {
    fn from(found: duplicate::Duplicate) -> Self {
        Self { record: found.record, title: found.title, same: found.same.to_owned() }
    }
}
