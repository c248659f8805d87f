//! INV-14 and INV-15: who may do what is judged when it arrives, and what somebody may not do waits for somebody who may.

use super::bench::{Bench, Ruling};
use super::hold::{self, Wait};
use super::reach::{self, Beyond};
use super::{Arrival, collide, discount, price};
use crate::action::freeze_of;
use crate::field::Freeze;
use crate::fold;
use crate::ids::RecordRef;
use crate::owner::{self, OWNER};
use crate::permission::{Role, Who};
use crate::raw::{Action, Outcome, Scalar};
use crate::record::RecordType;
use crate::refusal::Refusal;
use serde_json::{Map, Value};

/// How long what a phone believes about its user's rights is good for an ordinary edit.
const POLICY_AGE_MAX_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Puts a whole case aside whose author left, or may no longer write what it writes; says whether it did.
///
/// Notes, visits and whatever else is no state, no money and no owner are taken over for a week.
pub(super) fn judge(bench: &mut Bench<'_>) -> bool {
    let case = bench.case;
    let Some(facts) = bench.world.user(case.author).filter(|_| !case.at_office) else { return false };
    match reach::of(bench).filter(|_| facts.active) {
        Some(Beyond::Never(target)) => {
            reach::reject(bench, &target);
            return true;
        }
        Some(Beyond::NoLonger) => {
            put_aside(bench, facts.active);
            return true;
        }
        None => {}
    }
    let edits = |arrival: &Arrival| arrival.typed().next().is_some() || !arrival.texts.is_empty();
    let barred = |arrival: &Arrival| !facts.active || (edits(arrival) && !arrival.kind.access.may_write(case.role));
    let takes = case.arrivals.iter().any(|arrival| takes_over(bench, arrival));
    if !takes && !case.arrivals.iter().any(barred) {
        return false;
    }
    let until_ms = bench.world.formerly(case.author).map_or(0, |former| former.until_ms);
    if !takes && case.arrivals.iter().all(|arrival| is_taken_over(arrival, until_ms)) {
        return false;
    }
    put_aside(bench, facts.active);
    true
}

/// Whether a part still counts although its author could write it until then only.
pub(super) fn is_taken_over(arrival: &Arrival, until_ms: i64) -> bool {
    arrival.stamp.at_ms <= until_ms.saturating_add(POLICY_AGE_MAX_MS) && is_ordinary(arrival)
}

/// Whether a part gives away what a colleague of its author looks after, which only those who lead may. What its author saw closed
/// nobody gives away.
fn takes_over(bench: &Bench<'_>, arrival: &Arrival) -> bool {
    let author = bench.case.author;
    if fold::of(arrival.kind, &arrival.seen).frozen {
        return false;
    }
    let theirs = owner::of(&arrival.seen).is_some() && !owner::is_own(author, &arrival.seen, bench);
    theirs && !Who::Manager.includes(bench.case.role) && arrival.fields().any(|(key, _)| key == OWNER)
}

/// Whether a part of a case changes no state, no money and no owner.
fn is_ordinary(arrival: &Arrival) -> bool {
    let own = Scalar::Str(RecordRef::new("user", arrival.stamp.user).to_string());
    let plain = |(key, value): &(String, Scalar)| {
        let taken = key == OWNER && (arrival.before.exists() || *value != own);
        !taken && (key == OWNER || !is_money(arrival.kind, key))
    };
    arrival.new_actions().is_empty() && arrival.fields().all(plain)
}

/// Whether the register of this key says what something costs, or to whom it is sold.
fn is_money(kind: &'static RecordType, key: &str) -> bool {
    let priced = kind.field("total_amount").is_some() || Who::Admin == kind.access.who();
    priced && freeze_of(kind, key) == Freeze::Commercial
}

fn put_aside(bench: &mut Bench<'_>, works_here: bool) {
    const RULE: &str = "INV-14";
    let case = bench.case;
    let Some(first) = case.arrivals.first() else { return };
    let (target, change) = (first.target(), first.stamp.change.clone());
    let title = bench.title(&target);
    let mut lost = Map::new();
    for arrival in &case.arrivals {
        for (key, value) in arrival.typed() {
            lost.insert(format!("{}/{key}", arrival.target()), value.to_json());
        }
    }
    let parts = hold::put_case_aside(bench, case, RULE);
    let why = if works_here { "may not, or no longer, do what they did" } else { "no longer works here" };
    let message = format!("{} worked on {title}, but {why}. A manager decides what becomes of it.", bench.name(case.author));
    let ruling = Ruling {
        outcome: Outcome::Held,
        lost: Value::Object(lost),
        loser: change,
        ..Ruling::of(RULE, target, case.author, message)
    };
    hold::ask(bench, ruling, parts);
}

/// Holds what its author may only propose.
pub(super) fn propose(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) {
    let target = arrival.target();
    let message = format!(
        "{} proposes {} for {}. The back office or a manager confirms it.",
        bench.name(action.by),
        action.action,
        bench.title(&target),
    );
    hold::hold(bench, Wait { rule: "AUTHORITY", target: &target, action, against: None, told: Vec::new(), message, salvage: "" });
}

/// Holds an action that lacks nothing but the right to do it, where there is somebody to ask; says whether it did.
pub(super) fn wait(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action, refusal: &Refusal) -> bool {
    if collide::legal(bench, arrival, action, Role::Admin).is_err() {
        return false;
    }
    match refusal.code.rsplit('.').next() {
        Some("discount") if awaits_price(bench, arrival, action) => {}
        Some("discount") => discount::too_much(bench, arrival, action),
        Some("permission") => return no_longer(bench, arrival, action),
        _ => return false,
    }
    true
}

/// INV-14: somebody whose role changed did what they could do before.
fn no_longer(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) -> bool {
    let former = bench.world.formerly(action.by);
    if former.is_none_or(|former| collide::legal(bench, arrival, action, former.role).is_err()) {
        return false;
    }
    let target = arrival.target();
    let message = format!(
        "{} chose {} for {}, which they may no longer do. A manager decides whether it takes effect.",
        bench.name(action.by),
        action.action,
        bench.title(&target),
    );
    hold::hold(bench, Wait { rule: "INV-14", target: &target, action, against: None, told: Vec::new(), message, salvage: "" });
    true
}

/// INV-15: holds an offer that went out at a price nobody has approved, with that price.
pub(super) fn awaits_price(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) -> bool {
    let unapproved = price::unapproved(bench, arrival, action);
    if unapproved.is_empty() {
        return false;
    }
    let target = arrival.target();
    let message = format!(
        "{} chose {} for {} at a price that needs approval. It takes effect, at that price, when a manager approves it.",
        bench.name(action.by),
        action.action,
        bench.title(&target),
    );
    let wait = Wait { rule: "INV-15", target: &target, action, against: None, told: Vec::new(), message, salvage: "" };
    let with = unapproved.into_iter().map(|request| (request.register, request.price)).collect();
    hold::hold_with(bench, discount::given_away(arrival.kind, arrival.id, &arrival.meant), wait, with);
    true
}
