//! INV-16: an offer gives away no more than whoever sends it may, with what others gave away unseen.
//!
//! What the customer received is kept with the question: it is what stands when the answer is yes (INV-34).

use super::Arrival;
use super::bench::Bench;
use super::hold::{self, Wait};
use crate::action::freeze_of;
use crate::authority::Authority;
use crate::field::{Freeze, decimal};
use crate::ids::{RecordId, RecordRef};
use crate::raw::{Action, Raw};
use crate::record::RecordType;
use crate::view;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

const RULE: &str = "INV-16";

/// How much an offer gives away, in percent.
pub(super) fn given_away(kind: &'static RecordType, id: RecordId, offer: &Raw) -> Decimal {
    decimal(view::of(kind, id, offer).body.get("effective_discount")).unwrap_or_default()
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
    let enough = |authority: Authority| authority.may_give(given);
    let sent = match sent_by_the_part(bench, arrival) {
        Some(sent) => Some(sent).filter(|sent| !enough(Authority::of(sent.by, bench.case.role, bench))),
        // Who sent it earlier may have had the authority then.
        None => sent_unseen(bench, arrival).filter(|sent| {
            let now = bench.world.user(sent.by).map(|facts| Authority::of(sent.by, facts.role, bench));
            !now.is_some_and(enough) && !bench.world.formerly_gave(sent.by).is_some_and(enough)
        }),
    };
    if let Some(sent) = sent {
        wait(bench, arrival, &sent, given, ", with what others gave away without seeing that");
    }
}

/// The activation the part makes.
fn sent_by_the_part(bench: &Bench<'_>, arrival: &Arrival) -> Option<Action> {
    let mut actions = arrival.new_actions().into_iter().filter_map(|id| arrival.after.action(id));
    actions.find(|action| action.action == "activate" && !bench.withheld(&arrival.target(), action.id))
}

/// The activation in effect that the part did not see while it wrote what something costs, unless somebody let it through.
fn sent_unseen(bench: &Bench<'_>, arrival: &Arrival) -> Option<Action> {
    let target = arrival.target();
    if !arrival.fields().any(|(key, _)| freeze_of(arrival.kind, key) == Freeze::Commercial) {
        return None;
    }
    let sent = bench.folded(&target)?.last_move().filter(|last| last.action == "activate").cloned()?;
    let seen = arrival.seen.action(sent.id).is_some() || bench.raw(&target)?.verdict(sent.id).is_some();
    (!seen).then_some(sent)
}

fn wait(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action, given: Decimal, with: &str) {
    let target: RecordRef = arrival.target();
    let message = format!(
        "{} chose {} for {}, which gives away {given} percent{with}: more than they may. Somebody who may give that much decides.",
        bench.name(action.by),
        action.action,
        bench.title(&target),
    );
    let told = if arrival.stamp.user == action.by { Vec::new() } else { vec![arrival.stamp.user] };
    let wait = Wait { rule: RULE, target: &target, action, against: None, told, message, salvage: "" };
    hold::hold_with(bench, given, wait, BTreeMap::new());
}
