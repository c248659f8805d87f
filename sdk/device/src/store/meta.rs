//! Small facts about the book, by name.

use fieldbook_domain::permission::Role;
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::projection;
use crate::error::Error;
use crate::session::Session;

/// The names of the facts; each value is JSON.
pub(crate) const SESSION: &str = "session";
pub(crate) const TOKEN: &str = "token";
pub(crate) const INCARNATION: &str = "incarnation";
pub(crate) const LAST_DSEQ: &str = "last_dseq";
pub(crate) const EPOCH: &str = "epoch";
/// What time it was at the server when it last welcomed the book: the phone's own clock may be years off.
pub(crate) const SERVER_MS: &str = "server_ms";
pub(crate) const LAST_SYNC: &str = "last_sync_ms";
pub(crate) const PROJECTION: &str = "projection";

/// The fact of this name.
pub(crate) fn get<T: DeserializeOwned>(connection: &Connection, key: &str) -> Result<Option<T>, Error> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    let text: Option<String> = statement.query_row([key], |row| row.get(0)).optional()?;
    let read = |text: String| serde_json::from_str(&text).map_err(|_| Error::ReadStored { place: "meta" });
    text.map(read).transpose()
}

/// Notes a fact.
pub(crate) fn set<T: Serialize>(connection: &Connection, key: &str, value: &T) -> Result<(), Error> {
    let text = serde_json::to_string(value).map_err(|_| Error::ReadStored { place: "meta" })?;
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    connection.prepare_cached(sql)?.execute((key, text))?;
    Ok(())
}

/// Forgets a fact.
pub(crate) fn remove(connection: &Connection, key: &str) -> Result<(), Error> {
    connection.execute("DELETE FROM meta WHERE key = ?1", [key])?;
    Ok(())
}

/// Who is signed in. What the office said of them since counts for more than their token.
pub(crate) fn session(connection: &Connection) -> Result<Session, Error> {
    let (session, _) = signed_in(connection)?;
    let role = projection::text(connection, "user", session.user, "role")?.as_deref().and_then(Role::parse);
    Ok(Session { role: role.unwrap_or(session.role), ..session })
}

/// Who is signed in, and the token that proves it.
pub(crate) fn signed_in(connection: &Connection) -> Result<(Session, String), Error> {
    let token = get(connection, TOKEN)?.ok_or(Error::SignedOut)?;
    let session = get(connection, SESSION)?.ok_or(Error::SignedOut)?;
    Ok((session, token))
}
