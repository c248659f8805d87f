//! Importing a sales pipeline kept in four files: accounts, products, opportunities and sales teams.
//!
//! All four are read before anything is written. Ids are derived from what a row is called, so importing twice, or on two
//! phones, makes the same records. Nothing is repaired silently: [`report`] says what was read, made, understood in
//! another spelling, doubtful or turned away.

use crate::failure::Failure;
use crate::output::Answer;
use fieldbook_device::Book;
use fieldbook_domain::permission::Role;
use report::Report;
use std::path::Path;

mod accounts;
mod catalogue;
mod held;
mod names;
mod people;
mod pipeline;
mod plan;
mod report;
pub(crate) mod source;
mod spelling;
mod write;

/// Imports the folder into the book.
pub(crate) fn run(book: &Book, folder: &Path, role: Role, json: bool) -> Result<Answer, Failure> {
    if !folder.is_dir() {
        return Err(Failure::refused("import.folder", format!("{} is not a folder", folder.display())));
    }
    let mut report = Report::default();
    let teams = source::read(folder, people::FILE, people::COLUMNS, &mut report)?;
    let products = source::read(folder, catalogue::FILE, catalogue::COLUMNS, &mut report)?;
    let accounts = source::read(folder, accounts::FILE, accounts::COLUMNS, &mut report)?;
    let pipeline = source::read(folder, pipeline::FILE, pipeline::COLUMNS, &mut report)?;
    assume(&mut report);
    let held = held::Held::of(book, role)?;
    let mut planned = Vec::new();
    let agents = people::plan(&teams, &held, &mut planned, &mut report);
    let catalogue = catalogue::plan(&products, &held, &mut planned, &mut report);
    let customers = accounts::plan(&accounts, &held, &mut planned, &mut report);
    let sold = pipeline::Sold { agents, catalogue, customers };
    pipeline::plan(&pipeline, &sold, &mut planned, &mut report);
    write::all(book, planned, &mut report, json)?;
    Ok(report.into_answer())
}

fn assume(report: &mut Report) {
    report.assume(people::FILE, "it has no addresses; a new user gets first.last@example.com, and each manager leads one team");
    report.assume(catalogue::FILE, "it has no currency, unit or price list; prices are USD for one piece in \"Standard 2017\"");
    report.assume(accounts::FILE, "it has no owners; a new account belongs to whoever imports it");
    report.assume(pipeline::FILE, "it has no quantities; an opportunity is about one piece at list price");
    report.assume(pipeline::FILE, "it has no reasons; what is lost is closed as canceled");
}
