//! Where the work is done: one small runtime for all books of an app.
//!
//! A call is polled on the app's own executor but works here, so that no call needs a particular thread and a panic ends
//! only the call.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{AbortHandle, JoinError, JoinHandle};

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

/// What a call gave, whatever it is: the runtime's own code is generated anew for every type it is handed (ADR 0013).
type Given = Box<dyn Any + Send>;

/// Runs what waits for disk or a lock; it goes on to its end even if nobody waits for it any more.
///
/// # Errors
/// What `work` gives; `Bug` if it panics.
pub(crate) async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, FieldbookError>
where
    T: Send + 'static,
    E: Into<FieldbookError>,
{
    let work: Box<dyn FnOnce() -> Given + Send> = Box::new(move || given(work()));
    taken(start_blocking(work)?.await)
}

/// Runs what waits for the network; giving up the returned future stops it.
///
/// # Errors
/// What `work` gives; `Bug` if it panics.
pub(crate) async fn waiting<T, E>(work: impl Future<Output = Result<T, E>> + Send + 'static) -> Result<T, FieldbookError>
where
    T: Send + 'static,
    E: Into<FieldbookError>,
{
    let work: Pin<Box<dyn Future<Output = Given> + Send>> = Box::pin(async { given(work.await) });
    let task = start(work)?;
    let _stop = StopOnDrop(task.abort_handle());
    taken(task.await)
}

fn start_blocking(work: Box<dyn FnOnce() -> Given + Send>) -> Result<JoinHandle<Given>, FieldbookError> {
    Ok(runtime()?.spawn_blocking(work))
}

fn start(work: Pin<Box<dyn Future<Output = Given> + Send>>) -> Result<JoinHandle<Given>, FieldbookError> {
    Ok(runtime()?.spawn(work))
}

fn given<T: Send + 'static, E: Into<FieldbookError>>(done: Result<T, E>) -> Given {
    Box::new(done.map_err(E::into))
}

fn taken<T: 'static>(ended: Result<Given, JoinError>) -> Result<T, FieldbookError> {
    match ended.map(|given| given.downcast::<Result<T, FieldbookError>>()) {
        Ok(Ok(done)) => *done,
        Ok(Err(_)) => Err(FieldbookError::bug("call.type", "a call gave what nobody asked for")),
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
    if error.is_cancelled() {
        return FieldbookError::cancelled();
    }
    tracing::error!(%error, "a call came to an unexpected end");
    FieldbookError::bug("panic", "an internal check failed; what was saved is safe")
}
