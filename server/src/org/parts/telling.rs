//! What somebody is told of records that are no longer shared with them, once for all that went at once (INV-17).

use std::collections::BTreeMap;

use fieldbook_domain::access::{self, Holding};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::Decision;
use fieldbook_domain::raw::Outcome;
use fieldbook_domain::{invariant, view};
use serde_json::Value;
use uuid::Uuid;

use super::super::Turn;
use super::graph::Stored;
use crate::error::Error;

const RULE: &str = "INV-17";
/// What becomes of work that was not sent.
const DELIVERED: &str = "What you had changed and not sent is delivered first; where it has to wait for a manager, you are told.";

impl Turn<'_> {
    /// Tells somebody of what left them, once for each account.
    pub(super) fn tell_of_left(&mut self, user: RecordId, left: &[(RecordRef, Holding)]) -> Result<(), Error> {
        let graph = Stored::new(self.store);
        let mut sets: BTreeMap<RecordRef, usize> = BTreeMap::new();
        // What they only held because something named it, they never worked on.
        for (record, _) in left.iter().filter(|(_, why)| *why == Holding::Read) {
            let count = sets.entry(access::heading(record, &graph)).or_default();
            *count = count.saturating_add(1);
        }
        graph.fault()?;
        for (heading, count) in sets {
            let title = self.title(&heading)?;
            let all = left.iter().any(|(record, _)| *record == heading);
            let what = match (all, count) {
                (true, 1) => format!("{title} is no longer shared with you."),
                (true, more) => {
                    format!("{title}, with {} that belongs to it, is no longer shared with you.", records(more.saturating_sub(1)))
                }
                (false, some) => format!("{} of {title} no longer shared with you.", are(some)),
            };
            self.tell_of(user, heading, title, format!("{what} {DELIVERED}"))?;
        }
        Ok(())
    }

    /// Tells somebody that they read less of the organisation than before.
    pub(super) fn tell_of_less(&mut self, user: RecordId, left: &[(RecordRef, Holding)]) -> Result<(), Error> {
        let own = RecordRef::new("user", user);
        let title = self.title(&own)?;
        let count = left.iter().filter(|(_, why)| *why == Holding::Read).count();
        let message = format!("You read less of the organisation now: {} no longer shared with you. {DELIVERED}", are(count));
        self.tell_of(user, own, title, message)
    }

    fn tell_of(&mut self, user: RecordId, record: RecordRef, title: String, message: String) -> Result<(), Error> {
        let id = Uuid::new_v5(&user.0, format!("{RULE}/{record}/{}", self.last_seq).as_bytes());
        let decision = Decision {
            id,
            rule: RULE.to_owned(),
            version: invariant::version(RULE),
            outcome: Outcome::Adjusted,
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

    fn title(&self, record: &RecordRef) -> Result<String, Error> {
        let held = self.books().find(record.id)?;
        Ok(held.map_or_else(|| record.to_string(), |held| view::title(held.kind, &view::of(held.kind, held.id, &held.raw).body)))
    }
}

fn records(count: usize) -> String {
    if count == 1 { "one record".to_owned() } else { format!("{count} records") }
}

fn are(count: usize) -> String {
    format!("{} {}", records(count), if count == 1 { "is" } else { "are" })
}
