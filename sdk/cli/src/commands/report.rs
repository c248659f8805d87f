//! `report`: what the opportunities come to.

use super::Phone;
use crate::args::{Grouping, Report};
use crate::failure::Failure;
use crate::output::Answer;
use crate::table::{Table, grouped};
use fieldbook_device::By;
use serde_json::json;

pub(super) fn run(phone: &Phone, args: &Report) -> Result<Answer, Failure> {
    let Report::Pipeline { by } = args;
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
