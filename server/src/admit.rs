//! The gate: which intents are merged at all.
//!
//! All parts of an intent pass, or none. What is looked at is form, identity, causality and the right to write a record
//! type; whether the work makes sense is the judge's question, not the gate's. Nothing here writes to the database, and
//! documents are changed on copies only. `admit/change.rs` is one change, `admit/operations.rs` what it does.

use std::collections::BTreeSet;
use std::sync::Arc;

use automerge::ChangeHash;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::World;
use fieldbook_domain::permission::Role;
use fieldbook_domain::record;
use fieldbook_domain::time::CLOCK_TOLERANCE_MS;
use fieldbook_sync::change::{ActorBytes, Hash, WireChange};
use fieldbook_sync::message::{Intent, Part};
use uuid::Uuid;

use crate::error::Error;
use crate::org::books::Books;
use crate::org::shelf::Held;

mod action;
mod change;
mod operations;
pub(crate) use operations::scalar;
mod text;
mod view;

/// Bytes a document may grow to.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 4 << 20;

/// Who pushes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Author {
    pub(crate) actor: ActorBytes,
    pub(crate) device: Uuid,
    pub(crate) user: RecordId,
    pub(crate) role: Role,
    pub(crate) clock_off: bool,
}

/// A change that passed.
#[derive(Clone, Debug)]
pub(crate) struct Fresh {
    /// The change with every dependency but the genesis spelled out.
    pub(crate) wire: WireChange,
    /// The same, as it is stored.
    pub(crate) blob: Vec<u8>,
    pub(crate) max_op: u64,
    /// The claimed time, clamped.
    pub(crate) time_ms: i64,
}

/// A part that passed, merged on a copy.
#[derive(Clone, Debug)]
pub(crate) struct Merged {
    pub(crate) before: Arc<Held>,
    pub(crate) after: Arc<Held>,
    pub(crate) changes: Vec<Fresh>,
    /// What the author had seen.
    pub(crate) seen: Vec<ChangeHash>,
    /// Whether the author had seen everything the server has.
    pub(crate) linear: bool,
}

impl Merged {
    /// Whether the clock it was written by was ahead of its receipt by more than clocks are.
    pub(crate) fn is_ahead(&self, now_ms: i64) -> bool {
        self.changes.iter().any(|fresh| fresh.wire.time_ms > now_ms.saturating_add(CLOCK_TOLERANCE_MS))
    }
}

/// Why an intent is not merged.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It builds on something that is not here.
    Waiting(String),
    /// It is malformed or not allowed.
    Refused {
        /// A stable word.
        code: String,
        /// A sentence for a person.
        message: String,
    },
    /// The server broke.
    Broken(Error),
}

impl Stop {
    pub(crate) fn refused(code: impl Into<String>, message: impl Into<String>) -> Stop {
        Stop::Refused { code: code.into(), message: message.into() }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Broken(error)
    }
}

/// Lets an intent in and merges it on copies; parts the server already has are left out.
pub(crate) fn admit(intent: &Intent, author: &Author, books: &Books<'_>, now_ms: i64) -> Result<Vec<Merged>, Stop> {
    if intent.parts.is_empty() || intent.parts.iter().any(|part| part.changes.is_empty()) {
        return Err(Stop::refused("intent.empty", "there is nothing in it"));
    }
    let documents: BTreeSet<Uuid> = intent.parts.iter().map(|part| part.doc).collect();
    if documents.len() != intent.parts.len() {
        return Err(Stop::refused("intent.repeated_record", "it names a record twice"));
    }
    let mut merged = Vec::new();
    for part in &intent.parts {
        merged.extend(admit_part(part, author, books, now_ms)?);
    }
    Ok(merged)
}

fn admit_part(part: &Part, author: &Author, books: &Books<'_>, now_ms: i64) -> Result<Option<Merged>, Stop> {
    let Some(kind) = record::find(&part.kind) else {
        return Err(Stop::refused("record.unknown_type", "this server does not know the record type"));
    };
    let id = RecordId(part.doc);
    // What somebody could do before their role changed is let in: the judge decides what becomes of it.
    let may = |role: Role| kind.access.may_write(role) || action::only_acts(part, kind, role);
    let may_before = || books.formerly(author.user).is_some_and(|former| may(former.role));
    if !may(author.role) && !may_before() {
        let message = format!("only {} may change a {}", kind.access.describe(), kind.name);
        return Err(Stop::refused(format!("{}.permission", kind.name), message));
    }
    let before = match books.find(id)? {
        Some(held) if held.kind.name == kind.name => held,
        Some(_) => return Err(Stop::refused("record.other_type", "this id belongs to a record of another type")),
        None => Arc::new(Held::new(kind, id, &books.names.now)?),
    };
    let mut gate = change::Gate::new(&before, author, books, now_ms)?;
    let mut previous: Option<Hash> = None;
    for wire in &part.changes {
        gate.pass(wire, previous.as_ref())?;
        previous = Some(wire.hash);
    }
    gate.finish()
}
