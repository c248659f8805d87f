//! `review`: what the office holds back until this person decides.

use super::Phone;
use crate::args::{Review, ReviewCommand};
use crate::failure::Failure;
use crate::output::Answer;
use crate::present;
use fieldbook_device::{HeldRecord, ReviewItem};
use serde_json::json;
use uuid::Uuid;

pub(super) fn run(phone: &Phone, args: &Review) -> Result<Answer, Failure> {
    match &args.command {
        None => {
            let queue = phone.book.review()?;
            let human: String = queue.iter().map(|item| told(item, false)).collect();
            let human = if human.is_empty() { "nothing waits for you\n".to_owned() } else { human };
            Ok(Answer::new(human, json!(queue)))
        }
        Some(ReviewCommand::Show { item }) => {
            let item = find(phone, *item)?;
            Ok(Answer::new(told(&item, true), json!(item)))
        }
        Some(ReviewCommand::Decide { item, choice, note }) => {
            let action = phone.book.decide(*item, choice, note.as_deref())?;
            Ok(Answer::new(format!("decided: {choice}\n"), json!({ "id": item, "choice": choice, "action": action })))
        }
    }
}

fn find(phone: &Phone, item: Uuid) -> Result<ReviewItem, Failure> {
    let found = phone.book.review()?.into_iter().find(|waiting| waiting.id == item);
    found.ok_or_else(|| {
        Failure::refused("review.not_found", format!("nothing waits for you under {item}; `review` lists what does"))
    })
}

fn told(item: &ReviewItem, in_full: bool) -> String {
    let author = item.author_name.clone().unwrap_or_else(|| item.author.to_string());
    let since = present::moment(item.since_ms);
    let mut lines = format!("{}  {}\n    {}\n    by {author}, waiting since {since}\n", item.title, item.asks, item.message);
    for choice in &item.choices {
        lines.push_str(&format!("    {}: {}\n", choice.name, choice.says));
    }
    for record in &item.held {
        lines.push_str(&format!("    held: {}\n", summary(record)));
        for (key, value) in record.fields.iter().filter(|_| in_full) {
            lines.push_str(&format!("        {key}: {}\n", present::plain(value)));
        }
    }
    lines.push_str(&format!("    record: {}, rule {}\n    item {}\n", item.record, item.rule, item.id));
    lines
}

fn summary(held: &HeldRecord) -> String {
    let name = held.title.clone().unwrap_or_else(|| held.record.to_string());
    let mut what = Vec::new();
    if held.created {
        what.push("the record itself".to_owned());
    }
    what.extend(held.actions.clone());
    if !held.fields.is_empty() {
        what.push(format!("{} values", held.fields.len()));
    }
    format!("{} {name}: {}", held.record.kind, what.join(", "))
}
