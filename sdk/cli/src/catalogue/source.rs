//! A catalogue as rows, whichever way it is kept: a folder of comma-separated values, or one JSON file.

use super::column::spell;
use super::report::{Place, Problem, Report};
use super::{file_of, heading, is_json, kinds, parent_column};
use crate::failure::Failure;
use crate::import::source::sheet;
use fieldbook_domain::record::{Collection, RecordType};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// One row: where it stands and what its columns say.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) place: Place,
    pub(super) cells: BTreeMap<String, String>,
}

/// The rows of one record type, or of one collection of its children.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) kind: &'static RecordType,
    pub(super) collection: Option<&'static Collection>,
    pub(super) rows: Vec<Row>,
}

impl Row {
    /// What stands in a column, blanks around it left out.
    pub(super) fn text(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", |text| text.trim())
    }
}

/// Reads everything before anything is written.
pub(super) fn read(from: &Path, report: &mut Report) -> Result<Vec<Sheet>, Failure> {
    if is_json(from) {
        return unpack(from, report);
    }
    let mut sheets = Vec::new();
    for (kind, collection) in kinds().flat_map(files) {
        let file = file_of(kind, collection);
        let path = from.join(&file);
        if path.is_file() {
            sheets.push(Sheet { kind, collection, rows: rows(&path, &file, &heading(kind, collection), report)? });
        }
    }
    if sheets.is_empty() {
        let files: Vec<String> = kinds().flat_map(files).map(|(kind, collection)| file_of(kind, collection)).collect();
        let message = format!("{} holds no catalogue; its files are {}", from.display(), files.join(", "));
        return Err(Failure::refused("import.folder", message));
    }
    Ok(sheets)
}

fn files(kind: &'static RecordType) -> impl Iterator<Item = (&'static RecordType, Option<&'static Collection>)> {
    [None].into_iter().chain(kind.collections.iter().map(Some)).map(move |collection| (kind, collection))
}

fn rows(path: &Path, file: &str, known: &[String], report: &mut Report) -> Result<Vec<Row>, Failure> {
    let sheet = sheet(path, file)?;
    for (place, name) in sheet.heading.iter().enumerate() {
        let twice = sheet.heading.iter().skip(place + 1).any(|other| other == name);
        if twice || !known.contains(name) {
            let what = if twice { "twice" } else { "which means nothing here" };
            let message = format!("{file} has the column \"{name}\" {what}; its columns are {}", known.join(", "));
            return Err(Failure::refused("import.heading", message));
        }
    }
    report.read(file, sheet.rows.len());
    let mut rows = Vec::new();
    for (line, cells) in sheet.rows {
        let place = Place { file: file.to_owned(), line };
        match cells {
            Ok(cells) => {
                rows.push(Row { place, cells: sheet.heading.iter().cloned().zip(cells).collect() });
            }
            Err(reason) => report.reject(&place, Problem::new(reason)),
        }
    }
    Ok(rows)
}

/// The same rows out of one object: record types by name, each a list of records with their children inside.
fn unpack(path: &Path, report: &mut Report) -> Result<Vec<Sheet>, Failure> {
    let unread = |why: String| Failure::refused("import.file", format!("cannot read {}: {why}", path.display()));
    let bytes = fs::read(path).map_err(|error| unread(error.to_string()))?;
    let all: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|error| unread(error.to_string()))?;
    if let Some(name) = all.keys().find(|name| kinds().all(|kind| kind.name != name.as_str())) {
        let known: Vec<&str> = kinds().map(|kind| kind.name).collect();
        return Err(unread(format!("\"{name}\" is no part of a catalogue; its parts are {}", known.join(", "))));
    }
    let mut sheets = Vec::new();
    for kind in kinds() {
        let Some(list) = all.get(kind.name) else { continue };
        let records = list.as_array().ok_or_else(|| unread(format!("{} is no list", kind.name)))?;
        let mut own = Sheet { kind, collection: None, rows: Vec::new() };
        let collections = kind.collections.iter();
        let mut parts: Vec<Sheet> =
            collections.map(|collection| Sheet { kind, collection: Some(collection), rows: Vec::new() }).collect();
        for (number, record) in (1..).zip(records) {
            let place = |name: String, line| Place { file: name, line };
            let Some(record) = record.as_object() else { return Err(unread(format!("{} {number} is no object", kind.name))) };
            let parent = called(kind, record);
            for part in &mut parts {
                let Some(collection) = part.collection else { continue };
                let children = record.get(collection.name).and_then(Value::as_array).into_iter().flatten();
                for child in children.filter_map(Value::as_object) {
                    let mut cells = flat(child);
                    cells.insert(parent_column(kind), parent.clone());
                    let line = u64::try_from(part.rows.len()).unwrap_or(u64::MAX).saturating_add(1);
                    part.rows.push(Row { place: place(format!("{}.{}", kind.name, collection.name), line), cells });
                }
            }
            let mut cells = flat(record);
            cells.retain(|name, _| kind.collection(name).is_none());
            own.rows.push(Row { place: place(kind.name.to_owned(), number), cells });
        }
        for sheet in [own].into_iter().chain(parts).filter(|sheet| !sheet.rows.is_empty()) {
            known_columns(&sheet, &unread)?;
            let file = sheet.rows.first().map(|row| row.place.file.clone()).unwrap_or_default();
            report.read(&file, sheet.rows.len());
            sheets.push(sheet);
        }
    }
    Ok(sheets)
}

fn known_columns(sheet: &Sheet, unread: &dyn Fn(String) -> Failure) -> Result<(), Failure> {
    let known = heading(sheet.kind, sheet.collection);
    for row in &sheet.rows {
        if let Some(name) = row.cells.keys().find(|name| !known.contains(name)) {
            let Place { file, line } = &row.place;
            return Err(unread(format!("{file} {line} has the field \"{name}\"; there are {}", known.join(", "))));
        }
    }
    Ok(())
}

/// How children name the record they are inside of.
fn called(kind: &'static RecordType, record: &Map<String, Value>) -> String {
    let mut names = ["id"].into_iter().chain(super::names::labels(kind));
    names.find_map(|name| record.get(name).and_then(Value::as_str)).unwrap_or("").to_owned()
}

/// An object as cells; the parts of a value made of several become `field.part`.
fn flat(object: &Map<String, Value>) -> BTreeMap<String, String> {
    let mut cells = BTreeMap::new();
    for (name, value) in object {
        if let Value::Object(parts) = value {
            cells.extend(parts.iter().map(|(part, value)| (format!("{name}.{part}"), spell(Some(value)))));
        } else {
            cells.insert(name.clone(), spell(Some(value)));
        }
    }
    cells
}
