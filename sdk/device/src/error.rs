//! Everything that can go wrong on the phone, as an app can act on it.
//!
//! A refusal is a rule saying no and is shown as it is; the rest says what was attempted. Messages hold no record contents.

use std::path::PathBuf;

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::refusal::Refusal;
use thiserror::Error;

/// Why something was not done.
#[derive(Debug, Error)]
pub enum Error {
    /// A rule said no; nothing was written.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The record is not held on this device.
    #[error("there is no {kind} {id} on this device")]
    NotFound {
        /// The record type asked for.
        kind: String,
        /// The record asked for.
        id: RecordId,
    },
    /// Nobody is signed in, or the server no longer takes the token.
    #[error("nobody is signed in, or the sign-in has expired: sign in again")]
    SignedOut,
    /// The server cannot be reached; what was saved stays in the outbox.
    #[error("the server cannot be reached ({reason}); saved work is kept and sent later")]
    Offline {
        /// What was tried and failed.
        reason: String,
    },
    /// The book or the server belongs to a newer version of the app.
    #[error("this version of the app is too old ({reason}): upgrade it")]
    UpgradeNeeded {
        /// What is newer.
        reason: String,
    },
    /// The server ended the conversation.
    #[error("the server said {code}: {message}")]
    Server {
        /// The server's stable word.
        code: String,
        /// The server's sentence.
        message: String,
    },
    /// The book's file cannot be read; it is left as it is.
    #[error("the book {path} is damaged and was left untouched ({reason}): restore it from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The key does not open the book, which is left as it is.
    #[error("the book {path} cannot be opened with this key: {reason}")]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with the key.
        reason: &'static str,
    },
    /// The book's file cannot be opened.
    #[error("the book {path} cannot be opened")]
    OpenBook {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The book's tables cannot be brought to this version.
    #[error("the book {path} cannot be upgraded")]
    UpgradeBook {
        /// The file.
        path: PathBuf,
        /// What the migration said.
        #[source]
        source: rusqlite_migration::Error,
    },
    /// The install marker beside the book cannot be read or written.
    #[error("the install marker {path} cannot be read or written")]
    InstallMarker {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: std::io::Error,
    },
    /// A file of a wiped book cannot be deleted.
    #[error("{path} cannot be deleted")]
    WipeBook {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: std::io::Error,
    },
    /// A file to be attached cannot be read.
    #[error("the file cannot be read")]
    ReadAttachment {
        /// What the file system said.
        #[source]
        source: std::io::Error,
    },
    /// An attachment cannot be copied out of the book.
    #[error("{path} cannot be written")]
    WriteAttachment {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: std::io::Error,
    },
    /// The disk is full; nothing was written.
    #[error("there is no room left on this device: free some and try again")]
    DiskFull,
    /// Another process holds the book for too long.
    #[error("another program is writing to the book: try again")]
    Busy,
    /// A statement failed.
    #[error("the book cannot be read or written: {source}")]
    UseBook {
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// A stored document does not read back.
    #[error("the document of record {id} cannot be read ({reason})")]
    ReadDocument {
        /// The record.
        id: RecordId,
        /// What was found.
        reason: String,
    },
    /// A document cannot take a change.
    #[error("the document of record {id} cannot be written ({reason})")]
    WriteDocument {
        /// The record.
        id: RecordId,
        /// What was found.
        reason: String,
    },
    /// A stored value does not read back.
    #[error("the book holds something unreadable in {place}")]
    ReadStored {
        /// Where.
        place: &'static str,
    },
    /// A record does not fit the struct it was asked as, or a struct is no record.
    #[error("the record does not fit the struct of a {kind}: {reason}")]
    ConvertRecord {
        /// The record type.
        kind: &'static str,
        /// What did not fit.
        reason: String,
    },
    /// The store's thread is gone.
    #[error("the book is closed")]
    Closed,
    /// An HTTP client cannot be made on this system.
    #[error("no HTTP client can be made here ({reason})")]
    BuildClient {
        /// What the library said.
        reason: String,
    },
}

impl Error {
    /// The stable word for this kind of failure; a refusal has its own.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Refused(refusal) => &refusal.code,
            Self::NotFound { .. } => "record.not_found",
            Self::SignedOut => "signed_out",
            Self::Offline { .. } => "offline",
            Self::UpgradeNeeded { .. } => "upgrade_needed",
            Self::Server { code, .. } => code,
            Self::Damaged { .. } => "book.damaged",
            Self::Key { .. } => "book.key",
            Self::OpenBook { .. } => "book.open",
            Self::UpgradeBook { .. } => "book.upgrade",
            Self::InstallMarker { .. } => "book.install_marker",
            Self::WipeBook { .. } => "book.wipe",
            Self::ReadAttachment { .. } => "attachment.read",
            Self::WriteAttachment { .. } => "attachment.write",
            Self::DiskFull => "book.disk_full",
            Self::Busy => "book.busy",
            Self::UseBook { .. } => "book.use",
            Self::ReadDocument { .. } => "document.read",
            Self::WriteDocument { .. } => "document.write",
            Self::ReadStored { .. } => "book.read_stored",
            Self::ConvertRecord { .. } => "record.convert",
            Self::Closed => "book.closed",
            Self::BuildClient { .. } => "client.build",
        }
    }

    pub(crate) fn offline(reason: impl Into<String>) -> Self {
        Self::Offline { reason: reason.into() }
    }

    pub(crate) fn not_found(kind: &str, id: RecordId) -> Self {
        Self::NotFound { kind: kind.to_owned(), id }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::UseBook { source },
        }
    }
}
