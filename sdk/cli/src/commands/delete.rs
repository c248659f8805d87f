//! `delete`: removes a record; an edit somebody made meanwhile brings it back.

use super::{Phone, record_type};
use crate::args::Target;
use crate::failure::Failure;
use crate::output::Answer;
use serde_json::json;

pub(super) fn run(phone: &Phone, target: &Target) -> Result<Answer, Failure> {
    let kind = record_type(&target.kind)?;
    phone.book.delete(kind.name, target.id)?;
    Ok(Answer::new("deleted\n", json!({ "id": target.id, "deleted": true })))
}
