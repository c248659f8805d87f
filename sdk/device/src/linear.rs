//! A record folded straight from changes that stand in one line, without asking Automerge.
//!
//! Where every change builds on the one before it, the last value put into a register is its value and a letter stands
//! right after the one it was typed behind. Whatever does not fit that picture exactly is [`NotLinear`], and Automerge
//! decides; a property test holds the two to the same result. Hashes are not proved here but when the document is first
//! loaded.

use std::collections::BTreeMap;

use fieldbook_domain::document::{GENESIS_ACTOR, RECEIVED, is_genesis_key};
use fieldbook_domain::raw::{Raw, Scalar};
use fieldbook_domain::record::RecordType;
use fieldbook_sync::change::{ActorBytes, Dep, Hash, WireChange, WireOp, WireOpId, WireValue};

mod author;

/// The changes are not one line, or not as an honest encoder writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotLinear;

/// The registers a genesis writes before its texts.
const GENESIS_REGISTERS: u64 = 2;

/// A history in one line, folded.
#[derive(Debug)]
pub(crate) struct Line {
    registers: BTreeMap<String, (WireOpId, Scalar)>,
    texts: Vec<Text>,
    /// The last change of each author: its number and its hash.
    last: Vec<(ActorBytes, u64, Hash)>,
    hashes: Vec<Hash>,
    next_op: u64,
    times: Raw,
}

#[derive(Debug)]
struct Text {
    field: &'static str,
    id: WireOpId,
    letters: Vec<Letter>,
}

#[derive(Debug)]
struct Letter {
    id: WireOpId,
    letter: char,
    gone: bool,
}

impl Line {
    /// The line that holds the genesis and nothing else.
    pub(crate) fn new(kind: &'static RecordType) -> Self {
        let texts: Vec<Text> = text_ids(kind).map(|(field, id)| Text { field, id, letters: Vec::new() }).collect();
        let next_op = GENESIS_REGISTERS.saturating_add(texts.len() as u64).saturating_add(1);
        Self { registers: BTreeMap::new(), texts, last: Vec::new(), hashes: Vec::new(), next_op, times: Raw::default() }
    }

    /// The last change; `None` while there is only the genesis.
    pub(crate) fn head(&self) -> Option<Hash> {
        self.hashes.last().copied()
    }

    /// Adds the next change; `Dep::Previous` means the last one. After an error the line is spoilt.
    pub(crate) fn push(&mut self, change: &WireChange) -> Result<(), NotLinear> {
        if !self.follows(&change.deps) || change.start_op != self.next_op || change.check().is_err() {
            return Err(NotLinear);
        }
        self.count(change)?;
        let mut counter = change.start_op;
        for op in &change.ops {
            self.apply(op, WireOpId { counter, actor: change.actor })?;
            counter = counter.saturating_add(op.count());
        }
        self.next_op = counter;
        self.hashes.push(change.hash);
        if change.message.as_deref() == Some(RECEIVED) {
            self.times.received(change.time_ms);
        }
        self.times.touch(change.time_ms);
        Ok(())
    }

    /// The record as `document::read` would read it.
    pub(crate) fn into_raw(self) -> Raw {
        let mut raw = self.times;
        raw.registers = self.registers.into_iter().map(|(key, (_, value))| (key, value)).collect();
        for text in self.texts {
            let content = text.letters.iter().filter(|letter| !letter.gone).map(|letter| letter.letter).collect();
            raw.set_text(text.field, content);
        }
        raw
    }

    /// Builds on the last change, and on nothing that is not there; an author's own last change may be named as well.
    fn follows(&self, deps: &[Dep]) -> bool {
        let head = self.head();
        let known = |dep: &Dep| match dep {
            Dep::Genesis => true,
            Dep::Previous => head.is_some(),
            Dep::Hash(hash) => self.hashes.contains(hash),
        };
        let last = |dep: &Dep| match dep {
            Dep::Genesis => head.is_none(),
            Dep::Previous => head.is_some(),
            Dep::Hash(hash) => head.as_ref() == Some(hash),
        };
        deps.iter().all(known) && deps.iter().any(last)
    }

    fn count(&mut self, change: &WireChange) -> Result<(), NotLinear> {
        let WireChange { actor, seq, hash, .. } = *change;
        if actor == GENESIS_ACTOR {
            return Err(NotLinear);
        }
        match self.last.iter_mut().find(|(known, ..)| *known == actor) {
            Some(last) if last.1.saturating_add(1) == seq => *last = (actor, seq, hash),
            None if seq == 1 => self.last.push((actor, seq, hash)),
            Some(_) | None => return Err(NotLinear),
        }
        Ok(())
    }

    fn apply(&mut self, op: &WireOp, id: WireOpId) -> Result<(), NotLinear> {
        match op {
            WireOp::Put { key, value, pred } => {
                self.check_register(key, pred)?;
                self.registers.insert(key.clone(), (id, scalar(value)));
            }
            WireOp::Delete { key, pred } => {
                self.check_register(key, pred)?;
                self.registers.remove(key);
            }
            WireOp::Insert { text, after, chars } => self.text(text)?.insert(after.as_ref(), chars, id)?,
            WireOp::Remove { text, elements } => {
                let text = self.text(text)?;
                elements.iter().try_for_each(|element| text.remove(element))?;
            }
        }
        Ok(())
    }

    /// An operation must replace exactly what stands there.
    fn check_register(&self, key: &str, pred: &[WireOpId]) -> Result<(), NotLinear> {
        let standing = self.registers.get(key).map(|(id, _)| *id);
        let replaced = match pred {
            [] => None,
            [only] => Some(*only),
            _ => return Err(NotLinear),
        };
        let reserved = is_genesis_key(key) || self.texts.iter().any(|text| text.field == key);
        if standing == replaced && !reserved { Ok(()) } else { Err(NotLinear) }
    }

    fn text(&mut self, id: &WireOpId) -> Result<&mut Text, NotLinear> {
        self.texts.iter_mut().find(|text| text.id == *id).ok_or(NotLinear)
    }
}

impl Text {
    fn place(&self, element: &WireOpId) -> Result<usize, NotLinear> {
        // From the end, where people type.
        self.letters.iter().rposition(|letter| letter.id == *element).ok_or(NotLinear)
    }

    fn insert(&mut self, after: Option<&WireOpId>, chars: &str, first: WireOpId) -> Result<(), NotLinear> {
        let at = match after {
            None => 0,
            Some(element) => self.place(element)?.saturating_add(1),
        };
        let letters = chars.chars().zip(first.counter..).map(|(letter, counter)| {
            let id = WireOpId { counter, actor: first.actor };
            Letter { id, letter, gone: false }
        });
        self.letters.splice(at..at, letters);
        Ok(())
    }

    fn remove(&mut self, element: &WireOpId) -> Result<(), NotLinear> {
        let at = self.place(element)?;
        let letter = self.letters.get_mut(at).filter(|letter| !letter.gone).ok_or(NotLinear)?;
        letter.gone = true;
        Ok(())
    }
}

/// The long texts of a record type with the operation of the genesis that makes each.
pub(crate) fn text_ids(kind: &'static RecordType) -> impl Iterator<Item = (&'static str, WireOpId)> {
    let texts = kind.fields.iter().filter(|field| field.is_long_text());
    let first = GENESIS_REGISTERS.saturating_add(1);
    texts.zip(first..).map(|(field, counter)| (field.name, WireOpId { counter, actor: GENESIS_ACTOR }))
}

/// A wire value as a register holds it.
pub(crate) fn scalar(value: &WireValue) -> Scalar {
    match value {
        WireValue::Null => Scalar::Null,
        WireValue::Bool(yes) => Scalar::Bool(*yes),
        WireValue::Int(number) => Scalar::Int(*number),
        WireValue::Str(text) => Scalar::Str(text.clone()),
    }
}

#[cfg(test)]
mod tests;
