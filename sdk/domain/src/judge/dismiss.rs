//! INV-83: a losing value is kept until somebody dismisses it.

use super::Arrival;
use super::bench::Bench;
use crate::alternative::{self, SEEN, WHICH};
use crate::key::{self, Key};
use crate::lifecycle::DISMISS;
use crate::raw::Scalar;
use serde_json::Value;

/// Empties the registers whose values the part dismissed. What its author typed there later stays, and what is gone already needs
/// no word.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    for id in arrival.new_actions() {
        let Some(action) = arrival.after.action(id).filter(|action| action.action == DISMISS) else { continue };
        let Some(raw) = bench.raw(&target).filter(|raw| alternative::has_effect(raw, id)) else { continue };
        let word = |name: &str| action.args.get(name).and_then(Value::as_str);
        let Some(key) = word(WHICH).filter(|key| matches!(key::parse(arrival.kind, key), Key::Alternative)) else { continue };
        let stands = raw.text(key).map(|text| alternative::mark(target.id, text));
        if stands.as_deref().is_some_and(|stands| word(SEEN) == Some(stands)) {
            bench.put(&target, key, Scalar::Null, None, "INV-83 dismissed");
        }
    }
}
