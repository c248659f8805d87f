//! The checks behind [`super::Field::check`]: length, range, format and spelling.

use super::{Field, Kind};
use crate::blob::BlobHash;
use crate::ids::{RecordId, RecordRef};
use crate::money;
use crate::refusal::Refusal;
use crate::time;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

pub(super) fn value(field: &Field, value: &Value) -> Result<Value, Refusal> {
    if value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()) {
        return if field.required { Err(refuse(field, "required", "is needed")) } else { Ok(Value::Null) };
    }
    match field.kind {
        Kind::Text { max } => text(field, value, max, false),
        Kind::LongText { max } => text(field, value, max, true),
        Kind::Email => email(field, value),
        Kind::Phone => phone(field, value),
        Kind::Url => text(field, value, 200, false),
        Kind::Bool => value.as_bool().map(Value::Bool).ok_or_else(|| refuse(field, "format", "is yes or no")),
        Kind::Integer { min, max } => integer(field, value, min, max),
        Kind::Decimal { scale } => decimal(field, value, scale, 0..=money::AMOUNT_MAX),
        Kind::Signed { scale } => decimal(field, value, scale, -money::AMOUNT_MAX..=money::AMOUNT_MAX),
        Kind::Percent { max } => decimal(field, value, PERCENT_SCALE, 0..=max),
        Kind::Date => date(field, value),
        Kind::Time => moment(field, value),
        Kind::Choice(words) => choice(field, value, words),
        Kind::Ref(types) => reference(field, value, types),
        Kind::Line => line(field, value),
        Kind::Blob => blob(field, value),
        Kind::Compound(parts) => compound(field, value, parts),
    }
}

/// Decimal places of a percentage.
const PERCENT_SCALE: u32 = 4;

pub(super) fn typed(field: &Field, typed: &str) -> Result<Value, Refusal> {
    let json = match field.kind {
        Kind::Bool => match typed.to_ascii_lowercase().as_str() {
            "yes" | "true" | "1" => Value::Bool(true),
            "no" | "false" | "0" => Value::Bool(false),
            "" => Value::Null,
            _ => return Err(refuse(field, "format", "is yes or no")),
        },
        Kind::Integer { .. } if !typed.is_empty() => {
            Value::from(typed.parse::<i64>().map_err(|_| refuse(field, "format", "is a whole number"))?)
        }
        Kind::Compound(_) if typed.starts_with('{') => {
            serde_json::from_str(typed).map_err(|_| refuse(field, "format", "is not valid JSON"))?
        }
        Kind::Compound(_) if !typed.is_empty() => super::set_part(field, None, None, typed)?,
        Kind::Text { .. }
        | Kind::LongText { .. }
        | Kind::Email
        | Kind::Phone
        | Kind::Url
        | Kind::Integer { .. }
        | Kind::Decimal { .. }
        | Kind::Signed { .. }
        | Kind::Percent { .. }
        | Kind::Date
        | Kind::Time
        | Kind::Choice(_)
        | Kind::Ref(_)
        | Kind::Line
        | Kind::Blob
        | Kind::Compound(_) => Value::from(typed),
    };
    value(field, &json)
}

fn refuse(field: &Field, code: &str, what: impl AsRef<str>) -> Refusal {
    Refusal::field(&format!("field.{code}"), field.name, format!("{} {}", field.name, what.as_ref()))
}

fn as_text<'v>(field: &Field, value: &'v Value) -> Result<&'v str, Refusal> {
    value.as_str().ok_or_else(|| refuse(field, "format", "is written as text"))
}

fn text(field: &Field, value: &Value, max: usize, lines: bool) -> Result<Value, Refusal> {
    let text = as_text(field, value)?;
    let text = if lines { text } else { text.trim() };
    let count = text.chars().count();
    if count > max {
        return Err(refuse(field, "too_long", format!("has {count} characters; at most {max} fit")));
    }
    if text.chars().any(|c| c.is_control() && !(lines && matches!(c, '\n' | '\t' | '\r'))) {
        return Err(refuse(field, "format", "holds characters that cannot be shown"));
    }
    Ok(Value::from(text))
}

fn email(field: &Field, value: &Value) -> Result<Value, Refusal> {
    let text = as_text(field, value)?.trim();
    let good = text.chars().count() <= 100
        && !text.contains(char::is_whitespace)
        && text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
        });
    // In one spelling, so that the same person is found however somebody typed it (INV-08).
    if good { Ok(Value::from(text.to_lowercase())) } else { Err(refuse(field, "format", "is not an e-mail address")) }
}

fn phone(field: &Field, value: &Value) -> Result<Value, Refusal> {
    let text = as_text(field, value)?.trim();
    let good = text.chars().count() <= 50 && text.chars().any(|c| c.is_ascii_digit()) && !text.contains(char::is_control);
    if good { Ok(Value::from(text)) } else { Err(refuse(field, "format", "is not a telephone number")) }
}

fn integer(field: &Field, value: &Value, min: i64, max: i64) -> Result<Value, Refusal> {
    let number = value.as_i64().ok_or_else(|| refuse(field, "format", "is a whole number"))?;
    if (min..=max).contains(&number) {
        Ok(Value::from(number))
    } else {
        Err(refuse(field, "range", format!("is between {min} and {max}")))
    }
}

fn decimal(field: &Field, value: &Value, scale: u32, within: RangeInclusive<i64>) -> Result<Value, Refusal> {
    let whole = value.as_i64().map(Decimal::from);
    let (least, most) = (*within.start(), *within.end());
    let out_of_range = || refuse(field, "range", format!("is between {least} and {most}"));
    let text = value.as_str().map(str::trim);
    let Some(number) = whole.or_else(|| text.and_then(money::parse)) else {
        let digits = text.map_or("", |text| text.trim_start_matches('-'));
        let huge = digits.len() > 1 && digits.bytes().all(|digit| digit.is_ascii_digit());
        return Err(if huge { out_of_range() } else { refuse(field, "format", "is a number such as 1250.50") });
    };
    let number = number.normalize();
    if number.scale() > scale {
        return Err(refuse(field, "format", format!("has at most {scale} decimal places")));
    }
    if number < Decimal::from(least) || number > Decimal::from(most) {
        return Err(out_of_range());
    }
    Ok(Value::from(money::spell(number)))
}

fn date(field: &Field, value: &Value) -> Result<Value, Refusal> {
    let text = as_text(field, value)?.trim();
    match time::parse_date(text) {
        Some(date) => Ok(Value::from(date.to_string())),
        None if time::is_day(text) => Err(refuse(field, "range", "is a day between 1900 and 2200")),
        None => Err(refuse(field, "format", format!("is a day written 2026-11-23, not \"{text}\""))),
    }
}

fn moment(field: &Field, value: &Value) -> Result<Value, Refusal> {
    match time::parse(as_text(field, value)?.trim()) {
        Some(at) => Ok(Value::from(time::spell(at))),
        None => Err(refuse(field, "format", "is a moment written 2026-11-23T09:30:00Z")),
    }
}

fn choice(field: &Field, value: &Value, words: &[&str]) -> Result<Value, Refusal> {
    let word = as_text(field, value)?.trim();
    if words.contains(&word) {
        return Ok(Value::from(word));
    }
    Err(refuse(field, "choice", format!("is one of {}", words.join(", "))))
}

fn reference(field: &Field, value: &Value, types: &[&str]) -> Result<Value, Refusal> {
    let text = as_text(field, value)?.trim();
    let expected = || refuse(field, "reference", format!("names a record of type {}", types.join(" or ")));
    if let [only] = types {
        let id = text.strip_prefix(only).and_then(|rest| rest.strip_prefix(':')).unwrap_or(text);
        return id.parse::<RecordId>().map(|id| Value::from(id.to_string())).map_err(|_| expected());
    }
    let target: RecordRef = text.parse().map_err(|_| expected())?;
    if types.contains(&target.kind.as_str()) { Ok(Value::from(target.to_string())) } else { Err(expected()) }
}

fn line(field: &Field, value: &Value) -> Result<Value, Refusal> {
    let id = as_text(field, value)?.trim().parse::<RecordId>();
    id.map(|id| Value::from(id.to_string())).map_err(|_| refuse(field, "reference", "is the id of a line"))
}

fn blob(field: &Field, value: &Value) -> Result<Value, Refusal> {
    match as_text(field, value)?.trim().parse::<BlobHash>() {
        Ok(hash) => Ok(Value::from(hash.to_string())),
        Err(_) => Err(refuse(field, "format", "is a SHA-256 in 64 lower-case hexadecimal digits")),
    }
}

fn compound(field: &Field, value: &Value, parts: &[Field]) -> Result<Value, Refusal> {
    let object = value.as_object().ok_or_else(|| refuse(field, "format", "has several parts"))?;
    let mut checked = Map::new();
    for part in parts {
        let given = object.get(part.name).unwrap_or(&Value::Null);
        let good = part.check(given).map_err(|r| inside(field, part, r))?;
        if !good.is_null() {
            checked.insert(part.name.to_owned(), good);
        }
    }
    for (name, unknown) in object.iter().filter(|(name, _)| !parts.iter().any(|part| part.name == name.as_str())) {
        checked.insert(name.clone(), unknown.clone());
    }
    match field.rule.filter(|rule| !(rule.holds)(&checked)) {
        Some(rule) => Err(Refusal::field(rule.code, field.name, format!("{} {}", field.name, rule.otherwise))),
        None => Ok(Value::Object(checked)),
    }
}

fn inside(field: &Field, part: &Field, refusal: Refusal) -> Refusal {
    let name = format!("{}.{}", field.name, part.name);
    Refusal { message: format!("{}.{}", field.name, refusal.message), field: Some(name), code: refusal.code }
}
