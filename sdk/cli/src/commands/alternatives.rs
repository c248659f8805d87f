//! `alternatives`: the values that lost against a colleague's, kept until somebody takes them or lets them go.

use super::{Phone, record_type};
use crate::args::{Alternatives, AlternativesCommand, OneAlternative};
use crate::failure::Failure;
use crate::output::Answer;
use crate::present::{self, Presenter};
use crate::table::Table;
use fieldbook_device::{Alternative, RecordId, RecordRef};
use serde_json::{Value, json};

pub(super) fn run(phone: &Phone, args: &Alternatives) -> Result<Answer, Failure> {
    match (&args.command, &args.kind, args.id) {
        (Some(AlternativesCommand::Choose(one)), ..) => {
            let (kind, id, key) = find(phone, one)?;
            phone.book.choose_alternative(kind, id, &key)?;
            Ok(Answer::new("chosen\n", json!({ "key": key, "chosen": true })))
        }
        (Some(AlternativesCommand::Dismiss(one)), ..) => {
            let (kind, id, key) = find(phone, one)?;
            phone.book.dismiss_alternative(kind, id, &key)?;
            Ok(Answer::new("dismissed\n", json!({ "key": key, "dismissed": true })))
        }
        (None, Some(kind), Some(id)) => list(phone, kind, id),
        (None, ..) => Err(Failure::refused("usage", "which record? give its type and id")),
    }
}

fn list(phone: &Phone, kind: &str, id: RecordId) -> Result<Answer, Failure> {
    let kind = record_type(kind)?;
    let alternatives = phone.book.alternatives(kind.name, id)?;
    let mut presenter = Presenter::new(&phone.book);
    let mut table = Table::in_full(["field", "value", "by", "at", "rule", "alternative"]);
    for alternative in &alternatives {
        let part = |name: &str| alternative.kept.get(name).unwrap_or(&Value::Null);
        let author = part("by").as_str().and_then(|id| id.parse().ok());
        let author = author.map(|id| presenter.title(&RecordRef::new("user", id))).unwrap_or_default();
        let at = part("at").as_i64().map(present::moment).unwrap_or_default();
        let (value, rule) = (present::plain(part("value")), present::plain(part("rule")));
        table.row([alternative.field.clone(), value, author, at, rule, name(alternative).to_owned()]);
    }
    let human = if alternatives.is_empty() { "no alternatives\n".to_owned() } else { table.render(0) };
    Ok(Answer::new(human, json!(alternatives)))
}

/// The id at the end of its key, which no other value of the record has.
fn name(alternative: &Alternative) -> &str {
    alternative.key.rsplit('/').next().unwrap_or("")
}

fn find(phone: &Phone, one: &OneAlternative) -> Result<(&'static str, RecordId, String), Failure> {
    let kind = record_type(&one.target.kind)?;
    let wanted = one.alternative.to_string();
    let found = phone.book.alternatives(kind.name, one.target.id)?.into_iter().find(|other| name(other) == wanted);
    let message = format!("no losing value of this {} is {wanted}; `alternatives` lists them", kind.name);
    let found = found.ok_or_else(|| Failure::refused("alternative.not_found", message))?;
    Ok((kind.name, one.target.id, found.key))
}
