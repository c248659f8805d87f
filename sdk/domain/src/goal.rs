//! Goals: how far somebody has come towards what they are to reach (`domain.md` 6).
//!
//! Pure: the phone estimates from the records it holds, and says so; the server counts all of them with this same code. A
//! [`Plan`] is what the goals, metrics and rollup queries come to; it tells which records it [needs](Plan::needs) and makes a
//! [`Rollup`] of each goal from them. Whether the goal's manager can read a record is not asked: everybody reads everything.

pub mod metric;
pub mod periods;
pub mod plan;
pub mod rollup;

mod definition;
mod forest;
mod query;

pub use plan::{Definitions, Need, Plan};
pub use rollup::{Candidate, Count, Rollup};

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::field;

/// The three sums a metric may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sum {
    /// What was reached.
    Actual,
    /// What is under way.
    InProgress,
    /// What the organisation likes to see besides.
    Custom,
}

impl Sum {
    /// All of them.
    pub const ALL: [Sum; 3] = [Sum::Actual, Sum::InProgress, Sum::Custom];

    /// The name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Sum::Actual => "actual",
            Sum::InProgress => "in_progress",
            Sum::Custom => "custom",
        }
    }

    fn named(name: &str) -> Option<Sum> {
        Self::ALL.into_iter().find(|sum| sum.name() == name)
    }
}

/// What a record holds in a field, or in a part of one written `field.part`.
fn at<'b>(body: &'b Map<String, Value>, path: &str) -> Option<&'b Value> {
    let found = match path.split_once('.') {
        Some((field, part)) => body.get(field)?.get(part),
        None => body.get(path),
    };
    found.filter(|value| !value.is_null())
}

fn text<'b>(body: &'b Map<String, Value>, path: &str) -> Option<&'b str> {
    at(body, path).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn number(value: &Value) -> Option<Decimal> {
    value.as_i64().map(Decimal::from).or_else(|| field::decimal(Some(value)))
}

fn yes(body: &Map<String, Value>, path: &str) -> bool {
    at(body, path).and_then(Value::as_bool).unwrap_or(false)
}
