//! What its author built on something that is held back, before knowing that, waits with it and goes the same way.

use super::bench::WITHHELD;
use super::bench::{Bench, Ruling};
use super::{Arrival, bundle, collide, hold};
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle::{DELETE, is_universal};
use crate::raw::{Outcome, Raw};

/// Holds the case back if the part acts on what waits.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    let acts = |id: &RecordId| arrival.after.action(*id).is_some_and(|action| !is_universal(&action.action));
    let Some(first) = arrival.new_actions().into_iter().find(acts) else { return };
    let Some(rule) = waits_for(bench, arrival).filter(|_| !bench.withheld(&target, first)) else { return };
    let case = bench.case;
    for part in &case.arrivals {
        for id in part.new_actions() {
            bench.verdict(&part.target(), id, rule, Outcome::Held, false);
        }
        if !part.before.exists() {
            bench.hide(&part.target(), part, rule);
        }
    }
    tell(bench, arrival, rule, first);
}

/// The rule that holds what the author of the part took for done.
fn waits_for(bench: &Bench<'_>, arrival: &Arrival) -> Option<&'static str> {
    let raw = bench.raw(&arrival.target())?;
    let held = raw.actions().into_iter().find_map(|action| {
        let verdict = raw.verdict(action.id).filter(|verdict| verdict.outcome == Outcome::Held)?;
        let took_for_done = arrival.seen.action(action.id).is_some() && arrival.seen.verdict(action.id).is_none();
        took_for_done.then_some(verdict.rule)
    });
    let unseen = |id: RecordId| arrival.seen.action(id).is_none();
    let hidden = withholding(&raw).into_iter().find(|(id, _)| unseen(*id)).map(|(_, rule)| rule);
    hold::holding(&held.or(hidden)?).map(|holding| holding.rule)
}

/// The judge's own deletions that are in effect, with their rules.
fn withholding(raw: &Raw) -> Vec<(RecordId, String)> {
    let deletes = raw.actions().into_iter().filter(|action| action.action == DELETE && raw.verdict(action.id).is_none());
    deletes.filter_map(|delete| Some((delete.id, delete.args.get(WITHHELD)?.as_str()?.to_owned()))).collect()
}

fn tell(bench: &mut Bench<'_>, arrival: &Arrival, rule: &'static str, action: RecordId) {
    let Some(action) = arrival.after.action(action) else { return };
    let target = arrival.target();
    let message =
        format!("{} of {} builds on something that waits for a decision; it waits with it.", action.action, bench.title(&target));
    bench.decide(Ruling {
        outcome: Outcome::Held,
        action: Some(action.id),
        lost: collide::shown(&action),
        loser: action.id.to_string(),
        ..Ruling::of(rule, target, action.by, message)
    });
}

/// Lets what waits with something go the same way.
pub(super) fn settle(bench: &mut Bench<'_>, target: &RecordRef, rule: &'static str, took: bool) {
    let raw = bench.raw(target).unwrap_or_default();
    let outcome = if took { Outcome::Accepted } else { Outcome::Rejected };
    for later in raw.actions() {
        let waits = raw.verdict(later.id).is_some_and(|verdict| verdict.outcome == Outcome::Held && verdict.rule == rule);
        if !waits {
            continue;
        }
        for (on, mate) in bundle::below(bench, target, &later) {
            bench.verdict(&on, mate.id, rule, outcome, false);
            let Some(made) = bundle::made_by(bench, &on, &mate) else { continue };
            let hidden = bench.raw(&made).map(|raw| withholding(&raw)).unwrap_or_default();
            for (delete, _) in hidden.into_iter().filter(|(_, by)| took && by == rule) {
                bench.verdict(&made, delete, rule, Outcome::Rejected, false);
            }
            settle(bench, &made, rule, took);
        }
    }
    bundle::settle_stranded(bench, target, "LIFECYCLE");
}
