//! What a judgement makes of the books: repairs as changes of the server, decisions, and the order of the log.

use std::collections::BTreeMap;
use std::sync::Arc;

use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::{Decision, Judgement, Repair};
use fieldbook_domain::record;

use super::Turn;
use super::books::Books;
use super::case::Announced;
use super::shelf::Held;
use super::turn::{OwnChange, join_own, write_own};
use crate::admit::Merged;
use crate::error::Error;
use crate::store::log::{Logged, user_scope};

/// The rule an honest phone never breaks: whoever does is noted for the administrator.
const SERVER_OWNED: &str = "INV-84";

/// A document an intent changed.
#[derive(Clone, Debug)]
struct Touched {
    /// As it was; `None` for a new one.
    before: Option<Arc<Held>>,
    after: Arc<Held>,
}

/// The documents as intent and repairs leave them, and the repairs as changes, in order.
#[derive(Clone, Debug)]
pub(super) struct Settled {
    touched: BTreeMap<RecordId, Touched>,
    repairs: Vec<(OwnChange, Repair)>,
    /// Changes that write nothing: they hold a document together, or say when the office had it.
    joins: Vec<OwnChange>,
    /// How far each series of numbers has come from which the judge took one.
    numbers: BTreeMap<String, u64>,
}

impl Settled {
    /// The changes of the server, in the order they are written.
    pub(super) fn own(&self) -> impl Iterator<Item = &OwnChange> {
        self.repairs.iter().map(|(own, _)| own).chain(&self.joins)
    }
}

/// Writes the repairs on copies.
pub(super) fn repair(repairs: &[Repair], merged: &[Merged], books: &Books<'_>, now_ms: i64) -> Result<Settled, Error> {
    let touched = merged.iter().map(|part| {
        let touched = Touched { before: Some(Arc::clone(&part.before)), after: Arc::clone(&part.after) };
        (part.after.id, touched)
    });
    let numbers = books.numbers_taken();
    let mut settled = Settled { touched: touched.collect(), repairs: Vec::new(), joins: Vec::new(), numbers };
    for repair in repairs {
        let id = repair.target.id;
        let there = match settled.touched.get(&id) {
            Some(touched) => touched.clone(),
            None => find_or_make(repair, books)?,
        };
        if let Some(own) = write_own(&there.after, &books.names.now, &repair.writes, now_ms, &repair.message)? {
            settled.touched.insert(id, Touched { before: there.before, after: Arc::clone(&own.after) });
            settled.repairs.push((own, repair.clone()));
        }
    }
    for (id, touched) in &mut settled.touched {
        let ahead = merged.iter().any(|part| part.after.id == *id && part.is_ahead(now_ms));
        if let Some(own) = join_own(&touched.after, &books.names.now, now_ms, ahead)? {
            touched.after = Arc::clone(&own.after);
            settled.joins.push(own);
        }
    }
    Ok(settled)
}

fn find_or_make(repair: &Repair, books: &Books<'_>) -> Result<Touched, Error> {
    let kind = record::find(&repair.target.kind).ok_or(Error::Damaged { what: "record type" })?;
    match books.find(repair.target.id)? {
        Some(held) if held.kind.name == kind.name => Ok(Touched { before: Some(Arc::clone(&held)), after: held }),
        Some(_) => Err(Error::Damaged { what: "record type" }),
        None => Ok(Touched { before: None, after: Arc::new(Held::new(kind, repair.target.id, &books.names.now)?) }),
    }
}

impl Turn<'_> {
    /// Writes an admitted and judged intent into the books; returns the position of its last change.
    pub(super) fn write_down(
        &mut self,
        announced: &Announced<'_>,
        merged: &[Merged],
        judgement: &Judgement,
        settled: &Settled,
    ) -> Result<u64, Error> {
        let mut seq = 0;
        for part in merged {
            for fresh in &part.changes {
                let facts = announced.facts(part.after.id, fresh, 0);
                seq = self.put_change(&fresh.wire, &fresh.blob, facts)?;
            }
        }
        for (own, repair) in &settled.repairs {
            seq = self.put_own(own)?;
            self.put_credits(repair, seq)?;
        }
        for own in &settled.joins {
            seq = self.put_own(own)?;
        }
        for touched in settled.touched.values() {
            self.put_held(touched.before.as_deref(), &touched.after)?;
        }
        for decision in &judgement.decisions {
            let fresh = self.put_decision(decision)?;
            if fresh && decision.rule == SERVER_OWNED {
                let record = decision.record.to_string();
                self.store.audit(self.now_ms, SERVER_OWNED, decision.author, announced.author.device, &record)?;
            }
        }
        self.store.put_next_numbers(&settled.numbers)?;
        Ok(seq)
    }

    fn put_credits(&self, repair: &Repair, seq: u64) -> Result<(), Error> {
        if !repair.credit.is_empty() {
            self.store.put_repair_credit(seq, &repair.credit)?;
        }
        for write in &repair.writes {
            if let Write::Put { key, .. } = write {
                self.store.put_credit(repair.target.id, key, repair.credit.get(key))?;
            }
        }
        Ok(())
    }

    /// Keeps a decision and tells whom it concerns, unless that was done before; says whether it is new.
    pub(super) fn put_decision(&mut self, decision: &Decision) -> Result<bool, Error> {
        if !self.store.put_decision(decision, self.last_seq)? {
            return Ok(false);
        }
        self.tally.decided(decision);
        self.store.put_awaited(decision)?;
        if decision.held.as_ref().is_some_and(|held| held.awaits.is_empty()) {
            self.store.open_question(decision)?;
            self.parts.asks(decision.id);
        }
        for user in &decision.told {
            self.log(&user_scope(*user), Logged::Notice(decision.id))?;
        }
        Ok(true)
    }
}

impl Turn<'_> {
    /// Writes a record as the server, outside any intent.
    pub(crate) fn write_record(&mut self, held: &Arc<Held>, writes: &[Write], message: &str) -> Result<(), Error> {
        let before = held.raw.exists().then_some(held.as_ref());
        if let Some(own) = write_own(held, &self.names.now, writes, self.now_ms, message)? {
            self.put_own(&own)?;
            self.put_held(before, &own.after)?;
        }
        Ok(())
    }
}
