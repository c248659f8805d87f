//! What happened around a record and what is to happen, as apps ask for it and see it.

use fieldbook_device as device;
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::record;
use fieldbook_domain::time::{self, Timestamp};
use fieldbook_domain::timeline::{TimelineKind, TimelineStatus};

use crate::value::{FieldValue, NamedValue};

/// What a timeline shows. An end of a stretch of time that is not given is open.
#[derive(Clone, Debug, Default, PartialEq, uniffi::Record)]
pub struct TimelineQuery {
    /// Only these: a record type such as `phone_call`, or `activity`, `note`, `closing`, `post`; none asks for everything.
    #[uniffi(default)]
    pub kinds: Vec<String>,
    /// Only activities, and closings, that stand so.
    #[uniffi(default)]
    pub status: Option<TimelineStatus>,
    /// Only what is in its state for this reason.
    #[uniffi(default)]
    pub reason: Option<String>,
    /// Only activities due from this moment on.
    #[uniffi(default)]
    pub due_from: Option<Timestamp>,
    /// Only activities due before this moment.
    #[uniffi(default)]
    pub due_before: Option<Timestamp>,
    /// Only what was last changed from this moment on.
    #[uniffi(default)]
    pub modified_from: Option<Timestamp>,
    /// Only what was last changed before this moment.
    #[uniffi(default)]
    pub modified_before: Option<Timestamp>,
    /// Oldest first; else newest.
    #[uniffi(default)]
    pub oldest_first: bool,
    /// Subsidiaries of a company too.
    #[uniffi(default)]
    pub subsidiaries: bool,
    /// How many at most, 1 to 50; else 10.
    #[uniffi(default)]
    pub limit: Option<u32>,
    /// What follows the page that ended with this `next`.
    #[uniffi(default)]
    pub after: Option<String>,
}

impl From<TimelineQuery> for device::TimelineQuery {
    fn from(query: TimelineQuery) -> Self {
        Self {
            kinds: query.kinds,
            status: query.status,
            reason: query.reason,
            due: device::Window { from: query.due_from, before: query.due_before },
            modified: device::Window { from: query.modified_from, before: query.modified_before },
            oldest_first: query.oldest_first,
            subsidiaries: query.subsidiaries,
            limit: query.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            after: query.after,
        }
    }
}

/// One item of a timeline.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct TimelineItem {
    /// What it is.
    pub kind: TimelineKind,
    /// The activity or note; of a closing or post the record it happened to.
    pub record: RecordRef,
    /// What that is called.
    pub title: String,
    /// Where it stands in the timeline: when it ended, is planned, or was last changed.
    pub at: Timestamp,
    /// The state the record is in; of a closing or post the one it was led to.
    pub state: String,
    /// The state's reason.
    pub status_reason: String,
    /// What an activity or note is about.
    pub regarding: Option<RecordRef>,
    /// Who looks after an activity or wrote a note; who closed or moved the record.
    pub owner: Option<RecordRef>,
    /// When an activity is due.
    pub due: Option<Timestamp>,
    /// Whether it is active and its due moment past.
    pub overdue: bool,
    /// Whether work on it waits to be sent.
    pub pending: bool,
    /// The verb of a closing or post.
    pub action: Option<String>,
    /// What was said with it.
    pub arguments: Vec<NamedValue>,
}

impl From<device::TimelineItem> for TimelineItem {
    fn from(item: device::TimelineItem) -> Self {
        let verb = item.action.as_deref().unwrap_or_default();
        let spec = record::find(&item.record.kind).and_then(|kind| kind.lifecycle.action(verb));
        let said = item.arguments.iter().map(|(name, value)| {
            let declared = spec.and_then(|spec| spec.args.iter().find(|arg| arg.field.name == name));
            NamedValue { name: name.clone(), value: FieldValue::of(declared.map(|arg| &arg.field), value) }
        });
        Self {
            arguments: said.collect(),
            kind: item.kind,
            record: item.record,
            title: item.title,
            at: time::from_ms(item.at_ms),
            state: item.state,
            status_reason: item.status_reason,
            regarding: item.regarding,
            owner: item.owner,
            due: item.due.as_deref().and_then(time::parse),
            overdue: item.overdue,
            pending: item.pending,
            action: item.action,
        }
    }
}

/// A page of a timeline.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct TimelinePage {
    /// The items, in order.
    pub items: Vec<TimelineItem>,
    /// What to ask for the page after this one with; nothing at the end. It stays good when items are added.
    pub next: Option<String>,
}

impl From<device::TimelinePage> for TimelinePage {
    fn from(page: device::TimelinePage) -> Self {
        Self { items: page.items.into_iter().map(TimelineItem::from).collect(), next: page.next }
    }
}
