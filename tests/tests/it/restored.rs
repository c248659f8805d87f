//! A server put back from an old backup: the phones bring back what it lacks, nobody is asked, and nothing is there twice.

use crate::invariants::hostile::identity;
use fieldbook_device::{Carrier, Error, Query};
use fieldbook_domain::ids::RecordId;
use fieldbook_server::app::App;
use fieldbook_server::token::Identity;
use fieldbook_tests::world::{Phone, World, refer};
use serde_json::{Value, json};
use std::future::Future;

/// A world in which two phones did this much before the backup was made.
struct Before {
    world: World,
    ada: Phone,
    ben: Phone,
    acme: RecordId,
    lead: RecordId,
    backup: Vec<u8>,
}

fn backed_up() -> Before {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let acme = ada.create("account", json!({ "name": "Acme", "description": "Likes tea." }));
    let lead =
        ada.create("lead", json!({ "topic": "Pumps", "last_name": "Lind", "company_name": "Nordic", "est_value": "48000" }));
    world.level(&[&ada, &ben]);
    let backup = world.back_up();
    Before { world, ada, ben, acme, lead, backup }
}

impl Before {
    /// What both did after it, and the office has answered.
    fn work(&self) {
        let Before { world, ada, ben, acme, lead, .. } = self;
        ada.set("account", *acme, json!({ "city": "Oslo", "description": "Likes tea. Call on Monday." }));
        ada.act("lead", *lead, "qualify", json!({}));
        ben.set("account", *acme, json!({ "website": "https://acme.example", "description": "Likes tea. And cake." }));
        let _ = ben.create("task", json!({ "subject": "Call", "regarding": refer("account", *acme) }));
        world.level(&[ada, ben]);
        world.assert_agreement(&[ada, ben]);
    }

    /// Everything both did is with everybody.
    fn all_is_there(&self) {
        let Before { world, ada, ben, acme, lead, .. } = self;
        world.assert_agreement(&[ada, ben]);
        for phone in [ada, ben, &world.phone("Maya")] {
            let shown = ["city", "website"].map(|field| phone.field("account", *acme, field));
            assert_eq!(shown, [json!("Oslo"), json!("https://acme.example")]);
            let text = phone.field("account", *acme, "description").as_str().unwrap_or_default().to_owned();
            for part in ["Likes tea.", "Call on Monday.", "And cake."] {
                assert_eq!(text.matches(part).count(), 1, "{text}");
            }
            assert_eq!(phone.field("lead", *lead, "state"), "qualified");
            for (kind, many) in [("opportunity", 1), ("task", 1), ("contact", 1), ("account", 2)] {
                assert_eq!(phone.book.list(&Query::of(kind)).unwrap().len(), many, "{kind}");
            }
        }
        for phone in [ada, ben] {
            let status = phone.book.status().unwrap();
            assert_eq!((status.pending, status.refused), (0, 0));
        }
    }

    /// How often the office said that it was put back.
    fn times(&self) -> usize {
        let notes = self.world.app.audit(self.world.org, &Default::default()).unwrap();
        notes.iter().filter(|event| serde_json::to_string(event).unwrap().contains("server.restored")).count()
    }
}

#[test]
fn what_was_done_since_the_backup_comes_back_in_any_order() {
    for ada_first in [true, false] {
        let mut before = backed_up();
        before.work();

        before.world.put_back(&before.backup, &[&before.ada, &before.ben]);
        let phones = if ada_first { [&before.ada, &before.ben] } else { [&before.ben, &before.ada] };
        before.world.level(&phones);

        before.all_is_there();
        assert_eq!(before.times(), 1);
        before.world.restart();
        assert_eq!(before.times(), 1, "only once");
    }
}

#[test]
fn work_goes_on_while_the_phone_is_levelled_and_after_it() {
    let mut before = backed_up();
    before.work();
    before.world.put_back(&before.backup, &[&before.ada, &before.ben]);
    before.ada.set("account", before.acme, json!({ "phone": "+47 1" }));
    let mut cut = CutAfter { app: before.world.app.clone(), identity: identity(&before.world, &before.ada), left: 2 };
    let failed = before.world.wait(before.ada.book.sync_over(&mut cut));
    assert!(failed.is_err(), "the line breaks after the first pages");
    assert_eq!(before.ada.field("account", before.acme, "city"), "Oslo", "nothing is gone meanwhile");
    before.ada.set("account", before.acme, json!({ "other_phone": "+47 2" }));

    before.world.level(&[&before.ada, &before.ben]);
    before.ben.set("account", before.acme, json!({ "phone": "+47 3" }));
    before.world.level(&[&before.ben, &before.ada]);

    before.all_is_there();
    let shown = ["phone", "other_phone"].map(|field| before.ben.field("account", before.acme, field));
    assert_eq!(shown, [json!("+47 3"), json!("+47 2")]);
}

/// Lets so many requests through and then none.
struct CutAfter {
    app: App,
    identity: Identity,
    left: usize,
}

impl Carrier for CutAfter {
    fn exchange(&mut self, request: Vec<u8>) -> impl Future<Output = Result<Vec<u8>, Error>> + Send {
        let answer = self.left.checked_sub(1).map(|left| {
            self.left = left;
            self.app.exchange(&self.identity, &request)
        });
        async move { answer.ok_or(Error::SignedOut) }
    }
}

#[test]
fn a_phone_that_has_read_on_tells_where_nothing_else_does() {
    let mut before = backed_up();
    before.work();
    before.world.app.close();
    std::fs::remove_file(before.world.database().with_extension("mark")).unwrap();

    before.world.put_back(&before.backup, &[&before.ada, &before.ben]);
    assert_eq!(before.times(), 0, "the whole machine was put back");
    before.world.level(&[&before.ben, &before.ada]);

    before.all_is_there();
    assert_eq!(before.times(), 1);
}

#[test]
fn what_waits_for_a_manager_waits_again() {
    let mut world = World::new();
    let (ada, ben, maya) = (world.phone("Ada"), world.phone("Ben"), world.phone("Maya"));
    let [mine, theirs] = [&ada, &ben].map(|phone| phone.create("account", json!({ "name": "Acme" })));
    world.level(&[&ada, &ben, &maya]);
    let backup = world.back_up();
    ben.act("account", theirs, "merge", json!({ "into": mine.to_string() }));
    world.level(&[&ben, &ada, &maya]);
    assert_eq!(maya.book.review().unwrap().len(), 1);

    world.put_back(&backup, &[&ada, &ben, &maya]);
    world.level(&[&maya, &ada, &ben]);

    let waits = maya.book.review().unwrap();
    assert_eq!(waits.len(), 1, "{waits:?}");
    let item = maya.told("INV-09").into_iter().find(|told| told.held.is_some()).unwrap();
    maya.decide(&item, "same");
    world.level(&[&maya, &ada, &ben]);
    world.assert_agreement(&[&ada, &ben, &maya]);
    assert_eq!(ben.sees("account", theirs)["id"], Value::from(mine.to_string()));
}

/// A world in which Ada made an account after the backup, and both phones hold it.
struct Lost {
    world: World,
    ada: Phone,
    ben: Phone,
    acme: RecordId,
    backup: Vec<u8>,
}

fn lost() -> Lost {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let backup = world.back_up();
    let acme = ada.create("account", json!({ "name": "Acme", "city": "Oslo" }));
    world.level(&[&ada, &ben]);
    Lost { world, ada, ben, acme, backup }
}

#[test]
fn an_edit_of_what_the_office_lost_meets_it_again() {
    for editor_first in [true, false] {
        let Lost { mut world, ada, ben, acme, backup } = lost();

        world.put_back(&backup, &[&ada, &ben]);
        ben.set("account", acme, json!({ "name": "Acme AS" }));
        let phones = if editor_first { [&ben, &ada] } else { [&ada, &ben] };
        world.level(&phones);

        world.assert_agreement(&[&ada, &ben]);
        let shown = ["name", "city"].map(|field| ben.field("account", acme, field));
        assert_eq!(shown, [json!("Acme AS"), json!("Oslo")]);
    }
}

#[test]
fn what_nobody_brings_back_can_still_be_read() {
    let Lost { mut world, ada, ben, acme, backup } = lost();

    world.put_back(&backup, &[&ada, &ben]);
    world.sync(&ben);
    assert!(!ben.holds("account", acme), "the office does not know it");
    let aside = ben.book.aside().unwrap();
    assert_eq!((aside.len(), aside[0].record.id, aside[0].title.as_str()), (1, acme, "Acme"));
    assert_eq!(aside[0].fields["city"], "Oslo");

    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);
    assert_eq!((ben.book.aside().unwrap(), ada.book.aside().unwrap()), (Vec::new(), Vec::new()), "Ada's phone brought it back");
}

#[test]
fn what_somebody_set_back_stays_set_back() {
    for ada_first in [true, false] {
        let mut world = World::new();
        let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
        let acme = ada.create("account", json!({ "name": "Acme", "city": "Oslo" }));
        world.level(&[&ada, &ben]);
        let backup = world.back_up();
        ben.set("account", acme, json!({ "city": "Bergen" }));
        world.level(&[&ben, &ada]);
        world.pass(60_000, &[&ada, &ben]);
        ada.set("account", acme, json!({ "city": "Oslo" }));

        world.put_back(&backup, &[&ada, &ben]);
        let phones = if ada_first { [&ada, &ben] } else { [&ben, &ada] };
        world.level(&phones);

        world.assert_agreement(&[&ada, &ben]);
        assert_eq!(ben.field("account", acme, "city"), "Oslo");
    }
}

#[test]
fn an_order_for_a_customer_the_office_lost_waits_for_them_and_is_numbered_then() {
    let Lost { mut world, ada, ben, acme, backup } = lost();
    let order = ben.create("order", json!({ "name": "Pumps", "customer": refer("account", acme) }));

    world.put_back(&backup, &[&ada, &ben]);
    world.sync(&ben);
    assert_eq!(ben.told("INV-11").len(), 1, "it waits");
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ada.field("order", order, "order_number"), "ORD-000001");
}
