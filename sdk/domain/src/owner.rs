//! Who looks after a record: a user, or the members of a team.

use crate::action::Records;
use crate::ids::{RecordId, RecordRef};
use crate::key;
use crate::raw::Raw;

/// The field that says it.
pub const OWNER: &str = "owner";

/// Who a record says looks after it.
#[must_use]
pub fn of(raw: &Raw) -> Option<RecordRef> {
    raw.text(OWNER)?.parse().ok()
}

/// The users behind an owner: the user, or the members of the team.
#[must_use]
pub fn users(owner: &RecordRef, records: &dyn Records) -> Vec<RecordId> {
    if owner.kind != "team" {
        return vec![owner.id];
    }
    let Some(team) = records.raw(owner) else { return Vec::new() };
    let members = team.children("members").into_iter();
    members.filter_map(|id| team.text(&key::child("members", id, "user"))?.parse().ok()).collect()
}

/// Whether somebody looks after a record, alone or with their team.
#[must_use]
pub fn is_own(user: RecordId, raw: &Raw, records: &dyn Records) -> bool {
    of(raw).is_some_and(|owner| users(&owner, records).contains(&user))
}
