//! The object an app holds: a phone's book of records.
//!
//! Opening, signing in and out, and what is going on. Writing is `book/writing.rs`, reading `book/reading.rs`, talking to the
//! server `book/syncing.rs`.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rusqlite::{Connection, Transaction};
use tokio::sync::watch;

use crate::clock::Host;
use crate::error::Error;
use crate::incarnation::{self, Incarnation};
use crate::session::Session;
use crate::status::{self, Status};
use crate::store::{Store, meta, outbox, projection};
use crate::{reauthor, receive};
use fieldbook_domain::refusal::Refusal;

mod reading;
mod syncing;
mod writing;

/// A phone's book. Clones are handles to the same book.
#[derive(Clone)]
pub struct Book {
    store: Store,
    host: Host,
    generation: Arc<watch::Sender<u64>>,
    http: Arc<OnceLock<reqwest::Client>>,
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
        let store = Store::open(path)?;
        let marker = incarnation::marker_path(path);
        let (opening, beside) = (host.clone(), marker.clone());
        let incarnation = store.write(move |tx| settle_in(tx, &beside, &opening))?;
        incarnation::write_marker(&marker, &incarnation, &host)?;
        Ok(Self { store, host, generation: Arc::new(watch::Sender::new(0)), http: Arc::default() })
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

    /// What is held, what waits, how far the book has come.
    ///
    /// # Errors
    /// The book's own.
    pub fn status(&self) -> Result<Status, Error> {
        let device_name = self.host.device_name.clone();
        self.store.read(move |connection| status::read(connection, device_name))
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
    tx.execute_batch("DELETE FROM cursor; DELETE FROM notice;")?;
    Ok(())
}

fn holds_records(connection: &Connection) -> Result<bool, Error> {
    Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM document)", [], |row| row.get(0))?)
}
