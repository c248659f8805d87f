//! What a person looks at.

use std::collections::BTreeMap;

use fieldbook_domain::action::{self, Available};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record::{RECORD_TYPES, Record, RecordType};
use fieldbook_domain::view;
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use serde_json::{Map, Value};

use super::Book;
use crate::desk::declared;
use crate::error::Error;
use crate::goals::{self, GoalProgress};
use crate::history::{self, Alternative, HistoryEntry};
use crate::inbox::{self, InboxItem};
use crate::live::LiveQuery;
use crate::query::{self, Query, Statement};
use crate::report::{self, By, PipelineRow};
use crate::store::held::Held;
use crate::store::{documents, meta, projection};
use crate::timeline::{self, Asked, TimelinePage, TimelineQuery};
use uuid::Uuid;

type Body = Map<String, Value>;

impl Book {
    /// A record as a person sees it; `pending` says that work on it waits to be sent, `deleted` that it was deleted. The id of
    /// a record that was merged into another one leads to that one, here and wherever else a record is looked at or changed.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(&self, kind: &str, id: RecordId) -> Result<Body, Error> {
        let kind = declared(kind)?;
        self.store.read(move |connection| shown_record(connection, kind, id))
    }

    /// The record held under this id, whatever its type.
    ///
    /// # Errors
    /// The book's own.
    pub fn find(&self, id: RecordId) -> Result<Option<RecordRef>, Error> {
        let kind = self.store.read(move |connection| documents::kind_of(connection, id))?;
        Ok(kind.map(|kind| RecordRef::new(kind, id)))
    }

    /// A record as its struct.
    ///
    /// # Errors
    /// `NotFound`; `ConvertRecord` if a newer app keeps something in it that the struct cannot hold.
    pub fn record<R: Record>(&self, id: RecordId) -> Result<R, Error> {
        let body = self.get(R::TYPE.name, id)?;
        R::read(body).map_err(|error| Error::ConvertRecord { kind: R::TYPE.name, reason: error.to_string() })
    }

    /// Records of one type, filtered and sorted; deleted ones are left out.
    ///
    /// # Errors
    /// A refusal for a name the record type does not have.
    pub fn list(&self, query: &Query) -> Result<Vec<Body>, Error> {
        let statement = query::list(query)?;
        self.store.read(move |connection| shown_rows(connection, statement))
    }

    /// The same list, kept up to date.
    ///
    /// # Errors
    /// A refusal for a name the record type does not have.
    pub fn live(&self, query: Query) -> Result<LiveQuery, Error> {
        query::list(&query)?;
        let kind = declared(&query.kind)?;
        Ok(LiveQuery::new(self.store.clone(), query, kind, self.changes()))
    }

    /// How many records a list would show, whatever its limit.
    ///
    /// # Errors
    /// As [`Book::list`].
    pub fn count(&self, query: &Query) -> Result<u64, Error> {
        let statement = query::count(query)?;
        self.store.read(move |connection| {
            let mut prepared = connection.prepare_cached(&statement.sql)?;
            let count: i64 = prepared.query_row(params_from_iter(statement.values), |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
    }

    /// The actions of a record: what can be done now, and why the rest cannot.
    ///
    /// # Errors
    /// `NotFound`, `SignedOut`.
    pub fn available(&self, kind: &str, id: RecordId) -> Result<Vec<Available>, Error> {
        let kind = declared(kind)?;
        let now_ms = self.host.clock.now_ms();
        self.store.read(move |connection| {
            let author = meta::session(connection)?.author(now_ms);
            let id = projection::standing(connection, kind, id)?;
            let raw = documents::raw(connection, &RecordRef::new(kind.name, id))?.filter(|raw| raw.exists());
            let raw = raw.ok_or_else(|| Error::not_found(kind.name, id))?;
            let held = Held::new(connection);
            held.settle(action::available(kind, id, &view::of(kind, id, &raw), &author, &held))
        })
    }

    /// Who changed what, and when, in an order in which each change follows what it builds on.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn history(&self, kind: &str, id: RecordId) -> Result<Vec<HistoryEntry>, Error> {
        let kind = declared(kind)?;
        self.store.read(move |connection| history::of(connection, kind, id))
    }

    /// What happened around a record and what is to happen, a page at a time: its activities, notes, closings and moves, and
    /// those of the records that roll up to it.
    ///
    /// # Errors
    /// `NotFound`; a refusal: a kind of item there is not, a page too large, a cursor that is none.
    pub fn timeline(&self, kind: &str, id: RecordId, query: &TimelineQuery) -> Result<TimelinePage, Error> {
        let kind = declared(kind)?;
        let (query, now_ms) = (query.clone(), self.host.clock.now_ms());
        self.store.read(move |connection| {
            let id = projection::standing(connection, kind, id)?;
            timeline::page(connection, kind, id, &Asked::of(&query, now_ms)?)
        })
    }

    /// The values that lost against others, kept for their authors.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn alternatives(&self, kind: &str, id: RecordId) -> Result<Vec<Alternative>, Error> {
        let kind = declared(kind)?;
        self.store.read(move |connection| history::alternatives(connection, kind, id))
    }

    /// What the server decided and what it would not take, newest first.
    ///
    /// # Errors
    /// The book's own.
    pub fn inbox(&self) -> Result<Vec<InboxItem>, Error> {
        self.store.read(inbox::all)
    }

    /// Notes an item of the inbox as read.
    ///
    /// # Errors
    /// The book's own.
    pub fn mark_read(&self, item: Uuid) -> Result<(), Error> {
        self.write(move |tx| inbox::mark_read(tx, item))
    }

    /// What the opportunities come to, by state and by something else.
    ///
    /// # Errors
    /// The book's own.
    pub fn report_pipeline(&self, by: By) -> Result<Vec<PipelineRow>, Error> {
        self.store.read(move |connection| report::pipeline(connection, by))
    }

    /// How far a goal has come, closed ones too: an estimate from what this phone holds.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn goal(&self, id: RecordId) -> Result<GoalProgress, Error> {
        let now_ms = self.host.clock.now_ms();
        self.store.read(move |connection| goals::one(connection, id, now_ms))
    }

    /// How far the open goals have come, each before those below it: an estimate from what this phone holds.
    ///
    /// # Errors
    /// The book's own.
    pub fn goals(&self) -> Result<Vec<GoalProgress>, Error> {
        let now_ms = self.host.clock.now_ms();
        self.store.read(move |connection| goals::open(connection, now_ms))
    }

    /// Every record in one spelling, deleted ones included, to compare two phones.
    ///
    /// # Errors
    /// The book's own.
    pub fn records_digest(&self) -> Result<BTreeMap<RecordRef, String>, Error> {
        self.store.read(|connection| {
            let mut digest = BTreeMap::new();
            for kind in RECORD_TYPES {
                digest_type(connection, kind.name, &projection::table(kind), &mut digest)?;
            }
            Ok(digest)
        })
    }
}

fn digest_type(connection: &Connection, kind: &str, table: &str, digest: &mut BTreeMap<RecordRef, String>) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT id, body, deleted FROM \"{table}\""))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = RecordId(Uuid::from_bytes(row.get(0)?));
        let body = shown((row.get(1)?, row.get(2)?, false))?;
        digest.insert(RecordRef::new(kind, id), Value::Object(body).to_string());
    }
    Ok(())
}

/// A record as a person sees it; an alias shows what stands for it.
pub(super) fn shown_record(connection: &Connection, kind: &RecordType, id: RecordId) -> Result<Body, Error> {
    let id = projection::standing(connection, kind, id)?;
    let sql = format!("SELECT body, deleted, pending FROM \"{}\" WHERE id = ?1", projection::table(kind));
    let mut statement = connection.prepare_cached(&sql)?;
    let row = statement.query_row([id.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    row.optional()?.map(shown).transpose()?.ok_or_else(|| Error::not_found(kind.name, id))
}

/// The rows a statement of [`query::list`] gives.
pub(crate) fn shown_rows(connection: &Connection, statement: Statement) -> Result<Vec<Body>, Error> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let rows = prepared.query_map(params_from_iter(statement.values), row)?;
    rows.map(|row| shown(row?)).collect()
}

/// A row as a person sees it.
fn shown((body, deleted, pending): (String, bool, bool)) -> Result<Body, Error> {
    let mut body: Body = serde_json::from_str(&body).map_err(|_| Error::ReadStored { place: "projection" })?;
    for (name, flag) in [("deleted", deleted), ("pending", pending)] {
        if flag {
            body.insert(name.to_owned(), Value::Bool(true));
        }
    }
    Ok(body)
}
