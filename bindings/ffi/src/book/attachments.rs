//! Files that belong to records: attached without a network, fetched when somebody looks at them.

use std::path::Path;
use std::sync::Arc;

use fieldbook_device as device;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record::attachment::Attachment;

use super::Book;
use crate::background::{blocking, waiting};
use crate::cancel::Cancel;
use crate::error::FieldbookError;
use crate::shown::count;

/// Where the bytes of a file to be attached are.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum AttachmentContent {
    /// In memory: a photo just taken.
    Bytes {
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// In a file; it is copied into the book.
    File {
        /// The file.
        path: String,
    },
}

/// A file to be attached.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct NewAttachment {
    /// What it is called.
    pub file_name: String,
    /// Its bytes.
    pub content: AttachmentContent,
    /// What it shows, in a few words.
    #[uniffi(default)]
    pub title: Option<String>,
    /// Who made it.
    #[uniffi(default)]
    pub author: Option<String>,
    /// What it says.
    #[uniffi(default)]
    pub summary: Option<String>,
    /// What kind of file it is, for example `application/pdf`.
    #[uniffi(default)]
    pub media_type: Option<String>,
}

/// An attachment of a record, and where its file is.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct AttachedFile {
    /// The attachment.
    pub attachment: Attachment,
    /// Bytes of it on this device.
    pub held: i64,
    /// The whole file is on this device.
    pub whole: bool,
    /// The server is not known to have it: it is sent at the next sync.
    pub waiting: bool,
}

impl From<device::AttachedFile> for AttachedFile {
    fn from(device::AttachedFile { attachment, held, whole, waiting }: device::AttachedFile) -> Self {
        Self { attachment, held: count(held), whole, waiting }
    }
}

impl From<NewAttachment> for device::NewAttachment {
    fn from(NewAttachment { file_name, content, title, author, summary, media_type }: NewAttachment) -> Self {
        let content = match content {
            AttachmentContent::Bytes { bytes } => device::Content::Bytes(bytes),
            AttachmentContent::File { path } => device::Content::File(path.into()),
        };
        Self { file_name, title, author, summary, media_type, content }
    }
}

#[uniffi::export]
impl Book {
    /// Attaches a file to a record; gives the id of the attachment. It is sent after the record, at the next sync.
    ///
    /// Throws `NotFound`; `Storage`, `attachment.read`; `Refused`: not permitted, deleted, empty, too large, a record type
    /// without attachments.
    pub async fn attach(&self, target: RecordRef, file: NewAttachment) -> Result<RecordId, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.attach(&target.kind, target.id, file.into())).await
    }

    /// The attachments of a record, and where their files are. Throws `NotFound`.
    pub async fn attachments(&self, target: RecordRef) -> Result<Vec<AttachedFile>, FieldbookError> {
        let book = self.inner.clone();
        let files = blocking(move || book.attachments(&target.kind, target.id)).await?;
        Ok(files.into_iter().map(AttachedFile::from).collect())
    }

    /// Fetches the file of an attachment unless it is here; gives how many bytes came. `cancel` gives up; what came until then
    /// is kept, and the next call goes on from there.
    ///
    /// Throws `NotFound`, `SignedOut`, `Offline`, `Cancelled`; `Refused` while the server does not have the file either.
    #[uniffi::method(default(cancel = None))]
    pub async fn fetch(
        &self,
        target: RecordRef,
        attachment: RecordId,
        cancel: Option<Arc<Cancel>>,
    ) -> Result<i64, FieldbookError> {
        let book = self.inner.clone();
        let token = cancel.unwrap_or_default().token();
        let work = async move {
            tokio::select! {
                biased;
                () = token.cancelled() => Err(FieldbookError::cancelled()),
                done = book.fetch(&target.kind, target.id, attachment) => Ok(count(done?)),
            }
        };
        waiting(work).await
    }

    /// The bytes of an attachment's file. Throws `NotFound`; `Refused`, `attachment.not_held`, while it is not here.
    pub async fn attachment_bytes(&self, target: RecordRef, attachment: RecordId) -> Result<Vec<u8>, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.attachment_bytes(&target.kind, target.id, attachment)).await
    }

    /// Copies an attachment's file out of the book, over what is at `path`; gives its size.
    ///
    /// Throws as `attachment_bytes`; `Storage`, `attachment.write`.
    pub async fn save_attachment(&self, target: RecordRef, attachment: RecordId, path: String) -> Result<i64, FieldbookError> {
        let book = self.inner.clone();
        let size = blocking(move || book.save_attachment(&target.kind, target.id, attachment, Path::new(&path)));
        Ok(count(size.await?))
    }
}
