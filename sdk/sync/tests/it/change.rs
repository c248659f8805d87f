//! A change that travels arrives as the same bytes, or not at all.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, Change, ObjType, ROOT, ReadDoc, ScalarValue};
use fieldbook_sync::change::{
    CHANGE_OPS_MAX, COUNTER_MAX, DEPS_MAX, Dep, Hash, KEY_BYTES_MAX, MESSAGE_BYTES_MAX, PREDS_MAX, TIME_MS_MAX, VALUE_BYTES_MAX,
    WireChange, WireOp, WireOpId, WireValue,
};
use fieldbook_sync::error::Error;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::samples::{ADA, genesis, made_by, text, toy_change};

#[derive(Debug, Clone)]
enum Step {
    Put(usize, WireValue),
    Delete(usize),
    Splice(bool, Index, usize, String),
    Commit(Option<String>),
    Merge(Index),
    Empty,
}

fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let value = prop_oneof![
        Just(WireValue::Null),
        any::<bool>().prop_map(WireValue::Bool),
        any::<i64>().prop_map(WireValue::Int),
        ".{0,12}".prop_map(WireValue::Str),
    ];
    let letters = prop_oneof![".{0,8}", Just("👨‍👩‍👧 e\u{301}\u{327}🇩🇪".to_owned()), Just("a\0\u{feff}\u{202e}b".to_owned()),];
    let step = prop_oneof![
        6 => (0usize..4, value).prop_map(|(key, value)| Step::Put(key, value)),
        2 => (0usize..4).prop_map(Step::Delete),
        6 => (any::<bool>(), any::<Index>(), 0usize..5, letters)
            .prop_map(|(notes, at, cut, letters)| Step::Splice(notes, at, cut, letters)),
        4 => proptest::option::of(".{0,6}").prop_map(Step::Commit),
        3 => any::<Index>().prop_map(Step::Merge),
        1 => Just(Step::Empty),
    ];
    proptest::collection::vec((0usize..4, step), 1..60)
}

/// Lets four people edit one document, and gives everything they did.
fn history(steps: &[(usize, Step)]) -> (Vec<Change>, Hash) {
    let (start, genesis) = genesis();
    let mut docs: Vec<AutoCommit> = (1..=4u8).map(|person| start.clone().with_actor(ActorId::from([person; 16]))).collect();
    for (now, (who, step)) in steps.iter().enumerate() {
        take_step(&mut docs, *who, step, now as i64 * 1_000);
    }
    let (first, others) = docs.split_first_mut().unwrap();
    others.iter_mut().for_each(|doc| {
        first.merge(doc).unwrap();
    });
    (first.get_changes(&[]), genesis)
}

fn take_step(docs: &mut [AutoCommit], who: usize, step: &Step, now: i64) {
    let options = CommitOptions::default().with_time(now);
    let keys = ["name", "stage", "lines/1/price", "ключ"];
    match step {
        Step::Put(key, value) => docs[who].put(ROOT, keys[*key], scalar(value)).unwrap(),
        Step::Delete(key) => docs[who].delete(ROOT, keys[*key]).unwrap_or(()),
        Step::Splice(notes, at, cut, letters) => {
            let text = text(&docs[who], if *notes { "notes" } else { "body" });
            let length = docs[who].length(&text);
            let at = at.index(length + 1);
            let cut = (*cut).min(length - at) as isize;
            docs[who].splice_text(&text, at, cut, letters).unwrap();
        }
        Step::Commit(message) => {
            let options = match message {
                Some(message) => options.with_message(message),
                None => options,
            };
            docs[who].commit_with(options);
        }
        Step::Merge(other) => {
            let other = other.index(docs.len());
            docs[other].commit_with(CommitOptions::default().with_time(now));
            if other != who {
                let mut other = docs[other].clone();
                docs[who].commit_with(options);
                docs[who].merge(&mut other).unwrap();
            }
        }
        Step::Empty => {
            docs[who].empty_change(options);
        }
    }
}

fn scalar(value: &WireValue) -> ScalarValue {
    match value {
        WireValue::Null => ScalarValue::Null,
        WireValue::Bool(value) => ScalarValue::Boolean(*value),
        WireValue::Int(value) => ScalarValue::Int(*value),
        WireValue::Str(value) => ScalarValue::from(value),
    }
}

/// Every change of a history as it travels, with the hash before it.
fn travelling(changes: &[Change], genesis: &Hash) -> Vec<(WireChange, Option<Hash>)> {
    changes
        .windows(2)
        .map(|pair| {
            let previous = Some(pair[0].hash().0);
            let wire = WireChange::from_change(&pair[1], genesis, previous.as_ref()).unwrap();
            (wire, previous)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_change_people_make_arrives_byte_for_byte(steps in steps()) {
        let (changes, genesis) = history(&steps);

        for ((wire, previous), change) in travelling(&changes, &genesis).iter().zip(&changes[1..]) {
            let bytes = postcard::to_stdvec(wire).unwrap();
            let read: WireChange = postcard::from_bytes(&bytes).unwrap();
            let rebuilt = read.to_change(&genesis, previous.as_ref()).unwrap();

            prop_assert_eq!(&read, wire);
            prop_assert_eq!(rebuilt.raw_bytes(), change.raw_bytes());
            prop_assert_eq!(rebuilt.hash(), change.hash());
            prop_assert_eq!(wire.op_count(), change.len() as u64);
            prop_assert_eq!(wire.max_op(), change.max_op());
            prop_assert_eq!(
                wire.resolved_deps(&genesis, previous.as_ref()).unwrap(),
                change.deps().iter().map(|dep| dep.0).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn a_changed_change_is_never_taken(
        steps in steps(),
        which in any::<Index>(),
        mutations in proptest::collection::vec(mutation(), 1..4),
    ) {
        let (changes, genesis) = history(&steps);
        prop_assume!(changes.len() > 1);
        let travelling = travelling(&changes, &genesis);
        let (mut wire, previous) = which.get(&travelling).clone();
        let original = wire.clone();

        mutations.iter().for_each(|mutation| mutation.apply(&mut wire));

        if let Ok(change) = wire.to_change(&genesis, previous.as_ref()) {
            prop_assert_eq!(change.hash().0, wire.hash);
            prop_assert_eq!(wire.hash, original.hash);
        }
        // Whatever passes the checks, Automerge must be able to encode: the fence behind them stays unused.
        prop_assert_ne!(wire.to_change(&genesis, previous.as_ref()), Err(Error::Refused));
    }

    #[test]
    fn damaged_bytes_never_become_another_change(
        steps in steps(),
        which in any::<Index>(),
        flips in proptest::collection::vec((any::<Index>(), 1u8..), 1..4),
    ) {
        let (changes, genesis) = history(&steps);
        prop_assume!(changes.len() > 1);
        let (wire, previous) = which.get(&travelling(&changes, &genesis)).clone();
        let mut bytes = postcard::to_stdvec(&wire).unwrap();
        for (at, flip) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
        }

        if let Ok(read) = postcard::from_bytes::<WireChange>(&bytes)
            && let Ok(change) = read.to_change(&genesis, previous.as_ref())
        {
            prop_assert_eq!(change.hash().0, wire.hash);
        }
    }
}

#[derive(Debug, Clone)]
enum Mutation {
    Number(usize, u64),
    Actor(u8),
    HashBit(Index),
    Deps(Vec<Dep>),
    Message(Option<String>),
    DropOp(Index),
    RepeatOp(Index),
    SwapOps(Index, Index),
    AddOp(WireOp),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let number = prop_oneof![0u64..20, Just(COUNTER_MAX), Just(COUNTER_MAX + 1), any::<u64>()];
    let id =
        || (prop_oneof![0u64..30, any::<u64>()], 0u8..6).prop_map(|(counter, actor)| WireOpId { counter, actor: [actor; 16] });
    let ids = || proptest::collection::vec(id(), 0..4);
    let dep = prop_oneof![Just(Dep::Genesis), Just(Dep::Previous), any::<[u8; 32]>().prop_map(Dep::Hash)];
    let op = prop_oneof![
        (".{0,4}", any::<i64>(), ids()).prop_map(|(key, value, pred)| WireOp::Put { key, value: WireValue::Int(value), pred }),
        (".{0,4}", ids()).prop_map(|(key, pred)| WireOp::Delete { key, pred }),
        (id(), proptest::option::of(id()), ".{0,4}").prop_map(|(text, after, chars)| WireOp::Insert { text, after, chars }),
        (id(), ids()).prop_map(|(text, elements)| WireOp::Remove { text, elements }),
    ];
    prop_oneof![
        (0usize..3, number).prop_map(|(field, value)| Mutation::Number(field, value)),
        any::<u8>().prop_map(Mutation::Actor),
        any::<Index>().prop_map(Mutation::HashBit),
        proptest::collection::vec(dep, 0..4).prop_map(Mutation::Deps),
        proptest::option::of(".{0,4}").prop_map(Mutation::Message),
        any::<Index>().prop_map(Mutation::DropOp),
        any::<Index>().prop_map(Mutation::RepeatOp),
        any::<(Index, Index)>().prop_map(|(a, b)| Mutation::SwapOps(a, b)),
        op.prop_map(Mutation::AddOp),
    ]
}

impl Mutation {
    fn apply(&self, wire: &mut WireChange) {
        let count = wire.ops.len();
        match self {
            Self::Number(0, value) => wire.seq = *value,
            Self::Number(1, value) => wire.start_op = *value,
            Self::Number(_, value) => wire.time_ms = *value as i64,
            Self::Actor(byte) => wire.actor[0] = *byte,
            Self::HashBit(bit) => {
                let bit = bit.index(256);
                wire.hash[bit / 8] ^= 1 << (bit % 8);
            }
            Self::Deps(deps) => wire.deps.clone_from(deps),
            Self::Message(message) => wire.message.clone_from(message),
            Self::DropOp(at) if count > 0 => drop(wire.ops.remove(at.index(count))),
            Self::RepeatOp(at) if count > 0 => wire.ops.push(wire.ops[at.index(count)].clone()),
            Self::SwapOps(a, b) if count > 0 => wire.ops.swap(a.index(count), b.index(count)),
            Self::DropOp(_) | Self::RepeatOp(_) | Self::SwapOps(..) => {}
            Self::AddOp(op) => wire.ops.push(op.clone()),
        }
    }
}

#[test]
fn a_rebuilt_change_applies_to_another_copy_of_the_document() {
    let (change, genesis_hash) = made_by(|doc| {
        doc.put(ROOT, "name", "Acme").unwrap();
        let notes = text(doc, "notes");
        doc.splice_text(&notes, 0, 0, "héllo 👋").unwrap();
    });
    let wire = WireChange::from_change(&change, &genesis_hash, None).unwrap();
    let (mut other, _) = genesis();

    other.apply_changes([wire.to_change(&genesis_hash, None).unwrap()]).unwrap();

    assert_eq!(other.text(text(&other, "notes")).unwrap(), "héllo 👋");
    assert_eq!(other.get_heads(), vec![change.hash()]);
}

#[test]
fn typing_is_one_run_and_so_is_deleting() {
    let (change, genesis) = made_by(|doc| {
        let notes = text(doc, "notes");
        doc.splice_text(&notes, 0, 0, "visit at nine").unwrap();
        doc.splice_text(&notes, 0, 6, "").unwrap();
    });

    let wire = WireChange::from_change(&change, &genesis, None).unwrap();

    assert_eq!(wire.deps, vec![Dep::Genesis]);
    assert!(
        matches!(
            wire.ops.as_slice(),
            [WireOp::Insert { after: None, chars, .. }, WireOp::Remove { elements, .. }]
                if chars == "visit at nine" && elements.len() == 6
        ),
        "{:?}",
        wire.ops
    );
}

#[test]
fn what_the_frame_has_no_words_for_does_not_travel() {
    let edits: [fn(&mut AutoCommit); 7] = [
        |doc| drop(doc.put_object(ROOT, "map", ObjType::Map).unwrap()),
        |doc| drop(doc.put_object(ROOT, "list", ObjType::List).unwrap()),
        |doc| doc.put(ROOT, "n", ScalarValue::counter(1)).unwrap(),
        |doc| doc.put(ROOT, "n", 1.5).unwrap(),
        |doc| doc.put(ROOT, "n", 1u64).unwrap(),
        |doc| doc.put(ROOT, "n", vec![1u8]).unwrap(),
        |doc| doc.put(ROOT, "n", ScalarValue::Timestamp(1)).unwrap(),
    ];
    for edit in edits {
        let (change, genesis) = made_by(edit);

        let refused = WireChange::from_change(&change, &genesis, None);

        assert!(matches!(refused, Err(Error::Inexpressible { .. })), "{refused:?}");
    }
}

#[test]
fn a_previous_change_that_is_not_there_is_an_error() {
    let wire = WireChange { deps: vec![Dep::Previous], ..toy_change(ADA, 1) };

    assert_eq!(wire.to_change(&[1; 32], None), Err(Error::NoPrevious));
}

#[test]
fn a_change_with_a_wrong_hash_is_refused() {
    assert_eq!(toy_change(ADA, 1).to_change(&[1; 32], None), Err(Error::HashMismatch));
}

/// Builds a change at a limit or just over it, and says whether it is within.
fn is_within(edit: impl FnOnce(&mut WireChange)) -> bool {
    let mut wire = toy_change(ADA, 100);
    edit(&mut wire);
    wire.check().is_ok()
}

fn put(key: usize, value: usize, preds: usize) -> WireOp {
    let pred = (1..=preds as u64).map(|counter| WireOpId { counter, actor: ADA });
    WireOp::Put { key: "k".repeat(key), value: WireValue::Str("v".repeat(value)), pred: pred.collect() }
}

fn typed(letters: usize) -> WireOp {
    WireOp::Insert { text: WireOpId { counter: 1, actor: ADA }, after: None, chars: "é".repeat(letters) }
}

#[test]
fn every_limit_of_a_change_holds_on_both_sides() {
    let op = |op: WireOp| is_within(|wire| wire.ops = vec![op]);
    let letters = |count: usize| op(typed(count));
    let message = |bytes: usize| is_within(|wire| wire.message = Some("m".repeat(bytes)));
    let deps = |count: usize| is_within(|wire| wire.deps = (0..count).map(|n| Dep::Hash([n as u8; 32])).collect());

    assert!(op(put(KEY_BYTES_MAX, 1, 0)) && !op(put(KEY_BYTES_MAX + 1, 1, 0)));
    assert!(op(put(1, 1, 0)) && !op(put(0, 1, 0)));
    assert!(op(put(1, VALUE_BYTES_MAX, 0)) && !op(put(1, VALUE_BYTES_MAX + 1, 0)));
    assert!(op(put(1, 1, PREDS_MAX)) && !op(put(1, 1, PREDS_MAX + 1)));
    assert!(letters(CHANGE_OPS_MAX) && !letters(CHANGE_OPS_MAX + 1));
    assert!(letters(1) && !letters(0));
    assert!(message(MESSAGE_BYTES_MAX) && !message(MESSAGE_BYTES_MAX + 1));
    assert!(message(1) && !message(0));
    assert!(deps(DEPS_MAX) && !deps(DEPS_MAX + 1));
    assert!(is_within(|w| w.seq = COUNTER_MAX) && !is_within(|w| w.seq = COUNTER_MAX + 1));
    assert!(is_within(|w| w.seq = 1) && !is_within(|w| w.seq = 0));
    assert!(is_within(|w| w.start_op = 1) && !is_within(|w| w.start_op = 0));
    assert!(is_within(|w| w.start_op = COUNTER_MAX));
    assert!(!is_within(|w| w.start_op = COUNTER_MAX + 1));
    assert!(!is_within(|w| {
        w.start_op = COUNTER_MAX;
        w.ops = vec![typed(2)];
    }));
    assert!(is_within(|w| w.time_ms = TIME_MS_MAX) && !is_within(|w| w.time_ms = TIME_MS_MAX + 1));
    assert!(is_within(|w| w.time_ms = 0) && !is_within(|w| w.time_ms = -1));
}

#[test]
fn the_largest_change_survives_the_trip() {
    let (change, genesis) = made_by(|doc| {
        let notes = text(doc, "notes");
        doc.splice_text(&notes, 0, 0, &"é".repeat(CHANGE_OPS_MAX)).unwrap();
    });

    let wire = WireChange::from_change(&change, &genesis, None).unwrap();

    let rebuilt = wire.to_change(&genesis, None).unwrap();
    assert_eq!(rebuilt.raw_bytes(), change.raw_bytes());
}

#[test]
fn lists_over_their_limit_are_not_even_read() {
    let deps = |count: usize| WireChange { deps: vec![Dep::Genesis; count], ..toy_change(ADA, 1) };
    let read = |wire| postcard::from_bytes::<WireChange>(&postcard::to_stdvec(&wire).unwrap());

    assert!(read(deps(DEPS_MAX)).is_ok());
    assert!(read(deps(DEPS_MAX + 1)).is_err());
}
