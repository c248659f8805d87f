//! Everything that can go wrong between bytes and meaning.
//!
//! One enum for the crate. It never carries record contents, so it may be logged as it is; `code` is the stable word
//! that travels in a `Bye` and that an app may branch on.

use thiserror::Error;

/// Why a change or a frame was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// Something is bigger than its named limit.
    #[error("{what} is {size}, the limit is {max}")]
    TooLarge {
        /// What was measured.
        what: &'static str,
        /// How big it is.
        size: u64,
        /// How big it may be.
        max: u64,
    },
    /// A change breaks a rule that every honest encoder keeps.
    #[error("malformed change: {what}")]
    Malformed {
        /// The rule.
        what: &'static str,
    },
    /// An Automerge change holds something this protocol has no words for.
    #[error("a change that cannot travel: {what}")]
    Inexpressible {
        /// What it holds.
        what: &'static str,
    },
    /// A change refers to the change before it, and there is none.
    #[error("a change refers to a previous change that is not there")]
    NoPrevious,
    /// The change, encoded again, is not the change it claims to be.
    #[error("the change does not match its hash")]
    HashMismatch,
    /// Automerge itself gave up on the change.
    #[error("automerge could not take the change")]
    Refused,
    /// The bytes do not start like a frame.
    #[error("not a frame")]
    NotAFrame,
    /// The other side speaks another version.
    #[error("protocol version {theirs}, this side speaks {ours}")]
    UpgradeNeeded {
        /// The version the other side speaks.
        theirs: u16,
        /// The version this side speaks.
        ours: u16,
    },
    /// A flag is set that this version does not know.
    #[error("unknown frame flags")]
    UnknownFlags,
    /// The bytes end before the frame does.
    #[error("the frame is cut short")]
    Truncated,
    /// Something follows where nothing may.
    #[error("bytes after the end")]
    TrailingBytes,
    /// The compressed part is damaged, or wants more memory than it may.
    #[error("the frame cannot be unpacked")]
    Unpack,
    /// The unpacked bytes are not a message.
    #[error("the frame is not a message")]
    ReadMessage {
        /// What the decoder said.
        #[source]
        source: postcard::Error,
    },
    /// The message could not be turned into bytes.
    #[error("the message cannot be packed")]
    PackMessage,
}

impl Error {
    /// The stable word for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::Malformed { .. } | Self::NoPrevious => "change.malformed",
            Self::Inexpressible { .. } => "change.inexpressible",
            Self::HashMismatch => "change.hash_mismatch",
            Self::Refused => "change.refused",
            Self::UpgradeNeeded { .. } => "upgrade_needed",
            Self::NotAFrame
            | Self::UnknownFlags
            | Self::Truncated
            | Self::TrailingBytes
            | Self::Unpack
            | Self::ReadMessage { .. }
            | Self::PackMessage => "frame.malformed",
        }
    }
}

/// Passes `size` if it is within `max`.
pub(crate) fn within(what: &'static str, size: usize, max: usize) -> Result<(), Error> {
    if size <= max {
        return Ok(());
    }
    Err(Error::TooLarge { what, size: size as u64, max: max as u64 })
}
