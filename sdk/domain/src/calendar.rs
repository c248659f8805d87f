//! Who is where on which day: what an appointment takes up of the calendars of those who come (INV-73).

use crate::ids::{RecordId, RecordRef};
use crate::key;
use crate::raw::{Raw, Scalar};
use crate::record::RecordType;
use crate::time::{self, Timestamp};
use serde_json::Value;

/// Days one appointment takes up at most; a longer one is looked up by its first days.
const DAYS_MAX: usize = 31;

/// From when to when an appointment takes place.
#[must_use]
pub fn span(raw: &Raw) -> Option<(Timestamp, Timestamp)> {
    let when = raw.get("when")?.to_json();
    let moment = |name: &str| when.get(name).and_then(Value::as_str).and_then(time::parse);
    moment("start").zip(moment("end"))
}

/// Who comes to an appointment: whoever keeps it, and those invited.
#[must_use]
pub fn people(raw: &Raw) -> Vec<RecordRef> {
    let owner = raw.text("owner").and_then(|owner| owner.parse().ok());
    let party = |id: RecordId| raw.text(&key::child("attendees", id, "party"))?.parse().ok();
    let mut people: Vec<RecordRef> = owner.into_iter().chain(raw.children("attendees").into_iter().filter_map(party)).collect();
    people.retain(|person: &RecordRef| ["user", "contact"].contains(&person.kind.as_str()));
    people.sort();
    people.dedup();
    people
}

/// The pages of calendars an appointment stands on, one for each person and day; pages are no records, they only have names.
#[must_use]
pub fn pages(kind: &RecordType, raw: &Raw) -> Vec<RecordRef> {
    if kind.name != "appointment" || !matches!(raw.get("when"), Some(Scalar::Str(_))) {
        return Vec::new();
    }
    let Some((start, end)) = span(raw) else { return Vec::new() };
    let days: Vec<_> = start.date_naive().iter_days().take_while(|day| *day <= end.date_naive()).take(DAYS_MAX).collect();
    let page = |person: &RecordRef, day: &chrono::NaiveDate| RecordRef::new("calendar", person.id.derived(&day.to_string()));
    people(raw).iter().flat_map(|person| days.iter().map(move |day| page(person, day))).collect()
}
