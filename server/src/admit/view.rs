//! A document as the author of a change saw it.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{ObjectId, OpId};
use automerge::{ActorId, Automerge, ChangeHash, ChangeMetadata, ObjId, ROOT, ReadDoc};
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
        let (value, _) = value.ok()??;
        value.as_str().map(str::to_owned)
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
    ///
    /// Asked only for letters that cannot be seen, so it may be slow; Automerge's own look-up panics on a wrong one.
    pub(super) fn was_typed(&self, text: &WireOpId, letter: &WireOpId) -> bool {
        let wrote = |meta: &ChangeMetadata<'_>| {
            meta.actor.to_bytes() == letter.actor && (meta.start_op..=meta.max_op).contains(&letter.counter)
        };
        let metas = self.doc.get_changes_meta(&[]);
        let Some(meta) = metas.iter().find(|meta| wrote(meta)) else { return false };
        if self.at.is_some_and(|heads| !ancestors(self.doc, heads).contains(&meta.hash)) {
            return false;
        }
        let Some(change) = self.doc.get_change_by_hash(&meta.hash) else { return false };
        let place = usize::try_from(letter.counter.saturating_sub(meta.start_op)).unwrap_or(usize::MAX);
        let name = OpId(text.counter, ActorId::from(&text.actor[..]));
        change.decode().operations.get(place).is_some_and(|op| op.insert && op.obj == ObjectId::Id(name))
    }
}

/// The changes at and below these heads.
pub(super) fn ancestors(doc: &Automerge, heads: &[ChangeHash]) -> BTreeSet<ChangeHash> {
    let metas = doc.get_changes_meta(&[]);
    let parents: BTreeMap<ChangeHash, &[ChangeHash]> = metas.iter().map(|meta| (meta.hash, meta.deps.as_slice())).collect();
    let mut found = BTreeSet::new();
    let mut open = heads.to_vec();
    while let Some(hash) = open.pop() {
        if found.insert(hash) {
            open.extend(parents.get(&hash).copied().unwrap_or_default());
        }
    }
    found
}

fn object(id: &WireOpId) -> ObjId {
    ObjId::Id(id.counter, ActorId::from(&id.actor[..]), 0)
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
