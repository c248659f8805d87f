//! Who is asked about what waits.

use super::decided;
use crate::invariants::opportunity;
use fieldbook_device::Clock;
use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::Decision;
use fieldbook_domain::permission::Role;
use fieldbook_sync::message::Status;
use fieldbook_tests::rogue::Rogue;
use fieldbook_tests::world::{DAY_MS, FIVE, Person, Phone, World};
use serde_json::json;

/// The five, and Nils, who leads Eva beside them; nobody leads Olga.
fn two_teams() -> World {
    let person = |name, role, manager| Person { name, role, manager };
    let others = [
        person("Nils", Role::Manager, Some("Omar")),
        person("Eva", Role::Rep, Some("Nils")),
        person("Vera", Role::Manager, None),
        person("Olga", Role::Rep, None),
        person("Lars", Role::Manager, Some("Vera")),
        person("Kim", Role::Rep, Some("Lars")),
    ];
    World::of(&[&FIVE[..], &others].concat(), tempfile::tempdir().unwrap())
}

/// Somebody's late win of a sale of theirs that Omar has closed; it waits.
fn late_win(world: &World, name: &str) -> (Phone, RecordId, Decision) {
    let (rep, omar) = (world.phone(name), world.phone("Omar"));
    let sale = opportunity(&rep);
    world.level(&[&rep, &omar]);
    omar.act("opportunity", sale, "lose", json!({ "reason": "canceled" }));
    world.pass(8 * DAY_MS, &[&rep, &omar]);
    rep.act("opportunity", sale, "win", json!({}));
    world.level(&[&omar, &rep]);
    let item = decided(world, "INV-25").into_iter().find(|item| item.record.id == sale).unwrap();
    (rep, sale, item)
}

#[test]
fn what_waits_is_decided_by_those_above_its_author_and_by_no_other_manager() {
    for choice in ["won", "lost"] {
        let world = two_teams();
        let (ada, sale, item) = late_win(&world, "Ada");
        let (maya, nils) = (world.phone("Maya"), world.phone("Nils"));
        assert!(item.told.contains(&maya.user) && !item.told.contains(&nils.user));
        let args = json!({ "item": item.id.to_string(), "choice": choice });

        let refused = nils.try_act("opportunity", sale, "decide", args.clone()).unwrap_err();
        let key = format!("actions/{}", sale.derived("forged"));
        let forged = json!({ "action": "decide", "by": nils.user, "at": world.clock.now_ms(), "turn": 1, "args": args });
        let answer = Rogue::of(&world, nils.user, 0).write_and_push("opportunity", sale, &[Write::put(key, forged.to_string())]);

        assert_eq!(refused.code(), "decide.permission");
        assert!(refused.to_string().contains("Maya"), "{refused}");
        assert_eq!(answer.status, Status::Rejected, "{answer:?}");
        assert!(answer.message.contains("Maya"), "{}", answer.message);
        maya.decide(&item, choice);
        world.level(&[&maya, &ada, &nils]);
        world.assert_agreement(&[&maya, &ada, &nils]);
        assert_eq!(ada.field("opportunity", sale, "state"), choice);
    }
}

#[test]
fn what_waits_is_decided_higher_up_as_well_and_by_every_manager_where_nobody_is_above() {
    for (author, manager) in [("Kim", "Vera"), ("Olga", "Nils"), ("Olga", "Maya")] {
        let world = two_teams();
        let (rep, sale, item) = late_win(&world, author);
        let manager = world.phone(manager);
        assert_eq!(item.told.contains(&manager.user), author == "Olga", "the nearest is asked");

        manager.decide(&item, "won");

        world.level(&[&manager, &rep]);
        world.assert_agreement(&[&manager, &rep]);
        assert_eq!(rep.field("opportunity", sale, "state"), "won");
    }
}
