//! What only the office does: with a connection it is done at once, without one nothing is queued.

use fieldbook_device::Error;
use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{Phone, World, refer};
use serde_json::json;

fn won(ada: &Phone) -> RecordId {
    let acme = ada.create("account", json!({"name": "Acme"}));
    let sale = ada.create("opportunity", json!({"topic": "Forty pumps", "customer": refer("account", acme)}));
    ada.act("opportunity", sale, "win", json!({"actual_value": "48000"}));
    sale
}

#[test]
fn a_manager_reopens_a_won_opportunity_at_the_office_and_every_phone_sees_it() {
    let world = World::new();
    let (ada, maya) = (world.phone("Ada"), world.phone("Maya"));
    let sale = won(&ada);
    world.level(&[&ada, &maya]);
    let _ = maya.create("note", json!({"title": "They called again", "regarding": refer("opportunity", sale)}));
    let offers = maya.book.available("opportunity", sale).unwrap();

    let action = world.at_office(&maya, "opportunity", sale, "reopen").unwrap();

    let offer = offers.iter().find(|offer| offer.action == "reopen").unwrap();
    assert!(offer.possible && offer.office);
    assert_eq!(maya.field("opportunity", sale, "state"), "open", "the result is on the phone that asked");
    assert_eq!(maya.field("opportunity", sale, "actual_value"), json!(null));
    assert_eq!(maya.book.status().unwrap().pending, 0, "what waited was sent first");
    world.sync(&ada);
    assert_eq!(ada.field("opportunity", sale, "state"), "open");
    let history = serde_json::to_value(ada.book.history("opportunity", sale).unwrap()).unwrap();
    let newest = history.as_array().unwrap().last().unwrap();
    let done = newest["fields"][format!("actions/{action}")].clone();
    assert_eq!((&done["by"], &newest["message"]), (&json!(maya.user), &json!("Maya, at the office")));
    world.assert_agreement(&[&ada, &maya]);
}

#[test]
fn without_a_connection_the_phone_says_that_it_needs_the_office_and_queues_nothing() {
    let world = World::new();
    let (ada, maya) = (world.phone("Ada"), world.phone("Maya"));
    let sale = won(&ada);
    world.level(&[&ada, &maya]);
    let token = world.app.token(world.org, maya.user, 30).unwrap();
    maya.book.login("http://127.0.0.1:9", &token).unwrap();

    let here = maya.try_act("opportunity", sale, "reopen", json!({})).unwrap_err();
    let offline = world.at_office(&maya, "opportunity", sale, "reopen").unwrap_err();

    assert_eq!(
        (here.code(), here.to_string().as_str()),
        ("opportunity.reopen.office", "reopen needs the office: connect and try again")
    );
    assert!(matches!(&offline, Error::Offline { reason } if reason.starts_with("reopen needs the office and was not done")));
    assert_eq!((maya.book.status().unwrap().pending, maya.field("opportunity", sale, "state")), (0, json!("won")));
    maya.book.login(&world.url, &token).unwrap();
    world.level(&[&maya, &ada]);
    assert_eq!(ada.field("opportunity", sale, "state"), "won");
    world.assert_agreement(&[&ada, &maya]);
}

#[test]
fn a_refusal_of_the_office_reads_like_one_of_the_phone() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let sale = won(&ada);
    world.level(&[&ada, &ben]);

    let not_a_manager = world.at_office(&ada, "opportunity", sale, "reopen").unwrap_err();
    let never_heard_of = world.at_office(&ada, "opportunity", RecordId::default(), "reopen").unwrap_err();

    let here = ada.try_act("opportunity", sale, "reopen", json!({})).unwrap_err();
    assert_eq!((not_a_manager.code(), not_a_manager.to_string()), (here.code(), here.to_string()));
    assert!(matches!(never_heard_of, Error::NotFound { .. }));
    world.assert_agreement(&[&ada, &ben]);
}

#[test]
fn what_a_phone_may_do_by_itself_the_office_does_as_well_with_all_it_makes() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let lead = ada.create("lead", json!({"topic": "Pumps", "last_name": "Lind", "company_name": "Nordic Pumps"}));

    world.at_office(&ada, "lead", lead, "qualify").unwrap();

    world.sync(&ben);
    for kind in ["opportunity", "contact", "account"] {
        assert!(ada.holds(kind, lead.derived(kind)) && ben.holds(kind, lead.derived(kind)), "{kind}");
    }
    world.assert_agreement(&[&ada, &ben]);
}

#[test]
fn the_catalogue_is_closed_and_opened_at_the_office_only() {
    let world = World::new();
    let (omar, ada) = (world.phone("Omar"), world.phone("Ada"));
    let pump = omar.create("product", json!({"name": "Pump"}));

    let here = omar.try_act("product", pump, "retire", json!({})).unwrap_err();
    world.at_office(&omar, "product", pump, "retire").unwrap();

    world.sync(&ada);
    assert_eq!((here.code(), ada.field("product", pump, "state")), ("product.retire.office", json!("retired")));
    assert_eq!(world.at_office(&ada, "product", pump, "activate").unwrap_err().code(), "product.permission");
    world.at_office(&omar, "product", pump, "activate").unwrap();
    world.level(&[&omar, &ada]);
    world.assert_agreement(&[&omar, &ada]);
}
