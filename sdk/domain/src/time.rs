//! Points in time as people and documents write them. No function here reads a clock.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

/// A moment in UTC, to the millisecond.
pub type Timestamp = DateTime<Utc>;

/// How far a device's clock may be ahead before it is flagged (INV-80).
pub const CLOCK_TOLERANCE_MS: i64 = 10 * 60 * 1000;

/// The moment `ms` milliseconds after 1970; moments no calendar can show become 1970.
#[must_use]
pub fn from_ms(ms: i64) -> Timestamp {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

/// The one spelling of a moment in documents, JSON and SQL: RFC 3339 in UTC with milliseconds.
#[must_use]
pub fn spell(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads a moment from RFC 3339, or from a plain date (its midnight in UTC).
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    parse_date(text).and_then(|date| date.and_hms_opt(0, 0, 0)).map(|at| at.and_utc())
}

/// Reads a calendar day written `2026-11-23`, between the years 1900 and 2200: others are typing errors.
#[must_use]
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    use chrono::Datelike;
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (text.len() == 10 && (1900..=2200).contains(&date.year())).then_some(date)
}

/// Whether the text is a calendar day at all, however long ago or far ahead.
#[must_use]
pub(crate) fn is_day(text: &str) -> bool {
    text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

/// The calendar day of a moment given in milliseconds, in UTC.
#[must_use]
pub fn date_of(ms: i64) -> NaiveDate {
    from_ms(ms).date_naive()
}
