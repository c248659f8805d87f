//! Changes no honest phone makes: sealing them with a true hash, and throwing thousands at the gate.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType, SortedVec};
use automerge::{ActorId, Change, ChangeHash, ExpandedChange, ScalarValue};
use fieldbook_domain::document::Write;
use fieldbook_sync::change::{Dep, Hash, WireChange, WireOp, WireOpId, WireValue};
use fieldbook_sync::frame;
use fieldbook_sync::message::{ClientMessage, ServerMessage, Status};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::office::Office;
use crate::phone::{Phone, id, read};

/// Gives a change the hash it would have if somebody had meant it.
pub(crate) fn seal(mut wire: WireChange, genesis: &Hash) -> WireChange {
    let spell = |dep: &Dep| match dep {
        Dep::Hash(hash) => ChangeHash(*hash),
        Dep::Genesis | Dep::Previous => ChangeHash(*genesis),
    };
    let expanded = ExpandedChange {
        operations: operations(&wire),
        actor_id: ActorId::from(&wire.actor),
        hash: None,
        seq: wire.seq,
        start_op: wire.start_op.max(1).try_into().unwrap(),
        time: wire.time_ms,
        message: wire.message.clone(),
        deps: wire.deps.iter().map(spell).collect(),
        extra_bytes: Vec::new(),
        author: None,
    };
    if let Ok(change) = catch_unwind(AssertUnwindSafe(|| Change::from(expanded))) {
        wire.hash = change.hash().0;
    }
    wire
}

fn operations(wire: &WireChange) -> Vec<Op> {
    let mut operations = Vec::new();
    let mut counter = wire.start_op;
    let name = |id: &WireOpId| OpId(id.counter, ActorId::from(&id.actor));
    for op in &wire.ops {
        match op {
            WireOp::Put { key, pred, .. } | WireOp::Delete { key, pred } => {
                let action = match op {
                    WireOp::Put { value, .. } => OpType::Put(value_of(value)),
                    _ => OpType::Delete,
                };
                let pred = pred.iter().map(name).collect();
                operations.push(Op { action, obj: ObjectId::Root, key: Key::from(key.as_str()), pred, insert: false });
            }
            WireOp::Insert { text, after, chars } => {
                let mut key = after.as_ref().map_or(ElementId::Head, |after| ElementId::Id(name(after)));
                for (letter, counter) in chars.chars().zip(counter..) {
                    let (action, obj) = (OpType::Put(ScalarValue::from(letter)), ObjectId::Id(name(text)));
                    operations.push(Op { action, obj, key: Key::Seq(key), pred: SortedVec::new(), insert: true });
                    key = ElementId::Id(name(&WireOpId { counter, actor: wire.actor }));
                }
            }
            WireOp::Remove { text, elements } => {
                for element in elements {
                    let (obj, key) = (ObjectId::Id(name(text)), Key::Seq(ElementId::Id(name(element))));
                    let pred = std::iter::once(name(element)).collect();
                    operations.push(Op { action: OpType::Delete, obj, key, pred, insert: false });
                }
            }
        }
        counter += op.count();
    }
    operations
}

fn value_of(value: &WireValue) -> ScalarValue {
    match value {
        WireValue::Null => ScalarValue::Null,
        WireValue::Bool(yes) => ScalarValue::Boolean(*yes),
        WireValue::Int(number) => ScalarValue::Int(*number),
        WireValue::Str(text) => ScalarValue::from(text),
    }
}

/// Two phones with history between them, so that a mutation has something to hit.
fn two_busy_phones(office: &Office) -> (Phone, Phone) {
    let (mut ada, mut ben) = (office.phone(office.ada), office.phone(office.ben));
    let firm = id("firm");
    let fields = [Write::put("name", "Firm"), Write::Text { field: "description".into(), now: "A maker of tools".into() }];
    let made = ada.write("account", firm, &fields);
    let made = ada.intent(vec![made]);
    ada.sync(office, vec![made]);
    ben.sync(office, Vec::new());
    let mine = ada.write("account", firm, &[Write::put("industry", "tools")]);
    let theirs = ben.write("account", firm, &[Write::put("industry", "makers")]);
    let (mine, theirs) = (ada.intent(vec![mine]), ben.intent(vec![theirs]));
    ada.sync(office, vec![mine]);
    ben.sync(office, vec![theirs]);
    ada.sync(office, Vec::new());
    (ada, ben)
}

fn mutate(wire: &mut WireChange, dice: &mut StdRng, other: &Phone, hashes: &[Hash]) {
    let actors = [wire.actor, other.actor, [0; 16], [7; 16]];
    let op_id = |dice: &mut StdRng| WireOpId { counter: dice.random_range(0..40), actor: actors[dice.random_range(0..4)] };
    match dice.random_range(0..11) {
        0 => wire.seq = dice.random_range(0..6),
        1 => wire.start_op = dice.random_range(0..60),
        2 => wire.time_ms = dice.random_range(-2..i64::MAX),
        3 => wire.deps = vec![Dep::Hash(hashes[dice.random_range(0..hashes.len())])],
        4 => wire.deps.push(Dep::Hash(hashes[dice.random_range(0..hashes.len())])),
        5 => wire.deps = vec![Dep::Genesis],
        6 => wire.actor = actors[dice.random_range(0..4)],
        7 => wire.ops.push(WireOp::Delete { key: "industry".to_owned(), pred: vec![op_id(dice)] }),
        8 => {
            let (text, after) = (op_id(dice), Some(op_id(dice)));
            wire.ops.push(WireOp::Insert { text, after, chars: "é!".to_owned() });
        }
        9 => wire.ops.push(WireOp::Remove { text: op_id(dice), elements: vec![op_id(dice), op_id(dice)] }),
        _ => {
            let keys = ["name", "description", "_kind", "verdicts/x", "lines/x/y", "nickname", "a/b/c/d", ""];
            let key = keys[dice.random_range(0..keys.len())].to_owned();
            let value = [WireValue::Null, WireValue::Int(-1), WireValue::Str("x".into())][dice.random_range(0..3)].clone();
            let pred = (0..dice.random_range(0..3)).map(|_| op_id(dice)).collect();
            wire.ops.push(WireOp::Put { key, value, pred });
        }
    }
}

#[test]
fn mutated_changes_never_panic_and_never_spoil_a_document() {
    let office = Office::new();
    let (ada, ben) = two_busy_phones(&office);
    let genesis = fieldbook_domain::document::genesis(fieldbook_domain::record::find("account").unwrap(), id("firm"));
    let genesis = genesis.hash().0;
    let hashes: Vec<Hash> = ada.docs[&id("firm")].1.get_changes(&[]).iter().map(|change| change.hash().0).collect();
    let mut dice = StdRng::seed_from_u64(0xF1E1D);
    let mut merged = 0;

    for _ in 0..800 {
        let mut attacker = Phone { docs: ada.docs.clone(), dseq: 0, ..office.phone(office.ada) };
        let first = attacker.write("account", id("firm"), &[Write::put("website", "a.example")]);
        let edit = Write::Text { field: "description".into(), now: format!("A maker {}", dice.random_range(0..99)) };
        let mut second = attacker.write("account", id("firm"), &[edit, Write::put("industry", "hats")]);
        for _ in 0..dice.random_range(1..3) {
            mutate(&mut second.changes[0], &mut dice, &ben, &hashes);
        }
        second.changes[0] = seal(second.changes[0].clone(), &genesis);
        let intents = if dice.random() {
            vec![attacker.intent(vec![first]), attacker.intent(vec![second])]
        } else {
            vec![attacker.intent(vec![second])]
        };
        let answers = attacker.talk(&office.app, &office.identity(attacker.user), intents);
        let answers = answers.into_iter().flat_map(|message| match message {
            ServerMessage::Answers { answers, .. } => answers,
            _ => Vec::new(),
        });
        merged += answers.filter(|answer| !answer.status.stops_pushing()).count();
    }

    assert!(merged > 400, "{merged} changes were honest enough to be merged");
    office.is_whole();
    let after = office.phone(office.ben).sync(&office, Vec::new());
    assert_eq!(after, []);
}

#[test]
fn mutated_frames_are_answered_and_never_panic() {
    let office = Office::new();
    let mut ada = office.phone(office.ada);
    let part = ada.write("account", id("firm"), &[Write::put("name", "Firm")]);
    let intents = vec![ada.intent(vec![part])];
    let hello = frame::encode(&ClientMessage::Hello(ada.hello())).unwrap();
    let push = frame::encode(&ClientMessage::Push { actor: ada.actor, intents }).unwrap();
    let body = [hello, push].concat();
    let identity = office.identity(office.ada);
    let mut dice = StdRng::seed_from_u64(7);

    for _ in 0..3_000 {
        let mut spoiled = body.clone();
        for _ in 0..dice.random_range(1..4) {
            let at = dice.random_range(0..spoiled.len());
            spoiled[at] = dice.random();
        }
        spoiled.truncate(dice.random_range(0..=spoiled.len()));
        let _ = read(&office.app.exchange(&identity, &spoiled));
    }

    office.is_whole();
    let answers = ada.talk(&office.app, &identity, Vec::new());
    assert!(!answers.is_empty());
}

#[test]
fn an_intent_is_refused_as_a_whole() {
    let office = Office::new();
    let mut ada = office.phone(office.ada);
    let good = ada.write("account", id("good"), &[Write::put("name", "Good")]);
    let bad = ada.write("account", id("bad"), &[Write::put("name", "x".repeat(5_000))]);
    let intent = ada.intent(vec![good, bad]);

    let answers = ada.sync(&office, vec![intent]);

    assert_eq!(answers[0].status, Status::Refused);
    assert_eq!(answers[0].code, "field.too_long");
    assert!(!office.app.org_digest(office.org).unwrap().keys().any(|target| target.kind == "account"));
    assert_eq!(office.app.quarantine(office.org).unwrap().len(), 1);
}
