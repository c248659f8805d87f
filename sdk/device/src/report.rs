//! The pipeline: what the opportunities come to, counted in SQL and summed exactly.
//!
//! Amounts are added as decimals, never as floats, and never across currencies.

use std::collections::BTreeMap;

use fieldbook_domain::money;
use fieldbook_domain::time;
use rusqlite::Connection;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Error;
use fieldbook_domain::view;

/// What opportunities are grouped by, besides their state and currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// How far the sale has come.
    Stage,
    /// The quarter it was closed in, or is expected to close in.
    Quarter,
    /// Who looks after it.
    Owner,
    /// Who buys.
    Account,
}

/// One group of opportunities.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PipelineRow {
    /// What they have in common: a stage, a quarter such as `2017-Q1`, or `type:id`; empty where they have nothing.
    pub group: String,
    /// The name of the owner or customer, where the book knows.
    pub title: Option<String>,
    /// Their state: open, won or lost.
    pub state: String,
    /// The currency of the sum, where they say one.
    pub currency: Option<String>,
    /// How many there are.
    pub count: u64,
    /// What won ones brought and open ones are expected to bring.
    pub sum: Decimal,
}

/// Groups and adds up the opportunities that are not deleted.
pub(crate) fn pipeline(connection: &Connection, by: By) -> Result<Vec<PipelineRow>, Error> {
    // A newer app may keep something else than text here; it is shown as text.
    let sql = "SELECT CAST(state AS TEXT), CAST(stage AS TEXT), CAST(owner AS TEXT), CAST(customer AS TEXT),
                   CAST(coalesce(actual_close_date, est_close_date) AS TEXT),
                   CAST(body ->> '$.pricing.currency' AS TEXT), CAST(body ->> '$.actual_value' AS TEXT),
                   body -> '$.est_value', CAST(body ->> '$.total_amount' AS TEXT)
               FROM record_opportunity WHERE deleted = 0";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut groups: BTreeMap<(String, String, Option<String>), (u64, Decimal)> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let state: String = row.get(0)?;
        let column = match by {
            By::Stage => 1,
            By::Owner => 2,
            By::Account => 3,
            By::Quarter => 4,
        };
        let named = row.get::<_, Option<String>>(column)?.unwrap_or_default();
        let group = if by == By::Quarter { quarter(&named) } else { named };
        let amount = match state.as_str() {
            "won" => row.get::<_, Option<String>>(6)?.as_deref().and_then(money::parse),
            "open" => expected(row.get(7)?, row.get(8)?),
            _ => None,
        };
        let (count, sum) = groups.entry((group, state, row.get(5)?)).or_default();
        *count = count.saturating_add(1);
        *sum = sum.saturating_add(amount.unwrap_or_default());
    }
    let row = |((group, state, currency), (count, sum)): ((String, String, Option<String>), (u64, Decimal))| {
        let title = title(connection, by, &group)?;
        Ok(PipelineRow { group, title, state, currency, count, sum: sum.normalize() })
    };
    groups.into_iter().map(row).collect()
}

fn expected(estimate: Option<String>, total: Option<String>) -> Option<Decimal> {
    let mut body = Map::new();
    if let Some(estimate) = estimate.and_then(|text| serde_json::from_str(&text).ok()) {
        body.insert("est_value".to_owned(), estimate);
    }
    if let Some(total) = total {
        body.insert("total_amount".to_owned(), Value::from(total));
    }
    view::expected_value(&body).as_ref().and_then(Value::as_str).and_then(money::parse)
}

fn quarter(day: &str) -> String {
    use chrono::Datelike;
    let spell = |date: chrono::NaiveDate| format!("{}-Q{}", date.year(), date.month0().div_euclid(3).saturating_add(1));
    time::parse_date(day).map(spell).unwrap_or_default()
}

fn title(connection: &Connection, by: By, group: &str) -> Result<Option<String>, Error> {
    match by {
        By::Stage | By::Quarter => Ok(None),
        By::Owner | By::Account => name_of(connection, group),
    }
}

/// What a record is called, written `type:id`; `None` where the book does not hold it.
pub(crate) fn name_of(connection: &Connection, target: &str) -> Result<Option<String>, Error> {
    use rusqlite::OptionalExtension;
    let Ok(target) = target.parse::<fieldbook_domain::ids::RecordRef>() else { return Ok(None) };
    let Some(kind) = fieldbook_domain::record::find(&target.kind) else { return Ok(None) };
    let sql = format!("SELECT body FROM \"{}\" WHERE id = ?1", crate::store::projection::table(kind));
    let mut statement = connection.prepare_cached(&sql)?;
    let body: Option<String> = statement.query_row([target.id.0.as_bytes()], |row| row.get(0)).optional()?;
    let body: Option<Map<String, Value>> = body.and_then(|body| serde_json::from_str(&body).ok());
    Ok(body.map(|body| view::title(kind, &body)))
}
