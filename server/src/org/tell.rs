//! Telling one person something that no judgement told them: it changes nothing of anybody's work.

use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::Decision;
use fieldbook_domain::raw::Outcome;
use fieldbook_domain::view;
use serde_json::Value;
use uuid::Uuid;

use super::Turn;
use crate::error::Error;

/// What somebody is told.
pub(super) struct Told {
    pub(super) id: Uuid,
    /// The rule and its version.
    pub(super) rule: (&'static str, u32),
    pub(super) outcome: Outcome,
    pub(super) record: RecordRef,
    pub(super) title: String,
    pub(super) user: RecordId,
    pub(super) message: String,
}

impl Turn<'_> {
    /// Puts it into their inbox.
    pub(super) fn tell(&mut self, told: Told) -> Result<(), Error> {
        let Told { id, rule: (rule, version), outcome, record, title, user, message } = told;
        let decision = Decision {
            id,
            rule: rule.to_owned(),
            version,
            outcome,
            record,
            title,
            field: None,
            action: None,
            kept: Value::Null,
            lost: Value::Null,
            winner: String::new(),
            loser: String::new(),
            author: user,
            told: vec![user],
            message,
            salvage: String::new(),
            held: None,
            at_ms: self.now_ms,
        };
        self.put_decision(&decision).map(|_| ())
    }

    /// What people call a record; its id if it is not here.
    pub(super) fn title(&self, record: &RecordRef) -> Result<String, Error> {
        let held = self.books().find(record.id)?;
        Ok(held.map_or_else(|| record.to_string(), |held| view::title(held.kind, &view::of(held.kind, held.id, &held.raw).body)))
    }
}
