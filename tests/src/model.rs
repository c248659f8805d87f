//! Stories nobody wrote: random people on random phones, with every record type and every action the tables declare.
//!
//! One number is one story, so a failing story is one number. What is done follows from `RECORD_TYPES`, the lifecycles and
//! the field kinds, never from lists of their own: a new record type or action is covered by being declared. After every
//! merge no invariant may be broken, all phones show what the office holds, every edit is accounted for, and the money adds
//! up.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

mod act;
mod agreement;
mod carrier;
mod edit;
mod ledger;
mod money;
mod said;
mod settle;
mod shrink;
mod stage;
mod story;
mod value;

pub use shrink::shrink;
pub use story::{Step, Story, Weather, What};

use stage::Stage;

/// What a story came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Steps played.
    pub steps: usize,
    /// Records created, edits saved, and actions performed.
    pub done: usize,
    /// What a rule refused on the phone.
    pub refused: usize,
    /// How often everybody was brought level and everything looked at.
    pub merges: usize,
    /// Decisions of the office, by rule.
    pub decisions: BTreeMap<String, usize>,
    /// Records created, by type.
    pub created: BTreeMap<&'static str, usize>,
    /// Actions performed, by type and verb.
    pub acted: BTreeMap<(&'static str, String), usize>,
    /// What was done about decisions with one tap, by name.
    pub salvaged: BTreeMap<String, usize>,
}

/// Why a story went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of thing went wrong; a shortened story must fail for the same.
    pub code: &'static str,
    /// What was seen.
    pub what: String,
    /// The step it was seen at.
    pub step: usize,
}

impl Failure {
    fn new(code: &'static str, what: impl Into<String>) -> Failure {
        Failure { code, what: what.into(), step: 0 }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "step {}: {}: {}", self.step, self.code, self.what)
    }
}

impl Tally {
    /// Adds another story's.
    pub fn add(&mut self, other: &Tally) {
        self.steps += other.steps;
        self.done += other.done;
        self.refused += other.refused;
        self.merges += other.merges;
        for (rule, count) in &other.decisions {
            *self.decisions.entry(rule.clone()).or_default() += count;
        }
        for (kind, count) in &other.created {
            *self.created.entry(kind).or_default() += count;
        }
        for (name, count) in &other.salvaged {
            *self.salvaged.entry(name.clone()).or_default() += count;
        }
        for (action, count) in &other.acted {
            *self.acted.entry(action.clone()).or_default() += count;
        }
    }
}

/// Plays a story from its start.
///
/// # Errors
/// What went wrong, a panic included.
pub fn tell(story: &Story) -> Result<Tally, Failure> {
    played(story, false)
}

/// Plays a story, and prints what people do and what the office decides.
///
/// # Errors
/// As for [`tell`].
pub fn tell_aloud(story: &Story) -> Result<Tally, Failure> {
    played(story, true)
}

fn played(story: &Story, aloud: bool) -> Result<Tally, Failure> {
    let at = Cell::new(0);
    let told = catch_unwind(AssertUnwindSafe(|| Stage::open(story, aloud).play(story, &at)));
    let told = told.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()));
        Err(Failure::new("panic", said.unwrap_or_default()))
    });
    told.map_err(|failure| Failure { step: at.get(), ..failure })
}
