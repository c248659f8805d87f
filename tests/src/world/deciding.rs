//! What waits for somebody's word.

use super::Phone;
use fieldbook_domain::judge::Decision;
use fieldbook_domain::raw::Outcome;
use serde_json::json;

impl Phone {
    /// The one decision of a rule that waits for this person.
    #[must_use]
    pub fn held(&self, rule: &str) -> Decision {
        let mut waiting = self.told(rule).into_iter().filter(|decision| decision.outcome == Outcome::Held);
        let one = waiting.next().unwrap_or_else(|| panic!("nothing of {rule} waits"));
        assert!(waiting.next().is_none(), "one question is asked once");
        one
    }

    /// Answers what waits.
    pub fn decide(&self, item: &Decision, choice: &str) {
        self.act(&item.record.kind, item.record.id, "decide", json!({ "item": item.id, "choice": choice }));
    }
}
