//! `fetch`: copies the file of an attachment out of the book, fetching it first where only a colleague had it.

use super::{Phone, record_type, runtime};
use crate::args::Fetch;
use crate::failure::Failure;
use crate::output::Answer;
use fieldbook_device::AttachedFile;
use serde_json::json;
use std::path::{Path, PathBuf};

pub(super) fn run(phone: &Phone, args: &Fetch) -> Result<Answer, Failure> {
    let (kind, id) = (record_type(&args.target.kind)?.name, args.target.id);
    let mut files = phone.book.attachments(kind, id)?.into_iter();
    let file = files.find(|file| file.attachment.id == args.attachment).ok_or_else(|| {
        Failure::refused("record.no_such_attachment", format!("{kind} {id} has no attachment {}", args.attachment))
    })?;
    let path = place(&file, args.to.as_deref())?;
    let fetched = if file.whole { 0 } else { runtime()?.block_on(phone.book.fetch(kind, id, args.attachment))? };
    let size = phone.book.save_attachment(kind, id, args.attachment, &path)?;
    let json = json!({ "id": args.attachment, "file": path, "size": size, "fetched": fetched });
    Ok(Answer::new(format!("{}\n", path.display()), json))
}

/// Where the file is written: a name somebody else chose must neither leave the folder nor take the place of a file in it.
fn place(file: &AttachedFile, to: Option<&Path>) -> Result<PathBuf, Failure> {
    let name = Path::new(&file.attachment.file_name).file_name();
    let name = name.map_or_else(|| PathBuf::from(file.attachment.id.to_string()), PathBuf::from);
    let path = match to {
        Some(path) if !path.is_dir() => return Ok(path.to_owned()),
        Some(folder) => folder.join(name),
        None => name,
    };
    if path.exists() {
        let message = format!("there is a file {} already: say --to where else to write it", path.display());
        return Err(Failure::refused("attachment.file_exists", message));
    }
    Ok(path)
}
