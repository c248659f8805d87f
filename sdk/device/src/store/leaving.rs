//! Records that leave the phone (INV-17): at once, or once what was done to them is answered.

use fieldbook_domain::blob::BlobHash;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::key;
use fieldbook_domain::record;
use fieldbook_domain::record::attachment::{COLLECTION, has_attachments};
use rusqlite::Connection;
use uuid::Uuid;

use super::{blobs, documents, projection, strays};
use crate::error::Error;

/// Notes that a record is to go.
pub(crate) fn note(connection: &Connection, kind: &str, id: RecordId) -> Result<(), Error> {
    let sql = "INSERT INTO leaving (doc, kind) VALUES (?1, ?2) ON CONFLICT (doc) DO NOTHING";
    connection.prepare_cached(sql)?.execute((id.0.as_bytes(), kind))?;
    Ok(())
}

/// Notes that a record may stay: it was shared again.
pub(crate) fn forget(connection: &Connection, id: RecordId) -> Result<(), Error> {
    connection.prepare_cached("DELETE FROM leaving WHERE doc = ?1")?.execute([id.0.as_bytes()])?;
    Ok(())
}

/// Whether a record is to go.
pub(crate) fn is_noted(connection: &Connection, id: RecordId) -> Result<bool, Error> {
    let mut statement = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM leaving WHERE doc = ?1)")?;
    Ok(statement.query_row([id.0.as_bytes()], |row| row.get(0))?)
}

/// Lets go of every record that is to go and of which nothing waits any more; gives them.
pub(crate) fn go(connection: &Connection) -> Result<Vec<RecordRef>, Error> {
    let sql = "SELECT kind, doc FROM leaving WHERE NOT EXISTS (SELECT 1 FROM outbox_doc WHERE outbox_doc.doc = leaving.doc)";
    let mut statement = connection.prepare_cached(sql)?;
    let row = |row: &rusqlite::Row<'_>| Ok(RecordRef::new(row.get::<_, String>(0)?, RecordId(Uuid::from_bytes(row.get(1)?))));
    let ready: Vec<RecordRef> = statement.query_map([], row)?.collect::<Result<_, _>>()?;
    for record in &ready {
        evict(connection, record)?;
        forget(connection, record.id)?;
    }
    Ok(ready)
}

/// Removes all there is of a record, with the files attached to it.
fn evict(connection: &Connection, target: &RecordRef) -> Result<(), Error> {
    let Some(kind) = record::find(&target.kind) else { return documents::remove(connection, target.id) };
    if has_attachments(kind) {
        // A record that cannot be read goes all the same.
        let raw = documents::raw(connection, target).ok().flatten().unwrap_or_default();
        for child in raw.children_with_removed(COLLECTION) {
            let hash = raw.text(&key::child(COLLECTION, child, "blob")).and_then(|hash| hash.parse::<BlobHash>().ok());
            let stored = hash.map(|hash| blobs::find(connection, hash)).transpose()?.flatten();
            // A file the server is not known to have is sent first.
            if let Some(stored) = stored.filter(|stored| !stored.waiting) {
                blobs::forget(connection, stored.row)?;
            }
        }
    }
    documents::remove(connection, target.id)?;
    strays::clear(connection, target.id)?;
    projection::remove(connection, kind, target.id)
}
