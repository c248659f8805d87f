//! Records below records of their own type: no loop, and not too deep.

use super::{DEPTH_MAX, Scene};
use crate::action::Records;
use crate::body::id as reference;
use crate::ids::{RecordId, RecordRef};
use crate::record::RecordType;

/// Whether the record may hang where its field says: not below itself, and what hangs below it not too deep.
pub(super) fn holds(scene: &Scene<'_>, field: &str) -> bool {
    let Some(first) = reference(scene.record, field) else { return true };
    let mut above = Some(first);
    for depth in 1..DEPTH_MAX {
        match above {
            Some(parent) if parent == scene.id => return false,
            Some(parent) => above = parent_of(scene.kind, parent, field, scene.records),
            None => return depth + height(scene.kind, scene.id, field, scene.records, DEPTH_MAX) <= DEPTH_MAX,
        }
    }
    above.is_none() && height(scene.kind, scene.id, field, scene.records, 1) == 0
}

fn parent_of(kind: &RecordType, id: RecordId, field: &str, records: &dyn Records) -> Option<RecordId> {
    records.raw(&RecordRef::new(kind.name, id)).and_then(|raw| raw.text(field)?.parse().ok())
}

/// How many levels lie below a record, at most `limit`.
fn height(kind: &RecordType, id: RecordId, field: &str, records: &dyn Records, limit: usize) -> usize {
    if limit == 0 {
        return 0;
    }
    let below = records.referring(kind.name, field, &id.to_string()).into_iter();
    let below = below.filter(|child| parent_of(kind, child.id, field, records) == Some(id));
    below.map(|child| 1 + height(kind, child.id, field, records, limit - 1)).max().unwrap_or(0)
}
