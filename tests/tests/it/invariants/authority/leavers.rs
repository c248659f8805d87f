//! Whoever leaves, loses a role or loses a phone: what they did is delivered, and what of it counts (INV-12, INV-14, INV-17, INV-83).

use super::{Staff, has_left};
use crate::invariants::{account, opportunity};
use fieldbook_device::{Error, Query};
use fieldbook_domain::document::Write;
use fieldbook_domain::raw::Outcome;
use fieldbook_server::org::quarantine::Release;
use fieldbook_sync::message::{ServerMessage, Status};
use fieldbook_tests::rogue::{Rogue, answers};
use fieldbook_tests::world::{DAY_MS, World, refer};
use serde_json::{Value, json};

#[test]
fn inv_12_what_a_leaver_looks_after_and_is_open_goes_to_their_manager() {
    for ada_first in [true, false] {
        let staff = Staff::new();
        let (ada, maya) = (&staff.ada, &staff.maya);
        let (open, lost) = (opportunity(ada), opportunity(ada));
        ada.act("opportunity", lost, "lose", json!({ "reason": "canceled" }));
        staff.level();
        let lind = ada.create("contact", json!({ "last_name": "Lind" }));

        if ada_first {
            staff.world.sync(ada);
        }
        staff.ada_leaves();
        staff.ada_delivers();

        let owners = [("opportunity", open), ("contact", lind)].map(|(kind, id)| maya.field(kind, id, "owner"));
        assert_eq!(owners, [refer("user", maya.user), refer("user", maya.user)]);
        assert_eq!(maya.field("opportunity", lost, "owner"), refer("user", ada.user), "who closed it stays on it");
        assert_eq!(maya.told("INV-12").len(), 1, "Maya is told once");
        assert_eq!(maya.told("INV-12")[0].salvage, "hand_over");
    }
}

#[test]
fn inv_14_a_leavers_notes_of_a_week_are_taken_over_and_what_moves_a_sale_waits() {
    for (choice, state) in [("take_over", "won"), ("leave", "open")] {
        let staff = Staff::new();
        let (ada, maya) = (&staff.ada, &staff.maya);
        let sale = opportunity(ada);
        staff.level();
        staff.ada_leaves();
        staff.world.pass(6 * DAY_MS, &[ada]);
        let note = ada.create("note", json!({ "title": "They want blue ones", "regarding": refer("opportunity", sale) }));
        ada.act("opportunity", sale, "win", json!({ "actual_value": "48000" }));

        staff.ada_delivers();

        assert!(maya.holds("note", note), "nothing a customer said is lost");
        assert_eq!(maya.field("opportunity", sale, "state"), "open");
        let held = maya.told("INV-14");
        assert_eq!((held.len(), held[0].outcome), (1, Outcome::Held));
        maya.decide(&held[0], choice);
        staff.colleagues_agree();
        assert_eq!(staff.omar.field("opportunity", sale, "state"), state);
    }
}

#[test]
fn inv_14_what_a_leaver_wrote_more_than_a_week_later_waits_and_can_be_had() {
    for (choice, phone) in [("take_over", json!("+47 22 22 22 22")), ("leave", Value::Null)] {
        let staff = Staff::new();
        let (ada, maya, omar) = (&staff.ada, &staff.maya, &staff.omar);
        let acme = account(ada, "Acme");
        staff.level();
        staff.ada_leaves();
        staff.world.pass(8 * DAY_MS, &[ada]);
        ada.set("account", acme, json!({ "phone": "+47 22 22 22 22", "description": "They moved" }));
        let lind = ada.create("contact", json!({ "last_name": "Lind" }));

        staff.ada_delivers();

        assert_eq!((maya.field("account", acme, "phone"), maya.holds("contact", lind)), (Value::Null, false));
        assert_eq!(maya.field("account", acme, "description"), Value::Null);
        let held = maya.told("INV-14");
        assert_eq!(held.len(), 2, "each piece of work is decided about by itself");
        assert!(serde_json::to_string(&held).unwrap().contains("22 22 22 22"));
        held.iter().for_each(|item| maya.decide(item, choice));
        staff.colleagues_agree();
        assert_eq!(omar.field("account", acme, "phone"), phone);
        assert_eq!(omar.field("account", acme, "description").is_null(), choice == "leave");
        assert_eq!(omar.holds("contact", lind), choice == "take_over");
    }
}

#[test]
fn inv_14_what_colleagues_wrote_meanwhile_stays_and_the_leavers_is_kept_beside_it() {
    let staff = Staff::new();
    let (ada, ben, maya) = (&staff.ada, &staff.ben, &staff.maya);
    let acme = account(ada, "Acme");
    staff.level();
    staff.ada_leaves();
    staff.world.pass(8 * DAY_MS, &[ada]);
    ada.set("account", acme, json!({ "phone": "+47 22 22 22 22", "description": "They moved" }));
    assert!(has_left(staff.world.try_sync(ada)));
    ben.clock.advance(8 * DAY_MS);
    ben.set("account", acme, json!({ "phone": "+47 33 33 33 33", "description": "They stayed" }));
    staff.world.level(&[ben, maya]);

    maya.decide(&maya.told("INV-14")[0], "take_over");

    staff.colleagues_agree();
    assert_eq!(ben.field("account", acme, "phone"), "+47 33 33 33 33");
    assert_eq!(ben.field("account", acme, "description"), "They stayed");
    let kept = serde_json::to_string(&maya.book.alternatives("account", acme).unwrap()).unwrap();
    assert!(kept.contains("22 22 22 22") && kept.contains("They moved"), "{kept}");
}

#[test]
fn inv_14_what_a_former_manager_did_as_a_manager_waits_for_somebody_who_is_one() {
    for (choice, first) in [("take_over", true), ("leave", true), ("take_over", false)] {
        let staff = Staff::new();
        let (maya, omar) = (&staff.maya, &staff.omar);
        let acme = account(maya, "Acme");
        staff.level();
        maya.act("account", acme, "delete", json!({}));
        maya.set("account", account(maya, "Globex"), json!({ "city": "Oslo" }));
        if !first {
            staff.world.sync(maya);
        }
        staff.cut_maya();
        staff.level();

        if first {
            assert!(omar.holds("account", acme), "a rep may not delete it");
            let held = omar.told("INV-14");
            assert_eq!((held.len(), maya.told("INV-14").len()), (1, 1));
            omar.decide(&held[0], choice);
        }

        staff.agree();
        assert_eq!(omar.holds("account", acme), choice == "leave");
        let accounts = omar.book.list(&Query::of("account")).unwrap();
        assert_eq!(accounts.iter().filter(|account| account.get("city") == Some(&json!("Oslo"))).count(), 1);
    }
}

#[test]
fn inv_17_who_left_delivers_what_they_did_reads_nothing_more_and_keeps_nothing() {
    let staff = Staff::new();
    let (world, ada, omar) = (&staff.world, &staff.ada, &staff.omar);
    let spare = world.unsynced_phone("Ada");
    let lind = ada.create("contact", json!({ "last_name": "Lind" }));
    let secret = account(omar, "Secret");
    world.sync(omar);
    staff.ada_leaves();

    let ended = world.try_sync(ada);
    let nothing = world.try_sync(&spare);

    assert!(has_left(ended) && has_left(nothing));
    assert!(ada.book.is_closed() && spare.book.is_closed(), "the books are wiped");
    let mut files = std::fs::read_dir(world.dir.path()).unwrap();
    assert!(!files.any(|file| file.unwrap().file_name().to_string_lossy().starts_with("Ada-")));
    staff.colleagues_agree();
    assert!(omar.holds("contact", lind) && omar.holds("account", secret), "what she did was delivered");
}

#[test]
fn inv_17_a_leaver_with_a_modified_app_is_given_no_page() {
    let staff = Staff::new();
    let mut app = Rogue::of(&staff.world, staff.ada.user, 0);
    staff.ada_leaves();

    let note = app.write("note", staff.ada.user.derived("note"), &[Write::put("title", "Hello")]);
    let push = app.intents(vec![note]);
    let said = app.say(vec![push]);

    assert_eq!(answers(&said)[0].status, Status::Accepted);
    assert!(!said.iter().any(|message| matches!(message, ServerMessage::Page(_))), "{said:?}");
}

#[test]
fn inv_83_what_a_lost_phone_holds_is_kept_and_neither_it_nor_its_token_gets_anything_any_more() {
    let world = World::new();
    let (lost, tablet, omar) = (world.unsynced_phone("Ada"), world.phone("Ada"), world.phone("Omar"));
    let token = world.app.token(world.org, world.user("Ada"), 30).unwrap();
    lost.book.login(&world.url, &token).unwrap();
    world.sync(&lost);
    let device = world.app.devices(world.org).unwrap().into_iter().max_by_key(|it| it.last_seen_ms).unwrap().id;
    let [lind, moe] = ["Lind", "Moe"].map(|name| lost.create("contact", json!({ "last_name": name })));
    let secret = account(&omar, "Secret");
    world.sync(&omar);
    assert!(world.app.revoke_device(world.org, device).unwrap());

    let ended = world.try_sync(&lost).unwrap_err();

    assert_eq!(ended.code(), "device.revoked");
    assert!(lost.book.is_closed(), "the book is wiped once the server has all of it");
    let thief = world.unsynced_phone("Ada");
    thief.book.login(&world.url, &token).unwrap();
    assert!(matches!(world.try_sync(&thief), Err(Error::SignedOut)), "nor does its token open another one");
    assert!(!thief.holds("account", secret));
    world.level(&[&tablet, &omar]);
    world.assert_agreement(&[&tablet, &omar]);
    assert!(!omar.holds("contact", lind), "nothing of it counts by itself");
    let kept = world.app.quarantine(world.org).unwrap();
    assert_eq!(kept.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), ["device.revoked"; 2]);
    for work in &kept {
        let released = world.app.release(world.org, work.id).unwrap();
        assert!(matches!(released, Release::Merged { .. }), "{released:?}");
    }
    world.level(&[&tablet, &omar]);
    world.assert_agreement(&[&tablet, &omar]);
    assert!(omar.holds("contact", lind) && tablet.holds("contact", moe), "the administrator lets in what Ada says is hers");
}
