//! What people see of the judge, on real phones against a real server: what can be had back, what waits for whom, what will be
//! decided.

use fieldbook_device::{About, RecordId, Salvaged};
use fieldbook_domain::raw::Outcome;
use fieldbook_tests::world::{DAY_MS, MINUTE_MS, Phone, World, object, refer};
use serde_json::{Value, json};
use uuid::Uuid;

fn salvage(world: &World, phone: &Phone, rule: &str) -> Salvaged {
    let item = phone.told(rule).into_iter().next().expect("a decision under this rule").id;
    world.wait(phone.book.salvage(item, None)).unwrap()
}

fn sale(phone: &Phone) -> RecordId {
    let customer = phone.create("account", json!({ "name": "Globex" }));
    phone.create("opportunity", json!({ "topic": "Forty pumps", "customer": refer("account", customer) }))
}

/// Two phones that wrote one field of one account, Ben later.
fn conflict() -> (World, Phone, Phone, RecordId) {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let acme = ada.create("account", json!({ "name": "Acme" }));
    world.level(&[&ada, &ben]);
    ada.set("account", acme, json!({ "city": "Oslo" }));
    world.pass(MINUTE_MS, &[&ben]);
    ben.set("account", acme, json!({ "city": "Bergen" }));
    world.level(&[&ada, &ben]);
    (world, ada, ben, acme)
}

fn kept(phone: &Phone, acme: RecordId) -> Vec<String> {
    let alternatives = phone.book.alternatives("account", acme).unwrap();
    alternatives.into_iter().map(|kept| kept.kept["value"].as_str().unwrap_or("").to_owned()).collect()
}

#[test]
fn a_losing_value_is_taken_with_one_tap_and_stands_everywhere() {
    let (world, ada, ben, acme) = conflict();

    let done = salvage(&world, &ada, "FCR");
    let again = salvage(&world, &ada, "FCR");
    assert_eq!(kept(&ada, acme), [""; 0], "it is no longer shown beside the record, at once");
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ben.field("account", acme, "city"), "Oslo");
    assert!(kept(&ben, acme).is_empty());
    assert!(!done.already && again.already);
    assert_eq!(ben.told("FCR").len(), 0, "an edit that saw the other is no conflict");
}

#[test]
fn a_losing_value_stays_until_somebody_dismisses_it_on_any_phone() {
    let (world, ada, ben, acme) = conflict();
    assert_eq!((kept(&ada, acme), kept(&ben, acme)), (vec!["Oslo".to_owned()], vec!["Oslo".to_owned()]));
    let key = ben.book.alternatives("account", acme).unwrap()[0].key.clone();

    ben.book.dismiss_alternative("account", acme, &key).unwrap();
    assert!(kept(&ben, acme).is_empty(), "it is gone at once");
    let twice = ben.book.dismiss_alternative("account", acme, &key).unwrap_err();
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert!(kept(&ada, acme).is_empty(), "and everywhere with the next sync");
    assert_eq!(twice.code(), "dismiss.not_found");
    assert_eq!(ada.field("account", acme, "city"), "Bergen");
}

#[test]
fn what_its_author_typed_later_is_not_dismissed_by_somebody_who_did_not_see_it() {
    for dismissed_first in [true, false] {
        let (world, ada, ben, acme) = conflict();
        let maya = world.phone("Maya");
        let key = maya.book.alternatives("account", acme).unwrap()[0].key.clone();
        ada.set("account", acme, json!({ "city": "Molde" }));
        world.pass(MINUTE_MS, &[&ben]);
        ben.set("account", acme, json!({ "city": "Tromsø" }));
        maya.book.dismiss_alternative("account", acme, &key).unwrap();

        let order = if dismissed_first { [&maya, &ada, &ben] } else { [&ada, &ben, &maya] };
        for phone in order {
            world.sync(phone);
        }
        world.level(&[&ada, &ben, &maya]);

        world.assert_agreement(&[&ada, &ben, &maya]);
        assert_eq!(kept(&ben, acme), ["Molde"], "dismissed first: {dismissed_first}");
    }
}

#[test]
fn a_dismissal_is_no_reason_to_bring_a_deleted_record_back() {
    for dismissed_first in [true, false] {
        let (world, ada, ben, acme) = conflict();
        let maya = world.phone("Maya");
        let key = ben.book.alternatives("account", acme).unwrap()[0].key.clone();
        ben.book.dismiss_alternative("account", acme, &key).unwrap();
        maya.act("account", acme, "delete", json!({}));

        let order = if dismissed_first { [&ben, &maya] } else { [&maya, &ben] };
        for phone in order {
            world.sync(phone);
        }
        world.level(&[&ada, &ben, &maya]);

        world.assert_agreement(&[&ada, &ben, &maya]);
        assert!(!ada.holds("account", acme), "dismissed first: {dismissed_first}");
    }
}

#[test]
fn an_alternative_is_chosen_from_the_list_as_an_edit_like_any_other() {
    let (world, ada, ben, acme) = conflict();
    let key = ben.book.alternatives("account", acme).unwrap()[0].key.clone();

    ben.book.choose_alternative("account", acme, &key).unwrap();
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ada.field("account", acme, "city"), "Oslo");
    assert!(kept(&ada, acme).is_empty());
}

#[test]
fn dismissing_an_item_lets_go_of_the_value_kept_for_its_author_alone() {
    let (world, ada, ben, acme) = conflict();
    let item = ada.told("FCR")[0].id;

    ada.book.dismiss(item).unwrap();
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert!(ada.told("FCR").is_empty());
    assert!(kept(&ben, acme).is_empty());
}

#[test]
fn who_was_only_told_takes_nothing_from_the_author_by_dismissing() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let acme = ada.create("account", json!({ "name": "Acme" }));
    world.level(&[&ada, &ben]);
    ada.set("account", acme, json!({ "phone": "+47 11 11 11 11" }));
    world.pass(MINUTE_MS, &[&ben]);
    ben.set("account", acme, json!({ "phone": "+47 22 22 22 22" }));
    world.level(&[&ada, &ben]);

    ben.book.dismiss(ben.told("FCR")[0].id).unwrap();
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(kept(&ada, acme), ["+47 11 11 11 11"]);
}

#[test]
fn a_loss_that_lost_against_a_reopening_is_done_again() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let sale = sale(&ada);
    world.level(&[&ada, &ben]);
    ben.act("opportunity", sale, "lose", json!({ "reason": "canceled", "description": "confirmed lost" }));
    ada.act("opportunity", sale, "lose", json!({ "reason": "canceled" }));
    ada.act("opportunity", sale, "reopen", json!({}));
    world.level(&[&ada, &ben]);
    assert_eq!(ben.field("opportunity", sale, "state"), "open");

    salvage(&world, &ben, "INV-31");
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ada.field("opportunity", sale, "state"), "lost");
    let history = serde_json::to_string(&ada.book.history("opportunity", sale).unwrap()).unwrap();
    assert!(history.matches("confirmed lost").count() >= 2, "with what was said");
}

#[test]
fn lines_that_came_too_late_are_copied_to_a_follow_on_opportunity() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let sale = sale(&ada);
    world.level(&[&ada, &ben]);
    ada.act("opportunity", sale, "win", json!({ "actual_value": "48000" }));
    world.pass(MINUTE_MS, &[&ben]);
    let _ = ben.add_line(sale, json!({ "description": "Hose", "quantity": {"value": "10"}, "price_per_unit": "35" }));
    world.level(&[&ada, &ben]);
    assert!(!ben.book.alternatives("opportunity", sale).unwrap().is_empty());

    let done = salvage(&world, &ben, "INV-27");
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    let follow_on = ada.sees("opportunity", done.records[0].id);
    assert_eq!((&follow_on["state"], &follow_on["total_amount"]), (&json!("open"), &json!("350")));
    assert_eq!(follow_on["customer"], ada.field("opportunity", sale, "customer"));
    assert!(ada.book.alternatives("opportunity", sale).unwrap().is_empty(), "what was kept has found its place");
}

#[test]
fn a_link_that_would_close_a_loop_is_swapped() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let [acme, globex] = ["Acme", "Globex"].map(|name| ada.create("account", json!({ "name": name })));
    world.level(&[&ada, &ben]);
    ada.set("account", acme, json!({ "parent_account": globex.to_string() }));
    ben.set("account", globex, json!({ "parent_account": acme.to_string() }));
    world.level(&[&ada, &ben]);
    assert_eq!(ada.field("account", acme, "parent_account"), globex.to_string(), "the first stands");

    salvage(&world, &ben, "INV-02");
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ada.field("account", globex, "parent_account"), acme.to_string());
    assert_eq!(ada.field("account", acme, "parent_account"), Value::Null);
}

#[test]
fn what_is_still_needed_is_taken_out_of_use_and_what_was_edited_is_deleted_again() {
    let world = World::new();
    let (maya, ben) = (world.phone("Maya"), world.phone("Ben"));
    let acme = ben.create("account", json!({ "name": "Acme" }));
    let globex = ben.create("account", json!({ "name": "Globex" }));
    world.level(&[&ben, &maya]);
    maya.act("account", acme, "delete", json!({}));
    maya.act("account", globex, "delete", json!({}));
    let _ = ben.create("opportunity", json!({ "topic": "Pumps", "customer": refer("account", acme) }));
    ben.set("account", globex, json!({ "city": "Oslo" }));
    world.level(&[&maya, &ben]);
    assert!(maya.holds("account", acme) && maya.holds("account", globex));

    salvage(&world, &maya, "INV-06");
    salvage(&world, &maya, "INV-07");
    world.level(&[&maya, &ben]);

    world.assert_agreement(&[&maya, &ben]);
    assert_eq!(ben.field("account", acme, "state"), "inactive");
    assert!(!ben.holds("account", globex));
}

#[test]
fn a_value_a_qualified_lead_could_not_take_is_taken_over_on_its_opportunity() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let fields = json!({ "topic": "Pumps", "last_name": "Lind", "company_name": "Nordic Pumps", "est_value": "48000" });
    let lead = ada.create("lead", fields);
    world.level(&[&ada, &ben]);
    ada.act("lead", lead, "qualify", json!({}));
    world.pass(MINUTE_MS, &[&ben]);
    ben.set("lead", lead, json!({ "est_value": "52000" }));
    world.level(&[&ada, &ben]);
    let sale = lead.derived("opportunity");
    assert_eq!(ada.field("opportunity", sale, "est_value"), json!({ "amount": "48000" }));

    salvage(&world, &ben, "INV-22");
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ada.field("opportunity", sale, "est_value"), json!({ "amount": "52000" }));
    assert!(ada.book.alternatives("opportunity", sale).unwrap().is_empty());
    assert!(ada.book.alternatives("lead", lead).unwrap().is_empty());
}

#[test]
fn work_refused_at_the_door_is_done_again_under_an_id_of_its_own() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let id = ada.user.derived("contested");
    let account = object(json!({ "name": "Acme" }));
    let contact = object(json!({ "last_name": "Lind", "description": "Met in Oslo" }));
    ada.book.bundle(move |bundle| bundle.create("account", Some(id), account)).unwrap();
    ben.book.bundle(move |bundle| bundle.create("contact", Some(id), contact)).unwrap();
    world.level(&[&ada, &ben]);
    let item = ben.book.inbox().unwrap().into_iter().find(|item| item.about == About::Refused).unwrap().id;

    let done = world.wait(ben.book.salvage(item, None)).unwrap();
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    let lind = done.records[0].id;
    assert_ne!(lind, id);
    let seen = ada.sees("contact", lind);
    assert_eq!((&seen["last_name"], &seen["description"]), (&json!("Lind"), &json!("Met in Oslo")));
}

/// Ada's win came more than a week after Ben's loss: it waits for Maya.
fn held() -> (World, [Phone; 4], RecordId, Uuid) {
    let world = World::new();
    let phones = ["Ada", "Ben", "Maya", "Omar"].map(|person| world.phone(person));
    let [ada, ben, maya, omar] = &phones;
    let sale = sale(ada);
    world.level(&[ada, ben]);
    ben.act("opportunity", sale, "lose", json!({ "reason": "canceled" }));
    world.pass(8 * DAY_MS, &[ada, ben]);
    ada.act("opportunity", sale, "win", json!({ "actual_value": "48000" }));
    world.level(&[ada, ben, maya, omar]);
    let item = maya.told("INV-25")[0].id;
    (world, phones, sale, item)
}

#[test]
fn what_is_held_waits_in_the_queue_of_who_decides_and_leaves_it_with_the_answer() {
    let (world, phones, sale, item) = held();
    let [ada, ben, maya, _] = &phones;
    let mine = ada.book.inbox_item(item).unwrap();
    assert_eq!(mine.waits_for, ["Maya"], "the author reads who it waits for");
    assert!(ada.book.review().unwrap().is_empty() && ben.book.review().unwrap().is_empty());

    let queue = maya.book.review().unwrap();
    assert_eq!(queue.len(), 1);
    assert_eq!((queue[0].asks.as_str(), queue[0].author_name.as_deref()), ("Was the sale won or lost?", Some("Ada")));
    assert_eq!(queue[0].choices.iter().map(|choice| choice.name.as_str()).collect::<Vec<_>>(), ["lost", "won"]);
    assert_eq!(queue[0].held[0].actions, ["win"]);
    assert_eq!(maya.book.decide(item, "perhaps", None).unwrap_err().code(), "review.choice");
    assert_eq!(ada.book.decide(item, "won", None).unwrap_err().code(), "review.not_found");
    maya.book.decide(item, "won", Some("I have the signed order here.")).unwrap();

    assert!(maya.book.review().unwrap().is_empty(), "it leaves the queue at once");
    assert_eq!(maya.book.decide(item, "lost", None).unwrap_err().code(), "review.not_found");
    world.level(&[ada, ben, maya]);
    world.assert_agreement(&[ada, ben, maya]);
    assert_eq!(ada.field("opportunity", sale, "state"), "won");
    assert!(ada.book.inbox_item(item).unwrap().waits_for.is_empty());
    assert!(ada.told("INV-25")[0].message.contains("I have the signed order here."), "{:?}", ada.told("INV-25")[0]);
}

#[test]
fn an_answer_the_office_does_not_take_brings_the_item_back() {
    let (world, phones, sale, item) = held();
    let [ada, _, maya, _] = &phones;
    maya.act("opportunity", sale, "decide", json!({ "item": item.to_string(), "choice": "perhaps" }));
    assert!(maya.book.review().unwrap().is_empty());

    world.level(&[maya, ada]);

    world.assert_agreement(&[maya, ada]);
    assert_eq!(maya.book.review().unwrap().len(), 1, "it waits again");
    assert_eq!(ada.book.inbox_item(item).unwrap().waits_for, ["Maya"]);
}

#[test]
fn a_forecast_says_offline_what_the_office_decides_by_the_same_code() {
    let world = World::new();
    let (maya, ben, ada) = (world.phone("Maya"), world.phone("Ben"), world.phone("Ada"));
    let sale = sale(&ada);
    let (mine, theirs) =
        (ada.create("account", json!({ "name": "Nordic" })), ben.create("account", json!({ "name": "Nordic Pumps" })));
    world.level(&[&ben, &ada, &maya]);
    let into = |account: RecordId| object(json!({ "into": account.to_string() }));

    let win = ada.book.forecast("opportunity", sale, "win", object(json!({ "actual_value": "48000" }))).unwrap();
    let merge = ada.book.forecast("account", theirs, "merge", into(mine)).unwrap();
    let refused = ada.book.forecast("opportunity", sale, "reopen", object(json!({}))).unwrap_err();

    assert_eq!((win.outcome, win.rule), (Outcome::Accepted, None));
    assert_eq!((merge.outcome, merge.rule.as_deref()), (Outcome::Held, Some("INV-09")));
    assert!(merge.as_of_ms.is_some());
    assert_eq!(refused.code(), "opportunity.reopen.state", "what the phone refuses needs no forecast");
    assert_eq!((maya.book.status().unwrap().pending, ada.book.status().unwrap().pending), (0, 0), "nothing was written");
    ada.act("account", theirs, "merge", Value::Object(into(mine)));
    world.level(&[&ada, &maya]);
    let decided = &ada.told("INV-09")[0];
    assert_eq!((Some(&decided.message), decided.outcome), (merge.message.as_ref(), merge.outcome), "and so it is decided");
}
