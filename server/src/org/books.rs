//! The organisation's records as the judge sees them: what is stored, with a case merged in on top.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use automerge::{Automerge, ChangeHash, ROOT, ReadDoc};
use fieldbook_domain::action::Numbers;
use fieldbook_domain::authority::Authority;
use fieldbook_domain::document;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::{Decision, Former, Stamp, UserFacts, World};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Raw;
use fieldbook_domain::record::RecordType;
use fieldbook_domain::{record, view};
use fieldbook_sync::change::Hash;
use uuid::Uuid;

use super::past;
use super::people::People;
use super::shelf::{Held, Shelf};
use crate::error::Error;
use crate::store::change::ChangeFacts;
use crate::store::number::Counters;
use crate::store::reference::references;
use crate::store::value::values;
use crate::store::{Names, Store};

/// What is stored, with a case on top.
#[derive(Debug)]
pub(crate) struct Books<'a> {
    pub(crate) store: &'a Store,
    pub(crate) shelf: &'a RefCell<Shelf>,
    pub(crate) people: &'a People,
    pub(crate) names: Names,
    /// The case's documents, merged.
    overlay: BTreeMap<RecordId, Arc<Held>>,
    /// The case's changes, which have no rows yet.
    fresh: BTreeMap<Hash, ChangeFacts>,
    /// The numbers the case takes.
    numbers: Counters<'a>,
    /// What broke while the judge, who cannot be told, was asking.
    fault: RefCell<Option<Error>>,
}

impl<'a> Books<'a> {
    /// The books as they are stored.
    pub(crate) fn new(store: &'a Store, shelf: &'a RefCell<Shelf>, people: &'a People, names: Names) -> Self {
        let (numbers, fault) = (Counters::new(store), RefCell::new(None));
        Books { store, shelf, people, names, overlay: BTreeMap::new(), fresh: BTreeMap::new(), numbers, fault }
    }

    /// Lays a merged document on top.
    pub(crate) fn lay(&mut self, held: Arc<Held>) {
        self.overlay.insert(held.id, held);
    }

    /// Makes a change known that has no row yet.
    pub(crate) fn tell(&mut self, hash: Hash, facts: ChangeFacts) {
        self.fresh.insert(hash, facts);
    }

    /// A document of any type.
    pub(crate) fn find(&self, id: RecordId) -> Result<Option<Arc<Held>>, Error> {
        if let Some(held) = self.overlay.get(&id) {
            return Ok(Some(Arc::clone(held)));
        }
        if let Some(held) = self.shelf.borrow_mut().get(id) {
            return Ok(Some(held));
        }
        let Some(row) = self.store.document(id)? else { return Ok(None) };
        let kind = record::find(&row.kind).ok_or(Error::Damaged { what: "record type" })?;
        let held = Arc::new(Held::load(kind, id, &row.snapshot)?);
        self.shelf.borrow_mut().keep(Arc::clone(&held));
        Ok(Some(held))
    }

    /// A merged change.
    pub(crate) fn change(&self, hash: &Hash) -> Result<Option<ChangeFacts>, Error> {
        match self.fresh.get(hash) {
            Some(facts) => Ok(Some(*facts)),
            None => self.store.change(hash),
        }
    }

    /// Who wrote the value of a register that a change put there.
    pub(crate) fn author(&self, doc: RecordId, key: &str, hash: &Hash) -> Result<Option<Stamp>, Error> {
        let Some(facts) = self.change(hash)? else { return Ok(None) };
        if self.names.has(&facts.actor)
            && let Some(stamp) = self.store.credit(doc, key)?
        {
            return Ok(Some(stamp));
        }
        Ok(Some(facts.stamp(hash)))
    }

    /// What broke while the judge was asking.
    pub(crate) fn fault(&self) -> Result<(), Error> {
        self.numbers.fault()?;
        self.fault.borrow_mut().take().map_or(Ok(()), Err)
    }

    /// How far each series has come from which the judge took a number.
    pub(crate) fn numbers_taken(&self) -> BTreeMap<String, u64> {
        self.numbers.taken()
    }

    /// What somebody was before the last change of their role, or before they left.
    fn history(&self, id: RecordId) -> Result<Option<Former>, Error> {
        let (Some(now), Some(held)) = (self.people.get(id), self.find(id)?) else { return Ok(None) };
        let mut until_ms = i64::MAX;
        for change in held.doc.get_changes_meta(&[]).into_iter().rev() {
            let raw = document::read_at(&held.doc, &[change.hash]).map_err(Error::document(id))?;
            let view = view::of(held.kind, id, &raw);
            let then = UserFacts::of(&view.body, view.folded.deleted);
            if raw.exists() && then.active && (then.role, then.active) != (now.role, now.active) {
                return Ok(Some(Former { role: then.role, until_ms }));
            }
            until_ms = change.timestamp;
        }
        Ok(None)
    }

    /// The states of a record since then, each with when it began.
    fn states_since(&self, target: &RecordRef, since_ms: i64) -> Result<Vec<(i64, Raw)>, Error> {
        let Some(held) = self.find(target.id)?.filter(|held| held.kind.name == target.kind) else { return Ok(Vec::new()) };
        let metas = held.doc.get_changes_meta(&[]);
        let (mut heads, mut from_ms): (BTreeSet<ChangeHash>, i64) = (BTreeSet::new(), 0);
        let mut states: Vec<(i64, Vec<ChangeHash>)> = Vec::new();
        for meta in metas {
            heads.retain(|head| !meta.deps.contains(head));
            heads.insert(meta.hash);
            let Some(facts) = self.change(&meta.hash.0)? else { continue };
            // One after another, also where a clock stood still.
            from_ms = facts.time_ms.max(from_ms.saturating_add(1));
            if from_ms <= since_ms {
                states.clear();
            }
            states.push((from_ms, heads.iter().copied().collect()));
        }
        let read = |(from_ms, heads): (i64, Vec<ChangeHash>)| {
            Ok((from_ms, document::read_at(&held.doc, &heads).map_err(Error::document(target.id))?))
        };
        states.into_iter().map(read).collect()
    }

    fn asked<T>(&self, answer: Result<T, Error>) -> Option<T> {
        answer.map_err(|error| self.fault.borrow_mut().get_or_insert(error).to_string()).ok()
    }

    fn held(&self, target: &RecordRef) -> Option<Arc<Held>> {
        let held = self.asked(self.find(target.id))?;
        held.filter(|held| held.kind.name == target.kind)
    }
}

impl World for Books<'_> {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        self.held(target).map(|held| Raw::clone(&held.raw))
    }

    fn referrers(&self, target: &RecordRef) -> Vec<(RecordRef, String)> {
        let mut found = self.asked(self.store.referrers(target)).unwrap_or_default();
        found.retain(|(source, _)| !self.overlay.contains_key(&source.id));
        for held in self.overlay.values() {
            let own = references(held.kind, &held.raw).into_iter().filter(|(_, to)| to == target);
            found.extend(own.map(|(field, _)| (held.target(), field)));
        }
        found.sort();
        found
    }

    fn referring(&self, target: &RecordRef, kind: &str, field: &str) -> Vec<RecordRef> {
        let mut found = self.asked(self.store.referring(target, kind, field)).unwrap_or_default();
        found.retain(|source| !self.overlay.contains_key(&source.id));
        for held in self.overlay.values().filter(|held| held.kind.name == kind) {
            if references(held.kind, &held.raw).contains(&(field.to_owned(), target.clone())) {
                found.push(held.target());
            }
        }
        found.sort();
        found
    }

    fn holding(&self, kind: &str, field: &str, value: &str) -> Vec<RecordRef> {
        let mut found = self.asked(self.store.holding(kind, field, value)).unwrap_or_default();
        found.retain(|source| !self.overlay.contains_key(&source.id));
        let holds = |held: &Arc<Held>| {
            held.kind.name == kind && values(held.kind, &held.raw).contains(&(field.to_owned(), value.to_owned()))
        };
        found.extend(self.overlay.values().filter(|held| holds(held)).map(|held| held.target()));
        found.sort();
        found
    }

    fn user(&self, id: RecordId) -> Option<UserFacts> {
        self.people.get(id).cloned()
    }

    fn working_as(&self, role: Role) -> Vec<RecordId> {
        self.people.working_as(role)
    }

    fn formerly(&self, id: RecordId) -> Option<Former> {
        self.asked(self.history(id))?
    }

    fn formerly_gave(&self, user: RecordId) -> Option<Authority> {
        self.asked(past::gave(self, user))?
    }

    fn formerly_wrote(&self, user: RecordId, kind: &'static RecordType, owner: Option<&RecordRef>) -> Option<i64> {
        self.asked(past::until(self, user, kind, owner))?
    }

    fn formerly_owned(&self, target: &RecordRef, owner: Option<&RecordRef>) -> Option<i64> {
        self.asked(past::owned_until(self, target, owner))?
    }

    fn was_given(&self, target: &RecordRef, change: &str) -> bool {
        self.asked(past::was_given(self, target, change)).unwrap_or(false)
    }

    fn credit(&self, target: &RecordRef, key: &str) -> Option<Stamp> {
        let held = self.held(target)?;
        let hash = writer(&held.doc, key)?;
        self.asked(self.author(target.id, key, &hash))?
    }

    fn of_kind(&self, kind: &str) -> Vec<RecordRef> {
        let stored = if self.people.may_have(kind) { self.store.of_kind(kind) } else { Ok(Vec::new()) };
        let mut found = self.asked(stored).unwrap_or_default();
        let shelf = self.shelf.borrow();
        let unsaved = shelf.written().chain(self.overlay.values()).filter(|held| held.kind.name == kind);
        found.extend(unsaved.map(|held| held.target()));
        found.sort();
        found.dedup();
        found
    }

    fn said_since(&self, target: &RecordRef, since_ms: i64) -> Option<Vec<(i64, Raw)>> {
        self.asked(self.states_since(target, since_ms))
    }

    fn awaiting(&self, target: &RecordRef) -> Vec<Decision> {
        self.asked(self.store.awaiting(target)).unwrap_or_default()
    }

    fn decision(&self, id: Uuid) -> Option<Decision> {
        self.asked(self.store.decision(id))?
    }

    fn next_number(&self, series: &str) -> u64 {
        self.numbers.next(series)
    }
}

/// The change whose value a register shows.
fn writer(doc: &Automerge, key: &str) -> Option<Hash> {
    let (_, op) = doc.get(ROOT, key).ok()??;
    doc.hash_for_opid(&op).map(|hash| hash.0)
}
