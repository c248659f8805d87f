//! What a product was when it was last on sale: kept with the action that takes it off sale, and put back by `revert`.
//!
//! A document read flat has no past, and phones hold none; so what may have to come back is written down (ADR 0015).

use crate::alias;
use crate::document::Write;
use crate::fold::{Applied, Folded};
use crate::ids::RecordId;
use crate::key::{self, Key};
use crate::raw::{Raw, Scalar};
use crate::record::RecordType;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The argument of `revise` that holds it.
pub(crate) const STOOD: &str = "stood";

/// What people had typed into a record.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Stood {
    registers: BTreeMap<String, Scalar>,
    texts: BTreeMap<String, String>,
}

impl Stood {
    /// What stands in a record now.
    pub(crate) fn of(kind: &'static RecordType, raw: &Raw) -> Stood {
        let typed = raw.registers.iter().filter(|(key, value)| !value.is_null() && alias::moves(kind, key));
        let registers = typed.map(|(key, value)| (key.clone(), value.clone())).collect();
        let texts = raw.texts.iter().filter(|(_, text)| !text.is_empty());
        Stood { registers, texts: texts.map(|(field, text)| (field.clone(), text.clone())).collect() }
    }

    /// What stood when the record was last taken off sale, where that was kept.
    pub(crate) fn kept(folded: &Folded) -> Option<Stood> {
        let moved = folded.trail.iter().rev().filter(|(_, applied)| *applied == Applied::Moved);
        let kept = moved.filter_map(|(action, _)| action.args.get(STOOD)).find_map(Value::as_str);
        kept.and_then(|text| serde_json::from_str(text).ok())
    }

    /// How an action keeps it.
    pub(crate) fn spell(&self) -> Value {
        Value::from(serde_json::to_string(self).unwrap_or_default())
    }

    /// Whether this child was there.
    pub(crate) fn has_child(&self, collection: &str, child: RecordId) -> bool {
        let prefix = key::child(collection, child, "");
        let first = self.registers.range(prefix.clone()..).next();
        first.is_some_and(|(key, _)| key.starts_with(&prefix))
    }

    /// What must be written for the record to be so again; children that came since are removed, not emptied.
    pub(crate) fn writes(&self, kind: &'static RecordType, now: &Raw) -> Vec<Write> {
        let mut writes = Vec::new();
        let keys: BTreeSet<&String> = self.registers.keys().chain(now.registers.keys()).collect();
        for key in keys.into_iter().filter(|key| alias::moves(kind, key) && !self.came_since(kind, key)) {
            let stood = self.registers.get(key).unwrap_or(&Scalar::Null);
            if now.registers.get(key).unwrap_or(&Scalar::Null) != stood {
                writes.push(Write::put(key.as_str(), stood.clone()));
            }
        }
        for collection in kind.collections {
            let children = now.children(collection.name).into_iter();
            for child in children.filter(|child| !self.has_child(collection.name, *child)) {
                writes.push(Write::put(key::child(collection.name, child, key::REMOVED), true));
            }
        }
        let fields: BTreeSet<&String> = self.texts.keys().chain(now.texts.keys()).collect();
        for field in fields {
            let stood = self.texts.get(field).map_or("", String::as_str);
            if now.texts.get(field).map_or("", String::as_str) != stood {
                writes.push(Write::Text { field: field.clone(), now: stood.to_owned() });
            }
        }
        writes
    }

    /// Whether a register is one of a child that was not there.
    fn came_since(&self, kind: &'static RecordType, key: &str) -> bool {
        match key::parse(kind, key) {
            Key::Child { collection, id, .. } => !self.has_child(collection.name, id),
            Key::Field(_) | Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Unknown | Key::Malformed => false,
        }
    }
}
