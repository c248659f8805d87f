//! Who answers what waits: whoever leads its author or those who look after the record, and administrators (`domain.md` 7).

use super::questions::holding;
use crate::action::Records;
use crate::ids::{RecordId, RecordRef};
use crate::judge::{Decision, InWorld, World};
use crate::owner;
use crate::permission::{Role, Who};
use std::collections::BTreeSet;

/// More people above each other than anybody has.
const LEVELS_MAX: usize = 10;

/// What must be known of something that waits to say who answers it.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    /// The rule that holds it.
    pub rule: &'a str,
    /// What somebody must be to answer.
    pub who: Who,
    /// The record.
    pub record: &'a RecordRef,
    /// Whose work it is.
    pub author: RecordId,
}

impl<'a> Waiting<'a> {
    /// What a decision says of it, if anything waits.
    #[must_use]
    pub fn of(decision: &'a Decision) -> Option<Waiting<'a>> {
        let held = decision.held.as_ref()?;
        Some(Waiting { rule: &decision.rule, who: held.who, record: &decision.record, author: decision.author })
    }

    fn owners(&self, world: &dyn World) -> Vec<RecordId> {
        let concerned = concerned(self.record, &InWorld(world));
        let owner = world.raw(&concerned).and_then(|raw| owner::of(&raw));
        owner.map(|owner| owner::users(&owner, &InWorld(world))).unwrap_or_default()
    }

    fn asks_owner(&self) -> bool {
        holding(self.rule).is_some_and(|holding| holding.owner)
    }
}

/// The record whose owner a question is about: of an offer, the sale it belongs to.
pub(crate) fn concerned(record: &RecordRef, records: &dyn Records) -> RecordRef {
    let sale = records.raw(record).filter(|_| record.kind == "quote");
    let sale = sale.and_then(|raw| raw.text("opportunity")?.parse().ok());
    sale.map_or_else(|| record.clone(), |id| RecordRef::new("opportunity", id))
}

/// Whether somebody may answer; else who has to, in words.
///
/// Administrators always may. Nobody else answers for their own work, but where the rule asks who looks after the sale.
///
/// # Errors
/// Why not.
pub fn may_answer(world: &dyn World, waiting: &Waiting<'_>, by: RecordId, role: Role) -> Result<(), String> {
    let owners = waiting.owners(world);
    if role == Role::Admin || (waiting.asks_owner() && owners.contains(&by)) {
        return Ok(());
    }
    if !waiting.who.includes(role) {
        return Err(format!("deciding what is held needs {}", waiting.who.says()));
    }
    let above = |user: RecordId| leaders(world, user, waiting.who);
    let theirs = role == Role::Finance
        || above(waiting.author).is_empty()
        || above(waiting.author).contains(&by)
        || owners.iter().any(|owner| above(*owner).contains(&by));
    if theirs && waiting.author != by {
        return Ok(());
    }
    let name = |user: RecordId| world.user(user).map(|facts| facts.name);
    let names: Vec<String> = deciders(world, waiting).into_iter().filter(|user| *user != by).filter_map(name).collect();
    let names = if names.is_empty() { "an administrator".to_owned() } else { names.join(" or ") };
    Err(format!("it is not yours to decide: ask {names}"))
}

/// Who is asked: who looks after the sale where the rule says so, the back office where it is theirs, and the first above the
/// author who may answer; where nobody is above them, everybody who leads.
#[must_use]
pub fn deciders(world: &dyn World, waiting: &Waiting<'_>) -> Vec<RecordId> {
    let mut found = Vec::new();
    if waiting.asks_owner() {
        found = waiting.owners(world);
        found.retain(|owner| world.user(*owner).is_some_and(|facts| facts.active));
    }
    found.extend(asked(world, waiting.author, waiting.who));
    let mut told = BTreeSet::new();
    found.retain(|user| told.insert(*user));
    found
}

/// The same for the work of somebody, whatever record it is about.
pub(in crate::judge) fn asked(world: &dyn World, author: RecordId, who: Who) -> Vec<RecordId> {
    let mut found = if who == Who::Finance { world.working_as(Role::Finance) } else { Vec::new() };
    let above = leaders(world, author, who);
    match above.first() {
        Some(first) => found.push(*first),
        None if found.is_empty() => {
            let lead = [Role::Manager, Role::Admin].into_iter().filter(|role| who.includes(*role));
            found.extend(lead.flat_map(|role| world.working_as(role)));
        }
        None => {}
    }
    found
}

/// Everybody above somebody who works here and may answer, the nearest first.
fn leaders(world: &dyn World, user: RecordId, who: Who) -> Vec<RecordId> {
    let mut found = Vec::new();
    let mut next = world.user(user).and_then(|facts| facts.manager);
    for _ in 0..LEVELS_MAX {
        let Some((id, facts)) = next.and_then(|id| Some((id, world.user(id)?))) else { break };
        if facts.active && who.includes(facts.role) && id != user {
            found.push(id);
        }
        next = facts.manager;
    }
    found
}
