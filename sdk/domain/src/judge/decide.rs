//! Somebody answers what the office asked: the answer is an action like any other, given offline or not, and is judged.

use super::Arrival;
use super::bench::{Bench, Ruling};
use super::billing;
use super::hold::{self, Does, Held, Ruled, Waiting};
use super::{Decision, holding, price};
use super::{follow, missing, offer};
use crate::lifecycle::DECIDE;
use crate::raw::{Action, Outcome};
use serde_json::{Value, json};

/// Judges every answer in the part.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    for id in arrival.new_actions() {
        let Some(answer) = arrival.after.action(id).filter(|action| action.action == DECIDE) else { continue };
        match asked(bench, arrival, &answer) {
            Ok((decision, held, does)) => settle(bench, arrival, &answer, &decision, &held, does),
            Err(why) => refuse(bench, arrival, &answer, &why),
        }
    }
}

/// What an answer is about and what it does, if it may be given.
fn asked(bench: &Bench<'_>, arrival: &Arrival, answer: &Action) -> Result<(Decision, Held, Does), String> {
    let item = hold::item_of(answer).ok_or("it does not say what it decides")?;
    let decision = bench.world.decision(item).filter(|decision| decision.record == arrival.target());
    let decision = decision.ok_or("nothing of this record waits under that name")?;
    let held = decision.held.clone().ok_or("that was decided by the rule itself")?;
    if let Some(waiting) = Waiting::of(&decision) {
        hold::may_answer(bench.world, &waiting, answer.by, bench.case.role)?;
    }
    let choice = answer.args.get("choice").and_then(Value::as_str);
    let choices = holding(&decision.rule).map_or(&[][..], |holding| holding.choices);
    let does = choices.iter().find(|offered| Some(offered.name) == choice).map(|offered| offered.does);
    let does = does.ok_or("it is none of the answers")?;
    Ok((decision, held, does))
}

fn settle(bench: &mut Bench<'_>, arrival: &Arrival, answer: &Action, decision: &Decision, held: &Held, does: Does) {
    if let Some(first) = answered_before(bench, arrival, answer) {
        return overtaken(bench, arrival, answer, &first, decision);
    }
    if bench.raw(&decision.record).is_some_and(|raw| hold::is_settled(decision, &raw)) {
        return refuse(bench, arrival, answer, "it was settled meanwhile by what else happened");
    }
    if does == Does::Release
        && let Some(why) = missing::objection(bench, held).or_else(|| billing::objection(bench, decision, held))
    {
        return refuse(bench, arrival, answer, &why);
    }
    let ruled = Ruled {
        rule: &decision.rule,
        target: &decision.record,
        author: decision.author,
        action: decision.action,
        against: decision.winner.parse().ok(),
    };
    let again = does == Does::Release && offer::asks_again(bench, decision, held);
    let took = !again && does == Does::Release && hold::let_through(bench, held, &ruled);
    if took {
        billing::carried_out(bench, decision);
    } else if !again {
        hold::turn_down(bench, held, &decision.rule);
    }
    price::settled(bench, held);
    if !again {
        offer::decided(bench, decision, held, took);
        let rule = holding(&decision.rule).map_or("LIFECYCLE", |holding| holding.rule);
        for part in &held.parts {
            follow::settle(bench, &part.record, rule, took);
        }
    }
    let choice = answer.args.get("choice").and_then(Value::as_str).unwrap_or("");
    let said = held.choices.get(choice).map_or("", String::as_str);
    let after = match (does, took) {
        _ if again => "Something else came in between, which has to be decided as well.",
        (Does::Release, true) => "It took effect.",
        (Does::Release, false) => "It is no longer possible, so it did not take effect.",
        (Does::Refuse, _) => "It did not take effect; it stays readable.",
    };
    let note = answer.args.get("note").and_then(Value::as_str).map(|note| format!(" They say: {note}")).unwrap_or_default();
    let message = format!("{} decided {}: {said} {after}{note}", bench.name(answer.by), decision.title);
    let outcome = if took || again { Outcome::Adjusted } else { Outcome::Rejected };
    let mut told = decision.told.clone();
    told.push(answer.by);
    let ruling = Ruling { kept: json!({ "decided": choice }), told, ..about(answer, decision, outcome, message) };
    bench.decide(ruling);
}

/// Somebody else's answer to the same question that stands.
fn answered_before(bench: &Bench<'_>, arrival: &Arrival, answer: &Action) -> Option<Action> {
    let raw = bench.raw(&arrival.target())?;
    let item = hold::item_of(answer);
    let stands =
        |other: &Action| raw.verdict(other.id).is_none_or(|verdict| !verdict.merged && verdict.outcome != Outcome::Rejected);
    let same = |other: &Action| other.id != answer.id && other.action == DECIDE && hold::item_of(other) == item;
    let before = |other: &Action| arrival.before.action(other.id).is_some() || other.turn < answer.turn;
    raw.actions().into_iter().find(|other| same(other) && before(other) && stands(other))
}

/// Two people answered one question without seeing each other: the office heard one of them first.
fn overtaken(bench: &mut Bench<'_>, arrival: &Arrival, answer: &Action, first: &Action, decision: &Decision) {
    bench.verdict(&arrival.target(), answer.id, "INV-81", Outcome::Adjusted, true);
    if first.args.get("choice") == answer.args.get("choice") {
        return;
    }
    let choice = |action: &Action| action.args.get("choice").and_then(Value::as_str).unwrap_or("").to_owned();
    let message = format!(
        "{} had already decided {}: {}. Your answer, {}, came after it.",
        bench.name(first.by),
        decision.title,
        choice(first),
        choice(answer),
    );
    let ruling = Ruling {
        kept: json!({ "decided": choice(first) }),
        lost: json!({ "decided": choice(answer) }),
        told: vec![answer.by],
        author: answer.by,
        ..about(answer, decision, Outcome::Adjusted, message)
    };
    bench.decide(Ruling { rule: "INV-81", ..ruling });
}

fn refuse(bench: &mut Bench<'_>, arrival: &Arrival, answer: &Action, why: &str) {
    let target = arrival.target();
    bench.verdict(&target, answer.id, "LIFECYCLE", Outcome::Rejected, false);
    let message = format!("This answer about {} has no effect: {why}.", bench.title(&target));
    bench.decide(Ruling {
        outcome: Outcome::Rejected,
        action: Some(answer.id),
        lost: Value::Object(answer.args.clone()),
        loser: answer.id.to_string(),
        ..Ruling::of("LIFECYCLE", target, answer.by, message)
    });
}

/// A decision about something that was held, in the words of the rule that held it.
fn about(answer: &Action, decision: &Decision, outcome: Outcome, message: String) -> Ruling {
    let rule = crate::invariant::RULES.iter().find(|rule| rule.code == decision.rule).map_or("LIFECYCLE", |rule| rule.code);
    Ruling {
        rule,
        outcome,
        target: decision.record.clone(),
        field: decision.field.clone(),
        action: decision.action,
        kept: Value::Null,
        lost: decision.lost.clone(),
        winner: answer.id.to_string(),
        loser: decision.loser.clone(),
        author: decision.author,
        told: Vec::new(),
        message,
        salvage: "",
    }
}
