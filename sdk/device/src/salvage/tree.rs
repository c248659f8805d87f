//! Swapping a link in a tree: what stands goes, what lost is set.

use fieldbook_domain::constraint::DEPTH_MAX;
use fieldbook_domain::field::Kind;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::refusal::Refusal;
use serde_json::{Map, Value};

use super::Job;
use crate::error::Error;

impl Job<'_, '_> {
    pub(super) fn swap(&mut self) -> Result<String, Error> {
        let name = self.kind.name;
        let links = |field: &str| {
            let declared = self.kind.field(field);
            declared.is_some_and(|declared| matches!(declared.kind, Kind::Ref(types) if types == [name]))
        };
        let wanted = self.lost().into_iter().find_map(|(key, value)| {
            let parent: RecordId = value.as_str()?.parse().ok()?;
            links(&key).then_some((key, parent))
        });
        let Some((field, parent)) = wanted else {
            return Err(Refusal::new("salvage.nothing", "the decision names no link that could be swapped").into());
        };
        let own = self.bundle.get(name, self.id())?;
        let above = own.get(&field).cloned().unwrap_or(Value::Null);
        if let Some(last) = self.below(&field, parent)? {
            self.link(last, &field, &above)?;
        }
        self.link(self.id(), &field, &Value::from(parent.to_string()))?;
        self.let_go(&self.decision.record, &self.lost())?;
        Ok(format!("swapped the {} of {}", field.replace('_', " "), self.decision.title))
    }

    /// Going up from a record: the one right below the decision's record, if it stands above.
    fn below(&self, field: &str, from: RecordId) -> Result<Option<RecordId>, Error> {
        let mut at = from;
        for _ in 0..=DEPTH_MAX {
            let up = self.bundle.get(self.kind.name, at)?.get(field).and_then(Value::as_str).and_then(|id| id.parse().ok());
            match up {
                Some(up) if up == self.id() => return Ok(Some(at)),
                Some(up) => at = up,
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    fn link(&mut self, id: RecordId, field: &str, to: &Value) -> Result<(), Error> {
        let was: Map<String, Value> = self.bundle.get(self.kind.name, id)?;
        let mut now = was.clone();
        now.insert(field.to_owned(), to.clone());
        self.bundle.save(self.kind.name, id, &was, &now)
    }
}
