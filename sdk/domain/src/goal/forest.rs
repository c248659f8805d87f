//! Goals as a tree, whatever their parents say: a goal whose parent is not here is a root, and a loop is cut.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::RecordId;

/// Goals below goals.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Forest {
    parents: BTreeMap<RecordId, RecordId>,
    order: Vec<RecordId>,
}

impl Forest {
    /// Grows a forest from each goal's parent.
    pub(super) fn of(wishes: &BTreeMap<RecordId, Option<RecordId>>) -> Self {
        let known = |parent: &RecordId| wishes.contains_key(parent);
        let parents = wishes.iter().filter_map(|(goal, parent)| Some((*goal, (*parent).filter(known)?)));
        let parents = without_loops(parents.collect());
        let mut children: BTreeMap<RecordId, Vec<RecordId>> = BTreeMap::new();
        for (goal, parent) in &parents {
            children.entry(*parent).or_default().push(*goal);
        }
        let mut order: Vec<RecordId> = wishes.keys().copied().filter(|goal| !parents.contains_key(goal)).collect();
        let mut next = 0;
        while let Some(goal) = order.get(next) {
            next += 1;
            if let Some(below) = children.get(goal) {
                order.extend_from_slice(below);
            }
        }
        Self { parents, order }
    }

    /// The goals, each before those below it.
    pub(super) fn order(&self) -> &[RecordId] {
        &self.order
    }

    /// The goal above.
    pub(super) fn parent(&self, goal: RecordId) -> Option<RecordId> {
        self.parents.get(&goal).copied()
    }

    /// The goal at the top.
    pub(super) fn root(&self, goal: RecordId) -> RecordId {
        std::iter::successors(Some(goal), |goal| self.parent(*goal)).last().unwrap_or(goal)
    }

    /// The goal and all below it.
    pub(super) fn below(&self, top: RecordId) -> BTreeSet<RecordId> {
        let mut found = BTreeSet::from([top]);
        for goal in &self.order {
            if self.parent(*goal).is_some_and(|parent| found.contains(&parent)) {
                found.insert(*goal);
            }
        }
        found
    }
}

/// Cuts each loop at the smallest id in it, which every phone finds to be the same.
fn without_loops(mut parents: BTreeMap<RecordId, RecordId>) -> BTreeMap<RecordId, RecordId> {
    let mut settled: BTreeSet<RecordId> = BTreeSet::new();
    let mut cuts = Vec::new();
    for start in parents.keys() {
        let mut path = Vec::new();
        let mut here = *start;
        while settled.insert(here) {
            path.push(here);
            match parents.get(&here) {
                Some(parent) => here = *parent,
                None => break,
            }
        }
        // Back on this very walk: what lies from there on is a loop. A walk that ended at a root cuts nothing that is there.
        cuts.extend(path.into_iter().skip_while(|goal| *goal != here).min());
    }
    for cut in cuts {
        parents.remove(&cut);
    }
    parents
}
