//! `show`: one record in full.

use super::{Phone, record_type};
use crate::args::Target;
use crate::failure::Failure;
use crate::output::Answer;
use crate::present::Presenter;
use serde_json::Value;

pub(super) fn run(phone: &Phone, target: &Target) -> Result<Answer, Failure> {
    let kind = record_type(&target.kind)?;
    let record = phone.book.get(kind.name, target.id)?;
    let human = Presenter::new(&phone.book).record(kind, &record);
    Ok(Answer::new(human, Value::Object(record)))
}
