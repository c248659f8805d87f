//! Who looks after what, and what goes along when it is given away: INV-12, INV-13.

use super::decided;
use crate::invariants::{account, in_both_orders_of};
use fieldbook_device::Query;
use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{MINUTE_MS, Phone, World, refer};
use serde_json::{Map, Value, json};

fn owner(phone: &Phone, kind: &str, id: RecordId) -> Value {
    phone.field(kind, id, "owner")
}

/// The record of a type a phone shows under this title.
fn titled(phone: &Phone, kind: &str, field: &str, title: &str) -> Map<String, Value> {
    phone.book.list(&Query::of(kind)).unwrap().into_iter().find(|record| record[field] == title).unwrap()
}

fn give(phone: &Phone, world: &World, account: RecordId, to: &str) {
    phone.set("account", account, json!({ "owner": refer("user", world.user(to)) }));
}

#[test]
fn inv_12_a_managers_reassignment_beats_a_reps_whatever_their_clocks_say() {
    in_both_orders_of(
        ["Maya", "Ada"],
        |world, maya| maya.create("account", json!({ "name": "Acme", "owner": refer("user", world.user("Ada")) })),
        |world, acme, maya, ada| {
            give(maya, world, *acme, "Ben");
            world.pass(MINUTE_MS, &[ada]);
            give(ada, world, *acme, "Omar");
        },
        |world, acme, maya, ada| {
            assert_eq!(owner(ada, "account", *acme), refer("user", world.user("Ben")));
            assert_eq!((maya.told("INV-12").len(), ada.told("INV-12").len()), (1, 1));
            assert_eq!(ada.told("INV-12")[0].lost, refer("user", world.user("Omar")), "what Ada chose is kept");
            assert!(decided(world, "INV-12")[0].told.contains(&world.user("Ben")), "who has it now is told");
        },
    );
}

#[test]
fn inv_12_between_two_managers_the_later_entry_stands() {
    in_both_orders_of(
        ["Maya", "Omar"],
        |_, maya| account(maya, "Acme"),
        |world, acme, maya, omar| {
            give(maya, world, *acme, "Ben");
            world.pass(MINUTE_MS, &[omar]);
            give(omar, world, *acme, "Ada");
        },
        |world, acme, maya, omar| {
            assert_eq!(owner(maya, "account", *acme), refer("user", world.user("Ada")));
            assert_eq!((maya.told("INV-12").len(), omar.told("INV-12").len()), (1, 1));
        },
    );
}

#[test]
fn inv_12_nobody_gives_away_what_a_colleague_looks_after() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let lind = ada.create("contact", json!({ "last_name": "Lind" }));
    world.level(&[&ada, &ben]);

    let refused = ben.try_set("contact", lind, json!({ "owner": refer("user", ben.user) })).unwrap_err();

    assert_eq!(refused.code(), "owner.permission");
    assert_eq!(owner(&ben, "contact", lind), refer("user", ada.user));
}

#[test]
fn inv_13_an_account_takes_along_what_its_old_owner_has_open_and_the_manager_saw() {
    in_both_orders_of(
        ["Maya", "Ada"],
        |world, maya| {
            let ada = refer("user", world.user("Ada"));
            let acme = maya.create("account", json!({ "name": "Acme", "owner": ada }));
            let under = refer("account", acme);
            let lind = maya.create("contact", json!({ "last_name": "Lind", "account": acme.to_string(), "owner": ada }));
            let open = maya.create("opportunity", json!({ "topic": "Pumps", "customer": under, "owner": ada }));
            let lost = maya.create("opportunity", json!({ "topic": "Hoses", "customer": under, "owner": ada }));
            maya.act("opportunity", lost, "lose", json!({ "reason": "canceled" }));
            let call = maya.create("task", json!({ "subject": "Call", "regarding": refer("contact", lind), "owner": ada }));
            let other = maya.create("task", json!({ "subject": "Mine", "regarding": under }));
            (acme, lind, open, lost, call, other)
        },
        |world, (acme, ..), maya, ada| {
            give(maya, world, *acme, "Ben");
            let _ = ada.create("opportunity", json!({ "topic": "More pumps", "customer": refer("account", *acme) }));
            for subject in ["Call", "Visit", "Write"] {
                let _ = ada.create("task", json!({ "subject": subject, "regarding": refer("account", *acme) }));
            }
        },
        |world, (acme, lind, open, lost, call, other), maya, ada| {
            let (was, now) = (json!(refer("user", ada.user)), json!(refer("user", world.user("Ben"))));
            let given = [("account", *acme), ("contact", *lind), ("opportunity", *open), ("task", *call)];
            for (kind, id) in given {
                assert_eq!(owner(maya, kind, id), now, "{kind}");
            }
            assert_eq!(
                (owner(maya, "opportunity", *lost), owner(maya, "task", *other)),
                (was.clone(), json!(refer("user", maya.user)))
            );
            let new = titled(maya, "opportunity", "topic", "More pumps");
            assert_eq!(new["owner"], was, "what Ada did stays hers");
            let told = decided(world, "INV-13");
            let mut people = vec![ada.user, world.user("Ben")];
            people.sort();
            assert_eq!((told.len(), &told[0].told), (1, &people), "both are told once");
            assert_eq!((ada.told("INV-13")[0].salvage.as_str(), maya.told("INV-13").len()), ("hand_over", 0));
            let ben = world.phone("Ben");
            assert_eq!(ben.told("INV-13")[0].salvage, "", "what is Ada's is not Ben's to hand over");
        },
    );
}

#[test]
fn inv_13_an_account_takes_along_more_than_one_intent_holds() {
    in_both_orders_of(
        ["Maya", "Ada"],
        |world, maya| {
            let ada = refer("user", world.user("Ada"));
            let acme = maya.create("account", json!({ "name": "Acme", "owner": ada }));
            let task = |n: u32| {
                let fields = json!({ "subject": format!("Task {n}"), "regarding": refer("account", acme), "owner": ada });
                maya.create("task", fields)
            };
            (acme, (0..200).map(task).collect::<Vec<_>>())
        },
        |world, (acme, tasks), maya, ada| {
            let ben = refer("user", world.user("Ben"));
            maya.set("account", *acme, json!({ "owner": ben }));
            assert!(tasks.iter().all(|task| owner(maya, "task", *task) == json!(ben)), "at once, without a network");
            ada.act("task", tasks[0], "complete", json!({}));
            ada.set("task", tasks[1], json!({ "subject": "Ask for Lind" }));
            ada.set("task", tasks[150], json!({ "owner": refer("user", world.user("Omar")) }));
            let _ = ada.create("task", json!({ "subject": "New", "regarding": refer("account", *acme) }));
        },
        |world, (acme, tasks), maya, ada| {
            let (was, now) = (json!(refer("user", ada.user)), json!(refer("user", world.user("Ben"))));
            assert_eq!(owner(ada, "account", *acme), now);
            let left: Vec<_> = tasks.iter().filter(|task| owner(ada, "task", **task) != now).collect();
            assert!(left.iter().all(|task| **task == tasks[0]), "{left:?} are not Ben's");
            assert_eq!(ada.field("task", tasks[0], "state"), "completed");
            assert_eq!(maya.field("task", tasks[1], "subject"), "Ask for Lind");
            let new = titled(maya, "task", "subject", "New");
            assert_eq!(new["owner"], was, "what Ada did stays hers");
            assert_eq!(decided(world, "INV-13").len(), 1, "she and Ben are told once");
        },
    );
}
