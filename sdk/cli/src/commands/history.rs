//! `history`: who changed what in a record, when and on which device.

use super::{Phone, record_type};
use crate::args::Target;
use crate::failure::Failure;
use crate::output::Answer;
use crate::present::{self, Presenter};
use fieldbook_device::{HistoryEntry, RecordRef};
use fieldbook_domain::record::RecordType;
use serde_json::{Value, json};

pub(super) fn run(phone: &Phone, target: &Target) -> Result<Answer, Failure> {
    let kind = record_type(&target.kind)?;
    let history = phone.book.history(kind.name, target.id)?;
    let mut presenter = Presenter::new(&phone.book);
    let human = history.iter().map(|entry| told(&mut presenter, kind, entry)).collect::<String>();
    Ok(Answer::new(human, json!(history)))
}

fn told(presenter: &mut Presenter<'_>, kind: &'static RecordType, entry: &HistoryEntry) -> String {
    let named = || entry.user.map(|user| presenter.title(&RecordRef::new("user", user)));
    let who = entry.user_name.clone().or_else(named).unwrap_or_else(|| "the server".to_owned());
    let device = entry.device_name.as_ref().map_or(String::new(), |name| format!(" on {name}"));
    let waiting = if entry.pending { " (not sent yet)" } else { "" };
    let mut text = format!("{}  {who}{device}{waiting}\n", present::moment(entry.at_ms));
    if let Some(message) = &entry.message {
        text.push_str(&format!("    {message}\n"));
    }
    for (key, value) in &entry.fields {
        text.push_str(&format!("    {}\n", change(presenter, kind, key, value)));
    }
    if entry.letters_added > 0 || entry.letters_removed > 0 {
        text.push_str(&format!("    text: {} letters added, {} removed\n", entry.letters_added, entry.letters_removed));
    }
    text
}

fn change(presenter: &mut Presenter<'_>, kind: &'static RecordType, key: &str, value: &Value) -> String {
    let parts: Vec<&str> = key.split('/').collect();
    match parts.as_slice() {
        ["actions", _] => {
            let action = value.get("action").and_then(Value::as_str).unwrap_or("action");
            let said = value.get("args").and_then(Value::as_object).map(|args| kind.lifecycle.said(action, args));
            let said = said.filter(|said| !said.is_empty()).map(Value::Object);
            format!("did {action}{}", said.map_or(String::new(), |said| format!(": {}", present::plain(&said))))
        }
        ["verdicts", _] => format!("verdict: {}", present::plain(value)),
        ["alternatives", field, _] => format!("kept another {field}: {}", present::plain(value)),
        [collection, child, field] => {
            let declared = kind.collection(collection).and_then(|c| c.fields.iter().find(|f| f.name == *field));
            let shown = presenter.value(declared, Some(value));
            format!("{collection} {} {field} = {shown}", child.get(..8).unwrap_or(child))
        }
        _ => format!("{key} = {}", presenter.value(kind.field(key), Some(value))),
    }
}
