//! What this phone expects the office to make of somebody's work.
//!
//! It travels with the work, and the office counts how often phones are right. Nothing depends on it.

use fieldbook_sync::message::Forecast;

use crate::desk::Draft;

/// The forecast for what one intent will write.
pub(crate) fn forecast_of(drafts: &[Draft]) -> Option<Forecast> {
    // Whatever gets this far has passed the rules of this phone, which are those of the office.
    drafts.iter().any(|draft| !draft.writes.is_empty()).then(Forecast::accepted)
}
