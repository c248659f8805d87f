//! `alternatives`: the values that lost against a colleague's, kept so that their author can put them back.

use super::{Phone, record_type};
use crate::args::Target;
use crate::failure::Failure;
use crate::output::Answer;
use crate::present;
use crate::table::Table;
use serde_json::json;

pub(super) fn run(phone: &Phone, target: &Target) -> Result<Answer, Failure> {
    let kind = record_type(&target.kind)?;
    let alternatives = phone.book.alternatives(kind.name, target.id)?;
    let mut table = Table::in_full(["field", "kept"]);
    for alternative in &alternatives {
        table.row([alternative.field.clone(), present::plain(&alternative.kept)]);
    }
    let human = if alternatives.is_empty() { "no alternatives\n".to_owned() } else { table.render(0) };
    Ok(Answer::new(human, json!(alternatives)))
}
