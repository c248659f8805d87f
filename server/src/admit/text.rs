//! Edits of one long text within one change.

use std::collections::BTreeSet;

use fieldbook_domain::field::{Field, Kind};
use fieldbook_sync::change::WireOpId;

use super::Stop;
use super::view::View;

/// A long text while a change edits it.
#[derive(Debug)]
pub(super) struct TextEdit<'a> {
    view: View<'a>,
    text: WireOpId,
    field: &'static Field,
    /// How long it was.
    was: usize,
    /// The characters that can be seen.
    letters: BTreeSet<WireOpId>,
    /// The characters this change typed and removed again.
    gone: BTreeSet<WireOpId>,
}

impl<'a> TextEdit<'a> {
    pub(super) fn new(view: View<'a>, text: WireOpId, field: &'static Field) -> Self {
        let letters = view.letters(&text);
        TextEdit { view, text, field, was: letters.len(), letters, gone: BTreeSet::new() }
    }

    /// Types characters; the first one is the operation `id`.
    pub(super) fn insert(&mut self, id: WireOpId, after: Option<&WireOpId>, chars: &str) -> Result<(), Stop> {
        let known = |after: &WireOpId| {
            self.letters.contains(after) || self.gone.contains(after) || self.view.was_typed(&self.text, after)
        };
        if after.is_some_and(|after| !known(after)) {
            return Err(Stop::refused("document.text", "it types after a letter that is not there"));
        }
        let ids = chars.chars().zip(id.counter..).map(|(_, counter)| WireOpId { counter, actor: id.actor });
        self.letters.extend(ids);
        Ok(())
    }

    /// Removes characters, each of which must be there to be seen.
    pub(super) fn remove(&mut self, elements: &[WireOpId]) -> Result<(), Stop> {
        for element in elements {
            if !self.letters.remove(element) {
                return Err(Stop::refused("document.text", "it removes a letter that is not there"));
            }
            self.gone.insert(*element);
        }
        Ok(())
    }

    /// A text that concurrent typing made too long may still be shortened.
    pub(super) fn check_length(&self) -> Result<(), Stop> {
        let Kind::LongText { max } = self.field.kind else { return Ok(()) };
        let length = self.letters.len();
        if length <= max || length < self.was {
            return Ok(());
        }
        Err(Stop::refused("field.too_long", format!("{} is longer than {max} characters", self.field.name)))
    }
}
