//! Merging the duplicate a decision names into the record that stands.

use fieldbook_domain::field::Kind;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::refusal::{Refusal, a};
use serde_json::Value;

use super::Job;
use crate::error::Error;

impl Job<'_, '_> {
    /// Merges by the action of that name, where the record type has one: the duplicate the decision names into what stands.
    pub(super) fn merge(&mut self) -> Result<String, Error> {
        let Some(spec) = self.kind.lifecycle.action("merge") else {
            let message = format!("this app cannot merge {} yet: make them one by hand", a(self.kind.name));
            return Err(Refusal::new("salvage.by_hand", message).into());
        };
        let other = [&self.decision.lost, &self.decision.kept].into_iter().find_map(|value| self.named(value));
        let stays = |id: RecordId| self.bundle.standing(self.kind.name, id);
        if other.is_some_and(|other| stays(other) == stays(self.id())) {
            return Err(Refusal::new("salvage.nothing", format!("{} and the other are one already", self.decision.title)).into());
        }
        let refers = |kind: Kind| matches!(kind, Kind::Ref(types) if types.contains(&self.kind.name));
        let arg = spec.asked().find(|arg| refers(arg.field.kind)).zip(other);
        let args = arg.map(|(arg, other)| {
            let several = matches!(arg.field.kind, Kind::Ref(types) if types.len() > 1);
            let spelled = if several { RecordRef::new(self.kind.name, other).to_string() } else { other.to_string() };
            [(arg.field.name.to_owned(), Value::from(spelled))].into_iter().collect()
        });
        self.act("merge", &args.unwrap_or_default())
    }

    /// Another record of the same type that a value of a decision names.
    fn named(&self, value: &Value) -> Option<RecordId> {
        match value {
            Value::String(text) => {
                let id = text.strip_prefix(self.kind.name).and_then(|rest| rest.strip_prefix(':')).unwrap_or(text).parse().ok();
                id.filter(|id| *id != self.id() && self.bundle.holds(self.kind.name, *id))
            }
            Value::Object(parts) => parts.values().find_map(|part| self.named(part)),
            Value::Array(parts) => parts.iter().find_map(|part| self.named(part)),
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        }
    }
}
