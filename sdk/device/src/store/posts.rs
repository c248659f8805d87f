//! What was done to records, for their timelines: their moves as rows.
//!
//! Made beside the rows of the projection and thrown away with them.

use fieldbook_domain::fold::Folded;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record::RecordType;
use fieldbook_domain::{time, timeline};
use rusqlite::Connection;
use serde_json::Value;

use crate::error::Error;

/// One row for each move, in the order a timeline reads them.
pub(crate) const DDL: &str = "CREATE TABLE post (
    record  TEXT NOT NULL,
    at      TEXT NOT NULL,
    action  BLOB NOT NULL,
    verb    TEXT NOT NULL,
    by      BLOB NOT NULL,
    state   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    args    TEXT NOT NULL,
    closing INTEGER NOT NULL,
    PRIMARY KEY (record, at, action)
) STRICT, WITHOUT ROWID;\n";

/// Makes the posts of a record say what was done to it.
pub(crate) fn put(connection: &Connection, kind: &RecordType, id: RecordId, folded: &Folded) -> Result<(), Error> {
    if timeline::entry(kind.name).is_some() {
        return Ok(());
    }
    remove(connection, kind, id)?;
    let record = RecordRef::new(kind.name, id).to_string();
    for post in timeline::posts(kind, folded) {
        let sql = "INSERT INTO post (record, at, action, verb, by, state, reason, args, closing)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        connection.prepare_cached(sql)?.execute((
            &record,
            time::spell(time::from_ms(post.at_ms)),
            post.action.0.as_bytes(),
            post.verb,
            post.by.0.as_bytes(),
            post.state,
            post.reason,
            Value::Object(post.args).to_string(),
            post.closing,
        ))?;
    }
    Ok(())
}

/// Takes a record's posts away.
pub(crate) fn remove(connection: &Connection, kind: &RecordType, id: RecordId) -> Result<(), Error> {
    if timeline::entry(kind.name).is_none() {
        let record = RecordRef::new(kind.name, id).to_string();
        connection.prepare_cached("DELETE FROM post WHERE record = ?1")?.execute([record])?;
    }
    Ok(())
}
