//! Which record types had rows written, so that a list is read again only when its own type was.
//!
//! The counters are the store thread's own: it owns the connection, so nobody else writes rows.

use std::cell::RefCell;
use std::collections::BTreeMap;

use fieldbook_domain::record::RecordType;

thread_local! {
    static ROWS: RefCell<BTreeMap<&'static str, u64>> = const { RefCell::new(BTreeMap::new()) };
}

/// Notes that a row of this type was written; that the transaction may still be taken back does no harm.
pub(crate) fn note(kind: &RecordType) {
    ROWS.with_borrow_mut(|rows| {
        let counter = rows.entry(kind.name).or_default();
        *counter = counter.wrapping_add(1);
    });
}

/// Where the counter of a type stands; to be asked on the store's thread.
pub(crate) fn count(kind: &RecordType) -> u64 {
    ROWS.with_borrow(|rows| rows.get(kind.name).copied().unwrap_or_default())
}
