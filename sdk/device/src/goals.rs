//! Goals: how far somebody has come, as far as the records held here tell.
//!
//! What counts is decided in `fieldbook-domain`; here the records it needs are found, by the day they count on.

use std::collections::BTreeMap;

use fieldbook_domain::field;
use fieldbook_domain::goal::periods::Calendar;
use fieldbook_domain::goal::{Candidate, Definitions, Need, Plan, Rollup};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::time;
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params_from_iter};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::desk::declared;
use crate::error::Error;
use crate::query::{self, Statement};
use crate::report;
use crate::store::projection;

type Body = Map<String, Value>;

/// A goal and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GoalProgress {
    /// The goal.
    pub goal: RecordId,
    /// What it is called.
    pub title: String,
    /// Whose goal it is.
    pub owner: Option<RecordRef>,
    /// What they are called, where the book knows.
    pub owner_name: Option<String>,
    /// The goal above, where the book holds it.
    pub parent: Option<RecordId>,
    /// How many goals are above it.
    pub depth: u32,
    /// `active` or `inactive`.
    pub state: String,
    /// Open, closed or discarded.
    pub status_reason: String,
    /// What is measured.
    pub metric: Option<RecordId>,
    /// What that is called, where the book knows.
    pub metric_name: Option<String>,
    /// The currency of the amounts.
    pub currency: Option<String>,
    /// What is to be reached.
    pub target: Option<Decimal>,
    /// What would be more than enough.
    pub stretch_target: Option<Decimal>,
    /// How far it has come.
    #[serde(flatten)]
    pub rollup: Rollup,
    /// Always: a phone does not hold every record.
    pub estimate: bool,
    /// When it was counted, in milliseconds since 1970.
    pub as_of_ms: i64,
}

/// One goal, whatever its state.
pub(crate) fn one(connection: &Connection, goal: RecordId, now_ms: i64) -> Result<GoalProgress, Error> {
    let found = count(connection, Some(goal), now_ms)?.into_iter().find(|progress| progress.goal == goal);
    found.ok_or_else(|| Error::not_found("goal", goal))
}

/// The open goals, each before those below it, goals side by side by their title.
pub(crate) fn open(connection: &Connection, now_ms: i64) -> Result<Vec<GoalProgress>, Error> {
    let all = count(connection, None, now_ms)?;
    Ok(all.into_iter().filter(|progress| progress.state == "active").collect())
}

fn count(connection: &Connection, only: Option<RecordId>, now_ms: i64) -> Result<Vec<GoalProgress>, Error> {
    let definitions = Definitions {
        goals: bodies(connection, all_of("goal")?)?,
        metrics: bodies(connection, all_of("goal_metric")?)?,
        queries: bodies(connection, all_of("rollup_query")?)?,
        calendar: calendar(connection)?,
    };
    let mut plan = Plan::new(&definitions);
    if let Some(goal) = only {
        plan = plan.only(goal);
    }
    let mut candidates = Vec::new();
    for need in plan.needs() {
        let entity = declared(need.entity)?;
        let found = bodies(connection, statement(&need)?)?;
        candidates.extend(found.into_iter().map(|body| Candidate { entity, body }));
    }
    // Days are the organisation's; until it says where it is, UTC's.
    let mut counted = plan.roll_up(&candidates, time::date_of(now_ms), 0);
    let mut shown = Vec::new();
    for (depth, goal, body) in in_tree_order(&plan, &definitions.goals) {
        if let Some(rollup) = counted.remove(&goal) {
            shown.push(progress(connection, &plan, (depth, goal, body), rollup, now_ms)?);
        }
    }
    Ok(shown)
}

fn progress(
    connection: &Connection,
    plan: &Plan,
    (depth, goal, body): (u32, RecordId, &Body),
    rollup: Rollup,
    now_ms: i64,
) -> Result<GoalProgress, Error> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let word = |name: &str| text(name).unwrap_or_default().to_owned();
    let owner = text("owner").and_then(|owner| owner.parse::<RecordRef>().ok());
    let owner_name = text("owner").map(|owner| report::name_of(connection, owner)).transpose()?.flatten();
    let metric = plan.metric(goal);
    let metric_name = metric.map(|id| report::name_of(connection, &RecordRef::new("goal_metric", id).to_string()));
    Ok(GoalProgress {
        goal,
        title: word("title"),
        owner,
        owner_name,
        parent: plan.parent(goal),
        depth,
        state: word("state"),
        status_reason: word("status_reason"),
        metric,
        metric_name: metric_name.transpose()?.flatten(),
        currency: text("currency").map(str::to_owned),
        target: field::decimal(body.get("target")),
        stretch_target: field::decimal(body.get("stretch_target")),
        rollup,
        estimate: true,
        as_of_ms: now_ms,
    })
}

/// The goals of a plan with how deep each lies, each before those below it, goals side by side by their title.
fn in_tree_order<'b>(plan: &Plan, goals: &'b [Body]) -> Vec<(u32, RecordId, &'b Body)> {
    let title = |body: &Body| body.get("title").and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = |body: &Body| body.get("id").and_then(Value::as_str).and_then(|id| id.parse::<RecordId>().ok());
    let mut below: BTreeMap<Option<RecordId>, Vec<(String, RecordId, &Body)>> = BTreeMap::new();
    for body in goals {
        let Some(goal) = id(body) else { continue };
        below.entry(plan.parent(goal)).or_default().push((title(body), goal, body));
    }
    for siblings in below.values_mut() {
        // The last one is taken first.
        siblings.sort_by(|(title, goal, _), (other, than, _)| (other, than).cmp(&(title, goal)));
    }
    let mut waiting: Vec<(u32, RecordId, &Body)> = Vec::new();
    let mut next = |depth: u32, parent: Option<RecordId>, waiting: &mut Vec<(u32, RecordId, &'b Body)>| {
        waiting.extend(below.remove(&parent).unwrap_or_default().into_iter().map(|(_, goal, body)| (depth, goal, body)));
    };
    next(0, None, &mut waiting);
    let mut order = Vec::new();
    while let Some((depth, goal, body)) = waiting.pop() {
        order.push((depth, goal, body));
        next(depth.saturating_add(1), Some(goal), &mut waiting);
    }
    order
}

/// The calendar that was there first, where somebody made two.
fn calendar(connection: &Connection) -> Result<Calendar, Error> {
    let sql = "SELECT body FROM record_fiscal_calendar WHERE deleted = 0 AND state = 'active' ORDER BY id";
    let found = bodies(connection, Statement { sql: sql.to_owned(), values: Vec::new() })?;
    Ok(found.iter().find_map(Calendar::read).unwrap_or_default())
}

fn all_of(kind: &str) -> Result<Statement, Error> {
    let sql = format!("SELECT body FROM \"{}\" WHERE deleted = 0", projection::table(declared(kind)?));
    Ok(Statement { sql, values: Vec::new() })
}

/// The statement that finds the records of a need, read from the index of its day where the record type has one.
fn statement(need: &Need) -> Result<Statement, Error> {
    let kind = declared(need.entity)?;
    let date = query::column(kind, &need.date);
    // A moment belongs to a day of the organisation's, so a day more on both sides; the rollup looks again.
    let first = need.days.from.pred_opt().unwrap_or(need.days.from);
    let after = need.days.to.succ_opt().and_then(|day| day.succ_opt()).unwrap_or(need.days.to);
    let mut sql = format!("SELECT body FROM \"{}\" WHERE deleted = 0 AND {date} >= ? AND {date} < ?", projection::table(kind));
    let mut values = vec![Sql::Text(first.to_string()), Sql::Text(after.to_string())];
    // The plus signs leave their indexes alone: few records lie in a period, many are won.
    for (name, wanted) in [("state", &need.state), ("status_reason", &need.status)] {
        if let Some(wanted) = wanted {
            sql.push_str(&format!(" AND +{} = ?", query::column(kind, name)));
            values.push(Sql::Text(wanted.clone()));
        }
    }
    if let Some(owners) = &need.owners {
        let marks = vec!["?"; owners.len()].join(", ");
        sql.push_str(&format!(" AND +{} IN ({marks})", query::column(kind, "owner")));
        values.extend(owners.iter().cloned().map(Sql::Text));
    }
    Ok(Statement { sql, values })
}

fn bodies(connection: &Connection, statement: Statement) -> Result<Vec<Body>, Error> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let rows = prepared.query_map(params_from_iter(statement.values), |row| row.get::<_, String>(0))?;
    let body = |row: String| serde_json::from_str(&row).map_err(|_| Error::ReadStored { place: "projection" });
    rows.map(|row| body(row?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldbook_domain::goal::periods::Days;

    #[test]
    fn records_that_count_are_read_from_the_index_of_their_day() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&projection::ddl(declared("opportunity").unwrap())).unwrap();
        let day = |text: &str| time::parse_date(text).unwrap();
        let need = Need {
            entity: "opportunity",
            state: Some("won".to_owned()),
            status: Some("won".to_owned()),
            date: "actual_close_date".to_owned(),
            days: Days { from: day("2026-01-01"), to: day("2026-03-31") },
            owners: Some(["user:a".to_owned(), "user:b".to_owned()].into()),
        };
        let Statement { sql, values } = statement(&need).unwrap();

        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let plan: String = explain.query_row(params_from_iter(values), |row| row.get(3)).unwrap();

        assert!(plan.contains("USING INDEX record_opportunity_by_actual_close_date"), "{plan}");
    }
}
