//! INV-17: what somebody writes of records their security roles do not let them write, never did or no longer do.
//!
//! A phone refuses it at once, so what comes here was done before its phone heard of a change, or by a modified app.

use super::bench::{Bench, Ruling};
use super::{Arrival, authority};
use crate::access::{self, Circle, Right};
use crate::alias;
use crate::ids::RecordRef;
use crate::lifecycle::is_aside;
use crate::owner;
use crate::raw::{Outcome, Raw};
use crate::record::Record;
use crate::record::people::SecurityRole;
use serde_json::{Map, Value};
use uuid::Uuid;

const RULE: &str = "INV-17";

/// Why a case does not stand.
pub(super) enum Beyond {
    /// Its author could never write this record.
    Never(RecordRef),
    /// Its author no longer can, and it is more than an ordinary edit of the last days.
    NoLonger,
}

/// What of the case is beyond its author. What they may no longer write but could is taken over for a week, and they are told.
pub(super) fn of(bench: &mut Bench<'_>) -> Option<Beyond> {
    let case = bench.case;
    // Where there are no security roles, nobody's are looked for.
    if bench.world.of_kind(SecurityRole::TYPE.name).is_empty() {
        return None;
    }
    let circle = Circle::of(case.author, case.role, Right::Write, bench);
    if circle.is_everybody() {
        return None;
    }
    let lead = case.arrivals.iter().find(|arrival| acts(arrival) && circle.may_write(arrival.kind, stands(arrival).as_ref()));
    let (mut taken_over, mut no_longer) = (Vec::new(), false);
    for arrival in case.arrivals.iter().filter(|arrival| !access::is_everybodys(arrival.kind) && writes(arrival)) {
        let made = !arrival.seen.exists() && (!arrival.before.exists() || lead.is_some());
        if made || lead.is_some_and(|lead| follows(arrival, lead)) {
            continue;
        }
        let (seen, now) = (stands(arrival), owner::of(&arrival.before));
        let (could, can) = (circle.may_write(arrival.kind, seen.as_ref()), circle.may_write(arrival.kind, now.as_ref()));
        if could && can {
            continue;
        }
        let target = arrival.target();
        let until_ms = match (could, bench.world.was_given(&target, &arrival.stamp.change)) {
            (_, false) => None,
            (true, true) => bench.world.formerly_owned(&target, seen.as_ref()),
            (false, true) => bench.world.formerly_wrote(case.author, arrival.kind, seen.as_ref()),
        };
        let Some(until_ms) = until_ms else { return Some(Beyond::Never(target)) };
        no_longer |= !authority::is_taken_over(arrival, until_ms);
        taken_over.push((target, until_ms));
    }
    if no_longer {
        return Some(Beyond::NoLonger);
    }
    for (target, until_ms) in taken_over {
        tell(bench, &target, until_ms);
    }
    None
}

/// Takes back everything of a case its author could never write, and keeps it for them.
pub(super) fn reject(bench: &mut Bench<'_>, target: &RecordRef) {
    let case = bench.case;
    let mut lost = Map::new();
    for arrival in &case.arrivals {
        for (key, value) in arrival.fields() {
            lost.insert(format!("{}/{key}", arrival.target()), value.to_json());
        }
        for field in &arrival.texts {
            let text = |raw: &Raw| raw.texts.get(field).cloned().unwrap_or_default();
            lost.insert(format!("{}/{field}", arrival.target()), Value::from(text(&arrival.meant)));
            bench.put_text(&arrival.target(), field, &text(&arrival.before), RULE);
        }
    }
    bench.withhold_case(RULE);
    let title = bench.title(target);
    let message = format!(
        "{} changed {title}, which is looked after by somebody whose records they may not change. It was put back; ask them, or a \
         manager.",
        bench.name(case.author)
    );
    let loser = case.arrivals.first().map(|arrival| arrival.stamp.change.clone()).unwrap_or_default();
    bench.decide(Ruling {
        outcome: Outcome::Rejected,
        lost: Value::Object(lost),
        loser,
        ..Ruling::of(RULE, target.clone(), case.author, message)
    });
}

/// Tells somebody that what they may no longer change was delivered, once for each account.
fn tell(bench: &mut Bench<'_>, target: &RecordRef, until_ms: i64) {
    let author = bench.case.author;
    let heading = owner::account_of(target, bench).unwrap_or_else(|| target.clone());
    let title = bench.title(&heading);
    let message = format!("{} may no longer change {title}. What they had changed before was delivered.", bench.name(author));
    let id = Uuid::new_v5(&heading.id.0, format!("{RULE}/{author}/{until_ms}").as_bytes());
    bench.tell_as(id, Ruling::of(RULE, heading, author, message));
}

/// Who looked after the record as its author saw it; where they saw none, as it stood.
fn stands(arrival: &Arrival) -> Option<RecordRef> {
    owner::of(if arrival.seen.exists() { &arrival.seen } else { &arrival.before })
}

fn acts(arrival: &Arrival) -> bool {
    let action = |id| arrival.after.action(id).is_some_and(|action| !is_aside(&action.action));
    arrival.new_actions().into_iter().any(action)
}

fn writes(arrival: &Arrival) -> bool {
    acts(arrival) || arrival.fields().next().is_some() || !arrival.texts.is_empty()
}

/// Whether a part is what an action on another record does to this one: one of them names the other (INV-82).
fn follows(arrival: &Arrival, lead: &Arrival) -> bool {
    let names = |from: &Arrival, to: &Arrival| {
        let named = from.meant.registers.iter().flat_map(|(key, value)| alias::named(from.kind, key, value));
        named.into_iter().any(|named| named == to.target())
    };
    arrival.id != lead.id && (names(lead, arrival) || names(arrival, lead))
}
