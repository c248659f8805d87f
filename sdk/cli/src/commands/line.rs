//! `line`: adds, changes and removes the children of a record: lines of an opportunity, items of a price list, members.

use super::{Phone, each_once, record_type};
use crate::args::{Line, Target};
use crate::failure::Failure;
use crate::output::Answer;
use fieldbook_domain::field::{self, Field, Kind};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::{Collection, RecordType};
use serde_json::{Map, Value, json};

pub(super) fn run(phone: &Phone, args: &Line) -> Result<Answer, Failure> {
    match args {
        Line::Add { target, fields } => {
            let id = phone.host.ids.record_id(phone.host.clock.now_ms());
            let (fields, said) = apart(fields);
            change(phone, target, Which::Holding(&fields), (id, &said), |kind, collection, lines| {
                let mut line = Map::new();
                line.insert("id".into(), Value::from(id.to_string()));
                fill(kind, collection, &mut line, &fields)?;
                lines.push(Value::Object(line));
                Ok(())
            })?;
            Ok(Answer::new(format!("{id}\n"), json!({ "id": id })))
        }
        Line::Set { target, line, fields } => {
            let (fields, said) = apart(fields);
            change(phone, target, Which::Of(*line), (*line, &said), |kind, collection, lines| {
                let place = find(lines, *line, kind, target)?;
                match lines.get_mut(place).and_then(Value::as_object_mut) {
                    Some(line) => fill(kind, collection, line, &fields),
                    None => Ok(()),
                }
            })?;
            Ok(Answer::new("", json!({ "id": line })))
        }
        Line::Remove { target, line } => {
            change(phone, target, Which::Of(*line), (*line, &[]), |kind, _, lines| {
                let place = find(lines, *line, kind, target)?;
                lines.remove(place);
                Ok(())
            })?;
            Ok(Answer::new("removed\n", json!({ "id": line, "removed": true })))
        }
    }
}

/// Which of a record's collections is meant, where it has several: components and properties of a product.
enum Which<'a> {
    /// The first whose children have all these fields.
    Holding(&'a [Pair]),
    /// The one that holds this child.
    Of(RecordId),
}

impl Which<'_> {
    /// The first one where none fits: it says what it has.
    fn of(&self, kind: &'static RecordType, record: &Map<String, Value>) -> Option<&'static Collection> {
        let has = |collection: &&Collection, name: &str| {
            let name = name.split_once('.').map_or(name, |(name, _)| name);
            let (name, _) = within(collection, name, None);
            collection.fields.iter().any(|field| field.name == name)
        };
        let fits = |collection: &&Collection| match self {
            Which::Holding(fields) => fields.iter().all(|(name, _)| has(collection, name)),
            Which::Of(line) => children_of(record, collection).any(|id| id == line.to_string()),
        };
        kind.collections.iter().find(fits).or_else(|| kind.collections.first())
    }
}

fn children_of<'r>(record: &'r Map<String, Value>, collection: &Collection) -> impl Iterator<Item = &'r str> {
    let children = record.get(collection.name).and_then(Value::as_array).into_iter().flatten();
    children.filter_map(|child| child.get("id").and_then(Value::as_str))
}

/// Saves the record with its children changed; only the difference is written.
fn change(
    phone: &Phone,
    target: &Target,
    which: Which<'_>,
    (line, said): (RecordId, &[Pair]),
    change: impl FnOnce(&'static RecordType, &'static Collection, &mut Vec<Value>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let kind = record_type(&target.kind)?;
    let no_lines = || Failure::refused("record.no_lines", format!("a {} has no lines", kind.name));
    if kind.collections.is_empty() {
        return Err(no_lines());
    }
    let was = phone.book.get(kind.name, target.id)?;
    let collection = which.of(kind, &was).ok_or_else(no_lines)?;
    let mut lines = was.get(collection.name).and_then(Value::as_array).cloned().unwrap_or_default();
    change(kind, collection, &mut lines)?;
    let mut now = was.clone();
    now.insert(collection.name.to_owned(), Value::Array(lines));
    say(kind, &mut now, line, said)?;
    phone.book.save(kind.name, target.id, &was, &now)?;
    Ok(())
}

type Pair = (String, String);

/// What is typed as `property.NAME=VALUE` says something of the line's product; the rest are fields of the line.
fn apart(typed: &[Pair]) -> (Vec<Pair>, Vec<Pair>) {
    let (said, fields): (Vec<&Pair>, Vec<&Pair>) = typed.iter().partition(|(name, _)| name.starts_with(PROPERTY));
    let own = |(name, value): &Pair| (name.trim_start_matches(PROPERTY).to_owned(), value.clone());
    (fields.into_iter().cloned().collect(), said.into_iter().map(own).collect())
}

const PROPERTY: &str = "property.";

/// Says the properties of a line; an empty value takes back what was said.
fn say(kind: &RecordType, record: &mut Map<String, Value>, line: RecordId, said: &[Pair]) -> Result<(), Failure> {
    const VALUES: &str = "properties";
    if said.is_empty() {
        return Ok(());
    }
    if kind.collection(VALUES).is_none_or(|values| values.fields.iter().all(|field| field.name != "line")) {
        return Err(Failure::refused("record.no_properties", format!("the lines of a {} have no properties", kind.name)));
    }
    each_once(said)?;
    let mut values = record.get(VALUES).and_then(Value::as_array).cloned().unwrap_or_default();
    for (name, value) in said {
        // One of a line and a name, so that two people who say it say one thing.
        let id = line.derived(name).to_string();
        values.retain(|known| known.get("id").and_then(Value::as_str) != Some(&id));
        if !value.is_empty() {
            values.push(json!({ "id": id, "line": line.to_string(), "name": name, "value": value }));
        }
    }
    record.insert(VALUES.to_owned(), Value::Array(values));
    Ok(())
}

fn find(lines: &[Value], line: RecordId, kind: &RecordType, target: &Target) -> Result<usize, Failure> {
    let id = line.to_string();
    let place = lines.iter().position(|child| child.get("id").and_then(Value::as_str) == Some(id.as_str()));
    place.ok_or_else(|| Failure::refused("record.no_such_line", format!("{} {} has no line {id}", kind.name, target.id)))
}

/// Puts what was typed into a line; `quantity.unit=…` sets one part of a compound value.
fn fill(
    kind: &RecordType,
    collection: &Collection,
    line: &mut Map<String, Value>,
    typed: &[(String, String)],
) -> Result<(), Failure> {
    each_once(typed)?;
    for (name, text) in typed {
        let (name, part) = name.split_once('.').map_or((name.as_str(), None), |(name, part)| (name, Some(part)));
        let (name, part) = within(collection, name, part);
        let Some(field) = collection.fields.iter().find(|field| field.name == name) else {
            let names: Vec<&str> = collection.fields.iter().map(|field| field.name).collect();
            let message =
                format!("the {} of a {} have no field {name}; they have {}", collection.name, kind.name, names.join(", "));
            return Err(Failure { field: Some(name.to_owned()), ..Failure::refused("field.unknown", message) });
        };
        if part.is_some() && !matches!(field.kind, Kind::Compound(_)) {
            let message = format!("{name} has no parts");
            return Err(Failure { field: Some(name.to_owned()), ..Failure::refused("field.unknown_part", message) });
        }
        let value = field::set_part(field, line.get(name), part, text)?;
        if value.is_null() {
            line.remove(name);
        } else {
            line.insert(name.to_owned(), value);
        }
    }
    Ok(())
}

/// `unit=…` is `quantity.unit=…`: what is no field but a part of exactly one is that part.
fn within<'n>(collection: &Collection, name: &'n str, part: Option<&'n str>) -> (&'n str, Option<&'n str>) {
    if part.is_some() || collection.fields.iter().any(|field| field.name == name) {
        return (name, part);
    }
    let has = |field: &&Field| {
        !field.computed && matches!(field.kind, Kind::Compound(parts) if parts.iter().any(|part| part.name == name))
    };
    let mut owners = collection.fields.iter().filter(has);
    match (owners.next(), owners.next()) {
        (Some(owner), None) => (owner.name, Some(name)),
        _ => (name, part),
    }
}
