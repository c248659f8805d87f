//! `alternatives`: the values that lost against a colleague's, kept so that their author can put them back.

use super::{Phone, record_type};
use crate::args::Target;
use crate::failure::Failure;
use crate::output::Answer;
use crate::present::{self, Presenter};
use crate::table::Table;
use fieldbook_device::RecordRef;
use serde_json::{Value, json};

pub(super) fn run(phone: &Phone, target: &Target) -> Result<Answer, Failure> {
    let kind = record_type(&target.kind)?;
    let alternatives = phone.book.alternatives(kind.name, target.id)?;
    let mut presenter = Presenter::new(&phone.book);
    let mut table = Table::in_full(["field", "value", "by", "at", "rule"]);
    for alternative in &alternatives {
        let part = |name: &str| alternative.kept.get(name).unwrap_or(&Value::Null);
        let author = part("by").as_str().and_then(|id| id.parse().ok());
        let author = author.map(|id| presenter.title(&RecordRef::new("user", id))).unwrap_or_default();
        let at = part("at").as_i64().map(present::moment).unwrap_or_default();
        table.row([alternative.field.clone(), present::plain(part("value")), author, at, present::plain(part("rule"))]);
    }
    let human = if alternatives.is_empty() { "no alternatives\n".to_owned() } else { table.render(0) };
    Ok(Answer::new(human, json!(alternatives)))
}
