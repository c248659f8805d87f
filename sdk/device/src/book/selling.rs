//! What helps somebody who sells: prices step by step, what goes with what, who is here already.

use fieldbook_domain::duplicate::{self, Duplicate};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::pricing::property::{self, MissingProperty};
use fieldbook_domain::pricing::sheet::{self, Sheet};
use fieldbook_domain::refusal::{Refusal, a};
use fieldbook_domain::suggest::{self, Suggestion};
use serde_json::{Map, Value};

use super::Book;
use crate::desk::declared;
use crate::error::Error;
use crate::store::held::Held;

impl Book {
    /// Every step of the prices of an opportunity, quote, order or invoice.
    ///
    /// # Errors
    /// `NotFound`; a refusal for a record that has no prices.
    pub fn price(&self, kind: &str, id: RecordId) -> Result<Sheet, Error> {
        let kind = declared(kind)?;
        if kind.field("total_amount").is_none() {
            return Err(Refusal::new("record.no_prices", format!("{} has no prices", a(kind.name))).into());
        }
        Ok(sheet::of(kind.name, &self.get(kind.name, id)?))
    }

    /// Products that go with a product, or with the lines of an opportunity, quote, order or invoice.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn suggest(&self, kind: &str, id: RecordId) -> Result<Vec<Suggestion>, Error> {
        let body = self.get(declared(kind)?.name, id)?;
        let products = if kind == "product" { vec![id] } else { suggest::products_of(&body) };
        self.store.read(move |connection| {
            let held = Held::new(connection);
            held.settle(suggest::of(&products, &held))
        })
    }

    /// The properties its lines still have to say before a quote can be activated.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn missing_properties(&self, kind: &str, id: RecordId) -> Result<Vec<MissingProperty>, Error> {
        let body = self.get(declared(kind)?.name, id)?;
        self.store.read(move |connection| {
            let held = Held::new(connection);
            held.settle(property::missing(&body, &held))
        })
    }

    /// Records that may be the same as this one: before it is created with its fields alone, later with its id.
    ///
    /// # Errors
    /// A refusal for a type that is none.
    pub fn duplicates(&self, kind: &str, id: Option<RecordId>, fields: &Map<String, Value>) -> Result<Vec<Duplicate>, Error> {
        let (kind, fields) = (declared(kind)?, fields.clone());
        self.store.read(move |connection| {
            let held = Held::new(connection);
            held.settle(duplicate::of(kind.name, id, &fields, &held))
        })
    }
}
