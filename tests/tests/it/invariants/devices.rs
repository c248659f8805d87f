//! INV-84 and the door, tried by modified apps: what is not theirs to write, other people's names, other organisations' records,
//! closed records. Nothing takes effect, nothing breaks, and honest phones are served meanwhile.

use fieldbook_domain::document::Write;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Scalar;
use fieldbook_domain::record::RECORD_TYPES;
use fieldbook_server::org::provision::NewUser;
use fieldbook_server::token::Identity;
use fieldbook_sync::change::WireChange;
use fieldbook_sync::message::{ClientMessage, Intent, ServerMessage, Status};
use fieldbook_tests::rogue::{Rogue, answers, is_refused, sealed};
use fieldbook_tests::world::{MINUTE_MS, Phone, World};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::{account, opportunity};

pub(super) fn office(world: &World) -> BTreeMap<RecordRef, String> {
    world.app.org_digest(world.org).unwrap()
}

/// An open sale of Ada's with a line; everybody has it.
fn sale_with_a_line(ada: &Phone) -> (RecordId, RecordId) {
    let sale = opportunity(ada);
    let line = ada.add_line(sale, json!({"description": "Hose", "quantity": {"value": "2"}, "price_per_unit": "35"}));
    (sale, line)
}

/// Nothing is broken, and an honest phone gets its work through.
pub(super) fn is_whole_and_serves(world: &World, phone: &Phone) {
    let made = account(phone, "Honest");
    world.sync(phone);
    assert_eq!(phone.book.status().unwrap().pending, 0);
    assert!(office(world).contains_key(&RecordRef::new("account", made)), "an honest phone is served");
    assert_eq!(world.app.check(world.org).unwrap().broken, []);
}

#[test]
fn inv_84_a_modified_app_writes_no_state_no_verdict_no_total_and_nobody_elses_action() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let (sale, line) = sale_with_a_line(&ada);
    let lost = ada.act("opportunity", sale, "lose", json!({"reason": "canceled"}));
    world.level(&[&ada, &ben]);
    let before = office(&world);
    let shown = ada.sees("opportunity", sale);
    let entry = |by: RecordId, verb: &str, turn: i64| {
        json!({"action": verb, "by": by.to_string(), "at": fieldbook_tests::world::MONDAY_MS, "turn": turn}).to_string()
    };
    let new = ben.user.derived("new action");
    let forgeries: Vec<(&str, Write)> = vec![
        ("a total", Write::put("total_amount", "7")),
        ("a value it brought", Write::put("actual_value", "1000000")),
        ("a price that follows", Write::put(format!("lines/{line}/unit_price"), "1")),
        ("an amount that follows", Write::put(format!("lines/{line}/extended_amount"), "1")),
        ("a verdict on the loss", Write::put(format!("verdicts/{lost}"), "{\"outcome\":\"rejected\"}")),
        ("no verdict", Write::put(format!("verdicts/{lost}"), Scalar::Null)),
        ("an alternative", Write::put(format!("alternatives/topic/{new}"), "{\"value\":\"x\"}")),
        ("the loss, rewritten", Write::put(format!("actions/{lost}"), entry(ben.user, "win", 1))),
        ("the loss, taken away", Write::put(format!("actions/{lost}"), Scalar::Null)),
        ("an action of Ada's", Write::put(format!("actions/{new}"), entry(ada.user, "reopen", 2))),
        ("an action out of turn", Write::put(format!("actions/{new}"), entry(ben.user, "reopen", 9))),
        ("an action there is not", Write::put(format!("actions/{new}"), entry(ben.user, "explode", 2))),
        ("another type", Write::put("_kind", "user")),
    ];

    for (number, (what, write)) in (0..).zip(forgeries) {
        let mut app = Rogue::with_everything(&world, ben.user, number);
        let answer = app.write_and_push("opportunity", sale, &[write]);
        assert!(is_refused(&answer) || answer.status == Status::Rejected, "{what}: {answer:?}");
        world.sync(&ada);
        assert_eq!(shown_without_time(ada.sees("opportunity", sale)), shown_without_time(shown.clone()), "{what} takes effect");
    }

    let after = office(&world);
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    is_whole_and_serves(&world, &ben);
    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);
}

/// A change that is put back is a change, with a time its device claims: it moves the record's.
fn shown_without_time(mut body: Map<String, Value>) -> Map<String, Value> {
    body.retain(|name, _| !["created_at", "modified_at"].contains(&name.as_str()));
    body
}

#[test]
fn nobody_writes_under_another_name_or_another_device() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let firm = account(&ada, "Firm");
    world.level(&[&ada, &ben]);
    let before = office(&world);
    let honest = Rogue::of(&world, ada.user, 1);
    let mut honest_at_work = honest.clone();
    let first = honest_at_work.write_and_push("note", ada.user.derived("first"), &[Write::put("title", "First")]);
    assert_eq!(first.status, Status::Accepted);

    // Ben's app signs with the name of Ada's.
    let mut app = Rogue::with_everything(&world, ben.user, 1);
    let mut part = app.write("account", firm, &[Write::put("name", "Taken over")]);
    part.changes[0].actor = honest.actor;
    let forged = app.push(vec![sealed(part)]);
    assert_eq!((forged.status, forged.code.as_str()), (Status::Refused, "change.actor"));

    // It says it is Ada's device, or writes under a name that is Ada's.
    let as_device = Rogue { device: honest.device, ..Rogue::of(&world, ben.user, 2) }.say(Vec::new());
    let as_actor = Rogue { actor: honest.actor, ..Rogue::of(&world, ben.user, 3) }.say(vec![ClientMessage::Push {
        actor: honest.actor,
        intents: vec![Intent { dseq: 2, id: Uuid::nil(), parts: Vec::new(), forecast: None }],
    }]);
    let codes = |said: &[ServerMessage]| -> Vec<String> {
        said.iter()
            .filter_map(|said| if let ServerMessage::Bye { code, .. } = said { Some(code.clone()) } else { None })
            .collect()
    };
    assert_eq!(codes(&as_device), ["device.other_user"]);
    assert!(answers(&as_actor).is_empty(), "{as_actor:?}");

    let told = office(&world);
    assert!(before.iter().all(|(target, body)| told.get(target) == Some(body)));
    let second = honest_at_work.write_and_push("note", ada.user.derived("second"), &[Write::put("title", "Second")]);
    assert_eq!(second.status, Status::Accepted, "Ada's own device goes on");
    is_whole_and_serves(&world, &ben);
}

#[test]
fn a_counter_and_a_time_out_of_this_world_win_nothing() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let firm = account(&ada, "Firm");
    world.level(&[&ada, &ben]);
    ben.set("account", firm, json!({"city": "Bergen"}));
    let mut devices = 10;
    let mut push = |key: &str, spoil: &dyn Fn(&mut WireChange)| {
        devices += 1;
        let mut app = Rogue::with_everything(&world, ada.user, devices);
        let mut part = app.write("account", firm, &[Write::put(key, "a.example")]);
        spoil(&mut part.changes[0]);
        app.push(vec![sealed(part)])
    };

    for start_op in [0, 1_000_000, (1 << 31) - 2, 4_294_967_294, 4_294_967_295, u64::MAX] {
        let code = if (1..1 << 31).contains(&start_op) { "change.start_op" } else { "change.malformed" };
        for key in ["city", "website"] {
            let answer = push(key, &|wire| wire.start_op = start_op);
            assert_eq!((answer.status, answer.code.as_str()), (Status::Refused, code), "{start_op}");
        }
    }
    for time_ms in [-1, i64::MIN, i64::MAX, (1 << 53) + 1] {
        assert!(is_refused(&push("city", &|wire| wire.time_ms = time_ms)), "{time_ms}");
    }
    // A time far ahead is let in, and counts as the moment it arrived.
    let mut ahead = Rogue::with_everything(&world, ada.user, 2);
    let mut part = ahead.write("account", firm, &[Write::put("city", "Trondheim")]);
    part.changes[0].time_ms = 1 << 52;
    assert_eq!(ahead.push(vec![sealed(part)]).status, Status::Accepted);
    world.pass(MINUTE_MS, &[&ada, &ben]);
    ben.set("account", firm, json!({"city": "Stavanger"}));

    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ada.field("account", firm, "city"), "Stavanger", "the later entry stands");
    is_whole_and_serves(&world, &ben);
}

fn ben_is_told(world: &World, ben: &Phone) -> usize {
    world.sync(ben);
    ben.told("INV-27").len()
}

#[test]
fn a_closed_record_is_not_rewritten_by_somebody_who_saw_it_closed() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let (sale, line) = sale_with_a_line(&ada);
    let elsewhere = account(&ada, "Elsewhere");
    ada.act("opportunity", sale, "win", json!({}));
    world.level(&[&ada, &ben]);
    let won = ada.sees("opportunity", sale);
    let rewrites: Vec<(&str, Vec<Write>)> = vec![
        ("the customer", vec![Write::put("customer", format!("account:{elsewhere}"))]),
        ("a price", vec![Write::put(format!("lines/{line}/price_per_unit"), "1")]),
        ("a quantity", vec![Write::put(format!("lines/{line}/quantity"), json!({"value": "2000"}).to_string())]),
        ("a line less", vec![Write::put(format!("lines/{line}/removed"), true)]),
        ("a line more", vec![Write::put(format!("lines/{}/description", ben.user.derived("line")), "Gift")]),
        ("the owner", vec![Write::put("owner", format!("user:{}", ben.user))]),
        ("the topic", vec![Write::put("topic", "Lost")]),
        ("a text", vec![Write::Text { field: "description".into(), now: "We never sold this".into() }]),
    ];

    for (number, (what, writes)) in (0..).zip(rewrites) {
        let mut app = Rogue::with_everything(&world, ben.user, number);
        let answer = app.write_and_push("opportunity", sale, &writes);
        assert_ne!(answer.status, Status::Accepted, "{what}: {answer:?}");
        assert_eq!(ben_is_told(&world, &ben), usize::try_from(number + 1).unwrap(), "{what} is kept for whoever wrote it");
        world.sync(&ada);
        assert_eq!(shown_without_time(ada.sees("opportunity", sale)), shown_without_time(won.clone()), "{what} is rewritten");
    }

    is_whole_and_serves(&world, &ben);
    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);
}

#[test]
fn inv_20_an_opportunity_does_not_name_a_lead_it_was_not_made_of() {
    let world = World::new();
    let ada = world.phone("Ada");
    let lead = super::lead(&ada);
    let sale = opportunity(&ada);
    ada.act("lead", lead, "qualify", json!({}));
    world.sync(&ada);

    let refused = ada.try_set("opportunity", sale, json!({"originating_lead": lead.to_string()})).unwrap_err();
    let mut app = Rogue::with_everything(&world, ada.user, 1);
    let answer = app.write_and_push("opportunity", sale, &[Write::put("originating_lead", lead.to_string())]);

    assert_eq!(refused.code(), "opportunity.originating_lead");
    assert_eq!((answer.status, answer.code.as_str()), (Status::Rejected, "INV-20"));
    world.sync(&ada);
    assert_eq!(ada.field("opportunity", sale, "originating_lead"), Value::Null);
    is_whole_and_serves(&world, &ada);
}

#[test]
fn a_reps_modified_app_does_nothing_only_others_may_do() {
    let world = World::new();
    let (ada, omar) = (world.phone("Ada"), world.phone("Omar"));
    let mut admin = Rogue::of(&world, omar.user, 1);
    let mut tried = 0;

    for (number, kind) in (0..).zip(RECORD_TYPES) {
        let id = ada.user.derived(kind.name);
        let mut app = Rogue::of(&world, ada.user, number);
        let part = app.write(kind.name, id, &[Write::put(kind.title, "Taken over")]);
        if !kind.access.may_write(Role::Rep) {
            let answer = app.push(vec![part]);
            assert_eq!((answer.status, answer.code), (Status::Refused, format!("{}.permission", kind.name)));
            tried += 1;
            continue;
        }
        let part = admin.write(kind.name, id, &[Write::put(kind.title, "Ours")]);
        admin.push(vec![part]);
        let reserved =
            kind.lifecycle.moves.iter().filter(|row| {
                !row.who.includes(Role::Rep) && !row.is_proposed_by(Role::Rep) && row.from == kind.lifecycle.initial
            });
        let mut verbs: Vec<&str> = reserved.map(|row| row.action).collect();
        verbs.extend((!kind.lifecycle.delete.allows(Role::Rep, kind.lifecycle.initial, true)).then_some("delete"));
        for verb in verbs {
            let mut app = Rogue::of(&world, ada.user, 1_000 + tried);
            let before = office(&world).remove(&RecordRef::new(kind.name, id));
            app.fetch();
            let part = app.act(kind.name, id, verb, Map::new());
            let answer = app.push(vec![part]);
            assert!(is_refused(&answer) || answer.status == Status::Rejected, "{verb} of {}: {answer:?}", kind.name);
            let state = |body: Option<String>| {
                let body: Value = serde_json::from_str(&body.unwrap()).unwrap();
                (body["state"].clone(), body["deleted"].clone())
            };
            assert_eq!(state(office(&world).remove(&RecordRef::new(kind.name, id))), state(before), "{verb} of {}", kind.name);
            tried += 1;
        }
    }

    assert!(tried > 10, "{tried}");
    is_whole_and_serves(&world, &ada);
}

/// A second organisation on the same server, with one administrator.
fn neighbour(world: &World) -> (Uuid, Identity) {
    let org = world.app.create_org("Neighbour").unwrap();
    let new = NewUser {
        name: "Eve".into(),
        email: Some("eve@example.com".into()),
        role: Role::Admin,
        team: None,
        territory: None,
        manager: None,
    };
    let eve = world.app.add_user(org, &new).unwrap();
    let token = world.app.token(org, eve, 30).unwrap();
    (org, world.app.identify(&token).unwrap().unwrap())
}

#[test]
fn another_organisations_records_cannot_be_read_referred_to_or_written() {
    let world = World::new();
    let ada = world.phone("Ada");
    let (sale, _) = sale_with_a_line(&ada);
    let firm = account(&ada, "Firm");
    world.sync(&ada);
    let before = office(&world);
    let mut spy = Rogue::of(&world, ada.user, 1);
    let seen = spy.fetch().clone();
    let (other, identity) = neighbour(&world);
    // Eve knows every id and every change of the neighbours: her app starts from a copy of Ada's.
    let eve = |number: u64| {
        let device = Uuid::new_v5(&identity.user.0, &number.to_be_bytes());
        Rogue { identity: identity.clone(), device, actor: device.into_bytes(), ..seen.clone() }
    };

    let said = eve(1).say(vec![ClientMessage::Pull {
        cursors: vec![fieldbook_sync::message::Cursor { scope: world.org.to_string(), seq: 0 }],
    }]);
    let text = format!("{said:?}");
    for id in [sale.to_string(), firm.to_string(), ada.user.to_string()] {
        assert!(!text.contains(&id), "{id} is told to the neighbours");
    }

    let edit = eve(2).write_and_push("account", firm, &[Write::put("name", "Taken over")]);
    assert_eq!(edit.status, Status::Waiting, "what it builds on is not there");
    let mut acts = eve(3);
    let win = acts.act("opportunity", sale, "win", Map::new());
    assert_eq!(acts.push(vec![win]).status, Status::Waiting);
    let fresh = Rogue::of(&world, ada.user, 9);
    let mut makes = Rogue { identity: identity.clone(), ..fresh };
    let own = makes.write_and_push("account", firm, &[Write::put("name", "Same id, other house")]);
    assert!(!own.status.stops_pushing(), "an id of the neighbours is an id like any other");
    let refers = [
        Write::put("topic", "Whose?"),
        Write::put("customer", format!("account:{sale}")),
        Write::put("owner", format!("user:{}", ada.user)),
    ];
    let _let_in_or_not = makes.write_and_push("opportunity", identity.user.derived("sale"), &refers);
    // Ada's own device, with Eve's token; and Ada's token at Eve's device.
    let stolen = Rogue { identity: identity.clone(), ..spy.clone() }.say(Vec::new());
    assert!(!format!("{stolen:?}").contains(&firm.to_string()));

    assert_eq!(office(&world), before, "nothing happened here");
    assert!(world.decisions().iter().all(|decision| decision.author != identity.user));
    let there = world.app.org_digest(other).unwrap();
    assert!(!there.values().any(|body| body.contains("Forty pumps")), "nothing of ours is there");
    world.sync(&ada);
    assert_eq!(ada.field("account", firm, "name"), "Firm");
    is_whole_and_serves(&world, &ada);
    assert_eq!(world.app.check(other).unwrap().broken, []);
}
