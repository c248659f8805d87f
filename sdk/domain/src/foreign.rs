//! How ids, amounts and times cross into Swift, Kotlin and Python; the generator turns each into the platform's own type.

use crate::ids::RecordId;
use crate::money;
use crate::time::{self, Timestamp};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

uniffi::custom_type!(RecordId, String, { lower: |id| id.to_string(), try_lift: |text| Ok(text.parse()?) });

uniffi::custom_type!(Uuid, String, { remote, lower: |id| id.to_string(), try_lift: |text| Ok(Uuid::try_parse(&text)?) });

uniffi::custom_type!(Decimal, String, {
    remote,
    lower: |amount| money::spell(amount),
    try_lift: |text| money::parse(&text).ok_or_else(|| uniffi::deps::anyhow::anyhow!("{text} is no amount")),
});

uniffi::custom_type!(NaiveDate, String, {
    remote,
    lower: |day| day.to_string(),
    try_lift: |text| time::parse_date(&text).ok_or_else(|| uniffi::deps::anyhow::anyhow!("{text} is no day")),
});

uniffi::custom_type!(Timestamp, SystemTime, { remote, lower: |at| to_system(at), try_lift: |at| Ok(from_system(at)) });

/// Moments before 1970 exist: somebody's birthday task.
fn to_system(at: Timestamp) -> SystemTime {
    let ms = at.timestamp_millis();
    let span = Duration::from_millis(ms.unsigned_abs());
    let moment = if ms < 0 { UNIX_EPOCH.checked_sub(span) } else { UNIX_EPOCH.checked_add(span) };
    moment.unwrap_or(UNIX_EPOCH)
}

/// To the nearest millisecond: a platform that keeps seconds as a fraction brings 0.123 as 0.12299….
fn from_system(at: SystemTime) -> Timestamp {
    const HALF: Duration = Duration::from_micros(500);
    let ms = match at.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.saturating_add(HALF).as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().saturating_add(HALF).as_millis()).unwrap_or(i64::MAX).saturating_neg(),
    };
    time::from_ms(ms)
}
