//! Which questions are open: whether something still waits, whom it is put to, and what they have to see to answer it.

use super::deciders::{Waiting, may_answer};
use super::questions::holding;
use super::{HeldPart, item_of};
use crate::action::targets;
use crate::alias;
use crate::alternative;
use crate::ids::{RecordId, RecordRef};
use crate::judge::{Decision, World};
use crate::lifecycle::DECIDE;
use crate::raw::{Action, Outcome, Raw};
use crate::record;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The answer to a question that stands, the office's word on it still due or not.
#[must_use]
pub fn answer(raw: &Raw, item: Uuid) -> Option<Action> {
    let stands =
        |action: &Action| alternative::has_effect(raw, action.id) && raw.verdict(action.id).is_none_or(|verdict| !verdict.merged);
    let answers = |action: &Action| action.action == DECIDE && item_of(action) == Some(item);
    raw.actions().into_iter().find(|action| answers(action) && stands(action))
}

/// Whether what a decision holds back waits for somebody's word: nobody has answered, and nothing else settled it.
#[must_use]
pub fn is_open(decision: &Decision, raw: &Raw) -> bool {
    decision.held.is_some() && !is_settled(decision, raw) && answer(raw, decision.id).is_none()
}

/// Whether what waited no longer does, for another reason than somebody's answer.
pub(in crate::judge) fn is_settled(decision: &Decision, raw: &Raw) -> bool {
    let verdict = decision.action.and_then(|action| raw.verdict(action));
    verdict.is_some_and(|verdict| verdict.outcome != Outcome::Held)
}

/// Those to whom an open question is put: they were told of it, and may answer it.
#[must_use]
pub fn put_to(decision: &Decision, world: &dyn World) -> BTreeSet<RecordId> {
    let Some(waiting) = Waiting::of(decision).filter(|waiting| holding(waiting.rule).is_some()) else { return BTreeSet::new() };
    let may = |user: &RecordId| {
        let facts = world.user(*user).filter(|facts| facts.active);
        facts.is_some_and(|facts| may_answer(world, &waiting, *user, facts.role).is_ok())
    };
    decision.told.iter().copied().filter(may).collect()
}

/// The records somebody has to see to answer: what the decision is about, what waits, and what that would name.
#[must_use]
pub fn concerns(decision: &Decision, world: &dyn World) -> BTreeSet<RecordRef> {
    let parts = decision.held.iter().flat_map(|held| &held.parts);
    let mut found: BTreeSet<RecordRef> = parts.flat_map(|part| of_part(part, world)).collect();
    found.insert(decision.record.clone());
    found
}

fn of_part(part: &HeldPart, world: &dyn World) -> BTreeSet<RecordRef> {
    let mut found = BTreeSet::from([part.record.clone()]);
    let Some(kind) = record::find(&part.record.kind) else { return found };
    found.extend(part.writes.iter().flat_map(|(key, value)| alias::named(kind, key, value)));
    let raw = world.raw(&part.record).unwrap_or_default();
    for action in part.actions.iter().filter_map(|id| raw.action(*id)) {
        let args = kind.lifecycle.action(&action.action).map(|spec| spec.args).unwrap_or_default();
        let said = |name: &str| action.args.get(name).and_then(Value::as_str).unwrap_or_default();
        found.extend(args.iter().flat_map(|arg| targets(&arg.field, said(arg.field.name))));
    }
    found
}
