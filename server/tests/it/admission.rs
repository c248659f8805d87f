//! Every reason the gate has, and that nothing of a refused intent is merged.

use fieldbook_domain::document::{self, Write};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::raw::Action;
use fieldbook_domain::{key, record};
use fieldbook_sync::change::{Dep, WireChange, WireOp, WireOpId, WireValue};
use fieldbook_sync::message::{Answer, Part, Status};

use crate::office::{NINE, Office};
use crate::phone::{Phone, id};
use crate::spoiled::seal;

const REFUSED: Status = Status::Refused;

/// An account Ada and the server have, and one more edit of hers that is to be spoiled.
fn edited(office: &Office) -> (Phone, Part) {
    let mut ada = office.phone(office.ada);
    let part = ada.write("account", id("firm"), &[Write::put("name", "Firm"), Write::put("industry", "tools")]);
    let intent = ada.intent(vec![part]);
    ada.sync(office, vec![intent]);
    let part = ada.write("account", id("firm"), &[Write::put("industry", "hats")]);
    (ada, part)
}

fn spoiled(spoil: impl Fn(&mut Phone, &mut Part)) -> Answer {
    let office = Office::new();
    let (mut ada, mut part) = edited(&office);
    spoil(&mut ada, &mut part);
    let genesis = record::find(&part.kind).map(|kind| document::genesis(kind, RecordId(part.doc)).hash().0);
    part.changes = part.changes.into_iter().map(|wire| seal(wire, &genesis.unwrap_or_default())).collect();
    let before = office.app.org_digest(office.org).unwrap();
    let intent = ada.intent(vec![part]);
    let answer = ada.clone().sync(&office, vec![intent]).remove(0);
    if answer.status.stops_pushing() {
        assert_eq!(office.app.org_digest(office.org).unwrap(), before);
    }
    office.is_whole();
    answer
}

fn refuses(code: &str, spoil: impl Fn(&mut Phone, &mut Part)) {
    let answer = spoiled(spoil);
    assert_eq!((answer.status, answer.code.as_str()), (REFUSED, code), "{}", answer.message);
}

fn put(key: &str, value: WireValue) -> WireOp {
    WireOp::Put { key: key.to_owned(), value, pred: Vec::new() }
}

fn string(text: &str) -> WireValue {
    WireValue::Str(text.to_owned())
}

fn only(part: &mut Part, op: WireOp) {
    part.changes[0].ops = vec![op];
}

#[test]
fn only_the_office_says_when_it_had_something() {
    refuses("change.message", |_, part| part.changes[0].message = Some(document::RECEIVED.to_owned()));
}

#[test]
fn an_honest_edit_is_accepted() {
    let answer = spoiled(|_, _| {});
    assert_eq!((answer.status, answer.code.as_str()), (Status::Accepted, "accepted"));
    assert!(answer.seq > 0);
}

#[test]
fn work_signed_with_another_name_is_refused() {
    refuses("change.actor", |_, part| part.changes[0].actor = [9; 16]);
}

#[test]
fn an_unknown_record_type_is_refused() {
    refuses("record.unknown_type", |_, part| part.kind = "spaceship".to_owned());
}

#[test]
fn an_id_of_another_type_is_refused() {
    refuses("record.other_type", |ada, part| {
        ada.docs.clear();
        *part = ada.write("contact", id("firm"), &[Write::put("last_name", "Lovelace")]);
    });
}

#[test]
fn a_rep_does_not_write_users() {
    refuses("user.permission", |ada, part| *part = ada.write("user", id("eve"), &[Write::put("name", "Eve")]));
}

#[test]
fn a_number_used_twice_is_refused() {
    refuses("change.forked", |_, part| part.changes[0].seq = 1);
}

#[test]
fn a_counter_that_does_not_count_on_is_refused() {
    refuses("change.start_op", |_, part| part.changes[0].start_op += 1);
}

#[test]
fn a_change_that_builds_on_nothing_is_refused() {
    refuses("change.deps", |_, part| part.changes[0].deps = Vec::new());
}

#[test]
fn a_change_that_leaves_out_its_authors_own_last_one_is_refused() {
    refuses("change.deps", |_, part| {
        let genesis = document::genesis(record::find("account").unwrap(), id("firm"));
        part.changes[0].deps = vec![Dep::Genesis];
        part.changes[0].start_op = genesis.max_op() + 1;
        only(part, put("website", string("a.example")));
    });
}

#[test]
fn what_builds_on_an_unknown_change_waits() {
    let answer = spoiled(|_, part| part.changes[0].deps = vec![Dep::Hash([5; 32])]);
    assert_eq!(answer.status, Status::Waiting);
}

#[test]
fn what_leaves_a_gap_waits() {
    let answer = spoiled(|_, part| part.changes[0].seq = 3);
    assert_eq!(answer.status, Status::Waiting);
}

#[test]
fn a_change_with_another_hash_is_refused() {
    let office = Office::new();
    let (mut ada, mut part) = edited(&office);
    part.changes[0].hash = [1; 32];
    let intent = ada.intent(vec![part]);

    let answers = ada.clone().sync(&office, vec![intent]);

    assert_eq!((answers[0].status, answers[0].code.as_str()), (REFUSED, "change.hash_mismatch"));
}

#[test]
fn keys_and_values_are_those_of_the_record_type() {
    refuses("document.key", |_, part| only(part, put("_kind", string("user"))));
    refuses("document.key", |_, part| only(part, put("description", string("a long text is no register"))));
    refuses("document.key", |_, part| only(part, put("a/b/c/d", WireValue::Null)));
    refuses("INV-84", |_, part| only(part, put(&key::verdict(id("x")), string("{}"))));
    refuses("field.too_long", |_, part| only(part, put("website", string(&"w".repeat(300)))));
    refuses("field.format", |_, part| only(part, put("employees", string("many"))));
}

#[test]
fn an_id_in_a_key_has_one_spelling() {
    refuses("document.key", |_, part| {
        let loud = id("x").to_string().to_uppercase();
        only(part, put(&format!("actions/{loud}"), string("{}")));
    });
}

#[test]
fn an_operation_replaces_exactly_what_its_author_saw() {
    refuses("change.pred", |_, part| only(part, put("industry", string("hats"))));
    refuses("change.pred", |_, part| only(part, WireOp::Delete { key: "website".to_owned(), pred: Vec::new() }));
    refuses("change.pred", |ada, part| {
        let pred = vec![WireOpId { counter: 1, actor: ada.actor }];
        only(part, WireOp::Put { key: "website".to_owned(), value: WireValue::Null, pred });
    });
}

#[test]
fn only_declared_texts_are_edited_and_only_where_there_are_letters() {
    let text = |counter: u64| WireOpId { counter, actor: [0; 16] };
    refuses("document.text", |_, part| {
        only(part, WireOp::Insert { text: text(1), after: None, chars: "x".to_owned() });
    });
    refuses("document.text", |_, part| {
        only(part, WireOp::Insert { text: text(3), after: Some(text(2)), chars: "x".to_owned() });
    });
    refuses("document.text", |_, part| only(part, WireOp::Remove { text: text(3), elements: vec![text(2)] }));
}

#[test]
fn a_text_may_be_as_long_as_declared_and_no_longer() {
    let long = |letters: usize| {
        move |ada: &mut Phone, part: &mut Part| {
            let mut changes: Vec<WireChange> = Vec::new();
            for end in (0..letters).step_by(9_000).skip(1).chain([letters]) {
                let now = Write::Text { field: "description".into(), now: "x".repeat(end) };
                changes.extend(ada.write("account", id("long"), &[now]).changes);
            }
            *part = Part { kind: "account".into(), doc: id("long").0, changes };
        }
    };
    let max = match record::find("account").unwrap().field("description").unwrap().kind {
        fieldbook_domain::field::Kind::LongText { max } => max,
        _ => panic!("a long text"),
    };
    assert_eq!(spoiled(long(max)).status, Status::Accepted);
    refuses("field.too_long", long(max + 1));
}

fn action(ada: &Phone, change: impl Fn(&mut Action)) -> WireOp {
    let mut action = Action {
        id: id("the action"),
        action: "deactivate".to_owned(),
        by: ada.user,
        at: NINE,
        turn: 1,
        args: serde_json::Map::new(),
    };
    change(&mut action);
    put(&key::action(action.id), string(&serde_json::to_string(&action).unwrap()))
}

#[test]
fn an_action_is_well_formed_and_its_authors_own() {
    refuses("action.malformed", |_, part| only(part, put(&key::action(id("x")), string("{"))));
    refuses("action.author", |ada, part| only(part, action(ada, |entry| entry.by = id("somebody else"))));
    refuses("action.time", |ada, part| only(part, action(ada, |entry| entry.at = i64::MAX)));
    refuses("action.unknown", |ada, part| only(part, action(ada, |entry| entry.action = "explode".to_owned())));
    refuses("action.turn", |ada, part| only(part, action(ada, |entry| entry.turn = 7)));
    let honest = spoiled(|ada, part| only(part, action(ada, |_| {})));
    assert!(!honest.status.stops_pushing(), "{}", honest.message);
}

#[test]
fn an_action_is_neither_rewritten_nor_replaced() {
    let office = Office::new();
    let (mut ada, _) = edited(&office);
    let (mut ada_again, mut ben) = (office.phone(office.ada), office.phone(office.ben));
    ben.sync(&office, Vec::new());
    ada.docs.clear();
    ada.cursors.clear();
    ada_again.sync(&office, Vec::new());
    let entry = |phone: &Phone, verb: &str| match action(phone, |entry| entry.action = verb.to_owned()) {
        WireOp::Put { key, value: WireValue::Str(text), .. } => Write::put(key, text),
        _ => panic!("a put"),
    };
    let done = entry(&ada_again, "deactivate");
    let done = ada_again.write("account", id("firm"), &[done]);
    let intent = ada_again.intent(vec![done]);
    assert!(!ada_again.sync(&office, vec![intent])[0].status.stops_pushing());

    let rewritten = entry(&ada_again, "activate");
    let rewritten = ada_again.write("account", id("firm"), &[rewritten]);
    let rewritten = ada_again.intent(vec![rewritten]);
    let same_id = entry(&ben, "activate");
    let same_id = ben.write("account", id("firm"), &[same_id]);
    let same_id = ben.intent(vec![same_id]);

    assert_eq!(ada_again.sync(&office, vec![rewritten])[0].code, "action.rewritten");
    assert_eq!(ben.sync(&office, vec![same_id])[0].code, "action.exists");
}

#[test]
fn an_empty_intent_and_one_with_a_record_twice_are_refused() {
    let office = Office::new();
    let (mut ada, part) = edited(&office);
    let empty = ada.intent(Vec::new());
    let twice = ada.intent(vec![part.clone(), part]);

    let answers = ada.clone().sync(&office, vec![empty, twice]);

    let codes: Vec<&str> = answers.iter().map(|answer| answer.code.as_str()).collect();
    assert_eq!(codes, ["intent.empty", "intent.repeated_record"]);
}
