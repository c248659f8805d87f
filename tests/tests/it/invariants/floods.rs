//! What a modified app sends to wear the office out: depth, length, number, bombs, and everything once more. It is answered in words,
//! nothing takes effect, and who is honest is served in the same seconds.

use fieldbook_device::{Carrier, Error};
use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::raw::Scalar;
use fieldbook_server::app::App;
use fieldbook_server::token::Identity;
use fieldbook_sync::change::{CHANGE_OPS_MAX, Dep, WireChange, WireOp, WireOpId};
use fieldbook_sync::frame::{self, INTENTS_MAX, PARTS_MAX};
use fieldbook_sync::message::{ClientMessage, Intent, Part, ServerMessage, Status};
use fieldbook_tests::rogue::{Rogue, answers, heard, is_refused, sealed};
use fieldbook_tests::world::{FIVE, Phone, World};
use serde_json::json;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

use super::devices::{is_whole_and_serves, office};
use super::{account, opportunity};

/// How deep a value of 64 KB can be.
const DEPTH: usize = 30_000;

#[test]
fn values_as_deep_as_they_are_long_are_refused_or_kept_as_the_text_they_are() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let sale = opportunity(&ada);
    world.level(&[&ada, &ben]);
    let arrays = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    let objects = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let action = |args: &str| {
        let at = fieldbook_tests::world::MONDAY_MS;
        format!("{{\"action\":\"win\",\"by\":\"{}\",\"at\":{at},\"turn\":1,\"args\":{{\"description\":{args}}}}}", ada.user)
    };
    let id = ada.user.derived("deep");

    for (number, deep) in (0..).zip([arrays, objects]) {
        let app = Rogue::with_everything(&world, ada.user, number);
        for (key, text) in [("est_value", deep.clone()), ("pricing", deep.clone()), (&*format!("actions/{id}"), action(&deep))] {
            let mut app = app.clone();
            let answer = app.write_and_push("opportunity", sale, &[Write::put(key, text)]);
            assert!(is_refused(&answer), "{key}: {answer:?}");
            app.dseq += 1;
        }
        // A field of a newer app may hold anything: nobody here reads it.
        let mut app = Rogue::with_everything(&world, ada.user, 100 + number);
        let newer = app.write_and_push("opportunity", sale, &[Write::put(format!("newer_{number}"), deep)]);
        assert_eq!(newer.status, Status::Accepted);
    }

    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ben.field("opportunity", sale, "state"), "open");
}

/// A part whose one text is typed and removed again in changes as long as a change may be.
fn typed_and_removed(app: &mut Rogue, name: &str, changes: usize) -> Part {
    let id = app.identity.user.derived(name);
    let mut part = app.write("note", id, &[Write::put("title", "x"), Write::Text { field: "text".into(), now: "x".into() }]);
    let first = part.changes[0].clone();
    let text = first.ops.iter().find_map(|op| if let WireOp::Insert { text, .. } = op { Some(*text) } else { None });
    let text = text.expect("a letter is typed");
    let mut start_op = first.max_op() + 1;
    for seq in 2..=u64::try_from(changes).unwrap() {
        let letters = (start_op..start_op + 5_000).map(|counter| WireOpId { counter, actor: app.actor }).collect();
        let ops =
            vec![WireOp::Insert { text, after: None, chars: "x".repeat(5_000) }, WireOp::Remove { text, elements: letters }];
        let deps = vec![Dep::Previous];
        part.changes.push(WireChange { seq, start_op, deps, ops, ..first.clone() });
        start_op += 10_000;
    }
    sealed(part)
}

/// How long an honest phone takes to save and sync, in the middle of a few times.
fn honest_sync(world: &World, phone: &Phone, rounds: usize, mut more: impl FnMut() -> bool) -> Duration {
    let mut took = Vec::new();
    while took.len() < rounds || more() {
        let begun = Instant::now();
        let made = account(phone, "Honest");
        world.sync(phone);
        took.push(begun.elapsed());
        assert_eq!(phone.book.status().unwrap().pending, 0, "{made} is through");
    }
    took.sort();
    took[took.len() / 2]
}

#[test]
fn honest_phones_are_served_while_others_send_as_much_as_they_can() {
    let world = World::in_memory(&FIVE);
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let quiet = honest_sync(&world, &ada, 5, || false);
    let (stop, pushes) = (AtomicBool::new(false), AtomicU64::new(0));

    let busy = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 100;
            while !stop.load(Ordering::SeqCst) {
                number += 1;
                let mut app = Rogue::of(&world, ben.user, number);
                let mut note = |n: usize| {
                    let id = ben.user.derived(&format!("{number}/{n}"));
                    app.write("note", id, &[Write::put("title", "x")])
                };
                let parts: Vec<Vec<Part>> = match number % 4 {
                    // 40,000 operations that leave nothing behind.
                    0 => vec![vec![typed_and_removed(&mut app, &format!("{number}"), 5)]],
                    1 => vec![(0..PARTS_MAX).map(&mut note).collect()],
                    2 => (0..INTENTS_MAX).map(|n| vec![note(n)]).collect(),
                    _ => {
                        // A million, if anybody looked at them.
                        let mut endless = note(0);
                        let ops = vec![WireOp::Delete { key: "a".into(), pred: Vec::new() }; CHANGE_OPS_MAX];
                        endless.changes = vec![WireChange { ops, ..endless.changes[0].clone() }; 100];
                        vec![vec![endless]]
                    }
                };
                let intents = (1..).zip(parts).map(|(dseq, parts)| {
                    let id = Uuid::new_v5(&app.device, &[number.to_be_bytes(), u64::to_be_bytes(dseq)].concat());
                    Intent { dseq, id, parts, forecast: None }
                });
                let push = ClientMessage::Push { actor: app.actor, intents: intents.collect() };
                let said = app.say(vec![push]);
                assert!(!answers(&said).is_empty() || matches!(said.last(), Some(ServerMessage::Bye { .. })), "{said:?}");
                pushes.fetch_add(1, Ordering::SeqCst);
            }
        });
        let busy = honest_sync(&world, &ada, 5, || pushes.load(Ordering::SeqCst) < 4);
        stop.store(true, Ordering::SeqCst);
        busy
    });

    assert!(busy < quiet * 20 + Duration::from_secs(2), "{busy:?} instead of {quiet:?} for a sync");
    world.level(&[&ada, &ben]);
    assert_eq!(world.app.check(world.org).unwrap().broken, []);
}

/// Carries requests and keeps them, as somebody in the middle would.
struct Eavesdropper {
    app: App,
    identity: Identity,
    heard: Vec<Vec<u8>>,
}

impl Carrier for Eavesdropper {
    fn exchange(&mut self, request: Vec<u8>) -> impl Future<Output = Result<Vec<u8>, Error>> + Send {
        let answer = self.app.exchange(&self.identity, &request);
        self.heard.push(request);
        async move { Ok(answer) }
    }
}

#[test]
fn a_whole_day_of_a_phone_sent_once_more_changes_nothing_and_stops_nobody() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let mut day = Eavesdropper { app: world.app.clone(), identity: world.identity(ada.user), heard: Vec::new() };
    let sale = opportunity(&ada);
    for hour in 0..8 {
        let line = ada
            .add_line(sale, json!({"description": format!("Hose {hour}"), "quantity": {"value": "2"}, "price_per_unit": "35"}));
        ada.set("opportunity", sale, json!({"topic": format!("{hour} pumps"), "description": format!("At {hour}, line {line}")}));
        if hour == 7 {
            ada.act("opportunity", sale, "win", json!({}));
        }
        world.wait(ada.book.sync_over(&mut day)).unwrap();
        world.sync(&ben);
    }
    let metrics = |world: &World| {
        let metrics = world.app.org_metrics(world.org).unwrap();
        (metrics.records, metrics.changes, metrics.decisions, metrics.quarantined)
    };
    let before = (world.app.org_digest(world.org).unwrap(), metrics(&world));
    let Eavesdropper { identity, heard, .. } = day;
    assert!(heard.len() >= 8);

    for request in heard.iter().chain(heard.iter().rev()).chain(&heard) {
        let _answered = world.app.exchange(&identity, request);
    }

    assert_eq!((world.app.org_digest(world.org).unwrap(), metrics(&world)), before);
    // Her own phone goes on as if nothing had been.
    let next = account(&ada, "The next one");
    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);
    assert!(ben.holds("account", next));
}

#[test]
fn more_pieces_of_work_than_a_push_may_hold_are_not_read_and_as_many_are() {
    let world = World::in_memory(&FIVE);
    let ben = world.user("Ben");
    let push = |count: usize, number: u64| {
        let mut app = Rogue::of(&world, ben, number);
        let part = app.write("note", ben.derived(&number.to_string()), &[Write::put("title", "x")]);
        let intents = (1..=u64::try_from(count).unwrap()).map(|dseq| Intent {
            dseq,
            id: Uuid::new_v5(&app.device, &dseq.to_be_bytes()),
            parts: vec![part.clone()],
            forecast: None,
        });
        let push = ClientMessage::Push { actor: app.actor, intents: intents.collect() };
        answers(&app.say(vec![push])).len()
    };

    assert_eq!(push(INTENTS_MAX, 1), INTENTS_MAX);
    assert_eq!(push(INTENTS_MAX + 1, 2), 0);
    assert_eq!(world.app.check(world.org).unwrap().broken, []);
}

#[test]
fn bombs_and_garbage_are_answered_while_honest_phones_are_served() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let identity = world.identity(ben.user);
    let bomb = zstd::bulk::compress(&vec![0; 50 << 20], 3).unwrap();
    let framed =
        |flags: u8, body: &[u8]| [b"FB", [1, flags].as_slice(), &u32::try_from(body.len()).unwrap().to_le_bytes(), body].concat();
    let spoiled = |app: &mut Rogue| {
        let mut part = app.write("note", ben.user.derived("spoiled"), &[Write::put("title", "x")]);
        part.changes[0].hash = [0; 32];
        vec![ClientMessage::Push {
            actor: app.actor,
            intents: vec![Intent { dseq: 1, id: Uuid::nil(), parts: vec![part], forecast: None }],
        }]
    };
    let many = |app: &mut Rogue| {
        let parts: Vec<Part> = (0..64)
            .map(|n| app.write("note", ben.user.derived(&n.to_string()), &[Write::put("title", Scalar::Int(n))]))
            .collect();
        vec![ClientMessage::Push { actor: app.actor, intents: vec![Intent { dseq: 1, id: Uuid::nil(), parts, forecast: None }] }]
    };
    let (served, attacks) = (AtomicBool::new(false), AtomicU64::new(0));

    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !served.load(Ordering::SeqCst) {
                let number = attacks.fetch_add(1, Ordering::SeqCst);
                let answer = world.app.exchange(&identity, &framed(1, &bomb));
                assert!(matches!(heard(&answer).as_slice(), [ServerMessage::Bye { .. }]));
                let _said = world.app.exchange(&identity, &framed(0, &bomb));
                let _said =
                    world.app.exchange(&identity, &frame::encode(&ClientMessage::Pull { cursors: Vec::new() }).unwrap()[..5]);
                let mut app = Rogue::of(&world, ben.user, number);
                let said = spoiled(&mut app);
                assert!(answers(&app.say(said)).iter().all(|answer| answer.status.stops_pushing()));
                let mut app = Rogue::of(&world, ben.user, 1_000_000 + number);
                let said = many(&mut app);
                assert!(answers(&app.say(said)).iter().all(|answer| answer.status.stops_pushing()));
            }
        });
        for round in 0..20 {
            let made = account(&ada, &format!("Round {round}"));
            world.sync(&ada);
            assert!(office(&world).contains_key(&RecordRef::new("account", made)), "Ada gets through in round {round}");
        }
        while attacks.load(Ordering::SeqCst) < 3 {
            world.sync(&ada);
        }
        served.store(true, Ordering::SeqCst);
    });

    is_whole_and_serves(&world, &ada);
    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);
}
