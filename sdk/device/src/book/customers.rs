//! What a person asks about customers.

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::rollup::{self, AccountRollup};
use serde::Serialize;
use serde_json::{Map, Value};

use super::Book;
use super::reading::shown_record;
use crate::desk::declared;
use crate::error::Error;
use crate::store::held::Held;
use crate::store::meta;
use fieldbook_domain::view;

/// What an account and those below it have open, as far as this phone holds them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountReport {
    /// The account.
    pub account: RecordId,
    /// What it is called.
    pub title: String,
    /// What is open.
    #[serde(flatten)]
    pub rollup: AccountRollup,
    /// When everything the server had was last stored, in milliseconds since 1970: the figures are of then, with this phone's
    /// own work.
    pub as_of_ms: Option<i64>,
}

impl Book {
    /// What an account and those below it have open: worked out of what this phone holds.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn report_account(&self, id: RecordId) -> Result<AccountReport, Error> {
        let kind = declared("account")?;
        self.store.read(move |connection| {
            let body: Map<String, Value> = shown_record(connection, kind, id)?;
            let account = body.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok()).unwrap_or(id);
            let held = Held::new(connection);
            let rollup = held.settle(rollup::of_account(account, &held))?;
            let as_of_ms = meta::get(connection, meta::LAST_SYNC)?;
            Ok(AccountReport { account, title: view::title(kind, &body), rollup, as_of_ms })
        })
    }
}
