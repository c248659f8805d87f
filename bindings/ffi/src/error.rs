//! What an app can act on. Every variant says in `reason` a sentence a person can read.

use fieldbook_device::Error as DeviceError;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::refusal::Refusal;

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum FieldbookError {
    /// A rule said no; nothing was written. Show the reason, beside the field if there is one.
    #[error("{reason}")]
    Refused {
        /// Stable and dotted, for example `field.too_long` or `opportunity.win.customer`.
        code: String,
        /// The field to look at, if one field is the cause.
        field: Option<String>,
        /// What is wrong and what to do next.
        reason: String,
    },
    /// The record is not held on this device.
    #[error("{reason}")]
    NotFound {
        /// The record type asked for.
        kind: String,
        /// The record asked for.
        id: RecordId,
        /// The sentence.
        reason: String,
    },
    /// Nobody is signed in, or the server no longer takes the token: sign in again. Work is kept.
    #[error("{reason}")]
    SignedOut {
        /// The sentence.
        reason: String,
    },
    /// The server cannot be reached or is busy; work is kept and sent later.
    #[error("{reason}")]
    Offline {
        /// The sentence.
        reason: String,
    },
    /// The book, the server or a record belongs to a newer version of the app.
    #[error("{reason}")]
    UpgradeNeeded {
        /// The sentence.
        reason: String,
    },
    /// The book, or a file that goes in or comes out, cannot be read or written.
    #[error("{reason}")]
    Storage {
        /// Stable and dotted, for example `book.disk_full`, `book.damaged` or `book.closed`.
        code: String,
        /// The sentence.
        reason: String,
    },
    /// The caller cancelled it. What was stored until then stays stored.
    #[error("{reason}")]
    Cancelled {
        /// The sentence.
        reason: String,
    },
    /// Something broke that should not have; please report it. Nothing saved is lost.
    #[error("{reason}")]
    Bug {
        /// Stable and dotted.
        code: String,
        /// The sentence.
        reason: String,
    },
}

impl FieldbookError {
    /// The caller gave up.
    pub(crate) fn cancelled() -> Self {
        Self::Cancelled { reason: "this was cancelled".to_owned() }
    }

    /// Work of ours came to an unexpected end.
    pub(crate) fn bug(code: &str, reason: impl Into<String>) -> Self {
        Self::Bug { code: code.to_owned(), reason: reason.into() }
    }
}

impl From<Refusal> for FieldbookError {
    fn from(Refusal { code, field, message }: Refusal) -> Self {
        Self::Refused { code, field, reason: message }
    }
}

impl From<DeviceError> for FieldbookError {
    fn from(error: DeviceError) -> Self {
        let (code, reason) = (error.code().to_owned(), told(&error));
        match error {
            DeviceError::Refused(refusal) => refusal.into(),
            DeviceError::NotFound { kind, id } => Self::NotFound { kind, id, reason },
            DeviceError::SignedOut => Self::SignedOut { reason },
            DeviceError::Offline { .. } => Self::Offline { reason },
            DeviceError::UpgradeNeeded { .. } | DeviceError::ConvertRecord { .. } => Self::UpgradeNeeded { reason },
            DeviceError::Server { code, .. } if RETRYABLE.contains(&code.as_str()) => Self::Offline { reason },
            DeviceError::Server { .. } | DeviceError::BuildClient { .. } => Self::Bug { code, reason },
            DeviceError::Damaged { .. }
            | DeviceError::Key { .. }
            | DeviceError::OpenBook { .. }
            | DeviceError::UpgradeBook { .. }
            | DeviceError::InstallMarker { .. }
            | DeviceError::WipeBook { .. }
            | DeviceError::ReadAttachment { .. }
            | DeviceError::WriteAttachment { .. }
            | DeviceError::DiskFull
            | DeviceError::Busy
            | DeviceError::UseBook { .. }
            | DeviceError::ReadDocument { .. }
            | DeviceError::WriteDocument { .. }
            | DeviceError::ReadStored { .. }
            | DeviceError::Closed => Self::Storage { code, reason },
        }
    }
}

/// Words of a server that has a bad moment; the next contact may well succeed.
const RETRYABLE: &[&str] = &["busy", "internal", "timeout", "unavailable"];

/// The sentence with its causes: the outer one of a storage failure does not say what SQLite said.
fn told(error: &DeviceError) -> String {
    let mut sentence = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !sentence.contains(&more) {
            sentence.push_str(": ");
            sentence.push_str(&more);
        }
        cause = inner.source();
    }
    sentence
}
