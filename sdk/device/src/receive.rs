//! What arrives from the server: one page, one transaction.
//!
//! A record without local work whose changes stand in one line is folded without Automerge and stored as it came; any other
//! is loaded, merged and saved. What cannot be applied to one record is set aside and keeps no other record waiting.

use std::collections::BTreeSet;

use automerge::{Automerge, ChangeHash};
use fieldbook_domain::document::GENESIS_ACTOR;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record::{self, RecordType};
use fieldbook_sync::change::{ActorBytes, Dep, Hash, WireChange};
use fieldbook_sync::message::{EntryBody, Page};
use rusqlite::{Connection, Transaction};
use uuid::Uuid;

use crate::error::Error;
use crate::linear::{Line, NotLinear};
use crate::store::documents::{self, Stored};
use crate::store::{cursors, leaving, outbox, projection, restored, rewritten, strays};

/// Changes kept as they came before they are folded into a saved document.
pub(crate) const TAIL_CHANGES_MAX: usize = 64;

/// What a page brought.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// Changes, other people's.
    pub(crate) changes: usize,
    /// The records they belong to.
    pub(crate) records: BTreeSet<RecordRef>,
    /// New decisions.
    pub(crate) decisions: usize,
}

/// Stores a page and its cursor.
pub(crate) fn page(tx: &Transaction<'_>, page: &Page) -> Result<Received, Error> {
    // Another process may have stored it meanwhile.
    if cursors::get(tx, &page.scope)? >= page.to {
        return Ok(Received::default());
    }
    let mut intake = Intake::open(tx)?;
    let rewritten = rewritten::any(tx)?;
    for entry in &page.entries {
        if let (true, EntryBody::Changes { changes, .. }) = (rewritten, &entry.body) {
            changes.iter().try_for_each(|change| rewritten::see(tx, &change.hash))?;
        }
        intake.entry(entry.seq, &entry.body)?;
    }
    if !intake.restored {
        intake.received.records.extend(leaving::go(tx)?);
    }
    cursors::advance(tx, &page.scope, page.to)?;
    Ok(intake.received)
}

/// Tries everything again that was set aside.
pub(crate) fn retry_strays(tx: &Transaction<'_>) -> Result<(), Error> {
    let mut intake = Intake::open(tx)?;
    for id in intake.strays.clone() {
        if let Some((kind, _)) = strays::of(tx, id)?.first() {
            intake.changes(kind, id, &[])?;
        }
    }
    Ok(())
}

struct Intake<'t> {
    tx: &'t Connection,
    pending: BTreeSet<RecordId>,
    strays: BTreeSet<RecordId>,
    /// Whether the book is being levelled with a server that was put back from a backup.
    restored: bool,
    received: Received,
}

impl<'t> Intake<'t> {
    fn open(tx: &'t Connection) -> Result<Self, Error> {
        let (pending, strays, restored) = (outbox::pending_docs(tx)?, strays::docs(tx)?, restored::is_under_way(tx)?);
        Ok(Self { tx, pending, strays, restored, received: Received::default() })
    }

    fn entry(&mut self, seq: u64, body: &EntryBody) -> Result<(), Error> {
        match body {
            EntryBody::Changes { kind, doc, changes } => {
                leaving::forget(self.tx, RecordId(*doc))?;
                if self.restored {
                    changes.iter().try_for_each(|change| restored::note(self.tx, *doc, &change.hash))?;
                }
                self.changes(kind, RecordId(*doc), changes)
            }
            EntryBody::Snapshot { kind, doc, heads, bytes } => {
                leaving::forget(self.tx, RecordId(*doc))?;
                self.snapshot(kind, RecordId(*doc), heads, bytes)
            }
            EntryBody::Own { doc, hash } => {
                if self.restored {
                    restored::note(self.tx, *doc, hash)?;
                }
                outbox::mark_merged(self.tx, RecordId(*doc), hash)
            }
            EntryBody::Actor { actor, device, user, device_name } => self.actor(actor, *user, *device, device_name),
            EntryBody::Notice { id, body } => self.notice(seq, *id, body),
            EntryBody::Leave { kind, doc } => self.leave(kind, RecordId(*doc)),
        }
    }

    fn changes(&mut self, kind: &str, id: RecordId, changes: &[WireChange]) -> Result<(), Error> {
        match self.apply(kind, id, changes) {
            Ok(()) => {
                self.note(kind, id, changes.len());
                Ok(())
            }
            Err(error @ (Error::ReadDocument { .. } | Error::WriteDocument { .. })) => {
                tracing::warn!(record.id = %id, code = error.code(), "changes set aside");
                if !changes.is_empty() {
                    strays::keep(self.tx, kind, id, changes, &error.to_string())?;
                    self.strays.insert(id);
                }
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn apply(&mut self, kind: &str, id: RecordId, changes: &[WireChange]) -> Result<(), Error> {
        let kind = known(kind, id)?;
        let stored = stored(self.tx, kind, id)?;
        let plain = !self.pending.contains(&id) && !self.strays.contains(&id);
        if plain && stored.as_ref().is_none_or(|stored| stored.snapshot.is_none()) {
            let tail = stored.clone().unwrap_or_else(|| Stored::empty(kind));
            if self.apply_in_line(kind, id, tail, changes)?.is_ok() {
                return Ok(());
            }
        }
        let (mut doc, genesis) = load(stored.as_ref(), kind, id)?;
        if self.strays.contains(&id) {
            return self.apply_with_strays(kind, id, (doc, genesis), changes);
        }
        documents::apply(&mut doc, id, &genesis, changes)?;
        self.save(kind, id, &doc)
    }

    /// Applies what can be applied of what was set aside and what is new, in whatever order works, and keeps the rest.
    fn apply_with_strays(
        &mut self,
        kind: &'static RecordType,
        id: RecordId,
        (mut doc, genesis): (Automerge, Hash),
        changes: &[WireChange],
    ) -> Result<(), Error> {
        let mut waiting = strays::of(self.tx, id)?;
        if !changes.is_empty() {
            waiting.push((kind.name.to_owned(), changes.to_vec()));
        }
        let mut reason = String::new();
        loop {
            let before = waiting.len();
            waiting.retain(|(_, changes)| {
                let mut attempt = doc.clone();
                match documents::apply(&mut attempt, id, &genesis, changes) {
                    // Nothing stands for a snapshot that could not be read; only a better one settles that.
                    Ok(()) if !changes.is_empty() => doc = attempt,
                    Ok(()) => return true,
                    Err(error) => {
                        reason = error.to_string();
                        return true;
                    }
                }
                false
            });
            if waiting.len() == before {
                break;
            }
        }
        self.save(kind, id, &doc)?;
        strays::clear(self.tx, id)?;
        self.strays.remove(&id);
        for (kind, changes) in &waiting {
            strays::keep(self.tx, kind, id, changes, &reason)?;
            self.strays.insert(id);
        }
        Ok(())
    }

    /// Folds and stores without Automerge, where the changes allow it.
    fn apply_in_line(
        &self,
        kind: &'static RecordType,
        id: RecordId,
        mut stored: Stored,
        changes: &[WireChange],
    ) -> Result<Result<(), NotLinear>, Error> {
        if stored.changes.saturating_add(changes.len()) > TAIL_CHANGES_MAX {
            return Ok(Err(NotLinear));
        }
        let held = stored.tail(id)?;
        let mut line = Line::new(kind);
        if held.iter().try_for_each(|change| line.push(change)).is_err() {
            return Ok(Err(NotLinear));
        }
        let mut previous = None;
        for change in changes {
            let follows = !change.deps.contains(&Dep::Previous) || previous == line.head();
            previous = Some(change.hash);
            if held.iter().any(|held| held.hash == change.hash) {
                continue;
            }
            if !follows || line.push(change).is_err() {
                return Ok(Err(NotLinear));
            }
            let tail = std::mem::take(&mut stored.tail);
            stored.tail = postcard::to_extend(change, tail).map_err(|_| Error::ReadStored { place: "document" })?;
            stored.changes = stored.changes.saturating_add(1);
        }
        let Some(head) = line.head() else { return Ok(Ok(())) };
        stored.heads = head.to_vec();
        documents::save_tail(self.tx, id, &stored)?;
        projection::put(self.tx, kind, id, &line.into_raw(), false)?;
        Ok(Ok(()))
    }

    fn snapshot(&mut self, kind: &str, id: RecordId, heads: &[Hash], bytes: &[u8]) -> Result<(), Error> {
        match self.merge_snapshot(kind, id, heads, bytes) {
            Ok(changes) => {
                self.note(kind, id, changes);
                Ok(())
            }
            Err(error @ (Error::ReadDocument { .. } | Error::WriteDocument { .. })) => {
                tracing::warn!(record.id = %id, code = error.code(), "snapshot set aside");
                strays::keep(self.tx, kind, id, &[], &error.to_string())
            }
            Err(error) => Err(error),
        }
    }

    fn merge_snapshot(&mut self, kind: &str, id: RecordId, heads: &[Hash], bytes: &[u8]) -> Result<usize, Error> {
        let kind = known(kind, id)?;
        let wrong = |reason: &str| Error::ReadDocument { id, reason: reason.to_owned() };
        let mut doc = documents::guarded(|| Automerge::load(bytes)).map_err(|reason| wrong(&reason))?;
        let found: BTreeSet<Hash> = doc.get_heads().iter().map(|head| head.0).collect();
        if found != heads.iter().copied().collect() {
            return Err(wrong("the snapshot does not match its heads"));
        }
        if doc.get_change_meta_by_hash(&ChangeHash(documents::genesis(kind, id)?)).is_none() {
            return Err(wrong("the snapshot is of another record"));
        }
        let changes = doc.get_changes(&[]).len().saturating_sub(1);
        if self.restored {
            restored::note_all(self.tx, id.0, &doc)?;
        }
        if let Some(stored) = stored(self.tx, kind, id)? {
            let own = stored.load(kind, id, GENESIS_ACTOR)?.get_changes(&[]);
            documents::guarded(|| doc.apply_changes(own)).map_err(|reason| wrong(&reason))?;
        }
        self.save(kind, id, &doc)?;
        if self.strays.remove(&id) {
            strays::clear(self.tx, id)?;
        }
        Ok(changes)
    }

    fn save(&self, kind: &'static RecordType, id: RecordId, doc: &Automerge) -> Result<(), Error> {
        let raw = documents::read(doc, id)?;
        documents::save(self.tx, kind, id, doc)?;
        projection::put(self.tx, kind, id, &raw, self.pending.contains(&id))
    }

    fn note(&mut self, kind: &str, id: RecordId, changes: usize) {
        self.received.changes = self.received.changes.saturating_add(changes);
        self.received.records.insert(RecordRef::new(kind, id));
    }

    fn actor(&self, actor: &ActorBytes, user: Uuid, device: Uuid, device_name: &str) -> Result<(), Error> {
        let sql = "INSERT INTO actor (actor, user, device, device_name) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (actor) DO UPDATE SET user = excluded.user, device = excluded.device,
                       device_name = excluded.device_name";
        self.tx.prepare_cached(sql)?.execute((actor, user.as_bytes(), device.as_bytes(), device_name))?;
        Ok(())
    }

    fn notice(&mut self, seq: u64, id: Uuid, body: &str) -> Result<(), Error> {
        if self.restored {
            restored::note_decision(self.tx, id)?;
        }
        let known = "SELECT EXISTS (SELECT 1 FROM notice WHERE id = ?1)";
        let known: bool = self.tx.prepare_cached(known)?.query_row([id.as_bytes()], |row| row.get(0))?;
        let sql = "INSERT INTO notice (id, seq, body, read) VALUES (?1, ?2, ?3, 0)
                   ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, body = excluded.body";
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        self.tx.prepare_cached(sql)?.execute((id.as_bytes(), seq, body))?;
        self.received.decisions = self.received.decisions.saturating_add(usize::from(!known));
        Ok(())
    }

    /// What waits to be sent goes first: the record stays until that is answered.
    fn leave(&self, kind: &str, id: RecordId) -> Result<(), Error> {
        leaving::note(self.tx, kind, id)
    }
}

fn known(kind: &str, id: RecordId) -> Result<&'static RecordType, Error> {
    let unknown = || Error::ReadDocument { id, reason: format!("this app does not know the record type {kind}") };
    record::find(kind).ok_or_else(unknown)
}

fn stored(connection: &Connection, kind: &RecordType, id: RecordId) -> Result<Option<Stored>, Error> {
    match documents::find(connection, id)? {
        Some(stored) if stored.kind != kind.name => {
            let reason = format!("it is held as a {} and arrived as a {}", stored.kind, kind.name);
            Err(Error::ReadDocument { id, reason })
        }
        stored => Ok(stored),
    }
}

fn load(stored: Option<&Stored>, kind: &'static RecordType, id: RecordId) -> Result<(Automerge, Hash), Error> {
    match stored {
        Some(stored) => Ok((stored.load(kind, id, GENESIS_ACTOR)?, documents::genesis(kind, id)?)),
        None => documents::fresh(kind, id, GENESIS_ACTOR),
    }
}
