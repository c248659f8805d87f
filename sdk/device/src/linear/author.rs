//! Writing into a record that stands in one line, without asking Automerge.
//!
//! The change is the one Automerge would have made, to the byte; a property test holds the two together. What it would
//! take Automerge to know (an edit inside a text) is [`NotLinear`], and the caller asks Automerge.

use std::collections::BTreeSet;

use fieldbook_domain::document::Write;
use fieldbook_domain::raw::Scalar;
use fieldbook_sync::change::{ActorBytes, Dep, Hash, WireChange, WireOp, WireOpId, WireValue};

use crate::desk::place;

use super::{Line, NotLinear, is_genesis_key};

impl Line {
    /// Writes differences as one change on top of the line; `None` when nothing differed.
    pub(crate) fn author(
        &self,
        actor: ActorBytes,
        genesis: &Hash,
        writes: &[Write],
        time_ms: i64,
    ) -> Result<Option<WireChange>, NotLinear> {
        let places: BTreeSet<(bool, &str)> = writes.iter().map(place).collect();
        if places.len() != writes.len() {
            return Err(NotLinear);
        }
        let mut ops: Vec<WireOp> = Vec::with_capacity(writes.len());
        for write in writes {
            ops.extend(self.op(write)?);
        }
        if ops.is_empty() {
            return Ok(None);
        }
        let own = self.last.iter().find(|(known, ..)| *known == actor);
        // Automerge names the author's own last change as well as the head.
        let deps: BTreeSet<Hash> = self.head().into_iter().chain(own.map(|(.., hash)| *hash)).collect();
        let deps = if deps.is_empty() { vec![Dep::Genesis] } else { deps.into_iter().map(Dep::Hash).collect() };
        let change = WireChange {
            actor,
            seq: own.map_or(1, |(_, seq, _)| seq.saturating_add(1)),
            start_op: self.next_op,
            deps,
            time_ms,
            message: None,
            ops,
            hash: [0; 32],
        };
        change.sealed(genesis, None).map(Some).map_err(|_| NotLinear)
    }

    /// One write as an operation; `None` if the record reads so already.
    fn op(&self, write: &Write) -> Result<Option<WireOp>, NotLinear> {
        match write {
            Write::Put { key, value } => {
                if is_genesis_key(key) || self.texts.iter().any(|text| text.field == key) {
                    return Err(NotLinear);
                }
                let standing = self.registers.get(key);
                if standing.is_some_and(|(_, standing)| standing == value) {
                    return Ok(None);
                }
                let pred: Vec<WireOpId> = standing.map(|(id, _)| *id).into_iter().collect();
                Ok(Some(WireOp::Put { key: key.clone(), value: wire(value), pred }))
            }
            Write::Text { field, now } => {
                let text = self.texts.iter().find(|text| text.field == field).ok_or(NotLinear)?;
                match (text.letters.is_empty(), now.is_empty()) {
                    (true, true) => Ok(None),
                    (true, false) => Ok(Some(WireOp::Insert { text: text.id, after: None, chars: now.clone() })),
                    (false, _) => Err(NotLinear),
                }
            }
        }
    }
}

fn wire(value: &Scalar) -> WireValue {
    match value {
        Scalar::Null => WireValue::Null,
        Scalar::Bool(yes) => WireValue::Bool(*yes),
        Scalar::Int(number) => WireValue::Int(*number),
        Scalar::Str(text) => WireValue::Str(text.clone()),
    }
}
