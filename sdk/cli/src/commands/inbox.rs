//! `inbox`: what the server decided about this phone's work, and what it would not take.

use super::Phone;
use crate::args::Inbox;
use crate::failure::Failure;
use crate::output::Answer;
use crate::present;
use fieldbook_device::{About, InboxItem};
use serde_json::{Value, json};

pub(super) fn run(phone: &Phone, args: &Inbox) -> Result<Answer, Failure> {
    let items = phone.book.inbox()?;
    if let Some(read) = args.read {
        if !items.iter().any(|item| item.id == read) {
            return Err(Failure::refused("inbox.not_found", format!("there is no item {read} in the inbox")));
        }
        phone.book.mark_read(read)?;
        return Ok(Answer::new("", json!({ "id": read, "read": true })));
    }
    let human: String = items.iter().map(item).collect();
    let human = if human.is_empty() { "nothing to look at\n".to_owned() } else { human };
    Ok(Answer::new(human, json!(items)))
}

fn item(item: &InboxItem) -> String {
    let word = |name: &str| item.body.get(name).and_then(Value::as_str).unwrap_or("");
    let about = match item.about {
        About::Decision => word("outcome"),
        About::Refused => "not taken",
    };
    let (new, rule, title) = (if item.read { " " } else { "*" }, word("rule"), word("title"));
    let mut lines = format!("{new} {}  {about}  {rule}  {title}\n", present::moment(item.at_ms));
    let more = [("", word("message")), ("record: ", word("record")), ("you can: ", word("salvage"))];
    for (label, text) in more.iter().filter(|(_, text)| !text.is_empty()) {
        lines.push_str(&format!("    {label}{text}\n"));
    }
    for name in ["kept", "lost"] {
        if let Some(value) = item.body.get(name).filter(|value| !value.is_null()) {
            lines.push_str(&format!("    {name}: {}\n", present::plain(value)));
        }
    }
    lines.push_str(&format!("    item {}\n", item.id));
    lines
}
