//! The records of the book as the rules look at them, where nothing is written.

use std::cell::RefCell;

use fieldbook_domain::action::Records;
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::raw::Raw;
use rusqlite::Connection;

use super::{documents, projection};
use crate::error::Error;

/// One consistent view of the book's records.
pub(crate) struct Held<'c> {
    connection: &'c Connection,
    trouble: RefCell<Option<Error>>,
}

impl<'c> Held<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self { connection, trouble: RefCell::default() }
    }

    /// What a rule said, unless it could not look at something.
    pub(crate) fn settle<T>(&self, said: T) -> Result<T, Error> {
        self.trouble.borrow_mut().take().map_or(Ok(said), Err)
    }

    fn note<T: Default>(&self, found: Result<T, Error>) -> T {
        found.unwrap_or_else(|error| {
            self.trouble.borrow_mut().get_or_insert(error);
            T::default()
        })
    }
}

impl Records for Held<'_> {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        self.note(documents::raw(self.connection, target))
    }

    fn referring(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        self.note(projection::referring(self.connection, kind, field, holds))
    }
}
