//! What the server decided about people's work, and what it would not take.

use fieldbook_domain::ids::RecordId;
use rusqlite::Connection;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::error::Error;
use crate::session::Session;
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
    /// All of it.
    pub body: Value,
}

/// Everything there is, newest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<InboxItem>, Error> {
    let mut items = decisions(connection)?;
    items.extend(refused(connection)?);
    items.sort_by_key(|item| std::cmp::Reverse(item.at_ms));
    Ok(items)
}

/// Notes an item as read.
pub(crate) fn mark_read(connection: &Connection, item: Uuid) -> Result<(), Error> {
    connection.execute("UPDATE notice SET read = 1 WHERE id = ?1", [item.as_bytes()])?;
    connection.execute("UPDATE refused SET read = 1 WHERE id = ?1", [item.as_bytes()])?;
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

fn decisions(connection: &Connection) -> Result<Vec<InboxItem>, Error> {
    let mut statement = connection.prepare_cached("SELECT id, body, read FROM notice ORDER BY seq DESC")?;
    let mut rows = statement.query([])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let body: String = row.get(1)?;
        // What cannot be read as JSON is still shown.
        let body = serde_json::from_str(&body).unwrap_or(Value::String(body));
        let at_ms = body.get("at_ms").and_then(Value::as_i64).unwrap_or(0);
        items.push(InboxItem { id: Uuid::from_bytes(row.get(0)?), about: About::Decision, at_ms, read: row.get(2)?, body });
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
        let id = Uuid::from_bytes(row.get(0)?);
        items.push(InboxItem { id, about: About::Refused, at_ms: row.get(3)?, read: row.get(2)?, body });
    }
    Ok(items)
}
