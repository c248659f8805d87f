//! The registry of implemented invariants, and the check of a stored record against each.

use crate::ids::RecordRef;
use crate::judge::World;

/// A stored record that breaks an invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The invariant, for example `INV-02`.
    pub rule: &'static str,
    /// The record.
    pub record: RecordRef,
    /// What is wrong, in plain words.
    pub message: String,
}

/// Re-judges one stored record against every implemented invariant.
#[must_use]
pub fn check(target: &RecordRef, world: &dyn World) -> Vec<Breach> {
    let _ = (target, world);
    Vec::new()
}
