//! What people hold who read only a part of the organisation.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_domain::access::{Circle, Holding};
use fieldbook_domain::ids::{RecordId, RecordRef};
use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::log::{COMMON_SCOPE, ORG_SCOPE, everybodys, user_scope};
use super::{Store, signed};
use crate::error::Error;

impl Store {
    /// Whether somebody reads only a part of the organisation.
    pub(crate) fn has_slice(&self, user: RecordId) -> Result<bool, Error> {
        let mut statement = self.conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM slice WHERE user = ?1)")?;
        Ok(statement.query_row([user.0.as_bytes()], |row| row.get(0))?)
    }

    /// The scopes somebody reads.
    pub(crate) fn scopes_of(&self, user: RecordId) -> Result<Vec<String>, Error> {
        let records = if self.has_slice(user)? { COMMON_SCOPE } else { ORG_SCOPE };
        Ok(vec![records.to_owned(), user_scope(user)])
    }

    /// The circle of everybody who reads only a part.
    pub(crate) fn slices(&self) -> Result<BTreeMap<RecordId, Circle>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT user, circle FROM slice")?;
        let rows = statement.query_map([], |row| Ok((record(row.get(0)?), row.get::<_, String>(1)?)))?;
        let read = |circle: String| serde_json::from_str(&circle).map_err(|_| Error::Damaged { what: "slice" });
        rows.map(|row| row.map_err(Error::from).and_then(|(user, circle)| Ok((user, read(circle)?)))).collect()
    }

    /// Keeps somebody's circle.
    pub(crate) fn put_slice(&self, user: RecordId, circle: &Circle) -> Result<(), Error> {
        let circle = serde_json::to_string(circle).map_err(|_| Error::Damaged { what: "slice" })?;
        let sql = "INSERT INTO slice (user, circle) VALUES (?1, ?2) ON CONFLICT (user) DO UPDATE SET circle = excluded.circle";
        self.conn.prepare_cached(sql)?.execute((user.0.as_bytes(), circle))?;
        Ok(())
    }

    /// Forgets what somebody held who reads everything now, and what was logged for them alone.
    pub(crate) fn drop_slice(&self, user: RecordId, scope: &str) -> Result<(), Error> {
        self.conn.execute("DELETE FROM slice WHERE user = ?1", [user.0.as_bytes()])?;
        self.conn.execute("DELETE FROM held WHERE user = ?1", [user.0.as_bytes()])?;
        self.conn.execute("DELETE FROM asked WHERE user = ?1", [user.0.as_bytes()])?;
        self.conn.execute("DELETE FROM log WHERE scope = ?1 AND kind IN ('copy', 'whole', 'leave')", [scope])?;
        Ok(())
    }

    /// Who has a security role: users, and teams for their members.
    pub(crate) fn with_security_roles(&self) -> Result<Vec<RecordRef>, Error> {
        let sql = "SELECT DISTINCT source_kind, source FROM document
                   CROSS JOIN reference ON reference.target = document.id AND source_kind IN ('user', 'team')
                   WHERE document.kind = 'security_role'";
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok(RecordRef::new(row.get::<_, String>(0)?, record(row.get(1)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether somebody ever had a phone.
    pub(crate) fn has_device(&self, user: RecordId) -> Result<bool, Error> {
        let mut statement = self.conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM device WHERE user = ?1)")?;
        Ok(statement.query_row([user.0.as_bytes()], |row| row.get(0))?)
    }

    /// Whether somebody who reads only a part holds a record.
    pub(crate) fn is_held(&self, user: RecordId, doc: RecordId) -> Result<bool, Error> {
        let mut statement = self.conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM held WHERE user = ?1 AND doc = ?2)")?;
        Ok(statement.query_row((user.0.as_bytes(), doc.0.as_bytes()), |row| row.get(0))?)
    }

    /// Who holds a record, and why.
    pub(crate) fn holders(&self, doc: RecordId) -> Result<BTreeMap<RecordId, Holding>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT user, reads FROM held WHERE doc = ?1")?;
        let rows = statement.query_map([doc.0.as_bytes()], |row| Ok((record(row.get(0)?), holding(row.get(1)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Who reads a record that names this one, or decides about it.
    pub(crate) fn readers_of_what_names(&self, doc: RecordId) -> Result<BTreeSet<RecordId>, Error> {
        let sql = "SELECT DISTINCT held.user FROM reference CROSS JOIN held ON held.doc = reference.source AND held.reads > 0
                   WHERE reference.target = ?1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map([doc.0.as_bytes()], |row| Ok(record(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Everything somebody holds.
    pub(crate) fn held(&self, user: RecordId) -> Result<BTreeMap<RecordRef, Holding>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT kind, doc, reads FROM held WHERE user = ?1")?;
        let row =
            |row: &rusqlite::Row<'_>| Ok((RecordRef::new(row.get::<_, String>(0)?, record(row.get(1)?)), holding(row.get(2)?)));
        Ok(statement.query_map([user.0.as_bytes()], row)?.collect::<Result<_, _>>()?)
    }

    /// Notes that somebody holds a record, and why; what they hold already keeps its place.
    pub(crate) fn hold(&self, user: RecordId, record: &RecordRef, why: Holding) -> Result<(), Error> {
        let sql = "INSERT INTO held (user, doc, kind, reads, since) VALUES (?1, ?2, ?3, ?4, 0)
                   ON CONFLICT (user, doc) DO UPDATE SET reads = excluded.reads";
        let reads = match why {
            Holding::Named => 0,
            Holding::Read => 1,
            Holding::Asked => 2,
        };
        self.conn.prepare_cached(sql)?.execute((user.0.as_bytes(), record.id.0.as_bytes(), &record.kind, reads))?;
        Ok(())
    }

    /// Notes at which position a record came to somebody.
    pub(crate) fn held_since(&self, user: RecordId, doc: RecordId, seq: u64) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached("UPDATE held SET since = ?3 WHERE user = ?1 AND doc = ?2")?;
        statement.execute((user.0.as_bytes(), doc.0.as_bytes(), signed(seq)))?;
        Ok(())
    }

    /// Notes that somebody no longer holds a record.
    pub(crate) fn let_go(&self, user: RecordId, doc: RecordId) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached("DELETE FROM held WHERE user = ?1 AND doc = ?2")?;
        statement.execute((user.0.as_bytes(), doc.0.as_bytes()))?;
        Ok(())
    }

    /// The records somebody does not hold, and was not told of as leaving them.
    pub(crate) fn not_named(&self, user: RecordId) -> Result<Vec<RecordId>, Error> {
        let sql = "SELECT id FROM document
                   WHERE id IN (SELECT doc FROM change WHERE seq > (SELECT named FROM slice WHERE user = ?1))
                       AND kind NOT IN (SELECT value FROM json_each(?3))
                       AND NOT EXISTS (SELECT 1 FROM held WHERE held.user = ?1 AND held.doc = document.id)
                       AND id NOT IN (SELECT ref FROM log WHERE scope = ?2 AND kind = 'leave')
                   ORDER BY id";
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map((user.0.as_bytes(), user_scope(user), everybodys()), |row| Ok(record(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes up to where everything somebody does not hold was named.
    pub(crate) fn named_up_to(&self, user: RecordId, seq: u64) -> Result<(), Error> {
        self.conn.prepare_cached("UPDATE slice SET named = ?2 WHERE user = ?1")?.execute((user.0.as_bytes(), signed(seq)))?;
        Ok(())
    }

    /// Every record with its type.
    pub(crate) fn records(&self) -> Result<Vec<RecordRef>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT kind, id FROM document")?;
        let rows = statement.query_map([], |row| Ok(RecordRef::new(row.get::<_, String>(0)?, record(row.get(1)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a record is there.
    pub(crate) fn is_here(&self, target: &RecordRef) -> Result<bool, Error> {
        let mut statement = self.conn.prepare_cached("SELECT kind FROM document WHERE id = ?1")?;
        let kind: Option<String> = statement.query_row([target.id.0.as_bytes()], |row| row.get(0)).optional()?;
        Ok(kind.is_some_and(|kind| kind == target.kind))
    }

    /// Whether somebody reads a record to which this file is attached.
    pub(crate) fn may_read_file(&self, user: RecordId, hash: &str) -> Result<bool, Error> {
        if !self.has_slice(user)? {
            return Ok(true);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM document WHERE kind IN (SELECT value FROM json_each(?3)) AND instr(body, ?2) > 0)
                       OR EXISTS (SELECT 1 FROM held CROSS JOIN document ON document.id = held.doc
                                  WHERE held.user = ?1 AND instr(document.body, ?2) > 0)";
        let mut statement = self.conn.prepare_cached(sql)?;
        Ok(statement.query_row((user.0.as_bytes(), hash, everybodys()), |row| row.get(0))?)
    }
}

fn holding(reads: i64) -> Holding {
    match reads {
        0 => Holding::Named,
        2 => Holding::Asked,
        _ => Holding::Read,
    }
}

fn record(bytes: [u8; 16]) -> RecordId {
    RecordId(Uuid::from_bytes(bytes))
}
