//! The book's one database connection, and the thread that owns it.
//!
//! Work is sent to the thread as closures and answered over a channel, so that callers from any thread or task never share
//! a connection and every write is one transaction that starts by taking the write lock.

use std::path::Path;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::Error;
use crate::key::BookKey;

pub(crate) mod blobs;
pub(crate) mod cursors;
pub(crate) mod documents;
pub(crate) mod held;
pub(crate) mod leaving;
pub(crate) mod links;
pub(crate) mod meta;
pub(crate) mod open;
pub(crate) mod outbox;
pub(crate) mod posts;
pub(crate) mod projection;
pub(crate) mod restored;
pub(crate) mod rewritten;
pub(crate) mod strays;
pub(crate) mod touched;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A handle to the thread that owns the connection; the last handle waits until the book is closed.
#[derive(Clone)]
pub(crate) struct Store {
    thread: Arc<Thread>,
}

/// The thread; ended by dropping its inbox.
struct Thread {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    ended: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.jobs.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        // Work that owned the last handle is dropped on the thread itself, which cannot wait for its own end.
        if let Some(thread) = ended.filter(|thread| thread.thread().id() != thread::current().id()) {
            let _ = thread.join();
        }
    }
}

impl Store {
    /// Opens the database and starts its thread.
    pub(crate) fn open(path: &Path, key: Option<&BookKey>) -> Result<Self, Error> {
        let mut connection = open::open(path, key)?;
        let (jobs, inbox) = mpsc::channel::<Job>();
        let spawned = thread::Builder::new().name("fieldbook-store".to_owned()).spawn(move || {
            for job in inbox {
                job(&mut connection);
            }
        });
        let ended = spawned.map_err(|_| Error::Closed)?;
        let thread = Thread { jobs: Mutex::new(Some(jobs)), ended: Mutex::new(Some(ended)) };
        Ok(Self { thread: Arc::new(thread) })
    }

    /// Closes the book if `check`, the last that looks at it, has nothing against it; nothing comes in between.
    pub(crate) fn close(&self, check: impl FnOnce(&Connection) -> Result<(), Error> + Send + 'static) -> Result<(), Error> {
        let mut jobs = self.thread.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let (reply, answer) = mpsc::sync_channel(1);
        let job: Job = Box::new(move |connection| {
            let _ = reply.send(in_view(connection, check));
        });
        jobs.as_ref().ok_or(Error::Closed)?.send(job).map_err(|_| Error::Closed)?;
        answer.recv().map_err(|_| Error::Closed)??;
        jobs.take();
        drop(jobs);
        let ended = self.thread.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The connection is closed when its thread is gone.
        ended.map_or(Ok(()), |thread| thread.join().map_err(|_| Error::Closed))
    }

    /// Whether it was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.thread.jobs.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn send(&self, job: Job) -> Result<(), Error> {
        let jobs = self.thread.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_ref().ok_or(Error::Closed)?.send(job).map_err(|_| Error::Closed)
    }

    /// Runs `work` in one transaction that may write, and waits for it.
    pub(crate) fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.ask(move |connection| in_transaction(connection, work))
    }

    /// As [`Store::write`], for a caller that must not block its thread.
    pub(crate) async fn write_async<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.ask_async(move |connection| in_transaction(connection, work)).await
    }

    /// Runs `work` on one consistent view of the book, and waits for it.
    pub(crate) fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        self.ask(move |connection| in_view(connection, work))
    }

    /// As [`Store::read`], for a caller that must not block its thread.
    pub(crate) async fn read_async<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        self.ask_async(move |connection| in_view(connection, work)).await
    }

    fn ask<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, Error> + Send + 'static,
    {
        let (done, answered) = mpsc::sync_channel(1);
        let answer = Answer::default();
        let place = answer.clone();
        self.send(Box::new(move |connection| {
            place.put(work(connection));
            let _ = done.send(());
        }))?;
        answered.recv().map_err(|_| Error::Closed)?;
        answer.take()
    }

    async fn ask_async<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, Error> + Send + 'static,
    {
        let (done, answered) = tokio::sync::oneshot::channel();
        let answer = Answer::default();
        let place = answer.clone();
        self.send(Box::new(move |connection| {
            place.put(work(connection));
            let _ = done.send(());
        }))?;
        answered.await.map_err(|_| Error::Closed)?;
        answer.take()
    }
}

/// Where the thread leaves what a caller asked for. The channel says only that it is there: a channel for every type of answer
/// would be code for every type (ADR 0013).
struct Answer<T>(Arc<Mutex<Option<Result<T, Error>>>>);

impl<T> Answer<T> {
    fn put(&self, answer: Result<T, Error>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    }

    fn take(&self) -> Result<T, Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or(Err(Error::Closed))
    }
}

impl<T> Default for Answer<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Answer<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

fn in_transaction<T>(connection: &mut Connection, work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>) -> Result<T, Error> {
    // Taking the write lock first: a transaction that reads and only then writes could find the book changed under it.
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = work(&tx)?;
    tx.commit()?;
    Ok(value)
}

fn in_view<T>(connection: &mut Connection, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
    work(&tx)
}
