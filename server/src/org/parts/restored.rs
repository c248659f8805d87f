//! Phones that come from a database in whose place this one was put, from an old backup.

use fieldbook_domain::ids::RecordId;

use super::super::Turn;
use crate::error::Error;
use crate::store::log::{Logged, user_scope};

impl Turn<'_> {
    /// Says to the phones of somebody who reads only a part what they are to let go of: everything their user does not hold. The
    /// database they come from may have given them more, of which this one knows nothing. What was said is not said again.
    pub(crate) fn disown(&mut self, user: RecordId) -> Result<(), Error> {
        if !self.store.has_slice(user)? {
            return Ok(());
        }
        for record in self.store.not_named(user)? {
            self.open_group();
            self.log(&user_scope(user), Logged::Leave(record))?;
        }
        self.store.named_up_to(user, self.last_seq)
    }
}
