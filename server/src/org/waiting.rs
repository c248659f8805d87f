//! Work that waits for something that never came: after a month its author is told (INV-11).

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge;
use fieldbook_domain::permission::Role;

use super::Turn;
use crate::error::Error;

const DAYS_MAX: i64 = 30;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Managers in a row that are asked for.
const MANAGERS_MAX: usize = 10;

impl Turn<'_> {
    /// Tells the authors of what has waited too long; looked for whenever a device says hello.
    pub(crate) fn remind(&mut self) -> Result<(), Error> {
        let since = self.now_ms.saturating_sub(DAYS_MAX.saturating_mul(DAY_MS));
        for (id, target) in self.store.awaited_since(since)? {
            self.store.awaited_told(id)?;
            let arrived = self.books().find(target.id)?.is_some_and(|held| held.kind.name == target.kind);
            let Some(decision) = self.store.decision(id)?.filter(|_| !arrived) else { continue };
            let told = self.reachable(decision.author).map_or_else(|| self.people.working_as(Role::Admin), |user| vec![user]);
            self.open_group();
            self.put_decision(&judge::overdue(&decision, DAYS_MAX, told, self.now_ms))?;
        }
        Ok(())
    }

    /// The user, or the first of their managers who still works here (INV-83).
    fn reachable(&self, user: RecordId) -> Option<RecordId> {
        let mut next = Some(user);
        for _ in 0..MANAGERS_MAX {
            let id = next?;
            let facts = self.people.get(id)?;
            if facts.active {
                return Some(id);
            }
            next = facts.manager;
        }
        None
    }
}
