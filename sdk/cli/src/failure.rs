//! Why a command did not do what it was asked to, as one sentence, a stable code and an exit status.

use fieldbook_device::Error;
use fieldbook_domain::refusal::Refusal;
use serde_json::{Value, json};
use std::error::Error as _;

/// Something broke.
const BROKEN: u8 = 1;
/// A rule said no, or the input is bad.
const REFUSED: u8 = 2;
/// The server cannot be reached.
const OFFLINE: u8 = 3;
/// Nobody is signed in.
const SIGNED_OUT: u8 = 4;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Stable and dotted.
    pub(crate) code: String,
    /// The field to look at, if it is one's fault.
    pub(crate) field: Option<String>,
    /// One sentence.
    pub(crate) message: String,
    /// The exit status.
    pub(crate) status: u8,
}

impl Failure {
    /// Bad input, or a rule of this program.
    pub(crate) fn refused(code: &str, message: impl Into<String>) -> Self {
        Failure { code: code.to_owned(), field: None, message: message.into(), status: REFUSED }
    }

    /// Something that should work did not.
    pub(crate) fn broken(code: &str, message: impl Into<String>) -> Self {
        Failure { code: code.to_owned(), field: None, message: message.into(), status: BROKEN }
    }

    /// The failure for machines.
    pub(crate) fn json(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let (Some(field), Some(object)) = (&self.field, error.as_object_mut()) {
            object.insert("field".into(), Value::from(field.as_str()));
        }
        json!({ "error": error })
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure { code: refusal.code, field: refusal.field, message: refusal.message, status: REFUSED }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (code, message) = (error.code().to_owned(), told(&error));
        let status = match &error {
            Error::Refused(refusal) => return refusal.clone().into(),
            Error::NotFound { .. } | Error::ReadAttachment { .. } | Error::WriteAttachment { .. } => REFUSED,
            Error::Offline { .. } => OFFLINE,
            Error::SignedOut => SIGNED_OUT,
            Error::UpgradeNeeded { .. }
            | Error::Server { .. }
            | Error::Damaged { .. }
            | Error::Key { .. }
            | Error::OpenBook { .. }
            | Error::UpgradeBook { .. }
            | Error::InstallMarker { .. }
            | Error::WipeBook { .. }
            | Error::DiskFull
            | Error::Busy
            | Error::UseBook { .. }
            | Error::ReadDocument { .. }
            | Error::WriteDocument { .. }
            | Error::ReadStored { .. }
            | Error::ConvertRecord { .. }
            | Error::Closed
            | Error::BuildClient { .. } => BROKEN,
        };
        Failure { code, field: None, message, status }
    }
}

/// The error with its cause, where its own sentence does not name it yet.
fn told(error: &Error) -> String {
    let message = error.to_string();
    match error.source().map(ToString::to_string) {
        Some(cause) if !message.contains(&cause) => format!("{message}: {cause}"),
        Some(_) | None => message,
    }
}
