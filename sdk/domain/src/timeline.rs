//! What a record's timeline shows, as tables that are data (`domain.md` section 5). Timelines are derived, never stored.
//!
//! A type named here that is not declared is passed over, so that the tables may name what other builds have.

use crate::fold::{Folded, Step};
use crate::ids::RecordId;
use crate::record::RecordType;
use crate::view;
use serde::Serialize;
use serde_json::{Map, Value};

/// Items of a page when nobody says how many.
pub const PAGE_DEFAULT: usize = 10;
/// Most items of a page.
pub const PAGE_MAX: usize = 50;
/// Most characters of a text that stands for a title.
const TITLE_MAX: usize = 80;

/// What an item of a timeline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum TimelineKind {
    /// A task, a call, an e-mail, an appointment.
    Activity,
    /// A note.
    Note,
    /// A record was closed: an opportunity won or lost.
    Closing,
    /// A record moved in another way.
    Post,
}

/// Where an activity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum TimelineStatus {
    /// Open or scheduled.
    Active,
    /// Active, and its due moment past.
    Overdue,
    /// Completed or canceled; a closing too.
    Closed,
}

/// A record type whose records are entries of timelines, at what they are regarding and at whoever takes part.
#[derive(Debug)]
pub struct Entry {
    /// The record type.
    pub kind: &'static str,
    /// Whether it is an activity, with a state and a due date, or a note.
    pub activity: bool,
    /// The field that says when it happened, once it is closed.
    pub ended: Option<&'static str>,
    /// The field, or part of one, that says when it is to happen.
    pub planned: Option<&'static str>,
    /// The field, or part of one, after which it is overdue.
    pub due: Option<&'static str>,
}

/// The entries. Of a series only its appointments show.
#[rustfmt::skip]
pub const ENTRIES: &[Entry] = &[
    Entry { kind: "task",        activity: true,  ended: Some("actual_end"), planned: Some("due"),        due: Some("due") },
    Entry { kind: "phone_call",  activity: true,  ended: Some("actual_end"), planned: Some("due"),        due: Some("due") },
    Entry { kind: "email",       activity: true,  ended: Some("actual_end"), planned: None,               due: None },
    Entry { kind: "appointment", activity: true,  ended: Some("actual_end"), planned: Some("when.start"), due: Some("when.end") },
    Entry { kind: "note",        activity: false, ended: None,               planned: None,               due: None },
];

/// Which of a related record's entries a timeline takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Its entries and its closings.
    All,
    /// Notes and activities that are open; what is closed counts for the account noted when it closed (INV-70).
    Open,
    /// Its notes.
    Notes,
}

/// How a related record is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// This field of it names the record the timeline is of.
    Names(&'static str),
    /// The record the timeline is of names it in this field.
    Named(&'static str),
}

/// One row: the timeline of an `of` shows what a related `from` has.
#[derive(Debug)]
pub struct Rollup {
    /// The record type the timeline is of.
    pub of: &'static str,
    /// The record type that is taken from.
    pub from: &'static str,
    /// How its records are found.
    pub link: Link,
    /// What is taken.
    pub takes: Takes,
}

const fn row(of: &'static str, from: &'static str, link: Link, takes: Takes) -> Rollup {
    Rollup { of, from, link, takes }
}

/// What rolls up to where, besides a record's own entries, which every record type has.
#[rustfmt::skip]
pub const ROLLUPS: &[Rollup] = &[
    row("account",     "contact",     Link::Names("account"),          Takes::Open),
    row("account",     "opportunity", Link::Names("customer"),         Takes::All),
    row("account",     "quote",       Link::Names("customer"),         Takes::All),
    row("account",     "order",       Link::Names("customer"),         Takes::All),
    row("account",     "invoice",     Link::Names("customer"),         Takes::All),
    row("contact",     "opportunity", Link::Names("customer"),         Takes::All),
    row("opportunity", "quote",       Link::Names("opportunity"),      Takes::All),
    row("opportunity", "order",       Link::Names("opportunity"),      Takes::All),
    row("opportunity", "invoice",     Link::Names("opportunity"),      Takes::All),
    row("opportunity", "lead",        Link::Named("originating_lead"), Takes::Notes),
];

/// Record types whose records form a tree, with the field that names the parent: the subsidiaries of a company.
pub const SUBSIDIARIES: &[(&str, &str)] = &[("account", "parent_account")];

/// The states in which a record is closed: being led into one shows as a completed item, every other move as a post.
pub const CLOSINGS: &[(&str, &[&str])] = &[
    ("opportunity", &["won", "lost"]),
    ("quote", &["won", "closed"]),
    ("order", &["fulfilled", "canceled"]),
    ("invoice", &["paid", "canceled"]),
];

/// Something done to a record, as timelines show it: a closing or a post.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    /// The action; shown once however often it arrived.
    pub action: RecordId,
    /// The verb.
    pub verb: String,
    /// Who.
    pub by: RecordId,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The state it led to.
    pub state: String,
    /// The status reason it led to.
    pub reason: String,
    /// What was said with it.
    pub args: Map<String, Value>,
    /// Whether it closed the record.
    pub closing: bool,
}

/// The entry declaration of a record type, if its records are entries.
#[must_use]
pub fn entry(kind: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.kind == kind)
}

/// The moves of a record in order, for its timeline; an entry has none, because it shows itself.
#[must_use]
pub fn posts(kind: &RecordType, folded: &Folded) -> Vec<Post> {
    if entry(kind.name).is_some() {
        return Vec::new();
    }
    let closed = CLOSINGS.iter().find(|(name, _)| *name == kind.name).map(|(_, states)| *states).unwrap_or_default();
    let before = |place: usize| place.checked_sub(1).and_then(|place| folded.steps.get(place));
    let post = |(place, step): (usize, &Step)| {
        // What is done to a closed record, such as billing an order, does not close it again.
        let moved = before(place).is_none_or(|earlier| earlier.state != step.state);
        let (action, _) = folded.trail.iter().find(|(action, _)| action.id == step.action)?;
        Some(Post {
            action: action.id,
            verb: action.action.clone(),
            by: action.by,
            at_ms: action.at,
            state: step.state.clone(),
            reason: step.reason.clone(),
            args: kind.lifecycle.said(&action.action, &step.args),
            closing: moved && closed.contains(&step.state.as_str()),
        })
    };
    folded.steps.iter().enumerate().filter_map(post).collect()
}

fn is_closed(kind: &RecordType, body: &Map<String, Value>) -> bool {
    let word = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    kind.lifecycle.is_frozen(word("state"), word("status_reason"))
}

/// Where an entry stands in a timeline: closed, when it ended; else when it is planned; else when it was last changed.
#[must_use]
pub fn moment<'b>(entry: &Entry, kind: &RecordType, body: &'b Map<String, Value>) -> Option<&'b str> {
    let place = if is_closed(kind, body) { entry.ended } else { entry.planned };
    place.and_then(|place| at(body, place)).or_else(|| at(body, "modified_at"))
}

/// Whether an entry should have happened by now and has not: open, and its due moment past.
#[must_use]
pub fn is_overdue(entry: &Entry, kind: &RecordType, body: &Map<String, Value>, now: &str) -> bool {
    !is_closed(kind, body) && entry.due.and_then(|due| at(body, due)).is_some_and(|due| due < now)
}

/// What a record holds in a field, or `field.part`.
#[must_use]
pub fn at<'b>(body: &'b Map<String, Value>, place: &str) -> Option<&'b str> {
    let value = match place.split_once('.') {
        Some((field, part)) => body.get(field)?.get(part)?,
        None => body.get(place)?,
    };
    value.as_str()
}

/// What an entry is called in a timeline: its title, else how its text begins.
#[must_use]
pub fn title(kind: &RecordType, body: &Map<String, Value>) -> String {
    let first_line = at(body, "text").and_then(|text| text.trim().lines().next());
    match first_line.filter(|_| at(body, kind.title).is_none()) {
        Some(line) => line.chars().take(TITLE_MAX).collect(),
        None => view::title(kind, body),
    }
}
