//! Files that belong to records, as an app gives and sees them.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use fieldbook_domain::blob::{BLOB_BYTES_MAX, BlobHash};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::RecordType;
use fieldbook_domain::record::attachment::{Attachment, COLLECTION, has_attachments};
use fieldbook_domain::refusal::{Refusal, a};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::error::Error;

/// A file to be attached.
#[derive(Clone, Debug)]
pub struct NewAttachment {
    /// What it is called.
    pub file_name: String,
    /// What it shows, in a few words.
    pub title: Option<String>,
    /// Who made it.
    pub author: Option<String>,
    /// What it says.
    pub summary: Option<String>,
    /// What kind of file it is, for example `application/pdf`.
    pub media_type: Option<String>,
    /// Its bytes.
    pub content: Content,
}

/// Where the bytes of a file to be attached are.
#[derive(Clone)]
pub enum Content {
    /// In memory: a photo just taken.
    Bytes(Vec<u8>),
    /// In a file; it is copied into the book.
    File(PathBuf),
}

/// An attachment of a record, and where its file is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttachedFile {
    /// The attachment.
    pub attachment: Attachment,
    /// Bytes of it on this device.
    pub held: u64,
    /// The whole file is on this device.
    pub whole: bool,
    /// The server is not known to have it: it is sent at the next sync.
    pub waiting: bool,
}

impl NewAttachment {
    /// A file with nothing said about it but its name.
    #[must_use]
    pub fn new(file_name: impl Into<String>, content: Content) -> Self {
        let (title, author, summary, media_type) = (None, None, None, None);
        Self { file_name: file_name.into(), title, author, summary, media_type, content }
    }

    /// The attachment as its record keeps it.
    pub(crate) fn child(&self, id: RecordId, hash: BlobHash, size: u64) -> Attachment {
        Attachment {
            id,
            file_name: base_name(&self.file_name).to_owned(),
            title: self.title.clone(),
            author: self.author.clone(),
            summary: self.summary.clone(),
            media_type: self.media_type.clone(),
            size: i64::try_from(size).ok(),
            blob: Some(hash.to_string()),
        }
    }
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::File(path) => path.fmt(f),
        }
    }
}

impl Content {
    /// The hash and the size of the bytes; an empty file and one that is too large are refused.
    pub(crate) fn measure(&self) -> Result<(BlobHash, u64), Error> {
        let failed = |source| Error::ReadAttachment { source };
        let mut bytes = self.open()?;
        let (mut hasher, mut size, mut piece) = (Sha256::new(), 0_u64, vec![0; 64 << 10]);
        loop {
            let read = bytes.read(&mut piece).map_err(failed)?;
            if read == 0 {
                break;
            }
            size = size.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
            if size > BLOB_BYTES_MAX.unsigned_abs() {
                let message = format!("a file of more than {} MB cannot be attached", BLOB_BYTES_MAX >> 20);
                return Err(Refusal::field("attachment.too_large", "size", message).into());
            }
            hasher.update(piece.get(..read).unwrap_or_default());
        }
        if size == 0 {
            return Err(Refusal::field("attachment.empty", "size", "an empty file cannot be attached").into());
        }
        Ok((BlobHash(hasher.finalize().into()), size))
    }

    /// The bytes, from the first.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + '_>, Error> {
        match self {
            Self::Bytes(bytes) => Ok(Box::new(io::Cursor::new(bytes))),
            Self::File(path) => Ok(Box::new(File::open(path).map_err(|source| Error::ReadAttachment { source })?)),
        }
    }
}

/// The name without folders: a colleague's file must land where the person looks, not where its name says.
fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// Files can be attached to some record types only.
pub(crate) fn check(kind: &RecordType) -> Result<(), Error> {
    if has_attachments(kind) {
        return Ok(());
    }
    let message = format!("{} has no attachments: attach the file to a note about it", a(kind.name));
    Err(Refusal::new("record.no_attachments", message).into())
}

/// The attachments of a record as it is shown.
pub(crate) fn of(body: &Map<String, Value>) -> Result<Vec<Attachment>, Error> {
    let list = body.get(COLLECTION).cloned().unwrap_or_else(|| Value::Array(Vec::new()));
    serde_json::from_value(list).map_err(|_| Error::ReadStored { place: COLLECTION })
}

/// The record with one more attachment.
pub(crate) fn with(body: &Map<String, Value>, attachment: &Attachment) -> Result<Map<String, Value>, Error> {
    let unfit = |error: serde_json::Error| Error::ConvertRecord { kind: "attachment", reason: error.to_string() };
    let mut child = serde_json::to_value(attachment).map_err(unfit)?;
    if let Some(fields) = child.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    let mut now = body.clone();
    let children = now.entry(COLLECTION).or_insert_with(|| Value::Array(Vec::new())).as_array_mut();
    children.ok_or(Error::ReadStored { place: COLLECTION })?.push(child);
    Ok(now)
}

/// The hash of an attachment's file.
pub(crate) fn hash(attachment: &Attachment) -> Result<BlobHash, Error> {
    let unnamed = || Refusal::field("field.required", "blob", "the attachment does not say which file it is");
    Ok(attachment.blob.as_deref().and_then(|text| text.parse().ok()).ok_or_else(unnamed)?)
}

/// Writes a file piece by piece, and gives it its name when it is whole.
pub(crate) struct Target {
    file: File,
    part: PathBuf,
    path: PathBuf,
}

impl Target {
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let mut part = path.to_owned().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).map_err(writing(path))?;
        Ok(Self { file, part, path: path.to_owned() })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        io::Write::write_all(&mut self.file, bytes).map_err(writing(&self.path))
    }

    pub(crate) fn finish(self) -> Result<(), Error> {
        let Self { file, part, path } = self;
        file.sync_all().and_then(|()| std::fs::rename(part, &path)).map_err(writing(&path))
    }
}

fn writing(path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::WriteAttachment { path: path.to_owned(), source }
}
