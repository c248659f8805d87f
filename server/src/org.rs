//! One organisation: a thread that owns its books and takes work one piece after another.
//!
//! Because everything that writes goes through this thread, what the judge sees is exact. Downloads never wait for it:
//! pages are read through connections of their own. Another process may write too (`user add` on the command line);
//! what is in memory is dropped when it did.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use crate::blobs::Blobs;
use crate::clock::Clock;
use crate::error::Error;
use crate::metrics::Tally;
use crate::store::{Meta, Names, Store};

pub(crate) mod books;
mod case;
mod fair;
mod goals;
pub(crate) mod mail;
pub(crate) mod office;
pub(crate) mod parts;
mod past;
pub(crate) mod people;
pub mod provision;
pub(crate) mod push;
pub mod quarantine;
pub(crate) mod register;
pub mod replay;
mod restored;
mod settle;
pub(crate) mod shelf;
#[cfg(test)]
mod support;
mod tell;
mod turn;
mod waiting;

use fair::{Place, Places};
use goals::Counting;
use parts::{Circles, Parts};
use people::People;
use push::{Push, Pushed};
use restored::Watermark;
use shelf::Shelf;
use turn::Turn;

/// Work that may wait for the thread.
const JOBS_WAITING_MAX: usize = 256;
/// Intents judged in one transaction, unless one push alone has more.
const TURN_INTENTS_MAX: usize = 1_000;
/// How often it is looked whether another process wrote.
const TAIL_EVERY: Duration = Duration::from_millis(500);
/// Connections kept for reading.
const READERS_KEPT: usize = 4;

/// Something for the thread to do.
enum Job {
    Push(Push, SyncSender<Result<Pushed, Error>>),
    Other(Box<dyn FnOnce(&mut Org) + Send>),
    Stop,
}

/// An organisation at work, as the rest of the server sees it.
#[derive(Debug)]
pub(crate) struct OrgHandle {
    path: PathBuf,
    meta: Arc<Mutex<Meta>>,
    blobs: Blobs,
    jobs: SyncSender<Job>,
    moved: watch::Receiver<u64>,
    counted: Arc<Mutex<Tally>>,
    places: Places,
    /// How far the goals are counted.
    goals: Mutex<Option<Counting>>,
    readers: Mutex<Vec<Store>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread owns.
#[derive(Debug)]
pub(crate) struct Org {
    store: Store,
    shelf: RefCell<Shelf>,
    people: People,
    /// Whose records those read who read only a part; `None` until it is worked out.
    circles: Option<Circles>,
    /// Who the database is, shared with the rest of the server.
    meta: Arc<Mutex<Meta>>,
    clock: Arc<dyn Clock>,
    /// What `Store::data_version` said when the memory was last known to be right.
    version: i64,
    /// The same, when it was last looked.
    tailed: i64,
    moved: watch::Sender<u64>,
    /// What was counted since the organisation was opened.
    counted: Arc<Mutex<Tally>>,
    /// How far the log goes, beside the database; nothing for one that is thrown away.
    mark: Option<Watermark>,
}

impl OrgHandle {
    /// Opens an organisation's database and starts its thread.
    pub(crate) fn start(path: &Path, clock: Arc<dyn Clock>) -> Result<OrgHandle, Error> {
        let store = Store::open(path)?;
        let mark = Watermark::open(&store, path, clock.as_ref())?;
        let meta = Arc::new(Mutex::new(store.meta(clock.as_ref())?));
        let blobs = Blobs::open(path.with_extension("blobs"), clock.now_ms());
        let mut org = Org::new(store, Arc::clone(&meta), clock)?;
        org.mark = Some(mark);
        let (watcher, counted) = (org.moved.subscribe(), Arc::clone(&org.counted));
        let (jobs, queue) = sync_channel(JOBS_WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name("org".to_owned())
            .spawn(move || org.run(&queue))
            .map_err(|source| Error::StartThread { source })?;
        let thread = Mutex::new(Some(thread));
        let (goals, readers) = (Mutex::default(), Mutex::default());
        Ok(OrgHandle {
            path: path.to_owned(),
            meta,
            blobs,
            jobs,
            moved: watcher,
            counted,
            places: Places::default(),
            goals,
            readers,
            thread,
        })
    }

    /// The attached files.
    pub(crate) fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// What the server writes under.
    pub(crate) fn names(&self) -> Names {
        self.meta.lock().unwrap_or_else(PoisonError::into_inner).names.clone()
    }

    /// Tells of every growth of the log.
    pub(crate) fn moved(&self) -> watch::Receiver<u64> {
        self.moved.clone()
    }

    /// What was counted since the organisation was opened.
    pub(crate) fn tally(&self) -> Tally {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A place in the queue for somebody's device; `None` if they have enough under way.
    pub(crate) fn place(&self, user: fieldbook_domain::ids::RecordId) -> Option<Place> {
        self.places.take(user)
    }

    /// Judges a push; returns when it is durable.
    pub(crate) fn push(&self, push: Push) -> Result<Pushed, Error> {
        let (reply, answer) = sync_channel(1);
        self.jobs.send(Job::Push(push, reply)).map_err(|_| Error::ShuttingDown)?;
        answer.recv().map_err(|_| Error::ShuttingDown)?
    }

    /// Does something in a transaction of its own; returns when it is durable.
    pub(crate) fn turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Turn<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = sync_channel(1);
        let job = move |org: &mut Org| {
            // The asker may have gone away; the work is done all the same.
            let _ = reply.send(org.turn(work));
        };
        self.jobs.send(Job::Other(Box::new(job))).map_err(|_| Error::ShuttingDown)?;
        answer.recv().map_err(|_| Error::ShuttingDown)?
    }

    /// Counts the goals, if anything happened since they were last counted; says how many came to something else.
    pub(crate) fn roll_up_goals(&self) -> Result<usize, Error> {
        let mut goals = self.goals.lock().unwrap_or_else(PoisonError::into_inner);
        let last_seq = *self.moved.borrow();
        if goals.as_ref().is_some_and(|goals| goals.is_level(last_seq)) {
            return Ok(0);
        }
        // A count whose transaction failed is not gone on with.
        let before = goals.take();
        let (changed, counting) = self.turn(move |turn| turn.roll_up_goals(before))?;
        *goals = Some(counting);
        Ok(changed)
    }

    /// Reads without waiting for anybody's writing.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Store) -> Result<T, Error>) -> Result<T, Error> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let store = match kept {
            Some(store) => store,
            None => Store::open(&self.path)?,
        };
        store.begin_read()?;
        let result = work(&store);
        store.rollback();
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS_KEPT {
            readers.push(store);
        }
        result
    }

    /// Finishes the work that was taken, and leaves the database tidy.
    pub(crate) fn stop(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        if let Some(thread) = thread {
            let _ = self.jobs.send(Job::Stop);
            if thread.join().is_err() {
                tracing::error!("an organisation's thread panicked");
            }
        }
    }
}

impl Drop for OrgHandle {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Org {
    fn new(store: Store, meta: Arc<Mutex<Meta>>, clock: Arc<dyn Clock>) -> Result<Org, Error> {
        let moved = watch::Sender::new(store.last_seq()?);
        let version = store.data_version()?;
        let people = People::load(&store)?;
        let shelf = RefCell::new(Shelf::default());
        Ok(Org {
            store,
            shelf,
            people,
            circles: None,
            meta,
            clock,
            version,
            tailed: version,
            moved,
            counted: Arc::default(),
            mark: None,
        })
    }

    fn run(mut self, queue: &Receiver<Job>) {
        let mut next = None;
        loop {
            let job = match next.take() {
                Some(job) => Ok(job),
                None => queue.recv_timeout(TAIL_EVERY),
            };
            match job {
                Ok(Job::Push(push, reply)) => next = self.pushes(push, reply, queue),
                Ok(Job::Other(work)) => work(&mut self),
                Err(RecvTimeoutError::Timeout) => self.tail(),
                Ok(Job::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if let Some(mark) = &mut self.mark {
            mark.keep(self.clock.now_ms());
        }
        if let Err(error) = self.store.checkpoint() {
            tracing::warn!(%error, "cannot tidy the database");
        }
    }

    /// Judges what is waiting in one transaction; gives back the first job that is something else.
    fn pushes(&mut self, push: Push, reply: SyncSender<Result<Pushed, Error>>, queue: &Receiver<Job>) -> Option<Job> {
        let mut intents = push.intents.len();
        let (mut pushes, mut replies, mut next) = (vec![push], vec![reply], None);
        while intents < TURN_INTENTS_MAX {
            match queue.try_recv() {
                Ok(Job::Push(push, reply)) => {
                    intents = intents.saturating_add(push.intents.len());
                    pushes.push(push);
                    replies.push(reply);
                }
                Ok(other) => {
                    next = Some(other);
                    break;
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        for (result, reply) in self.judge_all(&pushes).into_iter().zip(replies) {
            let _ = reply.send(result);
        }
        next
    }

    /// Does something in one transaction.
    pub(crate) fn turn<T>(&mut self, work: impl FnOnce(&mut Turn<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.store.begin()?;
        let done = self.inside(work);
        match done {
            Ok((value, last_seq)) => {
                self.shelf.borrow_mut().commit();
                self.moved.send_if_modified(|seq| std::mem::replace(seq, last_seq) != last_seq);
                Ok(value)
            }
            Err(error) => {
                self.store.rollback();
                self.shelf.borrow_mut().rollback();
                self.people = People::load(&self.store)?;
                self.circles = None;
                Err(error)
            }
        }
    }

    fn inside<T>(&mut self, work: impl FnOnce(&mut Turn<'_>) -> Result<T, Error>) -> Result<(T, u64), Error> {
        let version = self.store.data_version()?;
        if version != self.version {
            self.shelf.borrow_mut().forget();
            self.people = People::load(&self.store)?;
            self.circles = None;
            self.version = version;
            self.read_meta()?;
        }
        let Meta { epoch, names } = self.meta.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let last_seq = self.store.last_seq()?;
        let mut turn = Turn {
            store: &self.store,
            shelf: &self.shelf,
            people: &mut self.people,
            names,
            epoch,
            now_ms: self.clock.now_ms(),
            clock: self.clock.as_ref(),
            last_seq,
            group: last_seq,
            tally: Tally::default(),
            parts: Parts::default(),
        };
        let value = work(&mut turn)?;
        turn.flush()?;
        turn.share_out(&mut self.circles)?;
        let (last_seq, tally, renamed) = (turn.last_seq, turn.tally, turn.epoch != epoch);
        self.store.commit()?;
        if renamed {
            self.read_meta()?;
        }
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).add(tally);
        if let Some(mark) = &mut self.mark {
            mark.rise(last_seq, self.clock.now_ms());
        }
        Ok((value, last_seq))
    }

    fn read_meta(&self) -> Result<(), Error> {
        let meta = self.store.meta(self.clock.as_ref())?;
        *self.meta.lock().unwrap_or_else(PoisonError::into_inner) = meta;
        Ok(())
    }

    /// Tells the sessions when another process has written.
    fn tail(&mut self) {
        let moved = self.store.data_version().and_then(|version| {
            let moved = version != self.tailed;
            self.tailed = version;
            if moved { self.store.last_seq().map(Some) } else { Ok(None) }
        });
        match moved {
            Ok(Some(last_seq)) => {
                self.moved.send_if_modified(|seq| std::mem::replace(seq, last_seq) != last_seq);
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "cannot look for news"),
        }
    }
}
