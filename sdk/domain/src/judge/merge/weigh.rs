//! Whether a merge stands: once, in one direction, by who may, and with what was done to the record meanwhile.

use super::{RULE, is_alias, rewrite};
use crate::alias;
use crate::ids::{RecordId, RecordRef};
use crate::judge::Arrival;
use crate::judge::bench::{Bench, Ruling};
use crate::judge::hold::{self, Wait};
use crate::permission::Who;
use crate::raw::{Action, Outcome};
use serde_json::{Value, json};

/// Looks at a merge, or at a qualification that may have met one. `rivals` are the actions its author did not see.
pub(in crate::judge) fn weigh(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action, rivals: &[Action]) {
    let target = arrival.target();
    if !stands(bench, &target, action) {
        return overtaken(bench, &target, action, rivals);
    }
    let rival = |verb: &str| rivals.iter().find(|rival| rival.action == verb && stands(bench, &target, rival)).cloned();
    match action.action.as_str() {
        alias::MERGE => {
            let qualify = rival("qualify");
            if permitted(bench, &target, action)
                && let Some(qualify) = qualify
            {
                carry(bench, &target, action, &qualify);
            }
        }
        "qualify" => {
            if let Some(merge) = rival(alias::MERGE) {
                carry(bench, &target, &merge, action);
            }
        }
        _ => {}
    }
}

/// A merge that has no effect: the record is what it was.
pub(super) fn undo(bench: &mut Bench<'_>, target: &RecordRef, merge: &Action, told: &[RecordId]) {
    bench.verdict(target, merge.id, RULE, Outcome::Adjusted, true);
    let message = format!(
        "{} merged {} into a record that is itself merged into it by now. They are one already; the first merge stands.",
        bench.name(merge.by),
        bench.title(target),
    );
    decide(bench, target, merge, told, message, "");
}

fn stands(bench: &Bench<'_>, target: &RecordRef, action: &Action) -> bool {
    let verdict = bench.raw(target).and_then(|raw| raw.verdict(action.id));
    verdict.is_none_or(|verdict| !verdict.merged && matches!(verdict.outcome, Outcome::Accepted | Outcome::Adjusted))
}

/// Whether a merge may take effect; what may not is undone, turned down or held.
fn permitted(bench: &mut Bench<'_>, target: &RecordRef, merge: &Action) -> bool {
    let Some(into) = into(target, merge) else { return false };
    let root = alias::survivor(&into, bench);
    if root == *target || is_alias(bench, &root) {
        let other = bench.folded(&into).and_then(|folded| super::merge_of(&into, &folded)).map(|other| other.by);
        let told: Vec<RecordId> = other.into_iter().chain([merge.by]).collect();
        undo(bench, target, merge, &told);
        return false;
    }
    if bench.folded(&root).is_none_or(|folded| folded.deleted) {
        bench.verdict(target, merge.id, RULE, Outcome::Rejected, false);
        let message = format!("{} was merged into a record that was deleted meanwhile, so it stays.", bench.title(target));
        let ruling = Ruling { outcome: Outcome::Rejected, ..about(target, merge, &[merge.by], message, "") };
        bench.decide(ruling);
        return false;
    }
    let own = |target: &RecordRef| {
        let owners = bench.owners(target);
        owners.is_empty() || owners.contains(&merge.by)
    };
    let leads = bench.world.user(merge.by).is_some_and(|facts| Who::Manager.includes(facts.role));
    if leads || (own(target) && own(&root)) {
        return true;
    }
    let mut told = bench.owners(target);
    told.extend(bench.owners(&root));
    let message = format!(
        "{} proposes to merge {} into {}, which are not both theirs. A manager decides; until then they stay two.",
        bench.name(merge.by),
        bench.title(target),
        bench.title(&root),
    );
    hold::hold(bench, Wait { rule: RULE, target, action: merge, against: None, told, message, salvage: "merge" });
    false
}

/// INV-21: a lead that was merged away while somebody qualified it: the one that stays is qualified.
fn carry(bench: &mut Bench<'_>, target: &RecordRef, merge: &Action, qualify: &Action) {
    let Some(into) = into(target, merge) else { return };
    let root = alias::survivor(&into, bench);
    let told = [merge.by, qualify.by];
    if was_carried(bench, target, &root) {
        // Somebody else had qualified it as well: that is one qualification, and one sale (INV-20).
        return bench.verdict(target, qualify.id, "INV-20", Outcome::Adjusted, true);
    }
    let Some(folded) = bench.folded(&root).filter(|folded| folded.state == "open" && !folded.deleted) else {
        bench.verdict(target, merge.id, RULE, Outcome::Adjusted, true);
        rewrite::back(bench, target, &root);
        let message = format!(
            "{} merged {} into another lead while {} qualified it. As the other one is closed, both stay.",
            bench.name(merge.by),
            bench.title(target),
            bench.name(qualify.by),
        );
        return decide(bench, target, merge, &told, message, "merge");
    };
    bench.verdict(target, qualify.id, "INV-21", Outcome::Adjusted, true);
    let turn = folded.trail.iter().map(|(action, _)| action.turn).max().unwrap_or(0).saturating_add(1);
    let mut carried = Action { id: qualify.id.derived(&format!("carried/{root}")), turn, ..qualify.clone() };
    // What came of it has the ids that follow from the lead it was said of.
    carried.args.entry(alias::CARRIED_FROM).or_insert_with(|| Value::from(target.id.to_string()));
    bench.perform(&root, &carried, "INV-21 carried on");
    let message = format!(
        "{} qualified {} while {} merged it into {}. It is {} that is qualified now, with everything that came of it.",
        bench.name(qualify.by),
        bench.title(target),
        bench.name(merge.by),
        bench.title(&root),
        bench.title(&root),
    );
    let ruling = Ruling {
        rule: "INV-21",
        kept: Value::from(root.to_string()),
        winner: merge.id.to_string(),
        loser: qualify.id.to_string(),
        action: Some(qualify.id),
        told: told.to_vec(),
        ..Ruling::of(RULE, root, qualify.by, message)
    };
    bench.decide(ruling);
}

/// Whether what stands is qualified by what was said of this lead.
fn was_carried(bench: &Bench<'_>, target: &RecordRef, root: &RecordRef) -> bool {
    let last = bench.folded(root).and_then(|folded| folded.last_move().cloned());
    let from = last.filter(|last| last.action == "qualify").and_then(|last| last.args.get(alias::CARRIED_FROM).cloned());
    from.is_some_and(|from| from == target.id.to_string().as_str())
}

/// Two people merged one record into two: the first stands, and the other two may be one as well.
fn overtaken(bench: &mut Bench<'_>, target: &RecordRef, merge: &Action, rivals: &[Action]) {
    if merge.action != alias::MERGE {
        return;
    }
    let Some(wanted) = into(target, merge) else { return };
    let first = rivals.iter().find(|rival| rival.action == alias::MERGE && stands(bench, target, rival));
    let Some((first, went)) = first.and_then(|first| Some((first.clone(), into(target, first)?))) else { return };
    if alias::survivor(&went, bench) == alias::survivor(&wanted, bench) {
        return;
    }
    let message = format!(
        "{} merged {} into {} before {} merged it into {}. The first stands; if those two are one as well, merge them.",
        bench.name(first.by),
        bench.title(target),
        bench.title(&went),
        bench.name(merge.by),
        bench.title(&wanted),
    );
    decide(bench, target, merge, &[first.by, merge.by], message, "merge");
}

fn into(target: &RecordRef, merge: &Action) -> Option<RecordRef> {
    let into = merge.args.get(alias::INTO).and_then(Value::as_str)?;
    into.parse().ok().map(|id| RecordRef::new(target.kind.clone(), id))
}

fn decide(bench: &mut Bench<'_>, target: &RecordRef, merge: &Action, told: &[RecordId], message: String, salvage: &'static str) {
    let ruling = about(target, merge, told, message, salvage);
    bench.decide(ruling);
}

fn about(target: &RecordRef, merge: &Action, told: &[RecordId], message: String, salvage: &'static str) -> Ruling {
    Ruling {
        action: Some(merge.id),
        lost: json!({ "action": merge.action, "args": merge.args, "at": merge.at }),
        loser: merge.id.to_string(),
        told: told.to_vec(),
        salvage,
        ..Ruling::of(RULE, target.clone(), merge.by, message)
    }
}
