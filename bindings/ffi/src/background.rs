//! Where the work is done: one small runtime for all books of an app.
//!
//! A call is polled on the app's own executor but works here, so that no call needs a particular thread and a panic ends
//! only the call.

use std::panic::AssertUnwindSafe;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{AbortHandle, JoinError};

use crate::error::FieldbookError;

/// Syncs, live results and live connections take turns on these.
const WORKERS: usize = 2;

/// The runtime, started at first use.
///
/// # Errors
/// `Bug` where the system gives no threads.
pub(crate) fn runtime() -> Result<&'static Runtime, FieldbookError> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let start = || {
        let runtime = Builder::new_multi_thread().worker_threads(WORKERS).thread_name("fieldbook").enable_all().build();
        runtime.map_err(|error| error.to_string())
    };
    RUNTIME.get_or_init(start).as_ref().map_err(|reason| FieldbookError::bug("runtime.start", reason))
}

/// Runs what waits for disk or a lock; it goes on to its end even if nobody waits for it any more.
///
/// # Errors
/// What `work` gives; `Bug` if it panics.
pub(crate) async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, FieldbookError>
where
    T: Send + 'static,
    E: Into<FieldbookError> + Send + 'static,
{
    match runtime()?.spawn_blocking(work).await {
        Ok(done) => done.map_err(Into::into),
        Err(error) => Err(broken(error)),
    }
}

/// Runs what waits for the network; giving up the returned future stops it.
///
/// # Errors
/// What `work` gives; `Bug` if it panics.
pub(crate) async fn waiting<T, E>(work: impl Future<Output = Result<T, E>> + Send + 'static) -> Result<T, FieldbookError>
where
    T: Send + 'static,
    E: Into<FieldbookError> + Send + 'static,
{
    let task = runtime()?.spawn(work);
    let _stop = StopOnDrop(task.abort_handle());
    match task.await {
        Ok(done) => done.map_err(Into::into),
        Err(error) if error.is_cancelled() => Err(FieldbookError::cancelled()),
        Err(error) => Err(broken(error)),
    }
}

/// Runs the app's own code, or code that has no business panicking, and keeps what it throws.
pub(crate) fn fenced<T>(work: impl FnOnce() -> T) -> Result<T, FieldbookError> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| FieldbookError::bug("panic", "an internal check failed"))
}

struct StopOnDrop(AbortHandle);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn broken(error: JoinError) -> FieldbookError {
    tracing::error!(%error, "a call came to an unexpected end");
    FieldbookError::bug("panic", "an internal check failed; what was saved is safe")
}
