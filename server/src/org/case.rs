//! An admitted intent as the judge wants to see it.

use std::collections::BTreeMap;
use std::sync::Arc;

use automerge::ChangeHash;
use fieldbook_domain::document;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::{Arrival, Case, Contender, Stamp};
use fieldbook_domain::raw::{Raw, Scalar};
use fieldbook_sync::change::{WireOp, WireValue};
use uuid::Uuid;

use super::books::Books;
use crate::admit::{Author, Fresh, Merged};
use crate::error::Error;
use crate::store::change::ChangeFacts;

/// An author, and where their changes will stand in the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Announced<'a> {
    pub(super) author: &'a Author,
    /// The position of the intent's first change; the others follow without gaps.
    pub(super) first_seq: u64,
    pub(super) now_ms: i64,
}

impl Announced<'_> {
    /// What will be stored with a change of the intent.
    pub(super) fn facts(&self, doc: RecordId, fresh: &Fresh, seq: u64) -> ChangeFacts {
        ChangeFacts {
            seq,
            doc,
            actor: self.author.actor,
            max_op: fresh.max_op,
            time_ms: fresh.time_ms,
            user: self.author.user,
            device: self.author.device,
            clock_off: self.author.clock_off,
        }
    }
}

/// Lays the merged documents on the books, and describes the intent.
pub(super) fn build(announced: &Announced<'_>, id: Uuid, merged: &[Merged], books: &mut Books<'_>) -> Result<Case, Error> {
    let mut seq = announced.first_seq;
    let mut stamps = Vec::new();
    for part in merged {
        let mut stamp = None;
        for fresh in &part.changes {
            let facts = announced.facts(part.after.id, fresh, seq);
            stamp = Some(facts.stamp(&fresh.wire.hash));
            books.tell(fresh.wire.hash, facts);
            seq = seq.saturating_add(1);
        }
        stamps.extend(stamp);
        books.lay(Arc::clone(&part.after));
    }
    let arrivals = merged.iter().zip(stamps).map(|(part, stamp)| {
        let mut arrival = arrival(part, stamp, books)?;
        if part.is_ahead(announced.now_ms) {
            // As it will read once the office has said when it had it.
            arrival.after.received(announced.now_ms);
        }
        Ok::<_, Error>(arrival)
    });
    Ok(Case {
        id,
        author: announced.author.user,
        role: announced.author.role,
        at_office: books.names.has(&announced.author.actor),
        now_ms: announced.now_ms,
        arrivals: arrivals.collect::<Result<_, _>>()?,
    })
}

fn arrival(part: &Merged, stamp: Stamp, books: &Books<'_>) -> Result<Arrival, Error> {
    let (writes, texts) = writes(part);
    let (seen, meant) = if part.linear {
        (Raw::clone(&part.before.raw), Raw::clone(&part.after.raw))
    } else {
        let left = left(part);
        (read_at(part, &part.seen)?, read_at(part, &left)?)
    };
    let mut conflicts = BTreeMap::new();
    // Who saw everything wrote over everything: nothing stands beside it.
    for (key, _) in writes.iter().filter(|_| !part.linear) {
        let contenders = contenders(part, key, books)?;
        if contenders.len() > 1 {
            conflicts.insert(key.clone(), contenders);
        }
    }
    Ok(Arrival {
        kind: part.after.kind,
        id: part.after.id,
        seen,
        meant,
        before: Raw::clone(&part.before.raw),
        after: Raw::clone(&part.after.raw),
        writes,
        texts,
        conflicts,
        stamp,
    })
}

/// The registers a part set, each with the last value, in the order of the last writes; and the texts it edited.
fn writes(part: &Merged) -> (Vec<(String, Scalar)>, Vec<String>) {
    let mut writes: Vec<(String, Scalar)> = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    for op in part.changes.iter().flat_map(|fresh| &fresh.wire.ops) {
        match op {
            WireOp::Put { key, value, .. } => set(&mut writes, key, crate::admit::scalar(value)),
            WireOp::Delete { key, .. } => set(&mut writes, key, crate::admit::scalar(&WireValue::Null)),
            WireOp::Insert { text, .. } | WireOp::Remove { text, .. } => {
                let name = part.after.genesis.texts.get(text).map(|field| field.name);
                if let Some(name) = name.filter(|name| !texts.iter().any(|there| there == name)) {
                    texts.push(name.to_owned());
                }
            }
        }
    }
    (writes, texts)
}

fn set(writes: &mut Vec<(String, Scalar)>, key: &str, value: Scalar) {
    writes.retain(|(written, _)| written != key);
    writes.push((key.to_owned(), value));
}

/// The heads the author left: their last change stands on all their others, which the gate made sure of.
fn left(part: &Merged) -> Vec<ChangeHash> {
    part.changes.last().map(|fresh| ChangeHash(fresh.wire.hash)).into_iter().collect()
}

fn read_at(part: &Merged, heads: &[ChangeHash]) -> Result<Raw, Error> {
    let failed = Error::document(part.after.id);
    document::read_at(&part.after.doc, heads).map_err(failed)
}

fn contenders(part: &Merged, key: &str, books: &Books<'_>) -> Result<Vec<Contender>, Error> {
    let id = part.after.id;
    let candidates = document::candidates(&part.after.doc, key).map_err(Error::document(id))?;
    let mut contenders = Vec::new();
    if candidates.len() < 2 {
        return Ok(contenders);
    }
    let seen = document::candidates_at(&part.after.doc, key, &part.seen).map_err(Error::document(id))?;
    let seen: Vec<String> = seen.into_iter().map(|candidate| candidate.change.to_string()).collect();
    for candidate in candidates {
        if let Some(stamp) = books.author(id, key, &candidate.change.0)? {
            let replaced = stamp.change != candidate.change.to_string() && seen.contains(&stamp.change);
            contenders.push(Contender { value: candidate.value, stamp, replaced });
        }
    }
    Ok(contenders)
}
