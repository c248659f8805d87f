//! What a person does to records: typed in each language, any type here.

use fieldbook_device::{Batch, Bundle, Error, structs};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record::AnyRecord;
use serde_json::{Map, Value};

use super::Book;
use crate::background::blocking;
use crate::error::FieldbookError;
use crate::value::{NamedValue, object};

/// One piece of a bundle.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
#[expect(clippy::large_enum_variant, reason = "a bundle has few steps, and what crosses the boundary cannot be boxed")]
pub enum Step {
    /// Creates a record.
    Create {
        /// The record, under the id it carries.
        record: AnyRecord,
    },
    /// Writes what changed between two copies of a record.
    Save {
        /// The copy the app showed.
        was: AnyRecord,
        /// The copy the person edited.
        now: AnyRecord,
    },
    /// Performs an action.
    Act {
        /// The record.
        target: RecordRef,
        /// The verb.
        action: String,
        /// What the person says with it.
        arguments: Vec<NamedValue>,
    },
}

#[uniffi::export]
impl Book {
    /// Creates a record under the id it carries; gives that id.
    ///
    /// Throws `SignedOut`; `Refused`: not permitted, a value that cannot be kept.
    pub async fn create_record(&self, record: AnyRecord) -> Result<RecordId, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.bundle(move |bundle| create(bundle, &record))).await
    }

    /// Writes what changed between `was`, the copy the app showed, and `now`, the copy the person edited; touches no other field.
    ///
    /// Throws `NotFound`; `Refused`: not permitted, frozen, deleted, a value that cannot be kept.
    pub async fn save_record(&self, was: AnyRecord, now: AnyRecord) -> Result<(), FieldbookError> {
        of_one_record(&was, &now)?;
        let book = self.inner.clone();
        blocking(move || book.bundle(move |bundle| save(bundle, &was, &now))).await
    }

    /// Performs an action; gives the id of the action itself.
    ///
    /// Throws `NotFound`; `Refused`: not permitted, not possible from here, a guard that does not hold; with the code
    /// `TYPE.ACTION.office` for what only the office does (`perform_at_office`).
    pub async fn perform(
        &self,
        target: RecordRef,
        action: String,
        arguments: Vec<NamedValue>,
    ) -> Result<RecordId, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.act(&target.kind, target.id, &action, object(&arguments))).await
    }

    /// Deletes a record; an edit somebody made meanwhile brings it back.
    ///
    /// Throws `NotFound`, `Refused`.
    pub async fn delete(&self, target: RecordRef) -> Result<RecordId, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.delete(&target.kind, target.id)).await
    }

    /// Does several things as one: all of them or none, here and on the server. Gives, in order, the id of each record
    /// created or saved and of each action.
    ///
    /// Throws as the single calls; then nothing was written.
    pub async fn apply(&self, steps: Vec<Step>) -> Result<Vec<RecordId>, FieldbookError> {
        steps.iter().try_for_each(Step::check)?;
        let book = self.inner.clone();
        blocking(move || book.bundle(move |bundle| take_all(bundle, &steps))).await
    }

    /// Does many bundles in one transaction of the book; the server answers each on its own. Much faster than one by one.
    ///
    /// Throws as the single calls; then nothing was written.
    pub async fn apply_each(&self, bundles: Vec<Vec<Step>>) -> Result<Vec<Vec<RecordId>>, FieldbookError> {
        bundles.iter().flatten().try_for_each(Step::check)?;
        let book = self.inner.clone();
        let each =
            move |batch: &mut Batch<'_>| bundles.iter().map(|steps| batch.bundle(|bundle| take_all(bundle, steps))).collect();
        blocking(move || book.batch(each)).await
    }
}

impl Step {
    /// Refuses what no person could have asked for.
    fn check(&self) -> Result<(), FieldbookError> {
        match self {
            Self::Save { was, now } => of_one_record(was, now),
            Self::Create { .. } | Self::Act { .. } => Ok(()),
        }
    }
}

/// Two copies of different records are the app's mistake: a save would write the one over the other.
fn of_one_record(was: &AnyRecord, now: &AnyRecord) -> Result<(), FieldbookError> {
    if was.kind().name == now.kind().name && was.id() == now.id() {
        return Ok(());
    }
    Err(FieldbookError::bug("record.copies", "the two copies to save are not of one record"))
}

fn take_all(bundle: &mut Bundle<'_>, steps: &[Step]) -> Result<Vec<RecordId>, Error> {
    steps.iter().map(|step| take(bundle, step)).collect()
}

fn take(bundle: &mut Bundle<'_>, step: &Step) -> Result<RecordId, Error> {
    match step {
        Step::Create { record } => create(bundle, record),
        Step::Save { was, now } => save(bundle, was, now).map(|()| now.id()),
        Step::Act { target, action, arguments } => bundle.act(&target.kind, target.id, action, object(arguments)),
    }
}

fn create(bundle: &mut Bundle<'_>, record: &AnyRecord) -> Result<RecordId, Error> {
    let mut fields = structs::filled(fields(record)?);
    fields.remove("id");
    bundle.create(record.kind().name, Some(record.id()), fields)
}

fn save(bundle: &mut Bundle<'_>, was: &AnyRecord, now: &AnyRecord) -> Result<(), Error> {
    bundle.save(now.kind().name, now.id(), &fields(was)?, &fields(now)?)
}

fn fields(record: &AnyRecord) -> Result<Map<String, Value>, Error> {
    structs::fields(record.kind(), record.to_json())
}
