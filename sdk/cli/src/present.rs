//! Showing records to people: references by name, compound values in one line, fields in the order of the declaration.

use crate::table::{Table, block, grouped};
use fieldbook_device::{Book, Session};
use fieldbook_domain::field::{Field, Kind};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record::{self, RecordType};
use fieldbook_domain::time;
use fieldbook_domain::view;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How many columns of fields a list has besides title, state and id.
const COLUMNS_MAX: usize = 4;

/// Shows records of one book, remembering the names it looked up.
pub(crate) struct Presenter<'b> {
    book: &'b Book,
    /// A phone that never synced does not hold its own user's record.
    own: Option<Session>,
    titles: BTreeMap<RecordRef, String>,
}

impl<'b> Presenter<'b> {
    /// A presenter of this book.
    pub(crate) fn new(book: &'b Book) -> Self {
        Presenter { book, own: book.session().ok(), titles: BTreeMap::new() }
    }

    /// A list: title, state, the fields people filter by, and the id.
    pub(crate) fn list(&mut self, kind: &'static RecordType, records: &[Map<String, Value>]) -> String {
        if records.is_empty() {
            return format!("no {}\n", kind.name);
        }
        let used = |field: &&Field| records.iter().any(|record| record.contains_key(field.name));
        let usual = kind.fields.iter().filter(|field| field.indexed && field.name != kind.title);
        let columns: Vec<&Field> = usual.filter(used).take(COLUMNS_MAX).collect();
        let names = columns.iter().map(|field| field.name);
        let mut table = Table::new([kind.title, "state"].into_iter().chain(names).chain(["id"]));
        for record in records {
            let mut cells = vec![view::title(kind, record), state(record)];
            cells.extend(columns.iter().map(|field| self.short(field, record.get(field.name))));
            cells.push(text(record, "id"));
            table.row(cells);
        }
        table.render(0)
    }

    /// One record in full, with its children.
    pub(crate) fn record(&mut self, kind: &'static RecordType, record: &Map<String, Value>) -> String {
        let mut pairs = vec![("id".to_owned(), text(record, "id")), ("state".to_owned(), state(record))];
        for field in kind.fields {
            if let Some(value) = record.get(field.name) {
                pairs.push((field.name.to_owned(), self.value(Some(field), Some(value))));
            }
        }
        let shown = |name: &str| kind.field(name).is_some() || kind.collection(name).is_some();
        let rest = record.iter().filter(|(name, _)| !shown(name) && !["id", "state", "status_reason"].contains(&name.as_str()));
        for (name, value) in rest {
            pairs.push((name.clone(), self.value(None, Some(value))));
        }
        let mut text = format!("{} {}\n{}", kind.name, view::title(kind, record), block(&pairs, 2));
        for collection in kind.collections {
            let children = record.get(collection.name).and_then(Value::as_array);
            if let Some(children) = children.filter(|children| !children.is_empty()) {
                text.push_str(&format!("\n{}\n{}", collection.name, self.children(collection.fields, children)));
            }
        }
        text
    }

    /// A value of a field, or of no declared field.
    pub(crate) fn value(&mut self, field: Option<&Field>, value: Option<&Value>) -> String {
        let kind = field.map(|field| field.kind);
        match (kind, value) {
            (_, None | Some(Value::Null)) => String::new(),
            (Some(Kind::Ref(types)), Some(Value::String(target))) => self.reference(types, target),
            (Some(Kind::Compound(parts)), Some(Value::Object(object))) => self.compound(parts, object),
            (Some(Kind::Decimal { .. } | Kind::Signed { .. } | Kind::Percent { .. }), Some(Value::String(number))) => {
                grouped(number)
            }
            (_, Some(Value::Bool(yes))) => if *yes { "yes" } else { "no" }.to_owned(),
            (_, Some(Value::String(text))) => text.clone(),
            (_, Some(other)) => other.to_string(),
        }
    }

    /// The name of a record, or its id where this phone does not hold it.
    pub(crate) fn title(&mut self, target: &RecordRef) -> String {
        if let Some(title) = self.titles.get(target) {
            return title.clone();
        }
        let known = record::find(&target.kind).zip(self.book.get(&target.kind, target.id).ok());
        let own = || self.own.as_ref().filter(|own| target.kind == "user" && target.id == own.user);
        let title = match known {
            Some((kind, record)) => view::title(kind, &record),
            None => own().map_or_else(|| target.id.to_string(), |own| own.name.clone()),
        };
        self.titles.insert(target.clone(), title.clone());
        title
    }

    fn reference(&mut self, types: &[&'static str], text: &str) -> String {
        let target = match types {
            [only] => text.parse::<RecordId>().ok().map(|id| RecordRef::new(*only, id)),
            _ => text.parse::<RecordRef>().ok(),
        };
        match target {
            Some(target) => format!("{} ({})", self.title(&target), text),
            None => text.to_owned(),
        }
    }

    /// The parts in the order of their declaration, records by name.
    fn compound(&mut self, parts: &[Field], object: &Map<String, Value>) -> String {
        let declared = parts.iter().filter_map(|part| Some((part.name, Some(part), object.get(part.name)?)));
        let unknown = object.iter().filter(|(name, _)| !parts.iter().any(|part| part.name == name.as_str()));
        let all = declared.chain(unknown.map(|(name, value)| (name.as_str(), None, value)));
        let mut shown = Vec::new();
        for (name, part, value) in all {
            let text = part.map_or_else(|| plain(value), |part| self.short(part, Some(value)));
            shown.push(format!("{name} {text}"));
        }
        shown.join(", ")
    }

    fn children(&mut self, fields: &[Field], children: &[Value]) -> String {
        let used = |field: &&Field| children.iter().any(|child| child.get(field.name).is_some());
        let columns: Vec<&Field> = fields.iter().filter(used).collect();
        let mut table = Table::new(columns.iter().map(|field| field.name).chain(["id"]));
        for child in children {
            let cells = columns.iter().map(|field| self.short(field, child.get(field.name)));
            let id = child.get("id").and_then(Value::as_str).unwrap_or("").to_owned();
            table.row(cells.chain([id]).collect::<Vec<String>>());
        }
        table.render(2)
    }

    fn short(&mut self, field: &Field, value: Option<&Value>) -> String {
        let shown = self.value(Some(field), value);
        match shown.rsplit_once(" (") {
            Some((title, _)) if matches!(field.kind, Kind::Ref(_)) => title.to_owned(),
            Some(_) | None => shown,
        }
    }
}

fn state(record: &Map<String, Value>) -> String {
    let (state, reason) = (text(record, "state"), text(record, "status_reason"));
    if reason.is_empty() || reason == state { state } else { format!("{state} ({reason})") }
}

fn text(record: &Map<String, Value>, name: &str) -> String {
    record.get(name).and_then(Value::as_str).unwrap_or("").to_owned()
}

/// A moment as people write it, in UTC.
pub(crate) fn moment(at_ms: i64) -> String {
    time::from_ms(at_ms).format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A value without a declaration: text as it is, an object as name and value.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(object) => {
            let parts: Vec<String> = object.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect();
            parts.join(", ")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
    }
}
