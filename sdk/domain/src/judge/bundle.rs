//! What one tap did to several records, told by the ids it gave: each further action's id follows from the one before it and
//! the record it is on, and so do the ids of the records it made (`action/convert.rs`).

use super::bench::Bench;
use crate::ids::{RecordId, RecordRef};
use crate::raw::{Action, Outcome, Raw};
use crate::record;
use serde_json::{Map, Value, json};

/// How far what the office does on a record comes after what its people did without seeing it.
const AFTER: i64 = 100;

/// The verb by which a quote leaves with its sale, or with what took its place.
pub(super) const SUPERSEDE: &str = "supersede";

/// The id of the action by which a tap does `verb` to another record as well.
pub(super) fn also(action: RecordId, verb: &str, target: &RecordRef) -> RecordId {
    action.derived(&format!("{verb}/{target}"))
}

/// Every action of the tap an action was part of, with the record each is on.
pub(super) fn whole(bench: &Bench<'_>, target: &RecordRef, action: &Action) -> Vec<(RecordRef, Action)> {
    let (mut lead, mut place) = (action.clone(), target.clone());
    for _ in 0..4 {
        let Some((above, first)) = above(bench, &place, &lead) else { break };
        (place, lead) = (above, first);
    }
    below(bench, &place, &lead)
}

/// The action that brought this one about, on the record it is on.
fn above(bench: &Bench<'_>, target: &RecordRef, action: &Action) -> Option<(RecordRef, Action)> {
    neighbours(bench, target).into_iter().find_map(|other| {
        let actions = bench.raw(&other)?.actions();
        let first = actions.into_iter().find(|first| also(first.id, &action.action, target) == action.id)?;
        Some((other, first))
    })
}

/// An action and all that followed from it.
pub(super) fn below(bench: &Bench<'_>, target: &RecordRef, action: &Action) -> Vec<(RecordRef, Action)> {
    let mut found = vec![(target.clone(), action.clone())];
    let mut place = 0;
    while let Some((on, first)) = found.get(place).cloned() {
        for other in neighbours(bench, &on) {
            let actions = bench.raw(&other).map(|raw| raw.actions()).unwrap_or_default();
            for mate in actions.into_iter().filter(|mate| also(first.id, &mate.action, &other) == mate.id) {
                if !found.iter().any(|(_, there)| there.id == mate.id) {
                    found.push((other.clone(), mate));
                }
            }
        }
        place = place.saturating_add(1);
    }
    found
}

/// The records that refer to one, and those it refers to.
fn neighbours(bench: &Bench<'_>, target: &RecordRef) -> Vec<RecordRef> {
    let mut found: Vec<RecordRef> = bench.world.referrers(target).into_iter().map(|(source, _)| source).collect();
    if let (Some(kind), Some(raw)) = (record::find(&target.kind), bench.raw(target)) {
        for field in kind.fields {
            if let Some(text) = raw.text(field.name) {
                found.extend(crate::action::targets(field, text));
            }
        }
    }
    found.sort();
    found.dedup();
    found.retain(|other| other != target);
    found
}

/// What a conversion made of a record, where it is there.
pub(super) fn made_by(bench: &Bench<'_>, target: &RecordRef, action: &Action) -> Option<RecordRef> {
    let made = match action.action.as_str() {
        "create_order" if target.kind == "quote" => RecordRef::new("order", target.id.derived("order")),
        "create_order" => RecordRef::new("order", action.id.derived("order")),
        "create_quote" => RecordRef::new("quote", action.id.derived("quote")),
        "create_invoice" => RecordRef::new("invoice", action.id.derived("invoice")),
        "revise" if target.kind == "quote" => revision_of(target),
        _ => return None,
    };
    bench.raw(&made).filter(Raw::exists).map(|_| made)
}

/// The next revision of a quote.
pub(super) fn revision_of(quote: &RecordRef) -> RecordRef {
    RecordRef::new("quote", quote.id.derived("revision"))
}

/// Whether the office lets an action be: it has no effect only where an equal one had it.
pub(super) fn stands(raw: &Raw, action: &Action) -> bool {
    raw.verdict(action.id).is_none_or(|verdict| matches!(verdict.outcome, Outcome::Accepted | Outcome::Adjusted))
}

/// Overrules what followed from an action that is overruled itself: actions have no effect, and an offer it made is closed and
/// kept.
pub(super) fn undo(bench: &mut Bench<'_>, target: &RecordRef, weaker: &Action, stronger: &Action, rule: &'static str) {
    for (other, mate) in below(bench, target, weaker) {
        if mate.id != weaker.id {
            bench.verdict(&other, mate.id, rule, Outcome::Rejected, false);
        }
        let made = made_by(bench, &other, &mate).filter(|made| made.kind == "quote" && mate.action == "revise");
        if let Some(made) = made {
            supersede(bench, &made, stronger, rule);
        }
    }
}

/// Closes an open quote as the tap of this action would have done, had its author seen it.
pub(super) fn supersede(bench: &mut Bench<'_>, quote: &RecordRef, because: &Action, rule: &'static str) {
    let Some(raw) = bench.raw(quote) else { return };
    let id = also(because.id, SUPERSEDE, quote);
    if raw.action(id).is_some() {
        // It was withheld, and what stood in its way is gone.
        bench.verdict(quote, id, rule, Outcome::Accepted, false);
        return settle_stranded(bench, quote, rule);
    }
    let day = crate::time::date_of(because.at).to_string();
    let day = because.args.get("actual_close_date").cloned().unwrap_or_else(|| Value::from(day));
    let reason = if because.action == "lose" { "lost" } else { "canceled" };
    let args: Map<String, Value> = [("reason".to_owned(), json!(reason)), ("closed_on".to_owned(), day)].into_iter().collect();
    let (by, at, turn) = (because.by, because.at, raw.next_turn().saturating_add(AFTER));
    bench.perform(quote, &Action { id, action: SUPERSEDE.to_owned(), by, at, turn, args }, rule);
}

/// Gives a verdict to what no longer has a row because something earlier took effect after all.
pub(super) fn settle_stranded(bench: &mut Bench<'_>, target: &RecordRef, rule: &'static str) {
    let Some(folded) = bench.folded(target) else { return };
    for (action, applied) in &folded.trail {
        if *applied != crate::fold::Applied::NoRow {
            continue;
        }
        bench.verdict(target, action.id, rule, Outcome::Adjusted, true);
        if let Some(stronger) = folded.last_move().filter(|_| action.action == "revise") {
            undo(bench, target, action, stronger, "INV-38");
        }
    }
}
