//! `types`: the record types with their fields and actions, read from the declarations.

use super::record_type;
use crate::args::Types;
use crate::failure::Failure;
use crate::output::Answer;
use crate::table::Table;
use fieldbook_domain::field::{Field, Freeze, Kind};
use fieldbook_domain::lifecycle::{ActionSpec, Move};
use fieldbook_domain::permission::Who;
use fieldbook_domain::record::{RECORD_TYPES, RecordType};
use serde_json::{Value, json};

pub(super) fn run(args: &Types) -> Result<Answer, Failure> {
    if let Some(name) = &args.kind {
        let kind = record_type(name)?;
        return Ok(Answer::new(in_detail(kind), declaration(kind)));
    }
    let mut table = Table::in_full(["type", "what it is", "actions"]);
    for kind in RECORD_TYPES {
        let actions: Vec<&str> = kind.lifecycle.actions.iter().map(|action| action.name).collect();
        table.row([kind.name.to_owned(), kind.doc.trim().to_owned(), actions.join(", ")]);
    }
    let human = format!("{}\n`fieldbook types TYPE` shows fields and actions.\n", table.render(0));
    Ok(Answer::new(human, RECORD_TYPES.iter().map(|kind| declaration(kind)).collect()))
}

fn in_detail(kind: &RecordType) -> String {
    let mut text = format!("{}: {}\n\nfields:\n", kind.name, kind.doc.trim());
    text.push_str(&field_lines(kind.fields));
    for collection in kind.collections {
        text.push_str(&format!("\n{}: {}\n{}", collection.name, collection.doc.trim(), field_lines(collection.fields)));
    }
    text.push_str("\nactions:\n");
    for action in kind.lifecycle.actions {
        let arguments: String = action.asked().map(|arg| format!(" [{}=…]", arg.field.name)).collect();
        text.push_str(&format!("  {}{arguments}\n      {}\n", action.name, action.doc));
        for row in moves(kind, action) {
            let office = if row.office { ", at the office" } else { "" };
            let proposed = row.proposed_by.map_or_else(String::new, |who| format!(", proposed by {}", who.name()));
            text.push_str(&format!("      {} -> {}, as {}{proposed}{office}{}\n", row.from, row.to, row.who.name(), needs(row)));
        }
    }
    text.push_str(&format!("  delete\n      as {}\n", kind.lifecycle.delete.describe()));
    text
}

fn field_lines(fields: &[Field]) -> String {
    let mut table = Table::in_full(["field", "holds", "meaning"]);
    for field in fields {
        let required = if field.required { ", needed" } else { "" };
        let derived = if field.freeze == Freeze::Server { ", not typed" } else { "" };
        let holds = format!("{}{required}{derived}", holds(field));
        table.row([field.name.to_owned(), holds, field.doc.trim().to_owned()]);
    }
    table.render(2)
}

fn moves<'k>(kind: &'k RecordType, action: &'k ActionSpec) -> impl Iterator<Item = &'k Move> {
    kind.lifecycle.moves.iter().filter(|row| row.action == action.name)
}

fn needs(row: &Move) -> String {
    let needs: Vec<&str> = row.needs.iter().map(|guard| guard.name).collect();
    if needs.is_empty() { String::new() } else { format!(", needs {}", needs.join("; ")) }
}

fn holds(field: &Field) -> String {
    match field.kind {
        Kind::Text { max } => format!("text of at most {max}"),
        Kind::LongText { max } => format!("long text of at most {max}"),
        Kind::Email => "e-mail address".to_owned(),
        Kind::Phone => "telephone number".to_owned(),
        Kind::Url => "web address".to_owned(),
        Kind::Bool => "yes or no".to_owned(),
        Kind::Integer { min, max } => format!("whole number {min} to {max}"),
        Kind::Decimal { scale } => format!("number, {scale} decimal places"),
        Kind::Signed { scale } => format!("number, also below 0, {scale} decimal places"),
        Kind::Percent { max } => format!("percentage up to {max}"),
        Kind::Date => "day, 2026-11-23".to_owned(),
        Kind::Time => "moment, 2026-11-23T09:30:00Z".to_owned(),
        Kind::Choice(words) => words.join(" | "),
        Kind::Line => "id of a line".to_owned(),
        Kind::Ref([only]) => format!("id of a {only}"),
        Kind::Ref(types) => types.iter().map(|name| format!("{name}:ID")).collect::<Vec<_>>().join(" or "),
        Kind::Blob => "SHA-256 of a file; `attach` fills it in".to_owned(),
        Kind::Compound(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| format!("{}.{}", field.name, part.name)).collect();
            parts.join(", ")
        }
    }
}

fn declaration(kind: &RecordType) -> Value {
    let collection = |c: &fieldbook_domain::record::Collection| json!({ "name": c.name, "description": c.doc.trim(), "fields": fields(c.fields) });
    let action = |a: &ActionSpec| {
        let arguments: Vec<Field> = a.asked().map(|arg| arg.field).collect();
        let moves: Vec<Value> = moves(kind, a)
            .map(|row| {
                let needs: Vec<&str> = row.needs.iter().map(|guard| guard.name).collect();
                json!({
                    "from": row.from, "to": row.to, "role": row.who.name(), "proposed_by": row.proposed_by.map(Who::name),
                    "office": row.office, "needs": needs
                })
            })
            .collect();
        json!({ "name": a.name, "description": a.doc, "arguments": fields(&arguments), "moves": moves })
    };
    json!({
        "type": kind.name,
        "description": kind.doc.trim(),
        "title": kind.title,
        "written_by": kind.access.describe(),
        "fields": fields(kind.fields),
        "collections": kind.collections.iter().map(collection).collect::<Vec<_>>(),
        "states": kind.lifecycle.states.iter().map(|s| json!({ "name": s.name, "reasons": s.reasons, "frozen": s.frozen })).collect::<Vec<_>>(),
        "actions": kind.lifecycle.actions.iter().map(action).collect::<Vec<_>>(),
    })
}

fn fields(fields: &[Field]) -> Vec<Value> {
    fields.iter().map(field).collect()
}

fn field(field: &Field) -> Value {
    let mut json = json!({
        "name": field.name,
        "description": field.doc.trim(),
        "holds": holds(field),
        "required": field.required,
        "freezes": field.freeze.code(),
    });
    let more = match field.kind {
        Kind::Choice(words) => Some(("choices", json!(words))),
        Kind::Ref(types) => Some(("refers_to", json!(types))),
        Kind::Compound(parts) => Some(("parts", json!(fields(parts)))),
        Kind::Text { .. }
        | Kind::LongText { .. }
        | Kind::Email
        | Kind::Phone
        | Kind::Url
        | Kind::Bool
        | Kind::Integer { .. }
        | Kind::Decimal { .. }
        | Kind::Signed { .. }
        | Kind::Percent { .. }
        | Kind::Line
        | Kind::Date
        | Kind::Time
        | Kind::Blob => None,
    };
    if let (Some((name, value)), Some(object)) = (more, json.as_object_mut()) {
        object.insert(name.to_owned(), value);
    }
    json
}
