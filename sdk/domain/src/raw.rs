//! One document read flat: every register by its key, and every long text.
//!
//! The bridge between Automerge (or wire operations) and everything that thinks about records.

use crate::document::Write;
use crate::ids::RecordId;
use crate::key;
use crate::known::Known;
use crate::shared::Shared;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What one register holds; nothing else is allowed in a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Emptied on purpose.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text, or the JSON of a value made of several parts.
    Str(String),
}

impl Scalar {
    /// Writes a checked JSON value into a register; compound values become their JSON text.
    #[must_use]
    pub fn from_json(value: &Value) -> Scalar {
        match value {
            Value::Null => Scalar::Null,
            Value::Bool(yes) => Scalar::Bool(*yes),
            Value::Number(number) => number.as_i64().map_or_else(|| Scalar::Str(number.to_string()), Scalar::Int),
            Value::String(text) => Scalar::Str(text.clone()),
            Value::Array(_) | Value::Object(_) => Scalar::Str(value.to_string()),
        }
    }

    /// Reads a register as JSON; a text that is the JSON of an object becomes that object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Scalar::Null => Value::Null,
            Scalar::Bool(yes) => Value::Bool(*yes),
            Scalar::Int(number) => Value::from(*number),
            Scalar::Str(text) => {
                if text.starts_with('{') {
                    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()))
                } else {
                    Value::from(text.as_str())
                }
            }
        }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Scalar::Null)
    }
}

/// A document read flat. Cloning it costs next to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raw {
    /// Registers by key, the Automerge winner where values are in conflict.
    pub registers: Shared<BTreeMap<String, Scalar>>,
    /// Long texts by field name.
    pub texts: Shared<BTreeMap<String, String>>,
    /// Time of the first change, milliseconds since 1970; `None` while nothing but the genesis is there.
    pub created_ms: Option<i64>,
    /// Time of the last change, milliseconds since 1970.
    pub modified_ms: Option<i64>,
    /// What was worked out of it.
    pub(crate) known: Known,
}

/// Something a person did to a record, as its document keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Identifies the action; performing it twice has one effect (INV-81).
    #[serde(skip)]
    pub id: RecordId,
    /// The verb.
    pub action: String,
    /// The user.
    pub by: RecordId,
    /// When, by the device's clock, in milliseconds since 1970.
    pub at: i64,
    /// One more than the largest `turn` its author saw on this record: causal order without comparing clocks.
    pub turn: i64,
    /// What the person said with it, filled in.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub args: Map<String, Value>,
}

/// What the server made of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Outcome {
    /// Applied.
    Accepted,
    /// Applied with a derived value changed, or merged into an equal action.
    Adjusted,
    /// Not applied; a named person decides.
    Held,
    /// Not applied; kept for its author.
    Rejected,
}

impl Outcome {
    /// The word people and JSON use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::Adjusted => "adjusted",
            Outcome::Held => "held",
            Outcome::Rejected => "rejected",
        }
    }
}

/// The server's answer to an action; an action without one is accepted as soon as the server has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What became of it.
    pub outcome: Outcome,
    /// The rule, for example `INV-25`.
    pub rule: String,
    /// The rule's version.
    pub version: u32,
    /// Arguments the server put in place of the author's.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub args: Map<String, Value>,
    /// The moment the office believes, in milliseconds since 1970, where the author's clock said another (INV-80).
    ///
    /// It is no second [`RECEIVED`](crate::document::RECEIVED): that bounds when a change counts and is read from the history, which
    /// a fold over registers does not see. And it says what a slow clock got wrong too, for which no bound is too late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// The action says what an equal or stronger one already said and has no effect of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub merged: bool,
}

impl Raw {
    /// A register's value, if it holds something.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Scalar> {
        self.registers.get(key).filter(|value| !value.is_null())
    }

    /// A register as text, if it holds some.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(Scalar::Str(text)) => Some(text),
            Some(Scalar::Null | Scalar::Bool(_) | Scalar::Int(_)) | None => None,
        }
    }

    /// Whether somebody wrote anything after the genesis.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.created_ms.is_some()
    }

    /// Puts a value as a later change would.
    pub fn set(&mut self, key: &str, value: Scalar) {
        self.known.forget();
        self.registers.change().insert(key.to_owned(), value);
    }

    /// Puts a long text as a later change would.
    pub fn set_text(&mut self, field: &str, now: String) {
        self.known.forget();
        self.texts.change().insert(field.to_owned(), now);
    }

    /// Takes a register away, as if nobody had ever written it.
    pub fn remove(&mut self, key: &str) {
        self.known.forget();
        self.registers.change().remove(key);
    }

    /// Puts what somebody is about to write.
    pub fn apply(&mut self, writes: &[Write]) {
        for write in writes {
            match write {
                Write::Put { key, value } => self.set(key, value.clone()),
                Write::Text { field, now } => self.set_text(field, now.clone()),
            }
        }
    }

    /// Counts a change made at this time that builds on what is there; it is no earlier than that.
    pub fn touch(&mut self, time_ms: i64) {
        self.created_ms = self.created_ms.or(Some(time_ms));
        self.modified_ms = Some(self.modified_ms.map_or(time_ms, |at| at.max(time_ms)));
    }

    /// Takes note that the office had everything that is there by this time.
    pub fn received(&mut self, time_ms: i64) {
        self.created_ms = self.created_ms.map(|at| at.min(time_ms));
        self.modified_ms = self.modified_ms.map(|at| at.min(time_ms));
    }

    /// The actions in causal order: by turn, then by id.
    #[must_use]
    pub fn actions(&self) -> Vec<Action> {
        let mut actions: Vec<Action> = self.under("actions/").filter_map(|(id, text)| read_action(id, text)).collect();
        actions.sort_by_key(|action| (action.turn, action.id));
        actions
    }

    /// The action of this id.
    #[must_use]
    pub fn action(&self, id: RecordId) -> Option<Action> {
        read_action(&id.to_string(), self.text(&key::action(id))?)
    }

    /// The verdict on an action, where the server wrote one.
    #[must_use]
    pub fn verdict(&self, action: RecordId) -> Option<Verdict> {
        serde_json::from_str(self.text(&key::verdict(action))?).ok()
    }

    /// The `turn` of the next action.
    #[must_use]
    pub fn next_turn(&self) -> i64 {
        self.actions().last().map_or(1, |action| action.turn.saturating_add(1))
    }

    /// The ids of a collection's children that are not removed, in order.
    #[must_use]
    pub fn children(&self, collection: &str) -> Vec<RecordId> {
        let mut ids = self.children_with_removed(collection);
        ids.retain(|id| self.get(&key::child(collection, *id, key::REMOVED)) != Some(&Scalar::Bool(true)));
        ids
    }

    /// The ids of all of a collection's children, in order.
    #[must_use]
    pub fn children_with_removed(&self, collection: &str) -> Vec<RecordId> {
        let prefix = format!("{collection}/");
        let mut ids: Vec<RecordId> = Vec::new();
        for key in self.registers.range(prefix.clone()..).map(|(key, _)| key).take_while(|key| key.starts_with(&prefix)) {
            let id = key.split('/').nth(1).and_then(|id| id.parse().ok());
            if let Some(id) = id.filter(|id| ids.last() != Some(id)) {
                ids.push(id);
            }
        }
        ids
    }

    /// The registers whose key starts with `prefix`, as the rest of the key and the text.
    pub fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.registers
            .range(prefix.to_owned()..)
            .map_while(move |(key, value)| key.strip_prefix(prefix).map(|rest| (rest, value)))
            .filter_map(|(rest, value)| match value {
                Scalar::Str(text) => Some((rest, text.as_str())),
                Scalar::Null | Scalar::Bool(_) | Scalar::Int(_) => None,
            })
    }
}

fn read_action(id: &str, text: &str) -> Option<Action> {
    let id = id.parse().ok()?;
    let action: Action = serde_json::from_str(text).ok()?;
    Some(Action { id, ..action })
}
