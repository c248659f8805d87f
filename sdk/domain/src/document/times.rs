//! When a record was made and last changed, whatever the clocks of phones said.
//!
//! A change counts at the time it claims, but not before what it builds on, and not after the office had it. Where the claim lies
//! ahead of that, the office appends a change that says [`RECEIVED`]; as it travels with the record, every replica counts alike.
//!
//! It bounds every change, most of which no verdict answers; the moment of an action, which the fold needs, is in its verdict
//! ([`Verdict::at`](crate::raw::Verdict)).

use super::GENESIS_ACTOR;
use crate::raw::Raw;
use automerge::{ChangeHash, ChangeMetadata};
use std::collections::HashMap;

/// What a change of the office says that came after a claim ahead of its receipt. No device may say it.
pub const RECEIVED: &str = "received";

/// Counts the changes of a document, given in an order in which each follows what it builds on.
pub(super) fn count(raw: &mut Raw, changes: &[ChangeMetadata<'_>]) {
    let counted: Vec<&ChangeMetadata<'_>> = changes.iter().filter(|it| it.actor.to_bytes() != GENESIS_ACTOR).collect();
    let plain = counted.is_sorted_by_key(|change| change.timestamp) && !counted.iter().any(|change| is_mark(change));
    if plain {
        counted.iter().for_each(|change| raw.touch(change.timestamp));
        return;
    }
    let latest = latest(&counted);
    let mut times: HashMap<ChangeHash, i64> = HashMap::new();
    for change in &counted {
        let claimed = latest.get(&change.hash).map_or(change.timestamp, |latest| change.timestamp.min(*latest));
        let builds_on = change.deps.iter().filter_map(|dep| times.get(dep).copied()).max();
        let time = builds_on.map_or(claimed, |earliest| claimed.max(earliest));
        times.insert(change.hash, time);
        raw.created_ms = Some(raw.created_ms.map_or(time, |at| at.min(time)));
        raw.modified_ms = Some(raw.modified_ms.map_or(time, |at| at.max(time)));
    }
}

/// When the office had each change of which it says so.
fn latest(changes: &[&ChangeMetadata<'_>]) -> HashMap<ChangeHash, i64> {
    let mut latest: HashMap<ChangeHash, i64> = HashMap::new();
    for change in changes.iter().rev() {
        let own = latest.get(&change.hash).copied().unwrap_or(i64::MAX);
        let had = if is_mark(change) { own.min(change.timestamp) } else { own };
        for dep in change.deps.iter().filter(|_| had != i64::MAX) {
            let at = latest.entry(*dep).or_insert(had);
            *at = had.min(*at);
        }
    }
    latest
}

fn is_mark(change: &ChangeMetadata<'_>) -> bool {
    change.message.as_deref() == Some(RECEIVED)
}
