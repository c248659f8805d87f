//! Writing the catalogue into files.

use super::column::Column;
use super::{file_of, heading, held, is_json, kinds};
use crate::failure::Failure;
use crate::output::Answer;
use crate::table::{Table, grouped};
use fieldbook_device::Book;
use fieldbook_domain::field::{Field, Freeze};
use fieldbook_domain::record::{Collection, RecordType};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;

type Body = Map<String, Value>;

/// One file: its name and its rows, the heading first.
type Sheet = (String, Vec<Vec<String>>);

pub(super) fn run(book: &Book, to: &Path) -> Result<Answer, Failure> {
    let mut all = Vec::new();
    for kind in kinds() {
        all.push((kind, held(book, kind)?));
    }
    if is_json(to) {
        let text = serde_json::to_string_pretty(
            &all.iter().map(|(kind, bodies)| (kind.name.to_owned(), pack(kind, bodies))).collect::<Body>(),
        );
        fs::write(to, text.unwrap_or_default() + "\n").map_err(|error| unwritten(to, &error))?;
    } else {
        fs::create_dir_all(to).map_err(|error| unwritten(to, &error))?;
        for (file, rows) in all.iter().flat_map(|(kind, bodies)| sheets(kind, bodies)) {
            let path = to.join(file);
            fs::write(&path, csv(&rows)).map_err(|error| unwritten(&path, &error))?;
        }
    }
    let mut table = Table::new(["record type", "records"]);
    let mut counts = Map::new();
    for (kind, bodies) in &all {
        table.row([kind.name.to_owned(), grouped(&bodies.len().to_string())]);
        counts.insert(kind.name.to_owned(), Value::from(bodies.len()));
    }
    Ok(Answer::new(table.render(0), json!({ "records": counts })))
}

fn sheets(kind: &'static RecordType, bodies: &[Body]) -> Vec<Sheet> {
    let mut own = vec![heading(kind, None)];
    let columns = Column::of(kind.fields);
    for body in bodies {
        let cells = columns.iter().map(|column| column.cell(body));
        own.push([word(body, "id")].into_iter().chain(cells).chain([word(body, "state")]).collect());
    }
    let mut sheets = vec![(file_of(kind, None), own)];
    for collection in kind.collections {
        let mut rows = vec![heading(kind, Some(collection))];
        let columns = Column::of(collection.fields);
        for (body, child) in bodies.iter().flat_map(|body| children(body, collection).map(move |child| (body, child))) {
            let cells = columns.iter().map(|column| column.cell(child));
            rows.push([word(body, "id"), word(child, "id")].into_iter().chain(cells).collect());
        }
        sheets.push((file_of(kind, Some(collection)), rows));
    }
    sheets
}

fn pack(kind: &'static RecordType, bodies: &[Body]) -> Value {
    let one = |body: &Body| {
        let mut packed = kept(body, kind.fields, &["id", "state"]);
        for collection in kind.collections {
            let children: Vec<Value> =
                children(body, collection).map(|child| Value::Object(kept(child, collection.fields, &["id"]))).collect();
            if !children.is_empty() {
                packed.insert(collection.name.to_owned(), Value::Array(children));
            }
        }
        Value::Object(packed)
    };
    bodies.iter().map(one).collect()
}

/// What a person may write, and these.
fn kept(body: &Body, fields: &[Field], also: &[&str]) -> Body {
    let typed = |name: &str| fields.iter().any(|field| field.name == name && field.freeze != Freeze::Server && !field.computed);
    let kept = body.iter().filter(|(name, _)| also.contains(&name.as_str()) || typed(name));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn children<'b>(body: &'b Body, collection: &Collection) -> impl Iterator<Item = &'b Body> {
    body.get(collection.name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn word(body: &Body, name: &str) -> String {
    super::column::spell(body.get(name))
}

fn csv(rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Writing into memory does not fail.
        drop(writer.write_record(row));
    }
    writer.into_inner().unwrap_or_default()
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::broken("catalogue.file", format!("cannot write {}: {error}", path.display()))
}
