//! How far the device has come in each scope.
//!
//! A page is handed out once it continues where the last one ended, and counts once the shell says it is durable. What is
//! told to the server is only what is durable. Cursors never go backwards, except that a new epoch voids them all.

use std::collections::{BTreeMap, BTreeSet};

use crate::message::{Cursor, Page};

/// The cursors of a device.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// Durable on the device.
    stored: BTreeMap<String, u64>,
    /// Handed to the shell; never behind `stored`.
    handed: BTreeMap<String, u64>,
    /// Handed to the shell and not yet reported durable.
    outstanding: BTreeSet<Cursor>,
}

/// How a page stands to what was handed out.
pub(super) enum Fit {
    /// It continues the log.
    Next,
    /// It holds nothing new.
    Known,
    /// Something before it is missing.
    Gap,
}

impl Places {
    pub(super) fn new(cursors: Vec<Cursor>) -> Self {
        let stored: BTreeMap<_, _> = cursors.into_iter().map(|c| (c.scope, c.seq)).collect();
        Self { handed: stored.clone(), stored, outstanding: BTreeSet::new() }
    }

    /// What is durable.
    pub(super) fn cursors(&self) -> Vec<Cursor> {
        let cursor = |(scope, seq): (&String, &u64)| Cursor { scope: scope.clone(), seq: *seq };
        self.stored.iter().map(cursor).collect()
    }

    /// Starts again from nothing.
    pub(super) fn clear(&mut self) {
        *self = Self::new(Vec::new());
    }

    /// Forgets every scope but these.
    pub(super) fn keep_only(&mut self, scopes: &[String]) {
        self.stored.retain(|scope, _| scopes.contains(scope));
        self.handed.retain(|scope, _| scopes.contains(scope));
        self.outstanding.retain(|c| scopes.contains(&c.scope));
    }

    /// Notes a page as handed out, if it continues its scope.
    pub(super) fn hand_out(&mut self, page: &Page) -> Fit {
        let handed = self.handed(&page.scope);
        if page.from > handed {
            return Fit::Gap;
        }
        if page.from < handed || page.to <= handed {
            return Fit::Known;
        }
        self.handed.insert(page.scope.clone(), page.to);
        self.outstanding.insert(Cursor { scope: page.scope.clone(), seq: page.to });
        Fit::Next
    }

    /// Notes a page as durable.
    pub(super) fn store(&mut self, cursor: Cursor) {
        if !self.outstanding.remove(&cursor) {
            return;
        }
        for places in [&mut self.stored, &mut self.handed] {
            let place = places.entry(cursor.scope.clone()).or_default();
            *place = cursor.seq.max(*place);
        }
    }

    /// Whether everything handed out is durable.
    pub(super) fn is_settled(&self) -> bool {
        self.stored == self.handed
    }

    /// Whether the server has come further than what reached this side.
    pub(super) fn is_behind(&self, theirs: &[Cursor]) -> bool {
        theirs.iter().any(|c| c.seq > self.handed(&c.scope))
    }

    fn handed(&self, scope: &str) -> u64 {
        self.handed.get(scope).copied().unwrap_or(0)
    }
}
