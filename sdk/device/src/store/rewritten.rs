//! Changes that were authored again although the server may have them under the old name.
//!
//! A book put back from a backup offers work again that was sent after the backup was made. So after a new name the phone
//! first fetches what the server has; what comes back here needs no second telling, and would double what was typed into a
//! long text.

use std::collections::BTreeMap;

use fieldbook_sync::change::Hash;
use fieldbook_sync::message::Intent;
use rusqlite::Connection;
use uuid::Uuid;

use crate::error::Error;

/// Remembers the changes of an intent that is authored again.
pub(crate) fn remember(connection: &Connection, intent: &Intent) -> Result<(), Error> {
    let sql = "INSERT INTO rewritten (hash, intent, seen) VALUES (?1, ?2, 0) ON CONFLICT (hash) DO NOTHING";
    let mut statement = connection.prepare_cached(sql)?;
    for change in intent.parts.iter().flat_map(|part| &part.changes) {
        statement.execute((change.hash, intent.id.as_bytes()))?;
    }
    Ok(())
}

/// Notes that the server has a change.
pub(crate) fn see(connection: &Connection, hash: &Hash) -> Result<(), Error> {
    connection.prepare_cached("UPDATE rewritten SET seen = 1 WHERE hash = ?1")?.execute([hash])?;
    Ok(())
}

/// Whether there are any.
pub(crate) fn any(connection: &Connection) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM rewritten)";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Forgets them all; gives the intents of which the server has a change, and so all of them, with what it has.
pub(crate) fn take_seen(connection: &Connection) -> Result<BTreeMap<Uuid, Vec<Hash>>, Error> {
    let mut statement = connection.prepare_cached("SELECT intent, hash FROM rewritten WHERE seen = 1")?;
    let rows = statement.query_map([], |row| Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?)))?;
    let mut seen: BTreeMap<Uuid, Vec<Hash>> = BTreeMap::new();
    for row in rows {
        let (intent, hash) = row?;
        seen.entry(intent).or_default().push(hash);
    }
    connection.execute("DELETE FROM rewritten", [])?;
    Ok(seen)
}
