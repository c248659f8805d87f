//! Goals: INV-77, INV-78, INV-79.

use super::{account, in_both_orders_of};
use fieldbook_domain::goal::metric::DEFAULT_METRICS;
use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{Phone, World, refer};
use serde_json::{Value, json};

/// A goal for what Ada wins in the first quarter.
fn goal(world: &World, phone: &Phone, more: Value) -> RecordId {
    let mut fields = json!({
        "title": "Ada's quarter", "metric": DEFAULT_METRICS[0].id(), "owner": refer("user", world.user("Ada")),
        "period": {"kind": "custom", "from": "2026-01-01", "to": "2026-03-31"}, "target": "100000"
    });
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    phone.create("goal", fields)
}

fn win(phone: &Phone, value: &str) {
    let customer = account(phone, "Globex");
    let sale = phone.create("opportunity", json!({"topic": "Pumps", "customer": refer("account", customer)}));
    phone.act("opportunity", sale, "win", json!({"actual_value": value}));
}

#[test]
fn inv_77_the_office_counts_what_two_phones_won_and_nobody_types_it() {
    let world = World::new();
    let (ada, tablet, maya) = (world.phone("Ada"), world.phone("Ada"), world.phone("Maya"));
    let team = goal(&world, &maya, json!({"title": "Team", "only_from_children": true}));
    let own = goal(&world, &maya, json!({"parent_goal": team}));
    let refused = maya.try_set("goal", own, json!({"actual": "99"})).unwrap_err();
    assert_eq!(refused.code(), "INV-84");
    world.level(&[&maya, &ada, &tablet]);
    win(&ada, "40000");
    win(&tablet, "20000.50");
    let estimate = ada.book.goal(own).unwrap();
    assert!(estimate.estimate && estimate.rollup.actual.to_string() == "40000", "a phone counts what it holds");
    world.level(&[&ada, &tablet]);

    assert_eq!(world.app.roll_up_goals(world.org).unwrap(), 2);

    world.level(&[&ada, &tablet, &maya]);
    world.assert_agreement(&[&ada, &tablet, &maya]);
    for goal in [own, team] {
        let shown = ada.sees("goal", goal);
        assert_eq!((&shown["actual"], &shown["percentage"]), (&json!("60000.5"), &json!("60")), "once in each");
        assert!(shown.contains_key("last_rolled_up"));
    }
    assert_eq!(world.app.roll_up_goals(world.org).unwrap(), 0, "nothing new, nothing written");
    assert!(world.app.check(world.org).unwrap().broken.is_empty());
}

#[test]
fn inv_78_a_goal_others_belong_to_keeps_its_metric() {
    in_both_orders_of(
        ["Maya", "Omar"],
        |world, maya| goal(world, maya, json!({})),
        |world, top, maya, omar| {
            let _ = goal(world, maya, json!({"title": "A part", "parent_goal": top}));
            omar.set("goal", *top, json!({"metric": DEFAULT_METRICS[1].id()}));
        },
        |world, top, maya, omar| {
            let goals = maya.book.list(&fieldbook_device::Query::of("goal")).unwrap();
            let part = goals.iter().find(|goal| goal["title"] == "A part").expect("the goal is there");
            let metric = maya.field("goal", *top, "metric");
            match part.get("parent_goal") {
                Some(parent) => assert_eq!((parent, &metric), (&json!(top.to_string()), &json!(DEFAULT_METRICS[0].id()))),
                None => assert_eq!(metric, json!(DEFAULT_METRICS[1].id()), "Omar was heard first"),
            }
            assert_eq!(maya.told("INV-78").len() + omar.told("INV-78").len(), 1, "{:?}", world.decisions());
        },
    );
}

#[test]
fn inv_78_how_a_metric_measures_stays_once_goals_use_it() {
    let world = World::new();
    let maya = world.phone("Maya");
    let _ = goal(&world, &maya, json!({}));
    let refused = maya.try_set("goal_metric", DEFAULT_METRICS[0].id(), json!({"metric_type": "count"})).unwrap_err();
    assert_eq!(refused.code(), "INV-78");
}

#[test]
fn inv_79_what_a_manager_stated_is_not_counted_away() {
    for stated_first in [true, false] {
        let world = World::new();
        let (ada, maya) = (world.phone("Ada"), world.phone("Maya"));
        let own = goal(&world, &maya, json!({}));
        world.level(&[&maya, &ada]);
        win(&ada, "40000");
        maya.set("goal", own, json!({"overridden": {"is_overridden": true, "actual": "75000"}}));
        let order = if stated_first { [&maya, &ada] } else { [&ada, &maya] };
        for phone in order {
            world.sync(phone);
            world.app.roll_up_goals(world.org).unwrap();
        }

        world.level(&[&ada, &maya]);
        world.assert_agreement(&[&ada, &maya]);
        assert_eq!(ada.field("goal", own, "actual"), "75000");
        maya.set("goal", own, json!({"overridden": {"is_overridden": false}}));
        world.sync(&maya);
        world.app.roll_up_goals(world.org).unwrap();
        world.sync(&ada);
        assert_eq!(ada.field("goal", own, "actual"), "40000", "taken back, it is counted again");
    }
}
