//! The inbox: what the server decided about somebody's work, and what it would not take.

use fieldbook_device as device;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::Decision as Judged;
use fieldbook_domain::raw::Outcome;
use fieldbook_domain::refusal::Refusal;
use fieldbook_domain::time::{self, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use super::named;
use crate::value::{FieldValue, NamedValue};

/// Something to read: what the server decided, or would not take.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct InboxItem {
    /// Identifies the item.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Whether it was read.
    pub read: bool,
    /// Whether what it offers was done.
    pub done: bool,
    /// Who has to decide about what it holds back, by name; nobody where nothing waits.
    pub waits_for: Vec<String>,
    /// What it says.
    pub content: InboxContent,
}

/// What an item of the inbox says.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
#[expect(clippy::large_enum_variant, reason = "what crosses the boundary cannot be boxed")]
pub enum InboxContent {
    /// A decision of the server about somebody's work.
    Decided {
        /// The decision.
        decision: Decision,
    },
    /// Work the server would not take, with everything that was typed.
    Refused {
        /// Why.
        refusal: Refusal,
        /// What it was about, and what was typed.
        records: Vec<RefusedRecord>,
    },
    /// Something only a newer app can read.
    Unknown {
        /// All of it.
        json: String,
    },
}

/// A decision about somebody's work: what happened, why, what was kept, what won, and what can be done.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Decision {
    /// The rule, for example `INV-25`.
    pub rule: String,
    /// The rule's version.
    pub version: u32,
    /// What was decided.
    pub outcome: Outcome,
    /// The record.
    pub record: RecordRef,
    /// The record's name for people.
    pub title: String,
    /// The field, if it is about one.
    pub field: Option<String>,
    /// The action, if it is about one.
    pub action: Option<RecordId>,
    /// The value that stands.
    pub kept: FieldValue,
    /// The value that lost.
    pub lost: FieldValue,
    /// Whose work it is about.
    pub author: RecordRef,
    /// Who is told.
    pub told: Vec<RecordRef>,
    /// The reason in plain words.
    pub message: String,
    /// What the person can do with one tap: the name of a `SalvageOffer`; empty if there is nothing.
    pub salvage: String,
}

/// One record of work the server would not take.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct RefusedRecord {
    /// The record.
    pub record: RecordRef,
    /// Its name for people, where there is one.
    pub title: Option<String>,
    /// What was typed.
    pub fields: Vec<NamedValue>,
}

impl From<device::InboxItem> for InboxItem {
    fn from(item: device::InboxItem) -> Self {
        let content = match item.about {
            device::About::Decision => decided(&item.body),
            device::About::Refused => refused(&item.body),
        };
        let content = content.unwrap_or_else(|| InboxContent::Unknown { json: item.body.to_string() });
        let device::InboxItem { id, at_ms, read, done, waits_for, .. } = item;
        Self { id, at: time::from_ms(at_ms), read, done, waits_for, content }
    }
}

fn decided(body: &Value) -> Option<InboxContent> {
    let judged: Judged = serde_json::from_value(body.clone()).ok()?;
    let about = |value: &Value| {
        let field = judged.field.as_deref().unwrap_or_default();
        FieldValue::under(&judged.record.kind, &field.replace('.', "/"), value)
    };
    let decision = Decision {
        kept: about(&judged.kept),
        lost: about(&judged.lost),
        rule: judged.rule,
        version: judged.version,
        outcome: judged.outcome,
        record: judged.record,
        title: judged.title,
        field: judged.field,
        action: judged.action,
        author: RecordRef::new("user", judged.author),
        told: judged.told.into_iter().map(|user| RecordRef::new("user", user)).collect(),
        message: judged.message,
        salvage: judged.salvage,
    };
    Some(InboxContent::Decided { decision })
}

fn refused(body: &Value) -> Option<InboxContent> {
    let word = |name: &str| Some(body.get(name)?.as_str()?.to_owned());
    let record = |typed: &Value| {
        let kind = typed.get("kind")?.as_str()?;
        Some(RefusedRecord {
            record: RecordRef::new(kind, typed.get("id")?.as_str()?.parse().ok()?),
            title: typed.get("title").and_then(Value::as_str).map(str::to_owned),
            fields: named(kind, typed.get("fields")?.as_object()?),
        })
    };
    let records = body.get("records")?.as_array()?.iter().map(record).collect::<Option<_>>()?;
    let refusal = Refusal { code: word("code")?, field: None, message: word("message")? };
    Some(InboxContent::Refused { refusal, records })
}
