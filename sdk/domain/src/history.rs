//! Who changed what, and when: a document's changes in words.

use crate::document::{self, GENESIS_ACTOR};
use crate::raw::Scalar;
use automerge::legacy::{Key, ObjectId, OpType};
use automerge::{Automerge, Change};
use std::collections::BTreeMap;

/// One change of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The change's hash, in hexadecimal.
    pub hash: String,
    /// The incarnation that wrote it.
    pub actor: Vec<u8>,
    /// When, by the author's clock, in milliseconds since 1970.
    pub at_ms: i64,
    /// What the author (usually the server) said about it.
    pub message: Option<String>,
    /// The registers it set; `None` where it emptied one.
    pub registers: BTreeMap<String, Option<Scalar>>,
    /// How many letters of long text it added and removed.
    pub letters: (usize, usize),
}

/// The changes of a document in an order in which each follows what it depends on; the genesis is left out.
#[must_use]
pub fn of(doc: &Automerge) -> Vec<Entry> {
    let changes = doc.get_changes(&[]);
    changes.iter().filter(|change| change.actor_id().to_bytes() != GENESIS_ACTOR).map(entry).collect()
}

fn entry(change: &Change) -> Entry {
    let mut entry = Entry {
        hash: change.hash().to_string(),
        actor: change.actor_id().to_bytes().to_vec(),
        at_ms: change.timestamp(),
        message: change.message().map(str::to_owned),
        registers: BTreeMap::new(),
        letters: (0, 0),
    };
    for op in change.decode().operations {
        match (&op.obj, &op.key, &op.action) {
            (ObjectId::Root, Key::Map(key), OpType::Put(value)) => {
                entry.registers.insert(key.to_string(), Some(document::scalar_owned(value)));
            }
            (ObjectId::Root, Key::Map(key), OpType::Delete) => {
                entry.registers.insert(key.to_string(), None);
            }
            (ObjectId::Id(_), Key::Seq(_), OpType::Put(_)) => entry.letters.0 += 1,
            (ObjectId::Id(_), Key::Seq(_), OpType::Delete) => entry.letters.1 += 1,
            _ => {}
        }
    }
    entry
}
