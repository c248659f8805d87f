//! Writing what an import wants into the book: some hundred bundles in one transaction, each its own intent.

use super::plan::Planned;
use super::report::Report;
use crate::failure::Failure;
use crate::output;
use fieldbook_device::{Book, Bundle, Error};
use serde_json::{Map, Value};

/// How many bundles share a transaction: enough that the disk is not waited for at every row, few enough to show progress.
const BUNDLES_PER_TRANSACTION: usize = 250;

/// Writes all of it, one record after the other; what is there already is left alone.
pub(super) fn all(book: &Book, planned: Vec<Planned>, report: &mut Report, json: bool) -> Result<(), Failure> {
    let progress = output::progress("importing", planned.len(), json);
    let mut waiting = Vec::new();
    for record in planned {
        progress.inc(1);
        match book.get(record.kind, record.id) {
            Ok(here) => left_alone(&record, &here, report),
            Err(Error::NotFound { .. }) => waiting.push(record),
            Err(error) => return Err(error.into()),
        }
        if waiting.len() == BUNDLES_PER_TRANSACTION {
            together(book, std::mem::take(&mut waiting), report)?;
        }
    }
    together(book, waiting, report)?;
    progress.finish_and_clear();
    Ok(())
}

/// Writes the records in one transaction; one that a rule stands against does not hinder the others.
fn together(book: &Book, records: Vec<Planned>, report: &mut Report) -> Result<(), Failure> {
    let bundles = records.clone();
    let answers = book.batch(move |batch| {
        let mut answers = Vec::new();
        for record in &bundles {
            answers.push(match batch.bundle(|bundle| make(bundle, record)) {
                Ok(()) => None,
                Err(Error::Refused(refusal)) => Some(refusal),
                Err(error) => return Err(error),
            });
        }
        Ok(answers)
    })?;
    for (record, answer) in records.iter().zip(answers) {
        match answer {
            None => made(record, report),
            Some(refusal) if record.own => report.reject(record.place, refusal.message),
            Some(refusal) => report.reject_mention(record.place, record.kind, &refusal.message),
        }
    }
    Ok(())
}

fn make(bundle: &mut Bundle<'_>, record: &Planned) -> Result<(), Error> {
    bundle.create(record.kind, Some(record.id), record.fields.clone())?;
    if let Some((action, arguments)) = &record.action {
        bundle.act(record.kind, record.id, action, arguments.clone())?;
    }
    Ok(())
}

fn made(record: &Planned, report: &mut Report) {
    report.created(record.kind, record.own.then_some(record.place));
    if let Some((state, value)) = record.worth {
        report.worth(state, value);
    }
}

fn left_alone(record: &Planned, here: &Map<String, Value>, report: &mut Report) {
    report.unchanged(record.kind, record.own.then_some(record.place));
    if here.get("deleted").and_then(Value::as_bool) == Some(true) {
        report.warn(record.place, &format!("its {} was deleted here and stays deleted", record.kind));
        return;
    }
    if let Some((state, value)) = record.worth {
        report.worth(state, value);
    }
    let same_fields = record.fields.iter().all(|(name, value)| here.get(name).is_some_and(|here| holds(here, value)));
    let same_state = record.worth.is_none_or(|(state, _)| here.get("state").and_then(Value::as_str) == Some(state));
    let mut arguments = record.action.iter().flat_map(|(_, arguments)| arguments);
    let same_close = arguments.all(|(name, value)| name == "reason" || here.get(name) == Some(value));
    if record.own && !(same_fields && same_state && same_close) {
        report.warn(record.place, "differs from the record here, which was left alone");
    }
}

/// Whether a value here is the wanted one, whatever was worked out beside it.
fn holds(here: &Value, wanted: &Value) -> bool {
    match (here, wanted) {
        (Value::Object(here), Value::Object(wanted)) => {
            wanted.iter().all(|(name, value)| here.get(name).is_some_and(|here| holds(here, value)))
        }
        (Value::Array(here), Value::Array(wanted)) => {
            here.len() == wanted.len() && here.iter().zip(wanted).all(|(here, wanted)| holds(here, wanted))
        }
        _ => here == wanted,
    }
}
