//! What an app is shown besides records: session, status, history, inbox, prices. Times are the platform's own.

use fieldbook_device as device;
use fieldbook_domain::action::Available;
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::permission::Role;
use fieldbook_domain::refusal::Refusal;
use fieldbook_domain::time::{self, Timestamp};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::value::{FieldValue, NamedValue};

mod customer;
mod goal;
mod inbox;
mod judging;

pub use customer::{AccountReport, Revenue};
pub use goal::GoalProgress;
pub use inbox::{Decision, InboxContent, InboxItem, RefusedRecord};
pub use judging::{Aside, Forecast, HeldRecord, ReviewChoice, ReviewItem};

/// Somebody signed in.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Session {
    /// The address of the server.
    pub server: String,
    /// The organisation.
    pub org: String,
    /// The user; work of theirs names them.
    pub user: RecordRef,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// When the token ends, if it says.
    pub expires_at: Option<Timestamp>,
}

impl From<device::Session> for Session {
    fn from(session: device::Session) -> Self {
        Self {
            server: session.server,
            org: session.org,
            user: RecordRef::new("user", session.user),
            name: session.name,
            role: session.role,
            expires_at: session.expires_ms.map(time::from_ms),
        }
    }
}

/// How many records of a type the book holds.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RecordCount {
    /// The record type.
    pub kind: String,
    /// How many that are not deleted.
    pub count: i64,
}

/// A record that could not take what arrived for it; what arrived is kept.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Damage {
    /// The record.
    pub record: RecordRef,
    /// Why.
    pub reason: String,
}

/// How far the book has come in one of the server's logs.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct LogPosition {
    /// The log.
    pub scope: String,
    /// The last entry held.
    pub position: i64,
}

/// What is going on with the book.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Status {
    /// Whether somebody is signed in.
    pub signed_in: bool,
    /// The address of the server.
    pub server: Option<String>,
    /// The organisation.
    pub org: Option<String>,
    /// The user.
    pub user: Option<RecordRef>,
    /// What they are called.
    pub user_name: Option<String>,
    /// What they may do.
    pub role: Option<Role>,
    /// The device as the server knows it.
    pub device: Uuid,
    /// What its owner calls it.
    pub device_name: String,
    /// The name the device writes under, in hexadecimal.
    pub actor: String,
    /// Pieces of work the server has not answered.
    pub pending: i64,
    /// Pieces of work the server would not take, kept in the inbox.
    pub refused: i64,
    /// Attached files the server does not have yet.
    pub uploads: i64,
    /// Bytes they have together.
    pub upload_bytes: i64,
    /// How many of them the server did not take so far; they are offered again at every sync.
    pub uploads_refused: i64,
    /// When everything the server had was last stored.
    pub last_sync: Option<Timestamp>,
    /// The server database the positions belong to.
    pub epoch: Option<Uuid>,
    /// How far each log is held.
    pub positions: Vec<LogPosition>,
    /// Records that could not take what arrived for them.
    pub damaged: Vec<Damage>,
    /// What is held, by type.
    pub records: Vec<RecordCount>,
}

impl From<device::Status> for Status {
    fn from(status: device::Status) -> Self {
        let damage = |damage: device::Damage| Damage { record: RecordRef::new(damage.kind, damage.id), reason: damage.reason };
        Self {
            signed_in: status.signed_in,
            server: status.server,
            org: status.org,
            user: status.user.map(|user| RecordRef::new("user", user)),
            user_name: status.user_name,
            role: status.role,
            device: status.device,
            device_name: status.device_name,
            actor: status.actor,
            pending: count(status.pending),
            refused: count(status.refused),
            uploads: count(status.uploads),
            upload_bytes: count(status.upload_bytes),
            uploads_refused: count(status.uploads_refused),
            last_sync: status.last_sync_ms.map(time::from_ms),
            epoch: status.epoch,
            positions: status.cursors.into_iter().map(|(scope, at)| LogPosition { scope, position: count(at) }).collect(),
            damaged: status.damaged.into_iter().map(damage).collect(),
            records: status.records.into_iter().map(|(kind, held)| RecordCount { kind, count: count(held) }).collect(),
        }
    }
}

/// An action a person could think of, and why it is not possible if it is not.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct AvailableAction {
    /// The verb.
    pub action: String,
    /// What it means.
    pub description: String,
    /// The names of its arguments.
    pub arguments: Vec<String>,
    /// Whether it can be done now, as far as can be told before the arguments are given.
    pub possible: bool,
    /// Why not.
    pub reason: Option<Refusal>,
    /// Whether only the office does it: `perform_at_office`, which needs a connection.
    pub office: bool,
}

impl From<Available> for AvailableAction {
    fn from(Available { action, description, arguments, possible, reason, office }: Available) -> Self {
        Self { action, description, arguments, possible, reason, office }
    }
}

/// One change of a record.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct HistoryEntry {
    /// The change, in hexadecimal.
    pub hash: String,
    /// When, by the author's clock.
    pub at: Timestamp,
    /// Who, where the book knows; nobody where the server itself wrote.
    pub user: Option<RecordRef>,
    /// What they are called, where the book knows.
    pub user_name: Option<String>,
    /// On which device, where the book knows.
    pub device: Option<Uuid>,
    /// What the device is called.
    pub device_name: Option<String>,
    /// What it set and to what; `Empty` where it emptied something.
    pub fields: Vec<NamedValue>,
    /// How many letters of long text it added.
    pub letters_added: i64,
    /// How many letters of long text it removed.
    pub letters_removed: i64,
    /// What the author, usually the server, said about it.
    pub message: Option<String>,
    /// The server has not answered it yet.
    pub pending: bool,
}

impl HistoryEntry {
    /// An entry of a record of this type.
    pub(crate) fn of(kind: &str, entry: device::HistoryEntry) -> Self {
        Self {
            hash: entry.hash,
            at: time::from_ms(entry.at_ms),
            user: entry.user.map(|user| RecordRef::new("user", user)),
            user_name: entry.user_name,
            device: entry.device,
            device_name: entry.device_name,
            fields: named(kind, &entry.fields),
            letters_added: size(entry.letters_added),
            letters_removed: size(entry.letters_removed),
            message: entry.message,
            pending: entry.pending,
        }
    }
}

/// A value that lost against another, kept for its author.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Alternative {
    /// Identifies it within its record.
    pub key: String,
    /// The field it was meant for; a child's is written with dots.
    pub field: String,
    /// The value.
    pub value: FieldValue,
    /// Whose it is, where it says so.
    pub author: Option<RecordRef>,
    /// When it was written, where it says so.
    pub at: Option<Timestamp>,
    /// The rule that decided.
    pub rule: Option<String>,
}

impl Alternative {
    /// An alternative of a record of this type.
    pub(crate) fn of(kind: &str, alternative: device::Alternative) -> Self {
        let kept = |name: &str| alternative.kept.get(name);
        let value = kept("value").unwrap_or(&alternative.kept);
        Self {
            value: FieldValue::under(kind, &alternative.field.replace('.', "/"), value),
            author: kept("by").and_then(Value::as_str).and_then(|id| id.parse().ok()).map(|id| RecordRef::new("user", id)),
            at: kept("at").and_then(Value::as_i64).map(time::from_ms),
            rule: kept("rule").and_then(Value::as_str).map(str::to_owned),
            key: alternative.key,
            field: alternative.field,
        }
    }
}

/// What opportunities are grouped by, besides their state and currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum PipelineBy {
    /// How far the sale has come.
    Stage,
    /// The quarter it was closed in, or is expected to close in.
    Quarter,
    /// Who looks after it.
    Owner,
    /// Who buys.
    Account,
}

impl From<PipelineBy> for device::By {
    fn from(by: PipelineBy) -> Self {
        match by {
            PipelineBy::Stage => Self::Stage,
            PipelineBy::Quarter => Self::Quarter,
            PipelineBy::Owner => Self::Owner,
            PipelineBy::Account => Self::Account,
        }
    }
}

/// One group of opportunities.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct PipelineRow {
    /// What they have in common: a stage, a quarter such as `2017-Q1`, or `type:id`; empty where they have nothing.
    pub group: String,
    /// The name of the owner or customer, where the book knows.
    pub title: Option<String>,
    /// Their state: open, won or lost.
    pub state: String,
    /// The currency of the sum, where they say one.
    pub currency: Option<String>,
    /// How many there are.
    pub count: i64,
    /// What won ones brought and open ones are expected to bring.
    pub sum: Decimal,
}

impl From<device::PipelineRow> for PipelineRow {
    fn from(row: device::PipelineRow) -> Self {
        let device::PipelineRow { group, title, state, currency, count: held, sum } = row;
        Self { group, title, state, currency, count: count(held), sum }
    }
}

/// What one sync did, or has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, uniffi::Record)]
pub struct SyncReport {
    /// Pieces of work the server answered.
    pub pushed: i64,
    /// Pieces of work the server would not take; they are in the inbox.
    pub refused: i64,
    /// Other people's changes that arrived.
    pub pulled_changes: i64,
    /// The records they belong to.
    pub pulled_records: i64,
    /// New decisions in the inbox.
    pub decisions: i64,
    /// Attached files the server has now.
    pub uploaded: i64,
    /// Requests that were answered.
    pub round_trips: i64,
    /// Bytes sent, without HTTP's own.
    pub bytes_up: i64,
    /// Bytes received, without HTTP's own.
    pub bytes_down: i64,
}

impl From<&device::SyncReport> for SyncReport {
    fn from(report: &device::SyncReport) -> Self {
        Self {
            pushed: size(report.pushed),
            refused: size(report.refused),
            pulled_changes: size(report.pulled_changes),
            pulled_records: size(report.pulled_records),
            decisions: size(report.decisions),
            uploaded: size(report.uploaded),
            round_trips: size(report.round_trips),
            bytes_up: size(report.bytes_up),
            bytes_down: size(report.bytes_down),
        }
    }
}

pub(super) fn named(kind: &str, fields: &Map<String, Value>) -> Vec<NamedValue> {
    let named = |(name, value): (&String, &Value)| NamedValue { name: name.clone(), value: FieldValue::under(kind, name, value) };
    fields.iter().map(named).collect()
}

/// Counts cross as signed numbers: unsigned ones are awkward in Kotlin and Java.
pub(crate) fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn size(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
