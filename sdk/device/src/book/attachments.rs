//! Files that belong to records: attached without a network, fetched when somebody looks at them.

use std::path::Path;

use fieldbook_domain::blob::BlobHash;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::RecordType;
use fieldbook_domain::record::attachment::Attachment;
use fieldbook_domain::refusal::Refusal;
use rusqlite::Connection;

use super::Book;
use super::reading::shown_record;
use crate::attachment::{self, AttachedFile, NewAttachment, Target};
use crate::bundle::Bundle;
use crate::desk::{Desk, declared};
use crate::error::Error;
use crate::files;
use crate::store::blobs::{self, Stored};

/// Bytes copied out of the book at a time.
const COPY_BYTES: u64 = 1 << 20;

impl Book {
    /// Attaches a file to a record; gives the id of the attachment. The file is in the book and the record says so, both in one
    /// transaction; it is sent after the record, at the next sync.
    ///
    /// # Errors
    /// `NotFound`; `ReadAttachment`; a refusal: not permitted, deleted, empty, too large, a record type without attachments.
    pub fn attach(&self, kind: &str, id: RecordId, new: NewAttachment) -> Result<RecordId, Error> {
        let kind = declared(kind)?;
        attachment::check(kind)?;
        let (hash, size) = new.content.measure()?;
        let host = self.host.clone();
        self.write(move |tx| {
            let desk = Desk::open(tx, &host)?;
            let child = new.child(desk.new_id(), hash, size);
            let mut bundle = Bundle::new(&desk);
            let was = bundle.get(kind.name, id)?;
            bundle.save(kind.name, id, &was, &attachment::with(&was, &child)?)?;
            bundle.commit()?;
            blobs::keep(tx, hash, size, &mut new.content.open()?)?;
            Ok(child.id)
        })
    }

    /// The attachments of a record, and where their files are.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn attachments(&self, kind: &str, id: RecordId) -> Result<Vec<AttachedFile>, Error> {
        let kind = declared(kind)?;
        self.store.read(move |connection| {
            let attachments = attachment::of(&shown_record(connection, kind, id)?)?;
            let file = |attachment: Attachment| {
                let stored = match attachment::hash(&attachment) {
                    Ok(hash) => blobs::find(connection, hash)?,
                    Err(_) => None,
                };
                let (held, whole) = stored.map_or((0, false), |stored| (stored.held, stored.whole));
                Ok(AttachedFile { attachment, held, whole, waiting: stored.is_some_and(|stored| stored.waiting) })
            };
            attachments.into_iter().map(file).collect()
        })
    }

    /// Fetches the file of an attachment unless it is here; gives how many bytes came. What came before a cut, or before the
    /// future was given up, is kept, and the next call goes on from there.
    ///
    /// # Errors
    /// `NotFound`, `SignedOut`, `Offline`, `Server`; a refusal while the server does not have the file either.
    pub async fn fetch(&self, kind: &str, id: RecordId, attachment: RecordId) -> Result<u64, Error> {
        let kind = declared(kind)?;
        let (hash, stored) = self.store.read_async(move |connection| located(connection, kind, id, attachment)).await?;
        if stored.is_some_and(|stored| stored.whole) {
            return Ok(0);
        }
        let fetched = files::fetch(&self.store, &self.channel().await?, hash).await;
        self.wrote();
        fetched
    }

    /// The bytes of an attachment's file.
    ///
    /// # Errors
    /// `NotFound`; a refusal while the file is not here: [`Book::fetch`] it first.
    pub fn attachment_bytes(&self, kind: &str, id: RecordId, attachment: RecordId) -> Result<Vec<u8>, Error> {
        let stored = self.held(kind, id, attachment)?;
        self.store.read(move |connection| blobs::read(connection, stored.row, 0, stored.size))
    }

    /// Copies an attachment's file out of the book, over what is at `path`; gives its size.
    ///
    /// # Errors
    /// As [`Book::attachment_bytes`]; `WriteAttachment`.
    pub fn save_attachment(&self, kind: &str, id: RecordId, attachment: RecordId, path: &Path) -> Result<u64, Error> {
        let stored = self.held(kind, id, attachment)?;
        let mut target = Target::create(path)?;
        let mut at = 0_u64;
        while at < stored.size {
            // One piece at a time: nobody else waits for the whole file.
            let bytes = self.store.read(move |connection| blobs::read(connection, stored.row, at, COPY_BYTES))?;
            if bytes.is_empty() {
                return Err(Error::ReadStored { place: "blob_piece" });
            }
            target.write(&bytes)?;
            at = at.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        }
        target.finish()?;
        Ok(stored.size)
    }

    fn held(&self, kind: &str, id: RecordId, attachment: RecordId) -> Result<Stored, Error> {
        let kind = declared(kind)?;
        let (_, found) = self.store.read(move |connection| located(connection, kind, id, attachment))?;
        let message = "this file is not on this device yet: fetch it first";
        Ok(found.filter(|stored| stored.whole).ok_or_else(|| Refusal::new("attachment.not_held", message))?)
    }
}

/// The file an attachment names, and what of it is here.
fn located(
    connection: &Connection,
    kind: &RecordType,
    id: RecordId,
    attachment: RecordId,
) -> Result<(BlobHash, Option<Stored>), Error> {
    let mut attachments = attachment::of(&shown_record(connection, kind, id)?)?.into_iter();
    let found = attachments.find(|one| one.id == attachment).ok_or_else(|| Error::not_found("attachment", attachment))?;
    let hash = attachment::hash(&found)?;
    Ok((hash, blobs::find(connection, hash)?))
}
