//! One record that is made again: from what the server has, with what was local written as its author saw it.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ActorId, Automerge, Change, ChangeHash};
use fieldbook_domain::document::{self, GENESIS_ACTOR, Write};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::raw::{Action, Scalar};
use fieldbook_domain::record::{self, RecordType};
use fieldbook_sync::change::{Hash, WireChange, WireOp, WireOpId};
use rusqlite::Transaction;

use crate::error::Error;
use crate::incarnation::Incarnation;
use crate::linear;
use crate::store::documents;
use crate::store::outbox::Made;

/// A record being made again.
pub(super) struct Redo {
    pub(super) kind: &'static RecordType,
    /// As it is, with everything local in it.
    pub(super) old: Automerge,
    /// As it will be.
    pub(super) new: Automerge,
    pub(super) genesis: Hash,
    /// The changes the server has.
    pub(super) had: BTreeSet<Hash>,
    /// What became of the changes that were made again, or what they are called on the server; nothing, where one made no difference.
    pub(super) moved: BTreeMap<Hash, Vec<Hash>>,
    /// The outbox's changes that the server has although their answer is due.
    pub(super) kept: BTreeSet<Hash>,
    /// Nothing the server has is in it.
    pub(super) bare: bool,
    /// What would have made it was refused.
    pub(super) orphaned: bool,
}

impl Redo {
    /// Whether it held what the server lacks and this book did not make.
    pub(super) fn holds_others(&self, made: Option<&Vec<Made>>) -> bool {
        let own: BTreeSet<Hash> = made.into_iter().flatten().map(|made| made.hash).collect();
        let changes = self.old.get_changes_meta(&[]);
        changes.iter().any(|change| !self.had.contains(&change.hash.0) && !own.contains(&change.hash.0))
    }

    /// What the author of a change had seen of the record as it is made again: nobody writes over what they never saw.
    pub(super) fn heads(&self, id: RecordId, change: &WireChange) -> Result<Vec<ChangeHash>, Error> {
        let failed = |reason: String| Error::ReadDocument { id, reason };
        let deps = change.resolved_deps(&self.genesis, None).map_err(|error| failed(error.to_string()))?;
        let (mut waiting, mut looked_at) = (deps, BTreeSet::new());
        let mut heads: BTreeSet<Hash> = self.moved.values().flatten().copied().collect();
        while let Some(dep) = waiting.pop() {
            if !looked_at.insert(dep) {
                continue;
            }
            if self.had.contains(&dep) {
                heads.insert(dep);
            } else {
                heads.extend(self.moved.get(&dep).into_iter().flatten());
                waiting.extend(deps_of(&self.old, &dep));
            }
        }
        let behind: BTreeSet<Hash> = heads.iter().flat_map(|head| ancestors(&self.new, head)).collect();
        heads.retain(|head| !behind.contains(head));
        Ok(heads.into_iter().map(ChangeHash).collect())
    }
}

fn deps_of(doc: &Automerge, hash: &Hash) -> Vec<Hash> {
    let change = doc.get_change_meta_by_hash(&ChangeHash(*hash));
    change.map(|change| change.deps.iter().map(|dep| dep.0).collect()).unwrap_or_default()
}

fn ancestors(doc: &Automerge, hash: &Hash) -> BTreeSet<Hash> {
    let (mut waiting, mut found) = (deps_of(doc, hash), BTreeSet::new());
    while let Some(dep) = waiting.pop() {
        if found.insert(dep) {
            waiting.extend(deps_of(doc, &dep));
        }
    }
    found
}

/// Makes a record again from what the server has; `None` if the record is not here or cannot be read.
///
/// What the server has is what it was heard to have, or else whatever is not in the outbox.
pub(super) fn prepare(
    tx: &Transaction<'_>,
    id: RecordId,
    made: &[Made],
    heard: Option<BTreeSet<Hash>>,
    incarnation: &Incarnation,
) -> Result<Option<Redo>, Error> {
    let Some(stored) = documents::find(tx, id)? else { return Ok(None) };
    let Some(kind) = record::find(&stored.kind) else { return Ok(None) };
    let old = match stored.load(kind, id, GENESIS_ACTOR) {
        Ok(old) => old,
        Err(Error::ReadDocument { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let (new, genesis) = documents::fresh(kind, id, GENESIS_ACTOR)?;
    let changes = old.get_changes(&[]);
    let mut had = heard.unwrap_or_else(|| {
        let local = made.iter().filter(|made| !made.merged).map(|made| made.hash).collect();
        had_by_server(&changes, &local)
    });
    had.insert(genesis);
    let base: Vec<Change> = changes.into_iter().filter(|change| had.contains(&change.hash().0)).collect();
    let bare = base.len() <= 1;
    let mut new = new;
    documents::guarded(|| new.apply_changes(base)).map_err(|reason| Error::WriteDocument { id, reason })?;
    let new = new.with_actor(ActorId::from(&incarnation.actor()[..]));
    let kept = made.iter().map(|made| made.hash).filter(|hash| had.contains(hash)).collect();
    Ok(Some(Redo { kind, old, new, genesis, had, moved: BTreeMap::new(), kept, bare, orphaned: false }))
}

/// What is not in the outbox, and whatever that builds on: the server cannot have one without the other.
fn had_by_server(changes: &[Change], local: &BTreeSet<Hash>) -> BTreeSet<Hash> {
    let mut had = BTreeSet::new();
    // Changes come after what they build on, so one pass from the end finds every ancestor.
    for change in changes.iter().rev() {
        let hash = change.hash().0;
        if !local.contains(&hash) || had.contains(&hash) {
            had.insert(hash);
            had.extend(change.deps().iter().map(|dep| dep.0));
        }
    }
    had
}

/// What a change did, as writes on the record as its author saw it.
pub(super) fn writes(redo: &Redo, id: RecordId, change: &WireChange, heads: &[ChangeHash]) -> Result<Vec<Write>, Error> {
    let mut writes = Vec::new();
    let mut texts = BTreeSet::new();
    let mut taken = 0;
    for op in &change.ops {
        match op {
            WireOp::Put { key, value, .. } => {
                let value = linear::scalar(value);
                let value = in_turn(redo, id, (key, &value), taken, heads)?.unwrap_or(value);
                taken += i64::from(key.starts_with("actions/"));
                writes.push(Write::put(key.clone(), value));
            }
            WireOp::Delete { key, .. } => {
                // Settling a conflict for the value that won takes the others away, and that value must stay.
                let after = documents::guarded(|| document::read_at(&redo.old, &[ChangeHash(change.hash)]));
                let after = after.map_err(|reason| Error::ReadDocument { id, reason })?;
                writes.push(Write::put(key.clone(), after.registers.get(key).cloned().unwrap_or(Scalar::Null)));
            }
            WireOp::Insert { text, .. } | WireOp::Remove { text, .. } => texts.extend(field_of(redo.kind, text)),
        }
    }
    for field in texts {
        let failed = |reason: String| Error::ReadDocument { id, reason };
        let deps = change.resolved_deps(&redo.genesis, None).map_err(|error| failed(error.to_string()))?;
        let deps: Vec<ChangeHash> = deps.into_iter().map(ChangeHash).collect();
        let before = text_at(&redo.old, &deps, field).map_err(failed)?;
        let after = text_at(&redo.old, &[ChangeHash(change.hash)], field).map_err(failed)?;
        let current = text_at(&redo.new, heads, field).map_err(failed)?;
        let now = merge_text(redo, field, &before, &after, &current).map_err(failed)?;
        writes.push(Write::Text { field: field.to_owned(), now });
    }
    Ok(writes)
}

/// An action takes its turn after those its author saw; `None` for every other register.
fn in_turn(
    redo: &Redo,
    id: RecordId,
    (key, value): (&str, &Scalar),
    taken: i64,
    heads: &[ChangeHash],
) -> Result<Option<Scalar>, Error> {
    let Scalar::Str(text) = value else { return Ok(None) };
    let Some(Ok(action)) = key.strip_prefix("actions/").map(|_| serde_json::from_str::<Action>(text)) else { return Ok(None) };
    let seen = documents::guarded(|| document::read_at(&redo.new, heads));
    let turn = seen.map_err(|reason| Error::ReadDocument { id, reason })?.next_turn().saturating_add(taken);
    let action = Action { turn, ..action };
    let text = serde_json::to_string(&action).map_err(|error| Error::WriteDocument { id, reason: error.to_string() })?;
    Ok(Some(Scalar::Str(text)))
}

pub(super) fn field_of(kind: &'static RecordType, text: &WireOpId) -> Option<&'static str> {
    linear::text_ids(kind).find(|(_, id)| id == text).map(|(field, _)| field)
}

pub(super) fn text_at(doc: &Automerge, heads: &[ChangeHash], field: &str) -> Result<String, String> {
    let raw = documents::guarded(|| document::read_at(doc, heads))?;
    Ok(raw.texts.get(field).cloned().unwrap_or_default())
}

/// What `after` made of `before`, made of `current` as well: letters typed elsewhere stay.
fn merge_text(redo: &Redo, field: &str, before: &str, after: &str, current: &str) -> Result<String, String> {
    if before == current || after == current {
        return Ok(after.to_owned());
    }
    let write = |now: &str| Write::Text { field: field.to_owned(), now: now.to_owned() };
    documents::guarded(|| {
        let mut base = document::create(redo.kind, RecordId::default(), &[1; 16])?;
        document::write(&mut base, &[write(before)], 0, None)?;
        let mut ours = base.clone().with_actor(ActorId::from(&[2; 16][..]));
        document::write(&mut base, &[write(current)], 0, None)?;
        document::write(&mut ours, &[write(after)], 0, None)?;
        base.merge(&mut ours)?;
        Ok(document::read(&base)?.texts.get(field).cloned().unwrap_or_default())
    })
}
