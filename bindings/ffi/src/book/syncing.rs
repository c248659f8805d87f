//! Talking to the server: once, or for as long as the app looks.

use std::sync::Arc;

use fieldbook_device::Network as DeviceNetwork;
use fieldbook_domain::ids::{RecordId, RecordRef};

use super::Book;
use crate::background::waiting;
use crate::cancel::Cancel;
use crate::error::FieldbookError;
use crate::listen::{ChangeListener, ConnectionListener, ProgressListener, RecordsListener, Subscription, progress};
use crate::query::RecordQuery;
use crate::shown::SyncReport;
use crate::value::{NamedValue, object};

/// What the platform says about the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Network {
    /// There is one: try at once.
    Available,
    /// There is none, or the app goes to the background: do not try.
    Unavailable,
    /// It is another one, Wi-Fi instead of cellular: connect anew.
    Changed,
}

impl From<Network> for DeviceNetwork {
    fn from(network: Network) -> Self {
        match network {
            Network::Available => Self::Available,
            Network::Unavailable => Self::Unavailable,
            Network::Changed => Self::Changed,
        }
    }
}

#[uniffi::export]
impl Book {
    /// Sends what waits and fetches what is new; `progress` is told after every answer, `cancel` gives up.
    ///
    /// Throws `SignedOut`, `Offline`, `UpgradeNeeded`, `Cancelled`; what was stored until then stays stored, nothing is lost.
    #[uniffi::method(default(cancel = None, progress = None))]
    pub async fn exchange(
        &self,
        cancel: Option<Arc<Cancel>>,
        progress: Option<Arc<dyn ProgressListener>>,
    ) -> Result<SyncReport, FieldbookError> {
        let book = self.inner.clone();
        let token = cancel.unwrap_or_default().token();
        let work = async move {
            let syncing = book.sync_telling(|report| {
                if let Some(listener) = &progress {
                    self::progress(listener.as_ref(), report);
                }
            });
            tokio::select! {
                biased;
                () = token.cancelled() => Err(FieldbookError::cancelled()),
                done = syncing => Ok(SyncReport::from(&done?)),
            }
        };
        waiting(work).await
    }

    /// Performs an action at the office: sends what waits, asks, and fetches the result. Gives the id of the action itself.
    /// Every action can be performed there; some only there.
    ///
    /// Throws `Offline`, whose reason says whether it was not done or its answer was lost: nothing is queued, try again when
    /// connected. `SignedOut`, `NotFound`; `Refused`: what the office says no to, or `record.unsent`.
    pub async fn perform_at_office(
        &self,
        target: RecordRef,
        action: String,
        arguments: Vec<NamedValue>,
    ) -> Result<RecordId, FieldbookError> {
        let book = self.inner.clone();
        waiting(async move { book.perform_at_office(&target.kind, target.id, &action, object(&arguments)).await }).await
    }

    /// Stays connected until the subscription is closed: colleagues' changes arrive as they happen, local work leaves as it
    /// is done. It waits and tries again by itself; `network` tells it more.
    ///
    /// Throws only if the system gives no threads.
    pub fn connect(&self, listener: Arc<dyn ConnectionListener>) -> Result<Arc<Subscription>, FieldbookError> {
        Subscription::to_server(self.inner.clone(), listener)
    }

    /// Tells the connection what the platform says about the network. Remembered; free to call at any time.
    pub fn network(&self, state: Network) {
        self.inner.network(state.into());
    }

    /// Gives the records of a list now, and again whenever they differ, until the subscription is closed.
    ///
    /// Throws `Refused` for a name the type does not have.
    pub fn observe_records(
        &self,
        query: RecordQuery,
        listener: Arc<dyn RecordsListener>,
    ) -> Result<Arc<Subscription>, FieldbookError> {
        Subscription::to_records(&self.inner, query.into(), listener)
    }

    /// Tells that something was written, by the person or by a sync, so that status and inbox can be read again.
    ///
    /// Throws only if the system gives no threads.
    pub fn observe_changes(&self, listener: Arc<dyn ChangeListener>) -> Result<Arc<Subscription>, FieldbookError> {
        Subscription::to_changes(&self.inner, listener)
    }
}
