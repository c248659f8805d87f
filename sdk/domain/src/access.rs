//! How far somebody reads and writes: levels, what belongs to what, and what a phone holds (INV-17, ADR 0018).
//!
//! A security role says how far its holders read and write; roles add up, and who holds none reads and writes the organisation.
//! What somebody reads follows from who looks after it, from its territory, and from what it belongs to; what such a record names
//! comes with it, so that nothing on a phone names nothing.

use crate::action::Records;
use crate::fold;
use crate::ids::{RecordId, RecordRef};
use crate::key;
use crate::owner::{self, OWNER};
use crate::permission::{Access, Role};
use crate::raw::Raw;
use crate::record::{self, RecordType};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How far a security role reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What its holder looks after, alone or with a team.
    Own,
    /// What their business unit looks after.
    BusinessUnit,
    /// What their business unit and those below it look after.
    BusinessUnitTree,
    /// Everything.
    Organisation,
}

impl Level {
    /// The words for the levels, narrowest first.
    pub const NAMES: &'static [&'static str] = &["own", "business_unit", "business_unit_tree", "organisation"];

    fn parse(name: &str) -> Option<Level> {
        match name {
            "own" => Some(Level::Own),
            "business_unit" => Some(Level::BusinessUnit),
            "business_unit_tree" => Some(Level::BusinessUnitTree),
            "organisation" => Some(Level::Organisation),
            _ => None,
        }
    }
}

/// What a level is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Seeing records.
    Read,
    /// Editing them and doing something to them.
    Write,
}

impl Right {
    /// The field of a security role that says how far it goes.
    fn field(self) -> &'static str {
        match self {
            Right::Read => "read",
            Right::Write => "write",
        }
    }

    /// The record types the back office has whoever looks after them.
    fn of_finance(self) -> &'static [&'static str] {
        match self {
            Right::Read => &["account", "order", "invoice"],
            Right::Write => &["invoice"],
        }
    }
}

/// The types of records on which the levels of a user depend.
pub const DECIDING: &[&str] = &["user", "team", "territory", "business_unit", "security_role"];

/// The fields of a record that say what it belongs to: who reads that, reads the record.
const BELONGS: &[&str] = &["account", "customer", "opportunity", "quote", "order", "regarding", "series"];

/// The field of an account that says in which part of the market it is.
const TERRITORY: &str = "territory";

/// Business units above one another at most.
const UNITS_DEEP_MAX: usize = 32;

/// Whether records of a type are for everybody who works here: the catalogue, people, goals, competitors.
#[must_use]
pub fn is_everybodys(kind: &RecordType) -> bool {
    kind.field(OWNER).is_none() || !matches!(kind.access, Access::Sales | Access::Billing)
}

/// Those whose records somebody reads or writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circle {
    /// The users and teams; nobody is left out where there is no list.
    owners: Option<BTreeSet<RecordRef>>,
    /// The territories whose accounts count, whoever looks after them.
    territories: BTreeSet<RecordId>,
    /// The record types that count, whoever looks after them.
    kinds: BTreeSet<String>,
}

impl Circle {
    /// The circle of somebody, as the records of people and what they belong to say it now.
    #[must_use]
    pub fn of(user: RecordId, role: Role, right: Right, records: &dyn Records) -> Circle {
        if role == Role::Admin {
            return Circle::default();
        }
        let teams = teams_of(user, records);
        let level = level(user, &teams, right, records);
        if level == Level::Organisation {
            return Circle::default();
        }
        let mut owners: BTreeSet<RecordRef> = teams.into_iter().collect();
        owners.insert(RecordRef::new("user", user));
        for colleague in colleagues(user, level, records) {
            owners.extend(teams_of(colleague, records));
            owners.insert(RecordRef::new("user", colleague));
        }
        let territories = if right == Right::Read { territories_of(user, records) } else { BTreeSet::new() };
        let kinds = if role == Role::Finance { right.of_finance() } else { &[] };
        Circle { owners: Some(owners), territories, kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect() }
    }

    /// Whether nobody is left out.
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        self.owners.is_none()
    }

    /// Whether it counts who looks after a record of this type, and they are in the circle. What nobody looks after is anybody's
    /// to write.
    #[must_use]
    pub fn may_write(&self, kind: &RecordType, owner: Option<&RecordRef>) -> bool {
        let Some(owners) = self.owners.as_ref().filter(|_| !is_everybodys(kind)) else { return true };
        owner.is_none_or(|owner| owners.contains(owner)) || self.kinds.contains(kind.name)
    }
}

/// How far the security roles of somebody go, their teams' among them; without any, to the whole organisation. One that is out of
/// use, or says what nobody knows, takes away rather than gives.
fn level(user: RecordId, teams: &[RecordRef], right: Right, records: &dyn Records) -> Level {
    let reach = |raw: Raw| raw.text(right.field()).map_or(Level::Organisation, |name| Level::parse(name).unwrap_or(Level::Own));
    let held = granted(user, teams, records).into_iter().map(|role| role.map_or(Level::Own, reach));
    held.max().unwrap_or(Level::Organisation)
}

/// The security roles somebody holds, their teams' among them, as far as they are in use.
pub(crate) fn security_roles(user: RecordId, records: &dyn Records) -> Vec<Raw> {
    granted(user, &teams_of(user, records), records).into_iter().flatten().collect()
}

/// Each security role that somebody or one of their teams was given; nothing in the place of one that is out of use.
fn granted(user: RecordId, teams: &[RecordRef], records: &dyn Records) -> Vec<Option<Raw>> {
    const GRANTS: &str = "security_roles";
    let me = RecordRef::new("user", user);
    let mut found = Vec::new();
    for holder in std::iter::once(&me).chain(teams) {
        let Some(raw) = records.raw(holder) else { continue };
        let named = |grant| raw.text(&key::child(GRANTS, grant, "security_role"))?.parse().ok();
        found.extend(raw.children(GRANTS).into_iter().filter_map(named).map(|role| in_use(role, records)));
    }
    found
}

/// A security role, if it is in use.
fn in_use(role: RecordId, records: &dyn Records) -> Option<Raw> {
    let target = RecordRef::new("security_role", role);
    let (kind, raw) = (record::find(&target.kind)?, records.raw(&target)?);
    let folded = fold::of(kind, &raw);
    (!folded.deleted && folded.state == "active").then_some(raw)
}

/// The teams somebody belongs to.
fn teams_of(user: RecordId, records: &dyn Records) -> Vec<RecordRef> {
    let mut teams = records.referring("team", "members.user", &user.to_string());
    teams.retain(|team| owner::users(team, records).contains(&user));
    teams
}

/// The territories somebody sells in or is responsible for.
fn territories_of(user: RecordId, records: &dyn Records) -> BTreeSet<RecordId> {
    let holds = user.to_string();
    let me = records.raw(&RecordRef::new("user", user)).unwrap_or_default();
    let mut found: BTreeSet<RecordId> = me.text(TERRITORY).and_then(|id| id.parse().ok()).into_iter().collect();
    for target in records.referring(TERRITORY, "members.user", &holds) {
        let Some(raw) = records.raw(&target) else { continue };
        let sells = |id: &RecordId| raw.text(&key::child("members", *id, "user")) == Some(&holds);
        if raw.children("members").iter().any(sells) {
            found.insert(target.id);
        }
    }
    found
}

/// Who counts as one's own at this level besides oneself.
fn colleagues(user: RecordId, level: Level, records: &dyn Records) -> BTreeSet<RecordId> {
    let me = records.raw(&RecordRef::new("user", user)).unwrap_or_default();
    let unit = me.text("business_unit").and_then(|id| id.parse::<RecordId>().ok());
    let mut units: BTreeSet<RecordId> = unit.into_iter().filter(|_| level > Level::Own).collect();
    let mut above: Vec<RecordId> = units.iter().copied().filter(|_| level > Level::BusinessUnit).collect();
    for _ in 0..UNITS_DEEP_MAX {
        let below = |unit: &RecordId| records.referring("business_unit", "parent", &unit.to_string());
        above = above.iter().flat_map(below).map(|unit| unit.id).filter(|unit| units.insert(*unit)).collect();
    }
    let members = |unit: &RecordId| records.referring("user", "business_unit", &unit.to_string());
    units.iter().flat_map(members).map(|member| member.id).collect()
}

/// A field of a record and the record it names.
pub type Named = (String, RecordRef);

/// Which record names which; a child's field is named `collection.field`.
pub trait Graph {
    /// What a record names.
    fn names(&self, record: &RecordRef) -> BTreeSet<Named>;
    /// What names a record, with the field.
    fn named_by(&self, record: &RecordRef) -> Vec<(RecordRef, String)>;
    /// The records of a type.
    fn of_kind(&self, kind: &str) -> Vec<RecordRef>;
    /// Whether a record is there.
    fn is_here(&self, record: &RecordRef) -> bool;
}

/// Why a phone holds a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holding {
    /// A record its user reads or decides about names it.
    Named,
    /// Something waits for its user to decide about it.
    Asked,
    /// Its user reads it.
    Read,
}

/// What somebody's phone holds besides what is everybody's.
#[derive(Clone, Copy)]
pub struct Slice<'a> {
    /// Those whose records its user reads.
    pub circle: &'a Circle,
    /// The records about which something waits for its user to decide.
    pub asked: &'a BTreeSet<RecordRef>,
    /// The organisation.
    pub graph: &'a dyn Graph,
}

impl Slice<'_> {
    /// Whether the user reads a record: it is of their circle, or belongs to one that is.
    #[must_use]
    pub fn reads(&self, record: &RecordRef) -> bool {
        above(record, self.graph).iter().any(|above| self.is_core(above))
    }

    /// Why the phone holds a record, if it does.
    #[must_use]
    pub fn holds(&self, record: &RecordRef) -> Option<Holding> {
        if !is_shared_out(record) || !self.graph.is_here(record) {
            return None;
        }
        self.sees(record).or_else(|| {
            let named = self.graph.named_by(record).iter().any(|(by, _)| is_shared_out(by) && self.sees(by).is_some());
            named.then_some(Holding::Named)
        })
    }

    /// Why the user sees a record of their own account, and not because another one names it.
    #[must_use]
    pub fn sees(&self, record: &RecordRef) -> Option<Holding> {
        let asked = || self.asked.contains(record).then_some(Holding::Asked);
        self.reads(record).then_some(Holding::Read).or_else(asked)
    }

    /// Everything the phone holds, found from the circle on and not by asking every record.
    #[must_use]
    pub fn all(&self) -> BTreeMap<RecordRef, Holding> {
        let mut core: BTreeSet<RecordRef> = self.circle.kinds.iter().flat_map(|kind| self.graph.of_kind(kind)).collect();
        let owners = self.circle.owners.iter().flatten().map(|owner| (owner.clone(), OWNER));
        let territories = self.circle.territories.iter().map(|id| (RecordRef::new(TERRITORY, *id), TERRITORY));
        for (of, wanted) in owners.chain(territories) {
            let named_by = self.graph.named_by(&of).into_iter().filter(|(_, field)| field == wanted);
            core.extend(named_by.map(|(record, _)| record).filter(|record| is_shared_out(record) && self.is_core(record)));
        }
        let reads = below(core, self.graph);
        let here = |record: &RecordRef| is_shared_out(record) && self.graph.is_here(record);
        let asked: Vec<RecordRef> = self.asked.iter().filter(|record| here(record)).cloned().collect();
        let mut held: BTreeMap<RecordRef, Holding> = BTreeMap::new();
        for record in reads.iter().chain(&asked) {
            let named = self.graph.names(record).into_iter().map(|(_, named)| named);
            held.extend(named.filter(here).map(|named| (named, Holding::Named)));
        }
        held.extend(asked.into_iter().map(|record| (record, Holding::Asked)));
        held.extend(reads.into_iter().map(|record| (record, Holding::Read)));
        held
    }

    /// Whether a record is of the circle by itself.
    fn is_core(&self, record: &RecordRef) -> bool {
        let Some(owners) = &self.circle.owners else { return true };
        let decides = |(field, named): &Named| match field.as_str() {
            OWNER => owners.contains(named),
            TERRITORY => record.kind == "account" && self.circle.territories.contains(&named.id),
            _ => false,
        };
        self.circle.kinds.contains(&record.kind) || self.graph.names(record).iter().any(decides)
    }
}

/// What changed membership may reach to, of records that came or name others now than they did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// Records that may be read by others now.
    pub read: BTreeSet<RecordRef>,
    /// Records that were or are named by one that changed.
    pub named: BTreeSet<RecordRef>,
}

/// What the changes of some records may do to what phones hold; `was` is what each of them named before, nothing for a new one.
#[must_use]
pub fn affected(was: &BTreeMap<RecordRef, Option<BTreeSet<Named>>>, graph: &dyn Graph) -> Affected {
    let mut found = Affected::default();
    let decides = |(field, _): &&Named| field == OWNER || field == TERRITORY || BELONGS.contains(&field.as_str());
    for (record, before) in was.iter().filter(|(record, _)| is_shared_out(record)) {
        let now = graph.names(record);
        let known = before.as_ref();
        let moved = known.is_none_or(|before| !before.iter().filter(decides).eq(now.iter().filter(decides)));
        if moved {
            found.read.extend(below(BTreeSet::from([record.clone()]), graph));
        } else if known != Some(&now) {
            found.named.extend(now.into_iter().map(|(_, named)| named));
        }
        found.named.extend(known.into_iter().flatten().map(|(_, named)| named.clone()));
    }
    let named = found.read.iter().flat_map(|record| graph.names(record)).map(|(_, named)| named);
    found.named.extend(named);
    found.named.retain(is_shared_out);
    found
}

/// The account a record is under, or else the record itself: what is told about in one go.
#[must_use]
pub fn heading(record: &RecordRef, graph: &dyn Graph) -> RecordRef {
    let account = above(record, graph).into_iter().find(|above| above.kind == "account");
    account.unwrap_or_else(|| record.clone())
}

/// The place of a record among others that come at once: what is named before what names it.
#[must_use]
pub fn rank(record: &RecordRef) -> usize {
    record::RECORD_TYPES.iter().position(|kind| kind.name == record.kind).unwrap_or(usize::MAX)
}

/// Whether a record is given out to those who read it, and not to everybody.
#[must_use]
pub fn is_shared_out(record: &RecordRef) -> bool {
    record::find(&record.kind).is_some_and(|kind| !is_everybodys(kind))
}

/// A record and all it belongs to.
fn above(record: &RecordRef, graph: &dyn Graph) -> Vec<RecordRef> {
    let mut found = vec![record.clone()];
    let mut next = 0;
    while let Some(record) = found.get(next).cloned() {
        let parents = graph.names(&record).into_iter().filter(|(field, _)| BELONGS.contains(&field.as_str()));
        for (_, parent) in parents.filter(|(_, parent)| is_shared_out(parent)) {
            // What a task is about may be another task.
            if !found.contains(&parent) {
                found.push(parent);
            }
        }
        next += 1;
    }
    found
}

/// Records and all that belongs to them.
fn below(records: BTreeSet<RecordRef>, graph: &dyn Graph) -> BTreeSet<RecordRef> {
    let mut next: Vec<RecordRef> = records.iter().cloned().collect();
    let mut found = records;
    while let Some(record) = next.pop() {
        let children = graph.named_by(&record).into_iter().filter(|(_, field)| BELONGS.contains(&field.as_str()));
        for (child, _) in children.filter(|(child, _)| is_shared_out(child)) {
            if found.insert(child.clone()) {
                next.push(child);
            }
        }
    }
    found
}
