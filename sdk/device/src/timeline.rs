//! What happened around a record and what is to happen: activities, notes, closings and posts, a page at a time.
//!
//! What belongs to whose timeline is said by the tables of `fieldbook_domain::timeline`; here they are read. `scope.rs` finds
//! the records a timeline takes from, `statement.rs` asks for their items.

use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record::{self, RecordType};
use fieldbook_domain::refusal::Refusal;
use fieldbook_domain::time::{self, Timestamp};
use fieldbook_domain::timeline::{self, ENTRIES, Entry, PAGE_DEFAULT, PAGE_MAX, TimelineKind, TimelineStatus};
use fieldbook_domain::view;
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::Error;
use crate::query::Direction;
use crate::store::projection;

mod scope;
mod statement;

use scope::Scope;
use statement::{Entries, Posts};

/// A stretch of time; an end that is not given is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// From this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub before: Option<Timestamp>,
}

impl Window {
    fn is_open(&self) -> bool {
        self.from.is_none() && self.before.is_none()
    }
}

/// What a timeline shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimelineQuery {
    /// Only these: a record type such as `phone_call`, or `activity`, `note`, `closing`, `post`; none asks for everything.
    pub kinds: Vec<String>,
    /// Only activities, and closings, that stand so.
    pub status: Option<TimelineStatus>,
    /// Only what is in its state for this reason.
    pub reason: Option<String>,
    /// Only activities due then.
    pub due: Window,
    /// Only what was last changed then.
    pub modified: Window,
    /// Oldest first; else newest.
    pub oldest_first: bool,
    /// Subsidiaries of a company too.
    pub subsidiaries: bool,
    /// How many at most, 1 to 50; else 10.
    pub limit: Option<usize>,
    /// What follows this item: the `next` of the page before.
    pub after: Option<String>,
}

/// One item of a timeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimelineItem {
    /// What it is.
    pub kind: TimelineKind,
    /// The activity or note; of a closing or post the record it happened to.
    pub record: RecordRef,
    /// What that is called.
    pub title: String,
    /// Where it stands in the timeline, in RFC 3339: when it ended, is planned, or was last changed.
    pub at: String,
    /// The same in milliseconds since 1970.
    pub at_ms: i64,
    /// The state the record is in; of a closing or post the one it was led to.
    pub state: String,
    /// The state's reason.
    pub status_reason: String,
    /// What an activity or note is about.
    pub regarding: Option<RecordRef>,
    /// Who looks after an activity or wrote a note; who closed or moved the record.
    pub owner: Option<RecordRef>,
    /// When an activity is due, in RFC 3339.
    pub due: Option<String>,
    /// Whether it is active and its due moment past.
    pub overdue: bool,
    /// Whether work on it waits to be sent.
    pub pending: bool,
    /// The verb of a closing or post.
    pub action: Option<String>,
    /// What was said with it.
    pub arguments: Map<String, Value>,
}

/// A page of a timeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimelinePage {
    /// The items, in order.
    pub items: Vec<TimelineItem>,
    /// What to ask for the page after this one with; nothing at the end. It stays good when items are added.
    pub next: Option<String>,
}

/// Where an item stands: its moment, then its id. Closings and posts stand by the id of their action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) at: String,
    pub(crate) id: Uuid,
}

impl Place {
    fn parse(cursor: &str) -> Result<Self, Refusal> {
        let place = cursor.split_once('/').and_then(|(at, id)| {
            let at = time::spell(time::parse(at)?);
            Some(Self { at, id: Uuid::try_parse(id).ok()? })
        });
        let message = "after takes the `next` of the page before";
        place.ok_or_else(|| Refusal::field("timeline.cursor", "after", message))
    }

    fn cursor(&self) -> String {
        format!("{}/{}", self.at, self.id)
    }
}

/// A query that was looked through.
pub(crate) struct Asked<'q> {
    pub(crate) query: &'q TimelineQuery,
    pub(crate) direction: Direction,
    pub(crate) after: Option<Place>,
    pub(crate) limit: usize,
    /// The moment it is, in the one spelling.
    pub(crate) now: String,
}

impl<'q> Asked<'q> {
    /// Looks a query through.
    ///
    /// # Errors
    /// A refusal: a kind there is not, a page too large, a cursor that is none.
    pub(crate) fn of(query: &'q TimelineQuery, now_ms: i64) -> Result<Self, Refusal> {
        let direction = if query.oldest_first { Direction::Ascending } else { Direction::Descending };
        let limit = query.limit.unwrap_or(PAGE_DEFAULT);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(Refusal::field(
                "timeline.limit",
                "limit",
                format!("a page has 1 to {PAGE_MAX} items; ask for the next one"),
            ));
        }
        let groups = ["activity", "note", "closing", "post"];
        for kind in &query.kinds {
            if timeline::entry(kind).is_none() && !groups.contains(&kind.as_str()) {
                let known: Vec<&str> = ENTRIES.iter().map(|entry| entry.kind).chain(["activity", "closing", "post"]).collect();
                let message = format!("a timeline has no {kind}; it has {}", known.join(", "));
                return Err(Refusal::field("timeline.kind", "kinds", message));
            }
        }
        let after = query.after.as_deref().map(Place::parse).transpose()?;
        Ok(Self { query, direction, after, limit, now: time::spell(time::from_ms(now_ms)) })
    }

    fn wants(&self, word: &str) -> bool {
        self.query.kinds.is_empty() || self.query.kinds.iter().any(|kind| kind == word)
    }

    /// Whether entries of this type can be among what is asked for.
    pub(crate) fn wants_entries(&self, entry: &Entry) -> bool {
        let Self { query, .. } = self;
        let of_activities = query.status.is_some() || query.reason.is_some();
        let of_due = query.status == Some(TimelineStatus::Overdue) || !query.due.is_open();
        (self.wants(entry.kind) || (entry.activity && self.wants("activity")))
            && (entry.activity || !of_activities)
            && (entry.due.is_some() || !of_due)
    }

    /// Whether closings can be.
    pub(crate) fn wants_closings(&self) -> bool {
        let closed = self.query.status.is_none_or(|status| status == TimelineStatus::Closed);
        self.wants("closing") && closed && self.query.due.is_open()
    }

    /// Whether other moves can be.
    pub(crate) fn wants_posts(&self) -> bool {
        self.wants("post") && self.query.status.is_none() && self.query.due.is_open()
    }
}

/// Reads a page of a record's timeline.
pub(crate) fn page(
    connection: &Connection,
    kind: &'static RecordType,
    id: RecordId,
    asked: &Asked<'_>,
) -> Result<TimelinePage, Error> {
    let scope = Scope::of(connection, kind, id, asked.query.subsidiaries)?;
    let mut found: Vec<(Place, TimelineItem)> = Vec::new();
    for entry in ENTRIES.iter().filter(|entry| asked.wants_entries(entry)) {
        let Some(of) = record::find(entry.kind) else { continue };
        found.extend(entries(connection, entry, of, &scope, asked)?);
    }
    found.extend(posts(connection, &scope, asked)?);
    match asked.direction {
        Direction::Ascending => found.sort_by(|(left, _), (right, _)| left.cmp(right)),
        Direction::Descending => found.sort_by(|(left, _), (right, _)| right.cmp(left)),
    }
    let more = found.len() > asked.limit;
    found.truncate(asked.limit);
    let next = found.last().filter(|_| more).map(|(place, _)| place.cursor());
    Ok(TimelinePage { items: found.into_iter().map(|(_, item)| item).collect(), next })
}

type Found = Vec<(Place, TimelineItem)>;

fn entries(
    connection: &Connection,
    entry: &Entry,
    kind: &'static RecordType,
    scope: &Scope,
    asked: &Asked<'_>,
) -> Result<Found, Error> {
    let Some(Entries { sql, values }) = statement::entries(entry, kind, scope, asked) else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (body, at): (String, String) = (row.get(1)?, row.get(3)?);
        let body: Map<String, Value> = serde_json::from_str(&body).map_err(|_| Error::ReadStored { place: "projection" })?;
        let place = Place { at, id: Uuid::from_bytes(row.get(0)?) };
        let word = |field: &str| timeline::at(&body, field).unwrap_or_default().to_owned();
        let reference = |field: &str| timeline::at(&body, field).and_then(|text| text.parse().ok());
        let item = TimelineItem {
            kind: if entry.activity { TimelineKind::Activity } else { TimelineKind::Note },
            record: RecordRef::new(kind.name, RecordId(place.id)),
            title: timeline::title(kind, &body),
            at_ms: in_ms(&place.at),
            at: place.at.clone(),
            state: word("state"),
            status_reason: word("status_reason"),
            regarding: reference("regarding"),
            owner: reference("owner"),
            due: entry.due.and_then(|due| timeline::at(&body, due)).map(str::to_owned),
            overdue: timeline::is_overdue(entry, kind, &body, &asked.now),
            pending: row.get(2)?,
            action: None,
            arguments: Map::new(),
        };
        found.push((place, item));
    }
    Ok(found)
}

fn posts(connection: &Connection, scope: &Scope, asked: &Asked<'_>) -> Result<Found, Error> {
    let Some(Posts { sql, values }) = statement::posts(scope, asked) else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let stored = || Error::ReadStored { place: "post" };
        let record: RecordRef = row.get::<_, String>(0)?.parse().map_err(|_| stored())?;
        let place = Place { at: row.get(1)?, id: Uuid::from_bytes(row.get(2)?) };
        let (title, pending) = named(connection, &record)?;
        let item = TimelineItem {
            kind: if row.get(8)? { TimelineKind::Closing } else { TimelineKind::Post },
            record,
            title,
            at_ms: in_ms(&place.at),
            at: place.at.clone(),
            state: row.get(5)?,
            status_reason: row.get(6)?,
            regarding: None,
            owner: Some(RecordRef::new("user", RecordId(Uuid::from_bytes(row.get(4)?)))),
            due: None,
            overdue: false,
            pending,
            action: Some(row.get(3)?),
            arguments: serde_json::from_str(&row.get::<_, String>(7)?).map_err(|_| stored())?,
        };
        found.push((place, item));
    }
    Ok(found)
}

/// What a record is called, and whether work on it waits to be sent.
fn named(connection: &Connection, target: &RecordRef) -> Result<(String, bool), Error> {
    let Some(kind) = record::find(&target.kind) else { return Ok((target.to_string(), false)) };
    let sql = format!("SELECT body, pending FROM \"{}\" WHERE id = ?1", projection::table(kind));
    let mut statement = connection.prepare_cached(&sql)?;
    let row = statement.query_row([target.id.0.as_bytes()], |row| Ok((row.get::<_, String>(0)?, row.get(1)?))).optional()?;
    let Some((body, pending)) = row else { return Ok((target.to_string(), false)) };
    let body = serde_json::from_str(&body).map_err(|_| Error::ReadStored { place: "projection" })?;
    Ok((view::title(kind, &body), pending))
}

fn in_ms(at: &str) -> i64 {
    time::parse(at).map_or(0, |at| at.timestamp_millis())
}
