//! `suggest`: what goes with what somebody buys.

use super::{Phone, record_type};
use crate::args::Target;
use crate::failure::Failure;
use crate::output::Answer;
use crate::present::Presenter;
use crate::table::Table;
use fieldbook_domain::ids::RecordRef;
use serde_json::json;

pub(super) fn run(phone: &Phone, target: &Target) -> Result<Answer, Failure> {
    let kind = record_type(&target.kind)?;
    let suggestions = phone.book.suggest(kind.name, target.id)?;
    let mut names = Presenter::new(&phone.book);
    let mut table = Table::new(["kind", "product", "because of", "id"]);
    for one in &suggestions {
        let because_of = names.title(&RecordRef::new("product", one.because_of));
        table.row([one.kind.replace('_', " "), one.name.clone(), because_of, one.product.to_string()]);
    }
    let human = if suggestions.is_empty() { "nothing goes with it\n".to_owned() } else { table.render(0) };
    Ok(Answer::new(human, json!(suggestions)))
}
