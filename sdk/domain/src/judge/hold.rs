//! What the office holds back: nothing of it takes effect, all of it is kept, and somebody's word lets it through or turns it
//! down.

use super::bench::{Bench, Ruling};
use super::{Arrival, Case, World};
use crate::ids::{RecordId, RecordRef};
use crate::permission::Role;
use crate::raw::{Action, Outcome, Raw, Scalar};
use crate::record;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::mem::discriminant;
use uuid::Uuid;

/// What a choice makes of what is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// It takes effect, with everything that came with it.
    Release,
    /// It never takes effect; it stays readable.
    Refuse,
}

/// One thing that can be decided.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The word for it.
    pub name: &'static str,
    /// What it means.
    pub says: &'static str,
    /// What it does.
    pub does: Does,
}

/// What a rule asks when it holds something back.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    /// The rule.
    pub rule: &'static str,
    /// The question.
    pub asks: &'static str,
    /// The least role that answers it; nobody below an administrator answers for their own work.
    pub who: Role,
    /// The answers.
    pub choices: &'static [Choice],
}

const fn release(name: &'static str, says: &'static str) -> Choice {
    Choice { name, says, does: Does::Release }
}

const fn refuse(name: &'static str, says: &'static str) -> Choice {
    Choice { name, says, does: Does::Refuse }
}

/// Every question.
#[rustfmt::skip]
pub const HOLDS: &[Holding] = &[
    Holding { rule: "INV-25", asks: "Was the sale won or lost?", who: Role::Manager, choices: &[
        release("won", "The customer bought; the loss is overruled."),
        refuse("lost", "The loss stands."),
    ] },
];

/// What a rule asks.
#[must_use]
pub fn holding(rule: &str) -> Option<&'static Holding> {
    HOLDS.iter().find(|holding| holding.rule == rule)
}

/// What is held, as the decision about it keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The question.
    pub asks: String,
    /// The words it can be answered with, each with what it means.
    pub choices: BTreeMap<String, String>,
    /// The least role that answers.
    pub who: Role,
    /// Everything that was put aside, record by record.
    pub parts: Vec<HeldPart>,
}

/// What was put aside of one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPart {
    /// The record.
    pub record: RecordRef,
    /// The judge's own deletion, if the record came into being with it and is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<RecordId>,
    /// The actions that have no effect meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<RecordId>,
    /// What was written, by register.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub writes: BTreeMap<String, Scalar>,
    /// What stands in its place meanwhile, by register.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stood: BTreeMap<String, Scalar>,
}

impl HeldPart {
    pub(super) fn of(record: RecordRef) -> HeldPart {
        HeldPart { record, withheld: None, actions: Vec::new(), writes: BTreeMap::new(), stood: BTreeMap::new() }
    }

    fn is_empty(&self) -> bool {
        self.withheld.is_none() && self.actions.is_empty() && self.writes.is_empty()
    }
}

/// An action to hold back, and what people are told about it.
pub(super) struct Wait<'a> {
    pub(super) rule: &'static str,
    pub(super) target: &'a RecordRef,
    pub(super) action: &'a Action,
    /// What stands in its way, if that is an action.
    pub(super) against: Option<&'a Action>,
    /// Who is told besides its author and their manager.
    pub(super) told: Vec<RecordId>,
    pub(super) message: String,
    pub(super) salvage: &'static str,
}

/// Holds an action back with everything that came with it, whenever it came; says so to its author and to who decides.
pub(super) fn hold(bench: &mut Bench<'_>, wait: Wait<'_>) {
    let Wait { rule, target, action, against, mut told, message, salvage } = wait;
    bench.verdict(target, action.id, rule, Outcome::Held, false);
    let mut parts = match own_case(bench, target, action) {
        Some(case) => put_case_aside(bench, case, rule),
        None => put_bundle_aside(bench, target, action, rule),
    };
    let own = parts.iter_mut().find(|part| part.record == *target);
    match own {
        Some(part) if part.actions.contains(&action.id) => {}
        Some(part) => part.actions.push(action.id),
        None => parts.push(HeldPart { actions: vec![action.id], ..HeldPart::of(target.clone()) }),
    }
    told.push(action.by);
    let shown = |action: &Action| json!({ "action": action.action, "args": action.args, "at": action.at });
    let ruling = Ruling {
        rule,
        outcome: Outcome::Held,
        target: target.clone(),
        field: None,
        action: Some(action.id),
        kept: against.map(shown).unwrap_or_default(),
        lost: shown(action),
        winner: against.map(|against| against.id.to_string()).unwrap_or_default(),
        loser: action.id.to_string(),
        author: action.by,
        told,
        message,
        salvage,
    };
    ask(bench, ruling, parts);
}

/// Takes a decision that waits for another one: what was put aside is kept with it.
pub(super) fn ask(bench: &mut Bench<'_>, mut ruling: Ruling, parts: Vec<HeldPart>) {
    let Some(holding) = holding(ruling.rule) else { return bench.decide(ruling) };
    ruling.told.extend(deciders(bench.world, bench.manager_of(ruling.author), holding.who));
    let choices = holding.choices.iter().map(|choice| (choice.name.to_owned(), choice.says.to_owned()));
    let held = Held { asks: holding.asks.to_owned(), choices: choices.collect(), who: holding.who, parts };
    bench.decide_held(ruling, held);
}

/// Who decides about the work of somebody who reports to this manager: the first above them who may, else the administrators.
#[must_use]
pub fn deciders(world: &dyn World, manager: Option<RecordId>, who: Role) -> Vec<RecordId> {
    let mut next = manager;
    for _ in 0..10 {
        let Some(facts) = next.and_then(|id| world.user(id)) else { break };
        if facts.active && facts.role >= who {
            return next.into_iter().collect();
        }
        next = facts.manager;
    }
    world.admins()
}

/// The case, if the action is part of it.
fn own_case<'a>(bench: &Bench<'a>, target: &RecordRef, action: &Action) -> Option<&'a Case> {
    let case = bench.case;
    let performs = |arrival: &Arrival| arrival.target() == *target && arrival.new_actions().contains(&action.id);
    case.arrivals.iter().any(performs).then_some(case)
}

/// Puts aside everything the case wrote (INV-82).
pub(super) fn put_case_aside(bench: &mut Bench<'_>, case: &Case, rule: &'static str) -> Vec<HeldPart> {
    let mut parts = Vec::new();
    for arrival in &case.arrivals {
        let mut part = HeldPart::of(arrival.target());
        for id in arrival.new_actions() {
            bench.verdict(&part.record, id, rule, Outcome::Held, false);
            part.actions.push(id);
        }
        if arrival.before.exists() {
            for (key, value) in arrival.fields() {
                part.stood.insert(key.clone(), arrival.stood(key));
                part.writes.insert(key.clone(), value.clone());
                bench.put(&part.record, key, arrival.stood(key), None, rule);
            }
        } else {
            part.withheld = Some(bench.hide(&part.record, arrival, rule));
        }
        if !part.is_empty() {
            parts.push(part);
        }
    }
    parts
}

/// Puts aside what an action did to other records when it came, which is known by the ids it gave.
fn put_bundle_aside(bench: &mut Bench<'_>, target: &RecordRef, action: &Action, rule: &'static str) -> Vec<HeldPart> {
    let mut parts = Vec::new();
    for other in neighbours(bench, target) {
        let Some(raw) = bench.raw(&other).filter(Raw::exists) else { continue };
        let mates = raw.actions().into_iter().filter(|mate| mate.id == action.id.derived(&format!("{}/{other}", mate.action)));
        let mut part = HeldPart::of(other.clone());
        for mate in mates {
            bench.verdict(&other, mate.id, rule, Outcome::Held, false);
            part.actions.push(mate.id);
        }
        if made_by(target, action).contains(&other) {
            part.withheld = Some(bench.hide_made(&other, raw.next_turn(), action.by, rule));
        }
        if !part.is_empty() {
            parts.push(part);
        }
    }
    parts
}

/// The records that refer to one, those it refers to, and those its action may have made.
fn neighbours(bench: &Bench<'_>, target: &RecordRef) -> Vec<RecordRef> {
    let mut found: Vec<RecordRef> = bench.world.referrers(target).into_iter().map(|(source, _)| source).collect();
    if let (Some(kind), Some(raw)) = (record::find(&target.kind), bench.raw(target)) {
        for field in kind.fields {
            if let Some(text) = raw.text(field.name) {
                found.extend(crate::action::targets(field, text));
            }
        }
    }
    found.sort();
    found.dedup();
    found.retain(|other| other != target);
    found
}

/// What a conversion makes of a record (`action/convert.rs`).
fn made_by(target: &RecordRef, action: &Action) -> Vec<RecordRef> {
    let made = |kind: &str, id: RecordId| RecordRef::new(kind, id);
    match action.action.as_str() {
        "create_order" if target.kind == "quote" => vec![made("order", target.id.derived("order"))],
        "create_order" => vec![made("order", action.id.derived("order"))],
        "create_quote" => vec![made("quote", action.id.derived("quote"))],
        "create_invoice" => vec![made("invoice", action.id.derived("invoice"))],
        "revise" => vec![made("quote", target.id.derived("revision"))],
        _ => Vec::new(),
    }
}

/// Lets through what was held; says whether it took effect. What others wrote in its place meanwhile stays, and the held value
/// is kept beside it.
pub(super) fn let_through(bench: &mut Bench<'_>, held: &Held, by: &Ruled<'_>) -> bool {
    for part in &held.parts {
        if let Some(id) = part.withheld {
            bench.verdict(&part.record, id, by.rule, Outcome::Rejected, false);
        }
        for id in &part.actions {
            bench.verdict(&part.record, *id, by.rule, Outcome::Accepted, false);
        }
    }
    if let (Some(action), Some(folded)) = (by.action, bench.folded(by.target))
        && folded.applied(action).is_some_and(|applied| discriminant(&applied) != discriminant(&crate::fold::Applied::Moved))
    {
        let Some(against) = by.against else { return false };
        bench.verdict(by.target, against, by.rule, Outcome::Rejected, false);
        let moved = bench.folded(by.target).and_then(|folded| folded.applied(action));
        if moved != Some(crate::fold::Applied::Moved) {
            return false;
        }
    }
    for part in &held.parts {
        let raw = bench.raw(&part.record).unwrap_or_default();
        for (key, value) in &part.writes {
            let stood = part.stood.get(key).filter(|stood| !stood.is_null());
            if raw.get(key) == stood {
                bench.put(&part.record, key, value.clone(), None, by.rule);
            } else if raw.get(key) != Some(value) {
                bench.alternative(&part.record, key, value, None, by.rule);
            }
        }
    }
    true
}

/// Turns down what was held.
pub(super) fn turn_down(bench: &mut Bench<'_>, held: &Held, rule: &str) {
    for part in &held.parts {
        for id in &part.actions {
            bench.verdict(&part.record, *id, rule, Outcome::Rejected, false);
        }
    }
}

/// What a decision about something held is about.
pub(super) struct Ruled<'a> {
    pub(super) rule: &'a str,
    pub(super) target: &'a RecordRef,
    pub(super) action: Option<RecordId>,
    pub(super) against: Option<RecordId>,
}

/// The held decision an answer names, if it names one.
#[must_use]
pub fn item_of(action: &Action) -> Option<Uuid> {
    action.args.get("item").and_then(Value::as_str).and_then(|item| Uuid::try_parse(item).ok())
}
