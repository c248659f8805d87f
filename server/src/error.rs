//! Everything that can break in the server.
//!
//! Not a refusal: what a rule says no to is answered in the protocol. No variant carries record contents, so all may be
//! logged as they are.

use std::path::PathBuf;

use fieldbook_domain::ids::RecordId;
use thiserror::Error;

/// What broke.
#[derive(Debug, Error)]
pub enum Error {
    /// A directory or file of the data directory could not be used.
    #[error("cannot use {path}")]
    DataDir {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file `secret.key` is not 32 bytes.
    #[error("{path} is not a key of 32 bytes")]
    SecretKey {
        /// The path.
        path: PathBuf,
    },
    /// A thread could not be started.
    #[error("cannot start a thread")]
    StartThread {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A database could not be brought to the present schema.
    #[error("cannot prepare the database")]
    Migrate {
        /// Why.
        #[from]
        source: rusqlite_migration::Error,
    },
    /// A statement failed.
    #[error("the database failed")]
    Database {
        /// Why.
        #[from]
        source: rusqlite::Error,
    },
    /// A stored row does not read as what was written.
    #[error("a stored {what} is damaged")]
    Damaged {
        /// What was read.
        what: &'static str,
    },
    /// A document could not be read or written.
    #[error("document {id} failed")]
    Document {
        /// Which.
        id: RecordId,
        /// Why.
        #[source]
        source: Box<automerge::AutomergeError>,
    },
    /// A document, saved, does not load as the same document.
    #[error("document {id} would not load again")]
    Unloadable {
        /// Which.
        id: RecordId,
    },
    /// A change made by the server cannot travel.
    #[error("the server's own change of {id} cannot travel")]
    OwnChange {
        /// The document.
        id: RecordId,
        /// Why.
        #[source]
        source: fieldbook_sync::error::Error,
    },
    /// There is no such organisation.
    #[error("no such organisation")]
    UnknownOrg,
    /// There is no such user in the organisation, or more than one.
    #[error("no such user, or more than one, in the organisation")]
    UnknownUser,
    /// An organisation of this name exists.
    #[error("an organisation of this name exists")]
    NameTaken,
    /// A value given for a person cannot be kept.
    #[error("{0}")]
    NotKept(#[from] fieldbook_domain::refusal::Refusal),
    /// A token could not be signed.
    #[error("cannot sign a token")]
    SignToken {
        /// Why.
        #[source]
        source: jsonwebtoken::errors::Error,
    },
    /// The work shared a transaction with work that failed; it may be tried again.
    #[error("the transaction was given up")]
    GivenUp,
    /// The server is shutting down.
    #[error("the server is shutting down")]
    ShuttingDown,
}

impl Error {
    /// Automerge failed on a document.
    pub(crate) fn document(id: RecordId) -> impl Fn(automerge::AutomergeError) -> Error {
        move |source| Error::Document { id, source: Box::new(source) }
    }
}
