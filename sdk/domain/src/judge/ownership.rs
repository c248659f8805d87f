//! INV-12 and INV-13: every open record has one owner who works here, and an account takes along what goes with it.

use super::Arrival;
use super::bench::{Bench, Ruling};
use crate::fold;
use crate::ids::{RecordId, RecordRef};
use crate::owner::{self, ASSIGN, FROM, OWNER};
use crate::raw::{Action, Scalar};
use crate::record;
use serde_json::Value;
use uuid::Uuid;

/// What the office says of a change by which a record of somebody who left goes to their manager.
pub const INHERITED: &str = "INV-12 inherited";

/// Judges who looks after the record once everything else about it is settled.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    if arrival.kind.name == "user" {
        leaver(bench, arrival);
    } else if arrival.kind.field(OWNER).is_some() {
        inherited(bench, arrival);
        left_behind(bench, arrival);
    }
    if arrival.kind.lifecycle.action(ASSIGN).is_some() {
        handed_on(bench, arrival);
    }
}

/// What somebody who left looked after goes to their manager.
fn leaver(bench: &mut Bench<'_>, arrival: &Arrival) {
    let (user, target) = (arrival.id, arrival.target());
    let works = |raw| {
        let folded = fold::of(arrival.kind, raw);
        folded.state == "active" && !folded.deleted
    };
    let now = bench.raw(&target).unwrap_or_default();
    if !works(&arrival.before) || works(&now) {
        return;
    }
    let manager = now.text("manager").and_then(|id| id.parse().ok());
    let Some(heir) = manager.and_then(|id| bench.reachable(id)) else { return };
    for (record, field) in bench.world.referrers(&target) {
        if field == OWNER {
            inherit(bench, &record, user, heir);
        }
    }
}

/// A record that names somebody who left.
fn inherited(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    let owner = bench.raw(&target).and_then(|raw| owner::of(&raw)).filter(|owner| owner.kind == "user");
    let Some(owner) = owner.filter(|owner| bench.world.user(owner.id).is_some_and(|facts| !facts.active)) else { return };
    if let Some(heir) = bench.reachable(owner.id) {
        inherit(bench, &target, owner.id, heir);
    }
}

fn inherit(bench: &mut Bench<'_>, target: &RecordRef, from: RecordId, heir: RecordId) {
    let (Some(kind), Some(raw)) = (record::find(&target.kind), bench.raw(target)) else { return };
    if owner::of(&raw) != Some(RecordRef::new("user", from)) || !owner::is_open(kind, &raw) {
        return;
    }
    bench.put(target, OWNER, Scalar::Str(RecordRef::new("user", heir).to_string()), None, INHERITED);
    let message = format!("{} left. What they looked after and is still open is {}'s now.", bench.name(from), bench.name(heir));
    let ruling = Ruling {
        kept: Value::from(heir.to_string()),
        told: vec![heir],
        salvage: "hand_over",
        ..Ruling::of("INV-12", RecordRef::new("user", from), from, message)
    };
    bench.tell_as(Uuid::new_v5(&from.0, format!("INV-12/{heir}").as_bytes()), ruling);
}

/// The account was given to somebody else by somebody who did not see all there is under it.
fn handed_on(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    for id in arrival.new_actions() {
        let assigned = arrival.after.action(id).filter(|action| action.action == ASSIGN);
        let from = assigned.and_then(|action| action.args.get(FROM)?.as_str()?.parse::<RecordRef>().ok());
        let Some(from) = from else { continue };
        let raw = bench.raw(&target).unwrap_or_default();
        let Some(action) = owner::handed_on(&raw, &from).filter(|action| action.id == id) else { continue };
        if !owner::under(&target, &from, bench).is_empty() {
            tell(bench, &target, &from, &action);
        }
    }
}

/// A new record under an account that was given to somebody else meanwhile.
fn left_behind(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    let raw = bench.raw(&target).unwrap_or_default();
    if arrival.before.exists() || !owner::is_open(arrival.kind, &raw) {
        return;
    }
    let (Some(from), Some(account)) = (owner::of(&raw), owner::account_of(&target, bench)) else { return };
    if let Some(action) = bench.raw(&account).and_then(|raw| owner::handed_on(&raw, &from)) {
        tell(bench, &account, &from, &action);
    }
}

/// Tells who had the account and who has it, once.
fn tell(bench: &mut Bench<'_>, account: &RecordRef, from: &RecordRef, action: &Action) {
    let (before, now) = (owner::users(from, bench), bench.owners(account));
    let names = |users: &[RecordId]| users.iter().map(|user| bench.name(*user)).collect::<Vec<_>>().join(", ");
    let message = format!(
        "{} gave {} to {} while {} worked on it. What {} added stays theirs until it is handed over as well.",
        bench.name(action.by),
        bench.title(account),
        names(&now),
        names(&before),
        names(&before),
    );
    let ruling = Ruling {
        field: Some(OWNER.to_owned()),
        action: Some(action.id),
        kept: action.args.get(FROM).cloned().unwrap_or_default(),
        winner: action.id.to_string(),
        told: before.iter().chain(&now).copied().collect(),
        salvage: "hand_over",
        ..Ruling::of("INV-13", account.clone(), before.first().copied().unwrap_or(action.by), message)
    };
    bench.tell_as(Uuid::new_v5(&action.id.0, b"INV-13"), ruling);
}
