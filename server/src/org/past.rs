//! What somebody could write and give away before their security roles, teams or business unit changed, read in the history of those records.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use automerge::{ChangeHash, ChangeMetadata};
use fieldbook_domain::access::{Circle, Right};
use fieldbook_domain::action::{Records, referred};
use fieldbook_domain::authority::Authority;
use fieldbook_domain::document;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::{UserFacts, World};
use fieldbook_domain::owner;
use fieldbook_domain::raw::{Raw, Scalar};
use fieldbook_domain::record::RecordType;
use fieldbook_domain::view;

use super::books::Books;
use super::shelf::Held;
use crate::error::Error;

/// How many changes of people are looked behind.
const MOMENTS_MAX: usize = 100;

/// Until when somebody could write what an owner looks after.
pub(super) fn until(
    books: &Books<'_>,
    user: RecordId,
    kind: &RecordType,
    owner: Option<&RecordRef>,
) -> Result<Option<i64>, Error> {
    let mut found = None;
    each_before(books, user, owner, |moment, facts, then| {
        found = Circle::of(user, facts.role, Right::Write, then).may_write(kind, owner).then_some(moment);
        found.is_none()
    })?;
    Ok(found)
}

/// The most somebody could give away before now.
pub(super) fn gave(books: &Books<'_>, user: RecordId) -> Result<Option<Authority>, Error> {
    let mut found: Option<Authority> = None;
    each_before(books, user, None, |_, facts, then| {
        let gave = Authority::of(user, facts.role, then);
        found = Some(found.map_or(gave, |found| found.wider(gave)));
        true
    })?;
    Ok(found)
}

/// Looks at what was said of somebody who worked here, of who shares what with them, and of the few there are of teams, units and
/// roles, before each change of these, the newest first, as long as `look` wants more.
fn each_before(
    books: &Books<'_>,
    user: RecordId,
    owner: Option<&RecordRef>,
    mut look: impl FnMut(i64, &UserFacts, &Then) -> bool,
) -> Result<(), Error> {
    let me = RecordRef::new("user", user);
    let cast = cast(books, &me, owner)?;
    let mut moments: BTreeSet<i64> = BTreeSet::new();
    for held in cast.values() {
        moments.extend(held.doc.get_changes_meta(&[]).iter().map(|change| change.timestamp));
    }
    for moment in moments.into_iter().rev().take(MOMENTS_MAX) {
        let mut then = Then { kept: BTreeMap::new() };
        for (target, held) in &cast {
            then.kept.insert(target.clone(), before(held, moment)?);
        }
        let Some(facts) = then.kept.get(&me).filter(|raw| raw.exists()).zip(cast.get(&me)).map(|(raw, held)| {
            let shown = view::of(held.kind, held.id, raw);
            UserFacts::of(&shown.body, shown.folded.deleted)
        }) else {
            continue;
        };
        if facts.active && !look(moment, &facts, &then) {
            break;
        }
    }
    Ok(())
}

/// Until when the office had a record down as this owner's: what it said once everything that came at once was judged.
pub(super) fn owned_until(books: &Books<'_>, target: &RecordRef, owner: Option<&RecordRef>) -> Result<Option<i64>, Error> {
    let Some(held) = books.find(target.id)? else { return Ok(None) };
    let (mut known, mut was, mut until) = (BTreeSet::new(), false, None);
    for moment in books.store.moments_of(target.id)? {
        known.extend(moment.changes.iter().copied());
        let heads = heads(&held, |change| known.contains(&change.hash.0));
        let then = document::read_at(&held.doc, &heads).map_err(Error::document(held.id))?;
        let is = owner::of(&then).as_ref() == owner;
        if was && !is {
            until = Some(moment.received_ms);
        }
        was = is;
    }
    Ok(until)
}

/// Whether a change builds on the first one the office has of its record.
pub(super) fn was_given(books: &Books<'_>, target: &RecordRef, change: &str) -> Result<bool, Error> {
    let (Some(held), Ok(change)) = (books.find(target.id)?, change.parse::<ChangeHash>()) else { return Ok(false) };
    let first = books.store.moments_of(target.id)?.into_iter().next().and_then(|moment| moment.changes.first().copied());
    let (mut next, mut seen) = (vec![change], BTreeSet::new());
    while let Some(hash) = next.pop() {
        if Some(hash.0) == first {
            return Ok(true);
        }
        if seen.insert(hash) {
            next.extend(held.doc.get_change_meta_by_hash(&hash).iter().flat_map(|change| change.deps.iter().copied()));
        }
    }
    Ok(false)
}

/// The records on which it depends: the two, who is in a team with them, and the few there are of teams, units and roles.
fn cast(books: &Books<'_>, me: &RecordRef, owner: Option<&RecordRef>) -> Result<BTreeMap<RecordRef, Arc<Held>>, Error> {
    let mut wanted: BTreeSet<RecordRef> = [me].into_iter().chain(owner).cloned().collect();
    for kind in ["team", "business_unit", "security_role"] {
        wanted.extend(books.of_kind(kind));
    }
    let mut cast = BTreeMap::new();
    for target in &wanted {
        cast.extend(books.find(target.id)?.map(|held| (target.clone(), held)));
    }
    let team = owner.filter(|owner| owner.kind == "team").and_then(|team| cast.get(team)).cloned();
    for id in team.iter().flat_map(|team| team.raw.children_with_removed("members")) {
        let key = fieldbook_domain::key::child("members", id, "user");
        let member = team.as_ref().and_then(|team| team.raw.text(&key)?.parse::<RecordId>().ok());
        if let Some(held) = member.map(|member| books.find(member)).transpose()?.flatten() {
            cast.insert(held.target(), held);
        }
    }
    Ok(cast)
}

/// A record as it was before a moment.
fn before(held: &Held, moment: i64) -> Result<Raw, Error> {
    let heads = heads(held, |change| change.timestamp < moment);
    if heads.is_empty() {
        return Ok(Raw::default());
    }
    document::read_at(&held.doc, &heads).map_err(Error::document(held.id))
}

/// The heads of a document that has only these of its changes.
fn heads(held: &Held, wanted: impl Fn(&ChangeMetadata<'_>) -> bool) -> Vec<ChangeHash> {
    let mut heads: BTreeSet<ChangeHash> = BTreeSet::new();
    for change in held.doc.get_changes_meta(&[]).iter().filter(|change| wanted(change)) {
        for dep in &change.deps {
            heads.remove(dep);
        }
        heads.insert(change.hash);
    }
    heads.into_iter().collect()
}

/// These records as they were.
struct Then {
    kept: BTreeMap<RecordRef, Raw>,
}

impl Records for Then {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        self.kept.get(target).filter(|raw| raw.exists()).cloned()
    }

    fn referring(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        let Some(wanted) = referred(kind, field, holds) else { return Vec::new() };
        let names = |raw: &Raw| {
            let mut of_field = raw.registers.iter().filter(|(key, _)| match field.split_once('.') {
                Some((collection, part)) => key.starts_with(&format!("{collection}/")) && key.ends_with(&format!("/{part}")),
                None => *key == field,
            });
            of_field.any(|(_, value)| matches!(value, Scalar::Str(text) if referred(kind, field, text).as_ref() == Some(&wanted)))
        };
        let found = self.kept.iter().filter(|(target, raw)| target.kind == kind && raw.exists() && names(raw));
        found.map(|(target, _)| target.clone()).collect()
    }
}
