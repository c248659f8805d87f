//! The organisation as the index of references knows it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use fieldbook_domain::access::{Graph, Named};
use fieldbook_domain::ids::RecordRef;

use crate::error::Error;
use crate::store::Store;

/// What names what, as it is stored.
#[derive(Debug)]
pub(crate) struct Stored<'s> {
    store: &'s Store,
    /// What records name, as far as it was asked for; nothing is written while this is used.
    names: RefCell<BTreeMap<RecordRef, BTreeSet<Named>>>,
    /// What broke while somebody, who cannot be told, was asking.
    fault: RefCell<Option<Error>>,
}

impl<'s> Stored<'s> {
    pub(crate) fn new(store: &'s Store) -> Self {
        Stored { store, names: RefCell::default(), fault: RefCell::default() }
    }

    /// What broke meanwhile.
    pub(crate) fn fault(&self) -> Result<(), Error> {
        self.fault.borrow_mut().take().map_or(Ok(()), Err)
    }

    fn asked<T: Default>(&self, answer: Result<T, Error>) -> T {
        answer.unwrap_or_else(|error| {
            self.fault.borrow_mut().get_or_insert(error);
            T::default()
        })
    }
}

impl Graph for Stored<'_> {
    fn names(&self, record: &RecordRef) -> BTreeSet<Named> {
        if let Some(names) = self.names.borrow().get(record) {
            return names.clone();
        }
        let names = self.asked(self.store.references_of(record.id));
        self.names.borrow_mut().insert(record.clone(), names.clone());
        names
    }

    fn named_by(&self, record: &RecordRef) -> Vec<(RecordRef, String)> {
        self.asked(self.store.referrers(record))
    }

    fn of_kind(&self, kind: &str) -> Vec<RecordRef> {
        self.asked(self.store.of_kind(kind))
    }

    fn is_here(&self, record: &RecordRef) -> bool {
        self.asked(self.store.is_here(record))
    }
}
