//! Merging two records of one thing: one stays, the other becomes an alias of it (INV-09).

use super::{Arg, Attempt, Conversion, Effect, Fill, Guard};
use crate::alias::{INTO, MERGED_INTO};
use crate::field::reference;
use crate::ids::RecordId;

/// What every merge does.
pub(super) const THEN: &[Effect] = &[Effect::Stamp(MERGED_INTO, INTO), Effect::Convert(Conversion::Merge(INTO))];

/// What it means.
pub(super) const DOC: &str = "Makes it an alias of another one, which takes over what it lacks.";

/// The record that stays.
pub(super) const fn into(kinds: &'static [&'static str]) -> Arg {
    Arg { field: reference(kinds).named(INTO, "The record that stays."), fill: Fill::Nothing }
}

/// It is another one.
pub(super) const ANOTHER: Guard = Guard {
    code: "into",
    name: "into=ID of the record that stays, which is another one",
    holds: |attempt: &Attempt<'_>| {
        let into = attempt.arg(INTO).and_then(|id| id.parse::<RecordId>().ok());
        into.is_some_and(|into| into != attempt.id)
    },
};
