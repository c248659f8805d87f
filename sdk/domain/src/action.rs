//! What a tap writes: creating, saving and acting, checked against the tables and planned as one bundle.
//!
//! A refusal here means nothing was written. The plan is a list of records with their writes; the caller puts all of
//! them into one transaction and sends them as one intent (INV-82).

use crate::constraint;
use crate::dependent;
use crate::document::Write;
use crate::field::Freeze;
use crate::ids::{RecordId, RecordRef};
use crate::key;
use crate::lifecycle::{ActionSpec, Attempt, DECIDE, DELETE, DISMISS, Effect, Fill, needs_office};
use crate::owner::{self, ASSIGN};
use crate::permission::Role;
use crate::raw::{self, Raw, Scalar};
use crate::record::RecordType;
use crate::refusal::{Refusal, a};
use crate::time;
use crate::view::{self, View};
use difference::Hand;
pub use difference::entered;
use permitted::{may_act, may_delete, may_give, may_touch, may_write};
use serde::Serialize;
use serde_json::{Map, Value};

mod answer;
mod assign;
mod convert;
mod difference;
mod effect;
mod merge;
mod office;
mod permitted;
mod price;
mod qualify;
mod reference;
mod revise;
mod settled;

pub(crate) use convert::{order_lines_open, order_to_bill};
pub use office::{Numbers, Place};
pub(crate) use permitted::reaches;
pub(crate) use price::{Moved, differing};
pub(crate) use qualify::{TO_ACCOUNT, TO_CONTACT, TO_OPPORTUNITY};
pub(crate) use reference::names_what_is_in_use;
pub use reference::{check_itself, referred, targets};
pub(crate) use settled::{SETTLED, Settled};

/// Who acts, and when by their clock.
#[derive(Clone, Copy, Debug)]
pub struct Author {
    /// The user.
    pub user: RecordId,
    /// What they may do.
    pub role: Role,
    /// Milliseconds since 1970 by the device's clock.
    pub now_ms: i64,
}

/// The records an action may have to look at.
pub trait Records {
    /// The record as it stands, if it is held here and exists.
    fn raw(&self, target: &RecordRef) -> Option<Raw>;
    /// The records of a type whose indexed field holds this, spelled as the field spells it.
    fn referring(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef>;
}

/// The writes of one record within a bundle.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Which record.
    pub target: RecordRef,
    /// What to write.
    pub writes: Vec<Write>,
}

/// An action a person could think of, and why it is not possible if it is not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Available {
    /// The verb.
    pub action: String,
    /// What it means.
    pub description: String,
    /// The names of its arguments.
    pub arguments: Vec<String>,
    /// Whether it can be done now, as far as can be told before the arguments are given.
    pub possible: bool,
    /// Why not.
    pub reason: Option<Refusal>,
    /// Whether only the office does it, so that it needs a connection.
    pub office: bool,
}

/// Plans a new record from the fields a person filled in.
///
/// # Errors
/// A refusal: not permitted, an unknown field, a value that cannot be kept, a required field left empty.
pub fn create(
    kind: &'static RecordType,
    id: RecordId,
    fields: &Map<String, Value>,
    author: &Author,
    records: &dyn Records,
) -> Result<Planned, Refusal> {
    may_write(kind, author.role)?;
    let mut fields = fields.clone();
    if kind.field("owner").is_some() && fields.get("owner").is_none_or(Value::is_null) {
        fields.insert("owner".into(), Value::from(RecordRef::new("user", author.user).to_string()));
    }
    let writes = difference::writes(kind, &Map::new(), &fields, Hand::Person)?;
    for field in kind.fields.iter().filter(|field| field.required) {
        field.check(fields.get(field.name).unwrap_or(&Value::Null))?;
    }
    reference::check(kind, id, &writes, author, records)?;
    let writes = price::settle(kind, id, None, writes, false, author, records)?;
    constraint::check(kind, id, None, &writes, records)?;
    Ok(Planned { target: RecordRef::new(kind.name, id), writes })
}

/// Plans the difference between the record an app showed and the one it wants, and nothing else; an account that is given to
/// somebody else takes along what goes with it (INV-13).
///
/// # Errors
/// A refusal: not permitted, frozen, deleted, or a value that cannot be kept.
pub fn save(
    kind: &'static RecordType,
    id: RecordId,
    current: &Raw,
    was: &Map<String, Value>,
    now: &Map<String, Value>,
    author: &Author,
    records: &dyn Records,
) -> Result<Vec<Planned>, Refusal> {
    may_write(kind, author.role)?;
    may_touch(kind, current, author, records)?;
    let shown = view::of(kind, id, current);
    let writes = difference::writes(kind, was, now, Hand::Person)?;
    not_deleted(kind, &shown)?;
    if shown.folded.frozen {
        let frozen = writes.iter().find_map(|write| frozen_field(kind, write));
        if let Some(field) = frozen {
            let state = &shown.folded.state;
            let message = format!("{field} cannot be changed: this {} is {state}; reopen it first or write a note", kind.name);
            return Err(Refusal::field("record.frozen", &field, message));
        }
    }
    reference::check(kind, id, &writes, author, records)?;
    settled::check(kind, id, current, &writes, records)?;
    let writes = price::settle(kind, id, Some(current), writes, false, author, records)?;
    constraint::check(kind, id, Some(current), &writes, records)?;
    assign::with(kind, id, current, writes, author, records)
}

/// What a person does to one record.
#[derive(Clone, Debug)]
pub struct Wish<'a> {
    /// The verb.
    pub action: &'a str,
    /// The id of the action itself; repeating it has no second effect (INV-81).
    pub id: RecordId,
    /// What the person says with it.
    pub args: &'a Map<String, Value>,
    /// Where it is performed.
    pub place: Place<'a>,
}

/// Plans an action with everything it creates.
///
/// # Errors
/// A refusal: not permitted, no row from this state, a guard that does not hold, an argument that cannot be kept, or
/// `KIND.ACTION.office` on a phone for what only the office does.
pub fn act(
    kind: &'static RecordType,
    id: RecordId,
    current: &Raw,
    wish: &Wish<'_>,
    author: &Author,
    records: &dyn Records,
) -> Result<Vec<Planned>, Refusal> {
    let shown = view::of(kind, id, current);
    let target = RecordRef::new(kind.name, id);
    match wish.action {
        DECIDE => return answer::decide(target, current, wish, author, records),
        DISMISS => return answer::dismiss(target, current, wish, author),
        _ => {}
    }
    not_deleted(kind, &shown)?;
    may_touch(kind, current, author, records)?;
    if wish.action == DELETE {
        may_delete(kind, &shown, owner::is_own(author.user, current, records), author.role)?;
        dependent::refuse(kind, &target, &shown, records)?;
        let entry = entry(current, wish, wish.args.clone(), author);
        return Ok(vec![Planned { target, writes: vec![entry] }]);
    }
    may_act(kind, wish.action, author.role)?;
    let args = match kind.lifecycle.action(wish.action) {
        Some(spec) => arguments(kind, spec, wish.args, (&shown, author, records))?,
        None => Map::new(),
    };
    let attempt = Attempt::of(id, &shown.body, &args, author, records);
    let row = kind.lifecycle.check(kind.name, wish.action, author.role, &attempt)?;
    let mut args = args;
    match wish.place {
        Place::Phone if row.office => return Err(needs_office(kind.name, wish.action)),
        Place::Phone => {}
        Place::Office(numbers) => office::fill(kind, wish.action, (current, &shown.body), &mut args, numbers),
    }
    if wish.action == ASSIGN {
        may_give(kind, current, author, records)?;
    }
    let mut bundle = Vec::new();
    if row.then.contains(&Effect::HandOver) {
        bundle = assign::plan(&target, current, &args, records);
    }
    if row.then.contains(&Effect::CreateCustomerRecords) {
        bundle = qualify::plan(id, &shown.body, &mut args, author, records)?;
    }
    let source = convert::Source { kind, id, body: &shown.body, wish, args: &args, author, records };
    for effect in row.then {
        if let Effect::Convert(conversion) = effect {
            bundle.extend(convert::plan(*conversion, &source)?);
        }
    }
    reference::check_made(&bundle, records)?;
    let mut writes = effect::writes(kind, row, &shown.body, &args, records)?;
    writes.insert(0, entry(current, wish, args, author));
    bundle.insert(0, Planned { target, writes });
    bundle.retain(|planned| !planned.writes.is_empty());
    Ok(bundle)
}

/// The actions of a record: what can be done now, and why the rest cannot.
#[must_use]
pub fn available(
    kind: &'static RecordType,
    id: RecordId,
    shown: &View,
    author: &Author,
    records: &dyn Records,
) -> Vec<Available> {
    let current = records.raw(&RecordRef::new(kind.name, id));
    let touch = || current.as_ref().map_or(Ok(()), |current| may_touch(kind, current, author, records));
    let blocked = not_deleted(kind, shown).and_then(|()| touch()).err();
    let mut list: Vec<Available> = Vec::new();
    for spec in kind.lifecycle.actions {
        let args = likely_arguments(spec, (shown, author, records));
        let attempt = Attempt::of(id, &shown.body, &args, author, records);
        let refused = kind.lifecycle.check(kind.name, spec.name, author.role, &attempt).err();
        let barred = blocked.clone().or_else(|| may_act(kind, spec.name, author.role).err());
        let reason = barred.or(refused.filter(|refusal| !asks_for_argument(spec, refusal)));
        let arguments = spec.asked().map(|arg| arg.field.name.to_owned()).collect();
        let row = kind.lifecycle.row(spec.name, &shown.folded.state, &shown.folded.status_reason);
        let office = row.is_some_and(|row| row.office);
        list.push(Available { office, ..offer(spec.name, spec.doc, arguments, reason) });
    }
    let own = current.is_some_and(|raw| owner::is_own(author.user, &raw, records));
    let needed = || dependent::refuse(kind, &RecordRef::new(kind.name, id), shown, records);
    let reason = blocked.or_else(|| may_delete(kind, shown, own, author.role).and_then(|()| needed()).err());
    list.push(offer(DELETE, "Removes it; an edit somebody made meanwhile brings it back.", Vec::new(), reason));
    list
}

fn offer(action: &str, doc: &str, arguments: Vec<String>, reason: Option<Refusal>) -> Available {
    let possible = reason.is_none();
    Available { action: action.to_owned(), description: doc.trim().to_owned(), arguments, possible, reason, office: false }
}

/// A guard on an argument the person has not been asked for yet does not make an action impossible.
fn asks_for_argument(spec: &ActionSpec, refusal: &Refusal) -> bool {
    refusal.code.rsplit('.').next().is_some_and(|last| spec.args.iter().any(|arg| arg.field.name == last))
}

/// What an argument nobody gave is filled in from.
type Source<'a> = (&'a View, &'a Author, &'a dyn Records);

fn likely_arguments(spec: &ActionSpec, source: Source<'_>) -> Map<String, Value> {
    let filled = spec.args.iter().filter_map(|arg| Some((arg.field.name.to_owned(), fill(arg.fill, source)?)));
    filled.collect()
}

fn arguments(
    kind: &RecordType,
    spec: &ActionSpec,
    given: &Map<String, Value>,
    source: Source<'_>,
) -> Result<Map<String, Value>, Refusal> {
    if let Some(name) = given.keys().find(|name| !spec.asked().any(|arg| arg.field.name == name.as_str())) {
        let names: Vec<&str> = spec.asked().map(|arg| arg.field.name).collect();
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let message = format!("{} has no argument {name}; it takes {known}", spec.name);
        return Err(Refusal::field(&format!("{}.{}.argument", kind.name, spec.name), name, message));
    }
    let mut args = likely_arguments(spec, source);
    for arg in spec.asked() {
        if let Some(value) = given.get(arg.field.name) {
            let checked = arg.field.check(value)?;
            if checked.is_null() {
                args.remove(arg.field.name);
            } else {
                args.insert(arg.field.name.to_owned(), checked);
            }
        }
    }
    Ok(args)
}

fn fill(fill: Fill, (shown, author, records): Source<'_>) -> Option<Value> {
    let held = |field: &str| shown.body.get(field).and_then(Value::as_str);
    match fill {
        Fill::Nothing | Fill::Standing | Fill::Number { .. } => None,
        Fill::Today => Some(Value::from(time::date_of(author.now_ms).to_string())),
        Fill::Expected => view::expected_value(&shown.body),
        Fill::Field(field) => shown.body.get(field).cloned(),
        Fill::Yes => Some(Value::Bool(true)),
        Fill::Word(word) => Some(Value::from(word)),
        Fill::Matching(field, words) => {
            let value = held(field)?;
            words.iter().find(|(when, _)| *when == value).map(|(_, word)| Value::from(*word))
        }
        Fill::Account => effect::account_of(&held("regarding")?.parse().ok()?, records).map(Value::from),
    }
}

fn entry(current: &Raw, wish: &Wish<'_>, args: Map<String, Value>, author: &Author) -> Write {
    let action = raw::Action {
        id: wish.id,
        action: wish.action.to_owned(),
        by: author.user,
        at: author.now_ms,
        turn: current.next_turn(),
        args,
    };
    entry_at(&action)
}

/// What an action is in its document.
fn entry_at(action: &raw::Action) -> Write {
    Write::put(key::action(action.id), serde_json::to_string(action).unwrap_or_default())
}

fn not_deleted(kind: &RecordType, shown: &View) -> Result<(), Refusal> {
    if shown.folded.deleted {
        return Err(Refusal::new("record.deleted", format!("this {} was deleted", kind.name)));
    }
    Ok(())
}

/// The field a write touches that a frozen record keeps closed.
fn frozen_field(kind: &'static RecordType, write: &Write) -> Option<String> {
    let (name, freeze) = match write {
        Write::Put { key, .. } => (key.clone(), freeze_of(kind, key)),
        Write::Text { field, .. } => (field.clone(), freeze_of(kind, field)),
    };
    (freeze != Freeze::Open).then_some(name)
}

/// When the register of this key freezes; a child counts by its field, its removal as commercial.
#[must_use]
pub(crate) fn freeze_of(kind: &'static RecordType, key: &str) -> Freeze {
    match key::parse(kind, key) {
        key::Key::Field(field) => field.freeze,
        key::Key::Child { declared, .. } => declared.map_or(Freeze::Commercial, |field| field.freeze),
        key::Key::Action(_) => Freeze::Open,
        key::Key::Unknown => Freeze::Descriptive,
        key::Key::Verdict(_) | key::Key::Alternative | key::Key::Malformed => Freeze::Server,
    }
}

/// Checks one register against the declaration: what a value from another device must satisfy to be let in.
///
/// # Errors
/// The refusal a person would have got for typing it.
pub fn check_register(kind: &'static RecordType, key: &str, value: &Scalar) -> Result<(), Refusal> {
    let malformed = || Refusal::field("document.key", key, format!("{key} is no field of {}", a(kind.name)));
    let field = match key::parse(kind, key) {
        key::Key::Field(field) if field.is_long_text() => return Err(malformed()),
        key::Key::Field(field) => Some(field),
        key::Key::Child { field: key::REMOVED, .. } => {
            return if matches!(value, Scalar::Bool(_) | Scalar::Null) { Ok(()) } else { Err(malformed()) };
        }
        key::Key::Child { declared, .. } => declared,
        key::Key::Action(_) | key::Key::Unknown => None,
        key::Key::Verdict(_) | key::Key::Alternative => {
            let message = format!("{key} is written by the server only");
            return Err(Refusal::field("INV-84", key, message));
        }
        key::Key::Malformed => return Err(malformed()),
    };
    let Some(field) = field.filter(|_| !value.is_null()) else { return Ok(()) };
    let checked = field.check(&view::json(Some(field), value))?;
    if Scalar::from_json(&checked) == *value {
        return Ok(());
    }
    Err(Refusal::field("field.spelling", field.name, format!("{} is not in its one spelling", field.name)))
}
