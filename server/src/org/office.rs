//! What only the office does: performed on the organisation's thread while the person waits for the answer.
//!
//! The same plan a phone would make, made of the office's own records, written as changes of the server that name the person,
//! and judged as an intent is. What the judge would not let stand is refused instead, and nothing of it is kept.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use fieldbook_domain::access;
use fieldbook_domain::action::{self, Place, Planned, Wish};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::{InWorld, Judgement};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Outcome;
use fieldbook_domain::record;
use fieldbook_domain::refusal::Refusal;
use fieldbook_sync::change::WireOp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Turn;
use super::case::Announced;
use super::shelf::Held;
use super::turn::write_own;
use crate::admit::{Author, DOCUMENT_BYTES_MAX, Fresh, Merged};
use crate::error::Error;
use crate::store::number::Counters;

/// What the changes say about themselves, after the name.
const MESSAGE: &str = "at the office";

/// What somebody wants done.
#[derive(Clone, Debug)]
pub(crate) struct OfficeAct {
    pub(crate) user: RecordId,
    pub(crate) device: Uuid,
    pub(crate) target: RecordRef,
    pub(crate) action: String,
    /// Identifies the action; asking again has no second effect (INV-81).
    pub(crate) id: RecordId,
    pub(crate) args: Map<String, Value>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Acted {
    /// It is done, now or before.
    Done,
    /// A rule said no; nothing was written.
    Refused(Refusal),
    /// The device may not ask.
    Dismissed { code: &'static str, message: &'static str },
    /// Its user has enough under way.
    Busy,
}

impl Turn<'_> {
    /// Performs an action; everything it writes is in this transaction.
    pub(crate) fn act_at_office(&mut self, act: &OfficeAct) -> Result<Acted, Error> {
        if let Err((code, message)) = self.device_of(act.device, act.user)? {
            return Ok(Acted::Dismissed { code, message });
        }
        let Some(facts) = self.people.get(act.user).filter(|facts| facts.active) else {
            return Ok(Acted::Dismissed { code: "user.inactive", message: "this user no longer works here" });
        };
        let (role, message) = (facts.role, format!("{}, {MESSAGE}", facts.name));
        self.perform(act, role, &message)
    }

    /// Performs an action of the office's own, which nobody asked for: what a machine of the office reports.
    pub(crate) fn act_by_itself(&mut self, target: RecordRef, action: &str, args: Map<String, Value>) -> Result<Acted, Error> {
        let turn = self.books().find(target.id)?.map_or(0, |held| held.raw.next_turn());
        let (id, nobody) = (target.id.derived(&format!("{action}/{turn}")), RecordId(Uuid::nil()));
        let act = OfficeAct { user: nobody, device: Uuid::nil(), target, action: action.to_owned(), id, args };
        self.perform(&act, Role::Admin, MESSAGE)
    }

    fn perform(&mut self, act: &OfficeAct, role: Role, message: &str) -> Result<Acted, Error> {
        if let Some(answer) = self.answered_before(act)? {
            return Ok(answer);
        }
        let numbers = Counters::new(self.store);
        let planned = match self.plan(act, role, &numbers)? {
            Ok(planned) => planned,
            Err(refusal) => return Ok(Acted::Refused(refusal)),
        };
        let merged = self.write_apart(planned, message)?;
        if merged.iter().any(|part| part.after.bytes > DOCUMENT_BYTES_MAX) {
            return Ok(refused("record.too_large", "the record has become too large"));
        }
        if let Some(refusal) = self.settle_own(act, role, &merged)? {
            return Ok(Acted::Refused(refusal));
        }
        numbers.keep()?;
        Ok(Acted::Done)
    }

    /// What was answered when the same action was asked for before.
    fn answered_before(&self, act: &OfficeAct) -> Result<Option<Acted>, Error> {
        let held = self.books().find(act.target.id)?;
        let Some(there) = held.and_then(|held| held.raw.action(act.id)) else { return Ok(None) };
        if there.action == act.action && there.by == act.user {
            return Ok(Some(Acted::Done));
        }
        Ok(Some(refused("action.exists", "another action has this id")))
    }

    fn plan(&self, act: &OfficeAct, role: Role, numbers: &Counters<'_>) -> Result<Result<Vec<Planned>, Refusal>, Error> {
        let (books, id) = (self.books(), act.target.id);
        let held = books.find(id)?.filter(|held| held.kind.name == act.target.kind && held.raw.exists());
        let unseen =
            access::is_shared_out(&act.target) && self.store.has_slice(act.user)? && !self.store.is_held(act.user, id)?;
        let held = held.filter(|_| !unseen);
        let Some(held) = held else {
            let message = format!("the office has no {} {id}", act.target.kind);
            return Ok(Err(Refusal::new("record.not_found", message)));
        };
        let wish = Wish { action: &act.action, id: act.id, args: &act.args, place: Place::Office(numbers) };
        let author = action::Author { user: act.user, role, now_ms: self.now_ms };
        let planned = catch_unwind(AssertUnwindSafe(|| action::act(held.kind, id, &held.raw, &wish, &author, &InWorld(&books))));
        books.fault()?;
        numbers.fault()?;
        Ok(planned.unwrap_or_else(|_| Err(unjudged())))
    }

    /// Writes what was planned on copies, as changes of the server.
    fn write_apart(&self, planned: Vec<Planned>, message: &str) -> Result<Vec<Merged>, Error> {
        let books = self.books();
        let mut merged = Vec::new();
        for Planned { target, writes } in gathered(planned) {
            let kind = record::find(&target.kind).ok_or(Error::Damaged { what: "record type" })?;
            let before = match books.find(target.id)? {
                Some(held) if held.kind.name == kind.name => held,
                Some(_) => return Err(Error::Damaged { what: "record type" }),
                None => Arc::new(Held::new(kind, target.id, &self.names.now)?),
            };
            let Some(own) = write_own(&before, &self.names.now, &writes, self.now_ms, message)? else { continue };
            let (max_op, time_ms) = (own.wire.max_op(), own.wire.time_ms);
            let changes = vec![Fresh { wire: own.wire, blob: own.blob, max_op, time_ms }];
            let seen = before.doc.get_heads();
            merged.push(Merged { before, after: own.after, changes, seen, linear: true });
        }
        Ok(merged)
    }

    /// Judges what was written and puts it into the books; gives why not, if it must not stand.
    fn settle_own(&mut self, act: &OfficeAct, role: Role, merged: &[Merged]) -> Result<Option<Refusal>, Error> {
        let author = Author { actor: self.names.now, device: act.device, user: act.user, role, clock_off: false };
        self.open_group();
        self.announce(&author.actor)?;
        let announced = Announced { author: &author, first_seq: self.last_seq.saturating_add(1), now_ms: self.now_ms };
        let Some((judgement, settled)) = self.judged(&announced, act.id.0, merged)? else { return Ok(Some(unjudged())) };
        if matches!(judgement.status, Outcome::Held | Outcome::Rejected) {
            // Others are told of what cannot be done for now because of their work.
            for decision in judgement.decisions.iter().filter(|it| it.outcome == Outcome::Held && it.held.is_none()) {
                self.put_decision(decision)?;
            }
            return Ok(Some(overruled(&judgement)));
        }
        self.forget_credits(merged)?;
        self.write_down(&announced, merged, &judgement, &settled)?;
        Ok(None)
    }

    /// A repair may have credited somebody else with the value that stood where the office wrote now.
    fn forget_credits(&self, merged: &[Merged]) -> Result<(), Error> {
        for part in merged {
            for op in part.changes.iter().flat_map(|fresh| &fresh.wire.ops) {
                if let WireOp::Put { key, .. } = op {
                    self.store.put_credit(part.after.id, key, None)?;
                }
            }
        }
        Ok(())
    }
}

/// The writes of each record together, in the order of the plan.
fn gathered(planned: Vec<Planned>) -> Vec<Planned> {
    let mut records: Vec<Planned> = Vec::new();
    for part in planned {
        match records.iter_mut().find(|there| there.target == part.target) {
            Some(there) => there.writes.extend(part.writes),
            None => records.push(part),
        }
    }
    records
}

fn refused(code: &str, message: &str) -> Acted {
    Acted::Refused(Refusal::new(code, message))
}

fn unjudged() -> Refusal {
    Refusal::new("server.judge", "the office could not judge it")
}

/// Why the judge would not let an action stand.
fn overruled(judgement: &Judgement) -> Refusal {
    let why = judgement.decisions.iter().find(|decision| decision.outcome == judgement.status);
    why.map_or_else(unjudged, |decision| Refusal::new(decision.rule.clone(), decision.message.clone()))
}
