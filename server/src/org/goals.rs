//! Goals as the office counts them, from every record there is (INV-77).
//!
//! Who serves an organisation has it counted every now and then; the same code as on a phone.

use std::collections::BTreeSet;
use std::sync::Arc;

use fieldbook_domain::document::Write;
use fieldbook_domain::goal::metric::DEFAULT_METRICS;
use fieldbook_domain::goal::periods::Calendar;
use fieldbook_domain::goal::{Candidate, Count, Definitions, Plan, Rollup};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::raw::Scalar;
use fieldbook_domain::{action, money, record, time};
use serde_json::{Map, Value};

use super::Turn;
use super::shelf::Held;
use crate::error::Error;
use crate::store::Store;

/// What the changes say about themselves.
const MESSAGE: &str = "counted at the office";

type Body = Map<String, Value>;

/// The goals as they were last counted, and how far in the log that is.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    upto: u64,
    count: Option<Count>,
}

impl Counting {
    /// Whether nothing was logged since.
    pub(crate) fn is_level(&self, last_seq: u64) -> bool {
        self.upto == last_seq
    }
}

impl Turn<'_> {
    /// Counts every active goal and writes down what changed; says how many did. Records that did not change since the last
    /// count are not looked at, unless there is something else to count.
    pub(crate) fn roll_up_goals(&mut self, before: Option<Counting>) -> Result<(usize, Counting), Error> {
        // What is written here is looked at the next time: a goal may count goals.
        let upto = self.last_seq;
        let goals = bodies(self.store, "goal")?;
        if goals.is_empty() {
            return Ok((0, Counting { upto, count: None }));
        }
        let calendars = bodies(self.store, "fiscal_calendar")?;
        let in_use = |body: &&Body| body.get("state").and_then(Value::as_str) == Some("active");
        let definitions = Definitions {
            metrics: bodies(self.store, "goal_metric")?,
            queries: bodies(self.store, "rollup_query")?,
            calendar: calendars.iter().filter(in_use).find_map(Calendar::read).unwrap_or_default(),
            goals,
        };
        let count = self.counted(Plan::new(&definitions), before.unwrap_or_default())?;
        let rollups = count.rollups(time::date_of(self.now_ms));
        let mut changed = 0;
        for body in definitions.goals.iter().filter(in_use) {
            let id = body.get("id").and_then(Value::as_str).and_then(|id| id.parse::<RecordId>().ok());
            let Some((id, rollup)) = id.and_then(|id| Some((id, rollups.get(&id)?))) else { continue };
            changed += usize::from(self.put_rollup(id, body, rollup)?);
        }
        Ok((changed, Counting { upto, count: Some(count) }))
    }

    /// A count under way brought up to date, or a new one where the plan is another.
    fn counted(&mut self, plan: Plan, before: Counting) -> Result<Count, Error> {
        let wanted: BTreeSet<&str> = plan.needs().into_iter().map(|need| need.entity).collect();
        let mut count = Count::new(plan, 0);
        let going_on = before.count.filter(|before| before.plan() == count.plan());
        let mut looked_at = Vec::new();
        match going_on {
            Some(going_on) => {
                count = going_on;
                looked_at = self.store.changed_after(before.upto)?;
                looked_at.retain(|(target, ..)| wanted.contains(target.kind.as_str()));
            }
            None => {
                for kind in wanted {
                    looked_at.extend(self.store.bodies(Some(kind))?);
                }
            }
        }
        self.tally.counted(looked_at.len());
        for (target, body, deleted) in looked_at {
            let entity = record::find(&target.kind).ok_or(Error::Damaged { what: "record type" })?;
            if deleted {
                count.forget(entity, target.id);
            } else {
                let body = serde_json::from_str(&body).map_err(|_| Error::Damaged { what: "body" })?;
                count.put(&Candidate { entity, body });
            }
        }
        Ok(count)
    }

    fn put_rollup(&mut self, id: RecordId, body: &Body, rollup: &Rollup) -> Result<bool, Error> {
        let amount = |amount| Value::from(money::spell(amount));
        let figures = [
            ("actual", amount(rollup.actual)),
            ("in_progress", amount(rollup.in_progress)),
            ("custom", amount(rollup.custom)),
            ("percentage", rollup.percentage.map_or(Value::Null, amount)),
        ];
        let differs = |(name, value): &(&str, Value)| body.get(*name).unwrap_or(&Value::Null) != value;
        if !figures.iter().any(differs) {
            return Ok(false);
        }
        let Some(held) = self.books().find(id)? else { return Ok(false) };
        let stamp = ("last_rolled_up", Value::from(time::spell(time::from_ms(self.now_ms))));
        let writes = figures.into_iter().filter(differs).chain([stamp]);
        let writes: Vec<Write> = writes.map(|(name, value)| Write::put(name, Scalar::from_json(&value))).collect();
        self.open_group();
        self.write_record(&held, &writes, MESSAGE)?;
        Ok(true)
    }

    /// Gives a new organisation the metrics it starts with (`domain.md` 6.1).
    pub(crate) fn provide_metrics(&mut self) -> Result<(), Error> {
        let kind = record::find("goal_metric").ok_or(Error::Damaged { what: "record type" })?;
        for metric in DEFAULT_METRICS {
            let held = Arc::new(Held::new(kind, metric.id(), &self.names.now)?);
            let writes = action::entered(kind, &metric.fields())?;
            self.open_group();
            self.write_record(&held, &writes, "what an organisation starts with")?;
        }
        Ok(())
    }
}

/// The records of a type that are not deleted.
fn bodies(store: &Store, kind: &str) -> Result<Vec<Body>, Error> {
    let mut found = Vec::new();
    for (_, body, _) in store.bodies(Some(kind))?.into_iter().filter(|(_, _, deleted)| !deleted) {
        found.push(serde_json::from_str(&body).map_err(|_| Error::Damaged { what: "body" })?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use fieldbook_domain::ids::RecordRef;
    use serde_json::json;

    use super::*;
    use crate::clock::{Clock, SystemClock};
    use crate::org::OrgHandle;
    use crate::org::support::{id, write};
    use crate::store::document::DocumentRow;

    /// A sale of Ada's that is hoped to bring ten.
    fn sale(number: u128) -> Body {
        let body = json!({
            "id": id(number), "owner": RecordRef::new("user", id(7)).to_string(), "state": "open", "topic": "Pumps",
            "est_value": { "amount": "10" }, "est_close_date": "2026-02-01"
        });
        body.as_object().cloned().unwrap()
    }

    fn enter(org: &OrgHandle, kind: &'static str, number: u128, mut fields: Body) {
        for derived in ["id", "state"] {
            fields.remove(derived);
        }
        write(org, kind, number, action::entered(record::find(kind).unwrap(), &fields).unwrap());
    }

    fn looked_at(org: &OrgHandle) -> u64 {
        org.tally().goal_records
    }

    #[test]
    fn ten_thousand_records_are_looked_at_once_and_then_only_those_that_changed() {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let path = folder.path().join("org.db");
        let org = OrgHandle::start(&path, Arc::clone(&clock)).unwrap();
        org.turn(|turn| turn.provide_metrics()).unwrap();
        let goal = json!({
            "title": "Ada's quarter", "metric": DEFAULT_METRICS[0].id(), "owner": RecordRef::new("user", id(7)).to_string(),
            "period": { "kind": "custom", "from": "2026-01-01", "to": "2026-03-31" }, "target": "100000"
        });
        enter(&org, "goal", 1, goal.as_object().cloned().unwrap());
        let filled = org.turn(|turn| {
            for number in 0..10_000 {
                let body = Value::Object(sale(1_000 + number)).to_string();
                let (snapshot, heads) = (Vec::new(), Vec::new());
                turn.store.put_document(
                    id(1_000 + number),
                    &DocumentRow { kind: "opportunity".to_owned(), snapshot, heads, body, deleted: false },
                )?;
            }
            Ok(())
        });
        filled.unwrap();
        let reached = || {
            let goals = org.read(|store| bodies(store, "goal")).unwrap();
            goals[0].get("in_progress").and_then(Value::as_str).map(str::to_owned)
        };

        assert_eq!(org.roll_up_goals().unwrap(), 1);
        assert_eq!((reached().as_deref(), looked_at(&org)), (Some("100000"), 10_000));
        for number in 0..3 {
            enter(&org, "opportunity", 50_000 + number, sale(50_000 + number));
            assert_eq!(org.roll_up_goals().unwrap(), 1);
            assert_eq!(looked_at(&org), 10_001 + u64::try_from(number).unwrap(), "only what changed");
        }
        assert_eq!(reached().as_deref(), Some("100030"));
        for _ in 0..5 {
            assert_eq!(org.roll_up_goals().unwrap(), 0, "nothing happened");
        }
        enter(&org, "account", 60_000, json!({"name": "Firm"}).as_object().cloned().unwrap());
        assert_eq!((org.roll_up_goals().unwrap(), looked_at(&org)), (0, 10_003), "and nothing that counts");

        drop(org);
        let again = OrgHandle::start(&path, clock).unwrap();
        assert_eq!((again.roll_up_goals().unwrap(), looked_at(&again)), (0, 10_003), "counted anew it is the same");
    }
}
