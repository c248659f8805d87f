//! Documents in memory: the ones in use, and the ones written in this turn and not yet committed.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use automerge::legacy::OpType;
use automerge::{Automerge, ChangeHash};
use fieldbook_domain::document::{self, GENESIS_ACTOR};
use fieldbook_domain::field::Field;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::raw::Raw;
use fieldbook_domain::record::RecordType;
use fieldbook_sync::change::{Hash, WireOpId};
use lru::LruCache;

use crate::error::Error;

/// Documents kept in memory for one organisation; each takes about 30 KB.
const DOCUMENTS_KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4_095);

/// What every replica of a document begins with.
#[derive(Clone, Debug)]
pub(crate) struct Genesis {
    pub(crate) hash: Hash,
    pub(crate) max_op: u64,
    /// The long texts, by the operation that created each.
    pub(crate) texts: Arc<BTreeMap<WireOpId, &'static Field>>,
}

/// What the genesis of every document of a type has in common: its last counter, and the texts it creates.
type Shape = (u64, Arc<BTreeMap<WireOpId, &'static Field>>);

static SHAPES: Mutex<BTreeMap<&'static str, Shape>> = Mutex::new(BTreeMap::new());

/// A document in memory, never changed in place.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) kind: &'static RecordType,
    pub(crate) id: RecordId,
    pub(crate) genesis: Arc<Genesis>,
    pub(crate) doc: Automerge,
    pub(crate) raw: Arc<Raw>,
    /// About how many bytes it takes, saved.
    pub(crate) bytes: usize,
}

impl Held {
    /// A document of which there is nothing yet but its genesis.
    pub(crate) fn new(kind: &'static RecordType, id: RecordId, server: &[u8; 16]) -> Result<Held, Error> {
        let failed = Error::document(id);
        let doc = document::create(kind, id, server).map_err(&failed)?;
        let raw = Arc::new(document::read(&doc).map_err(failed)?);
        let genesis = genesis(kind, &doc)?;
        Ok(Held { kind, id, genesis: Arc::new(genesis), doc, raw, bytes: 0 })
    }

    /// A stored document.
    pub(crate) fn load(kind: &'static RecordType, id: RecordId, snapshot: &[u8]) -> Result<Held, Error> {
        let failed = Error::document(id);
        let doc = Automerge::load(snapshot).map_err(&failed)?;
        let raw = Arc::new(document::read(&doc).map_err(failed)?);
        let genesis = genesis(kind, &doc)?;
        Ok(Held { kind, id, genesis: Arc::new(genesis), doc, raw, bytes: snapshot.len() })
    }

    /// The same record with more in its document.
    pub(crate) fn with(&self, doc: Automerge, more_bytes: usize) -> Result<Held, Error> {
        let raw = Arc::new(document::read(&doc).map_err(Error::document(self.id))?);
        let bytes = self.bytes.saturating_add(more_bytes);
        Ok(Held { kind: self.kind, id: self.id, genesis: Arc::clone(&self.genesis), doc, raw, bytes })
    }

    /// Which record it is.
    pub(crate) fn target(&self) -> RecordRef {
        RecordRef::new(self.kind.name, self.id)
    }
}

/// The genesis a document begins with.
fn genesis(kind: &'static RecordType, doc: &Automerge) -> Result<Genesis, Error> {
    let first = doc.get_changes_meta(&[]).into_iter().find(|meta| meta.actor.to_bytes() == GENESIS_ACTOR);
    let hash = first.ok_or(Error::Damaged { what: "genesis" })?.hash.0;
    let (max_op, texts) = shape(kind)?;
    Ok(Genesis { hash, max_op, texts })
}

/// The field whose long text an operation of the genesis created.
pub(crate) fn text_name(kind: &'static RecordType, text: &WireOpId) -> Option<&'static str> {
    let (_, texts) = shape(kind).ok()?;
    texts.get(text).map(|field| field.name)
}

/// What the genesis of a type looks like, worked out once.
fn shape(kind: &'static RecordType) -> Result<Shape, Error> {
    let mut shapes = SHAPES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(shape) = shapes.get(kind.name) {
        return Ok(shape.clone());
    }
    let id = RecordId::default();
    let change = document::genesis(kind, id);
    let mut texts = BTreeMap::new();
    for (op, counter) in change.decode().operations.iter().zip(change.start_op().get()..) {
        if let (OpType::Make(_), automerge::legacy::Key::Map(name)) = (&op.action, &op.key)
            && let Some(field) = kind.field(name)
        {
            texts.insert(WireOpId { counter, actor: GENESIS_ACTOR }, field);
        }
    }
    let shape = (change.max_op(), Arc::new(texts));
    shapes.insert(kind.name, shape.clone());
    Ok(shape)
}

/// The documents of one organisation that are in memory.
#[derive(Debug)]
pub(crate) struct Shelf {
    kept: LruCache<RecordId, Arc<Held>>,
    /// Written in this turn.
    dirty: BTreeMap<RecordId, Arc<Held>>,
}

impl Default for Shelf {
    fn default() -> Self {
        Shelf { kept: LruCache::new(DOCUMENTS_KEPT), dirty: BTreeMap::new() }
    }
}

impl Shelf {
    /// A document, if it is in memory.
    pub(crate) fn get(&mut self, id: RecordId) -> Option<Arc<Held>> {
        self.dirty.get(&id).or_else(|| self.kept.get(&id)).cloned()
    }

    /// Keeps a document that was read.
    pub(crate) fn keep(&mut self, held: Arc<Held>) {
        self.kept.put(held.id, held);
    }

    /// Puts a document as this turn leaves it.
    pub(crate) fn write(&mut self, held: Arc<Held>) {
        self.dirty.insert(held.id, held);
    }

    /// The documents written in this turn.
    pub(crate) fn written(&self) -> impl Iterator<Item = &Arc<Held>> {
        self.dirty.values()
    }

    /// What was written in this turn is durable.
    pub(crate) fn commit(&mut self) {
        for (id, held) in std::mem::take(&mut self.dirty) {
            self.kept.put(id, held);
        }
    }

    /// What was written in this turn is void.
    pub(crate) fn rollback(&mut self) {
        self.dirty.clear();
    }

    /// Another process wrote: nothing in memory can be relied on.
    pub(crate) fn forget(&mut self) {
        self.kept.clear();
        self.dirty.clear();
    }
}

/// Spells a document for the database, and proves that it loads as the same document.
pub(crate) fn save_proved(held: &Held) -> Result<(Vec<u8>, Vec<ChangeHash>), Error> {
    let unloadable = || Error::Unloadable { id: held.id };
    let attempt = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let heads = held.doc.get_heads();
        let bytes = held.doc.save_nocompress();
        let same = Automerge::load(&bytes).is_ok_and(|again| again.get_heads() == heads);
        same.then_some((bytes, heads))
    }));
    attempt.map_err(|_| unloadable())?.ok_or_else(unloadable)
}
