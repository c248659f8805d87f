//! What a device may say at most.
//!
//! Only sizes are looked at here. Each change is checked on its own when it is admitted, so that one bad change never costs
//! the others.

use crate::error::{Error, within};
use crate::frame::{Limits, NAME_BYTES_MAX};
use crate::message::{Hello, Intent};

/// Passes a Hello whose names are within bounds.
pub(super) fn check_hello(hello: &Hello) -> Result<(), Error> {
    within("device name bytes", hello.device_name.len(), NAME_BYTES_MAX)?;
    let mut scopes = hello.cursors.iter().map(|cursor| cursor.scope.len());
    scopes.try_for_each(|bytes| within("scope bytes", bytes, NAME_BYTES_MAX))
}

/// Passes a push that is no bigger than the welcome allowed.
pub(super) fn check_push(intents: &[Intent], limits: &Limits) -> Result<(), Error> {
    within("intents", intents.len(), limits.intents_max as usize)?;
    let mut changes = 0_usize;
    for intent in intents {
        within("parts", intent.parts.len(), limits.parts_max as usize)?;
        for part in &intent.parts {
            within("kind bytes", part.kind.len(), NAME_BYTES_MAX)?;
            changes = changes.saturating_add(part.changes.len());
        }
    }
    within("changes", changes, limits.changes_max as usize)
}
