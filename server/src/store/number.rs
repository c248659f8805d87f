//! Numbers without gaps: one counter for each series of the organisation.

use std::cell::RefCell;
use std::collections::BTreeMap;

use fieldbook_domain::action::Numbers;
use rusqlite::OptionalExtension;

use super::{Store, signed, unsigned};
use crate::error::Error;

/// Numbers handed out in a transaction; the counters move only when they are kept.
#[derive(Debug)]
pub(crate) struct Counters<'s> {
    store: &'s Store,
    /// The next number of each series that was asked for.
    next: RefCell<BTreeMap<String, u64>>,
    /// What broke while the rules, who cannot be told, were asking.
    fault: RefCell<Option<Error>>,
}

impl<'s> Counters<'s> {
    /// The counters as they stand.
    pub(crate) fn new(store: &'s Store) -> Self {
        Counters { store, next: RefCell::default(), fault: RefCell::default() }
    }

    /// Writes down what was handed out.
    pub(crate) fn keep(self) -> Result<(), Error> {
        self.fault()?;
        self.store.put_next_numbers(&self.next.into_inner())
    }

    /// The next number of each series something was taken of.
    pub(crate) fn taken(&self) -> BTreeMap<String, u64> {
        self.next.borrow().clone()
    }

    /// What broke while somebody was asking.
    pub(crate) fn fault(&self) -> Result<(), Error> {
        self.fault.borrow_mut().take().map_or(Ok(()), Err)
    }
}

impl Numbers for Counters<'_> {
    fn next(&self, series: &str) -> u64 {
        let mut next = self.next.borrow_mut();
        let number = match next.get(series) {
            Some(number) => *number,
            None => self.store.next_number(series).unwrap_or_else(|error| {
                self.fault.borrow_mut().get_or_insert(error);
                0
            }),
        };
        next.insert(series.to_owned(), number.saturating_add(1));
        number
    }
}

impl Store {
    /// The next number of a series; the first one is 1.
    fn next_number(&self, series: &str) -> Result<u64, Error> {
        let mut statement = self.conn.prepare_cached("SELECT next FROM number WHERE series = ?1")?;
        let next: Option<i64> = statement.query_row([series], |row| row.get(0)).optional()?;
        Ok(next.map_or(1, unsigned))
    }

    /// Writes down how far each series has come.
    pub(crate) fn put_next_numbers(&self, next: &BTreeMap<String, u64>) -> Result<(), Error> {
        next.iter().try_for_each(|(series, next)| self.put_next_number(series, *next))
    }

    fn put_next_number(&self, series: &str, next: u64) -> Result<(), Error> {
        let sql = "INSERT INTO number (series, next) VALUES (?1, ?2) ON CONFLICT (series) DO UPDATE SET next = excluded.next";
        self.conn.prepare_cached(sql)?.execute((series, signed(next)))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_counts_only_when_it_is_kept_and_its_transaction_is_durable() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("org.db")).unwrap();

        let failed = Counters::new(&store);
        assert_eq!((failed.next("invoice"), failed.next("invoice"), failed.next("order")), (1, 2, 1));
        drop(failed);
        store.begin().unwrap();
        let rolled_back = Counters::new(&store);
        assert_eq!(rolled_back.next("invoice"), 1);
        rolled_back.keep().unwrap();
        store.rollback();
        store.begin().unwrap();
        let kept = Counters::new(&store);
        assert_eq!(kept.next("invoice"), 1);
        kept.keep().unwrap();
        store.commit().unwrap();

        let after = Counters::new(&store);
        assert_eq!((after.next("invoice"), after.next("order")), (2, 1));
    }
}
