//! The values that lost, kept beside their record until somebody dismisses them (INV-83).
//!
//! Only the office writes under `alternatives/` (INV-84). Dismissing one is an action like any other, made offline or not: a
//! phone stops showing the value with the action, and the office empties its register.

use crate::ids::RecordId;
use crate::key;
use crate::lifecycle::DISMISS;
use crate::raw::{Outcome, Raw, Scalar};
use serde_json::Value;
use uuid::Uuid;

/// The argument of a dismissal that says which value: its key.
pub(crate) const WHICH: &str = "alternative";
/// The argument that says what was seen there: what its author typed later under the same key is another value.
pub(crate) const SEEN: &str = "seen";

/// A value that lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Losing {
    /// The register that keeps it.
    pub key: String,
    /// The register it was meant for.
    pub place: String,
    /// What is kept: the value, its author, when, and the rule that decided.
    pub kept: Value,
}

impl Losing {
    /// The id at the end of its key, which no other value of the record has.
    #[must_use]
    pub fn id(&self) -> Option<RecordId> {
        self.key.rsplit('/').next().and_then(|id| id.parse().ok())
    }

    /// The value itself.
    #[must_use]
    pub fn value(&self) -> &Value {
        self.kept.get("value").unwrap_or(&Value::Null)
    }

    /// Who wrote it, where it says so.
    #[must_use]
    pub fn author(&self) -> Option<RecordId> {
        self.kept.get("by").and_then(Value::as_str).and_then(|id| id.parse().ok())
    }
}

/// The losing values of a record that nobody dismissed.
#[must_use]
pub fn standing(id: RecordId, raw: &Raw) -> Vec<Losing> {
    let dismissed: Vec<(String, String)> = raw
        .actions()
        .into_iter()
        .filter(|action| action.action == DISMISS && has_effect(raw, action.id))
        .filter_map(|action| {
            let word = |name: &str| Some(action.args.get(name)?.as_str()?.to_owned());
            Some((word(WHICH)?, word(SEEN)?))
        })
        .collect();
    let losing = |(rest, text): (&str, &str)| {
        let key = format!("alternatives/{rest}");
        let seen = mark(id, text);
        if dismissed.iter().any(|(which, what)| *which == key && *what == seen) {
            return None;
        }
        let place = rest.split('/').next().unwrap_or(rest).replace('.', "/");
        Some(Losing { key, place, kept: Scalar::Str(text.to_owned()).to_json() })
    };
    raw.under("alternatives/").filter_map(losing).collect()
}

/// Tells one value under a key from the next.
pub(crate) fn mark(id: RecordId, text: &str) -> String {
    id.derived(text).to_string()
}

/// Whether the office did not hold or reject an action.
#[must_use]
pub fn has_effect(raw: &Raw, action: RecordId) -> bool {
    raw.verdict(action).is_none_or(|verdict| matches!(verdict.outcome, Outcome::Accepted | Outcome::Adjusted))
}

/// Where a device's losing value of a field is kept beside a record: what its author typed over it later takes the place.
pub(crate) fn kept_at(record: RecordId, field: &str, device: Option<Uuid>, origin: &str) -> String {
    let device = device.map(|device| device.to_string()).unwrap_or_default();
    key::alternative(field, record.derived(&format!("{field}/{device}{origin}")))
}
