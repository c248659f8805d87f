//! What became of each row.

use crate::output::Answer;
use crate::table::{Table, grouped};
use fieldbook_domain::refusal::Refusal;
use serde::Serialize;
use std::collections::BTreeMap;

/// Where a row stands: its file and its line; in a JSON file the type, and the how-manieth of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Place {
    /// The file.
    pub(super) file: String,
    /// The line; the heading is line 1.
    pub(super) line: u64,
}

/// Why a row was turned away.
#[derive(Debug)]
pub(super) struct Problem {
    field: Option<String>,
    reason: String,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Created,
    Updated,
    Unchanged,
    Rejected,
}

/// The report of one import.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    dry_run: bool,
    files: Vec<FileCount>,
    warnings: Vec<String>,
    rejected: Vec<Rejected>,
    #[serde(skip)]
    fates: BTreeMap<Place, Fate>,
}

#[derive(Debug, Serialize)]
struct FileCount {
    file: String,
    rows: usize,
    created: usize,
    updated: usize,
    unchanged: usize,
    rejected: usize,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Rejected {
    #[serde(flatten)]
    place: Place,
    field: Option<String>,
    reason: String,
}

impl Problem {
    /// A problem of the row as such.
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Problem { field: None, reason: reason.into() }
    }

    /// The same, of this column.
    pub(super) fn at(mut self, column: &str) -> Self {
        self.field = Some(column.to_owned());
        self
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Problem { field: refusal.field, reason: refusal.message }
    }
}

impl Report {
    /// An empty report.
    pub(super) fn new(dry_run: bool) -> Self {
        Report { dry_run, files: Vec::new(), warnings: Vec::new(), rejected: Vec::new(), fates: BTreeMap::new() }
    }

    /// Notes that a file with so many rows was read.
    pub(super) fn read(&mut self, file: &str, rows: usize) {
        self.files.push(FileCount { file: file.to_owned(), rows, created: 0, updated: 0, unchanged: 0, rejected: 0 });
    }

    /// Notes what became of a row; a row that was turned away stays so, and one that changed something stays so.
    pub(super) fn note(&mut self, place: &Place, fate: Fate) {
        let stands = self.fates.get(place).copied();
        if stands.is_none_or(|stands| stands == Fate::Unchanged || fate == Fate::Rejected) {
            self.fates.insert(place.clone(), fate);
        }
    }

    /// Notes that a row was turned away.
    pub(super) fn reject(&mut self, place: &Place, problem: Problem) {
        self.note(place, Fate::Rejected);
        self.rejected.push(Rejected { place: place.clone(), field: problem.field, reason: problem.reason });
    }

    /// Notes something to look at.
    pub(super) fn warn(&mut self, place: &Place, message: &str) {
        self.warnings.push(format!("{}:{}: {message}", place.file, place.line));
    }

    /// The report for people and machines; rows turned away make the exit status say so.
    pub(super) fn into_answer(mut self) -> Answer {
        self.rejected.sort();
        for (place, fate) in &self.fates {
            let Some(count) = self.files.iter_mut().find(|count| count.file == place.file) else { continue };
            match fate {
                Fate::Created => count.created += 1,
                Fate::Updated => count.updated += 1,
                Fate::Unchanged => count.unchanged += 1,
                Fate::Rejected => count.rejected += 1,
            }
        }
        let status = if self.rejected.is_empty() { 0 } else { 2 };
        Answer { human: self.render(), json: serde_json::to_value(&self).unwrap_or_default(), status }
    }

    fn render(&self) -> String {
        let mut files = Table::new(["file", "rows", "created", "updated", "unchanged", "rejected"]);
        for file in &self.files {
            let counts = [file.rows, file.created, file.updated, file.unchanged, file.rejected];
            files.row([file.file.clone()].into_iter().chain(counts.map(|n| grouped(&n.to_string()))));
        }
        let mut text = files.render(0);
        if self.dry_run {
            text.push_str("\nnothing was written: this was a dry run\n");
        }
        let rejected = self.rejected.iter().map(|it| {
            let field = it.field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
            format!("{}:{}: {field}{}", it.place.file, it.place.line, it.reason)
        });
        for (heading, lines) in [("look at", self.warnings.clone()), ("not imported", rejected.collect())] {
            if !lines.is_empty() {
                text.push_str(&format!("\n{heading}:\n  {}\n", lines.join("\n  ")));
            }
        }
        text
    }
}
