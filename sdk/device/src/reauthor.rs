//! Writes local-only work anew under a new name: one routine for a copied or restored book, for a server that asks for a new
//! name, and for work the server refused.
//!
//! Every record concerned is made again from what the server has, and the outbox is replayed on it in its order, with the
//! ids of intents and actions as they were. What was refused, and what builds on nothing but that, is left out and kept
//! readable in the inbox.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ActorId, Automerge, Change, ChangeHash};
use fieldbook_domain::document::{self, GENESIS_ACTOR, Write};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::raw::{Action, Scalar};
use fieldbook_domain::record::{self, RecordType};
use fieldbook_domain::view;
use fieldbook_sync::change::{Hash, WireChange, WireOp, WireOpId};
use fieldbook_sync::message::{Intent, Part};
use rusqlite::Transaction;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::clock::Host;
use crate::desk;
use crate::error::Error;
use crate::inbox;
use crate::incarnation::{self, Incarnation};
use crate::linear;
use crate::session::Session;
use crate::store::outbox::Made;
use crate::store::{documents, meta, outbox, projection, restored, rewritten};

/// What the server turned out to have, by intent.
pub(crate) type Known = BTreeMap<Uuid, Vec<Hash>>;

/// Why the outbox is authored again, and what is left out.
#[derive(Debug)]
pub(crate) enum Cause {
    /// The name had to be given up; the server may have some of the work under it.
    NewName,
    /// The server has these intents under an earlier name, as these changes.
    Seen(Known),
    /// The server was put back from a backup and has these intents under an earlier name; the book knows what else it has.
    Restored(Known),
    /// The server refused work: the code and the sentence, by number in the outbox.
    Refused(BTreeMap<u64, (String, String)>),
}

/// A record being made again.
struct Redo {
    kind: &'static RecordType,
    /// As it is, with everything local in it.
    old: Automerge,
    /// As it will be.
    new: Automerge,
    genesis: Hash,
    /// The changes the server has.
    had: BTreeSet<Hash>,
    /// What became of the changes that were made again, or what they are called on the server; nothing, where one made no difference.
    moved: BTreeMap<Hash, Vec<Hash>>,
    /// The outbox's changes that the server has although their answer is due.
    kept: BTreeSet<Hash>,
    /// Nothing the server has is in it.
    bare: bool,
    /// What would have made it was refused.
    orphaned: bool,
}

impl Redo {
    /// Whether it held what the server lacks and this book did not make.
    fn holds_others(&self, made: Option<&Vec<Made>>) -> bool {
        let own: BTreeSet<Hash> = made.into_iter().flatten().map(|made| made.hash).collect();
        let changes = self.old.get_changes_meta(&[]);
        changes.iter().any(|change| !self.had.contains(&change.hash.0) && !own.contains(&change.hash.0))
    }
}

impl Redo {
    /// What the author of a change had seen of the record as it is made again: nobody writes over what they never saw.
    fn heads(&self, id: RecordId, change: &WireChange) -> Result<Vec<ChangeHash>, Error> {
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

/// Notes what the server calls the changes of an intent it has.
fn call(intent: &Intent, known: &[Hash], redos: &mut BTreeMap<RecordId, Redo>) {
    for part in &intent.parts {
        let Some(redo) = redos.get_mut(&RecordId(part.doc)) else { continue };
        let here: Vec<Hash> = known.iter().copied().filter(|hash| redo.had.contains(hash)).collect();
        redo.moved.extend(part.changes.iter().map(|change| (change.hash, here.clone())));
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

/// The changes of intents, by record.
fn made_by(intents: &[(Intent, i64)]) -> BTreeMap<RecordId, Vec<Made>> {
    let mut made: BTreeMap<RecordId, Vec<Made>> = BTreeMap::new();
    for (intent, _) in intents {
        for part in &intent.parts {
            let changes = part.changes.iter().map(|change| Made { dseq: intent.dseq, hash: change.hash, merged: false });
            made.entry(RecordId(part.doc)).or_default().extend(changes);
        }
    }
    made
}

/// Authors the outbox again under the book's present name, which must be new.
pub(crate) fn run(tx: &Transaction<'_>, host: &Host, cause: &Cause) -> Result<Incarnation, Error> {
    let incarnation = incarnation::current(tx)?;
    if let Some(session) = meta::get::<Session>(tx, meta::SESSION)? {
        incarnation::introduce(tx, &session, &host.device_name)?;
    }
    let mut intents = outbox::all(tx)?;
    let mut made = outbox::made(tx)?;
    outbox::clear(tx)?;
    meta::set(tx, meta::LAST_DSEQ, &0_u64)?;
    let restored = matches!(cause, Cause::Restored(_));
    if restored {
        let mut lost = restored::take_lost(tx)?;
        lost.append(&mut intents);
        intents = lost;
        made = made_by(&intents);
        for target in restored::ahead(tx)? {
            made.entry(target.id).or_default();
        }
    }
    let mut redos = BTreeMap::new();
    for (id, made) in &made {
        let had = restored.then(|| restored::had(tx, *id)).transpose()?;
        if let Some(redo) = prepare(tx, *id, made, had, &incarnation)? {
            redos.insert(*id, redo);
        }
    }
    for (intent, created_ms) in &intents {
        match cause {
            Cause::Seen(known) | Cause::Restored(known) if known.contains_key(&intent.id) => {
                known.get(&intent.id).into_iter().for_each(|as_known| call(intent, as_known, &mut redos));
                continue;
            }
            Cause::Restored(_) if restored::knows(tx, intent)? => continue,
            Cause::NewName => rewritten::remember(tx, intent)?,
            Cause::Seen(_) | Cause::Restored(_) | Cause::Refused(_) => {}
        }
        match refusal_of(intent, cause, &redos) {
            Some((code, message)) => {
                let body = readable(intent, &redos, &code, &message, *created_ms);
                inbox::keep(tx, host.clock.now_ms(), intent.id, &code, &message, &body)?;
                orphan(intent, &mut redos);
            }
            None => replay(tx, intent, *created_ms, &mut redos)?,
        }
    }
    let pending = outbox::pending_docs(tx)?;
    for (id, redo) in &redos {
        if restored && redo.holds_others(made.get(id)) {
            restored::set_aside(tx, &RecordRef::new(redo.kind.name, *id), &redo.old, host.clock.now_ms())?;
        }
        let raw = documents::read(&redo.new, *id)?;
        if raw.exists() {
            documents::save(tx, redo.kind, *id, &redo.new)?;
        } else {
            documents::remove(tx, *id)?;
        }
        projection::put(tx, redo.kind, *id, &raw, pending.contains(id))?;
    }
    Ok(incarnation)
}

/// Makes a record again from what the server has; `None` if the record is not here or cannot be read.
///
/// What the server has is what it was heard to have, or else whatever is not in the outbox.
fn prepare(
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
    let local: BTreeSet<Hash> = made.iter().filter(|made| !made.merged).map(|made| made.hash).collect();
    let changes = old.get_changes(&[]);
    let mut had = heard.unwrap_or_else(|| had_by_server(&changes, &local));
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

fn refusal_of(intent: &Intent, cause: &Cause, redos: &BTreeMap<RecordId, Redo>) -> Option<(String, String)> {
    if let Cause::Refused(refused) = cause
        && let Some(reason) = refused.get(&intent.dseq)
    {
        return Some(reason.clone());
    }
    let redo = |part: &Part| redos.get(&RecordId(part.doc));
    if intent.parts.iter().any(|part| redo(part).is_none()) {
        let message = "the record is no longer on this device".to_owned();
        return Some(("record.gone".to_owned(), message));
    }
    let orphaned = intent.parts.iter().filter_map(redo).any(|redo| redo.orphaned);
    let message = "it belongs to a record the server would not take".to_owned();
    orphaned.then(|| ("record.refused".to_owned(), message))
}

/// A record that has nothing but what was refused is gone, with all that builds on it.
fn orphan(intent: &Intent, redos: &mut BTreeMap<RecordId, Redo>) {
    for part in &intent.parts {
        if let Some(redo) = redos.get_mut(&RecordId(part.doc)) {
            redo.orphaned |= redo.bare;
        }
    }
}

fn replay(tx: &Transaction<'_>, intent: &Intent, created_ms: i64, redos: &mut BTreeMap<RecordId, Redo>) -> Result<(), Error> {
    let mut parts = Vec::new();
    for part in &intent.parts {
        let id = RecordId(part.doc);
        let Some(redo) = redos.get_mut(&id) else { continue };
        let mut changes = Vec::new();
        for change in part.changes.iter().filter(|change| !redo.kept.contains(&change.hash)) {
            let heads = redo.heads(id, change)?;
            let writes = writes(redo, id, change, &heads)?;
            let message = change.message.as_deref();
            let again = desk::author_at(&mut redo.new, id, (&redo.genesis, &heads), &writes, change.time_ms, message)?;
            redo.moved.insert(change.hash, again.iter().map(|again| again.hash).collect());
            changes.extend(again);
            redo.bare = false;
        }
        if !changes.is_empty() {
            parts.push(Part { kind: part.kind.clone(), doc: part.doc, changes });
        }
    }
    if parts.is_empty() {
        return Ok(());
    }
    let intent = Intent { dseq: outbox::take_dseq(tx)?, id: intent.id, parts, forecast: intent.forecast.clone() };
    outbox::push(tx, &intent, created_ms)
}

/// What a change did, as writes on the record as its author saw it.
fn writes(redo: &Redo, id: RecordId, change: &WireChange, heads: &[ChangeHash]) -> Result<Vec<Write>, Error> {
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

fn field_of(kind: &'static RecordType, text: &WireOpId) -> Option<&'static str> {
    linear::text_ids(kind).find(|(_, id)| id == text).map(|(field, _)| field)
}

fn text_at(doc: &Automerge, heads: &[ChangeHash], field: &str) -> Result<String, String> {
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

/// An intent as its author can read it, with everything they typed.
fn readable(intent: &Intent, redos: &BTreeMap<RecordId, Redo>, code: &str, message: &str, created_ms: i64) -> Value {
    let record = |part: &Part| {
        let redo = redos.get(&RecordId(part.doc));
        let mut fields = Map::new();
        for change in &part.changes {
            let heads = [ChangeHash(change.hash)];
            for op in &change.ops {
                match op {
                    WireOp::Put { key, value, .. } => {
                        fields.insert(key.clone(), linear::scalar(value).to_json());
                    }
                    WireOp::Delete { key, .. } => {
                        fields.insert(key.clone(), Value::Null);
                    }
                    WireOp::Insert { text, chars, .. } => {
                        let field = redo.and_then(|redo| field_of(redo.kind, text));
                        let whole = redo.zip(field).and_then(|(redo, field)| text_at(&redo.old, &heads, field).ok());
                        fields.insert(field.unwrap_or("text").to_owned(), Value::from(whole.unwrap_or_else(|| chars.clone())));
                    }
                    WireOp::Remove { .. } => {}
                }
            }
        }
        let title = redo.and_then(|redo| {
            let raw = documents::guarded(|| document::read(&redo.old)).ok()?;
            Some(view::title(redo.kind, &view::of(redo.kind, RecordId(part.doc), &raw).body))
        });
        json!({ "kind": part.kind, "id": part.doc, "title": title, "fields": fields })
    };
    let records: Vec<Value> = intent.parts.iter().map(record).collect();
    json!({ "intent": intent.id, "code": code, "message": message, "at_ms": created_ms, "records": records })
}
