//! What is to be counted for each goal, before any record is looked at.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::definition::Goal;
use super::forest::Forest;
use super::metric::{Metric, Source};
use super::periods::{self, Calendar, Days};
use super::query::Filter;
use crate::ids::RecordId;
use crate::refusal::Refusal;

type Body = Map<String, Value>;

/// The records that say what is to be counted, as people see them; deleted ones left out.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    /// Goals, closed and discarded ones too.
    pub goals: Vec<Body>,
    /// Goal metrics.
    pub metrics: Vec<Body>,
    /// Rollup queries.
    pub queries: Vec<Body>,
    /// The fiscal calendar; calendar years where there is none.
    pub calendar: Calendar,
}

/// What is to be counted for each goal.
///
/// A goal below another is measured by the metric and in the period of the goal at the top (INV-75).
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub(super) goals: BTreeMap<RecordId, Planned>,
    pub(super) forest: Forest,
    wanted: BTreeSet<RecordId>,
}

/// One goal with what it is counted from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Planned {
    pub(super) goal: Goal,
    metric: Option<RecordId>,
    pub(super) days: Option<Days>,
    pub(super) is_money: bool,
    /// The currency of the goal at the top: all goals of a tree convert alike.
    pub(super) currency: Option<String>,
    /// The records of its own that may count.
    pub(super) counted: Vec<Counted>,
    pub(super) problem: Option<Refusal>,
}

/// A source of records with the goal's query for it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counted {
    pub(super) source: Source,
    pub(super) filter: Option<Filter>,
}

/// Records a rollup looks at: it may be given more, and leaves out what does not count.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// Their record type.
    pub entity: &'static str,
    /// The state they are in; else any.
    pub state: Option<String>,
    /// The status reason they are in that state for; else any.
    pub status: Option<String>,
    /// The declared field, or `created_at` or `modified_at`, whose day is one of `days`.
    pub date: String,
    /// The days.
    pub days: Days,
    /// Who they belong to, as `type:id`; else anybody.
    pub owners: Option<BTreeSet<String>>,
}

impl Plan {
    /// Makes a plan for all goals.
    #[must_use]
    pub fn new(definitions: &Definitions) -> Self {
        let goals: BTreeMap<RecordId, Goal> = by_id(&definitions.goals, Goal::read);
        let metrics = by_id(&definitions.metrics, Metric::read);
        let queries = by_id(&definitions.queries, Filter::read);
        let forest = Forest::of(&goals.iter().map(|(id, goal)| (*id, goal.parent)).collect());
        let wanted = goals.keys().copied().collect();
        let planned = goals.iter().map(|(id, goal)| {
            let top = goals.get(&forest.root(*id)).unwrap_or(goal);
            (*id, Planned::of(goal, top, &metrics, &queries, &definitions.calendar))
        });
        Self { goals: planned.collect(), forest, wanted }
    }

    /// The same plan for one goal and those below it.
    #[must_use]
    pub fn only(mut self, goal: RecordId) -> Self {
        self.wanted = self.forest.below(goal);
        self
    }

    /// The goals that are planned for, each before those below it.
    #[must_use]
    pub fn order(&self) -> Vec<RecordId> {
        self.forest.order().iter().copied().filter(|goal| self.wanted.contains(goal)).collect()
    }

    /// The goal above, as far as it is known and no loop.
    #[must_use]
    pub fn parent(&self, goal: RecordId) -> Option<RecordId> {
        self.forest.parent(goal)
    }

    /// What the goal is measured by.
    #[must_use]
    pub fn metric(&self, goal: RecordId) -> Option<RecordId> {
        self.goals.get(&goal).and_then(|planned| planned.metric)
    }

    /// The records a rollup has to look at.
    #[must_use]
    pub fn needs(&self) -> Vec<Need> {
        let mut needs: Vec<Need> = Vec::new();
        for planned in self.wanted.iter().filter_map(|goal| self.goals.get(goal)) {
            let owners = if planned.goal.everybodys { None } else { Some(planned.goal.owner.iter().cloned().collect()) };
            for Counted { source, .. } in &planned.counted {
                let Some(days) = planned.days else { continue };
                let need = Need {
                    entity: source.entity.name,
                    state: source.state.clone(),
                    status: source.status.clone(),
                    date: source.date.clone(),
                    days,
                    owners: owners.clone(),
                };
                join(&mut needs, need);
            }
        }
        needs
    }
}

impl Planned {
    fn of(
        goal: &Goal,
        top: &Goal,
        metrics: &BTreeMap<RecordId, Metric>,
        queries: &BTreeMap<RecordId, Filter>,
        calendar: &Calendar,
    ) -> Self {
        let mut problem = None;
        let days = periods::days_of(top.period.as_ref(), calendar).map_err(|refusal| problem = Some(refusal)).ok();
        let missing = || Refusal::field("goal.metric", "metric", "the goal's metric is not on this device");
        let metric = match top.metric.and_then(|id| metrics.get(&id)) {
            Some(metric) => metric.clone(),
            None => Metric { problem: Some(missing()), ..Metric::default() },
        };
        problem = problem.or(metric.problem);
        let mut counted = Vec::new();
        for source in metric.sources.into_iter().filter(|_| !goal.only_from_children) {
            match goal.query(source.sum).map(|id| queries.get(&id).cloned()) {
                None => counted.push(Counted { source, filter: None }),
                Some(Some(filter)) => counted.push(Counted { source, filter: Some(filter) }),
                // Without its query everything would count.
                Some(None) => {
                    let field = format!("{}_query", source.sum.name());
                    let message = "the goal's rollup query is not on this device";
                    problem = problem.or_else(|| Some(Refusal::field("goal.query", &field, message)));
                }
            }
        }
        let (is_money, currency) = (metric.is_money, top.currency.clone());
        Self { goal: goal.clone(), metric: top.metric, days, is_money, currency, counted, problem }
    }
}

/// Adds to what is needed, together with what differs only in whose records they are.
fn join(needs: &mut Vec<Need>, need: Need) {
    let alike = |other: &&mut Need| {
        let key = |need: &Need| (need.entity, need.state.clone(), need.status.clone(), need.date.clone(), need.days);
        key(other) == key(&need)
    };
    let Some(other) = needs.iter_mut().find(alike) else { return needs.push(need) };
    other.owners = match (other.owners.take(), need.owners) {
        (Some(mut owners), Some(more)) => {
            owners.extend(more);
            Some(owners)
        }
        (None, _) | (_, None) => None,
    };
}

fn by_id<T>(bodies: &[Body], read: impl Fn(&Body) -> T) -> BTreeMap<RecordId, T> {
    let id = |body: &Body| body.get("id").and_then(Value::as_str).and_then(|id| id.parse::<RecordId>().ok());
    bodies.iter().filter_map(|body| Some((id(body)?, read(body)))).collect()
}
