//! `goal`: how far goals have come, as far as this phone can tell.

use super::Phone;
use crate::args::Goal;
use crate::failure::Failure;
use crate::output::Answer;
use crate::present::{Presenter, moment};
use crate::table::{Table, grouped};
use fieldbook_device::GoalProgress;
use fieldbook_domain::money;
use rust_decimal::Decimal;
use serde_json::json;

pub(super) fn run(phone: &Phone, args: &Goal) -> Result<Answer, Failure> {
    match args.id {
        Some(id) => {
            let goal = phone.book.goal(id)?;
            Ok(Answer::new(shown(phone, std::slice::from_ref(&goal)), json!(goal)))
        }
        None => {
            let goals = phone.book.goals()?;
            let human = if goals.is_empty() { "no open goals\n".to_owned() } else { shown(phone, &goals) };
            Ok(Answer::new(human, json!(goals)))
        }
    }
}

/// The goals as a table, those below others indented, and what is to be known about the numbers.
fn shown(phone: &Phone, goals: &[GoalProgress]) -> String {
    let headings =
        ["goal", "owner", "from", "to", "target", "actual", "in progress", "%", "stretch %", "target today", "currency"];
    let mut presenter = Presenter::new(&phone.book);
    let mut table = Table::new(headings.into_iter().chain(["id"]));
    let shallowest = goals.iter().map(|goal| goal.depth).min().unwrap_or(0);
    let mut notes = String::new();
    for goal in goals {
        let depth = usize::try_from(goal.depth.saturating_sub(shallowest)).unwrap_or(0);
        let rollup = &goal.rollup;
        let (from, to) = rollup.days.map(|days| (days.from.to_string(), days.to.to_string())).unwrap_or_default();
        table.row([
            format!("{}{}", "  ".repeat(depth), goal.title),
            goal.owner.as_ref().map(|owner| presenter.title(owner)).unwrap_or_default(),
            from,
            to,
            amount(goal.target),
            amount(Some(rollup.actual)),
            amount(Some(rollup.in_progress)),
            amount(rollup.percentage),
            amount(rollup.stretch_percentage),
            amount(rollup.target_today),
            goal.currency.clone().unwrap_or_default(),
            goal.goal.to_string(),
        ]);
        notes.push_str(&note(goal));
    }
    let as_of = goals.first().map(|goal| moment(goal.as_of_ms)).unwrap_or_default();
    format!("{}\nestimate from what this phone holds, {as_of}\n{notes}", table.render(0))
}

fn note(goal: &GoalProgress) -> String {
    let mut notes = String::new();
    let rollup = &goal.rollup;
    if goal.state != "active" {
        notes.push_str(&format!("{}: {}\n", goal.title, goal.status_reason));
    }
    if rollup.overridden {
        notes.push_str(&format!("{}: a manager said what was reached\n", goal.title));
    }
    if rollup.unconverted > 0 {
        let message = "records in another currency say no exchange rate and were taken as they are";
        notes.push_str(&format!("{}: {} {message}\n", goal.title, rollup.unconverted));
    }
    if let Some(problem) = &rollup.problem {
        notes.push_str(&format!("{}: {}\n", goal.title, problem.message));
    }
    notes
}

fn amount(amount: Option<Decimal>) -> String {
    amount.map(|amount| grouped(&money::spell(amount))).unwrap_or_default()
}
