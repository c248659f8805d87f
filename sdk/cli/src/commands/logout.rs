//! `logout`: forgets the token. The records, and what is not synced yet, stay in the book.

use super::Phone;
use crate::failure::Failure;
use crate::output::Answer;
use serde_json::json;

pub(super) fn run(phone: &Phone) -> Result<Answer, Failure> {
    phone.book.sign_out()?;
    Ok(Answer::new("signed out\n", json!({ "session": null })))
}
