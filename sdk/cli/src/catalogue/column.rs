//! The columns a declaration makes, and how a value looks in a cell.

use super::names::Names;
use super::report::Problem;
use fieldbook_domain::field::{Field, Freeze, Kind};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One column: a field, or a part of a compound one as `field.part`.
#[derive(Debug)]
pub(super) struct Column {
    /// Its name in the heading.
    pub(super) name: String,
    field: &'static Field,
    part: Option<&'static Field>,
}

impl Column {
    /// The columns of these fields; what is derived or worked out has none.
    pub(super) fn of(fields: &'static [Field]) -> Vec<Column> {
        let mut columns = Vec::new();
        for field in fields.iter().filter(|field| field.freeze != Freeze::Server && !field.computed) {
            if let Kind::Compound(parts) = field.kind {
                let name = |part: &Field| format!("{}.{}", field.name, part.name);
                columns.extend(parts.iter().map(|part| Column { name: name(part), field, part: Some(part) }));
            } else {
                columns.push(Column { name: field.name.to_owned(), field, part: None });
            }
        }
        columns
    }

    /// What stands in this column for a record.
    pub(super) fn cell(&self, body: &Map<String, Value>) -> String {
        let value = body.get(self.field.name);
        spell(match self.part {
            Some(part) => value.and_then(|value| value.get(part.name)),
            None => value,
        })
    }
}

/// A value as a cell holds it.
pub(super) fn spell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::Bool(yes)) => (if *yes { "yes" } else { "no" }).to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Reads the cells of a row as fields; a column that is not there says nothing, an empty cell empties the field.
pub(super) fn fields(
    declared: &'static [Field],
    cells: &BTreeMap<String, String>,
    names: &Names,
) -> Result<Vec<(&'static str, Value)>, Problem> {
    let mut found: Vec<(&'static str, Value)> = Vec::new();
    for column in Column::of(declared) {
        let Some(text) = cells.get(&column.name) else { continue };
        let value = value(column.part.unwrap_or(column.field), text, names).map_err(|problem| problem.at(&column.name))?;
        match column.part {
            None => found.push((column.field.name, value)),
            Some(part) => put_part(&mut found, column.field, part, value),
        }
    }
    for (name, value) in &mut found {
        let compound = declared.iter().find(|field| field.name == *name && matches!(field.kind, Kind::Compound(_)));
        if let Some(field) = compound {
            if value.as_object().is_some_and(Map::is_empty) {
                *value = Value::Null;
            }
            *value = field.check(value)?;
        }
    }
    Ok(found)
}

fn put_part(found: &mut Vec<(&'static str, Value)>, field: &'static Field, part: &Field, value: Value) {
    if !found.iter().any(|(name, _)| *name == field.name) {
        found.push((field.name, Value::Object(Map::new())));
    }
    let whole = found.iter_mut().find(|(name, _)| *name == field.name).and_then(|(_, whole)| whole.as_object_mut());
    if let Some(whole) = whole.filter(|_| !value.is_null()) {
        whole.insert(part.name.to_owned(), value);
    }
}

/// A cell as a value: a reference may be an id, or what the record is called.
fn value(field: &Field, text: &str, names: &Names) -> Result<Value, Problem> {
    // Blanks around a value do not count; a long text is kept as it is.
    let text = if field.is_long_text() { text } else { text.trim() };
    match referred(field).filter(|_| !text.is_empty()) {
        Some(kind) => Ok(Value::from(names.find(kind, text)?.to_string())),
        None => Ok(field.parse(text)?),
    }
}

/// The record type a field refers to, where it is one.
pub(super) fn referred(field: &Field) -> Option<&'static str> {
    if let Kind::Ref([kind]) = field.kind { Some(kind) } else { None }
}
