//! Clocks, repetition, bundles and addressees: INV-80, INV-81, INV-82, INV-83.

use super::{account, in_both_orders, lead, opportunity};
use fieldbook_domain::raw::Outcome;
use fieldbook_tests::world::{DAY_MS, World};
use serde_json::{Value, json};

#[test]
fn inv_80_a_phone_a_year_ahead_does_not_win_and_its_user_is_told() {
    in_both_orders(
        |_, ada| account(ada, "Acme"),
        |_, acme, ada, ben| {
            ben.clock.advance(365 * DAY_MS);
            ada.set("account", *acme, json!({"phone": "+47 11 11 11 11"}));
            ben.set("account", *acme, json!({"phone": "+47 22 22 22 22"}));
            for city in ["Oslo", "Bergen", "Molde"] {
                ben.set("account", *acme, json!({"city": city}));
            }
        },
        |_, acme, ada, ben| {
            assert_eq!(ada.field("account", *acme, "phone"), "+47 11 11 11 11", "the phone whose clock is right stands");
            assert_eq!(ben.told("INV-80").len(), 1, "Ben is told about the clock, once for all his work of the day");
            assert!(ada.told("INV-80").is_empty());
            assert_eq!(ben.told("FCR")[0].lost, "+47 22 22 22 22");
        },
    );
}

#[test]
fn inv_83_what_waited_and_is_let_through_keeps_what_its_author_had_not_seen_beside_it() {
    let world = World::new();
    let (ada, ben, maya, omar) = (world.phone("Ada"), world.phone("Ben"), world.phone("Maya"), world.phone("Omar"));
    let acme = account(&ada, "Acme");
    world.level(&[&ada, &ben, &maya, &omar]);
    ben.set("account", acme, json!({"phone": "+47 33 33 33 33"}));
    world.level(&[&ben]);
    world.at_office(&omar, "user", ada.user, "deactivate").unwrap();
    world.pass(8 * DAY_MS, &[&ada]);
    ada.set("account", acme, json!({"phone": "+47 22 22 22 22"}));
    let _has_left = world.try_sync(&ada).unwrap_err();
    world.level(&[&ben, &maya]);
    assert_eq!(ben.field("account", acme, "phone"), "+47 33 33 33 33", "meanwhile");

    let item = maya.told("INV-14")[0].id.to_string();
    maya.act("account", acme, "decide", json!({"item": item, "choice": "take_over"}));
    world.level(&[&maya, &ben]);

    world.assert_agreement(&[&maya, &ben]);
    assert_eq!(ben.field("account", acme, "phone"), "+47 22 22 22 22");
    let told = &ben.told("FCR")[0];
    assert_eq!((told.lost.as_str(), told.salvage.as_str()), (Some("+47 33 33 33 33"), "choose"));
    assert_eq!(ben.book.alternatives("account", acme).unwrap().len(), 1);
}

#[test]
fn inv_80_when_a_record_was_made_and_changed_is_never_after_the_office_had_it_nor_before_what_it_builds_on() {
    for (away, ben_first) in [(365, true), (365, false), (-365, true), (-365, false)] {
        let world = World::new();
        let [ada, ben, maya] = ["Ada", "Ben", "Maya"].map(|person| world.phone(person));
        let acme = account(&ada, "Acme");
        world.pass(DAY_MS, &[&ada, &ben, &maya]);
        world.level(&[&ada, &ben, &maya]);
        let made = ada.field("account", acme, "created_at");
        ben.clock.advance(away * DAY_MS);
        ben.set("account", acme, json!({ "city": "Oslo" }));
        ada.set("account", acme, json!({ "city": "Bergen", "phone": "+47 1" }));
        let globex = account(&ben, "Globex");
        ben.set("account", globex, json!({ "city": "Oslo" }));
        let order = if ben_first { [&ben, &ada] } else { [&ada, &ben] };
        order.into_iter().for_each(|phone| world.sync(phone));

        world.level(&[&ada, &ben, &maya]);

        world.assert_agreement(&[&ada, &ben, &maya]);
        let times = |id| ["created_at", "modified_at"].map(|name| maya.field("account", id, name));
        let tuesday = |time: &Value| time.as_str().is_some_and(|time| time.starts_with("2026-03-03T"));
        let [created, modified] = times(acme);
        assert!(created == made && tuesday(&modified), "{created} {modified}");
        let [created, modified] = times(globex);
        assert_eq!([&created, &modified].map(tuesday), [away > 0; 2], "a claim of long ago may be true: {created}");
        // The clock is set right, and the phone goes on.
        ben.clock.advance(-away * DAY_MS);
        ben.set("account", globex, json!({ "city": "Molde" }));
        ada.set("account", globex, json!({ "phone": "+47 2" }));
        world.level(&[&ada, &ben, &maya]);
        world.assert_agreement(&[&ada, &ben, &maya]);
        assert!(tuesday(&times(globex)[1]));
    }
}

#[test]
fn inv_80_a_close_date_in_the_future_becomes_today() {
    let world = World::new();
    let ada = world.phone("Ada");
    let sale = opportunity(&ada);
    ada.clock.advance(365 * DAY_MS);
    ada.act("opportunity", sale, "win", json!({}));
    assert_eq!(ada.field("opportunity", sale, "actual_close_date"), "2027-03-02");

    world.level(&[&ada]);

    world.assert_agreement(&[&ada]);
    assert_eq!(ada.field("opportunity", sale, "actual_close_date"), "2026-03-02");
    assert!(ada.told("INV-80").iter().any(|told| told.outcome == Outcome::Adjusted && told.lost == "2027-03-02"));
}

#[test]
fn inv_81_an_action_sent_twice_takes_effect_once() {
    in_both_orders(
        |_, ada| opportunity(ada),
        |world, sale, ada, ben| {
            ada.act("opportunity", *sale, "hold", json!({}));
            ada.act("opportunity", *sale, "resume", json!({}));
            // The server accepts, its answer is lost, and the phone sends everything again.
            let mut lossy =
                super::hostile::Lossy { app: world.app.clone(), identity: super::hostile::identity(world, ada), answers_lost: 1 };
            assert!(world.wait(ada.book.sync_over(&mut lossy)).is_err());
            assert!(ada.book.status().unwrap().pending > 0);
            ben.set("opportunity", *sale, json!({"rating": "hot"}));
        },
        |_, sale, ada, ben| {
            assert_eq!(ben.field("opportunity", *sale, "status_reason"), "in_progress");
            let actions = ada.book.history("opportunity", *sale).unwrap();
            let holds = serde_json::to_string(&actions).unwrap().matches("\"action\":\"hold\"").count();
            assert_eq!(holds, 1);
            assert!(ada.book.inbox().unwrap().is_empty());
        },
    );
}

#[test]
fn inv_82_a_bundle_cut_on_the_way_is_seen_by_nobody_until_it_is_whole() {
    in_both_orders(
        |_, ada| lead(ada),
        |world, lead, ada, ben| {
            ada.act("lead", *lead, "qualify", json!({}));
            let before = world.app.org_digest(world.org).unwrap();
            super::hostile::push_cut(world, ada);
            assert_eq!(world.app.org_digest(world.org).unwrap(), before, "no part of the bundle is seen");
            world.sync(ben);
            assert!(!ben.holds("opportunity", lead.derived("opportunity")));
            ben.set("lead", *lead, json!({"city": "Oslo"}));
        },
        |_, lead, ada, ben| {
            for kind in ["opportunity", "contact", "account"] {
                assert!(ben.holds(kind, lead.derived(kind)), "the whole bundle is there: {kind}");
            }
            assert_eq!(ada.field("lead", *lead, "city"), "Oslo");
        },
    );
}

#[test]
fn inv_83_a_decision_about_somebody_who_left_goes_to_the_manager_and_survives_a_lost_phone() {
    in_both_orders(
        |_, ada| account(ada, "Acme"),
        |world, acme, ada, ben| {
            ada.set("account", *acme, json!({"city": "Oslo"}));
            world.pass(60_000, &[ben]);
            ben.set("account", *acme, json!({"city": "Bergen"}));
        },
        |world, acme, ada, _| {
            assert_eq!(ada.told("FCR")[0].lost, "Oslo");
            let again = world.phone("Ada");
            assert_eq!(again.told("FCR")[0].lost, "Oslo", "a new phone of the same person has the decision");
            let kept = serde_json::to_string(&again.book.alternatives("account", *acme).unwrap()).unwrap();
            assert!(kept.contains("Oslo"));
        },
    );

    let world = World::new();
    let (ada, ben, omar, maya) = (world.phone("Ada"), world.phone("Ben"), world.phone("Omar"), world.phone("Maya"));
    let acme = account(&ada, "Acme");
    world.level(&[&ada, &ben]);
    ada.set("account", acme, json!({"city": "Oslo"}));
    world.sync(&ada);
    world.pass(60_000, &[&ben]);
    ben.set("account", acme, json!({"city": "Bergen"}));
    world.at_office(&omar, "user", ada.user, "deactivate").unwrap();

    world.sync(&ben);
    world.level(&[&maya]);

    assert_eq!(maya.told("FCR")[0].lost, "Oslo", "Ada left, so her manager is told");
}

#[test]
fn inv_68_a_task_that_was_done_is_not_canceled() {
    in_both_orders(
        |_, ada| ada.create("task", json!({"subject": "Visit Acme"})),
        |_, task, ada, ben| {
            ada.act("task", *task, "complete", json!({}));
            ben.act("task", *task, "cancel", json!({}));
        },
        |_, task, ada, ben| {
            assert_eq!(ben.field("task", *task, "state"), "completed");
            assert_eq!((ada.told("INV-68").len(), ben.told("INV-68").len()), (1, 1));
        },
    );
}
