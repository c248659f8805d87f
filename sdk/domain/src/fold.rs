//! The lifecycle state as a fold over actions and verdicts: the same pure code on phone and server.
//!
//! State is never a field anybody writes. Actions apply in causal order (`turn`, then id); an action the server held or
//! rejected is skipped, and so is one whose row does not start where the record is.

use crate::ids::RecordId;
use crate::known::Known;
use crate::lifecycle::{DELETE, Effect, Lifecycle, Move, Reason, is_aside};
use crate::raw::{Action, Outcome, Raw};
use crate::record::RecordType;
use crate::shared::Shared;
use crate::time;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;

/// What became of one action in the fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It moved the record.
    Moved,
    /// The server held or rejected it, or merged it into an equal one.
    Withheld(Outcome),
    /// No row starts where the record was.
    NoRow,
}

/// A record's place in its lifecycle, derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    /// The state.
    pub state: String,
    /// The status reason.
    pub status_reason: String,
    /// Whether it is closed to edits there.
    pub frozen: bool,
    /// Whether somebody deleted it.
    pub deleted: bool,
    /// The server-owned fields that moves stamped.
    pub stamps: Map<String, Value>,
    /// Every action with what became of it, in the order they were looked at.
    pub trail: Vec<(Action, Applied)>,
    /// Where each action that moved the record took it, in order.
    pub steps: Vec<Step>,
    /// The action that brought the record into its present state, which some moves leave it in.
    entered: Option<RecordId>,
    /// What was added up of each field that counts minutes, in milliseconds.
    spans: BTreeMap<&'static str, i64>,
}

/// One move of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The action.
    pub action: RecordId,
    /// The state it led to.
    pub state: String,
    /// The status reason it led to.
    pub reason: String,
    /// What was said with it, the server's corrections included.
    pub args: Map<String, Value>,
}

impl Folded {
    /// The last action that moved the record into its present state.
    #[must_use]
    pub fn last_move(&self) -> Option<&Action> {
        self.trail.iter().map(|(action, _)| action).find(|action| Some(action.id) == self.entered)
    }

    /// What became of the action of this id.
    #[must_use]
    pub fn applied(&self, id: RecordId) -> Option<Applied> {
        self.trail.iter().find(|(action, _)| action.id == id).map(|(_, applied)| *applied)
    }
}

/// A record's place in its lifecycle; whoever asks again about the same document is told what was worked out.
#[must_use]
pub fn of(kind: &RecordType, raw: &Raw) -> Shared<Folded> {
    Known::folded(raw, kind.name, || work_out(kind.lifecycle, raw))
}

fn work_out(lifecycle: &Lifecycle, raw: &Raw) -> Folded {
    let mut folded = Folded {
        state: lifecycle.initial.to_owned(),
        status_reason: lifecycle.initial_reason().to_owned(),
        frozen: false,
        deleted: false,
        stamps: Map::new(),
        trail: Vec::new(),
        entered: None,
        spans: BTreeMap::new(),
        steps: Vec::new(),
    };
    for action in raw.actions() {
        let applied = step(lifecycle, raw, &mut folded, &action);
        folded.trail.push((action, applied));
    }
    folded.frozen = lifecycle.is_frozen(&folded.state, &folded.status_reason);
    folded
}

fn step(lifecycle: &Lifecycle, raw: &Raw, folded: &mut Folded, action: &Action) -> Applied {
    let verdict = raw.verdict(action.id);
    if let Some(verdict) = &verdict {
        match verdict.outcome {
            Outcome::Held | Outcome::Rejected => return Applied::Withheld(verdict.outcome),
            Outcome::Accepted | Outcome::Adjusted if verdict.merged => return Applied::Withheld(verdict.outcome),
            Outcome::Accepted | Outcome::Adjusted => {}
        }
    }
    if action.action == DELETE {
        folded.deleted = true;
        folded.entered = Some(action.id);
        return Applied::Moved;
    }
    // Its effect is what the office writes: a verdict on what it decides, nothing in place of what it dismisses.
    if is_aside(&action.action) {
        return Applied::Moved;
    }
    let Some(row) = lifecycle.row(&action.action, &folded.state, &folded.status_reason) else {
        return verdict.map_or(Applied::NoRow, |verdict| Applied::Withheld(verdict.outcome));
    };
    let mut args = action.args.clone();
    // The office's word on when it was counts; of two moments out of order, no time lies between them.
    let at_ms = verdict.as_ref().and_then(|verdict| verdict.at).unwrap_or(action.at);
    args.extend(verdict.map(|verdict| verdict.args).unwrap_or_default());
    enter(row, &args, (action.id, at_ms), folded);
    let (state, reason) = (folded.state.clone(), folded.status_reason.clone());
    folded.steps.push(Step { action: action.id, state, reason, args });
    Applied::Moved
}

fn enter(row: &Move, args: &Map<String, Value>, (action, at_ms): (RecordId, i64), folded: &mut Folded) {
    if row.to != folded.state || row.reason != Reason::Same {
        folded.entered = Some(action);
    }
    row.to.clone_into(&mut folded.state);
    folded.status_reason = match row.reason {
        Reason::Is(reason) => reason.to_owned(),
        Reason::Given(arg) => args.get(arg).and_then(Value::as_str).unwrap_or("").to_owned(),
        Reason::Same => std::mem::take(&mut folded.status_reason),
    };
    for effect in row.then {
        match effect {
            Effect::Stamp(field, arg) => {
                folded.stamps.insert((*field).to_owned(), args.get(*arg).cloned().unwrap_or(Value::Null));
            }
            Effect::StampTime(field) => {
                folded.stamps.insert((*field).to_owned(), Value::from(time::spell(time::from_ms(at_ms))));
            }
            Effect::AddMinutes(since, into) => add_minutes(since, into, at_ms, folded),
            Effect::CountUp(field) => {
                let stands = folded.stamps.get(*field).and_then(Value::as_i64).unwrap_or(1);
                folded.stamps.insert((*field).to_owned(), Value::from(stands.saturating_add(1)));
            }
            Effect::Clear(field) => {
                folded.stamps.insert((*field).to_owned(), Value::Null);
            }
            Effect::Flag(field, yes) => {
                folded.stamps.insert((*field).to_owned(), Value::Bool(*yes));
            }
            // These made records of their own, in the same bundle.
            Effect::CreateCustomerRecords
            | Effect::HandOver
            | Effect::Convert(_)
            | Effect::Edit(_)
            | Effect::PartyAccounts(_) => {}
        }
    }
}

/// Whole minutes of the sum, so that nothing is lost of many short spans.
fn add_minutes(since: &str, into: &'static str, at_ms: i64, folded: &mut Folded) {
    let Some(from) = folded.stamps.get(since).and_then(Value::as_str).and_then(time::parse) else { return };
    let span = at_ms.saturating_sub(from.timestamp_millis()).max(0);
    let total = folded.spans.entry(into).or_default();
    *total = total.saturating_add(span);
    folded.stamps.insert(into.to_owned(), Value::from(*total / MINUTE_MS));
    folded.stamps.insert(since.to_owned(), Value::Null);
}
