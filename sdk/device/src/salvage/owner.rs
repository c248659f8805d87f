//! Handing over: one record, or everything a colleague who left still looks after.

use fieldbook_domain::action::Records;
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::raw::Raw;
use fieldbook_domain::record::RECORD_TYPES;
use fieldbook_domain::refusal::Refusal;
use fieldbook_domain::view;
use fieldbook_sync::frame::PARTS_MAX;
use serde_json::Value;

use super::{Did, Job};
use crate::desk::declared;
use crate::error::Error;

/// The field that says who looks after a record.
const OWNER: &str = "owner";

impl Job<'_, '_> {
    pub(super) fn hand_over(&mut self) -> Result<Did, Error> {
        let me = RecordRef::new("user", self.bundle.desk().session().user);
        let to = self.way.to.clone().unwrap_or(me);
        let records = if self.kind.name == "user" { self.looked_after() } else { vec![self.decision.record.clone()] };
        if records.is_empty() {
            return Err(Refusal::new("salvage.nothing", format!("{} looks after nothing any more", self.decision.title)).into());
        }
        for target in records.iter().take(PARTS_MAX) {
            let was = self.bundle.get(&target.kind, target.id)?;
            let mut now = was.clone();
            now.insert(OWNER.to_owned(), Value::from(to.to_string()));
            self.bundle.save(&target.kind, target.id, &was, &now)?;
        }
        let done = records.len().min(PARTS_MAX);
        let whole = done == records.len();
        let rest = if whole { String::new() } else { format!(" of {}; do it again for the rest", records.len()) };
        Ok(Did { says: format!("handed over {done} records{rest}"), whole })
    }

    /// What a user owns that is neither closed nor deleted.
    fn looked_after(&self) -> Vec<RecordRef> {
        let owner = self.decision.record.to_string();
        let kinds = RECORD_TYPES.iter().filter(|kind| kind.field(OWNER).is_some_and(|field| field.indexed));
        let owned = kinds.flat_map(|kind| self.bundle.referring(kind.name, OWNER, &owner));
        owned.filter(|target| self.is_open(target)).collect()
    }

    fn is_open(&self, target: &RecordRef) -> bool {
        let (Ok(kind), Some(raw)) = (declared(&target.kind), self.bundle.raw(target).filter(Raw::exists)) else { return false };
        let folded = view::of(kind, target.id, &raw).folded;
        !folded.deleted && !kind.lifecycle.is_frozen(&folded.state, &folded.status_reason)
    }
}
