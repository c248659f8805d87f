//! A record an import wants: its id, its fields and what is done to it, ready to be written as one bundle.

use super::report::Place;
use fieldbook_domain::ids::RecordId;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Every id an import makes derives from this one.
const NAMESPACE: RecordId = RecordId(Uuid::from_u128(0x1f0b_91c4_6a1e_5d52_9c37_e1b7_0d2f_8a46));

/// A record to make, unless it is there already.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    /// The record type.
    pub(crate) kind: &'static str,
    /// Its id.
    pub(crate) id: RecordId,
    /// Its fields.
    pub(crate) fields: Map<String, Value>,
    /// What is done to it in the same bundle.
    pub(crate) action: Option<(&'static str, Map<String, Value>)>,
    /// The row it comes from.
    pub(crate) place: Place,
    /// Whether it is what the row is about, not something the row only mentions.
    pub(crate) own: bool,
    /// What it adds to the pipeline: a state and a value.
    pub(crate) worth: Option<(&'static str, Decimal)>,
}

impl Planned {
    /// The record a row is about.
    pub(crate) fn of_row(kind: &'static str, id: RecordId, fields: Map<String, Value>, place: Place) -> Self {
        Planned { kind, id, fields, action: None, place, own: true, worth: None }
    }

    /// A record a row mentions.
    pub(crate) fn mentioned(kind: &'static str, id: RecordId, fields: Map<String, Value>, place: Place) -> Self {
        Planned { own: false, ..Planned::of_row(kind, id, fields, place) }
    }
}

/// The id of the record of this type and name, equal on every phone that imports it.
pub(crate) fn id(kind: &str, name: &str) -> RecordId {
    NAMESPACE.derived(&format!("crm-sales-opportunities/{kind}/{name}"))
}

/// Fields from name and value, leaving out those that hold nothing.
pub(crate) fn fields<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    let filled = pairs.into_iter().filter(|(_, value)| !value.is_null() && value.as_str() != Some(""));
    filled.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A reference as a field of several types holds it.
pub(crate) fn reference(kind: &str, id: RecordId) -> Value {
    Value::from(format!("{kind}:{id}"))
}

/// A reference as a field of one type holds it.
pub(crate) fn id_value(id: RecordId) -> Value {
    Value::from(id.to_string())
}

#[cfg(test)]
mod tests {
    use super::id;

    #[test]
    fn the_same_name_gives_the_same_id_everywhere() {
        assert_eq!(id("user", "Anna Snelling").to_string(), "4f318a70-66d2-548a-a499-9f8a426d1ea9");
        assert_ne!(id("user", "Anna Snelling"), id("user", "Cecily Lampkin"));
        assert_ne!(id("user", "Anna Snelling"), id("account", "Anna Snelling"));
    }
}
