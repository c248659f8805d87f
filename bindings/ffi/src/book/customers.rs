//! What a person asks about customers.

use fieldbook_domain::ids::RecordId;

use super::Book;
use crate::background::blocking;
use crate::error::FieldbookError;
use crate::shown::AccountReport;

#[uniffi::export]
impl Book {
    /// What an account and those below it have open: worked out of what this phone holds. Throws `NotFound`.
    pub async fn report_account(&self, id: RecordId) -> Result<AccountReport, FieldbookError> {
        let book = self.inner.clone();
        Ok(blocking(move || book.report_account(id)).await?.into())
    }
}
