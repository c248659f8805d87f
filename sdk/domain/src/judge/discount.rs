//! INV-16: an offer gives away no more than whoever sends it may, with what others gave away unseen.
//!
//! What the customer received is kept with the question: it is what stands when the answer is yes (INV-34).

use super::Arrival;
use super::bench::Bench;
use super::hold::{self, Wait};
use crate::action::freeze_of;
use crate::field::{Freeze, decimal};
use crate::ids::{RecordId, RecordRef};
use crate::permission::{Role, Who, discount_authority};
use crate::raw::{Action, Raw};
use crate::record::RecordType;
use crate::view;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

const RULE: &str = "INV-16";

/// How much an offer gives away, in percent, and who may give that much.
pub(super) fn given_away(kind: &'static RecordType, id: RecordId, offer: &Raw) -> (Decimal, Who) {
    let body = view::of(kind, id, offer).body;
    let given = decimal(body.get("effective_discount")).unwrap_or_default();
    let who = if exceeds(given, Role::Manager) { Who::Admin } else { Who::Manager };
    (given, who)
}

fn exceeds(given: Decimal, role: Role) -> bool {
    discount_authority(role).is_some_and(|most| given > most)
}

/// An offer went out that gives away more than whoever sent it may.
pub(super) fn too_much(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) {
    let given = given_away(arrival.kind, arrival.id, &arrival.meant);
    wait(bench, arrival, action, given, "");
}

/// Weighs an offer that goes out, or went out, with what others wrote into its draft unseen.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    if arrival.kind.name != "quote" || !arrival.before.exists() {
        return;
    }
    let target = arrival.target();
    let Some(merged) = bench.raw(&target) else { return };
    let given = given_away(arrival.kind, arrival.id, &merged);
    let Some((sent, roles)) = sent_by_the_part(bench, arrival).or_else(|| sent_unseen(bench, arrival)) else { return };
    if roles.iter().all(|role| exceeds(given.0, *role)) {
        wait(bench, arrival, &sent, given, ", with what others gave away without seeing that");
    }
}

/// The activation the part makes, with what its author may.
fn sent_by_the_part(bench: &Bench<'_>, arrival: &Arrival) -> Option<(Action, Vec<Role>)> {
    let mut actions = arrival.new_actions().into_iter().filter_map(|id| arrival.after.action(id));
    let sent = actions.find(|action| action.action == "activate" && !bench.withheld(&arrival.target(), action.id))?;
    Some((sent, vec![bench.case.role]))
}

/// The activation in effect that the part did not see while it wrote what something costs, unless somebody let it through.
fn sent_unseen(bench: &Bench<'_>, arrival: &Arrival) -> Option<(Action, Vec<Role>)> {
    let target = arrival.target();
    if !arrival.fields().any(|(key, _)| freeze_of(arrival.kind, key) == Freeze::Commercial) {
        return None;
    }
    let sent = bench.folded(&target)?.last_move().filter(|last| last.action == "activate").cloned()?;
    if arrival.seen.action(sent.id).is_some() || bench.raw(&target)?.verdict(sent.id).is_some() {
        return None;
    }
    let now = bench.world.user(sent.by).map(|facts| facts.role);
    let then = bench.world.formerly(sent.by).map(|former| former.role);
    Some((sent, now.into_iter().chain(then).collect()))
}

fn wait(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action, (given, who): (Decimal, Who), with: &str) {
    let target: RecordRef = arrival.target();
    let message = format!(
        "{} chose {} for {}, which gives away {given} percent{with}: more than they may. It needs {}.",
        bench.name(action.by),
        action.action,
        bench.title(&target),
        who.says(),
    );
    let told = if arrival.stamp.user == action.by { Vec::new() } else { vec![arrival.stamp.user] };
    let wait = Wait { rule: RULE, target: &target, action, against: None, told, message, salvage: "" };
    hold::hold_with(bench, who, wait, BTreeMap::new());
}
