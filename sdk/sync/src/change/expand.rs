//! From an Automerge change to a typed frame.
//!
//! Used only on changes this side's own Automerge made or already accepted. It never repairs: what the frame has no words
//! for is refused, because a change that comes out different on the other side would be lost there.

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType, SortedVec};
use automerge::{ActorId, Change, ScalarValue};

use super::{ActorBytes, Dep, Hash, WireChange, WireOp, WireOpId, WireValue, ascending};
use crate::error::Error;

/// Expands `change`, joining neighbouring text operations into runs.
pub(super) fn expand(change: &Change, genesis: &Hash, previous: Option<&Hash>) -> Result<WireChange, Error> {
    if !change.extra_bytes().is_empty() {
        return Err(inexpressible("extra bytes"));
    }
    let hashes: Vec<Hash> = change.deps().iter().map(|dep| dep.0).collect();
    if !ascending(&hashes) {
        return Err(inexpressible("dependencies out of order"));
    }
    let actor = actor_bytes(change.actor_id())?;
    let mut ops = Vec::new();
    for (op, counter) in change.decode().operations.into_iter().zip(change.start_op().get()..) {
        append(&mut ops, op, WireOpId { counter, actor })?;
    }
    Ok(WireChange {
        actor,
        seq: change.seq(),
        start_op: change.start_op().get(),
        deps: hashes.into_iter().map(|hash| shorten(hash, genesis, previous)).collect(),
        time_ms: change.timestamp(),
        message: change.message().filter(|m| !m.is_empty()).map(str::to_owned),
        ops,
        hash: change.hash().0,
    })
}

fn shorten(hash: Hash, genesis: &Hash, previous: Option<&Hash>) -> Dep {
    if previous == Some(&hash) {
        Dep::Previous
    } else if hash == *genesis {
        Dep::Genesis
    } else {
        Dep::Hash(hash)
    }
}

fn append(ops: &mut Vec<WireOp>, op: Op, id: WireOpId) -> Result<(), Error> {
    match (op.obj, op.key, op.insert, op.action) {
        (ObjectId::Root, Key::Map(key), false, OpType::Put(value)) => {
            ops.push(WireOp::Put { key: key.to_string(), value: wire_value(value)?, pred: wire_preds(&op.pred)? })
        }
        (ObjectId::Root, Key::Map(key), false, OpType::Delete) => {
            ops.push(WireOp::Delete { key: key.to_string(), pred: wire_preds(&op.pred)? })
        }
        (ObjectId::Id(text), Key::Seq(after), true, OpType::Put(ScalarValue::Str(letter))) if op.pred.is_empty() => {
            let after = after.as_opid().map(wire_id).transpose()?;
            append_letter(ops, wire_id(&text)?, after, single(letter.as_str())?, id);
        }
        (ObjectId::Id(text), Key::Seq(ElementId::Id(element)), false, OpType::Delete) => {
            let element = wire_id(&element)?;
            if wire_preds(&op.pred)? != [element] {
                return Err(inexpressible("removal of a rewritten element"));
            }
            append_removal(ops, wire_id(&text)?, element);
        }
        _ => {
            return Err(inexpressible("an operation other than on registers and texts"));
        }
    }
    Ok(())
}

/// `id` is the operation being appended, so the one just before it ended the last run.
fn append_letter(ops: &mut Vec<WireOp>, text: WireOpId, after: Option<WireOpId>, letter: char, id: WireOpId) {
    let before = WireOpId { counter: id.counter.saturating_sub(1), actor: id.actor };
    match ops.last_mut() {
        Some(WireOp::Insert { text: open, chars, .. }) if *open == text && after == Some(before) => chars.push(letter),
        _ => ops.push(WireOp::Insert { text, after, chars: letter.to_string() }),
    }
}

fn append_removal(ops: &mut Vec<WireOp>, text: WireOpId, element: WireOpId) {
    match ops.last_mut() {
        Some(WireOp::Remove { text: open, elements }) if *open == text => elements.push(element),
        _ => ops.push(WireOp::Remove { text, elements: vec![element] }),
    }
}

fn single(letter: &str) -> Result<char, Error> {
    let mut chars = letter.chars();
    match (chars.next(), chars.next()) {
        (Some(letter), None) => Ok(letter),
        _ => Err(inexpressible("a text element that is not one character")),
    }
}

fn wire_value(value: ScalarValue) -> Result<WireValue, Error> {
    match value {
        ScalarValue::Null => Ok(WireValue::Null),
        ScalarValue::Boolean(value) => Ok(WireValue::Bool(value)),
        ScalarValue::Int(value) => Ok(WireValue::Int(value)),
        ScalarValue::Str(value) => Ok(WireValue::Str(value.to_string())),
        ScalarValue::Bytes(_)
        | ScalarValue::Uint(_)
        | ScalarValue::F64(_)
        | ScalarValue::Counter(_)
        | ScalarValue::Timestamp(_)
        | ScalarValue::Unknown { .. } => Err(inexpressible("a value other than null, yes or no, whole number or string")),
    }
}

fn wire_preds(pred: &SortedVec<OpId>) -> Result<Vec<WireOpId>, Error> {
    pred.iter().map(wire_id).collect()
}

fn wire_id(id: &OpId) -> Result<WireOpId, Error> {
    Ok(WireOpId { counter: id.counter(), actor: actor_bytes(id.actor())? })
}

fn actor_bytes(actor: &ActorId) -> Result<ActorBytes, Error> {
    actor.to_bytes().try_into().map_err(|_| inexpressible("an actor that is not 16 bytes"))
}

fn inexpressible(what: &'static str) -> Error {
    Error::Inexpressible { what }
}
