//! `show`: one record in full, or only some of it.

use super::{Phone, record_type};
use crate::args::Show;
use crate::failure::Failure;
use crate::output::Answer;
use crate::present::Presenter;
use fieldbook_domain::record::RecordType;
use serde_json::{Map, Value, json};

pub(super) fn run(phone: &Phone, args: &Show) -> Result<Answer, Failure> {
    let kind = record_type(&args.target.kind)?;
    let mut record = phone.book.get(kind.name, args.target.id)?;
    if args.only.is_empty() {
        let mut human = Presenter::new(&phone.book).record(kind, &record);
        let flags = phone.book.flags(kind.name, args.target.id)?;
        for flag in &flags {
            human.push_str(&format!("look at: {} ({})\n", flag.says, flag.rule));
        }
        if !flags.is_empty() {
            record.insert("flags".to_owned(), json!(flags));
        }
        return Ok(Answer::new(human, Value::Object(record)));
    }
    let only = only(kind, &record, &args.only)?;
    let lines: String = plain(&only, &args.only).iter().map(|value| format!("{value}\n")).collect();
    Ok(Answer::new(lines, Value::Object(only)))
}

/// What a record holds in these fields; null where nothing is.
pub(super) fn only(kind: &RecordType, record: &Map<String, Value>, fields: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut only = Map::new();
    for name in fields {
        let known = COMMON.contains(&name.as_str()) || kind.field(name).is_some() || kind.collection(name).is_some();
        if !known && !record.contains_key(name) {
            let message = format!("{} has no field {name}", fieldbook_domain::refusal::a(kind.name));
            return Err(Failure { field: Some(name.clone()), ..Failure::refused("field.unknown", message) });
        }
        only.insert(name.clone(), record.get(name).cloned().unwrap_or_default());
    }
    Ok(only)
}

/// These fields as a script wants them, in this order: text as it is, nothing as nothing.
pub(super) fn plain(record: &Map<String, Value>, fields: &[String]) -> Vec<String> {
    let one = |field: &String| match record.get(field) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    fields.iter().map(one).collect()
}

/// Fields every record has.
const COMMON: &[&str] = &["id", "state", "status_reason", "created_at", "modified_at", "pending", "deleted"];
