//! What a list shows, as the typed queries of each language spell it.

use fieldbook_device::{Direction, Query};

use crate::value::NamedValue;

/// What a list shows: one record type, filtered, sorted, a stretch of it. Deleted records never.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct RecordQuery {
    /// The record type.
    pub kind: String,
    /// What the records must hold; `Empty` asks for nothing in the field.
    #[uniffi(default)]
    pub filters: Vec<NamedValue>,
    /// What to sort by; else by id, which follows the time of creation.
    #[uniffi(default)]
    pub sort: Option<String>,
    /// Largest first.
    #[uniffi(default)]
    pub descending: bool,
    /// How many at most.
    #[uniffi(default)]
    pub limit: Option<u32>,
    /// How many to pass over.
    #[uniffi(default)]
    pub offset: u32,
}

impl From<RecordQuery> for Query {
    fn from(query: RecordQuery) -> Self {
        let direction = if query.descending { Direction::Descending } else { Direction::Ascending };
        let number = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        Self {
            kind: query.kind,
            filters: query.filters.into_iter().map(|filter| (filter.name, filter.value.to_json())).collect(),
            sort: query.sort.map(|field| (field, direction)),
            limit: query.limit.map(number),
            offset: number(query.offset),
        }
    }
}
