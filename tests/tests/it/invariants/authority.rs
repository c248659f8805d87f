//! Who may do what, and who looks after what: roles, INV-12 to INV-17.

use super::hostile::ModifiedApp;
use super::{account, in_both_orders_of, opportunity};
use crate::selling::{Shop, shop};
use fieldbook_device::Clock;
use fieldbook_device::Error;
use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::Decision;
use fieldbook_domain::permission::{Role, Who};
use fieldbook_domain::raw::Outcome;
use fieldbook_server::org::quarantine::Release;
use fieldbook_sync::message::Status;
use fieldbook_tests::world::{DAY_MS, FIVE, MINUTE_MS, Person, Phone, World, refer};
use serde_json::{Value, json};

/// An invoice over 98.80 that is issued, and that everybody holds.
fn issued(shop: &Shop) -> RecordId {
    shop.ada.act("quote", shop.quote, "activate", json!({}));
    shop.ada.act("quote", shop.quote, "create_order", json!({}));
    let order = shop.quote.derived("order");
    shop.ada.act("order", order, "fulfil", json!({}));
    let invoice = shop.ada.act("order", order, "create_invoice", json!({})).derived("invoice");
    shop.world.level(&shop.phones());
    shop.world.at_office(&shop.maya, "invoice", invoice, "issue").unwrap();
    shop.world.level(&shop.phones());
    invoice
}

fn decide(phone: &Phone, kind: &str, id: RecordId, item: &Decision, choice: &str) {
    phone.act(kind, id, "decide", json!({ "item": item.id.to_string(), "choice": choice }));
}

/// The decisions of a rule, whoever is told.
fn decided(world: &World, rule: &str) -> Vec<Decision> {
    world.decisions().into_iter().filter(|decision| decision.rule == rule).collect()
}

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
        let answer = ModifiedApp::of(&world, &nils, 0).create("opportunity", sale, &[Write::put(key, forged.to_string())]);

        assert_eq!(refused.code(), "decide.permission");
        assert!(refused.to_string().contains("Maya"), "{refused}");
        assert_eq!(answer.status, Status::Rejected, "{answer:?}");
        assert!(answer.message.contains("Maya"), "{}", answer.message);
        decide(&maya, "opportunity", sale, &item, choice);
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

        decide(&manager, "opportunity", sale, &item, "won");

        world.level(&[&manager, &rep]);
        world.assert_agreement(&[&manager, &rep]);
        assert_eq!(rep.field("opportunity", sale, "state"), "won");
    }
}

fn has_left<T: std::fmt::Debug>(synced: Result<T, Error>) -> bool {
    matches!(synced, Err(Error::Server { code, .. }) if code == "user.left")
}

fn names(phone: &Phone, kind: &str, id: RecordId) -> Value {
    phone.field(kind, id, "owner")
}

#[test]
fn the_back_office_bills_and_takes_money_and_edits_nothing_else() {
    let shop = shop();
    let fay = shop.world.phone("Fay");
    shop.ada.act("quote", shop.quote, "activate", json!({}));
    shop.ada.act("quote", shop.quote, "create_order", json!({}));
    let order = shop.quote.derived("order");
    shop.world.level(&[&shop.ada, &fay]);

    let refused = [
        fay.try_set("order", order, json!({ "description": "x" })).unwrap_err(),
        fay.try_act("order", order, "fulfil", json!({})).map(|_| ()).unwrap_err(),
        fay.try_act("order", order, "delete", json!({})).map(|_| ()).unwrap_err(),
        fay.book.create("note", json!({ "title": "x" }).as_object().unwrap().clone()).map(|_| ()).unwrap_err(),
    ];
    let account = fay.user.derived("account");
    let forged = ModifiedApp::of(&shop.world, &fay, 0).create("account", account, &[Write::put("name", "Acme")]);
    let invoice = fay.act("order", order, "create_invoice", json!({})).derived("invoice");
    fay.set("invoice", invoice, json!({ "description": "Thank you" }));
    shop.world.level(&[&fay]);
    shop.world.at_office(&fay, "invoice", invoice, "issue").unwrap();
    fay.act("invoice", invoice, "record_payment", json!({ "amount": "98.8" }));

    shop.world.sync(&fay);
    shop.agree();
    let codes = refused.map(|error| error.code().to_owned());
    assert_eq!(codes, ["order.permission", "order.permission", "order.delete.permission", "note.permission"]);
    assert_eq!((forged.status, forged.code.as_str()), (Status::Refused, "account.permission"));
    assert_eq!(shop.ada.field("invoice", invoice, "status_reason"), "complete");
    assert_eq!(shop.ada.field("order", order, "state"), "invoiced");
}

#[test]
fn a_payment_a_rep_reports_counts_once_the_back_office_confirms_it() {
    for (choice, state, paid) in [("confirm", "paid", json!("50")), ("deny", "active", Value::Null)] {
        let shop = shop();
        let fay = shop.world.phone("Fay");
        let invoice = issued(&shop);
        shop.ada.act("invoice", invoice, "record_payment", json!({ "amount": "50" }));
        assert_eq!(shop.ada.field("invoice", invoice, "amount_paid"), "50", "Ada sees what she reported");
        shop.world.level(&[&shop.ada, &fay, &shop.maya]);
        assert_eq!(fay.field("invoice", invoice, "amount_paid"), Value::Null, "nothing counts until somebody confirms it");
        let held = fay.told("AUTHORITY");
        assert_eq!((held.len(), held[0].outcome), (1, Outcome::Held));
        assert_eq!(
            (shop.ada.told("AUTHORITY").len(), shop.maya.told("AUTHORITY").len(), shop.ben.told("AUTHORITY").len()),
            (1, 1, 0)
        );

        decide(&fay, "invoice", invoice, &held[0], choice);

        shop.world.sync(&fay);
        shop.agree();
        assert_eq!(
            (shop.ben.field("invoice", invoice, "state"), shop.ben.field("invoice", invoice, "amount_paid")),
            (json!(state), paid)
        );
    }
}

#[test]
fn a_rep_deletes_drafts_and_activities_of_their_own_and_nothing_else() {
    let shop = shop();
    let mine = shop.ada.create("task", json!({ "subject": "Call them" }));
    let sent = shop.ada.create("quote", json!({ "name": "Second", "customer": shop.ada.field("quote", shop.quote, "customer") }));
    shop.world.level(&shop.phones());
    let code = |phone: &Phone, kind, id| phone.try_act(kind, id, "delete", json!({})).unwrap_err().code().to_owned();

    assert_eq!(code(&shop.ben, "task", mine), "task.delete.permission", "it is Ada's");
    assert_eq!(code(&shop.ben, "quote", sent), "quote.delete.permission");
    shop.ada.act("quote", shop.quote, "activate", json!({}));
    assert_eq!(code(&shop.ada, "quote", shop.quote), "quote.delete.permission", "the customer has it");
    let by_ben =
        json!({ "action": "delete", "by": shop.ben.user, "at": fieldbook_tests::world::MONDAY_MS, "turn": 1 }).to_string();
    let mut app = ModifiedApp::of(&shop.world, &shop.ben, 0);
    let forged = app.create("task", mine, &[Write::put(format!("actions/{}", mine.derived("delete")), by_ben)]);
    shop.ada.act("task", mine, "delete", json!({}));
    shop.ada.act("quote", sent, "delete", json!({}));

    shop.agree();
    assert_eq!(forged.status, Status::Rejected);
    assert!(!shop.ben.holds("task", mine) && !shop.ben.holds("quote", sent) && shop.ben.holds("quote", shop.quote));
}

#[test]
fn inv_12_a_managers_reassignment_beats_a_reps_whatever_their_clocks_say() {
    in_both_orders_of(
        ["Maya", "Ada"],
        |world, maya| maya.create("account", json!({ "name": "Acme", "owner": refer("user", world.user("Ada")) })),
        |world, acme, maya, ada| {
            maya.set("account", *acme, json!({ "owner": refer("user", world.user("Ben")) }));
            world.pass(MINUTE_MS, &[ada]);
            ada.set("account", *acme, json!({ "owner": refer("user", world.user("Omar")) }));
        },
        |world, acme, maya, ada| {
            assert_eq!(names(ada, "account", *acme), refer("user", world.user("Ben")));
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
            maya.set("account", *acme, json!({ "owner": refer("user", world.user("Ben")) }));
            world.pass(MINUTE_MS, &[omar]);
            omar.set("account", *acme, json!({ "owner": refer("user", world.user("Ada")) }));
        },
        |world, acme, maya, omar| {
            assert_eq!(names(maya, "account", *acme), refer("user", world.user("Ada")));
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
    assert_eq!(names(&ben, "contact", lind), refer("user", ada.user));
}

#[test]
fn inv_12_what_a_leaver_looks_after_and_is_open_goes_to_their_manager() {
    for ada_first in [true, false] {
        let world = World::new();
        let (ada, maya, omar) = (world.phone("Ada"), world.phone("Maya"), world.phone("Omar"));
        let (open, lost) = (opportunity(&ada), opportunity(&ada));
        ada.act("opportunity", lost, "lose", json!({ "reason": "canceled" }));
        world.level(&[&ada, &maya, &omar]);
        let lind = ada.create("contact", json!({ "last_name": "Lind" }));

        if ada_first {
            world.sync(&ada);
        }
        world.at_office(&omar, "user", ada.user, "deactivate").unwrap();
        assert!(has_left(world.try_sync(&ada)));

        world.level(&[&maya, &omar]);
        world.assert_agreement(&[&maya, &omar]);
        let manager = json!(refer("user", maya.user));
        assert_eq!([names(&maya, "opportunity", open), names(&maya, "contact", lind)], [manager.clone(), manager]);
        assert_eq!(names(&maya, "opportunity", lost), refer("user", ada.user), "who closed it stays on it");
        assert_eq!(maya.told("INV-12").len(), 1, "Maya is told once");
        assert_eq!(maya.told("INV-12")[0].salvage, "hand_over");
    }
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
            maya.set("account", *acme, json!({ "owner": refer("user", world.user("Ben")) }));
            let _ = ada.create("opportunity", json!({ "topic": "More pumps", "customer": refer("account", *acme) }));
            for subject in ["Call", "Visit", "Write"] {
                let _ = ada.create("task", json!({ "subject": subject, "regarding": refer("account", *acme) }));
            }
        },
        |world, (acme, lind, open, lost, call, other), maya, ada| {
            let (was, now) = (json!(refer("user", ada.user)), json!(refer("user", world.user("Ben"))));
            let given = [("account", *acme), ("contact", *lind), ("opportunity", *open), ("task", *call)];
            for (kind, id) in given {
                assert_eq!(names(maya, kind, id), now, "{kind}");
            }
            assert_eq!(
                (names(maya, "opportunity", *lost), names(maya, "task", *other)),
                (was.clone(), json!(refer("user", maya.user)))
            );
            let query = fieldbook_device::Query::of("opportunity");
            let new = maya.book.list(&query).unwrap().into_iter().find(|sale| sale["topic"] == "More pumps").unwrap();
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
            assert!(tasks.iter().all(|task| names(maya, "task", *task) == json!(ben)), "at once, without a network");
            ada.act("task", tasks[0], "complete", json!({}));
            ada.set("task", tasks[1], json!({ "subject": "Ask for Lind" }));
            ada.set("task", tasks[150], json!({ "owner": refer("user", world.user("Omar")) }));
            let _ = ada.create("task", json!({ "subject": "New", "regarding": refer("account", *acme) }));
        },
        |world, (acme, tasks), maya, ada| {
            let (was, now) = (json!(refer("user", ada.user)), json!(refer("user", world.user("Ben"))));
            assert_eq!(names(ada, "account", *acme), now);
            let left: Vec<_> = tasks.iter().filter(|task| names(ada, "task", **task) != now).collect();
            assert!(left.iter().all(|task| **task == tasks[0]), "{left:?} are not Ben's");
            assert_eq!(ada.field("task", tasks[0], "state"), "completed");
            assert_eq!(maya.field("task", tasks[1], "subject"), "Ask for Lind");
            let query = fieldbook_device::Query::of("task");
            let new = maya.book.list(&query).unwrap().into_iter().find(|task| task["subject"] == "New").unwrap();
            assert_eq!(new["owner"], was, "what Ada did stays hers");
            assert_eq!(decided(world, "INV-13").len(), 1, "she and Ben are told once");
        },
    );
}

#[test]
fn inv_14_a_leavers_notes_of_a_week_are_taken_over_and_what_moves_a_sale_waits() {
    for choice in ["take_over", "leave"] {
        let world = World::new();
        let (ada, maya, omar) = (world.phone("Ada"), world.phone("Maya"), world.phone("Omar"));
        let sale = opportunity(&ada);
        world.level(&[&ada, &maya, &omar]);
        world.at_office(&omar, "user", ada.user, "deactivate").unwrap();
        world.pass(6 * DAY_MS, &[&ada]);
        let note = ada.create("note", json!({ "title": "They want blue ones", "regarding": refer("opportunity", sale) }));
        ada.act("opportunity", sale, "win", json!({ "actual_value": "48000" }));

        assert!(has_left(world.try_sync(&ada)));

        world.level(&[&maya, &omar]);
        assert!(maya.holds("note", note), "nothing a customer said is lost");
        assert_eq!(maya.field("opportunity", sale, "state"), "open");
        let held = maya.told("INV-14");
        assert_eq!((held.len(), held[0].outcome), (1, Outcome::Held));
        decide(&maya, "opportunity", sale, &held[0], choice);
        world.level(&[&maya, &omar]);
        world.assert_agreement(&[&maya, &omar]);
        let expected = if choice == "take_over" { "won" } else { "open" };
        assert_eq!(omar.field("opportunity", sale, "state"), expected);
    }
}

#[test]
fn inv_14_what_a_leaver_wrote_more_than_a_week_later_waits_and_can_be_had() {
    for (choice, phone) in [("take_over", json!("+47 22 22 22 22")), ("leave", Value::Null)] {
        let world = World::new();
        let (ada, maya, omar) = (world.phone("Ada"), world.phone("Maya"), world.phone("Omar"));
        let acme = account(&ada, "Acme");
        world.level(&[&ada, &maya, &omar]);
        world.at_office(&omar, "user", ada.user, "deactivate").unwrap();
        world.pass(8 * DAY_MS, &[&ada]);
        ada.set("account", acme, json!({ "phone": "+47 22 22 22 22", "description": "They moved" }));
        let lind = ada.create("contact", json!({ "last_name": "Lind" }));

        assert!(has_left(world.try_sync(&ada)));

        world.level(&[&maya, &omar]);
        world.assert_agreement(&[&maya, &omar]);
        assert_eq!((maya.field("account", acme, "phone"), maya.holds("contact", lind)), (Value::Null, false));
        assert_eq!(maya.field("account", acme, "description"), Value::Null);
        let held = maya.told("INV-14");
        assert_eq!(held.len(), 2, "each piece of work is decided about by itself");
        assert!(serde_json::to_string(&held).unwrap().contains("22 22 22 22"));
        for item in &held {
            decide(&maya, &item.record.kind, item.record.id, item, choice);
        }
        world.level(&[&maya, &omar]);
        world.assert_agreement(&[&maya, &omar]);
        assert_eq!(omar.field("account", acme, "phone"), phone);
        assert_eq!(omar.field("account", acme, "description").is_null(), choice == "leave");
        assert_eq!(omar.holds("contact", lind), choice == "take_over");
    }
}

#[test]
fn inv_14_what_colleagues_wrote_meanwhile_stays_and_the_leavers_is_kept_beside_it() {
    let world = World::new();
    let (ada, ben, maya, omar) = (world.phone("Ada"), world.phone("Ben"), world.phone("Maya"), world.phone("Omar"));
    let acme = account(&ada, "Acme");
    world.level(&[&ada, &ben, &maya, &omar]);
    world.at_office(&omar, "user", ada.user, "deactivate").unwrap();
    world.pass(8 * DAY_MS, &[&ada]);
    ada.set("account", acme, json!({ "phone": "+47 22 22 22 22", "description": "They moved" }));
    assert!(has_left(world.try_sync(&ada)));
    ben.clock.advance(8 * DAY_MS);
    ben.set("account", acme, json!({ "phone": "+47 33 33 33 33", "description": "They stayed" }));
    world.level(&[&ben, &maya]);

    decide(&maya, "account", acme, &maya.told("INV-14")[0], "take_over");

    world.level(&[&maya, &ben]);
    world.assert_agreement(&[&maya, &ben]);
    assert_eq!(ben.field("account", acme, "phone"), "+47 33 33 33 33");
    assert_eq!(ben.field("account", acme, "description"), "They stayed");
    let kept = serde_json::to_string(&maya.book.alternatives("account", acme).unwrap()).unwrap();
    assert!(kept.contains("22 22 22 22") && kept.contains("They moved"), "{kept}");
}

#[test]
fn inv_14_what_a_former_manager_did_as_a_manager_waits_for_somebody_who_is_one() {
    for (choice, first) in [("take_over", true), ("leave", true), ("take_over", false)] {
        let world = World::new();
        let (maya, omar) = (world.phone("Maya"), world.phone("Omar"));
        let acme = account(&maya, "Acme");
        world.level(&[&maya, &omar]);
        maya.act("account", acme, "delete", json!({}));
        maya.set("account", account(&maya, "Globex"), json!({ "city": "Oslo" }));
        if !first {
            world.sync(&maya);
        }
        omar.set("user", maya.user, json!({ "role": "rep" }));
        world.sync(&omar);
        world.level(&[&maya, &omar]);

        if first {
            assert!(omar.holds("account", acme), "a rep may not delete it");
            let held = omar.told("INV-14");
            assert_eq!((held.len(), maya.told("INV-14").len()), (1, 1));
            decide(&omar, "account", acme, &held[0], choice);
        }

        world.level(&[&maya, &omar]);
        world.assert_agreement(&[&maya, &omar]);
        assert_eq!(omar.holds("account", acme), choice == "leave");
        assert_eq!(
            omar.book
                .list(&fieldbook_device::Query::of("account"))
                .unwrap()
                .iter()
                .filter(|it| it.get("city") == Some(&json!("Oslo")))
                .count(),
            1
        );
    }
}

/// Maya's role is cut while she is offline; her phone still believes that she is a manager.
fn cut(shop: &Shop) -> Phone {
    let omar = shop.world.phone("Omar");
    omar.set("user", shop.maya.user, json!({ "role": "rep" }));
    shop.world.sync(&omar);
    omar
}

fn price(phone: &Phone, quote: RecordId, price: &str) {
    let mut lines = phone.field("quote", quote, "lines");
    lines[0]["price_per_unit"] = json!(price);
    phone.set("quote", quote, json!({ "lines": lines }));
}

fn total(phone: &Phone, quote: RecordId) -> (Value, Value) {
    (phone.field("quote", quote, "state"), phone.field("quote", quote, "total_amount"))
}

#[test]
fn inv_15_a_price_typed_without_the_privilege_is_a_request_and_the_offer_waits_for_it() {
    for (choice, after) in [("approve", "80"), ("deny", "98.8")] {
        for ben_first in [true, false] {
            let shop = shop();
            let omar = cut(&shop);
            price(&shop.maya, shop.quote, "10");
            shop.ben.set("quote", shop.quote, json!({ "description": "As discussed" }));
            if ben_first {
                shop.world.sync(&shop.ben);
            }
            shop.world.sync(&shop.maya);
            shop.world.level(&[&shop.maya, &omar, &shop.ben, &shop.ada]);
            assert_eq!(total(&shop.ben, shop.quote), (json!("draft"), json!("98.8")), "the catalogue's price stands");
            let refused = shop.ada.try_act("quote", shop.quote, "activate", json!({})).unwrap_err();
            assert_eq!(refused.code(), "quote.activate.approval");
            let held = omar.told("INV-15");
            assert_eq!((held.len(), held[0].outcome, &held[0].lost), (1, Outcome::Held, &json!("10")));
            assert_eq!((shop.maya.told("INV-15").len(), shop.ada.told("INV-15").len()), (1, 0));

            decide(&omar, "quote", shop.quote, &held[0], choice);

            shop.world.level(&[&omar, &shop.ben]);
            shop.agree();
            assert_eq!(total(&shop.ben, shop.quote).1, after);
            // What was not approved is no obstacle to the offer at the catalogue's price.
            let code = shop.ada.try_act("quote", shop.quote, "activate", json!({})).err().map(|error| error.code().to_owned());
            assert_eq!(code.as_deref(), (choice == "approve").then_some("quote.activate.discount"));
        }
    }
}

#[test]
fn inv_15_an_offer_that_went_out_at_such_a_price_waits_with_it() {
    for (choice, after) in [("approve", ("active", "80")), ("deny", ("draft", "98.8"))] {
        let shop = shop();
        let omar = cut(&shop);
        price(&shop.maya, shop.quote, "10");
        shop.maya.act("quote", shop.quote, "activate", json!({}));

        shop.world.level(&[&shop.maya, &omar]);

        shop.agree();
        assert_eq!(total(&shop.ben, shop.quote), (json!("draft"), json!("98.8")));
        let held = omar.told("INV-15");
        assert_eq!(held.len(), 2, "the price, and the offer at that price");
        let offer = held.iter().find(|item| item.action.is_some()).unwrap();
        decide(&omar, "quote", shop.quote, offer, choice);
        shop.world.sync(&omar);
        shop.agree();
        let (state, amount) = after;
        assert_eq!(total(&shop.ben, shop.quote), (json!(state), json!(amount)));
    }
}

#[test]
fn inv_16_two_discounts_that_are_too_much_together_are_both_kept_and_need_approval() {
    for ada_first in [true, false] {
        let shop = shop();
        let mut lines = shop.ada.field("quote", shop.quote, "lines");
        lines[0]["manual_discount"] = json!("7.90");
        shop.ada.set("quote", shop.quote, json!({ "lines": lines }));
        shop.ben.set("quote", shop.quote, json!({ "discount_percentage": "7" }));
        let order = if ada_first { [&shop.ada, &shop.ben] } else { [&shop.ben, &shop.ada] };
        order.into_iter().for_each(|phone| shop.world.sync(phone));

        shop.agree();

        let together = shop.ben.field("quote", shop.quote, "effective_discount");
        assert!(together.as_str().unwrap().starts_with("14.4"), "{together}");
        let told = decided(&shop.world, "INV-16");
        assert_eq!((told.len(), told[0].outcome), (1, Outcome::Adjusted));
        assert!(told[0].told.contains(&shop.ada.user), "who looks after the offer is told");
        let refused = shop.ada.try_act("quote", shop.quote, "activate", json!({})).unwrap_err();
        assert_eq!(refused.code(), "quote.activate.discount");
        shop.maya.act("quote", shop.quote, "activate", json!({}));
        shop.agree();
        assert_eq!(shop.ada.field("quote", shop.quote, "state"), "active", "a manager may");
    }
}

#[test]
fn inv_16_an_offer_waits_that_gives_away_too_much_with_what_a_colleague_gave_unseen() {
    for (choice, state) in [("approve", "active"), ("deny", "draft")] {
        for ada_first in [true, false] {
            let shop = shop();
            let mut lines = shop.ada.field("quote", shop.quote, "lines");
            lines[0]["manual_discount"] = json!("7.90");
            shop.ada.set("quote", shop.quote, json!({ "lines": lines }));
            shop.ada.act("quote", shop.quote, "activate", json!({}));
            let received = total(&shop.ada, shop.quote).1;
            shop.ben.set("quote", shop.quote, json!({ "discount_percentage": "7" }));
            let order = if ada_first { [&shop.ada, &shop.ben] } else { [&shop.ben, &shop.ada] };
            order.into_iter().for_each(|phone| shop.world.sync(phone));
            shop.agree();
            assert_eq!(shop.ada.field("quote", shop.quote, "state"), "draft", "neither may give 14.4 percent");
            let held: Vec<_> = shop.maya.told("INV-16").into_iter().filter(|told| told.outcome == Outcome::Held).collect();
            assert_eq!(held.len(), 1);
            assert!(held[0].message.contains("14.4"), "{}", held[0].message);

            decide(&shop.maya, "quote", shop.quote, &held[0], choice);

            shop.world.sync(&shop.maya);
            shop.agree();
            let shown = total(&shop.ben, shop.quote);
            assert_eq!(shown.0, state);
            assert_eq!(shown.1 == received, choice == "approve", "{shown:?}");
            assert_eq!(shop.ben.told("INV-34").len(), usize::from(choice == "approve"), "Ben's discount is kept for a revision");
        }
    }
}

#[test]
fn inv_16_what_a_colleague_gave_unseen_and_is_within_the_authority_is_a_proposal() {
    for ada_first in [true, false] {
        let shop = shop();
        shop.ada.act("quote", shop.quote, "activate", json!({}));
        shop.ben.set("quote", shop.quote, json!({ "discount_percentage": "7" }));
        let order = if ada_first { [&shop.ada, &shop.ben] } else { [&shop.ben, &shop.ada] };
        order.into_iter().for_each(|phone| shop.world.sync(phone));
        shop.agree();
        assert_eq!(total(&shop.ben, shop.quote), (json!("active"), json!("98.8")));
        assert_eq!((shop.ben.told("INV-34").len(), shop.maya.told("INV-16").len()), (1, 0));
    }
}

#[test]
fn inv_16_an_offer_that_gives_away_too_much_waits_for_somebody_who_may() {
    for (choice, state) in [("approve", "active"), ("deny", "draft")] {
        let shop = shop();
        let omar = cut(&shop);
        shop.maya.set("quote", shop.quote, json!({ "discount_percentage": "20" }));
        shop.maya.act("quote", shop.quote, "activate", json!({}));
        shop.world.level(&[&shop.maya, &omar]);
        shop.agree();
        assert_eq!(shop.ben.field("quote", shop.quote, "state"), "draft");
        let held = omar.told("INV-16").into_iter().find(|told| told.outcome == Outcome::Held).unwrap();
        assert_eq!(held.held.as_ref().map(|held| held.who), Some(Who::Manager));

        decide(&omar, "quote", shop.quote, &held, choice);

        shop.world.sync(&omar);
        shop.agree();
        assert_eq!(shop.ben.field("quote", shop.quote, "state"), state);
    }
}

#[test]
fn inv_17_who_left_delivers_what_they_did_reads_nothing_more_and_keeps_nothing() {
    let world = World::new();
    let (ada, spare, omar) = (world.phone("Ada"), world.unsynced_phone("Ada"), world.phone("Omar"));
    let lind = ada.create("contact", json!({ "last_name": "Lind" }));
    let held = account(&omar, "Secret");
    world.sync(&omar);
    world.at_office(&omar, "user", ada.user, "deactivate").unwrap();

    let ended = world.try_sync(&ada);
    let nothing = world.try_sync(&spare);

    assert!(has_left(ended) && has_left(nothing));
    assert!(ada.book.is_closed() && spare.book.is_closed(), "the books are wiped");
    assert!(
        !std::fs::read_dir(world.dir.path())
            .unwrap()
            .any(|entry| { entry.unwrap().file_name().to_string_lossy().starts_with("Ada-") })
    );
    world.level(&[&omar]);
    world.assert_agreement(&[&omar]);
    assert!(omar.holds("contact", lind) && omar.holds("account", held), "what she did was delivered");
}

#[test]
fn inv_83_what_a_lost_phone_holds_is_kept_and_neither_it_nor_its_token_gets_anything_any_more() {
    let world = World::new();
    let (lost, tablet, omar) = (world.unsynced_phone("Ada"), world.phone("Ada"), world.phone("Omar"));
    let token = world.app.token(world.org, world.user("Ada"), 30).unwrap();
    lost.book.login(&world.url, &token).unwrap();
    world.sync(&lost);
    let device = world.app.devices(world.org).unwrap().into_iter().find(|it| it.last_seen_ms == newest(&world)).unwrap().id;
    let (lind, moe) =
        (lost.create("contact", json!({ "last_name": "Lind" })), lost.create("contact", json!({ "last_name": "Moe" })));
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

/// When the device seen last was seen.
fn newest(world: &World) -> i64 {
    world.app.devices(world.org).unwrap().iter().map(|it| it.last_seen_ms).max().unwrap()
}

#[test]
fn inv_17_a_leaver_with_a_modified_app_is_given_no_page() {
    let world = World::new();
    let (ada, omar) = (world.phone("Ada"), world.phone("Omar"));
    let mut app = ModifiedApp::of(&world, &ada, 0);
    world.at_office(&omar, "user", ada.user, "deactivate").unwrap();

    let (answer, pages) = app.create_and_read("note", ada.user.derived("note"), &[Write::put("title", "Hello")]);

    assert_eq!((answer.status, pages), (Status::Accepted, 0));
}
