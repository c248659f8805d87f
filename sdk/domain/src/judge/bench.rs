//! The judge's desk: the case, what was written so far, and the decisions taken. Rules read and write through it.

use super::{Arrival, Case, Decision, Held, Judgement, Repair, Stamp, World};
use crate::alternative;
use crate::document::Write;
use crate::fold::{self, Folded};
use crate::ids::{RecordId, RecordRef};
use crate::invariant;
use crate::key;
use crate::owner;
use crate::raw::{Action, Outcome, Raw, Scalar, Verdict};
use crate::record;
use crate::shared::Shared;
use crate::view;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

mod withhold;

pub(super) use withhold::WITHHELD;

pub(super) struct Bench<'a> {
    pub(super) case: &'a Case,
    pub(super) world: &'a dyn World,
    overlay: BTreeMap<RecordRef, Raw>,
    repairs: BTreeMap<RecordRef, Repair>,
    decisions: Vec<Decision>,
    /// Deletions of the judge's own, which withhold what should not have come into being.
    withholding: BTreeSet<RecordId>,
    status: Outcome,
}

/// A decision in the making; the bench fills in what follows from the case.
pub(super) struct Ruling {
    pub(super) rule: &'static str,
    pub(super) outcome: Outcome,
    pub(super) target: RecordRef,
    pub(super) field: Option<String>,
    pub(super) action: Option<RecordId>,
    pub(super) kept: Value,
    pub(super) lost: Value,
    pub(super) winner: String,
    pub(super) loser: String,
    pub(super) author: RecordId,
    pub(super) told: Vec<RecordId>,
    pub(super) message: String,
    pub(super) salvage: &'static str,
}

impl Ruling {
    /// The least there is to say of somebody's work: it was adjusted, and they are told. What else there is to it is filled in.
    pub(super) fn of(rule: &'static str, target: RecordRef, author: RecordId, message: String) -> Ruling {
        Ruling {
            rule,
            outcome: Outcome::Adjusted,
            target,
            field: None,
            action: None,
            kept: Value::Null,
            lost: Value::Null,
            winner: String::new(),
            loser: String::new(),
            author,
            told: vec![author],
            message,
            salvage: "",
        }
    }
}

impl<'a> Bench<'a> {
    pub(super) fn new(case: &'a Case, world: &'a dyn World) -> Self {
        let overlay = case.arrivals.iter().map(|arrival| (arrival.target(), arrival.after.clone())).collect();
        let (repairs, decisions) = (BTreeMap::new(), Vec::new());
        Bench { case, world, overlay, repairs, decisions, withholding: BTreeSet::new(), status: Outcome::Accepted }
    }

    pub(super) fn finish(self) -> Judgement {
        let repairs = self.repairs.into_values().filter(|repair| !repair.writes.is_empty()).collect();
        Judgement { status: self.status, repairs, decisions: self.decisions }
    }

    /// A record as it stands with everything written so far.
    pub(super) fn raw(&self, target: &RecordRef) -> Option<Raw> {
        self.overlay.get(target).cloned().or_else(|| self.world.raw(target))
    }

    pub(super) fn folded(&self, target: &RecordRef) -> Option<Shared<Folded>> {
        let kind = record::find(&target.kind)?;
        Some(fold::of(kind, &self.raw(target)?))
    }

    /// A record as people see it with everything written so far, unless it is deleted or not there.
    pub(super) fn view(&self, target: &RecordRef) -> Option<view::View> {
        let kind = record::find(&target.kind)?;
        let shown = view::of(kind, target.id, &self.raw(target).filter(Raw::exists)?);
        (!shown.folded.deleted).then_some(shown)
    }

    /// Whether the office withholds an action.
    pub(super) fn withheld(&self, target: &RecordRef, action: RecordId) -> bool {
        let verdict = self.raw(target).and_then(|raw| raw.verdict(action));
        verdict.is_some_and(|verdict| matches!(verdict.outcome, Outcome::Held | Outcome::Rejected))
    }

    /// Performs an action for somebody.
    pub(super) fn perform(&mut self, target: &RecordRef, action: &Action, why: &str) {
        let text = serde_json::to_string(action).unwrap_or_default();
        self.put(target, &key::action(action.id), Scalar::Str(text), None, why);
    }

    /// Whether the judge already wrote this register.
    pub(super) fn wrote(&self, target: &RecordRef, key: &str) -> bool {
        self.repairs.get(target).is_some_and(|repair| {
            repair.writes.iter().any(|write| matches!(write, Write::Put { key: written, .. } if written == key))
        })
    }

    /// The records the judge wrote.
    pub(super) fn repaired(&self) -> Vec<RecordRef> {
        self.repairs.keys().cloned().collect()
    }

    /// The registers of a record the judge wrote.
    pub(super) fn written(&self, target: &RecordRef) -> Vec<String> {
        let writes = self.repairs.get(target).map(|repair| repair.writes.as_slice()).unwrap_or_default();
        let key = |write: &Write| if let Write::Put { key, .. } = write { Some(key.clone()) } else { None };
        writes.iter().filter_map(key).collect()
    }

    pub(super) fn put(&mut self, target: &RecordRef, key: &str, value: Scalar, credit: Option<Stamp>, why: &str) {
        self.stand(target).set(key, value.clone());
        let repair = self.repair(target, why);
        repair.writes.retain(|write| !matches!(write, Write::Put { key: written, .. } if written == key));
        repair.writes.push(Write::put(key, value));
        if let Some(stamp) = credit {
            repair.credit.insert(key.to_owned(), stamp);
        }
    }

    /// Puts back what stood before a part arrived. Whoever wrote something else meanwhile is not overruled by it.
    pub(super) fn put_back(&mut self, arrival: &Arrival, key: &str, why: &str) {
        let stood = arrival.stood(key);
        let mut others = arrival.conflicts.get(key).into_iter().flatten();
        let credit = others.find(|other| other.value == stood).map_or_else(nobody, |other| other.stamp.clone());
        self.put(&arrival.target(), key, stood, Some(credit), why);
    }

    pub(super) fn put_text(&mut self, target: &RecordRef, field: &str, now: &str, why: &str) {
        self.stand(target).set_text(field, now.to_owned());
        self.repair(target, why).writes.push(Write::Text { field: field.to_owned(), now: now.to_owned() });
    }

    /// A record to write on, fetched from the world once.
    fn stand(&mut self, target: &RecordRef) -> &mut Raw {
        let world = self.world;
        self.overlay.entry(target.clone()).or_insert_with(|| world.raw(target).unwrap_or_default())
    }

    fn repair(&mut self, target: &RecordRef, why: &str) -> &mut Repair {
        let new = || Repair { target: target.clone(), writes: Vec::new(), credit: BTreeMap::new(), message: String::new() };
        let repair = self.repairs.entry(target.clone()).or_insert_with(new);
        if !repair.message.split("; ").any(|said| said == why) {
            if !repair.message.is_empty() {
                repair.message.push_str("; ");
            }
            repair.message.push_str(why);
        }
        repair
    }

    /// Writes the server's answer to an action.
    pub(super) fn verdict(&mut self, target: &RecordRef, action: RecordId, rule: &str, outcome: Outcome, merged: bool) {
        let version = invariant::version(rule);
        let at = self.raw(target).and_then(|raw| raw.verdict(action)).and_then(|stands| stands.at);
        let verdict = Verdict { outcome, rule: rule.to_owned(), version, args: serde_json::Map::new(), at, merged };
        self.put_verdict(target, action, &verdict);
    }

    pub(super) fn put_verdict(&mut self, target: &RecordRef, action: RecordId, verdict: &Verdict) {
        let text = serde_json::to_string(verdict).unwrap_or_default();
        let why = format!("{} {}", verdict.rule, verdict.outcome.name());
        self.put(target, &key::verdict(action), Scalar::Str(text), None, &why);
    }

    /// Keeps a losing value beside the record until somebody dismisses it (INV-83).
    pub(super) fn alternative(&mut self, target: &RecordRef, field: &str, value: &Scalar, stamp: Option<&Stamp>, rule: &str) {
        self.alternative_from("", target, field, value, stamp, rule);
    }

    /// The same for what met by a merge: it takes the place of nothing its author typed elsewhere.
    pub(super) fn alternative_from(
        &mut self,
        origin: &str,
        target: &RecordRef,
        field: &str,
        value: &Scalar,
        stamp: Option<&Stamp>,
        rule: &str,
    ) {
        let by = stamp.map(|stamp| stamp.user.to_string());
        let at = stamp.map(|stamp| stamp.at_ms);
        let kept = json!({ "value": value.to_json(), "by": by, "at": at, "rule": rule });
        let place = alternative::kept_at(target.id, field, stamp.map(|stamp| stamp.device), origin);
        self.put(target, &place, Scalar::Str(kept.to_string()), None, rule);
    }

    /// Who wrote the value a register holds with everything written so far, where known.
    pub(super) fn credit(&self, target: &RecordRef, key: &str) -> Option<Stamp> {
        let repaired = self.repairs.get(target).and_then(|repair| repair.credit.get(key).cloned());
        repaired.or_else(|| self.world.credit(target, key))
    }

    /// Who typed the value a register holds; nobody, where the office wrote it on its own account.
    pub(super) fn typed_by(&self, target: &RecordRef, key: &str) -> Option<Stamp> {
        self.world.credit(target, key).filter(|stamp| !stamp.user.0.is_nil())
    }

    /// Says what happened to the author's own work, for the answer to the device.
    pub(super) fn worsen(&mut self, outcome: Outcome) {
        let weight = |outcome: Outcome| match outcome {
            Outcome::Accepted => 0,
            Outcome::Adjusted => 1,
            Outcome::Held => 2,
            Outcome::Rejected => 3,
        };
        if weight(outcome) > weight(self.status) {
            self.status = outcome;
        }
    }

    /// Takes a decision and addresses it; everybody who no longer works here is replaced by their manager.
    pub(super) fn decide(&mut self, ruling: Ruling) {
        let id = self.decision_id(&ruling);
        self.decide_as(id, ruling);
    }

    /// Takes a decision under an id of its own: under one that was there before, nobody is told again.
    pub(super) fn decide_as(&mut self, id: Uuid, ruling: Ruling) {
        self.take(id, ruling, None);
    }

    /// Tells people something that changes nothing of anybody's work.
    pub(super) fn tell_as(&mut self, id: Uuid, ruling: Ruling) {
        let status = self.status;
        self.take(id, ruling, None);
        self.status = status;
    }

    /// Takes a decision that waits for somebody's word.
    pub(super) fn decide_held(&mut self, ruling: Ruling, held: Held) {
        let id = self.decision_id(&ruling);
        self.take(id, ruling, Some(held));
    }

    fn decision_id(&self, ruling: &Ruling) -> Uuid {
        let seed = format!("{}/{}/{}/{}/{}", ruling.rule, ruling.target, field_seed(ruling), ruling.winner, ruling.loser);
        Uuid::new_v5(&self.case.id, seed.as_bytes())
    }

    fn take(&mut self, id: Uuid, ruling: Ruling, held: Option<Held>) {
        if ruling.author == self.case.author {
            self.worsen(ruling.outcome);
        }
        let title = self.title(&ruling.target);
        let told = self.addressees(&ruling.told);
        let decision = Decision {
            id,
            rule: ruling.rule.to_owned(),
            version: invariant::version(ruling.rule),
            outcome: ruling.outcome,
            record: ruling.target,
            title,
            field: ruling.field,
            action: ruling.action,
            kept: ruling.kept,
            lost: ruling.lost,
            winner: ruling.winner,
            loser: ruling.loser,
            author: ruling.author,
            told,
            message: ruling.message,
            salvage: ruling.salvage.to_owned(),
            held,
            at_ms: self.case.now_ms,
        };
        if !self.decisions.iter().any(|taken| taken.id == decision.id) {
            self.decisions.push(decision);
        }
    }

    fn addressees(&self, wanted: &[RecordId]) -> Vec<RecordId> {
        let mut told: BTreeSet<RecordId> = wanted.iter().filter_map(|user| self.reachable(*user)).collect();
        if told.is_empty() {
            told.extend(self.world.admins());
        }
        told.into_iter().collect()
    }

    /// The user, or the first of their managers who still works here (INV-83).
    pub(super) fn reachable(&self, user: RecordId) -> Option<RecordId> {
        let mut next = Some(user);
        for _ in 0..10 {
            let id = next?;
            let facts = self.world.user(id)?;
            if facts.active {
                return Some(id);
            }
            next = facts.manager;
        }
        None
    }

    /// The users behind a record's owner: the user, or the members of the team.
    pub(super) fn owners(&self, target: &RecordRef) -> Vec<RecordId> {
        let owner = self.raw(target).and_then(|raw| owner::of(&raw));
        owner.map(|owner| owner::users(&owner, self)).unwrap_or_default()
    }

    /// The manager of a user, for decisions somebody has to take.
    pub(super) fn manager_of(&self, user: RecordId) -> Option<RecordId> {
        self.world.user(user).and_then(|facts| facts.manager)
    }

    pub(super) fn name(&self, user: RecordId) -> String {
        self.world.user(user).map_or_else(|| "somebody".to_owned(), |facts| facts.name)
    }

    pub(super) fn title(&self, target: &RecordRef) -> String {
        let Some(kind) = record::find(&target.kind) else { return target.to_string() };
        let raw = self.raw(target).unwrap_or_default();
        view::title(kind, &view::of(kind, target.id, &raw).body)
    }

    /// Makes a record of the server's own, for example a note that keeps an overruled reason.
    pub(super) fn make(&mut self, kind: &str, id: RecordId, fields: &[(&str, Scalar)], text: Option<(&str, &str)>, why: &str) {
        let target = RecordRef::new(kind, id);
        if self.raw(&target).is_some_and(|raw| raw.exists()) {
            return;
        }
        for (field, value) in fields {
            self.put(&target, field, value.clone(), None, why);
        }
        if let Some((field, now)) = text {
            self.put_text(&target, field, now, why);
        }
    }
}

/// Nobody, before everybody.
fn nobody() -> Stamp {
    Stamp { user: RecordId(Uuid::nil()), device: Uuid::nil(), at_ms: 0, seq: 0, clock_off: true, change: String::new() }
}

fn field_seed(ruling: &Ruling) -> String {
    let action = ruling.action.map(|action| action.to_string()).unwrap_or_default();
    format!("{}{action}{}", ruling.field.as_deref().unwrap_or(""), ruling.author)
}
