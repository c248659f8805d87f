//! What the tests of the organisation's thread have in common.

use std::sync::Arc;

use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record;
use uuid::Uuid;

use super::shelf::Held;
use super::{OrgHandle, Turn};
use crate::error::Error;

/// An id, by number.
pub(crate) fn id(number: u128) -> RecordId {
    RecordId(Uuid::from_u128(number))
}

/// Writes into a record as the office would, in a transaction of its own; the record may be new.
pub(crate) fn write(org: &OrgHandle, kind: &'static str, number: u128, writes: Vec<Write>) {
    org.turn(move |turn| write_in(turn, kind, number, &writes)).unwrap();
}

/// The same in a transaction that is under way.
pub(crate) fn write_in(turn: &mut Turn<'_>, kind: &str, number: u128, writes: &[Write]) -> Result<(), Error> {
    let held = match turn.books().find(id(number))? {
        Some(held) => held,
        None => Arc::new(Held::new(record::find(kind).unwrap(), id(number), &turn.names.now)?),
    };
    turn.open_group();
    turn.write_record(&held, writes, "")
}
