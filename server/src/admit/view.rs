//! A document as the author of a change saw it.

use std::collections::BTreeSet;

use automerge::{Automerge, ChangeHash, Cursor, ObjId, ROOT, ReadDoc, ScalarValue, Value};
use fieldbook_sync::change::{ActorBytes, WireOpId};

/// A document at some heads; `None` is the document as it is, which is much cheaper to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'d> {
    pub(super) doc: &'d Automerge,
    pub(super) at: Option<&'d [ChangeHash]>,
}

impl View<'_> {
    /// The operations whose values stand in a register, ascending.
    pub(super) fn standing(&self, key: &str) -> Vec<WireOpId> {
        let values = match self.at {
            Some(heads) => self.doc.get_all_at(ROOT, key, heads),
            None => self.doc.get_all(ROOT, key),
        };
        let mut ids: Vec<WireOpId> = values.unwrap_or_default().iter().filter_map(|(_, id)| wire_id(id)).collect();
        ids.sort_unstable();
        ids
    }

    /// The text a register shows.
    pub(super) fn string(&self, key: &str) -> Option<String> {
        let value = match self.at {
            Some(heads) => self.doc.get_at(ROOT, key, heads),
            None => self.doc.get(ROOT, key),
        };
        match value.ok()??.0 {
            Value::Scalar(value) => match value.as_ref() {
                ScalarValue::Str(text) => Some(text.to_string()),
                _ => None,
            },
            Value::Object(_) => None,
        }
    }

    /// The texts of all registers under `actions/`.
    pub(super) fn actions(&self) -> Vec<String> {
        // The slash is followed by the zero in the order of keys.
        let range = "actions/".to_owned().."actions0".to_owned();
        let keys: Vec<String> = match self.at {
            Some(heads) => self.doc.map_range_at(ROOT, range, heads).map(|item| item.key.into_owned()).collect(),
            None => self.doc.map_range(ROOT, range).map(|item| item.key.into_owned()).collect(),
        };
        keys.iter().filter_map(|key| self.string(key)).collect()
    }

    /// The characters of a text that can be seen, by the operation that typed each.
    pub(super) fn letters(&self, text: &WireOpId) -> BTreeSet<WireOpId> {
        let text = object(text);
        let items = match self.at {
            Some(heads) => self.doc.list_range_at(&text, .., heads),
            None => self.doc.list_range(&text, ..),
        };
        items.filter_map(|item| wire_id(&item.id())).collect()
    }

    /// Whether a character was ever typed into a text, even if it is gone.
    pub(super) fn was_typed(&self, text: &WireOpId, letter: &WireOpId) -> bool {
        let name = format!("{}@{}", letter.counter, automerge::ActorId::from(&letter.actor[..]));
        let cursor = Cursor::try_from(name.as_str());
        cursor.is_ok_and(|cursor| self.doc.get_cursor_position(object(text), &cursor, self.at).is_ok())
    }
}

fn object(id: &WireOpId) -> ObjId {
    ObjId::Id(id.counter, automerge::ActorId::from(&id.actor[..]), 0)
}

fn wire_id(id: &ObjId) -> Option<WireOpId> {
    match id {
        ObjId::Root => None,
        ObjId::Id(counter, actor, _) => {
            let actor: ActorBytes = actor.to_bytes().try_into().ok()?;
            Some(WireOpId { counter: *counter, actor })
        }
    }
}
