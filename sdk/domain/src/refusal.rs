//! Every way a rule says no to a person. A refusal is not an error: nothing broke.

use serde::{Deserialize, Serialize};

/// A rule's answer to a person, with a code that never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Refusal {
    /// Stable and dotted, for example `field.too_long` or `opportunity.win.guard`.
    pub code: String,
    /// The field to look at, if one field is the cause.
    pub field: Option<String>,
    /// A sentence that says what is wrong and what to do next.
    pub message: String,
}

/// A noun with its article, for sentences: `an account`, `a lead`.
#[must_use]
pub fn a(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {}", noun.replace('_', " "))
}

impl Refusal {
    /// A refusal about the whole record.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Refusal { code: code.into(), field: None, message: message.into() }
    }

    /// A refusal about one field.
    pub fn field(code: &str, field: &str, message: impl Into<String>) -> Self {
        Refusal { code: code.into(), field: Some(field.into()), message: message.into() }
    }
}
