//! What should not have come into being is taken back or hidden; what was typed stays in its document.

use super::Bench;
use crate::ids::{RecordId, RecordRef};
use crate::judge::Arrival;
use crate::key;
use crate::raw::{Action, Outcome};
use serde_json::Value;

/// What a deletion of the judge's own says: an edit that comes later lands behind it and does not undo it.
pub(in crate::judge) const WITHHELD: &str = "withheld";

impl Bench<'_> {
    /// Takes back everything the case wrote: an action that was never legal takes its bundle with it (INV-82).
    pub(in crate::judge) fn withhold_case(&mut self, rule: &'static str) {
        let case = self.case;
        for arrival in &case.arrivals {
            let target = arrival.target();
            for action in arrival.new_actions() {
                self.verdict(&target, action, rule, Outcome::Rejected, false);
            }
            if arrival.before.exists() {
                for (key, _) in arrival.fields() {
                    self.put(&target, key, arrival.stood(key), None, rule);
                }
            } else if arrival.new_actions().is_empty() {
                self.hide(&target, arrival, rule);
            }
        }
    }

    /// Whether a deletion is the judge's own.
    pub(in crate::judge) fn withholds(&self, target: &RecordRef, delete: &Action) -> bool {
        let by_the_judge = || {
            let written = self.world.credit(target, &key::action(delete.id));
            delete.args.contains_key(WITHHELD) && written.is_some_and(|stamp| stamp.user.0.is_nil())
        };
        self.withholding.contains(&delete.id) || by_the_judge()
    }

    /// Deletes a record that should not have come into being; what was typed stays in its document.
    pub(in crate::judge) fn hide(&mut self, target: &RecordRef, arrival: &Arrival, rule: &'static str) -> RecordId {
        self.hide_made(target, arrival.after.next_turn(), self.case.author, rule)
    }

    /// The same for a record that came earlier.
    pub(in crate::judge) fn hide_made(&mut self, target: &RecordRef, turn: i64, by: RecordId, rule: &str) -> RecordId {
        let id = target.id.derived(&format!("withheld/{}", self.case.id));
        self.withholding.insert(id);
        let entry = Action {
            id,
            action: crate::lifecycle::DELETE.to_owned(),
            by,
            at: self.case.now_ms,
            turn,
            args: [(WITHHELD.to_owned(), Value::from(rule))].into_iter().collect(),
        };
        self.perform(target, &entry, rule);
        id
    }
}
