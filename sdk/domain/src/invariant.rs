//! The registry of implemented invariants, and the check of a stored record against each.

use crate::ids::RecordRef;
use crate::judge::World;

mod billing;
mod check;
mod rules;

pub use billing::misnumbered;
pub use rules::RULES;

/// One rule of the business, as people read it.
#[derive(Debug)]
pub struct Rule {
    /// The stable code, for example `INV-25`.
    pub code: &'static str,
    /// Rises when its resolution changes; stored with every decision.
    pub version: u32,
    /// What must hold.
    pub rule: &'static str,
    /// One record, or across records.
    pub scope: Scope,
    /// What the server does.
    pub resolution: &'static str,
    /// Who is told.
    pub told: &'static str,
}

/// How far a rule reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One record.
    One,
    /// Across records.
    Across,
}

/// A stored record that breaks an invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The invariant, for example `INV-02`.
    pub rule: &'static str,
    /// The record.
    pub record: RecordRef,
    /// What is wrong, in plain words.
    pub message: String,
}

/// The version of a rule; 0 for a code the registry does not know.
#[must_use]
pub fn version(code: &str) -> u32 {
    RULES.iter().find(|rule| rule.code == code).map_or(0, |rule| rule.version)
}

/// What no two records may be called, with the rule that says so (INV-32).
#[must_use]
pub fn called(target: &RecordRef, body: &serde_json::Value) -> Option<(&'static str, String)> {
    let field = match target.kind.as_str() {
        "quote" => "quote_number",
        "order" => "order_number",
        _ => return None,
    };
    let revision = body.get("revision").and_then(serde_json::Value::as_i64).unwrap_or(0);
    Some(("INV-32", format!("{} revision {revision}", body.get(field)?.as_str()?)))
}

/// Re-judges one stored record against every implemented invariant.
#[must_use]
pub fn check(target: &RecordRef, world: &dyn World) -> Vec<Breach> {
    check::record(target, world)
}
