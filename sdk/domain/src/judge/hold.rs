//! What the office holds back: nothing of it takes effect, all of it is kept, and somebody's word lets it through or turns it
//! down.

use super::bench::{Bench, Ruling};
use super::collide::shown;
use super::{Arrival, Case, bundle, offer};
use crate::field::Freeze;
use crate::ids::{RecordId, RecordRef};
use crate::permission::Who;
use crate::raw::{Action, Outcome, Raw, Scalar};
use crate::record;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

mod answer;
mod deciders;
mod open;
mod questions;

pub(super) use answer::{Ruled, let_through, turn_down};
pub(super) use deciders::asked;
pub(crate) use deciders::concerned;
pub use deciders::{Waiting, deciders, may_answer};
pub(super) use open::is_settled;
pub use open::{answer, concerns, is_open, put_to};
pub use questions::{Choice, Does, HOLDS, Holding, holding};

/// What is held, as the decision about it keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The question.
    pub asks: String,
    /// The words it can be answered with, each with what it means.
    pub choices: BTreeMap<String, String>,
    /// Who answers.
    pub who: Who,
    /// How much of a discount whoever answers must be able to give, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gives: Option<Decimal>,
    /// What has to arrive first, where nobody has to decide (INV-11).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub awaits: Vec<RecordRef>,
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
    /// Of what stood in their place, what their author had not seen.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unseen: BTreeSet<String>,
    /// What the customer received, where the action says that they did, by register.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pinned: BTreeMap<String, Scalar>,
    /// What the long texts said, by field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
}

impl HeldPart {
    pub(super) fn of(record: RecordRef) -> HeldPart {
        let (writes, stood, pinned, texts) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        HeldPart { record, withheld: None, actions: Vec::new(), writes, stood, unseen: BTreeSet::new(), pinned, texts }
    }

    fn is_empty(&self) -> bool {
        self.withheld.is_none() && self.actions.is_empty() && self.writes.is_empty() && self.texts.is_empty()
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
    let kept = wait.against.map(shown).unwrap_or_default();
    hold_as(bench, None, wait, BTreeMap::new(), kept);
}

/// The same, kept beside something that letting it through does not overrule.
pub(super) fn hold_beside(bench: &mut Bench<'_>, wait: Wait<'_>, kept: Value) {
    hold_as(bench, None, wait, BTreeMap::new(), kept);
}

/// The same, for whoever may give so much away, with what is written into the record when it is let through.
pub(super) fn hold_with(bench: &mut Bench<'_>, gives: Decimal, wait: Wait<'_>, with: BTreeMap<String, Scalar>) {
    let kept = wait.against.map(shown).unwrap_or_default();
    hold_as(bench, Some(gives), wait, with, kept);
}

fn hold_as(bench: &mut Bench<'_>, gives: Option<Decimal>, wait: Wait<'_>, with: BTreeMap<String, Scalar>, kept: Value) {
    let Wait { rule, target, action, against, mut told, message, salvage } = wait;
    bench.verdict(target, action.id, rule, Outcome::Held, false);
    let pinned = pinned(bench, target, action);
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
    let stands = bench.raw(target).unwrap_or_default();
    for part in parts.iter_mut().filter(|part| part.record == *target) {
        part.pinned.clone_from(&pinned);
        let stood = |key: &String| (key.clone(), stands.get(key).cloned().unwrap_or(Scalar::Null));
        part.stood.extend(with.keys().map(stood));
        part.writes.extend(with.clone());
    }
    told.push(action.by);
    let ruling = Ruling {
        rule,
        outcome: Outcome::Held,
        target: target.clone(),
        field: None,
        action: Some(action.id),
        kept,
        lost: shown(action),
        winner: against.map(|against| against.id.to_string()).unwrap_or_default(),
        loser: action.id.to_string(),
        author: action.by,
        told,
        message,
        salvage,
    };
    ask_these(bench, gives, ruling, parts);
}

/// Takes a decision that waits for another one: what was put aside is kept with it.
pub(super) fn ask(bench: &mut Bench<'_>, ruling: Ruling, parts: Vec<HeldPart>) {
    ask_these(bench, None, ruling, parts);
}

fn ask_these(bench: &mut Bench<'_>, gives: Option<Decimal>, mut ruling: Ruling, parts: Vec<HeldPart>) {
    let Some(holding) = holding(ruling.rule) else { return bench.decide(ruling) };
    let who = holding.who;
    let waiting = Waiting { rule: ruling.rule, who, gives, record: &ruling.target, author: ruling.author };
    let deciders = deciders(bench.world, &waiting);
    ruling.told.extend(deciders);
    let choices = holding.choices.iter().map(|choice| (choice.name.to_owned(), choice.says.to_owned()));
    let (asks, choices, awaits) = (holding.asks.to_owned(), choices.collect(), Vec::new());
    let held = Held { asks, choices, who, gives, awaits, parts };
    bench.decide_held(ruling, held);
}

/// What the customer received with the activation of a quote (INV-34).
fn pinned(bench: &Bench<'_>, target: &RecordRef, action: &Action) -> BTreeMap<String, Scalar> {
    let Some(kind) = record::find(&target.kind).filter(|kind| kind.name == "quote" && action.action == "activate") else {
        return BTreeMap::new();
    };
    // As its author left it; what a part wrote that did not see it is no part of it.
    let part = bench.case.arrivals.iter().find(|arrival| arrival.target() == *target);
    let sent = part.map(|part| if part.meant.action(action.id).is_some() { part.meant.clone() } else { part.before.clone() });
    let registers = sent.or_else(|| bench.raw(target)).unwrap_or_default().registers;
    registers
        .take()
        .into_iter()
        .filter(|(key, _)| crate::action::freeze_of(kind, key) == Freeze::Commercial && !offer::is_number(key))
        .collect()
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
            for (key, value) in arrival.typed() {
                let stood = arrival.stood(key);
                if !stood.is_null() && arrival.seen.get(key) != Some(&stood) {
                    part.unseen.insert(key.clone());
                }
                part.stood.insert(key.clone(), stood);
                part.writes.insert(key.clone(), value.clone());
                bench.put_back(arrival, key, rule);
            }
            for field in &arrival.texts {
                let text = |raw: &Raw| raw.texts.get(field).cloned().unwrap_or_default();
                part.texts.insert(field.clone(), text(&arrival.after));
                part.stood.insert(field.clone(), Scalar::Str(text(&arrival.before)));
                bench.put_text(&part.record, field, &text(&arrival.before), rule);
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

/// Puts aside everything an action came with, when it came earlier.
fn put_bundle_aside(bench: &mut Bench<'_>, target: &RecordRef, action: &Action, rule: &'static str) -> Vec<HeldPart> {
    let mut parts: BTreeMap<RecordRef, HeldPart> = BTreeMap::new();
    for (on, mate) in bundle::whole(bench, target, action) {
        bench.verdict(&on, mate.id, rule, Outcome::Held, false);
        parts.entry(on.clone()).or_insert_with(|| HeldPart::of(on.clone())).actions.push(mate.id);
        if let Some(made) = bundle::made_by(bench, &on, &mate) {
            let turn = bench.raw(&made).map_or(1, |raw| raw.next_turn());
            let withheld = Some(bench.hide_made(&made, turn, mate.by, rule));
            parts.insert(made.clone(), HeldPart { withheld, ..HeldPart::of(made) });
        }
    }
    parts.into_values().collect()
}

/// The held decision an answer names, if it names one.
#[must_use]
pub fn item_of(action: &Action) -> Option<Uuid> {
    action.args.get("item").and_then(Value::as_str).and_then(|item| Uuid::try_parse(item).ok())
}
