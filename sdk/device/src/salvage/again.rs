//! Work the server would not take, typed once more: on the records as they are now, or as new ones where theirs never came to be.

use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::raw::Action;
use fieldbook_domain::record::RecordType;
use fieldbook_domain::refusal::Refusal;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{asked, write};
use crate::bundle::Bundle;
use crate::desk::declared;
use crate::edit::{Edit, Values};
use crate::error::Error;

/// What was typed into one record.
struct Typed {
    kind: &'static RecordType,
    id: RecordId,
    values: Values,
    texts: Map<String, Value>,
    actions: Vec<Action>,
}

/// Does everything an intent did that was refused.
pub(super) fn refused(bundle: &mut Bundle<'_>, item: Uuid, body: &Value) -> Result<String, Error> {
    let records = read(&renamed(bundle, item, body)?)?;
    let done: Vec<(RecordId, String, RecordRef)> = records
        .iter()
        .flat_map(|typed| typed.actions.iter().map(|action| (action.id, action.action.clone(), target(typed))))
        .collect();
    for typed in &records {
        if bundle.holds(typed.kind.name, typed.id) {
            edit(bundle, typed, item)?;
        } else if !typed.values.is_empty() || !typed.texts.is_empty() {
            let mut fields = typed.texts.clone();
            Edit { kind: typed.kind, values: &typed.values, base: None, rename: &|_, id| id }.apply(&mut fields);
            bundle.create(typed.kind.name, Some(typed.id), fields)?;
        }
        for action in &typed.actions {
            // What another action of the bundle did to this record it does again by itself.
            let own = target(typed);
            let follows =
                |(id, _, _): &(RecordId, String, RecordRef)| id.derived(&format!("{}/{own}", action.action)) == action.id;
            if !done.iter().any(follows) {
                let args = asked(typed.kind, &action.action, &action.args);
                bundle.act(typed.kind.name, typed.id, &action.action, args)?;
            }
        }
    }
    if bundle.targets().is_empty() {
        return Err(Refusal::new("salvage.nothing", "everything that was typed stands already").into());
    }
    Ok("did again what the office had not taken".to_owned())
}

fn target(typed: &Typed) -> RecordRef {
    RecordRef::new(typed.kind.name, typed.id)
}

fn edit(bundle: &mut Bundle<'_>, typed: &Typed, item: Uuid) -> Result<(), Error> {
    if !typed.values.is_empty() {
        write(bundle, typed.kind, typed.id, &typed.values, item)?;
    }
    if !typed.texts.is_empty() {
        let was = bundle.get(typed.kind.name, typed.id)?;
        let mut now = was.clone();
        now.extend(typed.texts.clone());
        bundle.save(typed.kind.name, typed.id, &was, &now)?;
    }
    Ok(())
}

/// The records, with another id for one whose id belongs to something else here.
fn renamed(bundle: &Bundle<'_>, item: Uuid, body: &Value) -> Result<Vec<Value>, Error> {
    let records = body.get("records").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut text = Value::Array(records.clone()).to_string();
    for record in &records {
        let word = |name: &str| record.get(name).and_then(Value::as_str);
        let Some((kind, id)) = word("kind").zip(word("id").and_then(|id| id.parse::<RecordId>().ok())) else { continue };
        if bundle.desk().kind_of(id)?.is_some_and(|held| held != kind) {
            text = text.replace(&id.to_string(), &RecordId(item).derived(&id.to_string()).to_string());
        }
    }
    serde_json::from_str(&text).map_err(|_| Error::ReadStored { place: "refused" })
}

fn read(records: &[Value]) -> Result<Vec<Typed>, Error> {
    let unreadable = || Refusal::new("salvage.unknown", "this app cannot read what was typed: upgrade it");
    let mut all = Vec::new();
    for record in records {
        let word = |name: &str| record.get(name).and_then(Value::as_str).ok_or_else(unreadable);
        let kind = declared(word("kind")?)?;
        let id = word("id")?.parse().map_err(|_| unreadable())?;
        let mut typed = Typed { kind, id, values: Values::new(), texts: Map::new(), actions: Vec::new() };
        for (key, value) in record.get("fields").and_then(Value::as_object).into_iter().flatten() {
            if let Some(action) = key.strip_prefix("actions/") {
                let read: Action = serde_json::from_value(value.clone()).map_err(|_| unreadable())?;
                typed.actions.push(Action { id: action.parse().map_err(|_| unreadable())?, ..read });
            } else if kind.field(key).is_some_and(fieldbook_domain::field::Field::is_long_text) {
                typed.texts.insert(key.clone(), value.clone());
            } else {
                typed.values.insert(key.clone(), value.clone());
            }
        }
        typed.actions.sort_by_key(|action| (action.turn, action.id));
        all.push(typed);
    }
    Ok(all)
}
