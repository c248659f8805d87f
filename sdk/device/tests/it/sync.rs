//! Phones and a server, over a network that loses things.

use fieldbook_device::{About, Book, Error, Query, RecordId};
use fieldbook_domain::document::{self, Write};
use fieldbook_domain::raw::Scalar;
use fieldbook_domain::record::find;
use fieldbook_sync::change::WireChange;
use fieldbook_sync::message::{EntryBody, Forecast};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use crate::office::{Fault, Office, Wire, sync, sync_with};
use crate::phone::{Phone, map, typed};

fn edit(book: &Book, kind: &str, id: RecordId, field: &str, value: &str) {
    book.set(kind, id, &typed(&[(field, value)])).unwrap();
}

#[test]
fn work_reaches_the_other_phone_in_one_round_trip() {
    let office = Office::new(1);
    let (mut ada, mut ben) = (Phone::ada(1), Phone::ben(2));
    let (ada, ben) = (ada.book(), ben.book());
    let account = ada.create("account", map(json!({ "name": "Northwind", "description": "Old friends." }))).unwrap();
    edit(&ada, "account", account, "city", "Bern");

    let sent = sync(&ada, &office);
    let fetched = sync(&ben, &office);

    assert_eq!((sent.pushed, sent.round_trips), (2, 1));
    assert_eq!((fetched.pulled_changes, fetched.pulled_records, fetched.round_trips), (2, 1, 1));
    assert_eq!(ada.records_digest().unwrap(), ben.records_digest().unwrap());
    assert_eq!(ada.get("account", account).unwrap().get("pending"), None);
    let history = ben.history("account", account).unwrap();
    assert_eq!(history[0].device_name.as_deref(), Some("phone 1"));
    assert_eq!(history[1].fields["city"], json!("Bern"));
    assert_eq!(sync(&ben, &office).round_trips, 1);
}

#[test]
fn work_says_what_its_phone_expects_of_it_also_when_it_is_written_again() {
    let office = Office::new(1);
    let mut ada = Phone::ada(1);
    let ada = ada.book();
    ada.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    ada.create("account", map(json!({ "name": "Nonsense" }))).unwrap();
    ada.create("account", map(json!({ "name": "Contoso" }))).unwrap();
    office.lock().unwrap().refuses = Some("Nonsense");

    sync(&ada, &office);

    assert_eq!(office.lock().unwrap().forecasts, [Some(Forecast::accepted()), Some(Forecast::accepted())]);
}

#[test]
fn a_stale_screen_does_not_undo_a_colleague() {
    let office = Office::new(1);
    let (mut ada, mut ben) = (Phone::ada(1), Phone::ben(2));
    let (ada, ben) = (ada.book(), ben.book());
    let account = ada.create("account", map(json!({ "name": "Northwind", "city": "Bern" }))).unwrap();
    sync(&ada, &office);
    sync(&ben, &office);
    let shown = ada.get("account", account).unwrap();

    edit(&ben, "account", account, "city", "Oslo");
    sync(&ben, &office);
    sync(&ada, &office);
    let mut edited = shown.clone();
    edited.insert("phone".into(), json!("031 300 00 00"));
    ada.save("account", account, &shown, &edited).unwrap();
    sync(&ada, &office);
    sync(&ben, &office);

    assert_eq!(ben.get("account", account).unwrap()["city"], json!("Oslo"));
    assert_eq!(ben.get("account", account).unwrap()["phone"], json!("031 300 00 00"));
    assert_eq!(ada.records_digest().unwrap(), ben.records_digest().unwrap());
}

#[test]
fn fields_and_words_of_a_newer_app_survive_an_older_one() {
    let office = Office::new(1);
    let (mut ada, mut ben) = (Phone::ada(1), Phone::ben(2));
    let (ada, ben) = (ada.book(), ben.book());
    let id = RecordId(Uuid::from_u128(77));
    let kind = find("opportunity").unwrap();
    let mut doc = document::create(kind, id, &[7; 16]).unwrap();
    let genesis = doc.get_heads()[0].0;
    let writes = [
        Write::put("topic", "Chairs"),
        Write::put("stage", "dreaming"),
        Write::put("colour", "{\"rgb\":[1,2]}"),
        Write::put("lucky", Scalar::Int(7)),
        Write::put("est_value", "{\"amount\":\"5\",\"mood\":\"good\"}"),
    ];
    let change = document::write(&mut doc, &writes, 5, None).unwrap().unwrap();
    let changes = vec![WireChange::from_change(&change, &genesis, None).unwrap()];
    office.lock().unwrap().post(EntryBody::Changes { kind: "opportunity".into(), doc: id.0, changes });
    sync(&ada, &office);

    let shown = ada.get("opportunity", id).unwrap();
    let mut edited = shown.clone();
    edited.insert("rating".into(), json!("hot"));
    ada.save("opportunity", id, &shown, &edited).unwrap();
    edit(&ada, "opportunity", id, "est_value.amount", "6");

    let now = ada.get("opportunity", id).unwrap();
    assert_eq!((&now["stage"], &now["colour"], &now["lucky"]), (&json!("dreaming"), &json!({ "rgb": [1, 2] }), &json!(7)));
    assert_eq!(now["est_value"], json!({ "amount": "6", "mood": "good" }));
    assert_eq!(ada.list(&Query::of("opportunity").filter("stage", "dreaming")).unwrap().len(), 1);
    assert!(ben.list(&Query::of("opportunity")).unwrap().is_empty());
}

#[test]
fn refused_work_is_kept_readable_and_the_rest_goes_through() {
    let office = Office::new(1);
    office.lock().unwrap().refuses = Some("verboten");
    let (mut ada, mut ben) = (Phone::ada(1), Phone::ben(2));
    let (ada, ben) = (ada.book(), ben.book());
    let good = ada.create("account", map(json!({ "name": "Good", "description": "one" }))).unwrap();
    let bad = ada.create("account", map(json!({ "name": "verboten", "description": "long story" }))).unwrap();
    edit(&ada, "account", bad, "city", "Bern");
    edit(&ada, "account", good, "city", "verboten");
    edit(&ada, "account", good, "description", "one two");
    let action = ada.act("account", good, "deactivate", map(json!({}))).unwrap();

    let report = sync(&ada, &office);
    sync(&ben, &office);

    assert_eq!((report.refused, ada.status().unwrap().pending), (2, 0));
    assert!(matches!(ada.get("account", bad), Err(Error::NotFound { .. })));
    let now = ada.get("account", good).unwrap();
    assert_eq!((now.get("city"), &now["description"], &now["state"]), (None, &json!("one two"), &json!("inactive")));
    assert_eq!(ada.records_digest().unwrap(), ben.records_digest().unwrap());
    assert!(office.lock().unwrap().raw(good).action(action).is_some());
    let inbox = ada.inbox().unwrap();
    let typed: Vec<_> = inbox.iter().map(|item| item.body["records"][0]["fields"].to_string()).collect();
    assert!(inbox.iter().all(|item| item.about == About::Refused));
    assert_eq!(inbox.len(), 3, "the edit of the refused record is kept as well");
    assert!(typed.iter().any(|typed| typed.contains("verboten") && typed.contains("long story")));
    assert!(typed.iter().any(|typed| typed.contains("Bern")));
}

#[test]
fn a_page_that_one_record_cannot_take_does_not_hold_up_the_others() {
    let office = Office::new(1);
    let (mut ada, mut ben) = (Phone::ada(1), Phone::ben(2));
    let (ada, ben) = (ada.book(), ben.book());
    let account = ben.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    let kind = find("account").unwrap();
    let broken = RecordId(Uuid::from_u128(78));
    let mut doc = document::create(kind, broken, &[7; 16]).unwrap();
    let genesis = doc.get_heads()[0].0;
    let wires: Vec<WireChange> = ["one", "two"]
        .iter()
        .map(|name| {
            let change = document::write(&mut doc, &[Write::put("name", *name)], 5, None).unwrap().unwrap();
            WireChange::from_change(&change, &genesis, None).unwrap()
        })
        .collect();
    let entry = |changes: &[WireChange]| EntryBody::Changes { kind: "account".into(), doc: broken.0, changes: changes.to_vec() };
    office.lock().unwrap().post(entry(&wires[1..]));
    office.lock().unwrap().post(EntryBody::Changes { kind: "invention".into(), doc: Uuid::from_u128(79), changes: vec![] });
    sync(&ben, &office);

    sync(&ada, &office);

    assert!(ada.get("account", account).is_ok());
    assert_eq!(ada.status().unwrap().damaged.len(), 1);
    assert!(matches!(ada.get("account", broken), Err(Error::NotFound { .. })));
    office.lock().unwrap().post(entry(&wires[..1]));
    sync(&ada, &office);
    assert_eq!(ada.get("account", broken).unwrap()["name"], json!("two"), "what was missing heals it");
    assert!(ada.status().unwrap().damaged.is_empty());
}

#[test]
fn another_server_database_is_read_from_its_beginning_and_gets_what_waits() {
    let (before, after) = (Office::new(1), Office::new(2));
    let (mut ada, mut ben) = (Phone::ada(1), Phone::ben(2));
    let (ada, ben) = (ada.book(), ben.book());
    let old = ada.create("account", map(json!({ "name": "Old" }))).unwrap();
    sync(&ada, &before);
    let waiting = ada.create("account", map(json!({ "name": "Waiting" }))).unwrap();
    ben.create("account", map(json!({ "name": "Ben's" }))).unwrap();
    sync(&ben, &after);
    // The name is unknown there, so its numbers start anew.
    let report = sync(&ada, &after);

    assert_eq!(ada.status().unwrap().epoch, Some(after.lock().unwrap().epoch));
    assert_eq!((report.pulled_records, ada.status().unwrap().pending), (1, 0));
    assert!(ada.get("account", old).is_ok() && ada.get("account", waiting).is_ok());
    assert_eq!(ada.status().unwrap().records["account"], 3);
}

#[test]
fn a_captive_portal_is_no_server() {
    let office = Office::new(1);
    let mut ada = Phone::ada(1);
    let book = ada.book();
    book.create("account", map(json!({ "name": "A" }))).unwrap();

    assert!(matches!(sync_with(&book, &office, &[Fault::Portal]), Err(Error::Offline { .. })));
    assert_eq!(book.status().unwrap().pending, 1);
    assert_eq!(sync(&book, &office).pushed, 1);
}

#[test]
fn a_busy_server_is_asked_again_before_anybody_is_told() {
    let office = Office::new(1);
    let mut ada = Phone::ada(1);
    let book = ada.book();
    book.create("account", map(json!({ "name": "A" }))).unwrap();

    let mut patient = Wire::new(&book, &office, &[Fault::Busy, Fault::Busy]);
    let report = patient.sync(&book).unwrap();
    assert_eq!((report.pushed, report.round_trips, book.status().unwrap().pending), (1, 3, 0));
    assert_eq!(patient.waited_ms, [1_000, 1_000], "as long as it was asked to");

    book.create("account", map(json!({ "name": "B" }))).unwrap();
    let mut told = Wire::new(&book, &office, &[Fault::Busy; 10]);
    let busy = told.sync(&book).unwrap_err();
    assert_eq!((busy.code(), told.waited_ms.len(), book.status().unwrap().pending), ("busy", 5, 1));
    assert_eq!(sync(&book, &office).pushed, 1, "nothing is lost by it");
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        3 => Just(Fault::None),
        1 => Just(Fault::Lost),
        2 => Just(Fault::Unanswered),
        1 => Just(Fault::Twice),
        2 => Just(Fault::Cut),
        1 => Just(Fault::Portal),
        1 => Just(Fault::Busy),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Create,
    Edit(prop::sample::Index, u8),
    Type(prop::sample::Index),
    Act(prop::sample::Index),
    Sync(Vec<Fault>),
    Restart,
}

fn step() -> impl Strategy<Value = (bool, Step)> {
    let index = any::<prop::sample::Index>;
    let step = prop_oneof![
        2 => Just(Step::Create),
        3 => (index(), any::<u8>()).prop_map(|(at, n)| Step::Edit(at, n)),
        3 => index().prop_map(Step::Type),
        1 => index().prop_map(Step::Act),
        4 => proptest::collection::vec(fault(), 0..3).prop_map(Step::Sync),
        1 => Just(Step::Restart),
    ];
    (any::<bool>(), step)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn whatever_the_network_does_nothing_is_lost_or_done_twice(steps in proptest::collection::vec(step(), 1..25)) {
        let office = Office::new(1);
        let mut phones = [Phone::ada(1), Phone::ben(2)];
        let (mut intents, mut marks) = (0_usize, 0_u32);
        for (second, step) in steps {
            let phone = &mut phones[usize::from(second)];
            let book = phone.book();
            let held = book.list(&Query::of("account").limit(50)).unwrap();
            let pick = |at: prop::sample::Index| -> Option<RecordId> {
                (!held.is_empty()).then(|| at.get(&held)["id"].as_str().unwrap().parse().unwrap())
            };
            match step {
                Step::Create => {
                    book.create("account", map(json!({ "name": "A" }))).unwrap();
                    intents += 1;
                }
                Step::Edit(at, n) => if let Some(id) = pick(at) {
                    let before = book.status().unwrap().pending;
                    book.set("account", id, &typed(&[("website", &n.to_string())])).ok();
                    intents += (book.status().unwrap().pending - before) as usize;
                }
                Step::Type(at) => if let Some(id) = pick(at) {
                    marks += 1;
                    let text = book.get("account", id).unwrap().get("description").map_or(String::new(), |d| d.as_str().unwrap().to_owned());
                    if book.set("account", id, &typed(&[("description", &format!("{text}<{marks}>"))])).is_ok() {
                        intents += 1;
                    }
                }
                Step::Act(at) => if let Some(id) = pick(at) {
                    intents += usize::from(book.act("account", id, "deactivate", map(json!({}))).is_ok());
                }
                Step::Sync(faults) => {
                    sync_with(&book, &office, &faults).ok();
                }
                Step::Restart => {
                    drop(book);
                    phone.close();
                }
            }
        }
        for _ in 0..2 {
            for phone in &mut phones {
                sync(&phone.book(), &office);
            }
        }
        let [ada, ben] = phones.each_mut().map(Phone::book);
        prop_assert_eq!(office.lock().unwrap().merged, intents);
        prop_assert_eq!((ada.status().unwrap().pending, ben.status().unwrap().pending), (0, 0));
        let digest = ada.records_digest().unwrap();
        prop_assert_eq!(&digest, &ben.records_digest().unwrap());
        let text = digest.values().cloned().collect::<String>();
        for mark in 1..=marks {
            let times = text.matches(&format!("<{mark}>")).count();
            prop_assert!(times <= 1, "mark {} was typed {} times", mark, times);
        }
        ada.rebuild_projection().unwrap();
        prop_assert_eq!(&digest, &ada.records_digest().unwrap());
    }
}
