//! What helps somebody who sells: prices step by step, what goes with what, who is here already.

use fieldbook_device::structs;
use fieldbook_domain::duplicate::Duplicate;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::pricing::property::MissingProperty;
use fieldbook_domain::pricing::sheet::Sheet;
use fieldbook_domain::record::AnyRecord;
use fieldbook_domain::record::price_list::PriceListItem;
use fieldbook_domain::suggest::Suggestion;

use super::Book;
use crate::background::blocking;
use crate::error::FieldbookError;

#[uniffi::export]
impl Book {
    /// Every step of the prices of an opportunity, quote, order or invoice.
    ///
    /// Throws `NotFound`; `Refused`, `record.no_prices`, for a record that has none.
    pub async fn price(&self, target: RecordRef) -> Result<Sheet, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.price(&target.kind, target.id)).await
    }

    /// Products that go with a product, or with the lines of an opportunity, quote, order or invoice. Throws `NotFound`.
    pub async fn suggest(&self, target: RecordRef) -> Result<Vec<Suggestion>, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.suggest(&target.kind, target.id)).await
    }

    /// What the lines of a quote still have to say about their products before it can be activated. Throws `NotFound`.
    pub async fn missing_properties(&self, target: RecordRef) -> Result<Vec<MissingProperty>, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.missing_properties(&target.kind, target.id)).await
    }

    /// Records that may be the same as this one, which need not have been created yet.
    pub async fn duplicates(&self, record: AnyRecord) -> Result<Vec<Duplicate>, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || {
            let kind = record.kind();
            book.duplicates(kind.name, Some(record.id()), &structs::fields(kind, record.to_json())?)
        })
        .await
    }
}

/// The id a price list item must have: it follows from what it prices, so that there is one and it is found at once.
#[uniffi::export]
#[must_use]
pub fn price_list_item_id(price_list: RecordId, product: RecordId, unit: RecordId) -> RecordId {
    PriceListItem::id_of(price_list, product, unit)
}
