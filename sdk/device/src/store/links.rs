//! Which records the children of others name, the other way round: who takes part in which activity.
//!
//! Made beside the rows of the projection and thrown away with them.

use fieldbook_domain::action::targets;
use fieldbook_domain::field::Field;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::key;
use fieldbook_domain::raw::Raw;
use fieldbook_domain::record::{self, RecordType};
use rusqlite::Connection;
use uuid::Uuid;

use crate::error::Error;

/// One row for each reference a child holds. The key answers "where is this record named", the index is for rewriting.
pub(crate) const DDL: &str = "CREATE TABLE child_link (
    target TEXT NOT NULL,
    kind   TEXT NOT NULL,
    field  TEXT NOT NULL,
    id     BLOB NOT NULL,
    PRIMARY KEY (target, kind, field, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX child_link_by_id ON child_link (id);\n";

/// Makes the links of a record say what its children say.
pub(crate) fn put(connection: &Connection, kind: &'static RecordType, id: RecordId, raw: &Raw) -> Result<(), Error> {
    if !has_links(kind) {
        return Ok(());
    }
    remove(connection, kind, id)?;
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO child_link (target, kind, field, id) VALUES (?1, ?2, ?3, ?4)")?;
    for collection in kind.collections {
        for child in raw.children(collection.name) {
            for field in collection.fields.iter().filter(|field| field.refers()) {
                let Some(text) = raw.text(&key::child(collection.name, child, field.name)) else { continue };
                for target in targets(field, text) {
                    insert.execute((target.to_string(), kind.name, field.name, id.0.as_bytes()))?;
                }
            }
        }
    }
    Ok(())
}

/// The records of a type whose children name `target` in this field.
pub(crate) fn referring(connection: &Connection, kind: &str, field: &str, target: &RecordRef) -> Result<Vec<RecordRef>, Error> {
    let sql = "SELECT id FROM child_link WHERE target = ?1 AND kind = ?2 AND field = ?3 ORDER BY id";
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map((target.to_string(), kind, field), |row| row.get(0))?;
    ids.map(|id| Ok(RecordRef::new(kind, RecordId(Uuid::from_bytes(id?))))).collect()
}

/// Takes a record's links away.
pub(crate) fn remove(connection: &Connection, kind: &RecordType, id: RecordId) -> Result<(), Error> {
    if has_links(kind) {
        connection.prepare_cached("DELETE FROM child_link WHERE id = ?1")?.execute([id.0.as_bytes()])?;
    }
    Ok(())
}

/// The records a child of which names this one, with the field as `collection.field`.
pub(crate) fn to(connection: &Connection, target: &RecordRef) -> Result<Vec<(RecordRef, String)>, Error> {
    let mut statement = connection.prepare_cached("SELECT kind, field, id FROM child_link WHERE target = ?1")?;
    let mut rows = statement.query([target.to_string()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (kind, field): (String, String) = (row.get(0)?, row.get(1)?);
        let source = RecordRef::new(kind, RecordId(Uuid::from_bytes(row.get(2)?)));
        let collections = record::find(&source.kind).map(|kind| kind.collections).unwrap_or_default();
        let having = collections.iter().filter(|collection| collection.fields.iter().any(|declared| declared.name == field));
        found.extend(having.map(|collection| (source.clone(), format!("{}.{field}", collection.name))));
    }
    Ok(found)
}

fn has_links(kind: &RecordType) -> bool {
    kind.collections.iter().any(|collection| collection.fields.iter().any(Field::refers))
}
