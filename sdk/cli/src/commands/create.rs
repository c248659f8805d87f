//! `create`: makes a record from what was typed.

use super::{Phone, duplicates, each_once, record_type};
use crate::args::Create;
use crate::failure::Failure;
use crate::output::Answer;
use serde_json::json;

pub(super) fn run(phone: &Phone, args: &Create) -> Result<Answer, Failure> {
    let kind = record_type(&args.kind)?;
    each_once(&args.fields)?;
    let fields = phone.book.parse(kind.name, &args.fields)?;
    let duplicates = phone.book.duplicates(kind.name, None, &fields)?;
    let id = phone.book.create(kind.name, fields)?;
    if duplicates.is_empty() {
        return Ok(Answer::new(format!("{id}\n"), json!({ "id": id })));
    }
    let human = format!("{id}\nmay be the same as\n{}", duplicates::shown(&duplicates));
    Ok(Answer::new(human, json!({ "id": id, "duplicates": duplicates })))
}
