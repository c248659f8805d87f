//! `available`: what can be done to a record now, and why the rest cannot.

use super::{Phone, record_type};
use crate::args::Target;
use crate::failure::Failure;
use crate::output::Answer;
use serde_json::json;

pub(super) fn run(phone: &Phone, target: &Target) -> Result<Answer, Failure> {
    let kind = record_type(&target.kind)?;
    let available = phone.book.available(kind.name, target.id)?;
    let (now, not): (Vec<_>, Vec<_>) = available.iter().partition(|action| action.possible);
    let mut human = String::new();
    if !now.is_empty() {
        human.push_str("possible now:\n");
    }
    for action in now {
        let arguments: String = action.arguments.iter().map(|name| format!(" [{name}=…]")).collect();
        let office = if action.office { "  (at the office: needs a connection)" } else { "" };
        human.push_str(&format!("  {}{arguments}{office}\n      {}\n", action.action, action.description));
    }
    if !not.is_empty() {
        human.push_str("not possible:\n");
    }
    for action in not {
        let reason = action.reason.as_ref().map_or("", |reason| reason.message.as_str());
        human.push_str(&format!("  {}\n      {reason}\n", action.action));
    }
    Ok(Answer::new(human, json!(available)))
}
