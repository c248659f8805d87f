//! What a phone holds of the organisation.

use fieldbook_domain::access::is_shared_out;
use fieldbook_domain::ids::RecordRef;
use std::collections::BTreeSet;

/// What a phone holds of what is not everybody's; nothing is left out where its user reads everything.
#[derive(Debug)]
pub struct Held(Option<BTreeSet<RecordRef>>);

impl Held {
    pub(super) fn of(held: Option<BTreeSet<RecordRef>>) -> Held {
        Held(held)
    }

    /// Whether the phone holds a record.
    #[must_use]
    pub fn holds(&self, target: &RecordRef) -> bool {
        self.is_everything() || !is_shared_out(target) || self.0.as_ref().is_some_and(|held| held.contains(target))
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.0.is_none()
    }
}
