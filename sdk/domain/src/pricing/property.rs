//! What is asked about a product when it is sold: definitions inherited from its families, values on the lines.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use crate::action::Records;
use crate::body::{Body, children, id, read, text};
use crate::field::decimal;
use crate::ids::RecordId;
use crate::lifecycle::Attempt;
use crate::money;
use crate::record::catalogue::Product;
use crate::refusal::Refusal;

/// The most families above one another.
pub const FAMILIES_MAX: usize = 10;

/// The properties of a product: its own first, then what its families hand on under other names.
#[must_use]
pub fn definitions(product: RecordId, records: &dyn Records) -> Vec<Body> {
    let mut found: Vec<Body> = Vec::new();
    let mut next = Some(product);
    for _ in 0..=FAMILIES_MAX {
        let Some(body) = next.and_then(|id| read::<Product>(id, records)) else { break };
        for definition in children(&body, "properties") {
            if !found.iter().any(|known| known.get("name") == definition.get("name")) {
                found.push(definition.clone());
            }
        }
        next = id(&body, "parent_family");
    }
    found
}

/// Brings a value to its one spelling, or says why the property cannot have it.
///
/// # Errors
/// A refusal with the code `property.format`, `.range`, `.choice` or `.too_long`.
pub fn check(definition: &Body, value: &str) -> Result<String, Refusal> {
    let name = text(definition, "name").unwrap_or("the property").to_owned();
    let refuse = |code: &str, what: String| Refusal::field(&format!("property.{code}"), &name, format!("{name} {what}"));
    let value = value.trim();
    match text(definition, "data_type") {
        Some("option_set") => {
            let words: Vec<&str> = text(definition, "options").unwrap_or("").split(';').map(str::trim).collect();
            let known = words.iter().find(|word| **word == value);
            known.map(|word| (*word).to_owned()).ok_or_else(|| refuse("choice", format!("is one of {}", words.join(", "))))
        }
        Some("decimal" | "whole_number") => number(definition, value, &refuse),
        _ => {
            let most = definition.get("max_length").and_then(Value::as_u64).unwrap_or(4_000);
            let long = u64::try_from(value.chars().count()).unwrap_or(u64::MAX) > most;
            if long { Err(refuse("too_long", format!("has at most {most} characters"))) } else { Ok(value.to_owned()) }
        }
    }
}

fn number(definition: &Body, value: &str, refuse: &dyn Fn(&str, String) -> Refusal) -> Result<String, Refusal> {
    let whole = text(definition, "data_type") == Some("whole_number");
    let number = money::parse(value).ok_or_else(|| refuse("format", "is a number".to_owned()))?.normalize();
    let places = if whole { 0 } else { definition.get("precision").and_then(Value::as_u64).unwrap_or(5) };
    if u64::from(number.scale()) > places {
        return Err(refuse("format", format!("has at most {places} decimal places")));
    }
    let bound = |name: &str| decimal(definition.get(name));
    let (least, most): (Option<Decimal>, Option<Decimal>) = (bound("min_value"), bound("max_value"));
    if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
        let spelled = |bound: Option<Decimal>| bound.map_or("any".to_owned(), money::spell);
        return Err(refuse("range", format!("is between {} and {}", spelled(least), spelled(most))));
    }
    Ok(money::spell(number))
}

/// What a line of a quote still has to say about its product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct MissingProperty {
    /// The line.
    pub line: RecordId,
    /// The name of the property.
    pub property: String,
}

/// What the lines of a record still have to say before its quote can be activated.
#[must_use]
pub fn missing(record: &Body, records: &dyn Records) -> Vec<MissingProperty> {
    let said = |line: RecordId, property: &str| {
        children(record, "properties").any(|value| {
            id(value, "line") == Some(line) && text(value, "name") == Some(property) && text(value, "value").is_some()
        })
    };
    let mut missing = Vec::new();
    for line in children(record, "lines") {
        let (Some(line), Some(product)) = (id(line, "id"), id(line, "product")) else { continue };
        for definition in definitions(product, records) {
            let name = text(&definition, "name").unwrap_or("");
            let asked = flag(&definition, "required") && text(&definition, "default_value").is_none();
            if asked && !said(line, name) {
                missing.push(MissingProperty { line, property: name.to_owned() });
            }
        }
    }
    missing
}

/// Whether every required property has its value.
pub(crate) fn complete(attempt: &Attempt<'_>) -> bool {
    attempt.around.is_none_or(|records| missing(attempt.record, records).is_empty())
}

fn flag(body: &Body, name: &str) -> bool {
    body.get(name).and_then(Value::as_bool).unwrap_or(false)
}
