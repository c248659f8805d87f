//! What an import tells: what it read, made, left alone, understood in its own way, wonders about and turned away.

use crate::output::Answer;
use crate::table::{Table, grouped};
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeMap;

/// How many lines a warning names at most.
const LINES_MAX: usize = 5;

/// The report of one import.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// Per file, in the order they are read.
    pub(crate) files: Vec<FileCount>,
    /// Per record type.
    pub(crate) records: BTreeMap<&'static str, RecordCount>,
    /// What the files say of the pipeline, as far as it is in the book.
    pub(crate) pipeline: BTreeMap<&'static str, Worth>,
    /// What the files do not say and the import took for granted.
    pub(crate) assumed: Vec<String>,
    /// What was spelled one way and understood as another.
    pub(crate) mapped: Vec<Mapped>,
    /// What was imported all the same, but should be looked at.
    pub(crate) warnings: Vec<Warning>,
    /// What was not imported.
    pub(crate) rejected: Vec<Rejected>,
}

/// What became of the rows of one file.
#[derive(Debug, Serialize)]
pub(crate) struct FileCount {
    /// The file's name.
    pub(crate) file: &'static str,
    /// Rows below the heading.
    pub(crate) rows: usize,
    /// Rows whose record was made.
    pub(crate) created: usize,
    /// Rows whose record was there already and left alone.
    pub(crate) unchanged: usize,
    /// Rows that were turned away.
    pub(crate) rejected: usize,
}

/// What became of the records of one type.
#[derive(Debug, Default, Serialize)]
pub(crate) struct RecordCount {
    /// Records made.
    pub(crate) created: usize,
    /// Records that were there already.
    pub(crate) unchanged: usize,
}

/// How many opportunities, and what they are worth.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Worth {
    /// How many.
    pub(crate) count: usize,
    /// What they are worth together: actual value of what is won, expected value of what is open.
    pub(crate) value: Decimal,
}

/// A spelling that was understood as another.
#[derive(Debug, Serialize)]
pub(crate) struct Mapped {
    /// The file.
    pub(crate) file: &'static str,
    /// The column.
    pub(crate) column: &'static str,
    /// As it is spelled in the file.
    pub(crate) from: String,
    /// As it was understood.
    pub(crate) to: String,
    /// Why.
    pub(crate) reason: &'static str,
    /// How many rows.
    pub(crate) count: usize,
}

/// Something to look at.
#[derive(Debug, Serialize)]
pub(crate) struct Warning {
    /// The file.
    pub(crate) file: &'static str,
    /// What to look at.
    pub(crate) message: String,
    /// How many rows it is about.
    pub(crate) count: usize,
    /// The first of these rows, by line.
    pub(crate) lines: Vec<u64>,
}

/// A row that was turned away.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Rejected {
    /// The file.
    pub(crate) file: &'static str,
    /// The line the row starts at; the heading is line 1.
    pub(crate) line: u64,
    /// Why.
    pub(crate) reason: String,
}

/// A row's place in the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file.
    pub(crate) file: &'static str,
    /// The line.
    pub(crate) line: u64,
}

impl Report {
    /// Notes that a file with so many rows was read.
    pub(crate) fn read(&mut self, file: &'static str, rows: usize) {
        self.files.push(FileCount { file, rows, created: 0, unchanged: 0, rejected: 0 });
    }

    /// Notes what a file does not say and what is taken for granted.
    pub(crate) fn assume(&mut self, file: &'static str, what: &str) {
        self.assumed.push(format!("{file}: {what}"));
    }

    /// Notes that a record was made, for this row if it is the row's own.
    pub(crate) fn created(&mut self, kind: &'static str, place: Option<Place>) {
        self.records.entry(kind).or_default().created += 1;
        if let Some(file) = self.file(place) {
            file.created += 1;
        }
    }

    /// Notes that a record was there already.
    pub(crate) fn unchanged(&mut self, kind: &'static str, place: Option<Place>) {
        self.records.entry(kind).or_default().unchanged += 1;
        if let Some(file) = self.file(place) {
            file.unchanged += 1;
        }
    }

    /// Notes that a row was turned away.
    pub(crate) fn reject(&mut self, place: Place, reason: impl Into<String>) {
        self.rejected.push(Rejected { file: place.file, line: place.line, reason: reason.into() });
        if let Some(file) = self.file(Some(place)) {
            file.rejected += 1;
        }
    }

    /// Notes that a record a row mentions could not be made; the row itself is judged on its own.
    pub(crate) fn reject_mention(&mut self, place: Place, kind: &str, why: &str) {
        self.rejected.push(Rejected { file: place.file, line: place.line, reason: format!("no {kind} was made: {why}") });
    }

    /// Notes something to look at, together with equal notes on other rows.
    pub(crate) fn warn(&mut self, place: Place, message: &str) {
        let same = self.warnings.iter_mut().find(|warning| warning.file == place.file && warning.message == message);
        if let Some(warning) = same {
            warning.count += 1;
            if warning.lines.len() < LINES_MAX {
                warning.lines.push(place.line);
            }
            return;
        }
        let message = message.to_owned();
        self.warnings.push(Warning { file: place.file, message, count: 1, lines: vec![place.line] });
    }

    /// Notes something to look at that is about no single row.
    pub(crate) fn warn_of_file(&mut self, file: &'static str, message: impl Into<String>, count: usize) {
        self.warnings.push(Warning { file, message: message.into(), count, lines: Vec::new() });
    }

    /// Notes that a spelling was understood as another.
    pub(crate) fn map(&mut self, file: &'static str, column: &'static str, from: &str, to: &str, reason: &'static str) {
        let same = |mapped: &&mut Mapped| {
            mapped.file == file && mapped.column == column && mapped.from == from && mapped.to == to && mapped.reason == reason
        };
        if let Some(mapped) = self.mapped.iter_mut().find(same) {
            mapped.count += 1;
            return;
        }
        self.mapped.push(Mapped { file, column, from: from.to_owned(), to: to.to_owned(), reason, count: 1 });
    }

    /// Adds an opportunity to what is open, won or lost.
    pub(crate) fn worth(&mut self, state: &'static str, value: Decimal) {
        let worth = self.pipeline.entry(state).or_default();
        worth.count += 1;
        worth.value = worth.value.saturating_add(value).normalize();
    }

    /// The report for people and machines; rows turned away make the exit status say so.
    pub(crate) fn into_answer(mut self) -> Answer {
        self.rejected.sort();
        let status = if self.rejected.is_empty() { 0 } else { 2 };
        let json = serde_json::to_value(&self).unwrap_or_default();
        Answer { human: self.render(), json, status }
    }

    fn file(&mut self, place: Option<Place>) -> Option<&mut FileCount> {
        self.files.iter_mut().find(|count| Some(count.file) == place.map(|place| place.file))
    }

    fn render(&self) -> String {
        let mut files = Table::new(["file", "rows", "created", "unchanged", "rejected"]);
        for file in &self.files {
            let counts = [file.rows, file.created, file.unchanged, file.rejected].map(|n| grouped(&n.to_string()));
            files.row([file.file.to_owned()].into_iter().chain(counts));
        }
        let mut records = Table::new(["record type", "created", "unchanged"]);
        for (kind, count) in &self.records {
            records.row([(*kind).to_owned(), grouped(&count.created.to_string()), grouped(&count.unchanged.to_string())]);
        }
        let mut text = format!("{}\n{}", files.render(0), records.render(0));
        if !self.pipeline.is_empty() {
            let mut pipeline = Table::new(["opportunities", "count", "value"]);
            for (state, worth) in &self.pipeline {
                let value = grouped(&worth.value.to_string());
                pipeline.row([(*state).to_owned(), grouped(&worth.count.to_string()), value]);
            }
            text.push_str(&format!("\n{}", pipeline.render(0)));
        }
        text.push_str(&section("Taken for granted", self.assumed.iter().cloned()));
        text.push_str(&section("Understood in another spelling", self.mapped.iter().map(Mapped::sentence)));
        text.push_str(&section("To look at", self.warnings.iter().map(Warning::sentence)));
        text.push_str(&section("Not imported", self.rejected.iter().map(Rejected::sentence)));
        text
    }
}

impl Mapped {
    fn sentence(&self) -> String {
        let Mapped { file, column, from, to, reason, count } = self;
        let rows = rows(*count);
        format!("{file}: {column} \"{from}\" -> \"{to}\" in {rows}: {reason}")
    }
}

impl Warning {
    fn sentence(&self) -> String {
        let Warning { file, message, count, lines } = self;
        let named: Vec<String> = lines.iter().map(u64::to_string).collect();
        let place = match (named.is_empty(), *count > named.len()) {
            (true, _) => String::new(),
            (false, more) => format!(" (line {}{})", named.join(", "), if more { ", …" } else { "" }),
        };
        if lines.is_empty() { format!("{file}: {message}") } else { format!("{file}: {}: {message}{place}", rows(*count)) }
    }
}

impl Rejected {
    fn sentence(&self) -> String {
        format!("{}:{}: {}", self.file, self.line, self.reason)
    }
}

fn rows(count: usize) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(&count.to_string())) }
}

fn section(heading: &str, sentences: impl Iterator<Item = String>) -> String {
    let lines: String = sentences.map(|sentence| format!("  {sentence}\n")).collect();
    if lines.is_empty() { lines } else { format!("\n{heading}:\n{lines}") }
}
