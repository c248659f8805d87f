//! What an app is shown of the judge: the review queue, forecasts.

use fieldbook_device as device;
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::raw::Outcome;
use fieldbook_domain::time::{self, Timestamp};
use uuid::Uuid;

use super::named;
use crate::value::NamedValue;

/// Something that waits for somebody's word.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct ReviewItem {
    /// Identifies it; the same as the item of the inbox.
    pub id: Uuid,
    /// The rule that holds it back.
    pub rule: String,
    /// The record.
    pub record: RecordRef,
    /// The record's name for people.
    pub title: String,
    /// The question.
    pub asks: String,
    /// What can be answered.
    pub choices: Vec<ReviewChoice>,
    /// Whose work it is.
    pub author: RecordRef,
    /// What they are called, where the book knows.
    pub author_name: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// Why it is held back, in plain words.
    pub message: String,
    /// What waits, record by record.
    pub held: Vec<HeldRecord>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ReviewChoice {
    /// The word for it.
    pub name: String,
    /// What it means.
    pub says: String,
}

/// What waits of one record.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct HeldRecord {
    /// The record.
    pub record: RecordRef,
    /// Its name for people, where the book holds it.
    pub title: Option<String>,
    /// Whether the record itself waits, with all that is in it.
    pub created: bool,
    /// What was done.
    pub actions: Vec<String>,
    /// What was typed.
    pub fields: Vec<NamedValue>,
}

impl From<device::ReviewItem> for ReviewItem {
    fn from(item: device::ReviewItem) -> Self {
        let choice = |choice: device::ReviewChoice| ReviewChoice { name: choice.name, says: choice.says };
        Self {
            id: item.id,
            rule: item.rule,
            record: item.record,
            title: item.title,
            asks: item.asks,
            choices: item.choices.into_iter().map(choice).collect(),
            author: RecordRef::new("user", item.author),
            author_name: item.author_name,
            since: time::from_ms(item.since_ms),
            message: item.message,
            held: item.held.into_iter().map(HeldRecord::from).collect(),
        }
    }
}

impl From<device::HeldRecord> for HeldRecord {
    fn from(held: device::HeldRecord) -> Self {
        let device::HeldRecord { record, title, created, actions, fields } = held;
        Self { fields: named(&record.kind, &fields), record, title, created, actions }
    }
}

/// A record as this book held it before the server was put back, where that is more than the record shows now.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Aside {
    /// The record.
    pub record: RecordRef,
    /// What it was called.
    pub title: String,
    /// When it was set aside, by the phone's clock.
    pub at: Timestamp,
    /// What it held and the record does not show now.
    pub fields: Vec<NamedValue>,
}

impl From<device::Aside> for Aside {
    fn from(aside: device::Aside) -> Self {
        let device::Aside { record, title, at_ms, fields } = aside;
        Self { fields: named(&record.kind, &fields), record, title, at: time::from_ms(at_ms) }
    }
}

/// What the office would decide about an action, if nothing else has happened there.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Forecast {
    /// What would become of it.
    pub outcome: Outcome,
    /// The rule that would decide, unless it would simply be accepted.
    pub rule: Option<String>,
    /// What its author would be told.
    pub message: Option<String>,
    /// When this phone last had everything the office had: what happened since is not looked at.
    pub as_of: Option<Timestamp>,
}

impl From<device::Forecast> for Forecast {
    fn from(forecast: device::Forecast) -> Self {
        let device::Forecast { outcome, rule, message, decisions: _, as_of_ms } = forecast;
        Self { outcome, rule, message, as_of: as_of_ms.map(time::from_ms) }
    }
}
