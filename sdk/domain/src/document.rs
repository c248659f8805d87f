//! A record as an Automerge document: its deterministic genesis, reading it flat, writing what differs.
//!
//! The only writer of documents. A document is one flat map of registers plus the long texts its type declares; the
//! genesis is byte-identical on every replica, so that two independent creations of one record merge.

use crate::ids::RecordId;
use crate::raw::{Raw, Scalar};
use crate::record::RecordType;
use automerge::iter::MapRangeItem;
use automerge::legacy::{Key, ObjectId, Op, OpType, SortedVec};
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{
    ActorId, Automerge, AutomergeError, Change, ChangeHash, ExpandedChange, ObjId, ObjType, ROOT, ReadDoc, ScalarValue,
};
use automerge::{ScalarValueRef, Value, ValueRef};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;

mod times;

pub use times::RECEIVED;

/// The actor of every genesis change; no device may write under it.
pub const GENESIS_ACTOR: [u8; 16] = [0; 16];

/// One difference to write into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Sets a register; a null empties it, so that a concurrent value stays visible as a conflict.
    Put {
        /// The key.
        key: String,
        /// The value.
        value: Scalar,
    },
    /// Makes a long text read so, keeping what others type elsewhere in it.
    Text {
        /// The field.
        field: String,
        /// What it should say.
        now: String,
    },
}

impl Write {
    /// Sets a register.
    pub fn put(key: impl Into<String>, value: impl Into<Scalar>) -> Write {
        Write::Put { key: key.into(), value: value.into() }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Scalar::Str(text.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Scalar::Str(text)
    }
}

impl From<bool> for Scalar {
    fn from(yes: bool) -> Self {
        Scalar::Bool(yes)
    }
}

/// One of several values that stand in conflict in a register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The value.
    pub value: Scalar,
    /// The change that wrote it.
    pub change: ChangeHash,
}

/// A new document holding its genesis only, to be written under `actor`.
///
/// # Errors
/// Automerge's, which the flat layout gives it no cause for.
pub fn create(kind: &RecordType, id: RecordId, actor: &[u8; 16]) -> Result<Automerge, AutomergeError> {
    let mut doc = Automerge::new();
    doc.apply_changes([genesis(kind, id)])?;
    Ok(doc.with_actor(ActorId::from(&actor[..])))
}

/// The genesis change of a record, made without a document: every save needs its hash.
#[must_use]
pub fn genesis(kind: &RecordType, id: RecordId) -> Change {
    let put = |key: &str, action: OpType| Op {
        action,
        obj: ObjectId::Root,
        key: Key::from(key),
        pred: SortedVec::new(),
        insert: false,
    };
    let mut operations = vec![put("_kind", OpType::Put(kind.name.into())), put("_id", OpType::Put(id.to_string().into()))];
    let texts = kind.fields.iter().filter(|field| field.is_long_text());
    operations.extend(texts.map(|field| put(field.name, OpType::Make(ObjType::Text))));
    Change::from(ExpandedChange {
        operations,
        actor_id: ActorId::from(&GENESIS_ACTOR[..]),
        hash: None,
        seq: 1,
        start_op: NonZeroU64::MIN,
        time: 0,
        message: None,
        deps: Vec::new(),
        extra_bytes: Vec::new(),
        author: None,
    })
}

/// The registers a genesis writes besides the declared texts.
#[must_use]
pub fn is_genesis_key(key: &str) -> bool {
    key == "_kind" || key == "_id"
}

/// Reads a document flat, as it is now.
///
/// # Errors
/// Automerge's, for a document that is not ours.
pub fn read(doc: &Automerge) -> Result<Raw, AutomergeError> {
    let mut raw = registers(doc.map_range(ROOT, ..), |text| doc.text(text))?;
    times::count(&mut raw, &doc.get_changes_meta(&[]));
    Ok(raw)
}

/// Reads a document flat, as somebody saw it who had exactly the changes up to `heads`.
///
/// # Errors
/// Automerge's, for a document that is not ours.
pub fn read_at(doc: &Automerge, heads: &[ChangeHash]) -> Result<Raw, AutomergeError> {
    let mut raw = registers(doc.map_range_at(ROOT, .., heads), |text| doc.text_at(text, heads))?;
    let started =
        heads.iter().filter_map(|head| doc.get_change_meta_by_hash(head)).any(|meta| meta.actor.to_bytes() != GENESIS_ACTOR);
    if started {
        raw.touch(0);
    }
    Ok(raw)
}

fn registers<'a>(
    items: impl Iterator<Item = MapRangeItem<'a>>,
    text: impl Fn(&ObjId) -> Result<String, AutomergeError>,
) -> Result<Raw, AutomergeError> {
    let (mut registers, mut texts) = (BTreeMap::new(), BTreeMap::new());
    for item in items {
        match &item.value {
            ValueRef::Object(_) => {
                let content = text(&item.id())?;
                texts.insert(item.key.into_owned(), content);
            }
            ValueRef::Scalar(value) => {
                if !is_genesis_key(&item.key) {
                    let value = scalar(value);
                    registers.insert(item.key.into_owned(), value);
                }
            }
        }
    }
    Ok(Raw { registers: registers.into(), texts: texts.into(), ..Raw::default() })
}

fn scalar(value: &ScalarValueRef<'_>) -> Scalar {
    match value {
        ScalarValueRef::Str(text) => Scalar::Str(text.clone().into_owned()),
        ScalarValueRef::Int(number) => Scalar::Int(*number),
        ScalarValueRef::Boolean(yes) => Scalar::Bool(*yes),
        ScalarValueRef::Null
        | ScalarValueRef::Bytes(_)
        | ScalarValueRef::Uint(_)
        | ScalarValueRef::F64(_)
        | ScalarValueRef::Counter(_)
        | ScalarValueRef::Timestamp(_)
        | ScalarValueRef::Unknown { .. } => Scalar::Null,
    }
}

/// The values standing in one register, with the changes that wrote them; more than one is a conflict.
///
/// # Errors
/// Automerge's, for a document that is not ours.
pub fn candidates(doc: &Automerge, key: &str) -> Result<Vec<Candidate>, AutomergeError> {
    Ok(candidates_of(doc, doc.get_all(ROOT, key)?))
}

/// The same, as of these heads.
///
/// # Errors
/// Automerge's, for a document that is not ours.
pub fn candidates_at(doc: &Automerge, key: &str, heads: &[ChangeHash]) -> Result<Vec<Candidate>, AutomergeError> {
    Ok(candidates_of(doc, doc.get_all_at(ROOT, key, heads)?))
}

fn candidates_of(doc: &Automerge, values: Vec<(Value<'_>, ObjId)>) -> Vec<Candidate> {
    let candidate = |(value, op): (Value<'_>, ObjId)| match value {
        Value::Scalar(value) => Some(Candidate { value: scalar_owned(&value), change: doc.hash_for_opid(&op)? }),
        Value::Object(_) => None,
    };
    values.into_iter().filter_map(candidate).collect()
}

pub(crate) fn scalar_owned(value: &ScalarValue) -> Scalar {
    match value {
        ScalarValue::Str(text) => Scalar::Str(text.to_string()),
        ScalarValue::Int(number) => Scalar::Int(*number),
        ScalarValue::Boolean(yes) => Scalar::Bool(*yes),
        ScalarValue::Null
        | ScalarValue::Bytes(_)
        | ScalarValue::Uint(_)
        | ScalarValue::F64(_)
        | ScalarValue::Counter(_)
        | ScalarValue::Timestamp(_)
        | ScalarValue::Unknown { .. } => Scalar::Null,
    }
}

/// The registers in which values stand in conflict.
#[must_use]
pub fn conflicts(doc: &Automerge) -> Vec<String> {
    doc.map_range(ROOT, ..).filter(|item| item.conflict).map(|item| item.key.into_owned()).collect()
}

/// Writes differences as one change at `time_ms`; returns it, or `None` when nothing differed.
///
/// A register that already shows the value is written all the same while it is in conflict: that settles the conflict.
///
/// # Errors
/// Automerge's, for a document that is not ours.
pub fn write(
    doc: &mut Automerge,
    writes: &[Write],
    time_ms: i64,
    message: Option<&str>,
) -> Result<Option<Change>, AutomergeError> {
    written(doc, writes, &BTreeSet::new(), time_ms, message)
}

/// The same, where a value that stands already is said once more: what was written over in between is not known here.
///
/// # Errors
/// As for [`write()`].
pub fn write_anew(
    doc: &mut Automerge,
    writes: &[Write],
    time_ms: i64,
    message: Option<&str>,
) -> Result<Option<Change>, AutomergeError> {
    let stands = read(doc)?;
    let puts = writes.iter().filter_map(|write| if let Write::Put { key, value } = write { Some((key, value)) } else { None });
    let again = puts.filter(|(key, value)| stands.registers.get(*key) == Some(*value)).map(|(key, _)| key.as_str()).collect();
    written(doc, writes, &again, time_ms, message)
}

/// Writes; a value that stands is taken away first where it is to be said again, as Automerge leaves alone what would not change.
fn written(
    doc: &mut Automerge,
    writes: &[Write],
    again: &BTreeSet<&str>,
    time_ms: i64,
    message: Option<&str>,
) -> Result<Option<Change>, AutomergeError> {
    let mut tx = doc.transaction();
    for key in again {
        tx.delete(ROOT, *key)?;
    }
    for write in writes {
        put(&mut tx, write)?;
    }
    let mut options = CommitOptions::default().with_time(time_ms);
    if let Some(message) = message {
        options = options.with_message(message);
    }
    let (hash, _) = tx.commit_with(options);
    Ok(hash.and_then(|hash| doc.get_change_by_hash(&hash)))
}

#[expect(clippy::disallowed_methods, reason = "this file is the writer of documents")]
fn put(tx: &mut Transaction<'_>, write: &Write) -> Result<(), AutomergeError> {
    match write {
        Write::Put { key, value } => match value {
            Scalar::Null => tx.put(ROOT, key.as_str(), ScalarValue::Null),
            Scalar::Bool(yes) => tx.put(ROOT, key.as_str(), *yes),
            Scalar::Int(number) => tx.put(ROOT, key.as_str(), *number),
            Scalar::Str(text) => tx.put(ROOT, key.as_str(), text.as_str()),
        },
        Write::Text { field, now } => match tx.get(ROOT, field.as_str())? {
            Some((Value::Object(ObjType::Text), text)) => tx.update_text(&text, now),
            Some(_) | None => Err(AutomergeError::InvalidOp(ObjType::Text)),
        },
    }
}
