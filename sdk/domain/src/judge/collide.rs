//! Actions that did not see each other: legality at the author's view, then at the merged view.

use super::authority;
use super::bench::{Bench, Ruling};
use super::billing;
use super::hold::{self, Wait};
use super::merge;
use super::{Arrival, bundle, won};
use crate::fold::Applied;
use crate::ids::{RecordId, RecordRef};
use crate::key;
use crate::lifecycle::{Attempt, DELETE, Effect, Move, is_aside, is_universal, needs_office};
use crate::owner;
use crate::permission::Role;
use crate::raw::{Action, Outcome, Raw, Scalar, Verdict};
use crate::refusal::Refusal;
use crate::time;
use crate::view;
use serde_json::{Map, Value, json};

pub(crate) mod table;

use table::{COLLISIONS, Collision, Keeps, same_action_rule};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Rejects every action of the part that its author's own view did not allow, with everything that came with it.
pub(super) fn never_legal(bench: &mut Bench<'_>, arrival: &Arrival) {
    for id in arrival.new_actions() {
        let Some(action) = arrival.after.action(id).filter(|action| !is_aside(&action.action)) else { continue };
        match legal(bench, arrival, &action, bench.case.role) {
            Ok(row) if row.is_some_and(|row| row.is_proposed_by(bench.case.role)) => authority::propose(bench, arrival, &action),
            Ok(_) => {
                authority::awaits_price(bench, arrival, &action);
            }
            Err(refusal) => {
                if !authority::wait(bench, arrival, &action, &refusal) {
                    reject(bench, arrival, &action, &refusal);
                }
            }
        }
    }
}

/// Judges every action the part performs.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    for id in arrival.new_actions() {
        let Some(action) = arrival.after.action(id).filter(|action| !is_aside(&action.action)) else { continue };
        if action.action != DELETE && !bench.withheld(&arrival.target(), id) {
            date_ahead(bench, arrival, &action);
            billing::rivals(bench, arrival, &action);
            let rivals = against_rivals(bench, arrival, &action);
            merge::weigh(bench, arrival, &action, &rivals);
            settle_rest(bench, arrival, &action);
            moment_ahead(bench, arrival, &action);
        }
    }
}

/// Whether the author's own view allowed the action to somebody in this role; gives its row.
pub(super) fn legal(bench: &Bench<'_>, arrival: &Arrival, action: &Action, role: Role) -> Result<Option<&'static Move>, Refusal> {
    let lifecycle = arrival.kind.lifecycle;
    let before = without_from(&arrival.meant, action);
    let seen = view::of(arrival.kind, arrival.id, &before);
    if action.action == DELETE {
        let allowed = lifecycle.delete.allows(role, &seen.folded.state, owner::is_own(action.by, &before, bench));
        let refused = || Refusal::new("delete.permission", format!("it needs {}", lifecycle.delete.describe()));
        return if allowed { Ok(None) } else { Err(refused()) };
    }
    let (today, by) = (time::date_of(action.at), action.by);
    let attempt =
        Attempt { id: arrival.id, record: &seen.body, args: &action.args, today, by, role, people: bench, around: None };
    let row = lifecycle.check(arrival.kind.name, &action.action, role, &attempt)?;
    if row.office && !bench.case.at_office {
        return Err(needs_office(arrival.kind.name, &action.action));
    }
    Ok(Some(row))
}

/// The document without this action and those its author performed after it.
pub(super) fn without_from(meant: &Raw, action: &Action) -> Raw {
    let mut raw = meant.clone();
    let later = meant.actions().into_iter().filter(|other| other.id == action.id || other.turn > action.turn);
    for other in later {
        raw.remove(&key::action(other.id));
    }
    raw
}

fn reject(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action, refusal: &Refusal) {
    let target = arrival.target();
    bench.withhold_case("LIFECYCLE");
    turn_down(bench, &target, arrival, action, refusal);
}

/// Overrules an action its author's own view did not allow, and says why.
pub(super) fn turn_down(bench: &mut Bench<'_>, target: &RecordRef, arrival: &Arrival, action: &Action, refusal: &Refusal) {
    bench.verdict(target, action.id, "LIFECYCLE", Outcome::Rejected, false);
    let message = format!("{} of {} was not possible when it was done: {}.", action.action, bench.title(target), refusal.message);
    bench.decide(Ruling {
        outcome: Outcome::Rejected,
        action: Some(action.id),
        lost: shown(action),
        loser: arrival.stamp.change.clone(),
        ..Ruling::of("LIFECYCLE", target.clone(), action.by, message)
    });
}

/// INV-80, INV-26: a close date beyond the server's today becomes today.
fn date_ahead(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) {
    const DATE: &str = "actual_close_date";
    let today = time::date_of(bench.case.now_ms + time::CLOCK_TOLERANCE_MS);
    let Some(claimed) = action.args.get(DATE).and_then(Value::as_str).and_then(time::parse_date) else { return };
    if claimed <= today {
        return;
    }
    let target = arrival.target();
    let args: Map<String, Value> = [(DATE.to_owned(), Value::from(today.to_string()))].into_iter().collect();
    let version = crate::invariant::version("INV-80");
    let verdict = Verdict { outcome: Outcome::Adjusted, rule: "INV-80".to_owned(), version, args, at: None, merged: false };
    bench.put_verdict(&target, action.id, &verdict);
    let message = format!("{} was dated {claimed}, which has not come yet; it is dated {today} now.", bench.title(&target));
    bench.decide(Ruling {
        field: Some(DATE.to_owned()),
        action: Some(action.id),
        kept: Value::from(today.to_string()),
        lost: Value::from(claimed.to_string()),
        loser: arrival.stamp.change.clone(),
        salvage: "clock",
        ..Ruling::of("INV-80", target, action.by, message)
    });
}

/// INV-80: a moment that is kept is one the office believes: of a phone whose clock is off, that of the receipt.
fn moment_ahead(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) {
    let (target, now_ms) = (arrival.target(), bench.case.now_ms);
    let ahead = action.at > now_ms.saturating_add(time::CLOCK_TOLERANCE_MS);
    let mut rows = arrival.kind.lifecycle.moves.iter().filter(|row| row.action == action.action);
    if !(ahead || arrival.stamp.clock_off) || !rows.any(|row| row.then.iter().any(Effect::keeps_moment)) {
        return;
    }
    if bench.folded(&target).and_then(|folded| folded.applied(action.id)) != Some(Applied::Moved) {
        return;
    }
    let stands = bench.raw(&target).and_then(|raw| raw.verdict(action.id));
    let verdict = stands.unwrap_or_else(|| Verdict {
        outcome: Outcome::Adjusted,
        rule: "INV-80".to_owned(),
        version: crate::invariant::version("INV-80"),
        args: Map::new(),
        at: None,
        merged: false,
    });
    bench.put_verdict(&target, action.id, &Verdict { at: Some(now_ms), ..verdict });
}

/// The actions in effect, or merged into one in effect, that the author of the part did not see.
pub(super) fn rivals(bench: &Bench<'_>, arrival: &Arrival) -> Vec<Action> {
    let own = arrival.new_actions();
    let raw = bench.raw(&arrival.target()).unwrap_or_default();
    let stands = |action: &Action| match raw.verdict(action.id) {
        Some(verdict) => matches!(verdict.outcome, Outcome::Accepted | Outcome::Adjusted),
        None => true,
    };
    let unseen = |action: &Action| !own.contains(&action.id) && arrival.seen.action(action.id).is_none();
    raw.actions().into_iter().filter(|action| !is_universal(&action.action) && unseen(action) && stands(action)).collect()
}

fn against_rivals(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) -> Vec<Action> {
    let rivals = rivals(bench, arrival);
    for rival in &rivals {
        let row = COLLISIONS.iter().find(|row| {
            row.kind == arrival.kind.name
                && [(row.stronger, row.weaker), (row.weaker, row.stronger)].contains(&(&action.action, &rival.action))
        });
        let Some(row) = row else { continue };
        let (stronger, weaker) = if row.stronger == action.action { (action, rival) } else { (rival, action) };
        let target = arrival.target();
        let apart = || claimed(bench, &target, stronger).abs_diff(claimed(bench, &target, weaker));
        let late = row.within_days.is_some_and(|days| apart() > days * DAY_MS);
        if late && !won::with_order(bench, &target) {
            wait(bench, arrival, row, stronger, weaker);
        } else {
            overrule(bench, &target, row, stronger, weaker);
        }
    }
    let raw = bench.raw(&arrival.target()).unwrap_or_default();
    let still_stands = raw.verdict(action.id).is_none_or(|verdict| verdict.outcome == Outcome::Adjusted);
    let repeats = arrival.kind.lifecycle.repeats(&action.action);
    let same = rivals.iter().find(|rival| {
        !repeats
            && rival.action == action.action
            && raw.verdict(rival.id).is_none_or(|verdict| !verdict.merged && verdict.outcome != Outcome::Rejected)
    });
    if let Some(same) = same.filter(|_| still_stands) {
        merge_into(bench, arrival, action, same);
    }
    rivals
}

/// When somebody did something, as far as the office believes it.
fn claimed(bench: &Bench<'_>, target: &RecordRef, action: &Action) -> i64 {
    bench.world.credit(target, &key::action(action.id)).map_or(action.at, |stamp| stamp.at_ms)
}

/// Overrules the loss of a sale that turns out to be won (INV-25).
pub(super) fn overrule_loss(bench: &mut Bench<'_>, sale: &RecordRef, win: &Action, loss: &Action) {
    let row = COLLISIONS.iter().find(|row| (row.kind, row.stronger, row.weaker) == ("opportunity", "win", "lose"));
    if let Some(row) = row {
        overrule(bench, sale, row, win, loss);
    }
}

fn overrule(bench: &mut Bench<'_>, target: &RecordRef, row: &Collision, stronger: &Action, weaker: &Action) {
    bench.verdict(target, weaker.id, row.rule, Outcome::Rejected, false);
    bundle::undo(bench, target, weaker, stronger, row.rule);
    let why = reason(weaker);
    if row.keeps != Keeps::Action {
        keep_note(bench, row, target, weaker, &why);
    }
    let message = format!(
        "{} chose {} for {} and {} chose {}{why}, without seeing each other. {} stands: {}.{}",
        bench.name(stronger.by),
        stronger.action,
        bench.title(target),
        bench.name(weaker.by),
        weaker.action,
        stronger.action,
        row.because,
        if row.keeps == Keeps::Action { "" } else { " The other's reason is kept as a note." },
    );
    let mut told = vec![stronger.by, weaker.by];
    if row.keeps == Keeps::NoteAndTask {
        told.extend(bench.owners(target));
    }
    bench.decide(ruling(row, target.clone(), stronger, weaker, told, message));
}

fn wait(bench: &mut Bench<'_>, arrival: &Arrival, row: &Collision, stronger: &Action, weaker: &Action) {
    let target = arrival.target();
    let message = format!(
        "{} chose {} for {} more than {} days apart from {}'s {}. A manager decides which is true; until then {} stands.",
        bench.name(stronger.by),
        stronger.action,
        bench.title(&target),
        row.within_days.unwrap_or_default(),
        bench.name(weaker.by),
        weaker.action,
        weaker.action,
    );
    let told = vec![weaker.by];
    let (rule, salvage) = (row.rule, row.salvage);
    hold::hold(bench, Wait { rule, target: &target, action: stronger, against: Some(weaker), told, message, salvage });
}

fn ruling(row: &Collision, target: RecordRef, winner: &Action, loser: &Action, told: Vec<RecordId>, message: String) -> Ruling {
    Ruling {
        rule: row.rule,
        outcome: Outcome::Rejected,
        target,
        field: None,
        action: Some(loser.id),
        kept: shown(winner),
        lost: shown(loser),
        winner: winner.id.to_string(),
        loser: loser.id.to_string(),
        author: loser.by,
        told,
        message,
        salvage: row.salvage,
    }
}

/// Keeps an overruled reason where people look: a note on the record, and a task where somebody should look at it.
fn keep_note(bench: &mut Bench<'_>, row: &Collision, target: &RecordRef, weaker: &Action, why: &str) {
    let regarding = Scalar::Str(target.to_string());
    let owner = Scalar::Str(RecordRef::new("user", weaker.by).to_string());
    let title = format!("{} by {}{why}", weaker.action, bench.name(weaker.by));
    let words = weaker.args.get("description").and_then(Value::as_str).unwrap_or("");
    let text = format!("{title}, overruled because {}. {words}", row.because);
    let fields = [("title", Scalar::Str(title.clone())), ("regarding", regarding.clone()), ("owner", owner)];
    bench.make("note", weaker.id.derived("note"), &fields, Some(("text", text.trim())), row.rule);
    if row.keeps == Keeps::NoteAndTask {
        let owner = bench.raw(target).and_then(|raw| raw.get("owner").cloned()).unwrap_or(Scalar::Null);
        let subject = format!("Ask about {}: {title}", bench.title(target));
        let subject: String = subject.chars().take(200).collect();
        let fields = [("subject", Scalar::Str(subject)), ("regarding", regarding), ("owner", owner)];
        bench.make("task", weaker.id.derived("task"), &fields, None, row.rule);
    }
}

/// The same action twice is one action; a different figure is kept beside it (INV-20, INV-26, INV-81).
fn merge_into(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action, first: &Action) {
    let target = arrival.target();
    let rule = same_action_rule(arrival.kind.name, &action.action);
    bench.verdict(&target, action.id, rule, Outcome::Adjusted, true);
    bench.worsen(Outcome::Adjusted);
    const VALUE: &str = "actual_value";
    let (stands, other) = (first.args.get(VALUE).cloned(), action.args.get(VALUE).cloned());
    let Some(other) = other.filter(|other| Some(other) != stands.as_ref()) else { return };
    bench.alternative(&target, VALUE, &Scalar::from_json(&other), Some(&arrival.stamp), rule);
    let kept = stands.unwrap_or_default();
    let message = format!(
        "{} and {} both chose {} for {}. It happened once, with the value the office heard first; the other is kept beside it.",
        bench.name(first.by),
        bench.name(action.by),
        action.action,
        bench.title(&target),
    );
    bench.decide(Ruling {
        rule,
        outcome: Outcome::Adjusted,
        target,
        field: Some(VALUE.to_owned()),
        action: Some(action.id),
        kept,
        lost: other,
        winner: first.id.to_string(),
        loser: action.id.to_string(),
        author: action.by,
        told: vec![first.by, action.by],
        message,
        salvage: "choose",
    });
}

/// Whatever has no row any more gets its verdict, so that every phone folds alike and every author is told.
fn settle_rest(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) {
    let target = arrival.target();
    let Some(folded) = bench.folded(&target) else { return };
    let stranded = folded.trail.iter().filter(|(_, applied)| *applied == Applied::NoRow);
    for (stranded, _) in stranded.cloned().collect::<Vec<_>>() {
        bench.verdict(&target, stranded.id, "LIFECYCLE", Outcome::Adjusted, true);
        if stranded.action == bundle::SUPERSEDE {
            // The quote is closed already, which is all it wanted.
            continue;
        }
        let message = format!(
            "{} chose {} for {}, which somebody else had moved on meanwhile; it is {} now.",
            bench.name(stranded.by),
            stranded.action,
            bench.title(&target),
            folded.state,
        );
        let winner = folded.last_move().map(|last| last.id.to_string()).unwrap_or_default();
        bench.decide(Ruling {
            action: Some(stranded.id),
            kept: Value::from(folded.state.as_str()),
            lost: shown(&stranded),
            winner,
            loser: if stranded.id == action.id { arrival.stamp.change.clone() } else { stranded.id.to_string() },
            salvage: "again",
            ..Ruling::of("LIFECYCLE", target.clone(), stranded.by, message)
        });
    }
}

fn reason(action: &Action) -> String {
    action.args.get("reason").and_then(Value::as_str).map(|reason| format!(" ({})", reason.replace('_', " "))).unwrap_or_default()
}

pub(super) fn shown(action: &Action) -> Value {
    json!({ "action": action.action, "args": action.args, "at": action.at })
}
