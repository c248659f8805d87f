//! Goals on a phone: set, counted from the records held, without a network.

use fieldbook_device::{Book, Error, RecordId};
use fieldbook_domain::goal::metric::DEFAULT_METRICS;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::phone::{ADA, BEN, Phone, map};

/// 2026-03-02, the day of every phone here.
const TODAY: &str = "2026-03-02";

fn d(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn revenue(book: &Book) -> RecordId {
    let metric = &DEFAULT_METRICS[0];
    book.bundle(|bundle| bundle.create("goal_metric", Some(metric.id()), metric.fields())).unwrap()
}

fn goal(book: &Book, more: Value) -> RecordId {
    let mut fields = map(json!({
        "title": "Revenue of a quarter",
        "metric": DEFAULT_METRICS[0].id(),
        "period": { "kind": "fiscal", "fiscal_year": 2026, "fiscal_period": 1 },
        "currency": "USD",
        "target": "1000",
    }));
    fields.extend(map(more));
    book.create("goal", fields).unwrap()
}

fn won(book: &Book, account: RecordId, amount: &str, on: &str) -> RecordId {
    let fields = json!({ "topic": "Pumps", "customer": format!("account:{account}"), "pricing": { "currency": "USD" } });
    let sale = book.create("opportunity", map(fields)).unwrap();
    book.act("opportunity", sale, "win", map(json!({ "actual_value": amount, "actual_close_date": on }))).unwrap();
    sale
}

#[test]
fn a_goal_tree_is_counted_from_what_the_phone_holds() {
    let mut ben = Phone::ben(1);
    let book = ben.book();
    revenue(&book);
    let top = goal(&book, json!({ "title": "Team", "only_from_children": true, "target": "2000" }));
    let own = goal(&book, json!({ "title": "Ben", "parent_goal": top, "stretch_target": "1500" }));
    let other = goal(&book, json!({ "title": "Alone", "record_set": "all" }));
    let account = book.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    won(&book, account, "600.10", "2026-01-01");
    won(&book, account, "150", TODAY);
    won(&book, account, "999", "2025-12-31");
    let gone = won(&book, account, "5000", TODAY);
    book.delete("opportunity", gone).unwrap();
    let open = json!({ "topic": "Valves", "est_value": { "amount": "40" }, "est_close_date": "2026-03-31" });
    book.create("opportunity", map(open)).unwrap();

    let goals = book.goals().unwrap();

    let told: Vec<_> = goals.iter().map(|goal| (goal.title.as_str(), goal.depth, goal.rollup.actual)).collect();
    assert_eq!(told, [("Alone", 0, d("750.10")), ("Team", 0, d("750.10")), ("Ben", 1, d("750.10"))]);
    let ben = book.goal(own).unwrap();
    assert_eq!((ben.parent, ben.estimate, ben.metric_name.as_deref()), (Some(top), true, Some("Revenue")));
    assert_eq!((ben.rollup.percentage, ben.rollup.stretch_percentage), (Some(d("75.01")), Some(d("50.01"))));
    assert_eq!(ben.rollup.in_progress, d("40"));
    assert_eq!(ben.rollup.target_today, Some(d("677.78")), "61 of 90 days");
    assert_eq!(ben.rollup.days.unwrap().to.to_string(), "2026-03-31");
    assert_eq!(ben.owner.unwrap().to_string(), format!("user:{BEN}"));
    assert_eq!(book.goal(top).unwrap().rollup.percentage, Some(d("37.51")));
    assert_eq!(book.goal(other).unwrap().rollup.records, 3);
    assert!(ben.as_of_ms > 1_772_442_000_000);
}

#[test]
fn goals_follow_the_fiscal_calendar_a_query_and_an_override() {
    let mut admin = Phone::of(1, BEN, "Ben", "admin");
    let book = admin.book();
    revenue(&book);
    let calendar = json!({ "name": "April", "year_start": "2020-04-01", "template": "quarter" });
    book.create("fiscal_calendar", map(calendar)).unwrap();
    let query = json!({ "name": "Large", "entity": "opportunity", "conditions":
        [{ "id": "00000000-0000-4000-8000-000000000001", "field": "actual_value", "operator": "ge", "value": "100" }] });
    let query = book.create("rollup_query", map(query)).unwrap();
    let period = json!({ "kind": "fiscal", "fiscal_year": 2025, "fiscal_period": 4 });
    let target = goal(&book, json!({ "period": period, "actual_query": query }));
    let account = book.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    won(&book, account, "600", TODAY);
    won(&book, account, "50", TODAY);

    let counted = book.goal(target).unwrap();
    assert_eq!((counted.rollup.actual, counted.rollup.days.unwrap().from.to_string()), (d("600"), "2026-01-01".to_owned()));

    let was = book.get("goal", target).unwrap();
    let mut now = was.clone();
    now.insert("overridden".into(), json!({ "is_overridden": true, "actual": "777" }));
    book.save("goal", target, &was, &now).unwrap();
    let stated = book.goal(target).unwrap().rollup;
    assert_eq!((stated.actual, stated.overridden, stated.percentage), (d("777"), true, Some(d("77.7"))));
}

#[test]
fn closed_goals_are_left_out_and_loops_are_survived() {
    let mut ben = Phone::ben(1);
    let book = ben.book();
    revenue(&book);
    let (one, two) = (goal(&book, json!({ "title": "One" })), goal(&book, json!({ "title": "Two" })));
    for (goal, parent) in [(one, two), (two, one)] {
        let was = book.get("goal", goal).unwrap();
        let mut now = was.clone();
        now.insert("parent_goal".into(), json!(parent));
        // Two phones can do this together whatever one of them refuses.
        drop(book.save("goal", goal, &was, &now));
    }
    let closed = goal(&book, json!({ "title": "Closed" }));
    book.act("goal", closed, "close", map(json!({}))).unwrap();

    assert_eq!(book.goals().unwrap().len(), 2);
    assert_eq!(book.goal(closed).unwrap().status_reason, "closed");
    let again = book.act("goal", closed, "close", map(json!({}))).unwrap_err();
    assert_eq!(again.code(), "goal.close.state");
    book.act("goal", closed, "reopen", map(json!({}))).unwrap();
    assert_eq!(book.goals().unwrap().len(), 3);
    book.delete("goal", closed).unwrap();
    assert!(matches!(book.goal(closed), Err(Error::NotFound { .. })));
}

#[test]
fn reps_read_goals_and_do_not_set_them() {
    let mut ada = Phone::ada(1);
    let book = ada.book();

    let refused = book.create("goal_metric", DEFAULT_METRICS[0].fields()).unwrap_err();

    assert_eq!(refused.code(), "goal_metric.permission");
    assert!(refused.to_string().contains("managers and administrators"), "{refused}");
    assert_eq!(book.goals().unwrap(), []);
    let ada = ADA.parse().unwrap();
    assert!(matches!(book.goal(ada), Err(Error::NotFound { .. })));
}
