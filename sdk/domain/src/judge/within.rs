//! The world of a judgement, as the rules of a save and an action look at it.

use super::World;
use crate::action::{Records, referred};
use crate::ids::RecordRef;
use crate::raw::Raw;

/// A world as the rules of a save and an action look at it.
pub struct InWorld<'w>(pub &'w dyn World);

impl Records for InWorld<'_> {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        self.0.raw(target)
    }

    fn referring(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        // The office indexes references and what duplicates are found by; what is found by other values only warns on phones.
        if crate::duplicate::matches(kind, field) {
            return self.0.holding(kind, field, holds);
        }
        let Some(target) = referred(kind, field, holds) else { return Vec::new() };
        self.0.referring(&target, kind, field)
    }
}
