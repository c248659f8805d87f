//! What is asked about a product when it is sold: definitions inherited from its families, values on the lines.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use crate::action::Records;
use crate::body::{Body, children, id, part, read, state, text};
use crate::field::decimal;
use crate::ids::RecordId;
use crate::lifecycle::Attempt;
use crate::money;
use crate::record::catalogue::Product;
use crate::refusal::Refusal;

/// The most families above one another.
pub(crate) const FAMILIES_MAX: usize = 10;

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
/// A refusal with the code `property.format`, `.range`, `.choice`, `.too_long` or `.read_only`.
pub fn check(definition: &Body, value: &str) -> Result<String, Refusal> {
    let spelled = spell(definition, value)?;
    let fixed = text(definition, "default_value").filter(|_| flag(definition, "read_only"));
    match fixed.filter(|fixed| spell(definition, fixed).is_ok_and(|fixed| fixed != spelled)) {
        Some(fixed) => Err(refusal(definition, "read_only", &format!("stays {fixed}"))),
        None => Ok(spelled),
    }
}

/// Whether a value is one the definition allows.
pub(crate) fn fits(definition: &Body, value: &str) -> bool {
    spell(definition, value).is_ok()
}

fn refusal(definition: &Body, code: &str, what: &str) -> Refusal {
    let name = text(definition, "name").unwrap_or("the property");
    Refusal::field(&format!("property.{code}"), name, format!("{name} {what}"))
}

fn spell(definition: &Body, value: &str) -> Result<String, Refusal> {
    let refuse = |code: &str, what: String| refusal(definition, code, &what);
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

/// The names of the properties a product needs a value of, its families' included.
#[must_use]
pub(super) fn required(product: RecordId, records: &dyn Records) -> Vec<String> {
    let asked = definitions(product, records).into_iter().filter(is_asked);
    asked.filter_map(|definition| text(&definition, "name").map(str::to_owned)).collect()
}

fn is_asked(definition: &Body) -> bool {
    flag(definition, "required") && text(definition, "default_value").is_none() && text(definition, "state") != Some("draft")
}

/// What the lines of a record still have to say before its quote can be activated. Of a version that came after a line was
/// priced, the line says nothing (INV-48).
#[must_use]
pub fn missing(record: &Body, records: &dyn Records) -> Vec<MissingProperty> {
    let said = |line: RecordId, property: &str| {
        children(record, "properties").any(|value| {
            id(value, "line") == Some(line) && text(value, "name") == Some(property) && text(value, "value").is_some()
        })
    };
    let mut missing = Vec::new();
    for body in children(record, "lines") {
        let (Some(line), Some(product)) = (id(body, "id"), id(body, "product")) else { continue };
        let earlier = is_of_earlier_version(body, records);
        let asks = |name: &str| !earlier || part(body, "basis", "asks").unwrap_or("").split(';').any(|asked| asked == name);
        let wanted = required(product, records).into_iter().filter(|name| asks(name) && !said(line, name));
        missing.extend(wanted.map(|property| MissingProperty { line, property }));
    }
    missing
}

/// Whether a line was priced as a version of its product that is not the newest, or will not be: one is being worked on.
pub(crate) fn is_of_earlier_version(line: &Body, records: &dyn Records) -> bool {
    let priced = line.get("basis").and_then(|basis| basis.get("version")).and_then(Value::as_i64);
    let product = id(line, "product").and_then(|product| read::<Product>(product, records));
    let Some((priced, product)) = priced.zip(product) else { return false };
    let newest = product.get("version").and_then(Value::as_i64);
    state(&product) == "under_revision" || newest.is_some_and(|newest| priced < newest)
}

/// Whether every required property has its value.
pub(crate) fn complete(attempt: &Attempt<'_>) -> bool {
    attempt.around.is_none_or(|records| missing(attempt.record, records).is_empty())
}

fn flag(body: &Body, name: &str) -> bool {
    body.get(name).and_then(Value::as_bool).unwrap_or(false)
}
