//! Reads the structs of records out of JSON.
//!
//! What serde would derive is written out anew for every struct, twice, and was the largest part of the phone's library. Here a
//! field costs one call of a function that all fields of its type share (ADR 0013).

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::{Error, Map, Value};

/// What a struct is read from; what nobody asks for is left out, as by serde.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn new(body: Map<String, Value>) -> Self {
        Self(body)
    }

    /// The value of a field that must be there.
    #[inline(never)]
    pub(crate) fn required<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T, Error> {
        let value = self.0.get_mut(name).ok_or_else(|| Error::missing_field(name))?;
        serde_json::from_value(value.take())
    }

    /// Puts the value of a field into its place, which stays as it is where there is none.
    #[inline(never)]
    pub(crate) fn fill<T: DeserializeOwned>(&mut self, name: &'static str, place: &mut T) -> Result<(), Error> {
        if let Some(value) = self.0.get_mut(name) {
            *place = serde_json::from_value(value.take())?;
        }
        Ok(())
    }
}

/// A struct out of any format, by way of its fields.
pub(crate) fn structure<'de, T, D: Deserializer<'de>>(format: D, read: fn(Fields) -> Result<T, Error>) -> Result<T, D::Error> {
    read(Fields::deserialize(format)?).map_err(D::Error::custom)
}
