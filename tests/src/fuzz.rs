//! The three places where bytes of a stranger come in, each as one plain function: cargo-fuzz calls it, and so does the
//! mutator below, which runs on every toolchain and in every CI run.
//!
//! A function returns a stable word for what became of the input. Reaching the end is the test: a panic, a server that no
//! longer answers, or a document that cannot be loaded again is a finding.

#![expect(clippy::panic, reason = "a panic is what it looks for")]

use crate::rogue::{Rogue, answers, genesis, heard, sealed};
use crate::seed::Numbers;
use crate::world::{FIVE, World};
use automerge::Automerge;
use fieldbook_domain::document::{self, Write};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::{RECORD_TYPES, find};
use fieldbook_domain::view;
use fieldbook_sync::change::WireChange;
use fieldbook_sync::frame::{self, CLIENT_UNPACKED_BYTES_MAX};
use fieldbook_sync::message::{ClientMessage, Intent, Part, ServerMessage};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use uuid::Uuid;

mod mutate;

use mutate::mutated;

/// The longest one input may take, unoptimised and on a busy machine.
pub const TIME_MAX: Duration = Duration::from_secs(5);
/// The names of the targets; each has a folder of inputs in `fuzz/corpus`.
pub const TARGETS: [&str; 3] = ["frame", "admission", "document"];

/// Reads bytes as the frames of a request, as a server does, and as those of an answer, as a phone does.
#[must_use]
pub fn frame(bytes: &[u8]) -> String {
    let mut word = "empty".to_owned();
    for found in frame::split(bytes) {
        let frame = match found {
            Ok(frame) => frame,
            Err(error) => return error.code().to_owned(),
        };
        let _as_a_phone_reads_it = frame::decode::<ServerMessage>(frame);
        match frame::decode_within::<ClientMessage>(frame, CLIENT_UNPACKED_BYTES_MAX) {
            Ok(message) => {
                // What was understood is understood again.
                if let Ok(frame) = frame::encode(&message) {
                    let again = frame::decode::<ClientMessage>(&frame).ok();
                    assert_eq!(again.as_ref(), Some(&message), "a message is not what it was");
                }
                word = "read".to_owned();
            }
            Err(error) => return error.code().to_owned(),
        }
    }
    word
}

/// Builds a document out of received changes, as a phone does, and saves, loads and shows it.
///
/// The first byte says which record type; the rest is a list of changes. Automerge's own file format is not taken from
/// strangers anywhere, so it is not tried here.
#[must_use]
pub fn document(bytes: &[u8]) -> String {
    let Some((place, rest)) = bytes.split_first() else { return "empty".to_owned() };
    let Some(kind) = RECORD_TYPES.get(usize::from(*place) % RECORD_TYPES.len()).copied() else { return "empty".to_owned() };
    let Ok((changes, _)) = postcard::take_from_bytes::<Vec<WireChange>>(rest) else { return "message".to_owned() };
    let id = RecordId(Uuid::from_u128(7));
    let genesis = genesis(kind, id);
    let Ok(mut doc) = document::create(kind, id, &[9; 16]) else { return "genesis".to_owned() };
    let mut previous = None;
    for wire in changes {
        // The hash of a mutated change is wrong; the one it comes out with leads further in.
        let wire = wire.clone().sealed(&genesis, previous.as_ref()).unwrap_or(wire);
        let change = match wire.to_change(&genesis, previous.as_ref()) {
            Ok(change) => change,
            Err(error) => return error.code().to_owned(),
        };
        let copy = doc.clone();
        let applied = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut doc = copy;
            doc.apply_changes([change]).ok()?;
            let saved = doc.save_nocompress();
            Automerge::load(&saved).ok().filter(|again| again.get_heads() == doc.get_heads()).map(|_| doc)
        }));
        // What Automerge chokes on is fenced; the record stays as it was.
        let Ok(Some(now)) = applied else { return "fenced".to_owned() };
        doc = now;
        previous = Some(wire.hash);
    }
    match document::read(&doc) {
        Ok(raw) => {
            let _shown = view::of(kind, id, &raw);
            "shown".to_owned()
        }
        Err(_) => "unreadable".to_owned(),
    }
}

/// A server with a few records, and somebody's modified app before it.
#[derive(Debug)]
pub struct Gatehouse {
    world: World,
    owner: Rogue,
    devices: u64,
}

impl Default for Gatehouse {
    fn default() -> Self {
        Gatehouse::new()
    }
}

/// The record of this name in a gatehouse; the corpus knows them.
#[must_use]
pub fn known(name: &str) -> RecordId {
    RecordId(Uuid::nil()).derived(name)
}

impl Gatehouse {
    /// A gatehouse with one account, one lead, and one opportunity with a line.
    #[must_use]
    pub fn new() -> Gatehouse {
        let world = World::in_memory(&FIVE);
        let ada = world.user("Ada");
        let mut owner = Rogue::of(&world, ada, 0);
        let line = |field: &str| format!("lines/{}/{field}", known("line"));
        let made = vec![
            owner.write("account", known("firm"), &[Write::put("name", "Firm")]),
            owner.write("lead", known("lead"), &[Write::put("topic", "Pumps"), Write::put("last_name", "Lind")]),
            owner.write(
                "opportunity",
                known("sale"),
                &[
                    Write::put("topic", "Pumps"),
                    Write::put("customer", format!("account:{}", known("firm"))),
                    Write::put(line("description"), "Hose"),
                    Write::put(line("quantity"), "{\"value\":\"2\"}"),
                    Write::put(line("price_per_unit"), "35"),
                ],
            ),
        ];
        let answer = owner.push(made);
        assert!(!answer.status.stops_pushing(), "the gatehouse has no records: {answer:?}");
        Gatehouse { world, owner, devices: 0 }
    }

    /// Sends bytes as an intent of a fresh device that has seen the records, signed and sealed as it would have to be.
    #[must_use]
    pub fn admission(&mut self, bytes: &[u8]) -> String {
        let Ok((intent, _)) = postcard::take_from_bytes::<Intent>(bytes) else {
            // Not even an intent: as it came.
            let answer = self.world.app.exchange(&self.owner.identity, bytes);
            return heard(&answer).iter().find_map(code_of).unwrap_or_else(|| "silence".to_owned());
        };
        self.devices += 1;
        let mut device = Rogue::of(&self.world, self.owner.identity.user, self.devices);
        let parts = intent.parts.into_iter().map(|part| signed(part, device.actor)).collect();
        device.dseq = intent.dseq;
        let intent = Intent { parts, ..intent };
        let said = device.say(vec![ClientMessage::Push { actor: device.actor, intents: vec![intent] }]);
        let answer = answers(&said).first().map(|answer| answer.code.clone());
        answer.or_else(|| said.iter().find_map(code_of)).unwrap_or_else(|| "silence".to_owned())
    }

    /// Asserts that every record is whole, and that an honest device is served.
    pub fn is_whole(&mut self) {
        let report = self.world.app.check(self.world.org).unwrap_or_else(|error| panic!("the check: {error}"));
        assert!(report.broken.is_empty(), "{:?}", report.broken);
        let phone = self.world.phone("Ben");
        assert!(phone.holds("account", known("firm")), "an honest phone is served");
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("org", &self.org).finish_non_exhaustive()
    }
}

fn code_of(message: &ServerMessage) -> Option<String> {
    if let ServerMessage::Bye { code, .. } = message { Some(code.clone()) } else { None }
}

/// A part as this device would have to sign it to come past the first look.
fn signed(part: Part, actor: [u8; 16]) -> Part {
    let changes = part.changes.into_iter().map(|wire| WireChange { actor, ..wire }).collect();
    if find(&part.kind).is_some() { sealed(Part { changes, ..part }) } else { Part { changes, ..part } }
}

/// The inputs of a target that are kept.
///
/// # Errors
/// The folder cannot be read.
pub fn corpus(target: &str) -> std::io::Result<Vec<Vec<u8>>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut paths = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    paths.into_iter().map(std::fs::read).collect()
}

/// Runs every input and so many mutations of each; gives how many runs there were and the words they gave.
pub fn run(target: &str, corpus: &[Vec<u8>], mutations: u64, seed: u64) -> BTreeMap<String, u64> {
    let mut words = BTreeMap::new();
    let mut gatehouse = (target == "admission").then(Gatehouse::new);
    let mut dice = Numbers(seed);
    for input in corpus {
        for number in 0..=mutations {
            let bytes = if number == 0 { input.clone() } else { mutated(input, corpus, &mut dice) };
            let start = Instant::now();
            let word = match (&mut gatehouse, target) {
                (Some(gatehouse), _) => gatehouse.admission(&bytes),
                (None, "frame") => frame(&bytes),
                (None, _) => document(&bytes),
            };
            assert!(start.elapsed() < TIME_MAX, "{target} took {:?} for {bytes:?}", start.elapsed());
            assert!(is_word(&word), "{target} gave no clear word but {word:?} for {bytes:?}");
            *words.entry(word).or_default() += 1;
        }
    }
    if let Some(gatehouse) = &mut gatehouse {
        gatehouse.is_whole();
    }
    words
}

/// Whether an app can branch on it.
fn is_word(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-'))
}
