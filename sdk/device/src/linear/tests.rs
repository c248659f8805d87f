//! The fast fold must read what Automerge reads, whatever honest people do one after the other.

use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, ROOT, ReadDoc};
use fieldbook_domain::document::{self, Write};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::Record;
use fieldbook_domain::record::opportunity::Opportunity;
use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Put(usize, Scalar),
    Text(usize, String),
    Delete(usize),
}

const KEYS: &[&str] =
    &["topic", "stage", "est_value", "of_a_newer_app", "lines/00000000-0000-4000-8000-000000000001/description", "rating"];
const TEXTS: &[&str] = &["pain_points", "proposed_solution", "description"];

fn scalar_strategy() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        Just(Scalar::Null),
        any::<bool>().prop_map(Scalar::Bool),
        any::<i64>().prop_map(Scalar::Int),
        "\\PC{0,12}".prop_map(Scalar::Str),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..KEYS.len(), scalar_strategy()).prop_map(|(key, value)| Step::Put(key, value)),
        4 => (0..TEXTS.len(), "[a-d漢💼]{0,14}").prop_map(|(text, now)| Step::Text(text, now)),
        1 => (0..KEYS.len()).prop_map(Step::Delete),
    ]
}

fn changes() -> impl Strategy<Value = Vec<(u8, i64, Vec<Step>)>> {
    proptest::collection::vec((1_u8..4, 0_i64..1_000, proptest::collection::vec(step(), 1..6)), 0..20)
}

/// Whose changes say that the office had what they build on.
const OFFICE: u8 = 3;

/// Writes the steps as one change and gives it as it would travel.
fn author(doc: &mut Automerge, steps: &[Step], time_ms: i64, genesis: &Hash, previous: Option<&Hash>) -> Option<WireChange> {
    let message = Some(RECEIVED).filter(|_| doc.get_actor().to_bytes() == [OFFICE; 16]);
    let mut writes = Vec::new();
    let mut deleted = None;
    for step in steps {
        match step {
            Step::Put(key, value) => writes.push(Write::put(KEYS[*key], value.clone())),
            Step::Text(text, now) => writes.push(Write::Text { field: TEXTS[*text].to_owned(), now: now.clone() }),
            Step::Delete(key) => deleted = Some(KEYS[*key]),
        }
    }
    let change = match deleted.filter(|key| doc.get(ROOT, *key).unwrap().is_some()) {
        Some(key) => {
            let mut tx = doc.transaction();
            tx.delete(ROOT, key).unwrap();
            let options = automerge::transaction::CommitOptions::default().with_time(time_ms);
            let (hash, _) = tx.commit_with(options);
            doc.get_change_by_hash(&hash?)
        }
        None => document::write(doc, &writes, time_ms, message).unwrap(),
    };
    Some(WireChange::from_change(&change?, genesis, previous).unwrap())
}

proptest! {
    #[test]
    fn a_line_reads_as_automerge_does(history in changes()) {
        let kind = Opportunity::TYPE;
        let mut doc = document::create(kind, RecordId::default(), &[1; 16]).unwrap();
        let genesis = doc.get_heads()[0].0;
        let mut line = Line::new(kind);
        prop_assert_eq!(Line::new(kind).into_raw(), document::read(&doc).unwrap());
        let mut previous = None;
        for (actor, time_ms, steps) in history {
            doc.set_actor(ActorId::from(&[actor; 16][..]));
            let Some(change) = author(&mut doc, &steps, time_ms, &genesis, previous.as_ref()) else { continue };
            previous = Some(change.hash);
            prop_assert_eq!(line.push(&change), Ok(()));
            prop_assert_eq!(line.head(), Some(doc.get_heads()[0].0));
        }
        prop_assert_eq!(line.into_raw(), document::read(&doc).unwrap());
    }
}

#[test]
fn what_is_not_one_line_is_left_to_automerge() {
    let kind = Opportunity::TYPE;
    let mut doc = document::create(kind, RecordId::default(), &[1; 16]).unwrap();
    let genesis = doc.get_heads()[0].0;
    let mut other = doc.fork().with_actor(ActorId::from(&[2; 16][..]));
    let put = |key: usize, value: &str| vec![Step::Put(key, Scalar::Str(value.to_owned()))];
    let first = author(&mut doc, &put(0, "a"), 1, &genesis, None).unwrap();
    let beside = author(&mut other, &put(0, "b"), 1, &genesis, None).unwrap();
    let second = author(&mut doc, &put(0, "c"), 2, &genesis, Some(&first.hash)).unwrap();
    let taken = |changes: &[&WireChange]| {
        let mut line = Line::new(kind);
        changes.iter().try_for_each(|change| line.push(change))
    };

    assert_eq!(taken(&[&first, &second]), Ok(()));
    assert_eq!(taken(&[&first, &beside]), Err(NotLinear));
    assert_eq!(taken(&[&second]), Err(NotLinear));
    assert_eq!(taken(&[&first, &first]), Err(NotLinear));
    for spoil in [
        |change: &mut WireChange| change.seq = 7,
        |change: &mut WireChange| change.start_op += 1,
        |change: &mut WireChange| change.ops = vec![WireOp::Delete { key: "topic".into(), pred: Vec::new() }],
        |change: &mut WireChange| change.ops = vec![WireOp::Delete { key: "description".into(), pred: Vec::new() }],
        |change: &mut WireChange| {
            change.ops = vec![WireOp::Put { key: "_id".into(), value: WireValue::Null, pred: Vec::new() }];
        },
        |change: &mut WireChange| {
            let text = WireOpId { counter: 1, actor: GENESIS_ACTOR };
            change.ops = vec![WireOp::Insert { text, after: None, chars: "x".into() }];
        },
    ] {
        let mut spoilt = second.clone();
        spoil(&mut spoilt);
        assert_eq!(taken(&[&first, &spoilt]), Err(NotLinear), "{spoilt:?}");
    }
}

proptest! {
    #[test]
    fn a_change_made_without_automerge_is_the_one_automerge_makes(history in changes()) {
        let kind = Opportunity::TYPE;
        let mut doc = document::create(kind, RecordId::default(), &[1; 16]).unwrap();
        let genesis = doc.get_heads()[0].0;
        let mut line = Line::new(kind);
        for (actor, time_ms, steps) in history {
            doc.set_actor(ActorId::from(&[actor; 16][..]));
            let mut writes: Vec<Write> = Vec::new();
            for step in &steps {
                let write = match step {
                    Step::Put(key, value) => Write::put(KEYS[*key], value.clone()),
                    Step::Text(text, now) => Write::Text { field: TEXTS[*text].to_owned(), now: now.clone() },
                    Step::Delete(_) => continue,
                };
                writes.retain(|earlier| crate::desk::place(earlier) != crate::desk::place(&write));
                writes.push(write);
            }
            let made = line.author([actor; 16], &genesis, &writes, time_ms);
            let change = document::write(&mut doc, &writes, time_ms, None).unwrap();
            let asked = change.map(|change| WireChange::from_change(&change, &genesis, None).unwrap());
            if let Ok(made) = made {
                prop_assert_eq!(&made, &asked);
            }
            if let Some(asked) = asked {
                prop_assert_eq!(line.push(&asked), Ok(()));
            }
        }
    }
}
