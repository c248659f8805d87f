//! INV-84 and the door: a modified app, spoiled bundles, lost answers.

use fieldbook_device::{Carrier, Error};
use fieldbook_domain::document::Write;
use fieldbook_domain::raw::Scalar;
use fieldbook_server::app::App;
use fieldbook_server::token::Identity;
use fieldbook_sync::frame;
use fieldbook_sync::message::{Answer, Status};
use fieldbook_tests::rogue::Rogue;
use fieldbook_tests::world::{Phone, World};
use serde_json::json;
use std::future::Future;

/// Carries requests to the server and loses its first answers.
pub(crate) struct Lossy {
    pub(crate) app: App,
    pub(crate) identity: Identity,
    pub(crate) answers_lost: usize,
}

impl Carrier for Lossy {
    fn exchange(&mut self, request: Vec<u8>) -> impl Future<Output = Result<Vec<u8>, Error>> + Send {
        let answer = self.app.exchange(&self.identity, &request);
        let lost = self.answers_lost > 0;
        self.answers_lost = self.answers_lost.saturating_sub(1);
        async move { if lost { Err(Error::Offline { reason: "the network broke".into() }) } else { Ok(answer) } }
    }
}

pub(crate) fn identity(world: &World, phone: &Phone) -> Identity {
    world.identity(phone.user)
}

/// Sends what waits on a phone, but the network breaks in the middle of the last frame.
pub(crate) fn push_cut(world: &World, phone: &Phone) {
    struct Cutting {
        app: App,
        identity: Identity,
    }
    impl Carrier for Cutting {
        fn exchange(&mut self, request: Vec<u8>) -> impl Future<Output = Result<Vec<u8>, Error>> + Send {
            let last = frame::split(&request).map(|frame| frame.unwrap().len()).last().unwrap();
            let _ = self.app.exchange(&self.identity, &request[..request.len() - last / 2]);
            async move { Err(Error::Offline { reason: "the network broke".into() }) }
        }
    }
    let mut cutting = Cutting { app: world.app.clone(), identity: identity(world, phone) };
    assert!(world.wait(phone.book.sync_over(&mut cutting)).is_err());
}

#[test]
fn inv_82_one_bad_part_keeps_the_whole_bundle_out() {
    let world = World::new();
    let ada = world.phone("Ada");
    let mut app = Rogue::of(&world, ada.user, 0);
    let (good, bad) = (ada.user.derived("good"), ada.user.derived("bad"));
    let before = world.app.org_digest(world.org).unwrap();
    let parts = vec![
        app.write("account", good, &[Write::put("name", "Acme")]),
        app.write("account", bad, &[Write::put("name", Scalar::Int(7))]),
    ];

    let answer = app.push(parts);

    assert_eq!(answer.status, Status::Refused);
    assert_eq!(world.app.org_digest(world.org).unwrap(), before);
    assert!(world.app.check(world.org).unwrap().broken.is_empty());
}

#[test]
fn inv_84_what_the_office_derives_is_put_back_and_the_administrators_are_told() {
    for official_first in [true, false] {
        let world = World::new();
        let (ada, omar) = (world.phone("Ada"), world.phone("Omar"));
        let other = ada.create("account", json!({"name": "Globex"}));
        if official_first {
            world.sync(&ada);
        }
        let id = ada.user.derived("forged");
        let writes = [Write::put("topic", "Free money"), Write::put("actual_value", "1000000"), Write::put("total_amount", "7")];

        let answer = Rogue::of(&world, ada.user, 0).write_and_push("opportunity", id, &writes);

        assert_eq!(answer.status, Status::Rejected);
        world.level(&[&ada, &omar]);
        world.assert_agreement(&[&ada, &omar]);
        assert!(omar.holds("account", other));
        let shown = omar.sees("opportunity", id);
        assert_eq!((shown.get("actual_value"), shown.get("total_amount")), (None, None));
        assert_eq!(shown["topic"], "Free money", "the rest is merged");
        assert_eq!(omar.told("INV-84").len(), 1);
    }
}

#[test]
fn inv_84_verdicts_states_and_other_peoples_actions_are_refused_at_the_door() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let action = ada.user.derived("action");
    let by_ben = json!({"action": "win", "by": ben.user.to_string(), "at": 1_772_442_000_000i64, "turn": 1}).to_string();
    let forgeries: Vec<(&str, Vec<Write>)> = vec![
        ("a verdict", vec![Write::put("topic", "x"), Write::put(format!("verdicts/{action}"), "{\"outcome\":\"accepted\"}")]),
        ("an alternative", vec![Write::put(format!("alternatives/topic/{action}"), "{}")]),
        ("Ben's signature", vec![Write::put("topic", "x"), Write::put(format!("actions/{action}"), by_ben)]),
        ("a key of nobody", vec![Write::put("actions/../../etc", "x")]),
        ("10^30 of money", vec![Write::put("topic", "x"), Write::put("budget_amount", "1000000000000000000000000000000")]),
        ("an absurd date", vec![Write::put("topic", "x"), Write::put("est_close_date", "0000-13-99")]),
        ("a number as a topic", vec![Write::put("topic", Scalar::Int(7))]),
    ];

    for (n, (what, writes)) in (0..).zip(&forgeries) {
        let mut app = Rogue::of(&world, ada.user, n);
        let id = ada.user.derived(&format!("forged {n}"));
        let answer = app.write_and_push("opportunity", id, writes);
        assert_eq!(answer.status, Status::Refused, "{what} is refused");
        assert!(!answer.message.is_empty());
    }

    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);
    assert!(ben.book.list(&fieldbook_device::Query::of("opportunity")).unwrap().is_empty());
}

#[test]
fn a_rep_may_not_write_the_catalogue_or_people_whatever_the_app_says() {
    let world = World::new();
    let ada = world.phone("Ada");
    let id = ada.user.derived("product");

    let offline = ada.book.create("product", fieldbook_tests::world::object(json!({"name": "Pump"}))).unwrap_err();
    let answer = Rogue::of(&world, ada.user, 0).write_and_push("product", id, &[Write::put("name", "Pump")]);

    assert_eq!(offline.code(), "product.permission");
    assert_eq!(answer.status, Status::Refused);
}

#[test]
fn inv_82_an_action_that_was_never_possible_takes_what_it_made_with_it() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let mut app = Rogue::of(&world, ada.user, 0);
    let (sale, task) = (ada.user.derived("sale"), ada.user.derived("task"));
    let win =
        json!({"action": "win", "by": ada.user.to_string(), "at": fieldbook_tests::world::MONDAY_MS, "turn": 1}).to_string();
    let action = ada.user.derived("win");
    let parts = vec![
        app.write("opportunity", sale, &[Write::put("topic", "Pumps"), Write::put(format!("actions/{action}"), win)]),
        app.write("task", task, &[Write::put("subject", "Send the invoice")]),
    ];

    let answer = app.push(parts);

    assert_eq!(answer.status, Status::Rejected, "nobody wins without a customer");
    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ben.field("opportunity", sale, "state"), "open");
    assert!(!ben.holds("task", task), "what came with the win is withheld");
    assert_eq!(ada.told("LIFECYCLE").len(), 1);
    assert!(ada.told("LIFECYCLE")[0].message.contains("customer"));
}

#[test]
fn constraints_a_modified_app_ignores_are_kept_by_the_server() {
    let world = World::new();
    let omar = world.phone("Omar");
    let (list, hose, tip, item) =
        (omar.user.derived("list"), omar.user.derived("hose"), omar.user.derived("tip"), omar.user.derived("item"));
    let mut app = Rogue::of(&world, omar.user, 0);

    let dates = [
        Write::put("name", "Retail"),
        Write::put("currency", "EUR"),
        Write::put("start_date", "2026-12-02"),
        Write::put("end_date", "2026-12-01"),
    ];
    let dates = app.write_and_push("price_list", list, &dates);
    let hose_made = app.write_and_push("product", hose, &[Write::put("name", "Hose")]);
    let itself = [
        Write::put("product", hose.to_string()),
        Write::put("related_product", hose.to_string()),
        Write::put("kind", "accessory"),
    ];
    let itself = app.write_and_push("product_relationship", tip, &itself);
    let piece = omar.user.derived("piece");
    let piece_made = app.write_and_push("unit", piece, &[Write::put("name", "Piece")]);
    let second = [
        Write::put("price_list", list.to_string()),
        Write::put("product", hose.to_string()),
        Write::put("unit", piece.to_string()),
    ];
    let second = app.write_and_push("price_list_item", item, &second);

    assert_eq!(hose_made.status, Status::Accepted, "{hose_made:?}");
    assert_eq!(piece_made.status, Status::Accepted, "{piece_made:?}");
    let said = |answer: &Answer| (answer.status, answer.code.clone());
    assert_eq!(said(&dates), (Status::Rejected, "CONSTRAINT".to_owned()));
    assert_eq!(said(&itself), (Status::Rejected, "INV-67".to_owned()));
    assert_eq!(said(&second), (Status::Rejected, "INV-62".to_owned()));
    assert!(dates.message.contains("the last day of a price list is not before its first"), "{}", dates.message);
    world.level(&[&omar]);
    world.assert_agreement(&[&omar]);
    assert_eq!(omar.field("price_list", list, "end_date"), serde_json::Value::Null, "the list stays, its days are put back");
    assert!(!omar.holds("product_relationship", tip) && !omar.holds("price_list_item", item));
}
