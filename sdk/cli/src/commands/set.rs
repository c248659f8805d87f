//! `set`: writes the fields that were typed, and no other.

use super::{Phone, each_once, record_type};
use crate::args::Set;
use crate::failure::Failure;
use crate::output::Answer;
use serde_json::json;

pub(super) fn run(phone: &Phone, args: &Set) -> Result<Answer, Failure> {
    let kind = record_type(&args.target.kind)?;
    each_once(&args.fields)?;
    phone.book.set(kind.name, args.target.id, &args.fields)?;
    Ok(Answer::new("", json!({ "id": args.target.id })))
}
