//! Rollup queries: what a record must hold to count.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::{at, number, text};
use crate::ids::RecordRef;

/// A rollup query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Filter {
    entity: String,
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug, PartialEq)]
struct Condition {
    field: String,
    operator: String,
    value: String,
}

impl Filter {
    /// Reads a record of the type `rollup_query`.
    pub(super) fn read(body: &Map<String, Value>) -> Self {
        let word = |body: &Map<String, Value>, name: &str| text(body, name).unwrap_or_default().to_owned();
        let children = body.get("conditions").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
        let conditions = children.map(|child| Condition {
            field: word(child, "field"),
            operator: word(child, "operator"),
            value: word(child, "value"),
        });
        Self { entity: word(body, "entity"), conditions: conditions.collect() }
    }

    /// Whether a record counts: one of another type does not.
    pub(super) fn takes(&self, entity: &str, body: &Map<String, Value>) -> bool {
        self.entity == entity && self.conditions.iter().all(|condition| condition.holds(body))
    }
}

impl Condition {
    /// A comparison this version does not know is never true.
    fn holds(&self, body: &Map<String, Value>) -> bool {
        let held = at(body, &self.field);
        match self.operator.as_str() {
            "null" => held.is_none(),
            "not_null" => held.is_some(),
            "ne" => held.is_none_or(|held| !self.equals(held)),
            "eq" => held.is_some_and(|held| self.equals(held)),
            "contains" => held.and_then(Value::as_str).is_some_and(|text| folded(text).contains(&folded(&self.value))),
            "gt" => held.is_some_and(|held| self.compare(held) == Some(Ordering::Greater)),
            "ge" => held.is_some_and(|held| self.compare(held).is_some_and(Ordering::is_ge)),
            "lt" => held.is_some_and(|held| self.compare(held) == Some(Ordering::Less)),
            "le" => held.is_some_and(|held| self.compare(held).is_some_and(Ordering::is_le)),
            _ => false,
        }
    }

    fn equals(&self, held: &Value) -> bool {
        // A reference to one of several types is `type:id`; its id alone will do.
        let target = held.as_str().and_then(|text| text.parse::<RecordRef>().ok());
        target.is_some_and(|target| target.id.to_string() == self.value) || self.compare(held) == Some(Ordering::Equal)
    }

    /// Numbers as numbers, all else as text: days and moments are spelled so that their text sorts as they do.
    fn compare(&self, held: &Value) -> Option<Ordering> {
        match held {
            Value::Bool(yes) => Some(if *yes { "true" } else { "false" }.cmp(spelled_bool(&self.value)?)),
            Value::String(text) => match (number(held), number(&Value::from(self.value.as_str()))) {
                (Some(held), Some(wanted)) => Some(held.cmp(&wanted)),
                _ => Some(text.as_str().cmp(self.value.as_str())),
            },
            Value::Number(_) => Some(number(held)?.cmp(&number(&Value::from(self.value.as_str()))?)),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

fn spelled_bool(word: &str) -> Option<&'static str> {
    match word {
        "yes" | "true" | "1" => Some("true"),
        "no" | "false" | "0" => Some("false"),
        _ => None,
    }
}

fn folded(text: &str) -> String {
    text.to_lowercase()
}
