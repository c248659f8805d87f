//! Values out of dice: what a field may hold says what is typed into it.

use crate::seed::Numbers;
use chrono::{Days, NaiveDate};
use fieldbook_domain::field::{Field, Freeze, Kind};
use fieldbook_domain::ids::RecordRef;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What there is to draw from.
pub(super) struct Scene<'s> {
    /// What the phone shows.
    pub(super) shown: &'s BTreeMap<RecordRef, String>,
    /// The lines of the record.
    pub(super) lines: Vec<String>,
    /// How many words were typed so far: each is typed once.
    pub(super) words: &'s mut usize,
}

/// Whether a person types into it.
pub(super) fn typed(field: &Field) -> bool {
    field.freeze != Freeze::Server && !field.computed && !matches!(field.kind, Kind::Blob)
}

/// Whether a record in this spelling was deleted.
pub(super) fn is_deleted(body: &str) -> bool {
    body.contains("\"deleted\":true")
}

/// The children of a record.
pub(super) fn children<'b>(body: &'b Map<String, Value>, collection: &str) -> impl Iterator<Item = &'b Map<String, Value>> {
    body.get(collection).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// A value for a field, nothing where there is none to be had. `current` is what it holds.
pub(super) fn value(field: &Field, current: Option<&Value>, dice: &mut Numbers, scene: &mut Scene<'_>) -> Value {
    match field.kind {
        Kind::Text { max } => Value::from(word(scene).chars().take(max).collect::<String>()),
        Kind::LongText { .. } => {
            let before = current.and_then(Value::as_str).unwrap_or("");
            Value::from(format!("{before}{} ", word(scene)))
        }
        Kind::Email => Value::from(format!("{}@example.com", word(scene))),
        Kind::Phone => Value::from(format!("+46 70 {}", word(scene))),
        Kind::Url => Value::from(format!("https://example.com/{}", word(scene))),
        Kind::Bool => Value::Bool(dice.one_in(2)),
        Kind::Integer { min, max } => {
            let span = usize::try_from(max.saturating_sub(min)).unwrap_or(0).min(99);
            Value::from(min.saturating_add(i64::try_from(dice.below(span + 1)).unwrap_or(0)))
        }
        Kind::Decimal { scale } => amount(1 + dice.below(999), if scale > 0 { dice.below(100) } else { 0 }),
        Kind::Signed { scale } => {
            let number = amount(dice.below(999), if scale > 0 { dice.below(100) } else { 0 });
            let below = dice.one_in(2) && number.as_str() != Some("0");
            if below { Value::from(format!("-{}", number.as_str().unwrap_or("1"))) } else { number }
        }
        Kind::Percent { max } => {
            let most = usize::try_from(max).unwrap_or(100);
            let most = if dice.one_in(5) { most } else { most.min(12) };
            amount(dice.below(most), 0)
        }
        Kind::Date => Value::from(day(field, dice).to_string()),
        Kind::Time => Value::from(format!("{}T{:02}:00:00Z", day(field, dice), dice.below(24))),
        Kind::Choice(words) => {
            // Of a long list, mostly the same few: they have to go together with those of other records.
            let few = if words.len() > 8 && !dice.one_in(8) { 2 } else { words.len() };
            words.get(dice.below(few)).map_or(Value::Null, |word| Value::from(*word))
        }
        Kind::Ref(types) => {
            let found = known(types, dice, scene.shown);
            found.map_or(Value::Null, |target| {
                Value::from(if types.len() == 1 { target.id.to_string() } else { target.to_string() })
            })
        }
        Kind::Line => scene.lines.get(dice.below(scene.lines.len())).map_or(Value::Null, |line| Value::from(line.clone())),
        Kind::Blob => Value::Null,
        Kind::Compound(parts) => {
            let mut filled = Map::new();
            for (place, part) in parts.iter().enumerate() {
                if place == 0 || part.required || !dice.one_in(3) {
                    let value = value(part, None, dice, scene);
                    if !value.is_null() {
                        filled.insert(part.name.to_owned(), value);
                    }
                }
            }
            if filled.is_empty() { Value::Null } else { Value::Object(filled) }
        }
    }
}

/// A child of a record.
pub(super) fn child(fields: &[Field], dice: &mut Numbers, scene: &mut Scene<'_>) -> Map<String, Value> {
    let mut child = Map::new();
    child.insert("id".to_owned(), Value::from(Uuid::from_u64_pair(dice.next(), dice.next()).to_string()));
    for field in fields.iter().filter(|field| typed(field)) {
        if field.required || !dice.one_in(3) {
            child.insert(field.name.to_owned(), value(field, None, dice, scene));
        }
    }
    child
}

/// A record of one of these types that the phone shows, mostly one of the first there were.
pub(super) fn known(types: &[&str], dice: &mut Numbers, shown: &BTreeMap<RecordRef, String>) -> Option<RecordRef> {
    let there = |target: &&RecordRef| types.contains(&target.kind.as_str());
    let found: Vec<&RecordRef> =
        shown.iter().filter(|(_, body)| !is_deleted(body)).map(|(target, _)| target).filter(there).collect();
    let most = 1 + dice.below(found.len());
    found.get(dice.below(most)).map(|target| (*target).clone())
}

fn word(scene: &mut Scene<'_>) -> String {
    *scene.words += 1;
    format!("w{:05}", scene.words)
}

fn amount(whole: usize, cents: usize) -> Value {
    Value::from(if cents == 0 { whole.to_string() } else { format!("{whole}.{cents:02}") })
}

/// A day within two months of the Monday the stories start on.
fn day(field: &Field, dice: &mut Numbers) -> NaiveDate {
    let start = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap_or_default();
    let apart = Days::new(dice.below(60) as u64);
    let day = if field.past || dice.one_in(2) { start.checked_sub_days(apart) } else { start.checked_add_days(apart) };
    day.unwrap_or(start)
}
