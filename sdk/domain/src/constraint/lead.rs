//! What leads and the opportunities made of them have to do with each other.

use super::Scene;
use crate::body::id;

/// An opportunity that names a lead is the one its qualification made (INV-20): its id follows from the lead's.
pub(crate) fn made_of_it(scene: &Scene<'_>) -> bool {
    id(scene.record, "originating_lead").is_none_or(|lead| scene.id == lead.derived("opportunity"))
}
