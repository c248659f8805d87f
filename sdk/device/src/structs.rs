//! Records that come as structs, into the fields every mechanism works on.

use fieldbook_domain::record::RecordType;
use serde_json::{Map, Value};

use crate::error::Error;

/// What serde made of a record's struct, as its fields.
///
/// # Errors
/// `ConvertRecord` where it is no object.
pub fn fields(kind: &'static RecordType, made: Result<Value, serde_json::Error>) -> Result<Map<String, Value>, Error> {
    match made {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Error::ConvertRecord { kind: kind.name, reason: "it is no object".to_owned() }),
        Err(error) => Err(Error::ConvertRecord { kind: kind.name, reason: error.to_string() }),
    }
}

/// Only the fields that hold something: a struct spells out what it does not hold.
#[must_use]
pub fn filled(mut fields: Map<String, Value>) -> Map<String, Value> {
    fields.retain(|_, value| !is_empty(value));
    fields
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}
