//! What is going on with the book, in numbers.

use std::collections::BTreeMap;

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::permission::Role;
use fieldbook_domain::record::RECORD_TYPES;
use rusqlite::Connection;
use serde::Serialize;
use uuid::Uuid;

use crate::error::Error;
use crate::incarnation;
use crate::session::Session;
use crate::store::{blobs, cursors, meta, outbox, projection, strays};

/// What is going on with the book.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// Whether somebody is signed in.
    pub signed_in: bool,
    /// The address of the server.
    pub server: Option<String>,
    /// The organisation.
    pub org: Option<String>,
    /// The user.
    pub user: Option<RecordId>,
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
    pub pending: u64,
    /// Pieces of work the server would not take, kept in the inbox.
    pub refused: u64,
    /// Attached files the server does not have yet.
    pub uploads: u64,
    /// Bytes they have together.
    pub upload_bytes: u64,
    /// How many of them the server did not take so far; they are offered again at every sync.
    pub uploads_refused: u64,
    /// When everything the server had was last stored, in milliseconds since 1970.
    pub last_sync_ms: Option<i64>,
    /// The server database the cursors belong to.
    pub epoch: Option<Uuid>,
    /// How far each log is held.
    pub cursors: BTreeMap<String, u64>,
    /// Records that could not take what arrived for them; what arrived is kept.
    pub damaged: Vec<Damage>,
    /// Records that are not deleted, by type.
    pub records: BTreeMap<String, u64>,
}

/// A record that could not take what arrived for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The record type.
    pub kind: String,
    /// The record.
    pub id: RecordId,
    /// Why.
    pub reason: String,
}

/// Looks at the book.
pub(crate) fn read(connection: &Connection, device_name: String) -> Result<Status, Error> {
    let session: Option<Session> = meta::get(connection, meta::SESSION)?;
    let incarnation = incarnation::current(connection)?;
    let mut records = BTreeMap::new();
    for kind in RECORD_TYPES {
        let sql = format!("SELECT count(*) FROM \"{}\" WHERE deleted = 0", projection::table(kind));
        let count: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
        records.insert(kind.name.to_owned(), u64::try_from(count).unwrap_or(0));
    }
    let refused: i64 = connection.query_row("SELECT count(*) FROM refused", [], |row| row.get(0))?;
    let uploads = blobs::waiting(connection)?;
    Ok(Status {
        signed_in: meta::get::<String>(connection, meta::TOKEN)?.is_some(),
        server: session.as_ref().map(|session| session.server.clone()),
        org: session.as_ref().map(|session| session.org.clone()),
        user: session.as_ref().map(|session| session.user),
        role: session.as_ref().map(|session| session.role),
        user_name: session.map(|session| session.name),
        device: incarnation.device,
        device_name,
        actor: incarnation.actor.simple().to_string(),
        pending: outbox::count(connection)?,
        refused: u64::try_from(refused).unwrap_or(0),
        uploads: uploads.files,
        upload_bytes: uploads.bytes,
        uploads_refused: uploads.refused,
        last_sync_ms: meta::get(connection, meta::LAST_SYNC)?,
        epoch: meta::get(connection, meta::EPOCH)?,
        cursors: cursors::all(connection)?,
        damaged: strays::damaged(connection)?,
        records,
    })
}
