//! `rebuild`: makes the projection anew from the documents and says whether it was right before.

use super::Phone;
use crate::failure::Failure;
use crate::output::Answer;
use serde_json::json;

pub(super) fn run(phone: &Phone) -> Result<Answer, Failure> {
    let before = phone.book.records_digest()?;
    phone.book.rebuild_projection()?;
    let same = before == phone.book.records_digest()?;
    let human = if same { "rebuilt; nothing had gone astray\n" } else { "rebuilt; some records had gone astray\n" };
    Ok(Answer::new(human, json!({ "rebuilt": true, "unchanged": same })))
}
