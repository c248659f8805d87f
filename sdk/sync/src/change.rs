//! One Automerge change as a typed frame.
//!
//! The server never parses Automerge bytes made by a device. A change travels expanded, every bound is checked here, and
//! only then is it encoded again with Automerge; the hash must come out as claimed. What a key means is not known here.
//! The two directions are `change/expand.rs` (from Automerge) and `change/rebuild.rs` (to Automerge).

use automerge::Change;
use serde::{Deserialize, Serialize};

use crate::bounded;
use crate::error::{Error, within};

mod expand;
mod rebuild;

/// Operations one change may hold; each character counts as one.
pub const CHANGE_OPS_MAX: usize = 10_000;
/// Bytes in the name of a register.
pub const KEY_BYTES_MAX: usize = 256;
/// Bytes in a string value.
pub const VALUE_BYTES_MAX: usize = 65_536;
/// Bytes in the message of a change.
pub const MESSAGE_BYTES_MAX: usize = 1_024;
/// Changes one change may depend on directly.
pub const DEPS_MAX: usize = 64;
/// Values one operation may replace.
pub const PREDS_MAX: usize = 64;
/// The highest operation counter and the highest sequence number.
pub const COUNTER_MAX: u64 = (1 << 31) - 1;
/// The latest time, in milliseconds; also the largest whole number every language can hold exactly.
pub const TIME_MS_MAX: i64 = 1 << 53;

/// The name under which one incarnation of a device writes.
pub type ActorBytes = [u8; 16];
/// The SHA-256 by which Automerge knows a change.
pub type Hash = [u8; 32];

/// The name of one operation: a Lamport counter and who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WireOpId {
    /// The Lamport counter.
    pub counter: u64,
    /// Who wrote it.
    pub actor: ActorBytes,
}

/// The only values a register may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WireValue {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A string, replaced as a whole.
    Str(String),
}

/// What a change does, in runs of single Automerge operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WireOp {
    /// Sets a register of the root map.
    Put {
        /// The register.
        key: String,
        /// Its value.
        value: WireValue,
        /// The values it replaces, ascending.
        #[serde(deserialize_with = "bounded::vec::<_, _, PREDS_MAX>")]
        pred: Vec<WireOpId>,
    },
    /// Empties a register of the root map.
    Delete {
        /// The register.
        key: String,
        /// The values it removes, ascending.
        #[serde(deserialize_with = "bounded::vec::<_, _, PREDS_MAX>")]
        pred: Vec<WireOpId>,
    },
    /// Types characters into a text; each stands after the one before it.
    Insert {
        /// The text.
        text: WireOpId,
        /// The character before the first one; `None` is the start of the text.
        after: Option<WireOpId>,
        /// The characters, each one Unicode scalar value and one operation.
        chars: String,
    },
    /// Removes characters from a text.
    Remove {
        /// The text.
        text: WireOpId,
        /// The characters, by the operation that inserted each.
        #[serde(deserialize_with = "bounded::vec::<_, _, CHANGE_OPS_MAX>")]
        elements: Vec<WireOpId>,
    },
}

/// A change that must be there first; the relative forms save 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dep {
    /// The genesis change of the document.
    Genesis,
    /// The change before this one in the same list.
    Previous,
    /// Any other change.
    Hash(Hash),
}

/// One change as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireChange {
    /// Who wrote it.
    pub actor: ActorBytes,
    /// The number of this change among the author's changes of the document, from 1.
    pub seq: u64,
    /// The counter of the first operation.
    pub start_op: u64,
    /// What must be there first, in ascending order of hash.
    #[serde(deserialize_with = "bounded::vec::<_, _, DEPS_MAX>")]
    pub deps: Vec<Dep>,
    /// The author's clock.
    pub time_ms: i64,
    /// A note to the change; never empty.
    pub message: Option<String>,
    /// What it does.
    #[serde(deserialize_with = "bounded::vec::<_, _, CHANGE_OPS_MAX>")]
    pub ops: Vec<WireOp>,
    /// The hash the encoded change must have.
    pub hash: Hash,
}

impl WireOp {
    /// How many Automerge operations this run stands for.
    pub fn count(&self) -> u64 {
        match self {
            Self::Put { .. } | Self::Delete { .. } => 1,
            Self::Insert { chars, .. } => chars.chars().count() as u64,
            Self::Remove { elements, .. } => elements.len() as u64,
        }
    }
}

impl WireChange {
    /// Expands a change made by this side's own Automerge.
    ///
    /// `previous` is the change that stands before it in the list it will travel in. Anything the frame has no words for
    /// (nested objects, counters, marks, floats, bytes, dates, lists, author footers) is `Error::Inexpressible`.
    pub fn from_change(change: &Change, genesis: &Hash, previous: Option<&Hash>) -> Result<Self, Error> {
        within("operations", change.len(), CHANGE_OPS_MAX)?;
        let wire = expand::expand(change, genesis, previous)?;
        wire.check()?;
        Ok(wire)
    }

    /// Encodes the change with Automerge, if it is within every bound and its hash comes out as claimed.
    ///
    /// Safe on hostile input: nothing reaches Automerge unchecked, and a panic inside it is `Error::Refused`.
    pub fn to_change(&self, genesis: &Hash, previous: Option<&Hash>) -> Result<Change, Error> {
        self.check()?;
        rebuild::rebuild(self, self.resolved_deps(genesis, previous)?)
    }

    /// Gives a change this side made itself the hash it comes out with.
    ///
    /// Only for changes that never were Automerge's own; a received one is proved by [`WireChange::to_change`].
    pub fn sealed(self, genesis: &Hash, previous: Option<&Hash>) -> Result<Self, Error> {
        self.check()?;
        let hash = rebuild::encode(&self, self.resolved_deps(genesis, previous)?)?.hash().0;
        Ok(Self { hash, ..self })
    }

    /// Spells out the relative dependencies.
    pub fn resolved_deps(&self, genesis: &Hash, previous: Option<&Hash>) -> Result<Vec<Hash>, Error> {
        let deps = self
            .deps
            .iter()
            .map(|dep| match dep {
                Dep::Genesis => Ok(*genesis),
                Dep::Previous => previous.copied().ok_or(Error::NoPrevious),
                Dep::Hash(hash) => Ok(*hash),
            })
            .collect::<Result<Vec<_>, _>>()?;
        if !ascending(&deps) {
            return Err(malformed("dependencies are not in order"));
        }
        Ok(deps)
    }

    /// How many Automerge operations the change holds.
    pub fn op_count(&self) -> u64 {
        self.ops.iter().map(WireOp::count).sum()
    }

    /// The counter of the last operation; one before `start_op` if there is none.
    pub fn max_op(&self) -> u64 {
        self.start_op.saturating_add(self.op_count()).saturating_sub(1)
    }

    /// Passes a change that is within every bound of the protocol.
    pub fn check(&self) -> Result<(), Error> {
        within("dependencies", self.deps.len(), DEPS_MAX)?;
        within("operations", self.ops.len(), CHANGE_OPS_MAX)?;
        within("operations", usize::try_from(self.op_count()).unwrap_or(usize::MAX), CHANGE_OPS_MAX)?;
        if self.seq == 0 || self.seq > COUNTER_MAX {
            return Err(malformed("sequence number out of range"));
        }
        if self.start_op == 0 || self.start_op > COUNTER_MAX || self.max_op() > COUNTER_MAX {
            return Err(malformed("operation counter out of range"));
        }
        if !(0..=TIME_MS_MAX).contains(&self.time_ms) {
            return Err(malformed("time out of range"));
        }
        match &self.message {
            Some(message) if message.is_empty() => return Err(malformed("empty message")),
            Some(message) => within("message bytes", message.len(), MESSAGE_BYTES_MAX)?,
            None => {}
        }
        let mut counter = self.start_op;
        for op in &self.ops {
            check_op(op, counter)?;
            counter = counter.saturating_add(op.count());
        }
        Ok(())
    }
}

/// Checks one run whose first operation has the given counter.
fn check_op(op: &WireOp, counter: u64) -> Result<(), Error> {
    match op {
        WireOp::Put { key, value, pred } => {
            if let WireValue::Str(text) = value {
                within("value bytes", text.len(), VALUE_BYTES_MAX)?;
            }
            check_register(key, pred, counter)
        }
        WireOp::Delete { key, pred } => check_register(key, pred, counter),
        WireOp::Insert { text, after, chars } => {
            if chars.is_empty() {
                return Err(malformed("an empty run"));
            }
            check_reference(text, counter)?;
            after.iter().try_for_each(|after| check_reference(after, counter))
        }
        WireOp::Remove { text, elements } => {
            if elements.is_empty() {
                return Err(malformed("an empty run"));
            }
            check_reference(text, counter)?;
            elements.iter().zip(counter..).try_for_each(|(element, counter)| check_reference(element, counter))
        }
    }
}

fn check_register(key: &str, pred: &[WireOpId], counter: u64) -> Result<(), Error> {
    if key.is_empty() {
        return Err(malformed("an empty key"));
    }
    within("key bytes", key.len(), KEY_BYTES_MAX)?;
    within("replaced values", pred.len(), PREDS_MAX)?;
    if !ascending(pred) {
        return Err(malformed("replaced values are not in order"));
    }
    pred.iter().try_for_each(|id| check_reference(id, counter))
}

/// An operation can only speak of operations that were there before it.
fn check_reference(id: &WireOpId, counter: u64) -> Result<(), Error> {
    if id.counter == 0 || id.counter >= counter {
        return Err(malformed("an operation speaks of a later one"));
    }
    Ok(())
}

fn ascending<T: Ord>(items: &[T]) -> bool {
    items.is_sorted_by(|a, b| a < b)
}

fn malformed(what: &'static str) -> Error {
    Error::Malformed { what }
}
