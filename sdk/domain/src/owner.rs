//! Who looks after a record: a user, or the members of a team.

use crate::action::{Records, targets};
use crate::constraint::{Constraint, Scene, Test, whole};
use crate::field::Kind;
use crate::fold;
use crate::ids::{RecordId, RecordRef};
use crate::key;
use crate::raw::{Action, Outcome, Raw};
use crate::record::{self, RecordType};
use serde_json::Value;
use std::collections::BTreeSet;

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
pub(crate) fn is_own(user: RecordId, raw: &Raw, records: &dyn Records) -> bool {
    of(raw).is_some_and(|owner| users(&owner, records).contains(&user))
}

/// The verb by which an account is given to somebody else.
pub const ASSIGN: &str = "assign";

/// What goes with an account: the record types, as far as they are open.
const HEIRLOOMS: &[&str] =
    &["contact", "opportunity", "quote", "task", "phone_call", "email", "appointment", "recurring_appointment"];

/// Where such a record says what it belongs to.
const LINKS: &[&str] = &["account", "customer", "regarding"];

/// How far below its account a record may be: a task about a quote of a contact.
const LEVELS: usize = 3;

/// Whether a record is in use: not deleted, and not closed.
#[must_use]
pub fn is_open(kind: &RecordType, raw: &Raw) -> bool {
    let folded = fold::of(kind, raw);
    raw.exists() && !folded.deleted && !folded.frozen
}

/// The account a record is filed under, directly or through the contact or the sale it is about.
#[must_use]
pub(crate) fn account_of(target: &RecordRef, records: &dyn Records) -> Option<RecordRef> {
    let mut next = target.clone();
    for _ in 0..LEVELS {
        let kind = record::find(&next.kind).filter(|kind| HEIRLOOMS.contains(&kind.name))?;
        let raw = records.raw(&next)?;
        let link = |name: &&str| targets(kind.field(name)?, raw.text(name)?).into_iter().next();
        next = LINKS.iter().find_map(link)?;
        if next.kind == "account" {
            return Some(next);
        }
    }
    None
}

/// The open records under an account that somebody looks after (INV-13).
#[must_use]
pub fn under(account: &RecordRef, owner: &RecordRef, records: &dyn Records) -> Vec<RecordRef> {
    let (mut found, mut level) = (BTreeSet::new(), vec![account.clone()]);
    for _ in 0..LEVELS {
        level =
            level.iter().flat_map(|above| directly_under(above, records)).filter(|below| found.insert(below.clone())).collect();
    }
    let theirs = |below: &RecordRef| {
        let (Some(kind), Some(raw)) = (record::find(&below.kind), records.raw(below)) else { return false };
        of(&raw).as_ref() == Some(owner) && is_open(kind, &raw)
    };
    found.into_iter().filter(theirs).collect()
}

fn directly_under(above: &RecordRef, records: &dyn Records) -> Vec<RecordRef> {
    let mut found = Vec::new();
    for kind in HEIRLOOMS.iter().filter_map(|name| record::find(name)) {
        for name in LINKS {
            let Some(Kind::Ref(types)) = kind.field(name).map(|field| field.kind) else { continue };
            if !types.contains(&above.kind.as_str()) {
                continue;
            }
            let holds = if types.len() == 1 { above.id.to_string() } else { above.to_string() };
            found.extend(records.referring(kind.name, name, &holds));
        }
    }
    found
}

/// How an account came from somebody to who has it now, if it did.
#[must_use]
pub fn handed_on(account: &Raw, from: &RecordRef) -> Option<Action> {
    let owner = of(account).filter(|owner| owner != from)?;
    let stands = |action: &Action| account.verdict(action.id).is_none_or(|verdict| verdict.outcome != Outcome::Rejected);
    let names = |action: &Action, arg: &str, who: &RecordRef| {
        action.args.get(arg).and_then(Value::as_str).and_then(|named| named.parse::<RecordRef>().ok()).as_ref() == Some(who)
    };
    let handed = |action: &Action| action.action == ASSIGN && names(action, FROM, from) && names(action, OWNER, &owner);
    account.actions().into_iter().rev().find(|action| handed(action) && stands(action))
}

/// The argument that says who had an account before.
pub const FROM: &str = "from";

/// Whether the account of a record is still with whoever looks after the record, or never was (INV-13).
pub(crate) fn is_with_account(scene: &Scene<'_>) -> bool {
    let target = RecordRef::new(scene.kind.name, scene.id);
    let handed = || {
        let owner = of(&scene.records.raw(&target)?)?;
        let account = account_of(&target, scene.records)?;
        handed_on(&scene.records.raw(&account)?, &owner)
    };
    let open = scene.records.raw(&target).is_some_and(|raw| is_open(scene.kind, &raw));
    !open || handed().is_none()
}

/// The flag of a record whose account went to somebody else without it.
pub(crate) const LEFT_BEHIND: Constraint =
    whole("owner.account", &[OWNER], Test::Holds(is_with_account), "its account was given to somebody else, and this was not")
        .rule("INV-13")
        .soft()
        .quiet();
