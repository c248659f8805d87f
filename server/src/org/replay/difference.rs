//! What a replay found: decisions, changes and answers that would be others today.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::Decision;
use fieldbook_sync::message::{Answer, Status};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::super::settle::Settled;
use crate::store::history::LoggedChange;

/// What a replay found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ReplayReport {
    /// Intents judged again and compared.
    pub intents: u64,
    /// Of these, the ones whose moment of judging was not kept and had to be guessed.
    pub inexact: u64,
    /// What the office did itself, laid down as it was.
    pub as_it_was: u64,
    /// Decisions that were recorded.
    pub decisions: u64,
    /// Changes of the server that came out byte for byte as they were recorded.
    pub changes: u64,
    /// The decisions by rule.
    pub rules: BTreeMap<String, RuleCount>,
    /// What differs, in the order it was judged.
    pub differences: Vec<Difference>,
}

/// How many decisions of a rule there were and would be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RuleCount {
    /// The versions that are recorded.
    pub versions: BTreeSet<u32>,
    /// Decisions that were recorded.
    pub then: u64,
    /// Decisions it would take today.
    pub now: u64,
    /// Of both, those that differ.
    pub differ: u64,
}

/// Something that would be different today.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// In which way.
    pub differs: Differs,
    /// Where the log has the intent.
    pub seq: u64,
    /// When it was judged, in milliseconds since 1970.
    pub at_ms: i64,
    /// The intent.
    pub intent: Uuid,
    /// Its author.
    pub author: RecordId,
    /// The record it is about.
    pub record: RecordRef,
    /// The rule, if it is about a decision.
    pub rule: String,
    /// What differs of a decision, by field.
    pub fields: Vec<String>,
    /// What was recorded.
    pub then: Value,
    /// What it would be.
    pub now: Value,
}

/// In which way something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Differs {
    /// A decision that was not taken would be.
    New,
    /// A decision that was taken would not be.
    Gone,
    /// A decision would say something else.
    Changed,
    /// The server would write something else.
    Changes,
    /// The device would get another answer.
    Answer,
    /// The intent would not be let in.
    Refused,
    /// No answer is recorded.
    Unanswered,
}

impl Differs {
    /// The word people and JSON use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Differs::New => "new",
            Differs::Gone => "gone",
            Differs::Changed => "changed",
            Differs::Changes => "changes",
            Differs::Answer => "answer",
            Differs::Refused => "refused",
            Differs::Unanswered => "unanswered",
        }
    }
}

/// What is compared.
pub(super) struct Case<'c> {
    pub(super) intent: Uuid,
    pub(super) seq: u64,
    pub(super) at_ms: i64,
    pub(super) author: RecordId,
    /// The first change of the intent.
    pub(super) first: &'c LoggedChange,
}

impl Case<'_> {
    fn differs(&self, differs: Differs, then: Value, now: Value) -> Difference {
        Difference {
            differs,
            seq: self.seq,
            at_ms: self.at_ms,
            intent: self.intent,
            author: self.author,
            record: RecordRef::new(self.first.kind.clone(), self.first.facts.doc),
            rule: String::new(),
            fields: Vec::new(),
            then,
            now,
        }
    }

    pub(super) fn refused(&self, code: String, message: String) -> Difference {
        self.differs(Differs::Refused, Value::Null, Value::from(format!("{code}: {message}")))
    }

    pub(super) fn unanswered(&self) -> Difference {
        self.differs(Differs::Unanswered, Value::Null, Value::Null)
    }

    fn decision(&self, then: Option<&Decision>, now: Option<&Decision>) -> Option<Difference> {
        let about = now.or(then)?;
        let (before, after) = (spelled(then), spelled(now));
        let (differs, fields) = match (then, now) {
            (Some(_), Some(_)) => (Differs::Changed, differing(&before, &after)),
            (Some(_), None) => (Differs::Gone, Vec::new()),
            (None, _) => (Differs::New, Vec::new()),
        };
        if differs == Differs::Changed && fields.is_empty() {
            return None;
        }
        let (record, rule) = (about.record.clone(), about.rule.clone());
        Some(Difference { record, rule, fields, ..self.differs(differs, before, after) })
    }
}

impl ReplayReport {
    pub(super) fn differs(&mut self, difference: Difference) {
        self.differences.push(difference);
    }

    /// Compares by id, and what is left over by what it is about.
    pub(super) fn compare_decisions(&mut self, case: &Case<'_>, then: &[&Decision], now: &[&Decision]) {
        let mut left = now.to_vec();
        let mut take = |same: &dyn Fn(&Decision) -> bool| {
            let at = left.iter().position(|decision| same(decision))?;
            Some(left.remove(at))
        };
        let mut pairs = Vec::new();
        let mut odd = Vec::new();
        for decision in then {
            match take(&|other| other.id == decision.id) {
                Some(other) => pairs.push((Some(*decision), Some(other))),
                None => odd.push(*decision),
            }
        }
        pairs.extend(odd.into_iter().map(|decision| (Some(decision), take(&|other| is_about(other) == is_about(decision)))));
        pairs.extend(left.into_iter().map(|decision| (None, Some(decision))));
        for (then, now) in pairs {
            self.count(then, now, case);
        }
    }

    fn count(&mut self, then: Option<&Decision>, now: Option<&Decision>, case: &Case<'_>) {
        let difference = case.decision(then, now);
        if let Some(decision) = then {
            self.decisions = self.decisions.saturating_add(1);
            let rule = self.rules.entry(decision.rule.clone()).or_default();
            rule.then = rule.then.saturating_add(1);
            rule.versions.insert(decision.version);
        }
        if let Some(decision) = now {
            let rule = self.rules.entry(decision.rule.clone()).or_default();
            rule.now = rule.now.saturating_add(1);
        }
        if let Some(difference) = difference {
            let rule = self.rules.entry(difference.rule.clone()).or_default();
            rule.differ = rule.differ.saturating_add(1);
            self.differs(difference);
        }
    }

    /// Compares what the server wrote, by hash: the same hash is the same bytes.
    pub(super) fn compare_changes(&mut self, case: &Case<'_>, then: &[&LoggedChange], settled: &Settled) {
        let spelled = |record: RecordRef, hash: &[u8; 32]| format!("{record} {}", automerge::ChangeHash(*hash));
        let then = then.iter().map(|own| spelled(RecordRef::new(own.kind.clone(), own.facts.doc), &own.wire.hash));
        let then: Vec<String> = then.collect();
        let now: Vec<String> = settled.own().map(|own| spelled(own.after.target(), &own.wire.hash)).collect();
        if then == now {
            self.changes = self.changes.saturating_add(then.len() as u64);
        } else {
            self.differs(case.differs(Differs::Changes, Value::from(then), Value::from(now)));
        }
    }

    pub(super) fn compare_answer(&mut self, case: &Case<'_>, then: &Answer, now: (Status, String, String)) {
        let (status, code, message) = now;
        if (then.status, &then.code, &then.message) != (status, &code, &message) {
            let now = format!("{code}: {message}");
            self.differs(case.differs(
                Differs::Answer,
                Value::from(format!("{}: {}", then.code, then.message)),
                Value::from(now),
            ));
        }
    }
}

fn is_about(decision: &Decision) -> (&RecordRef, &Option<String>, &Option<RecordId>, RecordId) {
    (&decision.record, &decision.field, &decision.action, decision.author)
}

fn spelled(decision: Option<&Decision>) -> Value {
    decision.and_then(|decision| serde_json::to_value(decision).ok()).unwrap_or_default()
}

/// The fields in which two decisions differ.
fn differing(then: &Value, now: &Value) -> Vec<String> {
    let (Some(then), Some(now)) = (then.as_object(), now.as_object()) else { return Vec::new() };
    let names: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    names.into_iter().filter(|name| then.get(*name) != now.get(*name)).cloned().collect()
}
