//! The fuzz targets on every toolchain: each kept input, mutations of each under fixed dice, and that what is known to be hostile
//! is refused with the word it should be.

use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::{RECORD_TYPES, find};
use fieldbook_sync::change::{COUNTER_MAX, WireChange, WireOp, WireOpId, WireValue};
use fieldbook_sync::frame;
use fieldbook_sync::message::{ClientMessage, Intent, PROTOCOL_VERSION, Part};
use fieldbook_tests::fuzz::{self, Gatehouse, TARGETS, known};
use fieldbook_tests::rogue::Rogue;
use fieldbook_tests::world::World;
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;
use uuid::Uuid;

use crate::tidy::root;

/// Mutations of each input.
const MUTATIONS: u64 = 60;

/// The version as a frame says it.
const VERSION: u8 = PROTOCOL_VERSION.to_le_bytes()[0];

/// An input, and the word it must give.
type Input = (&'static str, Vec<u8>, &'static str);

fn folder(target: &str) -> PathBuf {
    root().join("fuzz/corpus").join(target)
}

fn framed(flags: u8, body: &[u8]) -> Vec<u8> {
    framed_as(VERSION, flags, body)
}

fn framed_as(version: u8, flags: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    [b"FB", [version, flags].as_slice(), &length, body].concat()
}

/// Noise that does not compress, the same in every run.
fn noise(bytes: usize) -> Vec<u8> {
    (0u64..).flat_map(|n| Uuid::new_v5(&Uuid::nil(), &n.to_be_bytes()).into_bytes()).take(bytes).collect()
}

fn frames() -> Vec<Input> {
    let hello = |world: &World| {
        let mut rogue = Rogue::of(world, world.user("Ada"), 7);
        let part = rogue.write("account", known("firm"), &[Write::put("name", "Firm")]);
        let intent = Intent { dseq: 1, id: Uuid::nil(), parts: vec![part], forecast: None };
        postcard::to_stdvec(&ClientMessage::Push { actor: rogue.actor, intents: vec![intent] }).unwrap()
    };
    let push = hello(&World::new());
    let packed = zstd::bulk::compress(&push, 3).unwrap();
    let pull = frame::encode(&ClientMessage::Pull { cursors: Vec::new() }).unwrap();
    // 48 KB that unpack to 50 MB.
    let bomb = zstd::bulk::compress(&[noise(46 << 10), vec![0; 50 << 20]].concat(), 3).unwrap();
    assert!(bomb.len() < 60 << 10, "{}", bomb.len());
    // The same within the ratio, and above what a device may say.
    let fat = zstd::bulk::compress(&[noise(16 << 10), vec![0; 6 << 20]].concat(), 3).unwrap();
    vec![
        ("push", framed(0, &push), "read"),
        ("push-packed", framed(1, &packed), "read"),
        ("two-frames", [pull.clone(), framed(0, &push)].concat(), "read"),
        ("nothing", Vec::new(), "empty"),
        ("not-a-frame", b"GET / HTTP/1.1".to_vec(), "frame.malformed"),
        ("version-1", framed_as(1, 0, &push), "upgrade_needed"),
        ("another-version", [b"FB", [9, 0, 0, 0, 0, 0].as_slice()].concat(), "upgrade_needed"),
        ("unknown-flags", framed(0x82, &push), "frame.malformed"),
        ("length-of-4-gb", [b"FB", [VERSION, 0, 255, 255, 255, 255].as_slice()].concat(), "too_large"),
        ("cut-in-the-header", pull[..5].to_vec(), "frame.malformed"),
        ("cut-in-the-body", framed(0, &push)[..20].to_vec(), "frame.malformed"),
        ("bomb-48-kb-to-50-mb", framed(1, &bomb), "too_large"),
        ("bomb-within-the-ratio", framed(1, &fat), "too_large"),
        ("packed-garbage", framed(1, &noise(200)), "frame.malformed"),
        ("packed-and-cut", framed(1, &packed[..packed.len() / 2]), "frame.malformed"),
        ("packed-twice", framed(1, &[packed.clone(), packed.clone()].concat()), "frame.malformed"),
        ("packed-with-more-behind", framed(1, &[packed.as_slice(), b"more"].concat()), "frame.malformed"),
        ("claims-a-million-intents", framed(0, &[&[1], [7; 16].as_slice(), &[0xc0, 0x84, 0x3d]].concat()), "frame.malformed"),
        (
            "more-behind-the-message",
            framed(0, &[postcard::to_stdvec(&ClientMessage::Pull { cursors: Vec::new() }).unwrap(), vec![0; 9]].concat()),
            "frame.malformed",
        ),
    ]
}

/// A first change of a new account.
fn first(writes: &[Write]) -> Part {
    let world = World::new();
    Rogue::of(&world, world.user("Ada"), 7).write("account", known("new"), writes)
}

fn spoiled(spoil: impl Fn(&mut WireChange)) -> Part {
    let mut part = first(&[Write::put("name", "New"), Write::put("industry", "tools")]);
    spoil(&mut part.changes[0]);
    part
}

/// The parts that every gate must stop, whatever it is called there.
fn hostile() -> Vec<(&'static str, Part, &'static str)> {
    let stranger = WireOpId { counter: 1, actor: [0xee; 16] };
    let put = |key: &str, value: WireValue| WireOp::Put { key: key.to_owned(), value, pred: Vec::new() };
    vec![
        ("start-op-4294967294", spoiled(|wire| wire.start_op = 4_294_967_294), "change.malformed"),
        ("start-op-4294967295", spoiled(|wire| wire.start_op = 4_294_967_295), "change.malformed"),
        ("start-op-largest", spoiled(|wire| wire.start_op = COUNTER_MAX - 1), "change.start_op"),
        ("start-op-million", spoiled(|wire| wire.start_op = 1_000_000), "change.start_op"),
        ("start-op-0", spoiled(|wire| wire.start_op = 0), "change.malformed"),
        ("first-change-with-seq-2", spoiled(|wire| wire.seq = 2), "waiting"),
        ("seq-0", spoiled(|wire| wire.seq = 0), "change.malformed"),
        ("seq-largest", spoiled(|wire| wire.seq = u64::MAX), "change.malformed"),
        ("time-before-1970", spoiled(|wire| wire.time_ms = i64::MIN + 1), "change.malformed"),
        ("time-at-the-end", spoiled(|wire| wire.time_ms = i64::MAX), "change.malformed"),
        (
            "unknown-actor-replaced",
            spoiled(move |wire| {
                wire.ops = vec![WireOp::Put { key: "name".into(), value: WireValue::Null, pred: vec![stranger] }]
            }),
            "change.pred",
        ),
        (
            "unknown-actor-in-a-text",
            spoiled(move |wire| wire.ops = vec![WireOp::Insert { text: stranger, after: None, chars: "x".into() }]),
            "document.text",
        ),
        (
            "a-letter-of-nobody-removed",
            spoiled(move |wire| {
                wire.ops = vec![WireOp::Remove { text: WireOpId { counter: 3, actor: [0; 16] }, elements: vec![stranger] }]
            }),
            "document.text",
        ),
        ("no-dependency", spoiled(|wire| wire.deps = Vec::new()), "change.deps"),
        ("empty-message", spoiled(|wire| wire.message = Some(String::new())), "change.malformed"),
        (
            "a-verdict",
            spoiled(move |wire| wire.ops = vec![put(&format!("verdicts/{}", known("x")), WireValue::Str("{}".into()))]),
            "INV-84",
        ),
        ("a-key-of-nobody", spoiled(move |wire| wire.ops = vec![put("actions/../../etc", WireValue::Null)]), "document.key"),
    ]
}

fn intents() -> Vec<Input> {
    let bytes = |parts: Vec<Part>| postcard::to_stdvec(&Intent { dseq: 1, id: Uuid::nil(), parts, forecast: None }).unwrap();
    let world = World::new();
    let mut rogue = Rogue::of(&world, world.user("Ada"), 7);
    let quote = rogue.write(
        "quote",
        known("quote"),
        &[
            Write::put("name", "Offer"),
            Write::put("customer", format!("account:{}", known("firm"))),
            Write::put(format!("lines/{}/description", known("other line")), "Hose"),
            Write::put(format!("lines/{}/quantity", known("other line")), json!({"value": "3"}).to_string()),
        ],
    );
    let note = rogue.write(
        "note",
        known("note"),
        &[
            Write::put("title", "Call"),
            Write::put("owner", format!("user:{}", world.user("Ada"))),
            Write::Text { field: "text".into(), now: "Call Eva".into() },
        ],
    );
    let deleted = rogue.act("note", known("note"), "delete", serde_json::Map::new());
    let user = rogue.write("user", known("eve"), &[Write::put("name", "Eve"), Write::put("role", "admin")]);
    let note_twice = Part { changes: [note.changes.clone(), deleted.changes].concat(), ..note };
    let mut inputs = vec![
        ("new-account", bytes(vec![first(&[Write::put("name", "New")])]), "accepted"),
        ("note-and-its-end", bytes(vec![note_twice]), "accepted"),
        ("nothing", bytes(Vec::new()), "intent.empty"),
        ("a-user", bytes(vec![user]), "user.permission"),
        (
            "unknown-type",
            bytes(vec![Part { kind: "spaceship".into(), ..first(&[Write::put("name", "New")]) }]),
            "record.unknown_type",
        ),
    ];
    inputs.extend(hostile().into_iter().map(|(name, part, word)| (name, bytes(vec![part]), word)));
    // Judged, so the word is the judge's business.
    inputs.push(("a-quote-with-a-line", bytes(vec![quote]), ""));
    inputs
}

fn documents() -> Vec<Input> {
    let place = |kind: &str| u8::try_from(RECORD_TYPES.iter().position(|other| other.name == kind).unwrap()).unwrap();
    let bytes = |part: &Part| [vec![place(&part.kind)], postcard::to_stdvec(&part.changes).unwrap()].concat();
    let id = RecordId(Uuid::from_u128(7));
    let world = World::new();
    let mut rogue = Rogue::of(&world, world.user("Ada"), 7);
    let mut sale = rogue.write(
        "opportunity",
        id,
        &[
            Write::put("topic", "Pumps"),
            Write::put(format!("lines/{}/quantity", known("line")), json!({"value": "2"}).to_string()),
            Write::Text { field: "description".into(), now: "Forty pumps, in two parts".into() },
        ],
    );
    let more = rogue.write("opportunity", id, &[Write::Text { field: "description".into(), now: "Fifty pumps".into() }]);
    let lost = rogue.act("opportunity", id, "lose", json!({"reason": "canceled"}).as_object().cloned().unwrap());
    sale.changes.extend(more.changes.into_iter().chain(lost.changes));
    let mut inputs =
        vec![("sale", bytes(&sale), "shown"), ("nothing", Vec::new(), "empty"), ("cut", bytes(&sale)[..40].to_vec(), "message")];
    // What only the gate can know is wrong is a change like any other here.
    let form = hostile().into_iter().filter(|(_, _, word)| *word == "change.malformed");
    inputs.extend(form.map(|(name, part, word)| (name, bytes(&part), word)));
    inputs
}

fn inputs(target: &str) -> Vec<Input> {
    match target {
        "frame" => frames(),
        "admission" => intents(),
        _ => documents(),
    }
}

fn word(target: &str, gatehouse: &mut Gatehouse, bytes: &[u8]) -> String {
    match target {
        "frame" => fuzz::frame(bytes),
        "admission" => gatehouse.admission(bytes),
        _ => fuzz::document(bytes),
    }
}

#[test]
fn hostile_inputs_are_refused_with_the_word_they_should_be() {
    let mut gatehouse = Gatehouse::new();

    for target in TARGETS {
        for (name, bytes, expected) in inputs(target) {
            let word = word(target, &mut gatehouse, &bytes);
            assert!(expected.is_empty() || word == expected, "{target} gives {word} for {name}, not {expected}");
        }
    }

    gatehouse.is_whole();
}

/// `UPDATE_CORPUS=1` writes the inputs above beside those a fuzzer found.
#[test]
fn the_corpus_holds_what_is_known_to_be_hostile() {
    for target in TARGETS {
        for (name, bytes, _) in inputs(target) {
            let path = folder(target).join(name);
            if std::env::var_os("UPDATE_CORPUS").is_some() {
                std::fs::create_dir_all(folder(target)).unwrap();
                std::fs::write(&path, &bytes).unwrap();
            }
            assert!(path.exists(), "{} is missing: UPDATE_CORPUS=1 writes it", path.display());
        }
    }
    assert!(find("account").is_some());
}

#[test]
fn no_input_and_no_mutation_of_one_panics_takes_long_or_goes_without_a_word() {
    for target in TARGETS {
        let corpus = fuzz::corpus(target).unwrap();

        let words = fuzz::run(target, &corpus, MUTATIONS, 0xF1E1D);

        assert!(words.len() > 3, "the mutations of {target} come nowhere: {words:?}");
    }
}

#[test]
fn bombs_and_mutations_are_taken_in_little_memory() {
    let run = Command::new(env!("CARGO_BIN_EXE_fieldbook-fuzz"))
        .args(["frame", "document", "--seconds", "0", "--mutations", "20", "--memory-mb", "256"])
        .output()
        .unwrap();

    assert!(run.status.success(), "{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
}
