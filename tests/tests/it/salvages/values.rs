//! Values that lost, links that would have closed a loop, and duplicates.

use super::{Wreck, two};
use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{MINUTE_MS, World};
use serde_json::{Value, json};

/// Ada and Ben wrote the city of one account, Ben later.
fn city() -> (Wreck, RecordId) {
    let world = World::new();
    let [ada, ben] = two(&world, ["Ada", "Ben"]);
    let acme = ada.create("account", json!({ "name": "Acme" }));
    world.level(&[&ada, &ben]);
    ada.set("account", acme, json!({ "city": "Oslo" }));
    world.pass(MINUTE_MS, &[&ben]);
    ben.set("account", acme, json!({ "city": "Bergen" }));
    (Wreck::of(world, [ada, ben], "FCR", "choose"), acme)
}

#[test]
fn choose_writes_the_losing_value_over_the_one_that_stands() {
    let (wreck, acme) = city();

    wreck.tap();

    assert_eq!(wreck.other().field("account", acme, "city"), "Oslo");
    assert!(wreck.other().book.alternatives("account", acme).unwrap().is_empty());
    assert!(wreck.other().told("FCR").is_empty(), "who saw the other value is in conflict with nobody");
}

#[test]
fn choose_is_refused_on_a_record_that_was_deleted_or_taken_out_of_use() {
    let (wreck, acme) = city();
    wreck.meanwhile("Ben", |ben| ben.act("account", acme, "deactivate", json!({})));
    assert_eq!(wreck.refused(), "record.frozen");

    wreck.meanwhile("Maya", |maya| maya.act("account", acme, "delete", json!({})));
    assert_eq!(wreck.refused(), "record.deleted");
    let kept = &wreck.decision().lost;
    assert_eq!(kept, "Oslo", "what was typed is still there to read");
}

#[test]
fn choose_is_refused_to_somebody_who_no_longer_has_the_right() {
    let (wreck, acme) = city();
    wreck.loses_the_right();
    assert_eq!(wreck.refused(), "account.permission");
    assert_eq!(wreck.other().field("account", acme, "city"), "Bergen");
}

/// Ada qualified a lead whose estimate Ben changed meanwhile.
fn estimate() -> (Wreck, RecordId) {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    let fields = json!({ "topic": "Pumps", "last_name": "Lind", "company_name": "Nordic Pumps", "est_value": "48000" });
    let lead = ada.create("lead", fields);
    world.level(&[&ada, &ben]);
    ada.act("lead", lead, "qualify", json!({}));
    world.pass(MINUTE_MS, &[&ben]);
    ben.set("lead", lead, json!({ "est_value": "52000" }));
    (Wreck::of(world, [ben, ada], "INV-22", "take_over"), lead.derived("opportunity"))
}

#[test]
fn take_over_writes_the_value_on_the_opportunity_that_came_of_the_lead() {
    let (wreck, sale) = estimate();

    wreck.tap();

    assert_eq!(wreck.other().field("opportunity", sale, "est_value"), json!({ "amount": "52000" }));
    assert!(wreck.other().book.alternatives("opportunity", sale).unwrap().is_empty());
}

#[test]
fn take_over_is_refused_once_the_opportunity_is_closed_or_gone() {
    let (wreck, sale) = estimate();
    wreck.meanwhile("Ada", |ada| ada.act("opportunity", sale, "win", json!({ "actual_value": "48000" })));
    assert_eq!(wreck.refused(), "record.frozen");

    let (wreck, sale) = estimate();
    wreck.meanwhile("Maya", |ada| ada.act("opportunity", sale, "delete", json!({})));
    assert_eq!(wreck.refused(), "record.deleted");
}

/// Ada put Acme under Globex, Ben Globex under Acme.
fn circle() -> (Wreck, [RecordId; 2]) {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    let [acme, globex] = ["Acme", "Globex"].map(|name| ada.create("account", json!({ "name": name })));
    world.level(&[&ada, &ben]);
    ada.set("account", acme, json!({ "parent_account": globex }));
    ben.set("account", globex, json!({ "parent_account": acme }));
    world.sync(&ada);
    (Wreck::of(world, [ben, ada], "INV-02", "swap"), [acme, globex])
}

#[test]
fn swap_takes_the_link_away_that_stands_and_sets_the_one_that_lost() {
    let (wreck, [acme, globex]) = circle();

    wreck.tap();

    assert_eq!(wreck.other().field("account", globex, "parent_account"), acme.to_string());
    assert_eq!(wreck.other().field("account", acme, "parent_account"), Value::Null);
}

#[test]
fn swap_is_refused_on_an_account_that_is_gone_or_out_of_use() {
    let (wreck, [_, globex]) = circle();
    wreck.meanwhile("Ada", |ada| ada.act("account", globex, "deactivate", json!({})));
    assert_eq!(wreck.refused(), "record.frozen");

    wreck.meanwhile("Maya", |maya| maya.act("account", globex, "delete", json!({})));
    assert_eq!(wreck.refused(), "record.deleted");
}

/// Ada and somebody wrote the same person down, with different work.
fn twins(who: &str) -> (Wreck, [RecordId; 2]) {
    let world = World::new();
    let [ben, ada] = two(&world, [who, "Ada"]);
    let contact = |title: &str| json!({ "last_name": "Smith", "email": "j.smith@acme.example", "job_title": title });
    let older = ada.create("contact", contact("Buyer"));
    world.pass(MINUTE_MS, &[&ben]);
    let younger = ben.create("contact", contact("Engineer"));
    world.sync(&ada);
    (Wreck::of(world, [ben, ada], "INV-08", "merge"), [older, younger])
}

#[test]
fn merge_makes_the_two_one_and_the_other_id_leads_to_it() {
    let (wreck, twins) = twins("Maya");

    wreck.tap();

    let shown = twins.map(|id| wreck.other().field("contact", id, "id"));
    assert_eq!(shown[0], shown[1], "both ids lead to one contact");
    let contacts = wreck.other().book.list(&fieldbook_device::Query::of("contact")).unwrap();
    let in_use: Vec<_> = contacts.iter().filter(|contact| contact["state"] == "active").collect();
    assert_eq!(in_use.len(), 1, "{contacts:?}");
}

#[test]
fn merge_is_refused_once_one_of_the_two_is_gone_or_they_are_one() {
    let (wreck, [older, _]) = twins("Ben");
    wreck.meanwhile("Maya", |ada| ada.act("contact", older, "delete", json!({})));
    assert_eq!(wreck.refused(), "contact.merge.into_state");

    let (wreck, [older, younger]) = twins("Ben");
    wreck.meanwhile("Maya", |maya| maya.act("contact", younger, "merge", json!({ "into": older })));
    assert_eq!(wreck.refused(), "salvage.nothing");
}
