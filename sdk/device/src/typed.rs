//! What somebody typed, as `field=value`, into JSON a record can hold.
//!
//! A part of a compound is typed as `field.part=value`. Where a reference may point at several types a bare id will do: the
//! book knows what it is.

use fieldbook_domain::field::{self, Field, Kind};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::lifecycle::{ActionSpec, Arg};
use fieldbook_domain::record::{Collection, RecordType};
use fieldbook_domain::refusal::{Refusal, a};
use serde_json::{Map, Value};

use crate::desk::Desk;
use crate::error::Error;

/// Puts typed values on top of what a record holds.
pub(crate) fn fields(
    desk: &Desk<'_>,
    kind: &'static RecordType,
    current: &Map<String, Value>,
    typed: &[(String, String)],
) -> Result<Map<String, Value>, Error> {
    let mut fields = current.clone();
    for (name, text) in typed {
        let (head, part) = name.split_once('.').map_or((name.as_str(), None), |(head, part)| (head, Some(part)));
        if let Some(collection) = kind.collection(head).filter(|_| part.is_none()) {
            fields.insert(head.to_owned(), children(desk, collection, text)?);
            continue;
        }
        let Some(field) = kind.field(head) else {
            let names: Vec<&str> = kind.fields.iter().map(|field| field.name).collect();
            let message = format!("{} has no field {head}; it has {}", a(kind.name), names.join(", "));
            return Err(Refusal::field("field.unknown", head, message).into());
        };
        let value = value(desk, field, fields.get(head), part, text)?;
        fields.insert(head.to_owned(), value);
    }
    Ok(fields)
}

/// Reads the arguments of an action.
pub(crate) fn arguments(
    desk: &Desk<'_>,
    kind: &'static RecordType,
    action: &str,
    typed: &[(String, String)],
) -> Result<Map<String, Value>, Error> {
    let mut args = Map::new();
    let declared: Vec<&Arg> = kind.lifecycle.action(action).into_iter().flat_map(ActionSpec::asked).collect();
    for (name, text) in typed {
        let Some(arg) = declared.iter().find(|arg| arg.field.name == name) else {
            let names: Vec<&str> = declared.iter().map(|arg| arg.field.name).collect();
            let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let message = format!("{action} has no argument {name}; it takes {known}");
            return Err(Refusal::field(&format!("{}.{action}.argument", kind.name), name, message).into());
        };
        args.insert(name.clone(), value(desk, &arg.field, None, None, text)?);
    }
    Ok(args)
}

fn value(desk: &Desk<'_>, field: &Field, current: Option<&Value>, part: Option<&str>, text: &str) -> Result<Value, Error> {
    match (field.kind, part) {
        (Kind::Compound(_), Some(_)) => Ok(field::set_part(field, current, part, text)?),
        (Kind::Compound(_), None) if !text.is_empty() && !text.starts_with('{') => {
            Ok(field::set_part(field, current, None, text)?)
        }
        (_, Some(part)) => {
            let message = format!("{} has no parts, so there is no {}.{part}", field.name, field.name);
            Err(Refusal::field("field.unknown_part", field.name, message).into())
        }
        (Kind::Ref(types), None) if types.len() > 1 => match text.trim().parse::<RecordId>() {
            Ok(id) => Ok(field.parse(&resolve(desk, field, types, id)?)?),
            Err(_) => Ok(field.parse(text)?),
        },
        _ => Ok(field.parse(text)?),
    }
}

fn resolve(desk: &Desk<'_>, field: &Field, types: &[&str], id: RecordId) -> Result<String, Error> {
    let own = (desk.author().user == id).then(|| "user".to_owned());
    let kind = desk.kind_of(id)?.or(own).filter(|kind| types.contains(&kind.as_str()));
    let kind = kind.ok_or_else(|| {
        let message = format!("{} names {id}, which is no {} on this device", field.name, types.join(" or "));
        Refusal::field("field.reference", field.name, message)
    })?;
    Ok(format!("{kind}:{id}"))
}

/// Children are typed as a JSON list; those without an id are new.
fn children(desk: &Desk<'_>, collection: &Collection, text: &str) -> Result<Value, Error> {
    if text.trim().is_empty() {
        return Ok(Value::Array(Vec::new()));
    }
    let refuse = || {
        let message = format!("{} is typed as a JSON list of objects", collection.name);
        Refusal::field("field.format", collection.name, message)
    };
    let mut list: Vec<Map<String, Value>> = serde_json::from_str(text).map_err(|_| refuse())?;
    for child in &mut list {
        if !child.contains_key("id") {
            child.insert("id".to_owned(), Value::from(desk.new_id().to_string()));
        }
    }
    Ok(Value::Array(list.into_iter().map(Value::Object).collect()))
}
