//! `duplicates`: who may be the same person or company.

use super::{Phone, record_type};
use crate::args::Target;
use crate::failure::Failure;
use crate::output::Answer;
use crate::table::Table;
use fieldbook_domain::duplicate::Duplicate;
use serde_json::json;

pub(super) fn run(phone: &Phone, target: &Target) -> Result<Answer, Failure> {
    let kind = record_type(&target.kind)?;
    let record = phone.book.get(kind.name, target.id)?;
    let found = phone.book.duplicates(kind.name, Some(target.id), &record)?;
    let human = if found.is_empty() { "nothing like it is here\n".to_owned() } else { shown(&found) };
    Ok(Answer::new(human, json!(found)))
}

/// The records that may be the same, one a line.
pub(super) fn shown(found: &[Duplicate]) -> String {
    let mut table = Table::new(["what", "name", "the same", "id"]);
    for one in found {
        let same = one.same.trim_start_matches("the ").to_owned();
        table.row([one.record.kind.clone(), one.title.clone(), same, one.record.id.to_string()]);
    }
    table.render(0)
}
