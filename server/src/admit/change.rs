//! One change at the gate: whose it is, what it builds on, and whether Automerge takes it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use automerge::{Automerge, ChangeHash};
use fieldbook_domain::document;
use fieldbook_sync::change::{Dep, Hash, WireChange};

use super::operations::Operations;
use super::view::{View, ancestors};
use super::{Author, DOCUMENT_BYTES_MAX, Fresh, Merged, Stop};
use crate::org::books::Books;
use crate::org::shelf::Held;
use crate::store::change::spell_wire;

/// The gate for the changes of one document.
#[derive(Debug)]
pub(super) struct Gate<'a> {
    before: &'a Arc<Held>,
    author: &'a Author,
    books: &'a Books<'a>,
    now_ms: i64,
    doc: Automerge,
    /// The actor's last change of the document.
    last: Option<(u64, Hash)>,
    passed: Vec<Fresh>,
    /// The largest counter and the clamped time of what passed, by hash.
    facts: BTreeMap<Hash, (u64, i64)>,
    seen: Vec<ChangeHash>,
    linear: bool,
}

impl<'a> Gate<'a> {
    pub(super) fn new(before: &'a Arc<Held>, author: &'a Author, books: &'a Books<'a>, now_ms: i64) -> Result<Self, Stop> {
        let last = books.store.last_of_actor(before.id, &author.actor)?;
        let (passed, facts, seen) = (Vec::new(), BTreeMap::new(), Vec::new());
        Ok(Gate { before, author, books, now_ms, doc: before.doc.clone(), last, passed, facts, seen, linear: true })
    }

    /// Passes one change; `previous` stands before it in the part.
    pub(super) fn pass(&mut self, wire: &WireChange, previous: Option<&Hash>) -> Result<(), Stop> {
        if wire.actor != self.author.actor {
            return Err(Stop::refused("change.actor", "it is signed with the name of another device"));
        }
        if wire.message.as_deref() == Some(document::RECEIVED) {
            return Err(Stop::refused("change.message", "it says what only the office says"));
        }
        if let Some(known) = self.books.change(&wire.hash)? {
            if known.doc == self.before.id {
                return Ok(());
            }
            return Err(Stop::refused("change.other_record", "it belongs to another record"));
        }
        let genesis = &self.before.genesis;
        let malformed = |error: fieldbook_sync::error::Error| Stop::refused(error.code(), error.to_string());
        wire.check().map_err(malformed)?;
        let deps = wire.resolved_deps(&genesis.hash, previous).map_err(malformed)?;
        if deps.is_empty() {
            return Err(Stop::refused("change.deps", "it does not build on the record"));
        }
        let (max_op, newest_ms) = self.measure(&deps)?;
        self.check_place(wire, &deps, max_op)?;
        let heads: Vec<ChangeHash> = deps.iter().map(|dep| ChangeHash(*dep)).collect();
        self.look(wire, &heads)?;
        let change = wire.to_change(&genesis.hash, previous).map_err(malformed)?;
        self.apply(change, &heads)?;
        self.keep(wire, &deps, newest_ms)
    }

    /// The part as it was merged, if there was anything new in it.
    pub(super) fn finish(self) -> Result<Option<Merged>, Stop> {
        if self.passed.is_empty() {
            return Ok(None);
        }
        let more = self.passed.iter().map(|fresh| fresh.blob.len()).sum();
        let after = Arc::new(self.before.with(self.doc, more)?);
        if after.bytes > DOCUMENT_BYTES_MAX {
            return Err(Stop::refused("record.too_large", "the record has become too large"));
        }
        let before = Arc::clone(self.before);
        Ok(Some(Merged { before, after, changes: self.passed, seen: self.seen, linear: self.linear }))
    }

    /// The largest counter and the newest clamped time of what the change builds on.
    fn measure(&self, deps: &[Hash]) -> Result<(u64, i64), Stop> {
        let (mut max_op, mut newest_ms) = (0, 0);
        for dep in deps {
            let (op, time_ms) = if *dep == self.before.genesis.hash {
                (self.before.genesis.max_op, 0)
            } else if let Some(facts) = self.facts.get(dep) {
                *facts
            } else {
                match self.books.change(dep)? {
                    Some(facts) if facts.doc == self.before.id => (facts.max_op, facts.time_ms),
                    Some(_) => return Err(Stop::refused("change.deps", "it builds on a change of another record")),
                    None => return Err(Stop::Waiting("it builds on a change that is not here".to_owned())),
                }
            };
            max_op = max_op.max(op);
            newest_ms = newest_ms.max(time_ms);
        }
        Ok((max_op, newest_ms))
    }

    /// Checks that the change is the actor's next, and follows their last.
    fn check_place(&self, wire: &WireChange, deps: &[Hash], max_op: u64) -> Result<(), Stop> {
        let last = self.last.map_or(0, |(seq, _)| seq);
        if wire.seq <= last {
            return Err(Stop::refused("change.forked", "another change has its number: the device was restored or cloned"));
        }
        if wire.seq > last.saturating_add(1) {
            return Err(Stop::Waiting("a change of this device before it is not here".to_owned()));
        }
        if wire.start_op != max_op.saturating_add(1) {
            return Err(Stop::refused("change.start_op", "it does not count on from what it builds on"));
        }
        match self.last {
            Some((_, own)) if !deps.contains(&own) && !self.follow(deps, own) => {
                Err(Stop::refused("change.deps", "it does not follow the device's own last change"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether what the change builds on includes `own`.
    fn follow(&self, deps: &[Hash], own: Hash) -> bool {
        let heads: Vec<ChangeHash> = deps.iter().map(|dep| ChangeHash(*dep)).collect();
        ancestors(&self.doc, &heads).contains(&ChangeHash(own))
    }

    /// Looks at what the change does, as its author saw the record.
    fn look(&mut self, wire: &WireChange, heads: &[ChangeHash]) -> Result<(), Stop> {
        let at = if saw_everything(&self.doc.get_heads(), heads) { None } else { Some(heads) };
        self.linear &= at.is_none();
        if self.passed.is_empty() {
            self.seen = heads.to_vec();
        }
        let view = View { doc: &self.doc, at };
        let mut operations = Operations::new(self.before, self.author, view);
        operations.check(wire)
    }

    /// Merges the change on the copy.
    fn apply(&mut self, change: automerge::Change, deps: &[ChangeHash]) -> Result<(), Stop> {
        let mut expected: Vec<ChangeHash> = self.doc.get_heads().into_iter().filter(|head| !deps.contains(head)).collect();
        expected.push(change.hash());
        expected.sort_unstable();
        let applied = catch_unwind(AssertUnwindSafe(|| self.doc.apply_changes([change]).is_ok()));
        if applied.unwrap_or(false) && self.doc.get_heads() == expected {
            return Ok(());
        }
        Err(Stop::refused("change.refused", "it cannot be merged"))
    }

    fn keep(&mut self, wire: &WireChange, deps: &[Hash], newest_ms: i64) -> Result<(), Stop> {
        let genesis = self.before.genesis.hash;
        let spelled = |dep: &Hash| if *dep == genesis { Dep::Genesis } else { Dep::Hash(*dep) };
        let wire = WireChange { deps: deps.iter().map(spelled).collect(), ..wire.clone() };
        let max_op = wire.max_op();
        // A time before what the change builds on, or after its arrival, is a wrong clock.
        let time_ms = wire.time_ms.min(self.now_ms).max(newest_ms);
        let blob = spell_wire(&wire)?;
        self.facts.insert(wire.hash, (max_op, time_ms));
        self.last = Some((wire.seq, wire.hash));
        self.passed.push(Fresh { wire, blob, max_op, time_ms });
        Ok(())
    }
}

/// Whether who builds on `deps`, all of them changes of the document, saw everything that stands at its heads.
///
/// Automerge names an author's own last change even when somebody has built on it, so there may be more of them than heads.
fn saw_everything(heads: &[ChangeHash], deps: &[ChangeHash]) -> bool {
    heads.iter().all(|head| deps.contains(head))
}

#[cfg(test)]
mod tests {
    use automerge::transaction::Transactable;
    use automerge::{ActorId, Automerge, Change, ROOT};

    use super::*;

    fn phone(of: &Automerge, person: u8) -> Automerge {
        of.clone().with_actor(ActorId::from([person; 16]))
    }

    #[expect(clippy::disallowed_methods, reason = "it makes changes as Automerge does, whatever they are of")]
    fn write(doc: &mut Automerge, text: &str) -> Change {
        doc.transact(|tx| tx.put(ROOT, "name", text)).unwrap();
        doc.get_last_local_change().unwrap()
    }

    #[test]
    fn who_writes_in_turn_saw_everything_and_who_writes_apart_did_not() {
        let mut ada = phone(&Automerge::new(), 1);
        write(&mut ada, "a");
        let mut ben = phone(&ada, 2);
        for (turn, deps) in [("b", 1), ("c", 2), ("d", 2), ("e", 2)] {
            let there = ben.get_heads();
            let change = write(&mut ben, turn);
            assert_eq!((there.len(), change.deps().len()), (1, deps), "{turn}: the other's change, and one's own before it");
            assert!(saw_everything(&there, change.deps()), "{turn}");
            ada.merge(&mut ben).unwrap();
            std::mem::swap(&mut ada, &mut ben);
        }

        let mut cleo = phone(&ben, 3);
        let apart = write(&mut cleo, "f");
        write(&mut ben, "g");
        assert!(!saw_everything(&ben.get_heads(), apart.deps()), "written apart");
        ben.apply_changes([apart]).unwrap();
        let both = ben.get_heads();
        assert!(both.len() == 2 && saw_everything(&both, write(&mut ben, "h").deps()), "joined again");
    }
}
