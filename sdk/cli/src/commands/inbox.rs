//! `inbox`: what the server decided about this phone's work, what it would not take, and what can be done about it.

use super::{Phone, runtime};
use crate::args::{Inbox, InboxCommand};
use crate::failure::Failure;
use crate::output::Answer;
use crate::present::{self, Presenter};
use crate::table::block;
use fieldbook_device::{About, InboxItem, RecordRef, Salvaged};
use fieldbook_domain::invariant::RULES;
use fieldbook_domain::judge::{Salvage, salvage};
use fieldbook_domain::record;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn run(phone: &Phone, args: &Inbox) -> Result<Answer, Failure> {
    match &args.command {
        None => list(phone),
        Some(InboxCommand::Show { item }) => show(phone, *item),
        Some(InboxCommand::Salvage { item, dry_run: true, to }) => {
            Ok(salvaged(phone, &phone.book.salvage_plan(*item, to.clone())?, "dry run, nothing was written: "))
        }
        Some(InboxCommand::Salvage { item, dry_run: false, to }) => {
            Ok(salvaged(phone, &runtime()?.block_on(phone.book.salvage(*item, to.clone()))?, ""))
        }
        Some(InboxCommand::Dismiss { item }) => {
            phone.book.dismiss(*item)?;
            Ok(Answer::new("dismissed\n", json!({ "id": item, "dismissed": true })))
        }
        Some(InboxCommand::Read { item }) => {
            phone.book.inbox_item(*item)?;
            phone.book.mark_read(*item)?;
            Ok(Answer::new("", json!({ "id": item, "read": true })))
        }
    }
}

fn list(phone: &Phone) -> Result<Answer, Failure> {
    let items = phone.book.inbox()?;
    let human: String = items.iter().map(listed).collect();
    let human = if human.is_empty() { "nothing to look at\n".to_owned() } else { human };
    Ok(Answer::new(human, json!(items)))
}

fn listed(item: &InboxItem) -> String {
    let new = if item.read { " " } else { "*" };
    let mut lines =
        format!("{new} {}  {}  {}  {}\n", present::moment(item.at_ms), about(item), word(item, "rule"), word(item, "title"));
    let can = if item.done { "done".to_owned() } else { offer(item) };
    let waits = item.waits_for.join(" or ");
    let more = [("", word(item, "message")), ("record: ", word(item, "record")), ("waiting for: ", &waits), ("you can: ", &can)];
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

fn word<'i>(item: &'i InboxItem, name: &str) -> &'i str {
    item.body.get(name).and_then(Value::as_str).unwrap_or("")
}

fn about(item: &InboxItem) -> &str {
    match item.about {
        About::Decision => word(item, "outcome"),
        About::Refused => "not taken",
    }
}

/// What an item offers; work that was refused can always be done again.
fn offered(item: &InboxItem) -> Option<&'static Salvage> {
    salvage(if item.about == About::Refused { "again" } else { word(item, "salvage") })
}

fn offer(item: &InboxItem) -> String {
    match offered(item) {
        Some(offer) => format!("{} ({})", offer.says, offer.name),
        None => word(item, "salvage").to_owned(),
    }
}

/// Everything about one item.
fn show(phone: &Phone, item: Uuid) -> Result<Answer, Failure> {
    let item = phone.book.inbox_item(item)?;
    let mut presenter = Presenter::new(&phone.book);
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, text: String| {
        if !text.is_empty() {
            pairs.push((name.to_owned(), text));
        }
    };
    add("what happened", word(&item, "message").to_owned());
    add("about", subject(&item));
    add("outcome", about(&item).to_owned());
    add("why", why(&item));
    add("when", present::moment(item.at_ms));
    add("waiting for", item.waits_for.join(" or "));
    add("what stands", item.body.get("kept").map(shown).unwrap_or_default());
    add("what lost", item.body.get("lost").map(shown).unwrap_or_default());
    add("from", winner(phone, &item));
    let person = |presenter: &mut Presenter<'_>, id: &Value| {
        let id = id.as_str().and_then(|id| id.parse().ok());
        id.map(|id| presenter.title(&RecordRef::new("user", id))).unwrap_or_default()
    };
    add("whose work", item.body.get("author").map(|id| person(&mut presenter, id)).unwrap_or_default());
    let told = item.body.get("told").and_then(Value::as_array).into_iter().flatten();
    add("who was told", told.map(|id| person(&mut presenter, id)).collect::<Vec<_>>().join(", "));
    add("waits", held(&item.body));
    add("was typed", typed(&item.body));
    let can = offered(&item).map(|offer| format!("{} ({}): {}", offer.says, offer.name, offer.does));
    add("you can", if item.done { "nothing more: it was done".to_owned() } else { can.unwrap_or_default() });
    let offer = offered(&item).map(|offer| json!({ "name": offer.name, "says": offer.says, "does": offer.does }));
    let rule = RULES.iter().find(|rule| rule.code == word(&item, "rule"));
    let rule =
        rule.map(|rule| json!({ "code": rule.code, "version": rule.version, "rule": rule.rule, "resolution": rule.resolution }));
    let mut json = json!(item);
    if let Some(object) = json.as_object_mut() {
        object.insert("rule".to_owned(), rule.unwrap_or_default());
        object.insert("offer".to_owned(), offer.unwrap_or_default());
    }
    Ok(Answer::new(block(&pairs, 0), json))
}

fn subject(item: &InboxItem) -> String {
    let (title, record) = (word(item, "title"), word(item, "record"));
    let field = word(item, "field");
    let field = if field.is_empty() { String::new() } else { format!(", {field}") };
    if record.is_empty() { String::new() } else { format!("{title} ({record}){field}") }
}

/// Who wrote what won, on which device and when: it is named as a change or as an action.
fn winner(phone: &Phone, item: &InboxItem) -> String {
    let (record, winner) = (word(item, "record").parse::<RecordRef>(), word(item, "winner"));
    let Some(record) = record.ok().filter(|_| !winner.is_empty()) else { return String::new() };
    let action = format!("actions/{winner}");
    let history = phone.book.history(&record.kind, record.id).unwrap_or_default();
    let won = history.into_iter().find(|entry| entry.hash == winner || entry.fields.contains_key(&action));
    won.map_or_else(String::new, |entry| {
        let who = entry.user_name.unwrap_or_else(|| "the office".to_owned());
        let device = entry.device_name.map(|name| format!(" on {name}")).unwrap_or_default();
        format!("{who}{device}, {}", present::moment(entry.at_ms))
    })
}

/// The rule in plain words.
fn why(item: &InboxItem) -> String {
    let code = if item.about == About::Refused { word(item, "code") } else { word(item, "rule") };
    let version = item.body.get("version").map(|version| format!(" version {version}")).unwrap_or_default();
    match RULES.iter().find(|rule| rule.code == code) {
        Some(rule) => format!("{code}{version}: {}\n{}", rule.rule, rule.resolution),
        None => format!("{code}{version}"),
    }
}

/// What was put aside, record by record.
fn held(body: &Value) -> String {
    let Some(held) = body.get("held").filter(|held| !held.is_null()) else { return String::new() };
    let mut lines = held.get("asks").and_then(Value::as_str).unwrap_or("").to_owned();
    for (name, says) in held.get("choices").and_then(Value::as_object).into_iter().flatten() {
        lines.push_str(&format!("\n{name}: {}", present::plain(says)));
    }
    lines
}

/// What was typed into work that was refused.
fn typed(body: &Value) -> String {
    let mut lines = Vec::new();
    for typed in body.get("records").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| typed.get(name).and_then(Value::as_str).unwrap_or("");
        let title = part("title");
        lines.push(format!("{} {}", part("kind"), if title.is_empty() { part("id") } else { title }));
        for (key, value) in typed.get("fields").and_then(Value::as_object).into_iter().flatten() {
            lines.push(format!("  {key}: {}", present::plain(value)));
        }
    }
    lines.join("\n")
}

fn salvaged(phone: &Phone, done: &Salvaged, prefix: &str) -> Answer {
    let mut presenter = Presenter::new(&phone.book);
    let prefix = if done.already { "" } else { prefix };
    let mut human = format!("{prefix}{}\n", done.did);
    for target in &done.records {
        let title = presenter.title(target);
        let kind = record::find(&target.kind).map_or(target.kind.as_str(), |kind| kind.name);
        human.push_str(&format!("    {kind} {title}  {}\n", target.id));
    }
    if done.office && !done.already && prefix.is_empty() {
        human.push_str("    done at the office\n");
    }
    Answer::new(human, json!(done))
}

/// A value on a line of its own parts.
fn shown(value: &Value) -> String {
    let Some(parts) = value.as_object() else {
        return if value.is_null() { String::new() } else { present::plain(value) };
    };
    parts.iter().map(|(name, part)| format!("{name}: {}", present::plain(part))).collect::<Vec<_>>().join("\n")
}
