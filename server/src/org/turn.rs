//! One transaction: what may be written in it, in which order, and the proof that it can be read again.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use automerge::transaction::CommitOptions;
use automerge::{Automerge, Change, ReadDoc};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::UserFacts;
use fieldbook_domain::{document, view};
use fieldbook_sync::change::{ActorBytes, WireChange};
use uuid::Uuid;

use super::books::Books;
use super::parts::{Parts, Shown};
use super::people::{People, USER};
use super::shelf::{Held, Shelf, save_proved};
use crate::clock::Clock;
use crate::error::Error;
use crate::metrics::Tally;
use crate::store::change::{ChangeFacts, spell_wire};
use crate::store::document::DocumentRow;
use crate::store::log::{Logged, ORG_SCOPE};
use crate::store::reference::references;
use crate::store::value::values;
use crate::store::{Names, Store};

/// Heads a document may have after a turn; a change may name 64.
const HEADS_MAX: usize = 32;

/// A transaction under way.
#[derive(Debug)]
pub(crate) struct Turn<'o> {
    pub(crate) store: &'o Store,
    pub(crate) shelf: &'o RefCell<Shelf>,
    pub(crate) people: &'o mut People,
    /// What the server writes under.
    pub(crate) names: Names,
    /// Names the database.
    pub(crate) epoch: Uuid,
    pub(crate) now_ms: i64,
    pub(crate) clock: &'o dyn Clock,
    /// The last position of the log.
    pub(crate) last_seq: u64,
    /// What happens at once.
    pub(crate) group: u64,
    /// What was counted in this transaction.
    pub(crate) tally: Tally,
    /// What this transaction does to what people hold who read only a part.
    pub(crate) parts: Parts,
}

/// A change the server made itself.
#[derive(Clone, Debug)]
pub(crate) struct OwnChange {
    pub(crate) after: Arc<Held>,
    pub(crate) wire: WireChange,
    pub(crate) blob: Vec<u8>,
}

impl Turn<'_> {
    /// The records as they stand in this transaction.
    pub(crate) fn books(&self) -> Books<'_> {
        Books::new(self.store, self.shelf, self.people, self.names.clone())
    }

    /// Starts what the devices are to see at once.
    pub(crate) fn open_group(&mut self) {
        self.group = self.last_seq.saturating_add(1);
    }

    /// Appends to the log.
    pub(crate) fn log(&mut self, scope: &str, what: Logged<'_>) -> Result<u64, Error> {
        self.last_seq = self.last_seq.saturating_add(1);
        self.store.put_log(self.last_seq, scope, self.group, what)?;
        Ok(self.last_seq)
    }

    /// Sees to it that the log says who an actor is before it shows work of theirs.
    pub(crate) fn announce(&mut self, actor: &ActorBytes) -> Result<(), Error> {
        if self.store.actor(actor)?.is_some_and(|row| !row.announced) {
            self.log(ORG_SCOPE, Logged::Actor(actor))?;
            self.store.announce_actor(actor)?;
        }
        Ok(())
    }

    /// Keeps and logs a change; its facts get the position.
    pub(crate) fn put_change(&mut self, wire: &WireChange, blob: &[u8], facts: ChangeFacts) -> Result<u64, Error> {
        let seq = self.log(ORG_SCOPE, Logged::Change(&wire.hash))?;
        self.parts.shown.push(Shown { group: self.group, doc: facts.doc, hash: wire.hash, user: facts.user });
        self.store.put_change(wire, blob, &ChangeFacts { seq, ..facts }, Some(self.now_ms))?;
        Ok(seq)
    }

    /// Keeps and logs a change the server made.
    pub(crate) fn put_own(&mut self, own: &OwnChange) -> Result<u64, Error> {
        let server = self.names.now;
        self.announce(&server)?;
        let facts = ChangeFacts {
            seq: 0,
            doc: own.after.id,
            actor: server,
            max_op: own.wire.max_op(),
            time_ms: own.wire.time_ms,
            user: RecordId(Uuid::nil()),
            device: Uuid::nil(),
            clock_off: false,
        };
        self.put_change(&own.wire, &own.blob, facts)
    }

    /// Puts a document as this transaction leaves it, with everything derived from it.
    pub(crate) fn put_held(&mut self, before: Option<&Held>, after: &Arc<Held>) -> Result<(), Error> {
        let was = before.map_or_else(BTreeSet::new, |before| references(before.kind, &before.raw));
        let now = references(after.kind, &after.raw);
        self.store.put_references(&after.target(), &was, &now)?;
        self.parts.changed(&after.target(), before.filter(|before| before.raw.exists()).map(|_| was));
        let was = before.map_or_else(BTreeSet::new, |before| values(before.kind, &before.raw));
        self.store.put_values(&after.target(), &was, &values(after.kind, &after.raw))?;
        if after.kind.name == USER {
            let view = view::of(after.kind, after.id, &after.raw);
            self.people.put(after.id, UserFacts::of(&view.body, view.folded.deleted));
        }
        self.people.made(after.kind);
        self.shelf.borrow_mut().write(Arc::clone(after));
        Ok(())
    }

    /// Writes the documents this transaction changed, each proved to load again.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        let written: BTreeMap<RecordId, Arc<Held>> =
            self.shelf.borrow().written().map(|held| (held.id, Arc::clone(held))).collect();
        for (id, held) in written {
            let (snapshot, heads) = save_proved(&held)?;
            let view = view::of(held.kind, id, &held.raw);
            let row =
                DocumentRow { kind: held.kind.name.to_owned(), snapshot, heads, body: view.json(), deleted: view.folded.deleted };
            self.store.put_document(id, &row)?;
        }
        Ok(())
    }
}

/// Writes into a document as the server; `None` if nothing differed.
pub(crate) fn write_own(
    held: &Held,
    server: &ActorBytes,
    writes: &[document::Write],
    now_ms: i64,
    message: &str,
) -> Result<Option<OwnChange>, Error> {
    let id = held.id;
    let mut doc = held.doc.clone();
    doc.set_actor(automerge::ActorId::from(&server[..]));
    let message = Some(message).filter(|message| !message.is_empty()).map(shorten);
    let written = document::write(&mut doc, writes, now_ms, message).map_err(Error::document(id))?;
    written.map(|change| own_change(held, doc, &change)).transpose()
}

/// Joins the heads of a document that many wrote apart, when there are too many for a change to name them all; says when the
/// office had it, when a phone's clock said otherwise.
pub(crate) fn join_own(held: &Held, server: &ActorBytes, now_ms: i64, received: bool) -> Result<Option<OwnChange>, Error> {
    if held.doc.get_heads().len() <= HEADS_MAX && !received {
        return Ok(None);
    }
    let mut doc = held.doc.clone();
    doc.set_actor(automerge::ActorId::from(&server[..]));
    let message = if received { document::RECEIVED } else { "joined" };
    let hash = doc.empty_commit(CommitOptions::default().with_time(now_ms).with_message(message));
    doc.get_change_by_hash(&hash).map(|change| own_change(held, doc, &change)).transpose()
}

fn own_change(held: &Held, doc: Automerge, change: &Change) -> Result<OwnChange, Error> {
    let travels = WireChange::from_change(change, &held.genesis.hash, None);
    let wire = travels.map_err(|source| Error::OwnChange { id: held.id, source })?;
    let blob = spell_wire(&wire)?;
    let after = Arc::new(held.with(doc, blob.len())?);
    Ok(OwnChange { after, wire, blob })
}

/// As much of a message as may travel.
fn shorten(message: &str) -> &str {
    let max = fieldbook_sync::change::MESSAGE_BYTES_MAX;
    message.get(..message.floor_char_boundary(max)).unwrap_or_default()
}
