//! How ids, amounts and times cross into Swift, Kotlin and Python; the generator turns each into the platform's own type.

use crate::ids::RecordId;
use crate::money;
use crate::time::{self, Timestamp};
use chrono::NaiveDate;
use rust_decimal::Decimal;
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

/// What the domain says in words of its own: a text for the app, and nothing an app could give.
type FixedText = &'static str;

uniffi::custom_type!(FixedText, String, {
    remote,
    lower: |text| text.to_owned(),
    try_lift: |text| Err(uniffi::deps::anyhow::anyhow!("these words are not the domain's own: {text}")),
});

// Milliseconds since 1970, not uniffi's own moments: those lose the sign of the last second before 1970.
uniffi::custom_type!(Timestamp, i64, {
    remote,
    lower: |at| at.timestamp_millis(),
    try_lift: |ms| Timestamp::from_timestamp_millis(ms).ok_or_else(|| uniffi::deps::anyhow::anyhow!("no calendar shows {ms} ms")),
});
