//! What a declaration says of several fields, of the children of a record among each other, or of other records.
//!
//! Constraints are data beside the fields they are about. A phone refuses a save that breaks one; the server, where two saves
//! that each kept it may break it together, puts the later one back ([`crate::judge`]); `check` looks for stored breaches.

use crate::action::Records;
use crate::body::{Body, children, id as reference};
use crate::document::Write;
use crate::field::decimal;
use crate::ids::RecordId;
use crate::key::{self, Key};
use crate::raw::Raw;
use crate::record::RecordType;
use crate::refusal::Refusal;
use crate::view;
use rust_decimal::Decimal;
use serde_json::Value;

pub(crate) mod billing;
pub(crate) mod catalogue;
pub(crate) mod chain;
pub(crate) mod customers;
pub(crate) mod goals;
pub(crate) mod lead;
pub(crate) mod prices;
mod tree;

/// The deepest tree of records (INV-02).
pub const DEPTH_MAX: usize = 10;

/// The rule of constraints that have none of their own.
pub const RULE: &str = "CONSTRAINT";

/// Something that must hold beyond what each field says for itself.
#[derive(Clone, Copy, Debug)]
pub struct Constraint {
    /// Its name and the code of its refusal, `type.what`.
    pub name: &'static str,
    /// The invariant it is a part of.
    pub rule: &'static str,
    /// The collection whose children it looks at one by one; else it looks at the record.
    pub within: Option<&'static str>,
    /// The fields it reads, the one to look at first; a part of a compound value as `field.part`. A collection counts as a field.
    pub reads: &'static [&'static str],
    /// What must hold, as a person reads it.
    pub says: &'static str,
    /// How it is tested.
    pub test: Test,
    /// Whether it only deserves a look: nothing is refused or put back, the record is flagged and its owner told once.
    pub soft: bool,
    /// Where a field it reads names other records: the fields of those it looks at as well; `state` is theirs in the lifecycle.
    pub follows: &'static [&'static str],
    /// Whether it is shown beside the record only, and nobody is told.
    pub quiet: bool,
}

/// A record that deserves a look.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "RecordFlag"))]
pub struct Flag {
    /// The constraint, `type.what`.
    pub name: &'static str,
    /// The invariant it is a part of.
    pub rule: &'static str,
    /// The field a person should look at.
    pub field: &'static str,
    /// What should hold.
    pub says: &'static str,
}

/// How a constraint is tested. What is not there breaks nothing: that a field is needed is said by the field.
#[derive(Clone, Copy, Debug)]
pub enum Test {
    /// The first value read is not above the second.
    Ordered,
    /// The value is above zero.
    Positive,
    /// The collection has at most so many children.
    AtMost(usize),
    /// The references form no loop and no tree deeper than [`DEPTH_MAX`].
    Tree,
    /// What the value names is in use, as long as the record is under way.
    NamesInUse,
    /// No two children stand in each other's way; gives the places of those that do.
    Apart(fn(&[&Body]) -> Vec<usize>),
    /// Anything else.
    Holds(fn(&Scene<'_>) -> bool),
}

/// What a test may look at.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The record type.
    pub kind: &'static RecordType,
    /// The record's id.
    pub id: RecordId,
    /// The record as it would be.
    pub record: &'a Body,
    /// The child that is looked at, or the record.
    pub part: &'a Body,
    /// The records around it.
    pub records: &'a dyn Records,
}

/// What breaks a constraint: the children named, or the record as such.
#[derive(Debug)]
pub(crate) struct Broken(Option<Vec<RecordId>>);

/// A constraint on a record as a whole.
#[must_use]
pub const fn whole(name: &'static str, reads: &'static [&'static str], test: Test, says: &'static str) -> Constraint {
    Constraint { name, rule: RULE, within: None, reads, says, test, soft: false, follows: &[], quiet: false }
}

/// A constraint on each child of a collection.
#[must_use]
pub const fn each(
    name: &'static str,
    within: &'static str,
    reads: &'static [&'static str],
    test: Test,
    says: &'static str,
) -> Constraint {
    Constraint { within: Some(within), ..whole(name, reads, test, says) }
}

impl Constraint {
    /// Makes it a part of an invariant.
    #[must_use]
    pub const fn rule(mut self, rule: &'static str) -> Self {
        self.rule = rule;
        self
    }

    /// Makes it something that only deserves a look.
    #[must_use]
    pub const fn soft(mut self) -> Self {
        self.soft = true;
        self
    }

    /// Makes it something that is shown beside the record and told to nobody.
    #[must_use]
    pub const fn quiet(mut self) -> Self {
        (self.soft, self.quiet) = (true, true);
        self
    }

    /// Makes it look at fields of the records it names, so that a change there is noticed as well.
    #[must_use]
    pub const fn follows(mut self, fields: &'static [&'static str]) -> Self {
        self.follows = fields;
        self
    }

    /// The field a person should look at.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.reads.first().copied().map_or("", head)
    }

    /// Whether it reads the register of this key.
    pub(crate) fn reads(&self, kind: &'static RecordType, key: &str) -> bool {
        let read = |name: &str| self.reads.iter().any(|field| head(field) == name);
        match (key::parse(kind, key), self.within) {
            (Key::Field(field), None) => read(field.name),
            (Key::Child { collection, .. }, None) => read(collection.name),
            (Key::Child { collection, field, .. }, Some(within)) => collection.name == within && read(field),
            _ => false,
        }
    }

    /// Whether the register of this key is one of those to blame.
    pub(crate) fn blames(&self, broken: &Broken, kind: &'static RecordType, key: &str) -> bool {
        let named = match (key::parse(kind, key), &broken.0) {
            (Key::Child { id, .. }, Some(children)) => children.contains(&id),
            _ => true,
        };
        named && self.reads(kind, key)
    }

    /// Tests a record; gives what breaks it.
    pub(crate) fn broken(&self, kind: &'static RecordType, id: RecordId, record: &Body, records: &dyn Records) -> Option<Broken> {
        let scene = Scene { kind, id, record, part: record, records };
        let Some(within) = self.within else { return (!self.holds(&scene)).then_some(Broken(None)) };
        let children: Vec<&Body> = children(record, within).collect();
        let wrong: Vec<&Body> = match self.test {
            Test::Apart(clash) => clash(&children).into_iter().filter_map(|place| children.get(place).copied()).collect(),
            Test::Ordered | Test::Positive | Test::AtMost(_) | Test::Tree | Test::NamesInUse | Test::Holds(_) => {
                children.into_iter().filter(|part| !self.holds(&Scene { part, ..scene })).collect()
            }
        };
        let ids: Vec<RecordId> = wrong.into_iter().filter_map(|child| reference(child, "id")).collect();
        (!ids.is_empty()).then_some(Broken(Some(ids)))
    }

    fn holds(&self, scene: &Scene<'_>) -> bool {
        let read = |place: usize| self.reads.get(place).and_then(|path| value(scene.part, path));
        match self.test {
            Test::Ordered => match (read(0), read(1)) {
                (Some(first), Some(second)) => is_ordered(first, second),
                _ => true,
            },
            Test::Positive => decimal(read(0)).is_none_or(|number| number > Decimal::ZERO),
            Test::AtMost(most) => children(scene.part, self.field()).count() <= most,
            Test::Tree => tree::holds(scene, self.field()),
            Test::NamesInUse => customers::names_in_use(scene, self.field(), read(0)),
            Test::Apart(_) => true,
            Test::Holds(holds) => holds(scene),
        }
    }

    fn refusal(&self) -> Refusal {
        Refusal::field(self.name, self.field(), self.says)
    }
}

/// Refuses writes that break a constraint; what was broken before and is not touched is let be. A new record keeps all of them.
pub(crate) fn check(
    kind: &'static RecordType,
    id: RecordId,
    current: Option<&Raw>,
    writes: &[Write],
    records: &dyn Records,
) -> Result<(), Refusal> {
    let place = |write: &'_ Write| match write {
        Write::Put { key, .. } => key.clone(),
        Write::Text { field, .. } => field.clone(),
    };
    let keys: Vec<String> = writes.iter().map(place).collect();
    let wakes = |it: &&Constraint| !it.soft && (current.is_none() || keys.iter().any(|key| it.reads(kind, key)));
    let woken: Vec<&Constraint> = kind.constraints.iter().filter(wakes).collect();
    if woken.is_empty() {
        return Ok(());
    }
    let mut after = current.cloned().unwrap_or_default();
    after.apply(writes);
    let body = view::of(kind, id, &after).body;
    for constraint in woken {
        if let Some(broken) = constraint.broken(kind, id, &body, records)
            && (current.is_none() || keys.iter().any(|key| constraint.blames(&broken, kind, key)))
        {
            return Err(constraint.refusal());
        }
    }
    Ok(())
}

/// What of a record deserves a look.
#[must_use]
pub fn flags(kind: &'static RecordType, id: RecordId, record: &Body, records: &dyn Records) -> Vec<Flag> {
    let soft = kind.constraints.iter().filter(|constraint| constraint.soft);
    let raised = soft.filter(|constraint| constraint.broken(kind, id, record, records).is_some());
    raised.map(|it| Flag { name: it.name, rule: it.rule, field: it.field(), says: it.says }).collect()
}

fn head(path: &'static str) -> &'static str {
    path.split_once('.').map_or(path, |(head, _)| head)
}

fn value<'a>(body: &'a Body, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        Some((field, part)) => body.get(field)?.get(part),
        None => body.get(path),
    }
}

/// Numbers by size; days and moments are spelled so that they sort.
fn is_ordered(first: &Value, second: &Value) -> bool {
    match (decimal(Some(first)), decimal(Some(second))) {
        (Some(first), Some(second)) => first <= second,
        _ => first.as_str() <= second.as_str(),
    }
}
