//! What an account and those below it have open: worked out of the records at hand, never stored and never merged (INV-03).

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Serialize;

use crate::action::Records;
use crate::alias::MERGED_INTO;
use crate::body::{part, referring, state};
use crate::field::decimal;
use crate::ids::{RecordId, RecordRef};
use crate::money;
use crate::view;

/// What an account and those below it have open.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AccountRollup {
    /// How many accounts that is, itself included.
    pub accounts: u64,
    /// How many opportunities they have open.
    pub open_deals: u64,
    /// What those are expected to bring, by currency; amounts of different currencies are not added.
    pub open_revenue: Vec<Revenue>,
}

/// An expected amount in one currency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Revenue {
    /// The currency, where the opportunities say one.
    pub currency: Option<String>,
    /// How many opportunities there are in it.
    pub deals: u64,
    /// What they are expected to bring.
    pub amount: Decimal,
}

/// Adds up what is open. Each account counts once, whatever its tree looks like while two phones have not met.
#[must_use]
pub fn of_account(account: RecordId, records: &dyn Records) -> AccountRollup {
    let mut found = AccountRollup::default();
    let mut sums: BTreeMap<Option<String>, (u64, Vec<Decimal>)> = BTreeMap::new();
    let mut seen = BTreeSet::from([account]);
    let mut next = vec![account];
    while let Some(at) = next.pop() {
        // An alias is no account of its own, but what is still filed under it counts (INV-09).
        for (field, counts) in [("parent_account", 1), (MERGED_INTO, 0)] {
            for (below, _) in referring("account", field, &at.to_string(), records) {
                if seen.insert(below.id) {
                    found.accounts = found.accounts.saturating_add(counts);
                    next.push(below.id);
                }
            }
        }
        let customer = RecordRef::new("account", at).to_string();
        for (_, sale) in referring("opportunity", "customer", &customer, records) {
            if state(&sale) == "open" {
                let currency = part(&sale, "pricing", "currency").map(str::to_owned);
                let (deals, amounts) = sums.entry(currency).or_default();
                *deals = deals.saturating_add(1);
                amounts.extend(decimal(view::expected_value(&sale).as_ref()));
            }
        }
    }
    found.accounts = found.accounts.saturating_add(1);
    for (currency, (deals, amounts)) in sums {
        found.open_deals = found.open_deals.saturating_add(deals);
        found.open_revenue.push(Revenue { currency, deals, amount: money::sum(amounts).normalize() });
    }
    found
}
