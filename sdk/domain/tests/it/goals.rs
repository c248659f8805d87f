//! Goals: the worked example of the domain with exact decimals, and what counts for which goal.

use crate::book::object;
use chrono::NaiveDate;
use fieldbook_domain::goal::metric::DEFAULT_METRICS;
use fieldbook_domain::goal::periods::{Calendar, Days, Template};
use fieldbook_domain::goal::{Candidate, Definitions, Plan, Rollup};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::money;
use fieldbook_domain::record::{Record, goal::GoalMetric, opportunity::Opportunity};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

mod periods;
mod trees;

fn d(text: &str) -> Decimal {
    money::parse(text).unwrap()
}

fn day(text: &str) -> NaiveDate {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap()
}

fn id(number: u32) -> RecordId {
    format!("00000000-0000-4000-8000-{number:012}").parse().unwrap()
}

fn user(number: u32) -> String {
    format!("user:{}", id(number))
}

/// Revenue, as organisations get it.
fn revenue() -> Map<String, Value> {
    let mut body = DEFAULT_METRICS[0].fields();
    body.insert("id".into(), json!(DEFAULT_METRICS[0].id()));
    body
}

fn goal(number: u32, owner: u32, more: Value) -> Map<String, Value> {
    let mut body = object(json!({
        "id": id(number),
        "state": "active",
        "status_reason": "open",
        "metric": DEFAULT_METRICS[0].id(),
        "owner": user(owner),
        "period": { "kind": "fiscal", "fiscal_year": 2026, "fiscal_period": 1 },
        "currency": "USD",
    }));
    body.extend(object(more));
    body
}

fn opportunity(number: u32, owner: u32, more: Value) -> Candidate {
    let mut body = object(json!({ "id": id(number), "owner": user(owner), "pricing": { "currency": "USD" } }));
    body.extend(object(more));
    Candidate { entity: Opportunity::TYPE, body }
}

fn won(number: u32, owner: u32, amount: &str, on: &str) -> Candidate {
    opportunity(number, owner, json!({ "state": "won", "actual_value": amount, "actual_close_date": on }))
}

fn open(number: u32, owner: u32, amount: &str, on: &str) -> Candidate {
    opportunity(number, owner, json!({ "state": "open", "est_value": { "amount": amount }, "est_close_date": on }))
}

fn plan(goals: &[Map<String, Value>]) -> Plan {
    let calendar = Calendar { year_start: day("2026-01-01"), template: Template::named("quarter") };
    Plan::new(&Definitions { goals: goals.to_vec(), metrics: vec![revenue()], queries: Vec::new(), calendar })
}

fn count(goals: &[Map<String, Value>], records: &[Candidate]) -> BTreeMap<RecordId, Rollup> {
    plan(goals).roll_up(records, day("2026-01-31"), 60)
}

const A: u32 = 1;
const B: u32 = 2;
const MANAGER: u32 = 3;

fn example(only_from_children: bool) -> Vec<Map<String, Value>> {
    vec![
        goal(101, A, json!({ "parent_goal": id(103), "target": "100000", "stretch_target": "120000" })),
        goal(102, B, json!({ "parent_goal": id(103), "target": "80000" })),
        goal(103, MANAGER, json!({ "target": "200000", "only_from_children": only_from_children })),
    ]
}

fn example_records() -> Vec<Candidate> {
    let mut euros = won(6, B, "9200", "2026-02-10");
    euros.body.extend(object(json!({ "pricing": { "currency": "EUR" }, "exchange_rate": "0.92" })));
    vec![
        won(1, A, "48250.00", "2026-01-15"),
        won(2, A, "31750.50", "2026-03-31"),
        won(3, A, "10000", "2026-04-01"),
        open(4, A, "20000", "2026-03-20"),
        open(5, A, "15000", "2026-04-02"),
        euros,
        won(7, B, "51400.00", "2026-02-01"),
        open(8, B, "5000", "2026-03-30"),
        won(9, MANAGER, "12000.00", "2026-02-20"),
    ]
}

#[test]
fn the_example_of_the_domain_comes_out_to_the_cent() {
    let found = count(&example(true), &example_records());

    let (a, b, manager) = (&found[&id(101)], &found[&id(102)], &found[&id(103)]);
    assert_eq!((a.actual, a.in_progress), (d("80000.50"), d("20000")));
    assert_eq!((a.percentage, a.stretch_percentage), (Some(d("80.00")), Some(d("66.67"))));
    assert_eq!((b.actual, b.in_progress), (d("61400.00"), d("5000")));
    assert_eq!((b.percentage, b.stretch_percentage), (Some(d("76.75")), None));
    assert_eq!((manager.actual, manager.in_progress), (d("141400.50"), d("25000")));
    assert_eq!(manager.percentage, Some(d("70.70")));
    assert_eq!((manager.records, manager.unconverted), (6, 0));
    assert_eq!(manager.days, Some(Days { from: day("2026-01-01"), to: day("2026-03-31") }));
    assert!(found.values().all(|rollup| rollup.problem.is_none() && !rollup.overridden && rollup.custom.is_zero()));
}

#[test]
fn a_managers_own_sales_count_where_the_goal_lets_them() {
    let manager = &count(&example(false), &example_records())[&id(103)];

    assert_eq!((manager.actual, manager.percentage), (d("153400.50"), Some(d("76.70"))));
}

#[test]
fn what_is_due_today_grows_with_the_days() {
    let due = |today: &str| plan(&example(true)).roll_up(&[], day(today), 0)[&id(101)].target_today;

    assert_eq!(due("2025-12-31"), Some(d("0")));
    assert_eq!(due("2026-01-01"), Some(d("1111.11")));
    assert_eq!(due("2026-01-31"), Some(d("34444.44")));
    assert_eq!(due("2026-03-31"), Some(d("100000")));
    assert_eq!(due("2027-01-01"), Some(d("100000")));
}

#[test]
fn a_target_of_nothing_has_no_percentage() {
    let found = count(&[goal(101, A, json!({ "target": "0" })), goal(102, A, json!({}))], &example_records());

    assert_eq!((found[&id(101)].percentage, found[&id(101)].target_today), (None, Some(d("0"))));
    assert_eq!((found[&id(102)].percentage, found[&id(102)].target_today), (None, None));
    assert_eq!(found[&id(102)].actual, d("80000.50"));
}

#[test]
fn a_record_several_goals_count_is_counted_once_above_them() {
    let everybodys = |number: u32| goal(number, A, json!({ "record_set": "all", "parent_goal": id(103) }));
    let top = goal(103, MANAGER, json!({ "record_set": "all" }));

    let found = count(&[everybodys(101), everybodys(102), top], &example_records());

    let actuals: Vec<Decimal> = found.values().map(|rollup| rollup.actual).collect();
    assert_eq!(actuals, [d("153400.50"); 3]);
}

#[test]
fn a_stated_sum_wins_and_its_records_count_no_more_above_it() {
    let mut goals = example(false);
    goals[2].insert("record_set".into(), json!("all"));
    goals[0].insert("overridden".into(), json!({ "is_overridden": true, "actual": "90000" }));

    let found = count(&goals, &example_records());

    assert_eq!((found[&id(101)].actual, found[&id(101)].percentage), (d("90000"), Some(d("90.00"))));
    assert!(found[&id(101)].overridden);
    assert_eq!(found[&id(101)].in_progress, d("20000"), "not stated, so counted");
    assert_eq!(found[&id(103)].actual, d("163400"), "90000 stated, 61400 of B, 12000 of the manager");

    goals[0].insert("overridden".into(), json!({ "is_overridden": false, "actual": "90000" }));
    assert_eq!(count(&goals, &example_records())[&id(101)].actual, d("80000.50"));
}

#[test]
fn a_closed_goal_keeps_what_the_server_counted_and_a_discarded_one_counts_for_nothing() {
    let mut goals = example(true);
    goals[0].extend(object(json!({ "state": "inactive", "status_reason": "closed", "actual": "70000" })));
    goals[1].extend(object(json!({ "state": "inactive", "status_reason": "discarded" })));

    let found = count(&goals, &example_records());

    assert_eq!((found[&id(101)].actual, found[&id(103)].actual), (d("70000"), d("70000")));
    assert_eq!(found[&id(103)].in_progress, d("20000"));
}

#[test]
fn a_query_leaves_records_out() {
    let query = |conditions: Value| object(json!({ "id": id(500), "entity": "opportunity", "conditions": conditions }));
    let actual = |query: Map<String, Value>| {
        let goals = vec![goal(101, A, json!({ "actual_query": id(500), "record_set": "all" }))];
        let definitions = Definitions { goals, metrics: vec![revenue()], queries: vec![query], calendar: Calendar::default() };
        let found = Plan::new(&definitions).roll_up(&example_records(), day("2026-01-31"), 0);
        (found[&id(101)].actual, found[&id(101)].problem.as_ref().map(|refusal| refusal.code.clone()))
    };
    let when = |field: &str, operator: &str, value: &str| {
        actual(query(json!([{ "field": field, "operator": operator, "value": value }]))).0
    };

    assert_eq!(when("pricing.currency", "eq", "EUR"), d("10000"));
    assert_eq!(when("pricing.currency", "ne", "USD"), d("10000"));
    assert_eq!(when("actual_value", "ge", "31750.5"), d("131400.50"));
    assert_eq!(when("actual_value", "gt", "9200"), d("143400.50"), "as numbers, not as text");
    assert_eq!(when("actual_close_date", "lt", "2026-02-01"), d("48250"));
    assert_eq!(when("actual_close_date", "le", "2026-02-01"), d("99650"));
    assert_eq!(when("owner", "eq", &id(MANAGER).to_string()), d("12000"));
    assert_eq!(when("owner", "eq", &user(MANAGER)), d("12000"));
    assert_eq!(when("exchange_rate", "not_null", ""), d("10000"));
    assert_eq!(when("exchange_rate", "null", ""), d("143400.50"));
    assert_eq!(when("pricing.currency", "contains", "u"), d("153400.50"), "whatever the case");
    assert_eq!(when("pricing.currency", "sounds_like", "EUR"), d("0"), "a newer app's comparison takes nothing");
    assert_eq!(actual(object(json!({ "id": id(500), "entity": "account" }))).0, d("0"));
    let missing = object(json!({ "id": id(501), "entity": "opportunity" }));
    assert_eq!(actual(missing), (d("0"), Some("goal.query".to_owned())));
}

#[test]
fn counts_add_ones_and_amounts_of_another_currency_without_a_rate_are_told() {
    let metric = &DEFAULT_METRICS[1];
    let mut counting = metric.fields();
    counting.insert("id".into(), json!(metric.id()));
    let goals = vec![goal(101, B, json!({ "metric": metric.id(), "target": "3" })), goal(102, B, json!({}))];
    let definitions = Definitions { goals, metrics: vec![revenue(), counting], ..Definitions::default() };
    let mut records = example_records();
    records[5].body.remove("exchange_rate");

    let found = Plan::new(&definitions).roll_up(&records, day("2026-01-31"), 0);

    assert_eq!((found[&id(101)].actual, found[&id(101)].in_progress), (d("2"), d("1")));
    assert_eq!((found[&id(101)].percentage, found[&id(101)].unconverted), (Some(d("66.67")), 0));
    assert_eq!((found[&id(102)].actual, found[&id(102)].unconverted), (d("60600"), 1));
}

#[test]
fn other_records_count_by_the_day_of_the_organisation() {
    let metric = json!({ "id": id(600), "name": "Tasks", "metric_type": "count", "rollup_fields": [
        { "id": id(1), "field": "actual", "source_entity": "task", "source_state": "completed", "source_status": "completed",
          "date_attribute": "actual_end" } ] });
    let goals = vec![goal(101, A, json!({ "metric": id(600) }))];
    let task = json!({ "id": id(1), "owner": user(A), "state": "completed", "status_reason": "completed",
        "actual_end": "2026-03-31T22:30:00.000Z" });
    let task = Candidate { entity: fieldbook_domain::record::find("task").unwrap(), body: object(task) };
    let definitions = Definitions { goals, metrics: vec![object(metric)], ..Definitions::default() };
    let actual =
        |offset| Plan::new(&definitions).roll_up(std::slice::from_ref(&task), day("2026-03-31"), offset)[&id(101)].actual;

    assert_eq!((actual(60), actual(120)), (d("1"), d("0")), "23:30 still counts, 00:30 of the next day does not");
}

#[test]
fn a_child_is_measured_as_its_parent_is() {
    let mut goals = example(true);
    goals[0].insert("period".into(), json!({ "kind": "custom", "from": "2020-01-01", "to": "2020-12-31" }));
    goals[0].insert("metric".into(), json!(id(999)));

    let found = count(&goals, &example_records());

    assert_eq!(found[&id(101)].actual, d("80000.50"));
    assert_eq!(found[&id(101)].problem, None);
}

#[test]
fn what_cannot_be_counted_says_why() {
    let problem = |more: Value| {
        let found = count(&[goal(101, A, more)], &example_records());
        assert_eq!(found[&id(101)].actual, Decimal::ZERO);
        let refusal = found[&id(101)].problem.clone().unwrap();
        (refusal.code, refusal.message)
    };
    let period = |period: Value| {
        let (code, message) = problem(json!({ "period": period }));
        assert_eq!(code, "goal.period");
        message
    };

    assert!(period(json!(null)).contains("no period"));
    assert!(period(json!({ "kind": "custom", "from": "2026-03-31", "to": "2026-01-01" })).contains("before it starts"));
    assert!(period(json!({ "kind": "custom", "from": "2026-03-31" })).contains("its first and its last day"));
    assert!(period(json!({ "kind": "fiscal", "fiscal_year": 2026 })).contains("period.fiscal_period"));
    assert!(period(json!({ "kind": "fiscal", "fiscal_year": 2026, "fiscal_period": 17 })).contains("no fiscal period 17"));
    assert!(period(json!({ "kind": "fiscal", "fiscal_year": 2026, "fiscal_period": 101 })).contains("divided by quarter"));
    assert!(period(json!({ "kind": "fiscal", "fiscal_year": 999_999_999, "fiscal_period": 1 })).contains("no calendar"));
    assert_eq!(problem(json!({ "metric": id(999) })).0, "goal.metric");
    let year = goal(101, A, json!({ "period": { "kind": "fiscal", "fiscal_year": 2026, "fiscal_period": 301 } }));
    assert_eq!(count(&[year], &example_records())[&id(101)].actual, d("90000.50"), "the year is a period of every calendar");
}

#[test]
fn a_metric_that_names_what_is_not_there_says_so_and_counts_the_rest() {
    let row = |more: Value| {
        let mut row = object(json!({ "id": id(1), "field": "in_progress", "source_entity": "opportunity",
            "source_attribute": "est_value", "date_attribute": "est_close_date" }));
        row.extend(object(more));
        let mut metric = revenue();
        let rows = metric["rollup_fields"].as_array().unwrap().clone();
        metric.insert("rollup_fields".into(), json!([rows[0], row]));
        let definitions = Definitions { goals: vec![goal(101, A, json!({}))], metrics: vec![metric], ..Definitions::default() };
        let plan = Plan::new(&definitions);
        assert!(plan.needs().iter().all(|need| ["actual_close_date", "est_close_date"].contains(&need.date.as_str())));
        plan.roll_up(&example_records(), day("2026-01-31"), 0)[&id(101)].clone()
    };

    assert_eq!(row(json!({})).problem, None);
    for wrong in [
        json!({ "field": "best_case" }),
        json!({ "source_entity": "spaceship" }),
        json!({ "source_attribute": "mood" }),
        json!({ "date_attribute": "topic" }),
        json!({ "date_attribute": "' OR 1=1 --" }),
    ] {
        let found = row(wrong.clone());
        assert_eq!(found.problem.map(|refusal| refusal.code).as_deref(), Some("goal.metric"), "{wrong}");
        assert_eq!((found.actual, found.in_progress), (d("80000.50"), d("0")), "{wrong}");
    }
}

#[test]
fn needs_name_the_records_of_the_owners_and_only_of_the_goals_asked_for() {
    let whole = plan(&example(true));
    let needs = whole.needs();
    let one = whole.only(id(101)).needs();

    assert_eq!(needs.len(), 2);
    let won = &needs[0];
    assert_eq!((won.entity, won.state.as_deref(), won.date.as_str()), ("opportunity", Some("won"), "actual_close_date"));
    assert_eq!(won.owners.as_ref().unwrap().iter().cloned().collect::<Vec<_>>(), [user(A), user(B)]);
    assert_eq!(one[1].owners.as_ref().unwrap().iter().cloned().collect::<Vec<_>>(), [user(A)]);
    let everybodys = plan(&[goal(101, A, json!({ "record_set": "all" })), goal(102, B, json!({}))]);
    assert!(everybodys.needs().iter().all(|need| need.owners.is_none()));
}

#[test]
fn default_metrics_are_records_with_the_same_ids_everywhere() {
    for metric in DEFAULT_METRICS {
        for (name, value) in metric.fields() {
            match GoalMetric::TYPE.field(&name) {
                Some(field) => assert_eq!(field.check(&value).unwrap(), value),
                None => {
                    let collection = GoalMetric::TYPE.collection(&name).unwrap();
                    for row in value.as_array().unwrap() {
                        let checked =
                            collection.fields.iter().map(|field| field.check(row.get(field.name).unwrap_or(&Value::Null)));
                        checked.for_each(|value| drop(value.unwrap()));
                    }
                }
            }
        }
    }
    assert_eq!(DEFAULT_METRICS[0].id().to_string(), "397337ca-3bef-5c45-b0c1-44c0b452b316");
    assert_ne!(DEFAULT_METRICS[0].id(), DEFAULT_METRICS[1].id());
}
