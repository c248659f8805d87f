//! The object an app holds: a phone's book of records.
//!
//! Opening, signing in and out, and what is going on. Writing is `book/writing.rs`, reading `book/reading.rs`, talking to the
//! server `book/syncing.rs`, and what only the server does `book/office.rs`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rusqlite::{Connection, Transaction};
use tokio::sync::watch;

use crate::clock::Host;
use crate::error::Error;
use crate::incarnation::{self, Incarnation};
use crate::key::BookKey;
use crate::network::{Network, Signal};
use crate::session::Session;
use crate::status::{self, Status};
use crate::store::{Store, blobs, meta, outbox, projection};
use crate::{reauthor, receive};
use fieldbook_domain::refusal::Refusal;

mod attachments;
mod customers;
mod judging;
mod office;
mod reading;
mod selling;
mod syncing;
mod writing;

pub use customers::AccountReport;
pub(crate) use reading::shown_rows;

/// What becomes of work that was not sent yet when a book is wiped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// It stops the wiping.
    Keep,
    /// It is thrown away.
    Discard,
}

/// A phone's book. Clones are handles to the same book.
#[derive(Clone)]
pub struct Book {
    store: Store,
    host: Host,
    generation: Arc<watch::Sender<u64>>,
    http: Arc<OnceLock<reqwest::Client>>,
    network: Arc<watch::Sender<Signal>>,
    path: PathBuf,
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Book").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Book {
    /// Opens the book at `path`, making it if there is none.
    ///
    /// # Errors
    /// `UpgradeNeeded` for a newer book and `Damaged` for one that cannot be read, both left untouched.
    pub fn open(path: &Path, host: Host) -> Result<Self, Error> {
        Self::settle(path, host, None)
    }

    /// Opens the encrypted book at `path`, making it if there is none. A book is encrypted from its start or never.
    ///
    /// # Errors
    /// As [`Book::open`]; `Key` for another key, a book that is not encrypted, or an app built without the feature `encryption`.
    pub fn open_encrypted(path: &Path, host: Host, key: &BookKey) -> Result<Self, Error> {
        Self::settle(path, host, Some(key))
    }

    fn settle(path: &Path, host: Host, key: Option<&BookKey>) -> Result<Self, Error> {
        let store = Store::open(path, key)?;
        let marker = incarnation::marker_path(path);
        let (opening, beside) = (host.clone(), marker.clone());
        let incarnation = store.write(move |tx| settle_in(tx, &beside, &opening))?;
        incarnation::write_marker(&marker, &incarnation, &host)?;
        Ok(Self {
            store,
            host,
            generation: Arc::new(watch::Sender::new(0)),
            http: Arc::default(),
            network: Arc::new(watch::Sender::new(Signal::default())),
            path: path.to_owned(),
        })
    }

    /// Signs in with a token the server gave; needs no network.
    ///
    /// # Errors
    /// A refusal: a token that is none, another user while work waits to be sent, another organisation.
    pub fn login(&self, server: &str, token: &str) -> Result<Session, Error> {
        let session = Session::read(server, token)?;
        let (token, host) = (token.trim().to_owned(), self.host.clone());
        self.write(move |tx| {
            let before: Option<Session> = meta::get(tx, meta::SESSION)?;
            if let Some(before) = before {
                change_over(tx, &before, &session, &host)?;
            }
            meta::set(tx, meta::SESSION, &session)?;
            meta::set(tx, meta::TOKEN, &token)?;
            incarnation::introduce(tx, &session, &host.device_name)?;
            Ok(session)
        })
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// `SignedOut`.
    pub fn session(&self) -> Result<Session, Error> {
        self.store.read(meta::session)
    }

    /// Forgets the token; records and the outbox stay.
    ///
    /// # Errors
    /// The book's own.
    pub fn sign_out(&self) -> Result<(), Error> {
        self.write(|tx| meta::remove(tx, meta::TOKEN))
    }

    /// Closes the book: every later call, on any handle, gives `Closed`.
    ///
    /// # Errors
    /// `Closed` if it is already.
    pub fn close(&self) -> Result<(), Error> {
        self.store.close(|_| Ok(()))?;
        self.tell_closed();
        Ok(())
    }

    /// Closes the book and deletes its files. On an encrypted device, or with an encrypted book, nothing readable is left.
    ///
    /// # Errors
    /// A refusal while work waits to be sent and is to be kept; `Closed`; `WipeBook` if a file stays: then the book is closed,
    /// and whole where it is its own file that stays. Opened again, it can be wiped again.
    pub fn wipe(&self, unsent: Unsent) -> Result<(), Error> {
        self.store.close(move |connection| match unsent {
            Unsent::Discard => Ok(()),
            Unsent::Keep => nothing_waits(connection),
        })?;
        self.tell_closed();
        remove(self.path.clone())?;
        let beside = ["-wal", "-shm"].map(|ending| {
            let mut path = self.path.clone().into_os_string();
            path.push(ending);
            path.into()
        });
        // One that stays keeps no other.
        beside.into_iter().chain([incarnation::marker_path(&self.path)]).map(remove).fold(Ok(()), Result::and)
    }

    /// Tells a connection that is watched what the platform says about the network; remembered for one that will be.
    pub fn network(&self, state: Network) {
        self.network.send_modify(|signal| signal.hear(state));
    }

    /// Everybody who waits for news finds that there will be none.
    fn tell_closed(&self) {
        self.wrote();
        self.network.send_modify(|signal| signal.hear(Network::Changed));
    }

    /// What is held, what waits, how far the book has come.
    ///
    /// # Errors
    /// The book's own.
    pub fn status(&self) -> Result<Status, Error> {
        let device_name = self.host.device_name.clone();
        self.store.read(move |connection| status::read(connection, device_name))
    }

    /// Whether the book was closed or wiped.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.store.is_closed()
    }

    /// A counter that moves after every committed transaction of this handle and its clones.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    /// Makes every row again from its document; gives how many there are.
    ///
    /// # Errors
    /// The book's own.
    pub fn rebuild_projection(&self) -> Result<usize, Error> {
        self.write(|tx| {
            receive::retry_strays(tx)?;
            projection::rebuild(tx)
        })
    }

    /// Runs `work` in one transaction and tells the live queries.
    fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    {
        let value = self.store.write(work)?;
        self.wrote();
        Ok(value)
    }

    fn wrote(&self) {
        self.generation.send_modify(|generation| *generation = generation.wrapping_add(1));
    }
}

fn remove(path: PathBuf) -> Result<(), Error> {
    match std::fs::remove_file(&path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(Error::WipeBook { path, source }),
        _ => Ok(()),
    }
}

fn settle_in(tx: &Transaction<'_>, marker: &Path, host: &Host) -> Result<Incarnation, Error> {
    let opened = incarnation::open(tx, marker, host)?;
    if projection::ensure(tx)? {
        receive::retry_strays(tx)?;
    }
    if opened.renewed {
        reauthor::run(tx, host, &reauthor::Cause::NewName)?;
    }
    Ok(opened.incarnation)
}

/// Makes sure that nobody's work is sent in somebody else's name, and no organisation's to another.
fn change_over(tx: &Transaction<'_>, before: &Session, after: &Session, host: &Host) -> Result<(), Error> {
    let elsewhere = before.org != after.org;
    if elsewhere && holds_records(tx)? {
        let message = "this book holds the records of another organisation: sign in with a new book";
        return Err(Refusal::new("login.organisation", message).into());
    }
    if before.user == after.user && !elsewhere {
        return Ok(());
    }
    let waiting = outbox::count(tx)?;
    if waiting > 0 {
        let message = format!("{} still has {waiting} unsent pieces of work here: sync them first", before.name);
        return Err(Refusal::new("login.outbox", message).into());
    }
    // The server knows the device as the old user's, and what they were told is not for the new one.
    incarnation::renew_device(tx, host)?;
    meta::set(tx, meta::LAST_DSEQ, &0_u64)?;
    tx.execute_batch("DELETE FROM cursor; DELETE FROM sent; DELETE FROM aside; DELETE FROM settled WHERE id IN (SELECT id FROM notice); DELETE FROM notice;")?;
    Ok(())
}

fn nothing_waits(connection: &Connection) -> Result<(), Error> {
    let waiting = outbox::count(connection)?.saturating_add(blobs::waiting(connection)?.files);
    if waiting == 0 {
        return Ok(());
    }
    let message =
        format!("{waiting} pieces of work and files wait to be sent: sync first, or say that they are to be thrown away");
    Err(Refusal::new("wipe.outbox", message).into())
}

fn holds_records(connection: &Connection) -> Result<bool, Error> {
    Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM document)", [], |row| row.get(0))?)
}
