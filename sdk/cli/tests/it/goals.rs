//! Goals in a terminal: what they are measured by, a tree of them, and how far they have come.

use crate::phone::{OMAR, Phone};
use serde_json::json;

/// A phone with the metric of the domain's example; gives the metric.
fn measured() -> (Phone, String) {
    let phone = Phone::of_omar();
    let metric = phone.does(&["create", "goal_metric", "name=Revenue", "metric_type=amount", "amount_type=money"]);
    for (sum, attribute, state, day) in
        [("actual", "actual_value", "won", "actual_close_date"), ("in_progress", "est_value", "open", "est_close_date")]
    {
        phone.does(&[
            "line",
            "add",
            "goal_metric",
            &metric,
            &format!("field={sum}"),
            "source_entity=opportunity",
            &format!("source_attribute={attribute}"),
            &format!("source_state={state}"),
            &format!("date_attribute={day}"),
        ]);
    }
    (phone, metric)
}

fn goal(phone: &Phone, metric: &str, title: &str, more: &[&str]) -> String {
    let (title, metric) = (format!("title={title}"), format!("metric={metric}"));
    let usual = ["period.kind=fiscal", "period.fiscal_year=2017", "period.fiscal_period=1", "currency=USD"];
    phone.does(&[&["create", "goal", &title, &metric], &usual[..], more].concat())
}

fn won(phone: &Phone, account: &str, value: &str, day: &str) {
    let sale = phone.does(&["create", "opportunity", "topic=Sale", &format!("customer=account:{account}")]);
    phone.does(&["do", "opportunity", &sale, "win", &format!("actual_value={value}"), &format!("actual_close_date={day}")]);
}

#[test]
fn a_goal_tree_is_set_and_counted_without_a_network() {
    let (phone, metric) = measured();
    let top = goal(&phone, &metric, "Team", &["target=2000", "only_from_children=yes"]);
    let own = goal(&phone, &metric, "Omar", &[&format!("parent_goal={top}"), "target=1000", "stretch_target=1500"]);
    let account = phone.does(&["create", "account", "name=Isdom"]);
    won(&phone, &account, "800.05", "2017-01-15");
    won(&phone, &account, "50", "2017-03-31");
    won(&phone, &account, "70", "2017-04-01");
    phone.does(&["create", "opportunity", "topic=Open", "est_value=1250", "est_close_date=2017-02-01"]);

    let all = phone.asks(&["goal"]);
    let told = phone.does(&["goal"]);
    let one = phone.asks(&["goal", &own]);

    let numbers: Vec<_> = all.as_array().unwrap().iter().map(|goal| (&goal["title"], &goal["actual"], &goal["depth"])).collect();
    assert_eq!(numbers, [(&json!("Team"), &json!("850.05"), &json!(0)), (&json!("Omar"), &json!("850.05"), &json!(1))]);
    assert_eq!((&one["percentage"], &one["stretch_percentage"]), (&json!("85.01"), &json!("56.67")));
    assert_eq!((&one["in_progress"], &one["target_today"], &one["estimate"]), (&json!("1250"), &json!("1000"), &json!(true)));
    assert_eq!((&one["owner"], &one["parent"]), (&json!(format!("user:{OMAR}")), &json!(top)));
    assert_eq!(one["days"], json!({ "from": "2017-01-01", "to": "2017-03-31" }));
    assert!(told.starts_with("goal    owner        from          to  target"), "{told}");
    assert!(told.contains("\n  Omar  Omar   2017-01-01  2017-03-31   1,000  850.05        1,250  85.01      56.67"), "{told}");
    assert!(told.contains("\nestimate from what this phone holds, "), "{told}");
    assert_eq!(phone.does(&["goal", &own]).lines().nth(1).map(|line| line.starts_with("Omar")), Some(true));
}

#[test]
fn goals_are_closed_reopened_and_stated_by_hand() {
    let (phone, metric) = measured();
    let id = goal(&phone, &metric, "Team", &["target=2000"]);

    phone.does(&["set", "goal", &id, "overridden.is_overridden=yes", "overridden.actual=500"]);
    assert_eq!(phone.asks(&["goal", &id])["percentage"], "25");
    assert!(phone.does(&["goal", &id]).contains("Team: a manager said what was reached"));
    assert_eq!(phone.does(&["do", "goal", &id, "discard"]), "inactive (discarded)");
    assert_eq!(phone.does(&["goal"]), "no open goals");
    assert!(phone.does(&["goal", &id]).contains("Team: discarded"));
    assert_eq!(phone.fails(&["set", "goal", &id, "target=1"]).1["code"], "record.frozen");
    phone.does(&["do", "goal", &id, "reopen"]);
    assert_eq!(phone.asks(&["goal"]).as_array().unwrap().len(), 1);
    assert_eq!(phone.fails(&["goal", OMAR]).1["code"], "record.not_found");
}

#[test]
fn a_goal_that_cannot_be_counted_says_why() {
    let (phone, metric) = measured();
    phone.does(&["create", "fiscal_calendar", "name=Ours", "year_start=2017-01-01", "template=month"]);

    let id = goal(&phone, &metric, "Team", &["target=2000"]);

    assert_eq!(phone.asks(&["goal", &id])["problem"]["code"], "goal.period");
    assert!(phone.does(&["goal"]).contains("Team: the fiscal calendar is divided by month, so it has no period 1"));
    let refused = phone.fails(&["create", "goal", "title=X", &format!("metric={metric}")]).1;
    assert_eq!((&refused["code"], &refused["field"]), (&json!("field.required"), &json!("period")));
}

#[test]
fn reps_see_goals_and_do_not_set_them() {
    let phone = Phone::of_ada();

    assert_eq!(phone.does(&["goal"]), "no open goals");
    let refused = phone.fails(&["create", "rollup_query", "name=Large", "entity=opportunity"]).1;
    assert_eq!(refused["code"], "rollup_query.permission");
    assert_eq!(phone.fails(&["create", "business_unit", "name=North"]).1["code"], "business_unit.permission");
}

#[test]
fn people_have_business_units_security_roles_and_territories_with_members() {
    let phone = Phone::of_omar();
    let world = phone.does(&["create", "business_unit", "name=World"]);
    let north = phone.does(&["create", "business_unit", "name=North", &format!("parent={world}")]);
    let clerk =
        phone.does(&["create", "security_role", "name=Clerk", "role=rep", "discount_authority=5", "may_override_price=no"]);
    let eve = phone.does(&["create", "user", "name=Eve", "role=rep", &format!("business_unit={north}")]);
    let coast = phone.does(&["create", "territory", "name=Coast"]);

    phone.does(&["line", "add", "user", &eve, &format!("security_role={clerk}")]);
    phone.does(&["line", "add", "territory", &coast, &format!("user={eve}")]);

    assert_eq!(phone.asks(&["show", "user", &eve])["security_roles"][0]["security_role"], json!(clerk));
    assert_eq!(phone.asks(&["show", "territory", &coast])["members"][0]["user"], json!(eve));
    let listed = phone.asks(&["list", "user", "--where", &format!("business_unit={north}")]);
    assert_eq!(listed[0]["name"], "Eve");
    assert_eq!(phone.asks(&["show", "security_role", &clerk])["discount_authority"], "5");
}
