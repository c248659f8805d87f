//! `attach`: puts a file into the book and its name into a record.

use super::{Phone, record_type};
use crate::args::Attach;
use crate::failure::Failure;
use crate::output::Answer;
use fieldbook_device::{Content, NewAttachment};
use serde_json::json;

pub(super) fn run(phone: &Phone, args: &Attach) -> Result<Answer, Failure> {
    let kind = record_type(&args.target.kind)?;
    let file_name = args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let new = NewAttachment {
        title: args.title.clone(),
        author: args.author.clone(),
        summary: args.summary.clone(),
        media_type: args.media_type.clone(),
        ..NewAttachment::new(file_name, Content::File(args.file.clone()))
    };
    let id = phone.book.attach(kind.name, args.target.id, new)?;
    Ok(Answer::new(format!("{id}\n"), json!({ "id": id })))
}
