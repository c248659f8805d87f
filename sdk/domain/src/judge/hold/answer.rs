//! An answer is carried out: what was held takes effect, or never will.

use super::HeldPart;
use crate::fold::{self, Applied};
use crate::ids::{RecordId, RecordRef};
use crate::judge::bench::{Bench, Ruling};
use crate::judge::conflict::field_name;
use crate::judge::{Held, Stamp, bundle, offer};
use crate::lifecycle::is_universal;
use crate::raw::{Outcome, Raw, Scalar};
use crate::record;
use uuid::Uuid;

/// Lets through what was held; says whether it took effect. What others wrote in its place meanwhile stays, and the held value
/// is kept beside it.
pub(in crate::judge) fn let_through(bench: &mut Bench<'_>, held: &Held, by: &Ruled<'_>) -> bool {
    let against = by.against.filter(|against| bench.raw(by.target).is_some_and(|raw| raw.action(*against).is_some()));
    if against.is_none() && !still_possible(bench, by) {
        return false;
    }
    for part in &held.parts {
        if let Some(id) = part.withheld {
            bench.verdict(&part.record, id, by.rule, Outcome::Rejected, false);
        }
        for id in &part.actions {
            bench.verdict(&part.record, *id, by.rule, Outcome::Accepted, false);
        }
    }
    if let Some(action) = by.action {
        let moved = |bench: &Bench<'_>, id| bench.folded(by.target).and_then(|folded| folded.applied(id)) == Some(Applied::Moved);
        if let Some(against) = against.filter(|against| !moved(bench, action) || !moved(bench, *against)) {
            bench.verdict(by.target, against, by.rule, Outcome::Rejected, false);
        }
        if !moved(bench, action) {
            offer::make_way(bench, by.target, action);
        }
        if !moved(bench, action) {
            return false;
        }
    }
    let at_ms = bench.case.now_ms;
    let (device, change) = (Uuid::nil(), String::new());
    let author = Stamp { user: by.author, device, at_ms, seq: 0, clock_off: false, change };
    for part in &held.parts {
        let raw = bench.raw(&part.record).unwrap_or_default();
        // What somebody closed meanwhile stays as it was closed, unless it was closed with this.
        let closed = part.actions.is_empty() && is_closed(&part.record, &raw);
        for (field, text) in &part.texts {
            let stands = raw.texts.get(field).cloned().map(Scalar::Str);
            if stands.as_ref() == part.stood.get(field) && !closed {
                bench.put_text(&part.record, field, text, by.rule);
            } else {
                bench.alternative(&part.record, field, &Scalar::Str(text.clone()), Some(&author), by.rule);
            }
        }
        for (key, value) in &part.writes {
            let stood = part.stood.get(key).filter(|stood| !stood.is_null());
            if raw.get(key) == stood && !closed {
                overrule_unseen(bench, part, key, value, by);
                bench.put(&part.record, key, value.clone(), None, by.rule);
            } else if raw.get(key) != Some(value) {
                bench.alternative(&part.record, key, value, Some(&author), by.rule);
            }
        }
        bundle::settle_stranded(bench, &part.record, "LIFECYCLE");
    }
    true
}

/// What somebody else had written, unseen by the author of what is let through, is kept beside it, and they are told.
fn overrule_unseen(bench: &mut Bench<'_>, part: &HeldPart, key: &str, value: &Scalar, by: &Ruled<'_>) {
    let stood = part.stood.get(key).filter(|stood| part.unseen.contains(key) && *stood != value);
    let credit = bench.typed_by(&part.record, key);
    if let (Some(stood), Some(stamp)) = (stood, credit) {
        bench.alternative(&part.record, key, stood, Some(&stamp), by.rule);
        let (name, field, title) = (bench.name(by.author), field_name(key), bench.title(&part.record));
        let message =
            format!("What {name} entered for {field} of {title} had waited and was let through; yours is kept beside it.");
        bench.decide(Ruling {
            field: Some(key.to_owned()),
            kept: value.to_json(),
            lost: stood.to_json(),
            loser: stamp.change.clone(),
            salvage: "choose",
            ..Ruling::of("FCR", part.record.clone(), stamp.user, message)
        });
    }
}

/// Whether the action that waits could be done to the record as it is now: what somebody did meanwhile stands.
fn still_possible(bench: &Bench<'_>, by: &Ruled<'_>) -> bool {
    let (Some(id), Some(raw)) = (by.action, bench.raw(by.target)) else { return true };
    let (Some(action), Some(kind)) = (raw.action(id), record::find(&by.target.kind)) else { return true };
    // That goods were ordered is no wish: what was done to the offer meanwhile gives way.
    if action.action == "create_order" || is_universal(&action.action) {
        return true;
    }
    let folded = fold::of(kind, &raw);
    kind.lifecycle.row(&action.action, &folded.state, &folded.status_reason).is_some()
}

fn is_closed(record: &RecordRef, raw: &Raw) -> bool {
    let Some(kind) = record::find(&record.kind) else { return false };
    fold::of(kind, raw).frozen
}

/// Turns down what was held.
pub(in crate::judge) fn turn_down(bench: &mut Bench<'_>, held: &Held, rule: &str) {
    for part in &held.parts {
        for id in &part.actions {
            bench.verdict(&part.record, *id, rule, Outcome::Rejected, false);
        }
        // Letting it through was tried in vain.
        let shown_again = |id: &RecordId| bench.raw(&part.record).and_then(|raw| raw.verdict(*id)).is_some();
        if let Some(id) = part.withheld.filter(shown_again) {
            bench.verdict(&part.record, id, rule, Outcome::Accepted, false);
        }
    }
}

/// What a decision about something held is about.
pub(in crate::judge) struct Ruled<'a> {
    pub(in crate::judge) rule: &'a str,
    pub(in crate::judge) target: &'a RecordRef,
    /// Whose work it is.
    pub(in crate::judge) author: RecordId,
    pub(in crate::judge) action: Option<RecordId>,
    pub(in crate::judge) against: Option<RecordId>,
}
