//! Who may write, do, give away and delete, as a refusal says it.

use super::{Author, Records};
use crate::access::{Circle, Right, is_everybodys};
use crate::ids::RecordId;
use crate::owner::{self, OWNER};
use crate::permission::{Role, Who};
use crate::raw::Raw;
use crate::record::RecordType;
use crate::refusal::{Refusal, a};
use crate::view::View;

pub(super) fn may_write(kind: &RecordType, role: Role) -> Result<(), Refusal> {
    if kind.access.may_write(role) {
        return Ok(());
    }
    let message = format!("only {} may change {}", kind.access.describe(), a(kind.name));
    Err(Refusal::new(format!("{}.permission", kind.name), message))
}

/// Who may write a type may not write every record of it: that depends on who looks after it (ADR 0018).
pub(super) fn may_touch(kind: &RecordType, current: &Raw, author: &Author, records: &dyn Records) -> Result<(), Refusal> {
    if reaches(kind, current, (author.user, author.role), records) {
        return Ok(());
    }
    let message = format!(
        "this {} is looked after by somebody whose records your security roles do not let you change: ask them, or a manager",
        kind.name
    );
    Err(Refusal::new("access.write", message))
}

/// Whether the security roles of somebody in this role reach a record.
pub(crate) fn reaches(kind: &RecordType, current: &Raw, (user, role): (RecordId, Role), records: &dyn Records) -> bool {
    is_everybodys(kind) || Circle::of(user, role, Right::Write, records).may_write(kind, owner::of(current).as_ref())
}

/// Somebody who may not edit a record may still have the right to do something to it.
pub(super) fn may_act(kind: &RecordType, action: &str, role: Role) -> Result<(), Refusal> {
    let open = kind.lifecycle.moves.iter().any(|row| row.action == action && row.is_open_to(role));
    if open { Ok(()) } else { may_write(kind, role) }
}

/// Who sells gives away what is theirs; who leads gives away anything (INV-12).
pub(super) fn may_give(kind: &RecordType, current: &Raw, author: &Author, records: &dyn Records) -> Result<(), Refusal> {
    let theirs = owner::of(current).is_some() && !owner::is_own(author.user, current, records);
    if !theirs || Who::Manager.includes(author.role) {
        return Ok(());
    }
    let message = format!("this {} is looked after by somebody else: ask them, or a manager", kind.name);
    Err(Refusal::field("owner.permission", OWNER, message))
}

pub(super) fn may_delete(kind: &RecordType, shown: &View, own: bool, role: Role) -> Result<(), Refusal> {
    let deleting = kind.lifecycle.delete;
    if deleting.allows(role, &shown.folded.state, own) {
        return Ok(());
    }
    let message = format!("delete needs {}", deleting.describe());
    Err(Refusal::new(format!("{}.delete.permission", kind.name), message))
}
