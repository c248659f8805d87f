//! Handing over: what a colleague who left looked after, and what stayed behind when an account went to somebody else.

use super::{Wreck, two};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_tests::world::{Phone, World, refer};
use serde_json::json;

fn owner(phone: &Phone, kind: &str, id: RecordId) -> String {
    phone.field(kind, id, "owner").as_str().unwrap_or("").to_owned()
}

/// Ada left; what she looked after is Maya's now, beside what Maya had already.
fn left() -> (Wreck, [RecordId; 3]) {
    let world = World::new();
    let [maya, ben] = two(&world, ["Maya", "Ben"]);
    let (ada, omar) = (world.phone("Ada"), world.phone("Omar"));
    let acme = ada.create("account", json!({ "name": "Acme" }));
    let sale = ada.create("opportunity", json!({ "topic": "Pumps", "customer": refer("account", acme) }));
    let own = maya.create("account", json!({ "name": "Initech" }));
    world.level(&[&ada, &maya, &omar]);
    world.at_office(&omar, "user", ada.user, "deactivate").unwrap();
    (Wreck::of(world, [maya, ben], "INV-12", "hand_over"), [acme, sale, own])
}

#[test]
fn hand_over_gives_what_a_leaver_looked_after_to_whom_the_manager_names() {
    let (wreck, [acme, sale, own]) = left();
    let ben = RecordRef::new("user", wreck.other().user);

    let done = wreck.tap_for(Some(&ben));

    assert_eq!(done.records.len(), 2);
    let now = [("account", acme), ("opportunity", sale)].map(|(kind, id)| owner(wreck.other(), kind, id));
    assert_eq!(now, [ben.to_string(), ben.to_string()]);
    assert_eq!(owner(wreck.other(), "account", own), refer("user", wreck.mine.user), "what was Maya's before stays Maya's");
}

#[test]
fn hand_over_leaves_what_the_manager_gave_away_already_or_closed() {
    let (wreck, [acme, sale, _]) = left();
    let cleo = refer("user", wreck.world.user("Fay"));
    wreck.mine.act("opportunity", sale, "win", json!({ "actual_value": "1" }));
    wreck.mine.set("account", acme, json!({ "owner": cleo }));
    wreck.meet();
    let lind = wreck.mine.create("contact", json!({ "last_name": "Lind" }));
    wreck.meet();
    let ben = RecordRef::new("user", wreck.other().user);

    let refused = wreck.try_tap(&wreck.mine, Some(&ben)).unwrap_err();

    assert_eq!(refused.code(), "salvage.nothing", "nothing of it is left with Maya");
    assert_eq!(owner(wreck.other(), "account", acme), cleo);
    assert_eq!(owner(wreck.other(), "contact", lind), refer("user", wreck.mine.user));
}

#[test]
fn hand_over_is_refused_until_somebody_is_named_and_to_who_does_not_work_here() {
    let (wreck, [acme, ..]) = left();
    let maya = refer("user", wreck.mine.user);

    assert_eq!(wreck.refused(), "salvage.to", "all of it is Maya's already");
    let ada = RecordRef::new("user", wreck.world.user("Ada"));
    let refused = wreck.try_tap(&wreck.mine, Some(&ada)).unwrap_err();
    assert_eq!(refused.code(), "field.inactive");
    assert_eq!(owner(&wreck.mine, "account", acme), maya);
    assert!(!wreck.is_closed());
}

/// Maya gave Ada's account to Ben while Ada worked on it; both are told.
fn left_behind(told: &str) -> (Wreck, RecordId, [RecordId; 2]) {
    let world = World::new();
    let [maya, ada, ben] = ["Maya", "Ada", "Ben"].map(|person| world.phone(person));
    let acme = maya.create("account", json!({ "name": "Acme", "owner": refer("user", ada.user) }));
    world.level(&[&maya, &ada, &ben]);
    maya.set("account", acme, json!({ "owner": refer("user", ben.user) }));
    let sale = ada.create("opportunity", json!({ "topic": "Pumps", "customer": refer("account", acme) }));
    let call = ada.create("task", json!({ "subject": "Call", "regarding": refer("opportunity", sale) }));
    world.sync(&maya);
    let phones = if told == "Ada" { [ada, ben, maya] } else { [ben, ada, maya] };
    (Wreck::of(world, phones, "INV-13", if told == "Ada" { "hand_over" } else { "" }), acme, [sale, call])
}

#[test]
fn hand_over_lets_follow_what_stayed_behind_when_its_account_was_given_away() {
    let (wreck, acme, [sale, call]) = left_behind("Ada");
    let ben = refer("user", wreck.world.user("Ben"));

    wreck.tap();

    let now = [("account", acme), ("opportunity", sale), ("task", call)].map(|(kind, id)| owner(wreck.other(), kind, id));
    assert_eq!(now, [ben.clone(), ben.clone(), ben]);
}

#[test]
fn hand_over_is_offered_to_whose_it_is_and_to_who_leads_and_not_to_the_new_owner() {
    let (wreck, _, [sale, _]) = left_behind("Ben");

    assert_eq!(wreck.refused(), "owner.permission", "whose it is gives it");
    assert_eq!(owner(wreck.other(), "opportunity", sale), refer("user", wreck.other().user));
    wreck.meanwhile("Omar", |omar| omar.set("user", wreck.mine.user, json!({ "role": "manager" })));
    assert_eq!(wreck.decision().salvage, "hand_over");
    wreck.tap();
    assert_eq!(owner(wreck.other(), "opportunity", sale), refer("user", wreck.mine.user), "a manager takes what stayed behind");
}

#[test]
fn hand_over_is_refused_once_nothing_stayed_behind() {
    let (wreck, _, [sale, call]) = left_behind("Ada");
    let ben = refer("user", wreck.world.user("Ben"));
    wreck.meanwhile("Maya", |maya| {
        maya.set("opportunity", sale, json!({ "owner": ben }));
        maya.set("task", call, json!({ "owner": ben }));
    });

    assert_eq!(wreck.refused(), "salvage.nothing");
}
