//! `forecast`: what the office would decide about an action, said by the same code without asking it.

use super::{Phone, each_once, record_type};
use crate::args::Forecast;
use crate::failure::Failure;
use crate::output::Answer;
use crate::present;
use serde_json::json;

pub(super) fn run(phone: &Phone, args: &Forecast) -> Result<Answer, Failure> {
    let kind = record_type(&args.target.kind)?;
    each_once(&args.arguments)?;
    let arguments = phone.book.parse_args(kind.name, &args.action, &args.arguments)?;
    let forecast = phone.book.forecast(kind.name, args.target.id, &args.action, arguments)?;
    let rule = forecast.rule.as_ref().map(|rule| format!("  {rule}")).unwrap_or_default();
    let mut human = format!("{}{rule}\n", forecast.outcome.name());
    if let Some(message) = &forecast.message {
        human.push_str(&format!("    {message}\n"));
    }
    let mine = forecast.message.clone().unwrap_or_default();
    for other in forecast.decisions.iter().filter(|other| other.message != mine) {
        human.push_str(&format!("    {}: {}\n", other.rule, other.message));
    }
    let since = forecast.as_of_ms.map_or("this phone was new".to_owned(), present::moment);
    human.push_str(&format!("    assuming nothing else has happened at the office since {since}\n"));
    Ok(Answer::new(human, json!(forecast)))
}
