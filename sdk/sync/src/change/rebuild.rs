//! From a checked frame to an Automerge change.
//!
//! Called only after `WireChange::check`. It never trusts the claimed hash: the change is encoded and its hash compared.

use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType, SortedVec};
use automerge::{ActorId, Change, ChangeHash, ExpandedChange, ScalarValue};

use super::{Hash, WireChange, WireOp, WireOpId, WireValue, malformed};
use crate::error::Error;

/// Encodes `wire` and compares its hash.
pub(super) fn rebuild(wire: &WireChange, deps: Vec<Hash>) -> Result<Change, Error> {
    let change = encode(wire, deps)?;
    if change.hash().0 != wire.hash {
        return Err(Error::HashMismatch);
    }
    Ok(change)
}

/// Encodes `wire`, whatever hash it claims.
pub(super) fn encode(wire: &WireChange, deps: Vec<Hash>) -> Result<Change, Error> {
    let expanded = ExpandedChange {
        operations: operations(wire),
        actor_id: ActorId::from(&wire.actor),
        hash: None,
        seq: wire.seq,
        start_op: NonZeroU64::new(wire.start_op).ok_or(malformed("operation counter is zero"))?,
        time: wire.time_ms,
        message: wire.message.clone(),
        deps: deps.into_iter().map(ChangeHash).collect(),
        extra_bytes: Vec::new(),
        author: None,
    };
    // Automerge has panicked on hostile input before; every known cause is refused above, this is for the unknown ones.
    catch_unwind(AssertUnwindSafe(|| Change::from(expanded))).map_err(|_| Error::Refused)
}

fn operations(wire: &WireChange) -> Vec<Op> {
    let mut operations = Vec::with_capacity(wire.ops.len());
    let mut counter = wire.start_op;
    for op in &wire.ops {
        match op {
            WireOp::Put { key, value, pred } => {
                operations.push(register(key, OpType::Put(scalar(value)), pred));
            }
            WireOp::Delete { key, pred } => operations.push(register(key, OpType::Delete, pred)),
            WireOp::Insert { text, after, chars } => {
                let mut key = after.as_ref().map_or(ElementId::Head, |after| ElementId::Id(op_id(after)));
                for (letter, counter) in chars.chars().zip(counter..) {
                    operations.push(Op {
                        action: OpType::Put(ScalarValue::from(letter)),
                        obj: ObjectId::Id(op_id(text)),
                        key: Key::Seq(key),
                        pred: SortedVec::new(),
                        insert: true,
                    });
                    key = ElementId::Id(op_id(&WireOpId { counter, actor: wire.actor }));
                }
            }
            WireOp::Remove { text, elements } => {
                operations.extend(elements.iter().map(|element| removal(text, element)));
            }
        }
        counter = counter.saturating_add(op.count());
    }
    operations
}

fn register(key: &str, action: OpType, pred: &[WireOpId]) -> Op {
    Op { action, obj: ObjectId::Root, key: Key::from(key), pred: pred.iter().map(op_id).collect(), insert: false }
}

fn removal(text: &WireOpId, element: &WireOpId) -> Op {
    Op {
        action: OpType::Delete,
        obj: ObjectId::Id(op_id(text)),
        key: Key::Seq(ElementId::Id(op_id(element))),
        pred: std::iter::once(op_id(element)).collect(),
        insert: false,
    }
}

fn op_id(id: &WireOpId) -> OpId {
    OpId(id.counter, ActorId::from(&id.actor))
}

fn scalar(value: &WireValue) -> ScalarValue {
    match value {
        WireValue::Null => ScalarValue::Null,
        WireValue::Bool(value) => ScalarValue::Boolean(*value),
        WireValue::Int(value) => ScalarValue::Int(*value),
        WireValue::Str(value) => ScalarValue::from(value),
    }
}
