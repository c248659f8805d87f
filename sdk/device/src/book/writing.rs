//! What a person does to records. Every call is one transaction, written before it returns and sent when there is a network.

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::lifecycle::DELETE;
use fieldbook_domain::record::Record;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Book;
use crate::bundle::{Batch, Bundle};
use crate::desk::{Desk, declared};
use crate::error::Error;
use crate::{structs, typed};

impl Book {
    /// Creates a record; gives its id.
    ///
    /// # Errors
    /// `SignedOut`; a refusal: not permitted, an unknown field, a value that cannot be kept.
    pub fn create(&self, kind: &str, fields: Map<String, Value>) -> Result<RecordId, Error> {
        let kind = kind.to_owned();
        self.bundle(move |bundle| bundle.create(&kind, None, fields))
    }

    /// Writes what changed between `was`, the copy an app showed, and `now`, the copy it edited, and touches no other field.
    ///
    /// # Errors
    /// `NotFound`; a refusal: not permitted, frozen, deleted, a value that cannot be kept.
    pub fn save(&self, kind: &str, id: RecordId, was: &Map<String, Value>, now: &Map<String, Value>) -> Result<(), Error> {
        let (kind, was, now) = (kind.to_owned(), was.clone(), now.clone());
        self.bundle(move |bundle| bundle.save(&kind, id, &was, &now))
    }

    /// Sets fields as typed on a command line: `field` and value, or `field.part` and value.
    ///
    /// # Errors
    /// As [`Book::save`].
    pub fn set(&self, kind: &str, id: RecordId, typed: &[(String, String)]) -> Result<(), Error> {
        let (kind, typed) = (kind.to_owned(), typed.to_vec());
        let host = self.host.clone();
        self.write(move |tx| {
            let desk = Desk::open(tx, &host)?;
            let mut bundle = Bundle::new(&desk);
            let was = bundle.get(&kind, id)?;
            let now = typed::fields(&desk, declared(&kind)?, &was, &typed)?;
            bundle.save(&kind, id, &was, &now)?;
            bundle.commit()
        })
    }

    /// Reads typed fields, to be given to [`Book::create`].
    ///
    /// # Errors
    /// A refusal: an unknown field, a value that cannot be kept.
    pub fn parse(&self, kind: &str, typed: &[(String, String)]) -> Result<Map<String, Value>, Error> {
        let (kind, typed, host) = (declared(kind)?, typed.to_vec(), self.host.clone());
        self.store.write(move |tx| typed::fields(&Desk::open(tx, &host)?, kind, &Map::new(), &typed))
    }

    /// Performs an action; gives the id of the action itself.
    ///
    /// # Errors
    /// `NotFound`; a refusal: not permitted, not possible from here, a guard that does not hold, `KIND.ACTION.office` for what
    /// only the office does ([`Book::perform_at_office`]).
    pub fn act(&self, kind: &str, id: RecordId, action: &str, args: Map<String, Value>) -> Result<RecordId, Error> {
        let (kind, action) = (kind.to_owned(), action.to_owned());
        self.bundle(move |bundle| bundle.act(&kind, id, &action, args))
    }

    /// Reads typed arguments, to be given to [`Book::act`].
    ///
    /// # Errors
    /// A refusal: an unknown argument, a value that cannot be kept.
    pub fn parse_args(&self, kind: &str, action: &str, typed: &[(String, String)]) -> Result<Map<String, Value>, Error> {
        let (kind, action, typed, host) = (declared(kind)?, action.to_owned(), typed.to_vec(), self.host.clone());
        self.store.write(move |tx| typed::arguments(&Desk::open(tx, &host)?, kind, &action, &typed))
    }

    /// Deletes a record: the action `delete`.
    ///
    /// # Errors
    /// As [`Book::act`].
    pub fn delete(&self, kind: &str, id: RecordId) -> Result<RecordId, Error> {
        self.act(kind, id, DELETE, Map::new())
    }

    /// Does several things as one transaction and one intent: all of it or none, here and on the server.
    ///
    /// # Errors
    /// What `work` gives; then nothing was written.
    pub fn bundle<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Bundle<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.batch(move |batch| batch.bundle(work))
    }

    /// Does many bundles in one transaction of the book, each an intent of its own.
    ///
    /// # Errors
    /// What `work` gives; then nothing was written.
    pub fn batch<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Batch<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let host = self.host.clone();
        self.write(move |tx| work(&mut Batch::new(&Desk::open(tx, &host)?)))
    }

    /// Creates a record from its struct, under the id the struct carries.
    ///
    /// # Errors
    /// As [`Book::create`].
    pub fn create_record<R: Record>(&self, record: &R) -> Result<RecordId, Error> {
        let mut fields = structs::filled(to_map(record)?);
        let id = fields.remove("id").and_then(|id| id.as_str().and_then(|id| id.parse().ok()));
        self.bundle(move |bundle| bundle.create(R::TYPE.name, id, fields))
    }

    /// Writes what changed between two copies of a record's struct.
    ///
    /// # Errors
    /// As [`Book::save`].
    pub fn save_record<R: Record>(&self, was: &R, now: &R) -> Result<(), Error> {
        let (was, now) = (to_map(was)?, to_map(now)?);
        let id = was.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        let misfit = || Error::ConvertRecord { kind: R::TYPE.name, reason: "it has no id".to_owned() };
        self.save(R::TYPE.name, id.ok_or_else(misfit)?, &was, &now)
    }
}

fn to_map<R: Record + Serialize>(record: &R) -> Result<Map<String, Value>, Error> {
    structs::fields(R::TYPE, serde_json::to_value(record))
}
