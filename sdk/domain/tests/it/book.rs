//! A phone's records in memory, and what its owner does to them with nothing but the rules.

use fieldbook_domain::action::{self, Author, Numbers, Place, Planned, Records, Wish};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Raw;
use fieldbook_domain::record::{self, RecordType};
use fieldbook_domain::refusal::Refusal;
use fieldbook_domain::view;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(crate) type Body = Map<String, Value>;

/// 25 November 2026, noon.
pub(crate) const NOW: i64 = 1_795_608_000_000;

/// Whose phone it is.
pub(crate) const USER: RecordId = RecordId(Uuid::from_u128(9));

pub(crate) fn kind(name: &str) -> &'static RecordType {
    record::find(name).unwrap()
}

/// The id of what goes by this name in a test.
pub(crate) fn id(name: &str) -> RecordId {
    RecordId(Uuid::from_u128(1)).derived(name)
}

pub(crate) fn object(value: Value) -> Body {
    value.as_object().unwrap().clone()
}

/// A phone that holds nothing.
pub(crate) struct Nothing;

impl Records for Nothing {
    fn raw(&self, _: &RecordRef) -> Option<Raw> {
        None
    }

    fn referring(&self, _: &str, _: &str, _: &str) -> Vec<RecordRef> {
        Vec::new()
    }
}

/// The office's counter, at its start.
#[derive(Debug)]
struct One;

impl Numbers for One {
    fn next(&self, _: &str) -> u64 {
        1
    }
}

/// The records of somebody's phone.
pub(crate) struct Book {
    pub(crate) records: BTreeMap<RecordRef, Raw>,
    /// What its owner may do.
    pub(crate) role: Role,
    pub(crate) now_ms: i64,
    ids: u128,
}

impl Records for Book {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        self.records.get(target).cloned()
    }

    fn referring(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        let hit = |(target, raw): &(&RecordRef, &Raw)| {
            let child = field.split_once('.').is_some_and(|(collection, field)| {
                raw.children(collection).iter().any(|child| raw.text(&format!("{collection}/{child}/{field}")) == Some(holds))
            });
            target.kind == kind && (child || raw.text(field) == Some(holds))
        };
        self.records.iter().filter(hit).map(|(target, _)| target.clone()).collect()
    }
}

impl Book {
    /// An empty phone of somebody in this role.
    pub(crate) fn of(role: Role) -> Book {
        Book { records: BTreeMap::new(), role, now_ms: NOW, ids: 0 }
    }

    /// The same done by somebody in another role.
    pub(crate) fn by<T>(&mut self, role: Role, does: impl FnOnce(&mut Book) -> T) -> T {
        let own = std::mem::replace(&mut self.role, role);
        let done = does(self);
        self.role = own;
        done
    }

    pub(crate) fn author(&self) -> Author {
        Author { user: USER, role: self.role, now_ms: self.now_ms }
    }

    /// An id nothing has yet.
    pub(crate) fn id(&mut self) -> RecordId {
        self.ids += 1;
        RecordId(Uuid::from_u128(0x0192_a3f0_0000_7000_8000_0000_0000_0000 + self.ids))
    }

    fn take(&mut self, planned: Vec<Planned>) {
        for planned in planned {
            let raw = self.records.entry(planned.target).or_default();
            raw.apply(&planned.writes);
            raw.touch(self.now_ms);
        }
    }

    /// Creates a record under this id, or under what its fields say its id is.
    pub(crate) fn try_create_as(&mut self, of: &str, id: RecordId, fields: Value) -> Result<RecordId, Refusal> {
        let fields = object(fields);
        let id = record::id_in(kind(of), &fields).unwrap_or(id);
        let planned = action::create(kind(of), id, &fields, &self.author(), self)?;
        self.take(vec![planned]);
        Ok(id)
    }

    /// The same for what goes by this name.
    pub(crate) fn try_create(&mut self, of: &str, name: &str, fields: Value) -> Result<RecordId, Refusal> {
        self.try_create_as(of, id(name), fields)
    }

    pub(crate) fn create(&mut self, of: &str, name: &str, fields: Value) -> RecordId {
        self.try_create(of, name, fields).unwrap()
    }

    /// Puts a record there that needs no name, whoever may create it.
    pub(crate) fn put(&mut self, of: &str, fields: Value) -> RecordId {
        let id = self.id();
        self.by(Role::Admin, |book| book.try_create_as(of, id, fields)).unwrap()
    }

    pub(crate) fn raw_of(&self, of: &str, id: RecordId) -> &Raw {
        &self.records[&RecordRef::new(of, id)]
    }

    pub(crate) fn raw_mut(&mut self, of: &str, id: RecordId) -> &mut Raw {
        self.records.get_mut(&RecordRef::new(of, id)).unwrap()
    }

    /// A record as its owner sees it.
    pub(crate) fn get(&self, of: &str, id: RecordId) -> Body {
        view::of(kind(of), id, self.raw_of(of, id)).body.take()
    }

    /// Its state and the reason of it.
    pub(crate) fn state(&self, of: &str, id: RecordId) -> String {
        let body = self.get(of, id);
        format!("{}/{}", body["state"].as_str().unwrap(), body["status_reason"].as_str().unwrap())
    }

    /// Edits what is shown of a record and saves it.
    pub(crate) fn try_edit(&mut self, of: &str, id: RecordId, edit: impl FnOnce(&mut Body)) -> Result<(), Refusal> {
        let current = self.raw_of(of, id).clone();
        let was = self.get(of, id);
        let mut now = was.clone();
        edit(&mut now);
        let planned = action::save(kind(of), id, &current, &was, &now, &self.author(), self)?;
        self.take(planned);
        Ok(())
    }

    pub(crate) fn edit(&mut self, of: &str, id: RecordId, edit: impl FnOnce(&mut Body)) {
        self.try_edit(of, id, edit).unwrap();
    }

    pub(crate) fn try_set(&mut self, of: &str, id: RecordId, fields: Value) -> Result<(), Refusal> {
        self.try_edit(of, id, |body| body.extend(object(fields)))
    }

    pub(crate) fn set(&mut self, of: &str, id: RecordId, fields: Value) {
        self.try_set(of, id, fields).unwrap();
    }

    fn act_at(&mut self, place: Place<'_>, of: &str, id: RecordId, verb: &str, args: Value) -> Result<RecordId, Refusal> {
        let wish = Wish { action: verb, id: self.id(), args: &object(args), place };
        let planned = action::act(kind(of), id, self.raw_of(of, id), &wish, &self.author(), self)?;
        self.take(planned);
        Ok(wish.id)
    }

    pub(crate) fn try_act(&mut self, of: &str, id: RecordId, verb: &str, args: Value) -> Result<RecordId, Refusal> {
        self.act_at(Place::Phone, of, id, verb, args)
    }

    pub(crate) fn act(&mut self, of: &str, id: RecordId, verb: &str, args: Value) -> RecordId {
        self.try_act(of, id, verb, args).unwrap()
    }

    /// The code an action is refused with.
    pub(crate) fn refused(&mut self, of: &str, id: RecordId, verb: &str, args: Value) -> String {
        self.try_act(of, id, verb, args).unwrap_err().code
    }

    /// What the office does when it is asked.
    pub(crate) fn at_office(&mut self, of: &str, id: RecordId, verb: &str) -> Result<(), Refusal> {
        self.act_at(Place::Office(&One), of, id, verb, json!({})).map(drop)
    }

    /// Adds a line under a new id.
    pub(crate) fn try_line(&mut self, of: &str, id: RecordId, mut line: Value) -> Result<RecordId, Refusal> {
        let line_id = self.id();
        line["id"] = json!(line_id);
        self.try_edit(of, id, |body| {
            let lines = body.entry("lines").or_insert_with(|| json!([]));
            lines.as_array_mut().unwrap().push(line);
        })?;
        Ok(line_id)
    }

    pub(crate) fn line(&mut self, of: &str, id: RecordId, line: Value) -> RecordId {
        self.try_line(of, id, line).unwrap()
    }

    pub(crate) fn try_set_line(&mut self, of: &str, id: RecordId, line: RecordId, fields: Value) -> Result<(), Refusal> {
        self.try_edit(of, id, |body| {
            let lines = body["lines"].as_array_mut().unwrap();
            let line = lines.iter_mut().find(|body| body["id"] == json!(line)).unwrap().as_object_mut().unwrap();
            line.extend(object(fields));
        })
    }

    pub(crate) fn line_of(&self, of: &str, id: RecordId, line: RecordId) -> Body {
        let lines = self.get(of, id)["lines"].as_array().unwrap().clone();
        object(lines.into_iter().find(|body| body["id"] == json!(line)).unwrap())
    }
}
