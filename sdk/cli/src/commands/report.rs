//! `report`: what the opportunities come to, all of them or those of an account.

use super::Phone;
use crate::args::{Grouping, Report};
use crate::failure::Failure;
use crate::output::Answer;
use crate::table::{Table, grouped};
use fieldbook_device::By;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::time;
use serde_json::json;

pub(super) fn run(phone: &Phone, args: &Report) -> Result<Answer, Failure> {
    match args {
        Report::Pipeline { by } => pipeline(phone, *by),
        Report::Account { id } => account(phone, *id),
    }
}

fn account(phone: &Phone, id: RecordId) -> Result<Answer, Failure> {
    let report = phone.book.report_account(id)?;
    let rollup = &report.rollup;
    let as_of = report.as_of_ms.map_or_else(|| "before the first sync".to_owned(), |at| time::spell(time::from_ms(at)));
    let mut human = format!("{}: {} open in {} accounts, as of {as_of}\n", report.title, rollup.open_deals, rollup.accounts);
    if !rollup.open_revenue.is_empty() {
        let mut table = Table::new(["currency", "count", "value"]);
        for revenue in &rollup.open_revenue {
            let currency = revenue.currency.clone().unwrap_or_default();
            table.row([currency, grouped(&revenue.deals.to_string()), grouped(&revenue.amount.to_string())]);
        }
        human.push_str(&table.render(0));
    }
    Ok(Answer::new(human, json!(report)))
}

fn pipeline(phone: &Phone, by: Grouping) -> Result<Answer, Failure> {
    let (by, heading) = match by {
        Grouping::Stage => (By::Stage, "stage"),
        Grouping::Quarter => (By::Quarter, "quarter"),
        Grouping::Owner => (By::Owner, "owner"),
        Grouping::Account => (By::Account, "account"),
    };
    let rows = phone.book.report_pipeline(by)?;
    let mut table = Table::new([heading, "state", "count", "value", "currency"]);
    for row in &rows {
        let group = row.title.as_deref().unwrap_or(if row.group.is_empty() { "none" } else { &row.group });
        table.row([
            group.to_owned(),
            row.state.clone(),
            grouped(&row.count.to_string()),
            grouped(&row.sum.to_string()),
            row.currency.clone().unwrap_or_default(),
        ]);
    }
    let human = if rows.is_empty() { "no opportunities\n".to_owned() } else { table.render(0) };
    Ok(Answer::new(human, json!(rows)))
}
