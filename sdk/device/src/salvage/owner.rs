//! Handing over: one record, what stayed behind when its account went to somebody else, or everything a colleague who left looked
//! after.

use fieldbook_domain::action::Records;
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::judge::INHERITED;
use fieldbook_domain::owner::{self, OWNER};
use fieldbook_domain::record::RECORD_TYPES;
use fieldbook_domain::refusal::Refusal;
use fieldbook_sync::frame::PARTS_MAX;
use serde_json::Value;

use super::{Did, Job};
use crate::desk::declared;
use crate::error::Error;
use crate::history;

impl Job<'_, '_> {
    pub(super) fn hand_over(&mut self) -> Result<Did, Error> {
        let me = RecordRef::new("user", self.bundle.desk().session().user);
        let named = self.way.to.clone();
        let (to, records) = match self.kind.name {
            "user" => (named.clone().unwrap_or(me.clone()), self.looked_after(&me)?),
            "account" => self.left_behind(named.clone())?,
            _ => (named.clone().unwrap_or(me), vec![self.decision.record.clone()]),
        };
        let mut others = Vec::new();
        for record in &records {
            if self.owner_of(record).as_ref() != Some(&to) {
                others.push(record.clone());
            }
        }
        if others.is_empty() {
            return Err(self.nothing_to_hand_over(named.is_none() && !records.is_empty()).into());
        }
        for target in others.iter().take(PARTS_MAX) {
            let was = self.bundle.get(&target.kind, target.id)?;
            let mut now = was.clone();
            now.insert(OWNER.to_owned(), Value::from(to.to_string()));
            self.bundle.save(&target.kind, target.id, &was, &now)?;
        }
        let done = others.len().min(PARTS_MAX);
        let whole = done == others.len();
        let rest = if whole { String::new() } else { format!(" of {}; do it again for the rest", others.len()) };
        Ok(Did { says: format!("handed over {done} records{rest}"), whole })
    }

    fn nothing_to_hand_over(&self, mine: bool) -> Refusal {
        let title = &self.decision.title;
        match self.kind.name {
            "user" if mine => {
                let message = format!("what {title} looked after is yours already: say who gets it");
                Refusal::field("salvage.to", "to", message)
            }
            "user" => Refusal::new("salvage.nothing", format!("nothing is left of what {title} looked after")),
            _ => Refusal::new("salvage.nothing", format!("nothing of {title} is left to hand over")),
        }
    }

    /// The open records of somebody who left: what they still own, and what the office gave on to whoever does this.
    fn looked_after(&self, me: &RecordRef) -> Result<Vec<RecordRef>, Error> {
        let mut found = self.owned_by(&self.decision.record);
        for record in self.owned_by(me) {
            if self.was_inherited(&record)? {
                found.push(record);
            }
        }
        Ok(found)
    }

    fn owned_by(&self, owner: &RecordRef) -> Vec<RecordRef> {
        let kinds = RECORD_TYPES.iter().filter(|kind| kind.field(OWNER).is_some_and(|field| field.indexed));
        let owned = kinds.flat_map(|kind| self.bundle.referring(kind.name, OWNER, &owner.to_string()));
        owned.filter(|target| self.is_open(target)).collect()
    }

    /// Whether a record came to its owner because its owner before, whom the decision is about, left.
    fn was_inherited(&self, target: &RecordRef) -> Result<bool, Error> {
        let leaver = Value::from(self.decision.record.to_string());
        let (mut before, mut inherited) = (Value::Null, false);
        for entry in history::of(self.bundle.desk().connection(), declared(&target.kind)?, target.id)? {
            let Some(now) = entry.fields.get(OWNER) else { continue };
            let said = entry.message.as_deref().unwrap_or_default();
            inherited = before == leaver && said.split("; ").any(|why| why == INHERITED);
            before.clone_from(now);
        }
        Ok(inherited)
    }

    /// What stayed with its owner when its account was given away, and who has that now.
    fn left_behind(&self, to: Option<RecordRef>) -> Result<(RecordRef, Vec<RecordRef>), Error> {
        let account = &self.decision.record;
        let from = self.decision.kept.as_str().and_then(|from| from.parse::<RecordRef>().ok());
        let (Some(from), Some(to)) = (from, to.or_else(|| self.owner_of(account))) else {
            return Err(Refusal::new("salvage.nothing", format!("nobody looks after {}", self.decision.title)).into());
        };
        let records = owner::under(account, &from, self.bundle);
        Ok((to, records))
    }

    fn owner_of(&self, target: &RecordRef) -> Option<RecordRef> {
        owner::of(&self.bundle.raw(target)?)
    }

    fn is_open(&self, target: &RecordRef) -> bool {
        let (Ok(kind), Some(raw)) = (declared(&target.kind), self.bundle.raw(target)) else { return false };
        owner::is_open(kind, &raw)
    }
}
