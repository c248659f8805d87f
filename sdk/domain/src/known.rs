//! What was worked out of a document, once: judging looks at the same record from many sides, and hands it round in clones.

use crate::fold::Folded;
use crate::ids::RecordId;
use crate::raw::{Raw, Scalar};
use crate::shared::Shared;
use crate::view::View;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// What a flat document and its clones know of themselves. It never takes part in a comparison.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(Arc<Answers>);

#[derive(Debug, Default)]
struct Answers {
    folded: OnceLock<Place>,
    shown: OnceLock<Shown>,
}

type Registers = Shared<BTreeMap<String, Scalar>>;

/// A place in the lifecycle, and what it was made from: while that is unchanged the place is right.
#[derive(Debug)]
struct Place {
    kind: &'static str,
    registers: Registers,
    folded: Shared<Folded>,
}

/// The same for a view.
#[derive(Debug)]
struct Shown {
    kind: &'static str,
    id: RecordId,
    registers: Registers,
    texts: Shared<BTreeMap<String, String>>,
    times: (Option<i64>, Option<i64>),
    view: View,
}

impl Known {
    /// The place of this document in its lifecycle, worked out by `make` unless one of its clones did so before.
    pub(crate) fn folded(raw: &Raw, kind: &'static str, make: impl Fn() -> Folded) -> Shared<Folded> {
        let new = || Place { kind, registers: raw.registers.clone(), folded: make().into() };
        let place = raw.known.0.folded.get_or_init(new);
        // It may be about another type, or the document changed since.
        if place.is_of(raw, kind) { place.folded.clone() } else { make().into() }
    }

    /// The view of this document, likewise.
    pub(crate) fn view(raw: &Raw, kind: &'static str, id: RecordId, make: impl Fn() -> View) -> View {
        let shown = raw.known.0.shown.get_or_init(|| Shown {
            kind,
            id,
            registers: raw.registers.clone(),
            texts: raw.texts.clone(),
            times: (raw.created_ms, raw.modified_ms),
            view: make(),
        });
        if shown.is_of(raw, kind, id) { shown.view.clone() } else { make() }
    }

    /// Forgets what was known, before the document changes: clones go on knowing it.
    pub(crate) fn forget(&mut self) {
        match Arc::get_mut(&mut self.0) {
            Some(alone) => *alone = Answers::default(),
            None => self.0 = Arc::default(),
        }
    }
}

impl Place {
    fn is_of(&self, raw: &Raw, kind: &str) -> bool {
        self.kind == kind && self.registers.is(&raw.registers)
    }
}

impl Shown {
    fn is_of(&self, raw: &Raw, kind: &str, id: RecordId) -> bool {
        self.kind == kind
            && self.id == id
            && self.registers.is(&raw.registers)
            && self.texts.is(&raw.texts)
            && self.times == (raw.created_ms, raw.modified_ms)
    }
}

impl PartialEq for Known {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Known {}
