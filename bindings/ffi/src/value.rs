//! What a single field may hold, for filters, arguments of actions, history and inbox, where no struct stands around it.

use chrono::NaiveDate;
use fieldbook_domain::field::{Field, Kind};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::time::{self, Timestamp};
use fieldbook_domain::{key, money, record};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// What a field holds.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
pub enum FieldValue {
    /// Nothing.
    Empty,
    /// Text, or one of a field's words.
    Text {
        /// The text.
        value: String,
    },
    /// Yes or no.
    Flag {
        /// Which.
        value: bool,
    },
    /// A whole number.
    Number {
        /// The number.
        value: i64,
    },
    /// An amount of money or a quantity, exact.
    Amount {
        /// The amount.
        value: Decimal,
    },
    /// A calendar day.
    Day {
        /// The day.
        value: NaiveDate,
    },
    /// A moment.
    Moment {
        /// The moment.
        value: Timestamp,
    },
    /// A record, where the field says of which type.
    Link {
        /// Its id.
        value: RecordId,
    },
    /// A record of one of several types.
    Reference {
        /// The record.
        value: RecordRef,
    },
    /// Several values that stand together, and what only a newer app understands.
    Json {
        /// The JSON text.
        value: String,
    },
}

/// A field's name with what it holds.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct NamedValue {
    /// The field or argument; a part of a compound is written `field.part`.
    pub name: String,
    /// What it holds.
    pub value: FieldValue,
}

impl FieldValue {
    /// The value in the one spelling of JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Empty => Value::Null,
            Self::Text { value } => Value::from(value.as_str()),
            Self::Flag { value } => Value::from(*value),
            Self::Number { value } => Value::from(*value),
            Self::Amount { value } => Value::from(money::spell(*value)),
            Self::Day { value } => Value::from(value.to_string()),
            Self::Moment { value } => Value::from(time::spell(*value)),
            Self::Link { value } => Value::from(value.to_string()),
            Self::Reference { value } => Value::from(value.to_string()),
            Self::Json { value } => serde_json::from_str(value).unwrap_or_else(|_| Value::from(value.as_str())),
        }
    }

    /// Reads what a field of this declaration holds; what does not fit it is given as it is.
    #[must_use]
    pub fn of(field: Option<&Field>, value: &Value) -> Self {
        let text = value.as_str();
        let declared = match field.map(|field| field.kind) {
            Some(Kind::Decimal { .. } | Kind::Signed { .. } | Kind::Percent { .. }) => {
                text.and_then(money::parse).map(|value| Self::Amount { value })
            }
            Some(Kind::Date) => text.and_then(time::parse_date).map(|value| Self::Day { value }),
            Some(Kind::Time) => text.and_then(time::parse).map(|value| Self::Moment { value }),
            Some(Kind::Ref([_]) | Kind::Line) => text.and_then(|text| text.parse().ok()).map(|value| Self::Link { value }),
            Some(Kind::Ref(_)) => text.and_then(|text| text.parse().ok()).map(|value| Self::Reference { value }),
            _ => None,
        };
        declared.unwrap_or_else(|| Self::plain(value))
    }

    /// Reads what stands under a key of a record's document, `city` or `lines/<uuid>/price_per_unit`.
    #[must_use]
    pub fn under(kind: &str, register: &str, value: &Value) -> Self {
        let field = record::find(kind).and_then(|kind| match key::parse(kind, register) {
            key::Key::Field(field) => Some(field),
            key::Key::Child { declared, .. } => declared,
            key::Key::Action(_) | key::Key::Verdict(_) | key::Key::Alternative | key::Key::Unknown | key::Key::Malformed => None,
        });
        Self::of(field, value)
    }

    fn plain(value: &Value) -> Self {
        match value {
            Value::Null => Self::Empty,
            Value::Bool(value) => Self::Flag { value: *value },
            Value::String(text) => Self::Text { value: text.clone() },
            Value::Number(number) => match number.as_i64() {
                Some(value) => Self::Number { value },
                None => Self::Json { value: number.to_string() },
            },
            Value::Array(_) | Value::Object(_) => Self::Json { value: value.to_string() },
        }
    }
}

/// Named values as a JSON object; of two with one name the later counts.
pub(crate) fn object(values: &[NamedValue]) -> Map<String, Value> {
    values.iter().map(|named| (named.name.clone(), named.value.to_json())).collect()
}
