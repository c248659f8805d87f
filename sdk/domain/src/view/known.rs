//! A view worked out once: judging looks at the same record from many sides, and hands it round in clones.

use super::View;
use crate::ids::RecordId;
use crate::raw::{Raw, Scalar};
use crate::shared::Shared;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// What a flat document and its clones know of how they are shown. It never takes part in a comparison.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(Arc<OnceLock<Shown>>);

/// A view, and what it was made from: while that is unchanged the view is right.
#[derive(Debug)]
struct Shown {
    kind: &'static str,
    id: RecordId,
    registers: Shared<BTreeMap<String, Scalar>>,
    texts: Shared<BTreeMap<String, String>>,
    times: (Option<i64>, Option<i64>),
    view: View,
}

impl Known {
    /// The view of this document, worked out by `make` unless one of its clones did so before.
    pub(super) fn view(raw: &Raw, kind: &'static str, id: RecordId, make: impl Fn() -> View) -> View {
        let shown = raw.known.0.get_or_init(|| Shown {
            kind,
            id,
            registers: raw.registers.clone(),
            texts: raw.texts.clone(),
            times: (raw.created_ms, raw.modified_ms),
            view: make(),
        });
        // It may be about another id, or the document changed since.
        if shown.is_of(raw, kind, id) { shown.view.clone() } else { make() }
    }

    /// Forgets what was known, before the document changes: clones go on knowing it.
    pub(crate) fn forget(&mut self) {
        if Arc::get_mut(&mut self.0).is_none_or(|alone| alone.take().is_none()) {
            self.0 = Arc::default();
        }
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
