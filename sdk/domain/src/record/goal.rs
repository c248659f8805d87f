//! Goals: what somebody is to reach in a period, how it is measured, and which records count. Managed by managers, read by all.

use super::declare::{part, record};
use crate::constraint::{Test, whole};
use crate::field::{Kind, choice, money, of, reference, text};
use crate::goal::periods::TEMPLATE_NAMES;
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle;
use crate::permission::Access;
use crate::time::Timestamp;
use chrono::NaiveDate;
use rust_decimal::Decimal;

part! {
    /// The days a goal counts: a period of the fiscal calendar, or two days. One register, so that nobody's first day meets
    /// somebody else's last (INV-76).
    GoalPeriod;
    /// Whether the fiscal calendar says the days, or `from` and `to`.
    kind: Option<String> = choice(&["fiscal", "custom"]);
    /// The fiscal year, named for the calendar year it starts in.
    fiscal_year: Option<i64> = of(Kind::Integer { min: 1900, max: 2200 });
    /// 301 the year, 201-202 a half, 1-4 a quarter, 101-112 a month, 401-413 four weeks.
    fiscal_period: Option<i64> = of(Kind::Integer { min: 1, max: 413 });
    /// The first day of a custom period.
    from: Option<NaiveDate> = of(Kind::Date);
    /// The last day of a custom period; it counts.
    to: Option<NaiveDate> = of(Kind::Date);
}

part! {
    /// What a manager says was reached, whatever the records say (INV-79).
    GoalOverride;
    /// Whether the amounts below hold.
    is_overridden: Option<bool> = of(Kind::Bool);
    /// Reached.
    actual: Option<Decimal> = money();
    /// Under way.
    in_progress: Option<Decimal> = money();
    /// The metric's third sum.
    custom: Option<Decimal> = money();
}

record! {
    /// What somebody is to reach in a period.
    Goal is "goal", titled "title", lifecycle &lifecycle::goal::GOAL, access Access::Goals;

    /// What it is called.
    title: String = text(100).required().indexed();
    /// What is measured; a child goal is measured as its parent is (INV-75).
    metric: Option<RecordId> = reference(&["goal_metric"]).commercial().material().required().indexed();
    /// Whose goal it is: a user or a team.
    owner: Option<RecordRef> = reference(&["user", "team"]).commercial().material().required().indexed();
    /// Who set it.
    manager: Option<RecordId> = reference(&["user"]).commercial().indexed();
    /// The days that count; a child goal counts its parent's (INV-75).
    period: Option<GoalPeriod> = of(Kind::Compound(GoalPeriod::FIELDS)).commercial().material().required();
    /// What is to be reached, in the organisation's currency where it is money.
    target: Option<Decimal> = money().material();
    /// What would be more than enough.
    stretch_target: Option<Decimal> = money().material();
    /// Whether only child goals count, and no records of its own.
    only_from_children: Option<bool> = of(Kind::Bool).commercial();
    /// Whose records count.
    record_set: Option<String> = choice(&["owner", "all"]).commercial();
    /// Which records count as reached; else all.
    actual_query: Option<RecordId> = reference(&["rollup_query"]).commercial();
    /// Which records count as under way; else all.
    in_progress_query: Option<RecordId> = reference(&["rollup_query"]).commercial();
    /// Which records count in the metric's third sum; else all.
    custom_query: Option<RecordId> = reference(&["rollup_query"]).commercial();
    /// What a manager says was reached (INV-79).
    overridden: Option<GoalOverride> = of(Kind::Compound(GoalOverride::FIELDS)).commercial().material();
    /// The goal this one is a part of (INV-75).
    parent_goal: Option<RecordId> = reference(&["goal"]).commercial().material().indexed();
    /// The currency of its amounts.
    currency: Option<String> = choice(&["USD", "EUR", "GBP", "CHF", "JPY", "CNY"]).commercial();
    /// Reached, as the server last counted (INV-77).
    actual: Option<Decimal> = money().office();
    /// Under way, as the server last counted (INV-77).
    in_progress: Option<Decimal> = money().office();
    /// The metric's third sum, as the server last counted (INV-77).
    custom: Option<Decimal> = money().office();
    /// How much of the target is reached, in percent (INV-77).
    percentage: Option<Decimal> = of(Kind::Decimal { scale: 2 }).office();
    /// When the server last counted.
    last_rolled_up: Option<Timestamp> = of(Kind::Time).office();

    constraint whole("goal.period", &["period.from", "period.to"], Test::Ordered,
        "the last day of a goal's period is not before the first");
    constraint whole("goal.parent_goal", &["parent_goal"], Test::Tree,
        "a goal is no part of itself, directly or through others, and goals are at most 10 deep").rule("INV-75");
    constraint whole("goal.metric", &["parent_goal"], Test::Holds(crate::constraint::goals::measured_alike),
        "a goal is measured as the goal it is a part of").rule("INV-78");
}

part! {
    /// Which records make up one of a metric's sums.
    RollupField keyed by id;
    /// The sum they make up.
    field: Option<String> = choice(&["actual", "in_progress", "custom"]).commercial().required();
    /// Their record type.
    source_entity: Option<String> = text(60).commercial().required();
    /// The field that is added up; a count needs none.
    source_attribute: Option<String> = text(60).commercial();
    /// The state they must be in; else any.
    source_state: Option<String> = text(60).commercial();
    /// The status reason they must be in that state for; else any.
    source_status: Option<String> = text(60).commercial();
    /// The field whose day must lie in the goal's period.
    date_attribute: Option<String> = text(60).commercial().required();
}

record! {
    /// How goals are measured: what is added up or counted.
    GoalMetric is "goal_metric", titled "name", lifecycle &lifecycle::goal::MANAGED, access Access::Goals;

    /// What it is called.
    name: String = text(100).required().indexed();
    /// Whether a field of the records is added up, or the records are counted (INV-78).
    metric_type: Option<String> = choice(&["amount", "count"]).commercial().required();
    /// What is added up.
    amount_type: Option<String> = choice(&["money", "decimal", "integer"]).commercial();
    /// Whether goals have a stretch target.
    track_stretch: Option<bool> = of(Kind::Bool).commercial();

    collection
    /// Its sums; rows for the same sum count a record once.
    rollup_fields of RollupField;
}

part! {
    /// Something a record must hold to count.
    RollupCondition keyed by id;
    /// The field, or a part of one as `field.part`.
    field: Option<String> = text(60).commercial().required();
    /// How it compares with the value.
    operator: Option<String> = choice(&["eq", "ne", "gt", "ge", "lt", "le", "contains", "null", "not_null"]).commercial().required();
    /// What it is compared with.
    value: Option<String> = text(200).commercial();
}

record! {
    /// Which records of a type count towards a goal.
    RollupQuery is "rollup_query", titled "name", lifecycle &lifecycle::goal::MANAGED, access Access::Goals;

    /// What it is called.
    name: String = text(100).required().indexed();
    /// The record type it is about.
    entity: Option<String> = text(60).commercial().required();

    collection
    /// What a record must hold; all of it.
    conditions of RollupCondition;
}

record! {
    /// How the organisation divides its year.
    FiscalCalendar is "fiscal_calendar", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::People;

    /// What it is called.
    name: String = text(100).required().indexed();
    /// The first day of a fiscal year; its month and day hold for every year.
    year_start: Option<NaiveDate> = of(Kind::Date).commercial().required();
    /// The periods of a year.
    template: Option<String> = choice(TEMPLATE_NAMES).commercial().required();
}
