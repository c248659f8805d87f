//! Entries under `actions/`: what a person says they did must be well-formed and their own.

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::lifecycle::{DECIDE, is_universal};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::{self, Scalar};
use fieldbook_domain::record::RecordType;
use fieldbook_domain::refusal::a;
use fieldbook_sync::change::{WireOp, WireValue};
use fieldbook_sync::message::Part;

use super::Stop;
use super::operations::Operations;

/// The latest moment a device may claim: the year 2200, as for dates.
const AT_MS_MAX: i64 = 7_258_118_400_000;

/// Whether a part does nothing but what somebody in this role may do to a record they may not edit.
pub(super) fn only_acts(part: &Part, kind: &RecordType, role: Role) -> bool {
    let open = |verb: &str| {
        let mut rows = kind.lifecycle.moves.iter().filter(|row| row.action == verb);
        verb == DECIDE || rows.any(|row| row.is_open_to(role))
    };
    let acts = |op: &WireOp| match op {
        WireOp::Put { key, value: WireValue::Str(text), .. } if key.starts_with("actions/") => {
            serde_json::from_str::<raw::Action>(text).is_ok_and(|action| open(&action.action))
        }
        WireOp::Put { .. } | WireOp::Delete { .. } | WireOp::Insert { .. } | WireOp::Remove { .. } => false,
    };
    part.changes.iter().flat_map(|change| &change.ops).all(acts)
}

/// Checks an action entry that `key` holds.
pub(super) fn check(operations: &mut Operations<'_>, id: RecordId, key: &str, value: &Scalar) -> Result<(), Stop> {
    let malformed = || Stop::refused("action.malformed", "an action cannot be read");
    let Scalar::Str(text) = value else { return Err(malformed()) };
    let action: raw::Action = serde_json::from_str(text).map_err(|_| malformed())?;
    if action.by != operations.author.user {
        return Err(Stop::refused("action.author", "an action is signed with the name of somebody else"));
    }
    if !(0..=AT_MS_MAX).contains(&action.at) {
        return Err(Stop::refused("action.time", "an action happened at an impossible time"));
    }
    let kind = operations.held.kind;
    if !is_universal(&action.action) && kind.lifecycle.action(&action.action).is_none() {
        return Err(Stop::refused("action.unknown", format!("{} has no such action", a(kind.name))));
    }
    check_new(operations, id, key, text, &action)?;
    if operations.view.string(key).is_some() {
        return Ok(());
    }
    let next = operations.next_turn.unwrap_or_else(|| next_turn(operations));
    if action.turn != next {
        return Err(Stop::refused("action.turn", "an action is out of turn"));
    }
    operations.next_turn = Some(next.saturating_add(1));
    Ok(())
}

/// An action is written once; the same one may arrive twice (INV-81).
fn check_new(operations: &Operations<'_>, id: RecordId, key: &str, text: &str, action: &raw::Action) -> Result<(), Stop> {
    if operations.written.contains_key(key) || operations.view.string(key).is_some_and(|seen| seen != *text) {
        return Err(Stop::refused("action.rewritten", "an action cannot be rewritten"));
    }
    let other = |there: &raw::Action| there.action != action.action || there.by != action.by;
    if operations.held.raw.action(id).as_ref().is_some_and(other) {
        return Err(Stop::refused("action.exists", "another action has this id"));
    }
    Ok(())
}

fn next_turn(operations: &Operations<'_>) -> i64 {
    let texts = operations.view.actions();
    let turns = texts.iter().filter_map(|text| serde_json::from_str::<raw::Action>(text).ok()).map(|action| action.turn);
    turns.max().unwrap_or(0).saturating_add(1)
}
