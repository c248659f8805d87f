//! What the server decided about people's work, and what it would not take.

use std::collections::BTreeMap;

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::{self, Decision};
use fieldbook_domain::refusal::Refusal;
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::error::Error;
use crate::review;
use crate::session::Session;
use crate::store::held::Held;
use crate::store::meta;

/// What an item is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A decision of the server, in the words of the domain's `Decision`.
    Decision,
    /// Work the server would not take, with everything that was typed.
    Refused,
}

/// Something to read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InboxItem {
    /// Identifies the item.
    pub id: Uuid,
    /// What it is about.
    pub about: About,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Whether it was read.
    pub read: bool,
    /// Whether what it offers was done.
    pub done: bool,
    /// Who has to decide about what it holds back, by name; nobody where nothing waits.
    pub waits_for: Vec<String>,
    /// All of it.
    pub body: Value,
}

/// How somebody has dealt with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// What it offers was done.
    Done,
    /// Nobody wants to see it any more.
    Dismissed,
}

impl Settled {
    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Dismissed => "dismissed",
        }
    }
}

/// Everything that nobody dismissed, newest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<InboxItem>, Error> {
    let settled = settled(connection)?;
    let mut items = decisions(connection)?;
    items.extend(refused(connection)?);
    items.retain(|item| settled.get(&item.id) != Some(&Settled::Dismissed));
    for item in &mut items {
        complete(connection, item, settled.get(&item.id).copied())?;
        offer(connection, item)?;
    }
    items.sort_by_key(|item| std::cmp::Reverse(item.at_ms));
    Ok(items)
}

/// Every decision that holds something back until somebody decides, dismissed or not: what waits does not end with reading it.
pub(crate) fn held(connection: &Connection) -> Result<Vec<Decision>, Error> {
    let held = decisions(connection)?.into_iter().filter(|item| item.body.get("held").is_some());
    let read = |item: InboxItem| serde_json::from_value::<Decision>(item.body).ok();
    Ok(held.filter_map(read).filter(|decision| decision.held.is_some()).collect())
}

/// One item, dismissed or not, as it is shown.
pub(crate) fn shown(connection: &Connection, id: Uuid) -> Result<InboxItem, Error> {
    let mut item = one(connection, id)?;
    offer(connection, &mut item)?;
    Ok(item)
}

/// One item, dismissed or not, with all it offers to anybody.
pub(crate) fn one(connection: &Connection, id: Uuid) -> Result<InboxItem, Error> {
    let mut items = decisions(connection)?;
    items.extend(refused(connection)?);
    let item = items.into_iter().find(|item| item.id == id);
    let mut item = item.ok_or_else(|| Refusal::new("inbox.not_found", format!("there is no item {id} in the inbox")))?;
    complete(connection, &mut item, settled(connection)?.get(&id).copied())?;
    Ok(item)
}

/// The decision of this id, where it is one this app can read.
pub(crate) fn decision(connection: &Connection, id: Uuid) -> Result<Option<Decision>, Error> {
    let mut statement = connection.prepare_cached("SELECT body FROM notice WHERE id = ?1")?;
    let body: Option<String> = statement.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
    Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
}

/// Whether somebody was told what was decided about the same thing.
pub(crate) fn was_decided(connection: &Connection, decision: &Decision) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM notice
                              WHERE CASE WHEN json_valid(body) THEN body ->> '$.record' = ?1 AND body ->> '$.loser' = ?2
                                                                    AND body ->> '$.kept.decided' IS NOT NULL END)";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row((decision.record.to_string(), &decision.loser), |row| row.get(0))?)
}

/// Notes an item as read.
pub(crate) fn mark_read(connection: &Connection, item: Uuid) -> Result<(), Error> {
    connection.execute("UPDATE notice SET read = 1 WHERE id = ?1", [item.as_bytes()])?;
    connection.execute("UPDATE refused SET read = 1 WHERE id = ?1", [item.as_bytes()])?;
    Ok(())
}

/// Notes how somebody dealt with an item, which they have read then.
pub(crate) fn settle(connection: &Connection, item: Uuid, how: Settled, at_ms: i64) -> Result<(), Error> {
    mark_read(connection, item)?;
    let sql = "INSERT INTO settled (id, how, at_ms) VALUES (?1, ?2, ?3)
               ON CONFLICT (id) DO UPDATE SET how = excluded.how, at_ms = excluded.at_ms";
    connection.prepare_cached(sql)?.execute((item.as_bytes(), how.name(), at_ms))?;
    Ok(())
}

/// Keeps work the server would not take.
pub(crate) fn keep(connection: &Connection, at_ms: i64, id: Uuid, code: &str, message: &str, body: &Value) -> Result<(), Error> {
    let session: Option<Session> = meta::get(connection, meta::SESSION)?;
    let user = session.map_or(RecordId::default(), |session| session.user);
    let sql = "INSERT INTO refused (id, user, at_ms, code, message, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms, code = excluded.code, message = excluded.message,
                   body = excluded.body";
    connection.execute(sql, (id.as_bytes(), user.0.as_bytes(), at_ms, code, message, body.to_string()))?;
    Ok(())
}

fn settled(connection: &Connection) -> Result<BTreeMap<Uuid, Settled>, Error> {
    let mut statement = connection.prepare_cached("SELECT id, how FROM settled")?;
    let row = |row: &rusqlite::Row<'_>| {
        let how: String = row.get(1)?;
        let how = if how == Settled::Done.name() { Settled::Done } else { Settled::Dismissed };
        Ok((Uuid::from_bytes(row.get(0)?), how))
    };
    Ok(statement.query_map([], row)?.collect::<Result<_, _>>()?)
}

/// Adds what the book knows of an item besides what it says.
fn complete(connection: &Connection, item: &mut InboxItem, settled: Option<Settled>) -> Result<(), Error> {
    item.done = settled == Some(Settled::Done);
    if item.body.get("held").is_some()
        && let Ok(decision) = serde_json::from_value::<Decision>(item.body.clone())
    {
        item.waits_for = review::waits_for(connection, &decision)?;
    }
    Ok(())
}

/// Takes away what an item offers where that is not open to the person who is signed in: others were told as well.
fn offer(connection: &Connection, item: &mut InboxItem) -> Result<(), Error> {
    const SALVAGE: &str = "salvage";
    if item.body.get(SALVAGE).and_then(Value::as_str).is_none_or(str::is_empty) {
        return Ok(());
    }
    let session = match meta::session(connection) {
        Err(Error::SignedOut) => return Ok(()),
        session => session?,
    };
    let Ok(decision) = serde_json::from_value::<Decision>(item.body.clone()) else { return Ok(()) };
    let records = Held::new(connection);
    let open = records.settle(judge::may_salvage(&decision, session.user, session.role, &records))?;
    if let Some(body) = item.body.as_object_mut().filter(|_| !open) {
        body.insert(SALVAGE.to_owned(), Value::from(""));
    }
    Ok(())
}

fn decisions(connection: &Connection) -> Result<Vec<InboxItem>, Error> {
    let mut statement = connection.prepare_cached("SELECT id, body, read FROM notice ORDER BY seq DESC")?;
    let mut rows = statement.query([])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let body: String = row.get(1)?;
        // What cannot be read as JSON is still shown.
        let body = serde_json::from_str(&body).unwrap_or(Value::String(body));
        let at_ms = body.get("at_ms").and_then(Value::as_i64).unwrap_or(0);
        let (id, read) = (Uuid::from_bytes(row.get(0)?), row.get(2)?);
        items.push(InboxItem { id, about: About::Decision, at_ms, read, done: false, waits_for: Vec::new(), body });
    }
    Ok(items)
}

fn refused(connection: &Connection) -> Result<Vec<InboxItem>, Error> {
    let session: Option<Session> = meta::get(connection, meta::SESSION)?;
    let user = session.map_or(RecordId::default(), |session| session.user);
    let sql = "SELECT id, body, read, at_ms FROM refused WHERE user = ?1 ORDER BY at_ms DESC";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([user.0.as_bytes()])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let body: String = row.get(1)?;
        let body = serde_json::from_str(&body).unwrap_or(Value::String(body));
        let (id, read, at_ms) = (Uuid::from_bytes(row.get(0)?), row.get(2)?, row.get(3)?);
        items.push(InboxItem { id, about: About::Refused, at_ms, read, done: false, waits_for: Vec::new(), body });
    }
    Ok(items)
}
