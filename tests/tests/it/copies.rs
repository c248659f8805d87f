//! Copied and restored phones: nothing typed is lost, nothing is refused, nothing happens twice.

use crate::invariants::hostile::identity;
use fieldbook_device::{Carrier, Error};
use fieldbook_server::app::App;
use fieldbook_server::token::Identity;
use fieldbook_sync::frame;
use fieldbook_sync::message::ClientMessage;
use fieldbook_tests::world::World;
use serde_json::json;
use std::future::Future;

/// Lets news through, and no work.
struct NewsOnly {
    app: App,
    identity: Identity,
}

impl Carrier for NewsOnly {
    fn exchange(&mut self, request: Vec<u8>) -> impl Future<Output = Result<Vec<u8>, Error>> + Send {
        let no_push = |frame: &&[u8]| !matches!(frame::decode::<ClientMessage>(frame), Ok(ClientMessage::Push { .. }));
        let frames: Vec<&[u8]> = frame::split(&request).map(|frame| frame.unwrap()).filter(no_push).collect();
        let answer = self.app.exchange(&self.identity, &frames.concat());
        async move { Ok(answer) }
    }
}

#[test]
fn a_copied_phone_takes_its_turn_after_what_it_has_seen_since() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let sale = ada.create("opportunity", json!({"topic": "Pumps"}));
    world.level(&[&ada, &ben]);
    ada.act("opportunity", sale, "hold", json!({}));
    ben.act("opportunity", sale, "hold", json!({}));
    ben.act("opportunity", sale, "resume", json!({}));
    world.sync(&ben);
    let mut news = NewsOnly { app: world.app.clone(), identity: identity(&world, &ada) };
    let _unfinished = world.wait(ada.book.sync_over(&mut news));
    let user = ada.user;
    drop(ada);
    let copy = world.dir.path().join("copy.db");
    let original = world.newest_book("Ada");
    std::fs::copy(original, &copy).unwrap();

    let ada = world.phone_at("Ada", &copy, 99);
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ada.user, user);
    assert!(ada.book.inbox().unwrap().iter().all(|item| item.about == fieldbook_device::About::Decision), "nothing was refused");
    assert_eq!(ada.book.status().unwrap().refused, 0);
}

#[test]
fn a_phone_restored_from_a_backup_loses_nothing_and_doubles_nothing() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let acme = ada.create("account", json!({"name": "Acme", "description": "Likes tea."}));
    world.level(&[&ada, &ben]);
    let path = world.newest_book("Ada");
    drop(ada);
    let backup = world.dir.path().join("backup.db");
    std::fs::copy(&path, &backup).unwrap();
    let ada = world.phone_at("Ada", &path, 50);
    ada.set("account", acme, json!({"city": "Oslo", "description": "Likes tea. Call on Monday."}));
    world.sync(&ada);
    drop(ada);

    std::fs::copy(&backup, &path).unwrap();
    let ada = world.phone_at("Ada", &path, 51);
    ada.set("account", acme, json!({"website": "https://acme.example"}));
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ben.field("account", acme, "city"), "Oslo");
    assert_eq!(ben.field("account", acme, "website"), "https://acme.example");
    assert_eq!(ben.field("account", acme, "description"), "Likes tea. Call on Monday.");
    assert_eq!(ada.book.status().unwrap().refused, 0);
}

#[test]
fn a_phone_restored_from_a_backup_still_knows_what_waits_for_its_user() {
    let world = World::new();
    let (ada, ben, maya) = (world.phone("Ada"), world.phone("Ben"), world.phone("Maya"));
    let [mine, theirs] = [&ada, &ben].map(|phone| phone.create("account", json!({"name": "Acme"})));
    world.level(&[&ada, &ben, &maya]);
    ben.act("account", theirs, "merge", json!({"into": mine.to_string()}));
    world.level(&[&ben, &maya]);
    maya.set("account", mine, json!({"city": "Oslo"}));
    let path = world.newest_book("Maya");
    drop(maya);
    let backup = world.dir.path().join("backup.db");
    std::fs::copy(&path, &backup).unwrap();
    let maya = world.phone_at("Maya", &path, 50);
    world.sync(&maya);
    drop(maya);

    std::fs::copy(&backup, &path).unwrap();
    let maya = world.phone_at("Maya", &path, 51);
    world.level(&[&maya, &ada]);

    assert_eq!(maya.book.review().unwrap().len(), 1);
    world.assert_agreement(&[&ada, &maya]);
}
