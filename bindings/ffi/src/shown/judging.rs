//! What an app is shown of the judge: offers, the review queue, flags, forecasts.

use fieldbook_device as device;
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::judge::Salvage;
use fieldbook_domain::raw::Outcome;
use fieldbook_domain::time::{self, Timestamp};
use uuid::Uuid;

use super::named;
use crate::value::NamedValue;

/// Something an item of the inbox may offer.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SalvageOffer {
    /// The name a decision carries.
    pub name: String,
    /// What a person reads on the button, in English.
    pub says: String,
    /// What it does, in English.
    pub does: String,
}

impl From<&Salvage> for SalvageOffer {
    fn from(offer: &Salvage) -> Self {
        Self { name: offer.name.to_owned(), says: offer.says.to_owned(), does: offer.does.to_owned() }
    }
}

/// What was done about an item of the inbox, or would be.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SalvageDone {
    /// The item.
    pub item: Uuid,
    /// What it offers: the name of a `SalvageOffer`.
    pub salvage: String,
    /// What was done, in plain words.
    pub did: String,
    /// The records that were written.
    pub records: Vec<RecordRef>,
    /// Whether the office does it, or a part of it, so that it needs a connection.
    pub office: bool,
    /// It was done before, and was not done again.
    pub already: bool,
}

impl From<device::Salvaged> for SalvageDone {
    fn from(done: device::Salvaged) -> Self {
        let device::Salvaged { item, salvage, did, records, office, already } = done;
        Self { item, salvage, did, records, office, already }
    }
}

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

/// Something of a record that deserves a look.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RecordFlag {
    /// Identifies what should hold, `type.what`.
    pub name: String,
    /// The rule.
    pub rule: String,
    /// The field to look at.
    pub field: String,
    /// What should hold.
    pub says: String,
}

impl From<device::Flag> for RecordFlag {
    fn from(flag: device::Flag) -> Self {
        let owned = str::to_owned;
        Self { name: owned(flag.name), rule: owned(flag.rule), field: owned(flag.field), says: owned(flag.says) }
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
