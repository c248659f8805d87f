//! Who answers what waits: whoever leads its author or those who look after the record, and administrators (`domain.md` 7).

use super::questions::holding;
use crate::action::Records;
use crate::approval::PRICE_RULE;
use crate::authority::Authority;
use crate::ids::{RecordId, RecordRef};
use crate::judge::{Decision, InWorld, World};
use crate::owner;
use crate::permission::{Role, Who};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// More people above each other than anybody has.
const LEVELS_MAX: usize = 10;

/// Whether somebody in a role is what it takes.
type IsFor<'a> = &'a dyn Fn(RecordId, Role) -> bool;

/// What must be known of something that waits to say who answers it.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    /// The rule that holds it.
    pub rule: &'a str,
    /// What somebody must be to answer.
    pub who: Who,
    /// How much of a discount they must be able to give, in percent.
    pub gives: Option<Decimal>,
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
        let (rule, record, author) = (&decision.rule, &decision.record, decision.author);
        Some(Waiting { rule, who: held.who, gives: held.gives, record, author })
    }

    fn owners(&self, world: &dyn World) -> Vec<RecordId> {
        let concerned = concerned(self.record, &InWorld(world));
        let owner = world.raw(&concerned).and_then(|raw| owner::of(&raw));
        owner.map(|owner| owner::users(&owner, &InWorld(world))).unwrap_or_default()
    }

    /// Whether somebody in this role is what it takes to answer, whoever they lead.
    fn is_for(&self, world: &dyn World, user: RecordId, role: Role) -> bool {
        self.who.includes(role) && self.may_grant(world, user, role)
    }

    /// Whether somebody may themselves give what is asked for (INV-15, INV-16).
    fn may_grant(&self, world: &dyn World, user: RecordId, role: Role) -> bool {
        let price = self.rule == PRICE_RULE;
        if !price && self.gives.is_none() {
            return true;
        }
        let authority = Authority::of(user, role, &InWorld(world));
        (!price || authority.may_override(&self.record.kind)) && self.gives.is_none_or(|percent| authority.may_give(percent))
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
    let is_for = |user, role| waiting.is_for(world, user, role);
    let above = |user: RecordId| leaders(world, user, &is_for);
    let theirs = role == Role::Finance
        || above(waiting.author).is_empty()
        || above(waiting.author).contains(&by)
        || owners.iter().any(|owner| above(*owner).contains(&by));
    let grants = waiting.may_grant(world, by, role);
    if theirs && grants && waiting.author != by {
        return Ok(());
    }
    let name = |user: RecordId| world.user(user).map(|facts| facts.name);
    let names: Vec<String> = deciders(world, waiting).into_iter().filter(|user| *user != by).filter_map(name).collect();
    let names = if names.is_empty() { "an administrator".to_owned() } else { names.join(" or ") };
    let why = if grants { "it is not yours to decide" } else { "it is more than you may give yourself" };
    Err(format!("{why}: ask {names}"))
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
    found.extend(leading(world, waiting.author, waiting.who, &|user, role| waiting.is_for(world, user, role)));
    let mut told = BTreeSet::new();
    found.retain(|user| told.insert(*user));
    found
}

/// The same for the work of somebody, whatever record it is about.
pub(in crate::judge) fn asked(world: &dyn World, author: RecordId, who: Who) -> Vec<RecordId> {
    leading(world, author, who, &|_, role| who.includes(role))
}

fn leading(world: &dyn World, author: RecordId, who: Who, is_for: IsFor<'_>) -> Vec<RecordId> {
    let mut found = if who == Who::Finance { world.working_as(Role::Finance) } else { Vec::new() };
    let above = leaders(world, author, is_for);
    match above.first() {
        Some(first) => found.push(*first),
        None if found.is_empty() => {
            for role in [Role::Manager, Role::Admin] {
                found.extend(world.working_as(role).into_iter().filter(|user| is_for(*user, role)));
            }
        }
        None => {}
    }
    found
}

/// Everybody above somebody who works here and may answer, the nearest first.
fn leaders(world: &dyn World, user: RecordId, is_for: IsFor<'_>) -> Vec<RecordId> {
    let mut found = Vec::new();
    let mut next = world.user(user).and_then(|facts| facts.manager);
    for _ in 0..LEVELS_MAX {
        let Some((id, facts)) = next.and_then(|id| Some((id, world.user(id)?))) else { break };
        if facts.active && id != user && is_for(id, facts.role) {
            found.push(id);
        }
        next = facts.manager;
    }
    found
}
