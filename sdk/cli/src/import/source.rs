//! Reading a file of comma-separated values row by row, strictly: a row that is not what the heading promises is turned
//! away with its line, and a file without its heading is an error before anything is written.

use super::report::{Place, Report};
use crate::failure::Failure;
use chrono::NaiveDate;
use fieldbook_domain::{money, time};
use rust_decimal::Decimal;
use std::fs;
use std::path::Path;

/// One row of a file.
#[derive(Debug)]
pub(crate) struct Row {
    /// Where it stands.
    pub(crate) place: Place,
    columns: &'static [&'static str],
    cells: Vec<String>,
}

/// A file as it stands: its heading, and each row with its line; a row that is not well-formed says why.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// The names of the columns.
    pub(crate) heading: Vec<String>,
    /// The cells of each row below the heading.
    pub(crate) rows: Vec<(u64, Result<Vec<String>, String>)>,
}

/// Reads a file of comma-separated values.
pub(crate) fn sheet(path: &Path, file: &str) -> Result<Sheet, Failure> {
    let bytes = fs::read(path).map_err(|error| {
        let why =
            if error.kind() == std::io::ErrorKind::NotFound { "there is no such file".to_owned() } else { error.to_string() };
        Failure::refused("import.file", format!("cannot read {}: {why}", path.display()))
    })?;
    // Spreadsheets put a byte order mark in front.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter(bytes)).from_reader(bytes);
    let mut records = reader.byte_records();
    let heading = match records.next() {
        Some(Ok(heading)) => heading,
        Some(Err(error)) => return Err(Failure::refused("import.heading", format!("cannot read {file}: {error}"))),
        None => return Err(Failure::refused("import.heading", format!("{file} is empty: it needs a heading line"))),
    };
    let heading: Vec<String> = heading.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect();
    let mut rows = Vec::new();
    let mut lines = Lines { bytes, at: 0, line: 1 };
    for record in records {
        let record = record.map_err(|error| Failure::refused("import.file", format!("cannot read {file}: {error}")))?;
        let line = lines.of(record.position().map_or(0, csv::Position::byte));
        rows.push((line, cells(&record, heading.len())));
    }
    Ok(Sheet { heading, rows })
}

/// Counts lines as an editor does, whichever way they end; the reader leaves half of a line's end to the row below.
struct Lines<'b> {
    bytes: &'b [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the row that starts here, or behind the line ends that stand here.
    fn of(&mut self, byte: u64) -> u64 {
        let start = usize::try_from(byte).unwrap_or(self.at).max(self.at);
        let ends = self.bytes.get(start..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let start = start.saturating_add(ends.count());
        let passed = self.bytes.get(self.at..start).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
        self.line = self.line.saturating_add(u64::try_from(passed).unwrap_or(0));
        self.at = start;
        self.line
    }
}

/// What stands between cells: a comma, or a semicolon where a spreadsheet of another country put it into the heading.
fn delimiter(bytes: &[u8]) -> u8 {
    let heading = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if heading.contains(&b';') && !heading.contains(&b',') { b';' } else { b',' }
}

/// Reads a file that has at least these columns, in any order.
///
/// Rows that are not well-formed are turned away in the report; the others come back.
pub(crate) fn read(
    folder: &Path,
    file: &'static str,
    columns: &'static [&'static str],
    report: &mut Report,
) -> Result<Vec<Row>, Failure> {
    let sheet = sheet(&folder.join(file), file)?;
    let places = find_columns(file, columns, &sheet.heading, report)?;
    report.read(file, sheet.rows.len());
    let mut rows = Vec::new();
    for (line, cells) in sheet.rows {
        let place = Place { file, line };
        match cells {
            Ok(cells) => {
                let cells = places.iter().map(|place| cells.get(*place).cloned().unwrap_or_default()).collect();
                rows.push(Row { place, columns, cells });
            }
            Err(reason) => report.reject(place, reason),
        }
    }
    for row in &mut rows {
        row.trim(report);
    }
    Ok(rows)
}

impl Row {
    /// What stands in this column, or nothing.
    pub(crate) fn text(&self, column: &str) -> &str {
        let place = self.columns.iter().position(|name| *name == column);
        place.and_then(|place| self.cells.get(place)).map_or("", String::as_str)
    }

    /// What stands in this column, which must not be empty.
    pub(crate) fn needed(&self, column: &str) -> Result<&str, String> {
        let text = self.text(column);
        if text.is_empty() { Err(format!("{column} is empty")) } else { Ok(text) }
    }

    /// The day in this column, if there is one.
    pub(crate) fn date(&self, column: &str) -> Result<Option<NaiveDate>, String> {
        self.read(column, time::parse_date, "a day written 2017-03-01")
    }

    /// The amount in this column, if there is one.
    pub(crate) fn amount(&self, column: &str) -> Result<Option<Decimal>, String> {
        self.read(column, money::parse, "a number such as 1250.50")
    }

    /// The whole number in this column, if there is one.
    pub(crate) fn whole(&self, column: &str) -> Result<Option<i64>, String> {
        self.read(column, |text| text.parse().ok(), "a whole number")
    }

    fn read<T>(&self, column: &str, read: impl Fn(&str) -> Option<T>, what: &str) -> Result<Option<T>, String> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        read(text).map(Some).ok_or_else(|| format!("{column} \"{text}\" is not {what}"))
    }

    fn trim(&mut self, report: &mut Report) {
        for (column, cell) in self.columns.iter().zip(&mut self.cells) {
            let trimmed = cell.trim();
            if trimmed.len() != cell.len() {
                report.map(self.place.file, column, cell, trimmed, "blanks around it do not count");
                *cell = trimmed.to_owned();
            }
        }
    }
}

fn find_columns(
    file: &'static str,
    columns: &'static [&'static str],
    heading: &[String],
    report: &mut Report,
) -> Result<Vec<usize>, Failure> {
    let mut places = Vec::new();
    let mut missing = Vec::new();
    for column in columns {
        let mut found = heading.iter().enumerate().filter(|(_, name)| name == column).map(|(place, _)| place);
        match (found.next(), found.next()) {
            (Some(place), None) => places.push(place),
            (Some(_), Some(_)) => {
                let message = format!("{file} has the column {column} twice");
                return Err(Failure::refused("import.heading", message));
            }
            (None, _) => missing.push(*column),
        }
    }
    if !missing.is_empty() {
        let message = format!("{file} lacks the column {}; its heading is {}", missing.join(", "), heading.join(","));
        return Err(Failure::refused("import.heading", message));
    }
    for name in heading.iter().filter(|name| !columns.contains(&name.as_str())) {
        report.warn_of_file(file, format!("the column \"{name}\" means nothing here and was left out"), 1);
    }
    Ok(places)
}

fn cells(record: &csv::ByteRecord, width: usize) -> Result<Vec<String>, String> {
    if record.len() != width {
        return Err(format!("the row has {} columns, the heading {width}", record.len()));
    }
    let cell = |(place, bytes): (usize, &[u8])| {
        String::from_utf8(bytes.to_vec()).map_err(|_| format!("column {} is not UTF-8 text", place + 1))
    };
    record.iter().enumerate().map(cell).collect()
}
