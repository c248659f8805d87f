//! INV-84, field by field: whatever a modified app writes straight into a document, nothing only the office says takes effect,
//! and the administrators hear of it.

use fieldbook_domain::document::Write;
use fieldbook_domain::field::{Field, Freeze, Kind};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Scalar;
use fieldbook_domain::record::{RECORD_TYPES, RecordType};
use fieldbook_domain::time;
use fieldbook_server::audit::{AuditFilter, Event};
use fieldbook_sync::message::{Answer, Status};
use fieldbook_tests::rogue::{Rogue, is_refused};
use fieldbook_tests::world::{Phone, World, refer};
use serde_json::{Map, Value, json};

use super::{account, opportunity};

/// What every record shows that follows from its actions and changes, and what its children show.
const SHOWN: [&str; 6] = ["id", "state", "status_reason", "created_at", "modified_at", "deleted"];

/// A value a field could hold.
fn sample(field: &Field) -> Scalar {
    let text = match field.kind {
        Kind::Bool => return Scalar::Bool(true),
        Kind::Integer { max, .. } => return Scalar::Int(max.min(7)),
        Kind::Text { .. } | Kind::LongText { .. } => "forged".to_owned(),
        Kind::Email => "forged@example.com".to_owned(),
        Kind::Phone => "+46 70 1".to_owned(),
        Kind::Url => "https://forged.example".to_owned(),
        Kind::Decimal { .. } | Kind::Signed { .. } | Kind::Percent { .. } => "7".to_owned(),
        Kind::Date => "2026-01-07".to_owned(),
        Kind::Time => time::spell(time::from_ms(fieldbook_tests::world::MONDAY_MS)),
        Kind::Choice(words) => words[words.len() - 1].to_owned(),
        Kind::Ref(types) if types.len() == 1 => RecordId(uuid::Uuid::from_u128(7)).to_string(),
        Kind::Ref(types) => refer(types[0], RecordId(uuid::Uuid::from_u128(7))),
        Kind::Line => RecordId(uuid::Uuid::from_u128(7)).to_string(),
        Kind::Blob => "7".repeat(64),
        Kind::Compound(parts) => {
            let held = parts.iter().map(|part| (part.name.to_owned(), sample(part).to_json()));
            Value::Object(held.collect()).to_string()
        }
    };
    Scalar::Str(text)
}

/// What was noted or decided about somebody's work, by rule or word.
fn audited(world: &World, user: RecordId, word: &str) -> usize {
    let filter = AuditFilter { user: Some(user), ..AuditFilter::default() };
    let said = |event: &Event| match event {
        Event::Decision { decision, .. } => decision.author == user && decision.rule == word,
        Event::Note { note, .. } => note.what == word,
    };
    world.app.audit(world.org, &filter).unwrap().iter().filter(|event| said(event)).count()
}

/// A record as the office holds it, without the times: a change that is put back is a change.
fn held(world: &World, kind: &str, id: RecordId) -> Map<String, Value> {
    let body = world.app.org_digest(world.org).unwrap().remove(&RecordRef::new(kind, id)).expect("the record");
    let mut body: Map<String, Value> = serde_json::from_str(&body).unwrap();
    body.retain(|name, _| !["created_at", "modified_at"].contains(&name.as_str()));
    body
}

/// Sends one write of a modified app that has everything.
fn tamper(app: &mut Rogue, kind: &str, id: RecordId, write: Write) -> Answer {
    app.fetch();
    app.write_and_push(kind, id, &[write])
}

fn writable_by_reps() -> impl Iterator<Item = &'static RecordType> {
    RECORD_TYPES.iter().copied().filter(|kind| kind.access.may_write(Role::Rep))
}

#[test]
fn inv_84_no_field_of_the_office_is_written_in_any_type_and_the_administrators_hear_of_each() {
    let world = World::in_memory(&fieldbook_tests::world::FIVE);
    let (ada, omar) = (world.user("Ada"), world.phone("Omar"));
    let (mut tried, mut devices) = (0, 0);

    for kind in writable_by_reps() {
        let id = ada.derived(kind.name);
        devices += 1;
        let mut app = Rogue::of(&world, ada, devices);
        // One child of each collection is there.
        let children = kind.collections.iter().filter_map(|collection| {
            let field = collection.fields.iter().find(|field| field.freeze != Freeze::Server)?;
            Some(Write::put(format!("{}/{}/{}", collection.name, ada.derived(collection.name), field.name), sample(field)))
        });
        let writes: Vec<Write> = children.chain([Write::put(kind.title, "Honest")]).collect();
        assert!(!app.write_and_push(kind.name, id, &writes).status.stops_pushing(), "{} is let in", kind.name);
        let owned = kind.fields.iter().filter(|field| field.freeze == Freeze::Server && !field.is_long_text());
        let of_children = kind.collections.iter().flat_map(|collection| {
            let child = ada.derived(collection.name);
            let owned = collection.fields.iter().filter(|field| field.freeze == Freeze::Server && !field.is_long_text());
            owned.map(move |field| (format!("{}/{child}/{}", collection.name, field.name), field))
        });
        for (key, field) in owned.map(|field| (field.name.to_owned(), field)).chain(of_children) {
            let before = (held(&world, kind.name, id), audited(&world, ada, "INV-84"));
            let answer = tamper(&mut app, kind.name, id, Write::put(&key, sample(field)));

            assert_eq!(answer.status, Status::Rejected, "{key} of {}: {answer:?}", kind.name);
            let after = (held(&world, kind.name, id), audited(&world, ada, "INV-84"));
            assert_eq!(after.0, before.0, "{key} of {} takes effect", kind.name);
            assert!(after.1 > before.1, "{key} of {} is noted", kind.name);
            tried += 1;
        }
    }

    world.sync(&omar);
    assert!(tried > 40, "{tried} fields");
    assert_eq!(omar.told("INV-84").len(), tried, "the administrator is told of each");
    assert_eq!(world.app.check(world.org).unwrap().broken, []);
}

#[test]
fn inv_84_no_register_is_called_what_a_record_shows_of_itself() {
    let world = World::in_memory(&fieldbook_tests::world::FIVE);
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let sale = opportunity(&ada);
    let line = ada.add_line(sale, json!({"description": "Hose", "quantity": {"value": "2"}, "price_per_unit": "35"}));
    let empty = opportunity(&ada);
    world.level(&[&ada, &ben]);
    let before = (held(&world, "opportunity", sale), held(&world, "opportunity", empty));
    let names = SHOWN.iter().map(|name| (sale, (*name).to_owned()));
    let others = [(sale, format!("lines/{line}/id")), (empty, "lines".to_owned())];
    let mut tried = 0;

    for (id, key) in names.chain(others) {
        for value in [Scalar::from("won"), Scalar::from("[{\"id\":\"x\"}]"), Scalar::Bool(true)] {
            let mut app = Rogue::of(&world, ada.user, tried);
            let answer = tamper(&mut app, "opportunity", id, Write::put(&key, value));
            tried += 1;
            let now = (held(&world, "opportunity", sale), held(&world, "opportunity", empty));
            assert!(is_refused(&answer), "{key}: {answer:?}");
            assert_eq!(now, before, "{key} takes effect");
        }
        world.sync(&ben);
        assert_eq!(ben.field("opportunity", sale, "state"), "open");
    }

    assert!(audited(&world, ada.user, "intent.refused") > 10, "each is noted for the administrators");
    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);
}

#[test]
fn inv_84_a_sale_is_not_taken_by_writing_its_owner() {
    let world = World::new();
    let (ada, ben, maya) = (world.phone("Ada"), world.phone("Ben"), world.phone("Maya"));
    let sale = opportunity(&ada);
    let firm = account(&ada, "Firm");
    world.level(&[&ada, &ben]);

    let mut tried = 0;
    for (kind, id) in [("opportunity", sale), ("account", firm)] {
        for owner in [refer("user", ben.user), refer("user", maya.user), refer("user", sale), "user:nobody".to_owned()] {
            tried += 1;
            let mut app = Rogue::of(&world, ben.user, tried);
            let answer = tamper(&mut app, kind, id, Write::put("owner", owner.as_str()));
            assert_ne!(answer.status, Status::Accepted, "{owner} of {kind}: {answer:?}");
            assert_eq!(held(&world, kind, id)["owner"], json!(refer("user", ada.user)), "{owner} of {kind} takes effect");
            assert!(!answer.code.is_empty());
        }
    }

    let noted = ["INV-11", "INV-14", "intent.refused"].iter().map(|word| audited(&world, ben.user, word)).sum::<usize>();
    assert_eq!(noted, 8, "each is noted for the administrators");
    world.level(&[&ada, &ben, &maya]);
    world.assert_agreement(&[&ada, &ben, &maya]);
}

/// A quote of Ada's that the office has numbered.
fn quote(world: &World, ada: &Phone) -> RecordId {
    let customer = account(ada, "Globex");
    let quote = ada.create("quote", json!({"name": "Forty pumps", "customer": refer("account", customer)}));
    world.sync(ada);
    quote
}

#[test]
fn inv_84_what_a_record_is_called_by_is_neither_taken_nor_made_up() {
    let world = World::new();
    let (ada, ben, omar) = (world.phone("Ada"), world.phone("Ben"), world.phone("Omar"));
    let (ours, other) = (quote(&world, &ada), quote(&world, &ada));
    world.level(&[&ada, &ben]);
    let number = ada.field("quote", other, "quote_number");
    let before = held(&world, "quote", ours);
    assert_ne!(before["quote_number"], number);
    let forgeries = [
        ("quote_number", Scalar::from_json(&number)),
        ("quote_number", Scalar::from("QUO-999999")),
        ("quote_number", Scalar::Null),
        ("provisional_number", Scalar::from("QUO-000001")),
        ("revision", Scalar::Int(7)),
        ("predecessor", Scalar::from(other.to_string().as_str())),
    ];

    for (tried, (key, value)) in (0..).zip(forgeries) {
        let mut app = Rogue::of(&world, ada.user, 10 + tried);
        let answer = tamper(&mut app, "quote", ours, Write::put(key, value.clone()));
        assert_eq!((answer.status, answer.code.as_str()), (Status::Rejected, "INV-84"), "{key} {value:?}: {answer:?}");
        assert_eq!(held(&world, "quote", ours), before, "{key} {value:?} takes effect");
    }
    // A new offer takes no number but the office's.
    let third = ada.user.derived("third");
    let mut app = Rogue::of(&world, ada.user, 30);
    let made = [Write::put("name", "Third"), Write::put("quote_number", Scalar::from_json(&number))];
    assert!(!app.write_and_push("quote", third, &made).status.stops_pushing());
    let given = held(&world, "quote", third)["quote_number"].clone();
    assert!(given != number && given != before["quote_number"], "{given}");

    world.sync(&omar);
    assert_eq!(omar.told("INV-84").len(), 6, "the administrator is told of each");
    world.level(&[&ada, &ben, &omar]);
    world.assert_agreement(&[&ada, &ben, &omar]);
}
