//! What a change does: every key, value and reference, as the author saw the record.

use std::collections::BTreeMap;

use fieldbook_domain::action::{check_itself, check_register};
use fieldbook_domain::key::{self, Key};
use fieldbook_domain::raw::Scalar;
use fieldbook_domain::refusal::Refusal;
use fieldbook_sync::change::{WireChange, WireOp, WireOpId, WireValue};

use super::text::TextEdit;
use super::view::View;
use super::{Author, Stop, action};
use crate::org::shelf::Held;

/// The operations of one change, one after the other.
#[derive(Debug)]
pub(super) struct Operations<'a> {
    pub(super) held: &'a Held,
    pub(super) author: &'a Author,
    pub(super) view: View<'a>,
    /// Registers this change wrote: the operation that stands, and its text.
    pub(super) written: BTreeMap<&'a str, Option<WireOpId>>,
    texts: BTreeMap<WireOpId, TextEdit<'a>>,
    /// The turn of the next action, once somebody asked.
    pub(super) next_turn: Option<i64>,
}

/// The register form of a value that travels.
pub(crate) fn scalar(value: &WireValue) -> Scalar {
    match value {
        WireValue::Null => Scalar::Null,
        WireValue::Bool(yes) => Scalar::Bool(*yes),
        WireValue::Int(number) => Scalar::Int(*number),
        WireValue::Str(text) => Scalar::Str(text.clone()),
    }
}

impl<'a> Operations<'a> {
    pub(super) fn new(held: &'a Held, author: &'a Author, view: View<'a>) -> Self {
        Operations { held, author, view, written: BTreeMap::new(), texts: BTreeMap::new(), next_turn: None }
    }

    /// Checks all operations of a change that is within the bounds of the protocol.
    pub(super) fn check<'w: 'a>(&mut self, wire: &'w WireChange) -> Result<(), Stop> {
        let mut counter = wire.start_op;
        for op in &wire.ops {
            let id = WireOpId { counter, actor: wire.actor };
            match op {
                WireOp::Put { key, value, pred } => self.put(id, key, value, pred)?,
                WireOp::Delete { key, pred } => self.delete(key, pred)?,
                WireOp::Insert { text, after, chars } => self.text(text)?.insert(id, after.as_ref(), chars)?,
                WireOp::Remove { text, elements } => self.text(text)?.remove(elements)?,
            }
            counter = counter.saturating_add(op.count());
        }
        self.texts.values().try_for_each(TextEdit::check_length)
    }

    fn put(&mut self, id: WireOpId, key: &'a str, value: &WireValue, pred: &[WireOpId]) -> Result<(), Stop> {
        let value = scalar(value);
        let refused = |refusal: Refusal| Stop::refused(refusal.code, refusal.message);
        check_register(self.held.kind, key, &value).map_err(refused)?;
        if let Scalar::Str(text) = &value {
            check_itself(self.held.kind, self.held.id, key, text).map_err(refused)?;
        }
        self.check_spelling(key)?;
        self.check_replaced(key, pred)?;
        if let Key::Action(action) = key::parse(self.held.kind, key) {
            action::check(self, action, key, &value)?;
        }
        self.written.insert(key, Some(id));
        Ok(())
    }

    fn delete(&mut self, key: &'a str, pred: &[WireOpId]) -> Result<(), Stop> {
        match key::parse(self.held.kind, key) {
            Key::Field(field) if !field.is_long_text() => {}
            Key::Child { .. } | Key::Unknown => {}
            Key::Field(_) | Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Malformed => {
                return Err(Stop::refused("document.key", "it removes what cannot be removed"));
            }
        }
        self.check_spelling(key)?;
        if pred.is_empty() {
            return Err(Stop::refused("change.pred", "it removes a value that is not there"));
        }
        self.check_replaced(key, pred)?;
        self.written.insert(key, None);
        Ok(())
    }

    /// An id has one spelling in a key; another one would be another register.
    fn check_spelling(&self, key: &str) -> Result<(), Stop> {
        let spelled = match key::parse(self.held.kind, key) {
            Key::Child { collection, id, field, .. } => key::child(collection.name, id, field),
            Key::Action(id) => key::action(id),
            Key::Field(_) | Key::Verdict(_) | Key::Alternative | Key::Unknown | Key::Malformed => return Ok(()),
        };
        if spelled == key {
            return Ok(());
        }
        Err(Stop::refused("document.key", "a key is not in its one spelling"))
    }

    /// The values an operation replaces are exactly those its author saw.
    fn check_replaced(&self, key: &str, pred: &[WireOpId]) -> Result<(), Stop> {
        let same = match self.written.get(key) {
            Some(standing) => standing.as_slice() == pred,
            None => self.view.standing(key) == pred,
        };
        if same {
            return Ok(());
        }
        Err(Stop::refused("change.pred", "it replaces other values than its author saw"))
    }

    fn text(&mut self, text: &WireOpId) -> Result<&mut TextEdit<'a>, Stop> {
        let Some(field) = self.held.genesis.texts.get(text) else {
            return Err(Stop::refused("document.text", "it edits a text the record does not have"));
        };
        let view = self.view;
        Ok(self.texts.entry(*text).or_insert_with(|| TextEdit::new(view, *text, field)))
    }
}
