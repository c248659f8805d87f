//! Goals as the office counts them, from every record there is (INV-77).
//!
//! Who serves an organisation has it counted every now and then; the same code as on a phone.

use std::collections::BTreeSet;
use std::sync::Arc;

use fieldbook_domain::document::Write;
use fieldbook_domain::goal::metric::DEFAULT_METRICS;
use fieldbook_domain::goal::periods::Calendar;
use fieldbook_domain::goal::{Candidate, Definitions, Plan, Rollup};
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

impl Turn<'_> {
    /// Counts every active goal and writes down what changed; says how many did.
    pub(crate) fn roll_up_goals(&mut self) -> Result<usize, Error> {
        let goals = bodies(self.store, "goal")?;
        if goals.is_empty() {
            return Ok(0);
        }
        let calendars = bodies(self.store, "fiscal_calendar")?;
        let in_use = |body: &&Body| body.get("state").and_then(Value::as_str) == Some("active");
        let definitions = Definitions {
            metrics: bodies(self.store, "goal_metric")?,
            queries: bodies(self.store, "rollup_query")?,
            calendar: calendars.iter().filter(in_use).find_map(Calendar::read).unwrap_or_default(),
            goals,
        };
        let plan = Plan::new(&definitions);
        let wanted: BTreeSet<&str> = plan.needs().into_iter().map(|need| need.entity).collect();
        let mut candidates = Vec::new();
        for kind in wanted {
            let entity = record::find(kind).ok_or(Error::Damaged { what: "record type" })?;
            candidates.extend(bodies(self.store, kind)?.into_iter().map(|body| Candidate { entity, body }));
        }
        let counted = plan.roll_up(&candidates, time::date_of(self.now_ms), 0);
        let mut changed = 0;
        for body in definitions.goals.iter().filter(in_use) {
            let id = body.get("id").and_then(Value::as_str).and_then(|id| id.parse::<RecordId>().ok());
            let Some((id, rollup)) = id.and_then(|id| Some((id, counted.get(&id)?))) else { continue };
            changed += usize::from(self.put_rollup(id, body, rollup)?);
        }
        Ok(changed)
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
            let held = Arc::new(Held::new(kind, metric.id(), &self.server)?);
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
