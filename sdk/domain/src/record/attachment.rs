//! Files that belong to a record: one declaration for every record type that has some.

use super::RecordType;
use super::declare::part;
use crate::blob::BLOB_BYTES_MAX;
use crate::field::{Kind, of, text};

part! {
    /// A file that belongs to a record. Its bytes never change: another version of it is another attachment.
    Attachment keyed by id;
    /// What the file is called.
    file_name: String = text(255).open().required();
    /// What it shows, in a few words.
    title: Option<String> = text(200).open();
    /// Who made it.
    author: Option<String> = text(100).open();
    /// What it says.
    summary: Option<String> = text(2_000).open();
    /// What kind of file it is, for example `application/pdf`.
    media_type: Option<String> = text(100).open();
    /// How many bytes it has.
    size: Option<i64> = of(Kind::Integer { min: 1, max: BLOB_BYTES_MAX }).open();
    /// The bytes, by their hash; they travel beside the records.
    blob: Option<String> = of(Kind::Blob).open().required();
}

/// The collection of every record type that has attachments.
pub const COLLECTION: &str = "attachments";

/// Whether files can be attached to records of this type.
#[must_use]
pub fn has_attachments(kind: &RecordType) -> bool {
    kind.collection(COLLECTION).is_some()
}
