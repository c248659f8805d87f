//! What leads and the opportunities made of them have to do with each other.

use super::Scene;
use crate::alias::{self, CARRIED_FROM};
use crate::body::id;
use crate::ids::{RecordId, RecordRef};
use serde_json::Value;

/// An opportunity that names a lead is the one its qualification made (INV-20): its id follows from the lead's, or from the id of
/// the lead that was qualified and merged into this one (INV-21).
pub(crate) fn made_of_it(scene: &Scene<'_>) -> bool {
    let made_of = |lead: RecordId| scene.id == lead.derived("opportunity");
    id(scene.record, "originating_lead").is_none_or(|lead| made_of(lead) || carried_from(scene, lead).is_some_and(made_of))
}

/// The lead whose qualification was carried on to this one.
fn carried_from(scene: &Scene<'_>, lead: RecordId) -> Option<RecordId> {
    let stays = RecordRef::new("lead", lead);
    let actions = scene.records.raw(&stays)?.actions();
    let from = actions.iter().find_map(|action| action.args.get(CARRIED_FROM).and_then(Value::as_str)?.parse().ok())?;
    (alias::survivor(&RecordRef::new("lead", from), scene.records) == stays).then_some(from)
}
