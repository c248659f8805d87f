//! Goals: how far somebody has come, as far as the phone can tell.

use chrono::NaiveDate;
use fieldbook_device as device;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::refusal::Refusal;
use fieldbook_domain::time::{self, Timestamp};
use rust_decimal::Decimal;

use super::count;

/// A goal and how far it has come.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
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
    pub depth: i64,
    /// `active` or `inactive`.
    pub state: String,
    /// Open, closed or discarded.
    pub status_reason: String,
    /// What is measured.
    pub metric: Option<RecordId>,
    /// What that is called, where the book knows.
    pub metric_name: Option<String>,
    /// The first day that counts, where the period is one.
    pub from_day: Option<NaiveDate>,
    /// The last day that counts.
    pub to_day: Option<NaiveDate>,
    /// The currency of the amounts.
    pub currency: Option<String>,
    /// What is to be reached.
    pub target: Option<Decimal>,
    /// What would be more than enough.
    pub stretch_target: Option<Decimal>,
    /// Reached.
    pub actual: Decimal,
    /// Under way.
    pub in_progress: Decimal,
    /// The metric's third sum.
    pub custom: Decimal,
    /// How much of the target is reached, in percent; nothing where the target is nothing.
    pub percentage: Option<Decimal>,
    /// How much of the stretch target is reached, in percent.
    pub stretch_percentage: Option<Decimal>,
    /// What would be reached today by somebody who comes as far every day.
    pub target_today: Option<Decimal>,
    /// Whether a manager stated what was reached.
    pub overridden: bool,
    /// How many records are in the sums.
    pub records: i64,
    /// How many of them are in another currency without saying at which rate; they were taken as they are.
    pub unconverted: i64,
    /// Why some of it could not be counted.
    pub problem: Option<Refusal>,
    /// Always: a phone does not hold every record.
    pub estimate: bool,
    /// When it was counted.
    pub as_of: Timestamp,
}

impl From<device::GoalProgress> for GoalProgress {
    fn from(progress: device::GoalProgress) -> Self {
        let rollup = progress.rollup;
        Self {
            goal: progress.goal,
            title: progress.title,
            owner: progress.owner,
            owner_name: progress.owner_name,
            parent: progress.parent,
            depth: i64::from(progress.depth),
            state: progress.state,
            status_reason: progress.status_reason,
            metric: progress.metric,
            metric_name: progress.metric_name,
            from_day: rollup.days.map(|days| days.from),
            to_day: rollup.days.map(|days| days.to),
            currency: progress.currency,
            target: progress.target,
            stretch_target: progress.stretch_target,
            actual: rollup.actual,
            in_progress: rollup.in_progress,
            custom: rollup.custom,
            percentage: rollup.percentage,
            stretch_percentage: rollup.stretch_percentage,
            target_today: rollup.target_today,
            overridden: rollup.overridden,
            records: count(rollup.records),
            unconverted: count(rollup.unconverted),
            problem: rollup.problem,
            estimate: progress.estimate,
            as_of: time::from_ms(progress.as_of_ms),
        }
    }
}
