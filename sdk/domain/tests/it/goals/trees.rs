//! What holds for every tree of goals, whatever is counted.

use super::{count, day, goal, id, plan, won};
use crate::book::{Body, object};
use fieldbook_domain::goal::{Candidate, Count};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::{Record, opportunity::Opportunity};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

/// Goals with any parents at all, loops among them; each of one of three people.
fn forests() -> impl Strategy<Value = Vec<Body>> {
    let one = (0..8_u32, 0..3_u32, any::<(bool, bool)>(), 0..3_u32);
    prop::collection::vec(one, 1..8).prop_map(|goals| {
        let goals = goals.into_iter().zip(0_u32..);
        let made = goals.map(|((parent, owner, (only, all), kind), number)| {
            let mut body = goal(number, owner, json!({ "parent_goal": id(parent), "only_from_children": only }));
            if all {
                body.insert("record_set".into(), json!("all"));
            }
            if kind == 0 {
                body.extend(object(json!({ "state": "inactive", "status_reason": "discarded" })));
            }
            body
        });
        made.collect()
    })
}

/// Records of powers of two: a sum says which records are in it, and how often.
fn powers() -> impl Strategy<Value = Vec<Candidate>> {
    prop::collection::vec((0..3_u32, 1..5_u32), 0..12).prop_map(|records| {
        let records = records.into_iter().zip(0_u32..);
        records.map(|((owner, month), n)| won(n, owner, &(1_u64 << n).to_string(), &format!("2026-{month:02}-15"))).collect()
    })
}

proptest! {
    #[test]
    fn the_order_of_the_records_and_of_the_goals_does_not_matter(
        goals in forests(), records in powers(), twist in any::<prop::sample::Index>(),
    ) {
        let straight = count(&goals, &records);
        let (mut goals, mut twisted) = (goals, records.clone());
        goals.reverse();
        twisted.reverse();
        if !twisted.is_empty() {
            let by = twist.index(twisted.len());
            twisted.rotate_left(by);
            twisted.extend(records.iter().take(by).cloned());
        }
        prop_assert_eq!(straight, count(&goals, &twisted));
    }

    #[test]
    fn no_record_counts_twice_and_each_child_is_within_its_parent(goals in forests(), records in powers()) {
        let plan = plan(&goals);
        let found = plan.roll_up(&records, day("2026-01-31"), 0);
        let discarded = |goal: &RecordId| {
            goals.iter().any(|body| body["id"] == json!(goal) && body["status_reason"] == "discarded")
        };
        let bits = |goal: &RecordId| u64::try_from(found[goal].actual).unwrap();
        prop_assert_eq!(found.len(), goals.len());
        for goal in found.keys() {
            // A power of two counted twice would be another record's, so a sum is a set of records if it has as many bits.
            prop_assert_eq!(u64::from(bits(goal).count_ones()), found[goal].records);
            if let Some(parent) = plan.parent(*goal).filter(|_| !discarded(goal)) {
                prop_assert_eq!(bits(goal) & !bits(&parent), 0);
            }
        }
    }

    #[test]
    fn a_count_that_goes_on_from_what_changed_comes_to_what_a_new_one_does(
        goals in forests(), records in powers(), changes in prop::collection::vec((0..12_u32, 0..4_u32, 1..5_u32), 0..12),
    ) {
        let mut now: BTreeMap<u32, Candidate> = (0..).zip(records).collect();
        let mut going_on = Count::new(plan(&goals), 0);
        now.values().for_each(|record| going_on.put(record));
        for (number, owner, month) in changes {
            // The fourth owner is nobody: the record is deleted.
            if owner == 3 {
                now.remove(&number);
                going_on.forget(Opportunity::TYPE, id(number));
            } else {
                let record = won(number, owner, &(1_u64 << number).to_string(), &format!("2026-{month:02}-15"));
                going_on.put(&record);
                now.insert(number, record);
            }
        }
        let all: Vec<Candidate> = now.into_values().collect();
        prop_assert_eq!(going_on.rollups(day("2026-01-31")), plan(&goals).roll_up(&all, day("2026-01-31"), 0));
    }
}
