//! Giving up: Swift's own cancellation does not reach Rust, so a long call takes one of these.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

/// Cancels the calls it was given to; one can serve several calls.
#[derive(Debug, Default, uniffi::Object)]
pub struct Cancel {
    token: CancellationToken,
}

#[uniffi::export]
impl Cancel {
    /// A token nobody has used yet.
    #[uniffi::constructor]
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Gives up; the calls end with `Cancelled`. Doing it twice does no harm.
    pub fn cancel(&self) {
        self.token.cancel();
    }

    /// Whether somebody gave up.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.token.is_cancelled()
    }
}

impl Cancel {
    /// The token to wait for.
    pub(crate) fn token(&self) -> CancellationToken {
        self.token.clone()
    }
}
