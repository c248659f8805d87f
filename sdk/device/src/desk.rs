//! One local transaction at work: what is read, checked, planned and written while it is open.
//!
//! A bundle plans against the records as they will be when it is done, writes nothing until all of it is planned, and then
//! becomes one change per document and one intent. So a refusal in its middle leaves no trace.

use std::cell::RefCell;
use std::collections::BTreeMap;

use automerge::{Automerge, Change, ChangeHash};
use fieldbook_domain::action::{Author, Records};
use fieldbook_domain::document::{self, Write};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::raw::Raw;
use fieldbook_domain::record::{self, RecordType};
use fieldbook_domain::refusal::Refusal;
use fieldbook_sync::change::{ActorBytes, Hash, WireChange};
use fieldbook_sync::frame::PARTS_MAX;
use fieldbook_sync::message::{Intent, Part};
use rusqlite::{Connection, Transaction};

use crate::cascade;
use crate::clock::Host;
use crate::error::Error;
use crate::forecast;
use crate::incarnation;
use crate::session::Session;
use crate::store::documents::Stored;
use crate::store::{documents, meta, outbox, projection};

/// Records kept read; more than a bundle ever looks at, few enough for a phone.
const KEPT_MAX: usize = 2_048;

/// An open transaction with its author.
pub(crate) struct Desk<'t> {
    tx: &'t Transaction<'t>,
    host: Host,
    session: Session,
    actor: ActorBytes,
    /// The clock is read once: what one transaction writes happened at one moment.
    now_ms: i64,
    kept: RefCell<BTreeMap<RecordRef, Option<Raw>>>,
    trouble: RefCell<Option<Error>>,
}

impl<'t> Desk<'t> {
    /// Sits down in a transaction; somebody must be signed in.
    pub(crate) fn open(tx: &'t Transaction<'t>, host: &Host) -> Result<Self, Error> {
        let session = meta::session(tx)?;
        let actor = incarnation::current(tx)?.actor();
        let (kept, trouble) = (RefCell::default(), RefCell::default());
        let now_ms = host.clock.now_ms().max(0);
        Ok(Self { tx, host: host.clone(), session, actor, now_ms, kept, trouble })
    }

    /// Who works, and when.
    pub(crate) fn author(&self) -> Author {
        self.session.author(self.now_ms)
    }

    /// A new id for a record or an action.
    pub(crate) fn new_id(&self) -> RecordId {
        self.host.ids.record_id(self.now_ms)
    }

    /// Who works.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// The transaction, to look at what are no records.
    pub(crate) fn connection(&self) -> &Connection {
        self.tx
    }

    /// The record held under this id, whatever its type.
    pub(crate) fn kind_of(&self, id: RecordId) -> Result<Option<String>, Error> {
        documents::kind_of(self.tx, id)
    }

    /// The first thing that went wrong while rules were looking at records.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.trouble.borrow_mut().take().map_or(Ok(()), Err)
    }

    /// Writes planned records as one intent; where an account takes more along than one holds, as several.
    pub(crate) fn commit(&self, planned: Vec<Draft>, time_ms: i64) -> Result<(), Error> {
        self.check()?;
        let touched = planned.len();
        let intents = cascade::in_intents(planned);
        if intents.iter().any(|intent| intent.len() > PARTS_MAX) {
            let message = format!("one bundle touches at most {PARTS_MAX} records; this one touches {touched}");
            return Err(Refusal::new("bundle.too_large", message).into());
        }
        self.tx.prepare_cached("SAVEPOINT bundle")?.execute([])?;
        let written = intents.into_iter().try_for_each(|intent| self.write_all(intent, time_ms));
        if written.is_err() {
            // In a batch the bundles before this one stay.
            self.tx.prepare_cached("ROLLBACK TO bundle")?.execute([])?;
            self.kept.borrow_mut().clear();
        }
        self.tx.prepare_cached("RELEASE bundle")?.execute([])?;
        written
    }

    fn write_all(&self, planned: Vec<Draft>, time_ms: i64) -> Result<(), Error> {
        let forecast = forecast::expected(self, &planned)?;
        let mut parts = Vec::new();
        for draft in planned {
            parts.extend(self.write(draft, time_ms)?);
        }
        if parts.is_empty() {
            return Ok(());
        }
        let intent = Intent { dseq: outbox::take_dseq(self.tx)?, id: incarnation::random(&self.host), parts, forecast };
        outbox::push(self.tx, &intent, time_ms)
    }

    fn write(&self, draft: Draft, time_ms: i64) -> Result<Option<Part>, Error> {
        let Draft { target, kind, writes, after } = draft;
        let id = target.id;
        let stored = documents::find(self.tx, id)?;
        let genesis = documents::genesis(kind, id)?;
        let Some(change) = self.author_change(&target, kind, stored, &genesis, &writes, time_ms)? else { return Ok(None) };
        projection::put(self.tx, kind, id, &after, true)?;
        let mut kept = self.kept.borrow_mut();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(target, Some(after));
        Ok(Some(Part { kind: kind.name.to_owned(), doc: id.0, changes: vec![change] }))
    }
}

impl Desk<'_> {
    /// Makes the change and stores the document: in its tail while it stands in one line, else through Automerge.
    fn author_change(
        &self,
        target: &RecordRef,
        kind: &'static RecordType,
        stored: Option<Stored>,
        genesis: &Hash,
        writes: &[Write],
        time_ms: i64,
    ) -> Result<Option<WireChange>, Error> {
        let id = target.id;
        let mut stored = stored.unwrap_or_else(|| Stored::empty(kind));
        if let Ok(change) = stored.author(kind, id, self.actor, genesis, writes, time_ms)? {
            if let Some(change) = &change {
                stored.push(id, change)?;
                documents::save_tail(self.tx, id, &stored)?;
            }
            return Ok(change);
        }
        let mut doc = stored.load(kind, id, self.actor)?;
        let Some(change) = author(&mut doc, id, genesis, writes, time_ms, None)? else { return Ok(None) };
        documents::save(self.tx, kind, id, &doc)?;
        Ok(Some(change))
    }
}

impl Records for Desk<'_> {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        if let Some(kept) = self.kept.borrow().get(target) {
            return kept.clone();
        }
        let raw = match documents::raw(self.tx, target) {
            Ok(raw) => raw,
            Err(error) => {
                self.trouble.borrow_mut().get_or_insert(error);
                None
            }
        };
        let mut kept = self.kept.borrow_mut();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(target.clone(), raw.clone());
        raw
    }

    fn referring(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        projection::referring(self.tx, kind, field, holds).unwrap_or_else(|error| {
            self.trouble.borrow_mut().get_or_insert(error);
            Vec::new()
        })
    }
}

/// The records of a type whose field holds this, where these drafts are about to be written.
pub(crate) fn referring_with<'d>(
    mut found: Vec<RecordRef>,
    drafts: impl Iterator<Item = &'d Draft>,
    (kind, field, holds): (&str, &str, &str),
) -> Vec<RecordRef> {
    for draft in drafts {
        let says = draft.kind.name == kind && draft.after.text(field) == Some(holds);
        let there = found.iter().position(|target| *target == draft.target);
        match (there, says) {
            (Some(place), false) => {
                found.remove(place);
            }
            (None, true) => found.push(draft.target.clone()),
            (Some(_), true) | (None, false) => {}
        }
    }
    found
}

/// What a bundle is about to write into one record.
pub(crate) struct Draft {
    /// The record.
    pub(crate) target: RecordRef,
    /// Its type.
    pub(crate) kind: &'static RecordType,
    /// The differences, later ones winning.
    pub(crate) writes: Vec<Write>,
    /// The record as it will read.
    pub(crate) after: Raw,
}

impl Draft {
    /// Adds writes and keeps the last one of each register.
    pub(crate) fn add(&mut self, writes: Vec<Write>, time_ms: i64) {
        if !writes.is_empty() {
            self.after.touch(time_ms);
        }
        for write in writes {
            match &write {
                Write::Put { key, value } => self.after.set(key, value.clone()),
                Write::Text { field, now } => self.after.set_text(field, now.clone()),
            }
            self.writes.retain(|earlier| place(earlier) != place(&write));
            self.writes.push(write);
        }
    }
}

/// What a write writes into.
pub(crate) fn place(write: &Write) -> (bool, &str) {
    match write {
        Write::Put { key, .. } => (false, key),
        Write::Text { field, .. } => (true, field),
    }
}

/// Writes differences into a document as one change, ready to travel; `None` when nothing differed.
pub(crate) fn author(
    doc: &mut Automerge,
    id: RecordId,
    genesis: &Hash,
    writes: &[Write],
    time_ms: i64,
    message: Option<&str>,
) -> Result<Option<WireChange>, Error> {
    let change = documents::guarded(|| document::write(doc, writes, time_ms, message));
    to_travel(id, genesis, change)
}

/// The same once more, for somebody who had seen no more than these heads; whatever the document's own name wrote is behind them.
pub(crate) fn author_again(
    doc: &mut Automerge,
    id: RecordId,
    (genesis, heads): (&Hash, &[ChangeHash]),
    writes: &[Write],
    time_ms: i64,
    message: Option<&str>,
) -> Result<Option<WireChange>, Error> {
    let change = documents::guarded(|| {
        if doc.get_heads() == heads {
            return document::write_anew(doc, writes, time_ms, message);
        }
        let mut seen = doc.fork_at(heads)?.with_actor(doc.get_actor().clone());
        let change = document::write_anew(&mut seen, writes, time_ms, message)?;
        doc.apply_changes(change.clone())?;
        Ok(change)
    });
    to_travel(id, genesis, change)
}

fn to_travel(id: RecordId, genesis: &Hash, change: Result<Option<Change>, String>) -> Result<Option<WireChange>, Error> {
    let Some(change) = change.map_err(|reason| Error::WriteDocument { id, reason })? else { return Ok(None) };
    let wire = WireChange::from_change(&change, genesis, None).map_err(|error| {
        if let fieldbook_sync::error::Error::TooLarge { .. } = error {
            let message = "this is too much for one save: save a long text in several steps".to_owned();
            return Error::Refused(Refusal::new("bundle.too_large", message));
        }
        Error::WriteDocument { id, reason: error.to_string() }
    })?;
    Ok(Some(wire))
}

/// The declaration of a record type, or a refusal that names the ones there are.
pub(crate) fn declared(kind: &str) -> Result<&'static RecordType, Error> {
    record::find(kind).ok_or_else(|| {
        let names: Vec<&str> = record::RECORD_TYPES.iter().map(|kind| kind.name).collect();
        Refusal::new("record.unknown_type", format!("there is no record type {kind}; there are {}", names.join(", "))).into()
    })
}

/// A flat record nobody has written yet, with the texts its genesis makes.
pub(crate) fn blank(kind: &'static RecordType) -> Raw {
    let texts = kind.fields.iter().filter(|field| field.is_long_text());
    let mut raw = Raw::default();
    texts.for_each(|field| raw.set_text(field.name, String::new()));
    raw
}
