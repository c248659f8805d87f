//! What somebody is told of records that are no longer shared with them, once for all that went at once (INV-17).

use std::collections::BTreeMap;

use fieldbook_domain::access::{self, Holding};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::invariant;
use fieldbook_domain::raw::Outcome;
use uuid::Uuid;

use super::super::Turn;
use super::super::tell::Told;
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
        let rule = (RULE, invariant::version(RULE));
        self.tell(Told { id, rule, outcome: Outcome::Adjusted, record, title, user, message })
    }
}

fn records(count: usize) -> String {
    if count == 1 { "one record".to_owned() } else { format!("{count} records") }
}

fn are(count: usize) -> String {
    format!("{} {}", records(count), if count == 1 { "is" } else { "are" })
}
