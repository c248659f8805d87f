//! The object an app holds. Writing is `book/writing.rs`, reading `book/reading.rs`, the judge `book/judging.rs`, prices `book/selling.rs`, the server `book/syncing.rs`.

use std::path::PathBuf;
use std::sync::Arc;

use fieldbook_device::{Book as DeviceBook, BookKey, Host, Unsent};
use fieldbook_domain::ids::RecordId;

use crate::background::{blocking, fenced};
use crate::error::FieldbookError;
use crate::listen::CallbackError;
use crate::shown::{Session, Status};

mod attachments;
mod customers;
mod judging;
mod reading;
mod selling;
mod syncing;
mod writing;

pub use attachments::{AttachedFile, AttachmentContent, NewAttachment};
pub use judging::salvage_offers;
pub(crate) use reading::rows as reading_rows;
pub use selling::price_list_item_id;
pub use writing::Step;

/// Keeps the key of an encrypted book: the platform's key store.
#[uniffi::export(foreign)]
pub trait KeyProvider: Send + Sync {
    /// The key: 32 random bytes, at every call the same for the same book.
    fn key(&self) -> Result<Vec<u8>, CallbackError>;
}

/// Asks for the key, which is never kept longer than opening takes.
fn ask(provider: &dyn KeyProvider) -> Result<BookKey, FieldbookError> {
    let refused = |reason: String| FieldbookError::Storage { code: "book.key".to_owned(), reason };
    let given = fenced(|| provider.key())?;
    let bytes = given.map_err(|error| refused(format!("the key could not be had: {error}")))?;
    let found = bytes.len();
    let key = <[u8; 32]>::try_from(bytes).map_err(|_| refused(format!("a key has 32 bytes, not {found}")))?;
    Ok(BookKey::new(key))
}

/// A phone's book of records: works without a network, one file, one object for the whole app.
///
/// Writes are durable when the call returns, and run to their end even if the caller stops waiting.
#[derive(Debug, uniffi::Object)]
pub struct Book {
    pub(crate) inner: DeviceBook,
    host: Host,
}

#[uniffi::export]
impl Book {
    /// Opens the book at `path`, making it if there is none. `device_name` is what the owner calls the device; `key` gives the
    /// key of an encrypted book.
    ///
    /// Throws `UpgradeNeeded` for a newer book and `Storage` for one that cannot be read (`book.key` where the key is at
    /// fault); both are left untouched.
    #[uniffi::constructor(default(key = None))]
    pub async fn open(path: String, device_name: String, key: Option<Arc<dyn KeyProvider>>) -> Result<Arc<Self>, FieldbookError> {
        let host = Host::real(device_name);
        let opening = host.clone();
        let path = PathBuf::from(path);
        let inner = blocking(move || match key {
            None => Ok(DeviceBook::open(&path, opening)?),
            Some(provider) => Ok::<_, FieldbookError>(DeviceBook::open_encrypted(&path, opening, &ask(provider.as_ref())?)?),
        });
        Ok(Arc::new(Self { inner: inner.await?, host }))
    }

    /// Closes the book's file and ends every sync and subscription; every later call throws `Storage`, `book.closed`.
    pub async fn shut_down(&self) -> Result<(), FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.close()).await
    }

    /// Closes the book and deletes its files.
    ///
    /// Throws `Refused`, `wipe.outbox`, while work waits to be sent, unless `discard_unsent`; then nothing was done.
    /// Throws `Storage`, `book.wipe`, where a file cannot be deleted: the book is closed, and can be opened and wiped again.
    #[uniffi::method(default(discard_unsent = false))]
    pub async fn wipe(&self, discard_unsent: bool) -> Result<(), FieldbookError> {
        let book = self.inner.clone();
        let unsent = if discard_unsent { Unsent::Discard } else { Unsent::Keep };
        blocking(move || book.wipe(unsent)).await
    }

    /// Signs in with a token the server gave; needs no network.
    ///
    /// Throws `Refused`: a token that is none, another user while work waits to be sent, another organisation.
    pub async fn sign_in(&self, server: String, token: String) -> Result<Session, FieldbookError> {
        let book = self.inner.clone();
        Ok(blocking(move || book.login(&server, &token)).await?.into())
    }

    /// Who is signed in. Throws `SignedOut`.
    pub async fn session(&self) -> Result<Session, FieldbookError> {
        let book = self.inner.clone();
        Ok(blocking(move || book.session()).await?.into())
    }

    /// Forgets the token; records and unsent work stay.
    pub async fn sign_out(&self) -> Result<(), FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.sign_out()).await
    }

    /// What is held, what waits, how far the book has come.
    pub async fn status(&self) -> Result<Status, FieldbookError> {
        let book = self.inner.clone();
        Ok(blocking(move || book.status()).await?.into())
    }

    /// Makes every row again from its document; gives how many there are.
    pub async fn rebuild_projection(&self) -> Result<i64, FieldbookError> {
        let book = self.inner.clone();
        let rows = blocking(move || book.rebuild_projection()).await?;
        Ok(i64::try_from(rows).unwrap_or(i64::MAX))
    }

    /// The id of a record to be created; ids follow the time of creation.
    #[must_use]
    pub fn new_id(&self) -> RecordId {
        self.host.ids.record_id(self.host.clock.now_ms())
    }
}
