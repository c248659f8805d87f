//! The catalogue in files: units, products, price lists and discounts, exported and imported by an administrator.
//!
//! Columns follow the declarations, so a new field is a new column. A folder holds one file for each record type and one for
//! each collection of children; a JSON file holds all of it. [`source`] reads either as rows, [`plan`] finds out which record
//! a row is about and what it refers to, [`mod@write`] saves what differs, [`report`] tells what became of each row.

use crate::failure::Failure;
use crate::output::Answer;
use column::Column;
use fieldbook_device::{Book, Query};
use fieldbook_domain::permission::Role;
use fieldbook_domain::record::{self, Collection, RecordType};
use serde_json::{Map, Value};
use std::path::Path;

mod column;
mod export;
mod names;
mod plan;
mod report;
mod source;
mod write;

/// What belongs to the catalogue, what others refer to first. A reference to a type further down is set at the end.
const KINDS: &[&str] =
    &["currency", "unit_group", "unit", "price_list", "discount_list", "product", "product_relationship", "price_list_item"];

/// The record types of the catalogue.
fn kinds() -> impl Iterator<Item = &'static RecordType> {
    KINDS.iter().filter_map(|name| record::find(name))
}

/// Writes the catalogue into a folder, or into a file whose name ends in `.json`.
pub(crate) fn export(book: &Book, role: Role, to: &Path) -> Result<Answer, Failure> {
    permitted(role)?;
    export::run(book, to)
}

/// Takes a catalogue over from a folder or a JSON file; a dry run says what it would do and does nothing.
pub(crate) fn import(book: &Book, role: Role, from: &Path, dry_run: bool) -> Result<Answer, Failure> {
    permitted(role)?;
    let mut report = report::Report::new(dry_run);
    let sheets = source::read(from, &mut report)?;
    let plans = plan::plan(book, &sheets, &mut report)?;
    write::all(book, plans, dry_run, &mut report)?;
    Ok(report.into_answer())
}

fn permitted(role: Role) -> Result<(), Failure> {
    match kinds().find(|kind| !kind.access.may_write(role)) {
        Some(kind) => {
            let message = format!("only {} export and import the catalogue", kind.access.describe());
            Err(Failure::refused("catalogue.permission", message))
        }
        None => Ok(()),
    }
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

/// The records of a type, deleted ones left out.
fn held(book: &Book, kind: &RecordType) -> Result<Vec<Map<String, Value>>, Failure> {
    Ok(book.list(&Query::of(kind.name))?)
}

/// The file of a record type, or of a collection of its children.
fn file_of(kind: &RecordType, collection: Option<&Collection>) -> String {
    match collection {
        None => format!("{}.csv", kind.name),
        Some(collection) => format!("{}_{}.csv", kind.name, collection.name),
    }
}

/// The column that names the record a child belongs to.
fn parent_column(kind: &RecordType) -> String {
    format!("in_{}", kind.name)
}

/// The heading of a file.
fn heading(kind: &'static RecordType, collection: Option<&'static Collection>) -> Vec<String> {
    let (first, fields, last) = match collection {
        None => (vec!["id".to_owned()], kind.fields, Some("state".to_owned())),
        Some(collection) => (vec![parent_column(kind), "id".to_owned()], collection.fields, None),
    };
    first.into_iter().chain(Column::of(fields).into_iter().map(|column| column.name)).chain(last).collect()
}
