//! Writes local-only work anew under a new name: one routine for a copied or restored book, for a server that asks for a new
//! name, and for work the server refused.
//!
//! Every record concerned is made again from what the server has, and the outbox is replayed on it in its order, with the
//! ids of intents and actions as they were. What was refused, and what builds on nothing but that, is left out and kept
//! readable in the inbox.

use std::collections::BTreeMap;

use automerge::ChangeHash;
use fieldbook_domain::document;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::view;
use fieldbook_sync::change::{Hash, WireOp};
use fieldbook_sync::message::{Intent, Part};
use rusqlite::Transaction;
use serde_json::{Map, Value, json};
use uuid::Uuid;

mod redo;

use redo::{Redo, field_of, prepare, text_at, writes};

use crate::clock::Host;
use crate::desk;
use crate::error::Error;
use crate::inbox;
use crate::incarnation::{self, Incarnation};
use crate::linear;
use crate::session::Session;
use crate::store::outbox::Made;
use crate::store::{documents, leaving, meta, outbox, projection, restored, rewritten};

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

/// Notes what the server calls the changes of an intent it has.
fn call(intent: &Intent, known: &[Hash], redos: &mut BTreeMap<RecordId, Redo>) {
    for part in &intent.parts {
        let Some(redo) = redos.get_mut(&RecordId(part.doc)) else { continue };
        let here: Vec<Hash> = known.iter().copied().filter(|hash| redo.had.contains(hash)).collect();
        redo.moved.extend(part.changes.iter().map(|change| (change.hash, here.clone())));
    }
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
        if let Cause::Seen(known) | Cause::Restored(known) = cause
            && let Some(known) = known.get(&intent.id)
        {
            call(intent, known, &mut redos);
            continue;
        }
        match cause {
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
        // What is no longer shared is not kept either (INV-17).
        if restored && redo.holds_others(made.get(id)) && !leaving::is_noted(tx, *id)? {
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
            let again = desk::author_again(&mut redo.new, id, (&redo.genesis, &heads), &writes, change.time_ms, message)?;
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
