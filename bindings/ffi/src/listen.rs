//! What calls back into the app: one task per subscription, gone when it is closed or let go.
//!
//! An app that is slow is told the latest, not everything. One that throws is told again next time: a fault in a view must
//! not stop the data.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use fieldbook_device::{Book, Error, Query, SyncReport as DeviceReport, WatchEvent};
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::record::AnyRecord;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::background::{fenced, runtime};
use crate::book::reading_rows;
use crate::error::FieldbookError;
use crate::shown::SyncReport;

/// The app's code threw.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum CallbackError {
    /// What it threw.
    #[error("{reason}")]
    Failed {
        /// What it said.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for CallbackError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: error.reason }
    }
}

/// Is given the records of a list.
#[uniffi::export(foreign)]
pub trait RecordsListener: Send + Sync {
    /// The records as they are now.
    fn on_records(&self, records: Vec<AnyRecord>) -> Result<(), CallbackError>;
    /// Nothing more will come: the book was closed, or cannot be read.
    fn on_end(&self, error: FieldbookError) -> Result<(), CallbackError>;
}

/// Is told that something was written.
#[uniffi::export(foreign)]
pub trait ChangeListener: Send + Sync {
    /// Something was written.
    fn on_change(&self) -> Result<(), CallbackError>;
    /// Nothing more will come: the book was closed.
    fn on_end(&self, error: FieldbookError) -> Result<(), CallbackError>;
}

/// Is told how a sync goes.
#[uniffi::export(foreign)]
pub trait ProgressListener: Send + Sync {
    /// What was done so far.
    fn on_progress(&self, report: SyncReport) -> Result<(), CallbackError>;
}

/// Is told how the connection fares.
#[uniffi::export(foreign)]
pub trait ConnectionListener: Send + Sync {
    /// Something happened.
    fn on_event(&self, event: ConnectionEvent) -> Result<(), CallbackError>;
    /// It ended and will not be tried again: sign in, or upgrade the app.
    fn on_end(&self, error: FieldbookError) -> Result<(), CallbackError>;
}

/// Something that happened to the connection.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ConnectionEvent {
    /// The server welcomed the device.
    Connected,
    /// Everything the server had is stored.
    CaughtUp,
    /// A colleague, or the server, changed a record.
    Changed {
        /// The record.
        record: RecordRef,
    },
    /// The server answered work or decided something: look at the inbox.
    Decided,
    /// The connection is gone and is tried again.
    Disconnected {
        /// When, in milliseconds from now.
        retry_ms: i64,
    },
    /// Nothing is tried until the app says that there is a network.
    Paused,
}

/// Ends what it stands for when it is closed or let go.
#[derive(Debug, uniffi::Object)]
pub struct Subscription {
    stop: CancellationToken,
    faults: Arc<AtomicI64>,
    _guard: DropGuard,
}

#[uniffi::export]
impl Subscription {
    /// Ends it. A call into the app that is under way comes to its end; no other follows. Twice does no harm.
    pub fn end(&self) {
        self.stop.cancel();
    }

    /// How often the app's own code threw.
    #[must_use]
    pub fn faults(&self) -> i64 {
        self.faults.load(Ordering::Relaxed)
    }
}

impl Subscription {
    /// The records of a list, whenever they differ.
    pub(crate) fn to_records(book: &Book, query: Query, listener: Arc<dyn RecordsListener>) -> Result<Arc<Self>, FieldbookError> {
        let kind = query.kind.clone();
        let mut live = book.live(query)?;
        Self::start(move |faults| async move {
            loop {
                let given = live.next().await.and_then(|rows| reading_rows(&kind, rows));
                let (listener, faults) = (listener.clone(), faults.clone());
                match given {
                    Ok(records) => tell(faults, move || listener.on_records(records)).await,
                    Err(error) => {
                        // A record of a newer app may be gone with the next change; a book that is gone is not.
                        let over = !matches!(error, Error::ConvertRecord { .. });
                        if over {
                            tell(faults, move || listener.on_end(error.into())).await;
                            return;
                        }
                        tracing::warn!(%error, "a list cannot be shown");
                    }
                }
            }
        })
    }

    /// Every transaction; several may be told as one.
    pub(crate) fn to_changes(book: &Book, listener: Arc<dyn ChangeListener>) -> Result<Arc<Self>, FieldbookError> {
        let (book, mut changes) = (book.clone(), book.changes());
        Self::start(move |faults| async move {
            while changes.changed().await.is_ok() && !book.is_closed() {
                let (listener, faults) = (listener.clone(), faults.clone());
                tell(faults, move || listener.on_change()).await;
            }
            tell(faults, move || listener.on_end(Error::Closed.into())).await;
        })
    }

    /// The live connection.
    pub(crate) fn to_server(book: Book, listener: Arc<dyn ConnectionListener>) -> Result<Arc<Self>, FieldbookError> {
        Self::start(move |faults| async move {
            // The connection does not wait for the app.
            let (sender, mut events) = mpsc::unbounded_channel();
            let watching = book.watch(move |event| drop(sender.send(event)));
            let telling = async {
                while let Some(event) = events.recv().await {
                    let (listener, faults) = (listener.clone(), faults.clone());
                    tell(faults, move || listener.on_event(event.into())).await;
                }
            };
            let (ended, ()) = tokio::join!(watching, telling);
            if let Err(error) = ended {
                tell(faults.clone(), move || listener.on_end(error.into())).await;
            }
        })
    }

    fn start<F>(work: impl FnOnce(Arc<AtomicI64>) -> F) -> Result<Arc<Self>, FieldbookError>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let faults = Arc::new(AtomicI64::new(0));
        // Boxed, like what `background` runs.
        let work: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(work(faults.clone()));
        runtime()?.spawn(stop.clone().run_until_cancelled_owned(work));
        let guard = stop.clone().drop_guard();
        Ok(Arc::new(Self { stop, faults, _guard: guard }))
    }
}

/// Calls the app where it may take its time, and counts what it throws.
async fn tell(faults: Arc<AtomicI64>, call: impl FnOnce() -> Result<(), CallbackError> + Send + 'static) {
    let call: Box<dyn FnOnce() -> Result<(), CallbackError> + Send> = Box::new(call);
    let told = tokio::task::spawn_blocking(move || fenced(call)).await;
    if told.is_err() || told.is_ok_and(failed) {
        faults.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether the app's code threw or panicked; that is its own affair, and noted.
fn failed<F>(told: Result<Result<(), CallbackError>, F>) -> bool {
    let failed = !matches!(told, Ok(Ok(())));
    if failed {
        tracing::warn!("a listener of the app failed");
    }
    failed
}

/// Tells how a sync goes; what the app throws is its own affair.
pub(crate) fn progress(listener: &dyn ProgressListener, report: &DeviceReport) {
    let report = SyncReport::from(report);
    failed(fenced(|| listener.on_progress(report)));
}

impl From<WatchEvent> for ConnectionEvent {
    fn from(event: WatchEvent) -> Self {
        match event {
            WatchEvent::Connected => Self::Connected,
            WatchEvent::CaughtUp => Self::CaughtUp,
            WatchEvent::Changed { kind, id } => Self::Changed { record: RecordRef::new(kind, id) },
            WatchEvent::Decided => Self::Decided,
            WatchEvent::Disconnected { retry_ms } => Self::Disconnected { retry_ms: crate::shown::count(retry_ms) },
            WatchEvent::Paused => Self::Paused,
        }
    }
}
