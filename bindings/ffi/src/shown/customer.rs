//! What customers come to.

use fieldbook_device as device;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::rollup;
use fieldbook_domain::time::{self, Timestamp};
use rust_decimal::Decimal;

use super::count;

/// What an account and those below it have open, as far as this phone holds them.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct AccountReport {
    /// The account.
    pub account: RecordId,
    /// What it is called.
    pub title: String,
    /// How many accounts that is, itself included.
    pub accounts: i64,
    /// How many opportunities they have open.
    pub open_deals: i64,
    /// What those are expected to bring, by currency; amounts of different currencies are not added.
    pub open_revenue: Vec<Revenue>,
    /// When everything the server had was last stored: the figures are of then, with this phone's own work.
    pub as_of: Option<Timestamp>,
}

/// An expected amount in one currency.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Revenue {
    /// The currency, where the opportunities say one.
    pub currency: Option<String>,
    /// How many opportunities there are in it.
    pub deals: i64,
    /// What they are expected to bring.
    pub amount: Decimal,
}

impl From<device::AccountReport> for AccountReport {
    fn from(report: device::AccountReport) -> Self {
        let device::AccountReport { account, title, rollup, as_of_ms } = report;
        let rollup::AccountRollup { accounts, open_deals, open_revenue } = rollup;
        let open_revenue = open_revenue.into_iter().map(|revenue| {
            let rollup::Revenue { currency, deals, amount } = revenue;
            Revenue { currency, deals: count(deals), amount }
        });
        Self {
            account,
            title,
            accounts: count(accounts),
            open_deals: count(open_deals),
            open_revenue: open_revenue.collect(),
            as_of: as_of_ms.map(time::from_ms),
        }
    }
}
