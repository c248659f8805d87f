//! `list`: the records of a type, filtered and sorted.

use super::{Phone, record_type, show};
use crate::args::List;
use crate::failure::Failure;
use crate::output::Answer;
use crate::present::Presenter;
use fieldbook_device::{Direction, Query};
use fieldbook_domain::field::Kind;
use fieldbook_domain::record::RecordType;
use serde_json::{Map, Value, json};

pub(super) fn run(phone: &Phone, args: List) -> Result<Answer, Failure> {
    let kind = record_type(&args.kind)?;
    let sort = args.sort.map(|sort| match sort.strip_prefix('-') {
        Some(field) => (field.to_owned(), Direction::Descending),
        None => (sort, Direction::Ascending),
    });
    let filters = args.filters.iter().map(|(name, text)| Ok((name.clone(), wanted(kind, name, text)?)));
    let filters = filters.collect::<Result<_, Failure>>()?;
    let query = Query { kind: kind.name.to_owned(), filters, sort, limit: args.limit, offset: args.offset };
    let records = phone.book.list(&query)?;
    if !args.only.is_empty() {
        let some = records.iter().map(|record| show::only(kind, record, &args.only));
        let some = some.collect::<Result<Vec<_>, Failure>>()?;
        let line = |record: &Map<String, Value>| format!("{}\n", show::plain(record, &args.only).join("\t"));
        let lines: String = some.iter().map(line).collect();
        return Ok(Answer::new(lines, json!(some)));
    }
    let human = Presenter::new(&phone.book).list(kind, &records);
    Ok(Answer::new(human, json!(records)))
}

/// What a record must hold in a field, from what was typed; nothing typed asks for nothing held.
fn wanted(kind: &'static RecordType, name: &str, text: &str) -> Result<Value, Failure> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let (name, part) = name.split_once('.').map_or((name, None), |(name, part)| (name, Some(part)));
    let field = kind.field(name).and_then(|field| match (part, field.kind) {
        (Some(part), Kind::Compound(parts)) => parts.iter().find(|declared| declared.name == part),
        (Some(_), _) => None,
        (None, _) => Some(field),
    });
    match field {
        // A bare id may stand for any type the field refers to, and a word may be one of a newer app.
        Some(field) if !matches!(field.kind, Kind::Ref(_) | Kind::Choice(_) | Kind::Compound(_)) => Ok(field.parse(text)?),
        Some(_) | None => Ok(Value::from(text)),
    }
}
