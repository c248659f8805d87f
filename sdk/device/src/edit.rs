//! Register values back into a record as a person sees it, so that they can be saved like anything typed.

use std::collections::BTreeMap;

use fieldbook_domain::field::{Field, Freeze, Kind};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::key::{self, Key};
use fieldbook_domain::raw::Raw;
use fieldbook_domain::raw::Scalar;
use fieldbook_domain::record::{Collection, RecordType};
use serde_json::{Map, Value};

type Body = Map<String, Value>;

/// Values by register.
pub(crate) type Values = BTreeMap<String, Value>;

/// Values to put into a record.
pub(crate) struct Edit<'e> {
    /// The record type.
    pub(crate) kind: &'static RecordType,
    /// The values.
    pub(crate) values: &'e Values,
    /// What a child that is new to the record starts from: the child of the same id in this body.
    pub(crate) base: Option<&'e Body>,
    /// The id a child has in the record.
    pub(crate) rename: &'e dyn Fn(&str, RecordId) -> RecordId,
}

impl Edit<'_> {
    /// Puts the values in; what is worked out or written by the office follows from the rest and is left out. Gives whether there
    /// was anything to put.
    pub(crate) fn apply(&self, body: &mut Body) -> bool {
        let mut any = false;
        for (key, value) in self.values {
            if let Key::Field(field) = key::parse(self.kind, key)
                && is_typed(field)
            {
                put(body, field, value);
                any = true;
            }
        }
        for collection in self.kind.collections {
            let children = self.children(collection);
            any |= !children.is_empty();
            for (id, fields) in children {
                self.child(body, collection, id, &fields);
            }
        }
        any
    }

    /// The children of a collection the values are about.
    fn children(&self, collection: &Collection) -> BTreeMap<RecordId, BTreeMap<String, Value>> {
        let mut children: BTreeMap<RecordId, BTreeMap<String, Value>> = BTreeMap::new();
        for (key, value) in self.values {
            let Key::Child { collection: of, id, field, declared } = key::parse(self.kind, key) else { continue };
            if of.name == collection.name && (field == key::REMOVED || declared.is_some_and(is_typed)) {
                children.entry(id).or_default().insert(field.to_owned(), value.clone());
            }
        }
        children
    }

    fn child(&self, body: &mut Body, collection: &'static Collection, old: RecordId, fields: &BTreeMap<String, Value>) {
        let id = (self.rename)(collection.name, old).to_string();
        let list = body.entry(collection.name).or_insert_with(|| Value::Array(Vec::new()));
        let Some(list) = list.as_array_mut() else { return };
        let of = |child: &Value| child.get("id").and_then(Value::as_str) == Some(id.as_str());
        if fields.get(key::REMOVED) == Some(&Value::Bool(true)) {
            list.retain(|child| !of(child));
            return;
        }
        if !list.iter().any(of) {
            list.push(Value::Object(self.start(collection, old, &id)));
        }
        let Some(child) = list.iter_mut().find(|child| of(child)).and_then(Value::as_object_mut) else { return };
        for (name, value) in fields {
            let Some(field) = collection.fields.iter().find(|field| field.name == name) else { continue };
            put(child, field, &self.renamed(field, value));
        }
    }

    /// A child that is new to the record.
    fn start(&self, collection: &Collection, old: RecordId, id: &str) -> Body {
        let mut child = Body::new();
        child.insert("id".to_owned(), Value::from(id));
        let same = |child: &&Value| child.get("id").and_then(Value::as_str) == Some(old.to_string().as_str());
        let there = self.base.and_then(|base| base.get(collection.name)?.as_array()?.iter().find(same)?.as_object());
        for (name, value) in there.into_iter().flatten() {
            let field = collection.fields.iter().find(|field| field.name == name);
            if let Some(field) = field.filter(|field| is_typed(field) && !matches!(field.kind, Kind::Line)) {
                child.insert(field.name.to_owned(), value.clone());
            }
        }
        child
    }

    /// What names a line of the record follows the line.
    fn renamed(&self, field: &Field, value: &Value) -> Value {
        match (field.kind, value.as_str().and_then(|id| id.parse().ok())) {
            (Kind::Line, Some(id)) => Value::from((self.rename)("lines", id).to_string()),
            _ => value.clone(),
        }
    }
}

/// A child that was removed comes back as another one: its removal stays in the document.
pub(crate) fn back_under<'r>(raw: &'r Raw, seed: RecordId) -> impl Fn(&str, RecordId) -> RecordId + 'r {
    move |collection, id| {
        let removed = raw.get(&key::child(collection, id, key::REMOVED)) == Some(&Scalar::Bool(true));
        if removed { seed.derived(&id.to_string()) } else { id }
    }
}

/// Whether a person may write it.
pub(crate) fn is_typed(field: &Field) -> bool {
    field.freeze != Freeze::Server && !field.computed
}

fn put(body: &mut Body, field: &Field, value: &Value) {
    let value = match (field.kind, value) {
        (Kind::Compound(_), value) => value.clone(),
        // A text that looks like an object was read as one.
        (_, Value::Object(_)) => Value::from(value.to_string()),
        (_, value) => value.clone(),
    };
    if value.is_null() {
        body.remove(field.name);
    } else {
        body.insert(field.name.to_owned(), value);
    }
}
