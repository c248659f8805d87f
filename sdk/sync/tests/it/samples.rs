//! Small honest values that tests state their differences to.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, Change, ObjId, ObjType, ROOT, ReadDoc};
use fieldbook_sync::change::{ActorBytes, Dep, Hash, WireChange, WireOp, WireValue};
use fieldbook_sync::message::{Forecast, Intent, Part};
use uuid::Uuid;

pub(crate) const ADA: ActorBytes = [0xAD; 16];

/// A document as every replica starts it: two texts, made by nobody at no time.
pub(crate) fn genesis() -> (AutoCommit, Hash) {
    let mut doc = AutoCommit::new().with_actor(ActorId::from([0u8; 16]));
    doc.put_object(ROOT, "body", ObjType::Text).unwrap();
    doc.put_object(ROOT, "notes", ObjType::Text).unwrap();
    let hash = doc.commit_with(CommitOptions::default().with_time(0));
    (doc, hash.unwrap().0)
}

/// A text of the genesis.
pub(crate) fn text(doc: &AutoCommit, key: &str) -> ObjId {
    doc.get(ROOT, key).unwrap().unwrap().1
}

/// The one change that `edit` makes to a fresh document, with the hash of the genesis.
pub(crate) fn made_by(edit: impl FnOnce(&mut AutoCommit)) -> (Change, Hash) {
    let (doc, genesis) = genesis();
    let mut doc = doc.with_actor(ActorId::from(ADA));
    edit(&mut doc);
    doc.commit_with(CommitOptions::default().with_time(1));
    (doc.get_last_local_change().unwrap(), genesis)
}

/// A change that only looks like one; the sessions never look inside.
pub(crate) fn toy_change(actor: ActorBytes, seq: u64) -> WireChange {
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(&actor);
    hash[16..24].copy_from_slice(&seq.to_le_bytes());
    WireChange {
        actor,
        seq,
        start_op: seq + 1,
        deps: vec![Dep::Genesis],
        time_ms: 0,
        message: None,
        ops: vec![WireOp::Put { key: "name".into(), value: WireValue::Int(seq as i64), pred: Vec::new() }],
        hash,
    }
}

/// An intent of one toy change.
pub(crate) fn toy_intent(actor: ActorBytes, dseq: u64) -> Intent {
    Intent {
        dseq,
        id: Uuid::from_u64_pair(u64::from(actor[0]), dseq),
        parts: vec![Part {
            kind: "account".into(),
            doc: Uuid::from_u128(u128::from(dseq % 3)),
            changes: vec![toy_change(actor, dseq)],
        }],
        forecast: Some(Forecast::accepted()),
    }
}
