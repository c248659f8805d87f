//! A goal's own words: what its record says.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::{Sum, at, number, text, yes};
use crate::ids::RecordId;

/// A goal, read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Goal {
    pub(super) metric: Option<RecordId>,
    pub(super) owner: Option<String>,
    pub(super) parent: Option<RecordId>,
    pub(super) period: Option<Map<String, Value>>,
    pub(super) target: Option<Decimal>,
    pub(super) stretch_target: Option<Decimal>,
    pub(super) currency: Option<String>,
    pub(super) only_from_children: bool,
    pub(super) everybodys: bool,
    pub(super) overridden: bool,
    pub(super) discarded: bool,
    /// Sums that stand, whatever the records say.
    stated: [Option<Decimal>; 3],
    queries: [Option<RecordId>; 3],
}

impl Goal {
    /// Reads a record of the type `goal`.
    pub(super) fn read(body: &Map<String, Value>) -> Self {
        let id = |name: &str| text(body, name).and_then(|id| id.parse().ok());
        let amount = |name: &str| at(body, name).and_then(number);
        let active = text(body, "state").is_none_or(|state| state == "active");
        let overridden = yes(body, "overridden.is_overridden");
        let stated = |sum: Sum| {
            let by_hand = amount(&format!("overridden.{}", sum.name())).filter(|_| overridden);
            // A closed goal is not counted again: what the server last said stays.
            by_hand.or_else(|| amount(sum.name()).filter(|_| !active))
        };
        Self {
            metric: id("metric"),
            owner: text(body, "owner").map(str::to_owned),
            parent: id("parent_goal"),
            period: body.get("period").and_then(Value::as_object).cloned(),
            target: amount("target"),
            stretch_target: amount("stretch_target"),
            currency: text(body, "currency").map(str::to_owned),
            only_from_children: yes(body, "only_from_children"),
            everybodys: text(body, "record_set") == Some("all"),
            overridden,
            discarded: !active && text(body, "status_reason") == Some("discarded"),
            stated: Sum::ALL.map(stated),
            queries: Sum::ALL.map(|sum| id(&format!("{}_query", sum.name()))),
        }
    }

    /// What stands for a sum, whatever the records say.
    pub(super) fn stated(&self, sum: Sum) -> Option<Decimal> {
        pick(&self.stated, sum)
    }

    /// The rollup query of a sum.
    pub(super) fn query(&self, sum: Sum) -> Option<RecordId> {
        pick(&self.queries, sum)
    }
}

fn pick<T: Copy>(of: &[Option<T>; 3], sum: Sum) -> Option<T> {
    let [actual, in_progress, custom] = of;
    match sum {
        Sum::Actual => *actual,
        Sum::InProgress => *in_progress,
        Sum::Custom => *custom,
    }
}
