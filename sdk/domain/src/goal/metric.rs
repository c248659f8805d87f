//! What is measured: which records make up a metric's sums, and the metrics an organisation starts with.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Sum, number, text};
use crate::field::Kind;
use crate::ids::RecordId;
use crate::record::{self, RecordType};
use crate::refusal::{Refusal, a};
use crate::view;
use rust_decimal::Decimal;

/// Days every record has besides its declared ones.
const STAMPS: &[&str] = &["created_at", "modified_at"];

/// A metric, as far as it can be counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Metric {
    /// Whether amounts are converted to the organisation's currency.
    pub(super) is_money: bool,
    /// Which records make it up, each sum's first row first.
    pub(super) sources: Vec<Source>,
    /// Why some of it cannot be counted.
    pub(super) problem: Option<Refusal>,
}

/// Records that make up one sum.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) sum: Sum,
    pub(super) entity: &'static RecordType,
    /// What is added up; `None` counts.
    pub(super) attribute: Option<String>,
    pub(super) state: Option<String>,
    pub(super) status: Option<String>,
    pub(super) date: String,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        let Source { sum, entity, attribute, state, status, date } = self;
        *sum == other.sum
            && entity.name == other.entity.name
            && (attribute, state, status, date) == (&other.attribute, &other.state, &other.status, &other.date)
    }
}

impl Metric {
    /// Reads a record of the type `goal_metric`.
    pub(super) fn read(body: &Map<String, Value>) -> Self {
        let is_count = text(body, "metric_type") == Some("count");
        let is_money = !is_count && text(body, "amount_type").is_none_or(|kind| kind == "money");
        let rows = body.get("rollup_fields").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
        let mut metric = Metric { is_money, ..Metric::default() };
        for row in rows {
            match Source::read(row, is_count) {
                Ok(source) => metric.sources.push(source),
                Err(refusal) => metric.problem = metric.problem.or(Some(refusal)),
            }
        }
        if metric.sources.is_empty() && metric.problem.is_none() {
            metric.problem = Some(wrong("the metric has no rollup fields: say which records make it up".to_owned()));
        }
        metric
    }
}

impl Source {
    fn read(row: &Map<String, Value>, is_count: bool) -> Result<Self, Refusal> {
        let word = |name: &str| text(row, name).unwrap_or_default();
        let owned = |name: &str| text(row, name).map(str::to_owned);
        let sum = Sum::named(word("field")).ok_or_else(|| wrong(format!("the metric has no sum \"{}\"", word("field"))))?;
        let unknown = || wrong(format!("the metric counts {}, which this version does not know", word("source_entity")));
        let entity = record::find(word("source_entity")).ok_or_else(unknown)?;
        let date = word("date_attribute");
        if !is_day(entity, date) {
            return Err(wrong(format!("{} has no day \"{date}\": name a field that holds one", a(entity.name))));
        }
        let attribute = owned("source_attribute").filter(|_| !is_count);
        let head = |path: &str| path.split_once('.').map_or(path, |(head, _)| head).to_owned();
        if !is_count && attribute.as_deref().is_none_or(|path| entity.field(&head(path)).is_none()) {
            let message = format!("{} has no field \"{}\" to add up", a(entity.name), word("source_attribute"));
            return Err(wrong(message));
        }
        let (state, status) = (owned("source_state"), owned("source_status"));
        Ok(Source { sum, entity, attribute, state, status, date: date.to_owned() })
    }

    /// What a record adds to the sum, in its own currency; `None` if it adds nothing.
    pub(super) fn value(&self, body: &Map<String, Value>) -> Option<Decimal> {
        match self.attribute.as_deref() {
            None => Some(Decimal::ONE),
            // What a sale is expected to bring may be typed, or the total of its lines.
            Some("est_value") => view::expected_value(body).as_ref().and_then(number),
            Some(path) => super::at(body, path).and_then(number),
        }
    }
}

fn is_day(entity: &RecordType, name: &str) -> bool {
    STAMPS.contains(&name) || entity.field(name).is_some_and(|field| matches!(field.kind, Kind::Date | Kind::Time))
}

fn wrong(message: String) -> Refusal {
    Refusal::field("goal.metric", "metric", message)
}

/// A metric an organisation starts with.
#[derive(Debug)]
pub struct DefaultMetric {
    /// What it is called.
    pub name: &'static str,
    /// `amount` or `count`.
    pub metric_type: &'static str,
    /// What is added up.
    pub amount_type: &'static str,
    /// The sum, the field added up, the state, and the field of the day, of opportunities.
    pub rollup_fields: &'static [(&'static str, &'static str, &'static str, &'static str)],
}

const WON_AND_OPEN: &[(&str, &str, &str, &str)] =
    &[("actual", "actual_value", "won", "actual_close_date"), ("in_progress", "est_value", "open", "est_close_date")];

/// The metrics an organisation starts with (`domain.md` 6.1): data to create `goal_metric` records from, where there are none.
#[rustfmt::skip]
pub const DEFAULT_METRICS: &[DefaultMetric] = &[
    DefaultMetric { name: "Revenue",              metric_type: "amount", amount_type: "money",   rollup_fields: WON_AND_OPEN },
    DefaultMetric { name: "No. of opportunities", metric_type: "count",  amount_type: "integer", rollup_fields: WON_AND_OPEN },
];

impl DefaultMetric {
    /// The id of its record, the same wherever it is created first.
    #[must_use]
    pub fn id(&self) -> RecordId {
        RecordId(Uuid::nil()).derived("goal_metric").derived(self.name)
    }

    /// The fields of its record.
    #[must_use]
    pub fn fields(&self) -> Map<String, Value> {
        let row = |(sum, attribute, state, date): &(&str, &str, &str, &str)| {
            json!({
                "id": self.id().derived(sum),
                "field": sum,
                "source_entity": "opportunity",
                "source_attribute": attribute,
                "source_state": state,
                "date_attribute": date,
            })
        };
        let rows = self.rollup_fields.iter().map(row).collect();
        Map::from_iter([
            ("name".to_owned(), Value::from(self.name)),
            ("metric_type".to_owned(), Value::from(self.metric_type)),
            ("amount_type".to_owned(), Value::from(self.amount_type)),
            ("rollup_fields".to_owned(), Value::Array(rows)),
        ])
    }
}
