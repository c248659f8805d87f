//! `aside`: what this phone still holds of what the office lost, where whoever wrote it has not brought it back.

use super::Phone;
use crate::failure::Failure;
use crate::output::Answer;
use crate::present;
use fieldbook_device::Aside;
use serde_json::json;

pub(super) fn run(phone: &Phone) -> Result<Answer, Failure> {
    let found = phone.book.aside()?;
    let human: String = found.iter().map(told).collect();
    let human = if human.is_empty() { "nothing is missing\n".to_owned() } else { human };
    Ok(Answer::new(human, json!(found)))
}

fn told(aside: &Aside) -> String {
    let mut lines = format!("{}  {}\n", aside.title, aside.record);
    for (field, value) in &aside.fields {
        lines.push_str(&format!("    {field}: {}\n", present::plain(value)));
    }
    lines
}
