//! Where it is said what became of an edit that does not stand: in a decision somebody was told of, in what waits, beside the record,
//! or in the inbox of who made it.

use super::Failure;
use super::ledger::Aliases;
use super::stage::{Stage, broken};
use fieldbook_device::{About, Alternative};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::{Decision, HeldPart};
use fieldbook_domain::owner::OWNER;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What decisions, alternatives and inboxes say; what is beside a record is read when it is asked for.
pub(super) struct Said<'s> {
    stage: &'s Stage,
    aliases: &'s Aliases,
    /// What lost on a record, by what stands for the record.
    lost: BTreeMap<RecordId, Vec<Value>>,
    /// The actions somebody was told of.
    actions: BTreeSet<String>,
    /// Whose leaving was told of.
    left: BTreeSet<RecordRef>,
    alternatives: BTreeMap<RecordId, Vec<Alternative>>,
    histories: BTreeMap<RecordRef, BTreeMap<String, Value>>,
    refused: BTreeMap<usize, Vec<Value>>,
    reader: Option<usize>,
}

impl<'s> Said<'s> {
    pub(super) fn of(stage: &'s Stage, aliases: &'s Aliases, level: &[usize]) -> Result<Said<'s>, Failure> {
        let users = level.iter().map(|at| Ok((*at, stage.handset(*at)?.phone.user))).collect::<Result<Vec<_>, Failure>>()?;
        // Somebody who reads everything, as an administrator does.
        let reader = users.into_iter().find(|(_, user)| stage.world.slice(*user).is_everything()).map(|(at, _)| at);
        let mut said = Said {
            stage,
            aliases,
            lost: BTreeMap::new(),
            actions: BTreeSet::new(),
            left: BTreeSet::new(),
            alternatives: BTreeMap::new(),
            histories: BTreeMap::new(),
            refused: BTreeMap::new(),
            reader,
        };
        for decision in stage.world.decisions().into_iter().filter(|decision| !decision.told.is_empty()) {
            said.hear(decision);
        }
        for phone in level {
            let inbox = stage.handset(*phone)?.phone.book.inbox().map_err(broken("book"))?;
            let (refused, told): (Vec<_>, Vec<_>) = inbox.into_iter().partition(|item| item.about == About::Refused);
            // What somebody was told stays told where the office that said it was put back from a backup.
            let told = told.into_iter().filter_map(|item| serde_json::from_value(item.body).ok());
            told.for_each(|decision| said.hear(decision));
            let refused = refused.into_iter().map(|item| item.body);
            said.refused.insert(*phone, refused.collect());
        }
        Ok(said)
    }

    fn hear(&mut self, decision: Decision) {
        let parts = decision.held.iter().flat_map(|held| &held.parts);
        for part in parts {
            self.actions.extend(part.actions.iter().map(RecordId::to_string));
            self.lost.entry(self.aliases.stays(part.record.id)).or_default().push(put_aside(part));
        }
        self.actions.extend(decision.action.iter().map(RecordId::to_string));
        self.actions.extend([decision.winner, decision.loser]);
        if decision.rule == "INV-12" {
            self.left.insert(decision.record.clone());
        }
        self.lost.entry(self.aliases.stays(decision.record.id)).or_default().push(decision.lost);
    }

    /// Whether it is said that this value does not stand in this register.
    pub(super) fn lost(&mut self, phone: usize, target: &RecordRef, key: &str, value: &Value) -> Result<bool, Failure> {
        // Of all that somebody who left looked after is told once, in a decision about them (INV-12).
        let named = || value.as_str().and_then(|text| text.parse::<RecordRef>().ok());
        if key == OWNER && named().is_some_and(|named| self.left.contains(&named)) {
            return Ok(true);
        }
        let stays = self.aliases.stays(target.id);
        let wanted = Wanted { key, value, aliases: self.aliases };
        let among = |values: Option<&Vec<Value>>| values.is_some_and(|values| values.iter().any(|lost| wanted.is_in(lost)));
        if among(self.lost.get(&stays)) || among(self.refused.get(&phone)) {
            return Ok(true);
        }
        let field = field_of(key).replace('/', ".");
        for place in [target.clone(), RecordRef::new(&target.kind, stays)] {
            let is_it = |kept: &Alternative| kept.kept.get("value").is_some_and(|kept| wanted.is_in(kept));
            if self.beside(&place)?.iter().any(|kept| kept.field == field && is_it(kept)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn beside(&mut self, target: &RecordRef) -> Result<&[Alternative], Failure> {
        if !self.alternatives.contains_key(&target.id) {
            let kept = match self.reader {
                Some(reader) => {
                    let book = &self.stage.handset(reader)?.phone.book;
                    book.alternatives(&target.kind, target.id).map_err(broken("book"))?
                }
                None => Vec::new(),
            };
            self.alternatives.insert(target.id, kept);
        }
        Ok(self.alternatives.get(&target.id).map_or(&[], Vec::as_slice))
    }

    /// Whether an action is in its record, and somebody was told if it has no effect; or whether it is in its author's inbox.
    pub(super) fn done(&mut self, phone: usize, target: &RecordRef, action: RecordId) -> Result<bool, Failure> {
        let refused = self.refused.get(&phone).into_iter().flatten();
        if refused.into_iter().any(|body| body.to_string().contains(&target.id.to_string())) {
            return Ok(true);
        }
        if !self.histories.contains_key(target) {
            let Some(reader) = self.reader else { return Ok(false) };
            let history = self.stage.handset(reader)?.phone.book.history(&target.kind, target.id).map_err(broken("book"))?;
            self.histories.insert(target.clone(), history.into_iter().flat_map(|entry| entry.fields).collect());
        }
        let Some(history) = self.histories.get(target) else { return Ok(false) };
        if !history.contains_key(&format!("actions/{action}")) {
            return Ok(false);
        }
        let verdict = history.get(&format!("verdicts/{action}"));
        let without_effect = verdict.is_some_and(|verdict| verdict.get("outcome").and_then(Value::as_str) == Some("rejected"));
        Ok(!without_effect || self.actions.contains(&action.to_string()))
    }
}

/// What a part that waits would write.
fn put_aside(part: &HeldPart) -> Value {
    let writes = part.writes.iter().map(|(key, value)| (key.clone(), value.to_json()));
    let texts = part.texts.iter().map(|(field, text)| (field.clone(), Value::from(text.clone())));
    Value::Object(writes.chain(texts).collect())
}

/// The register of a ledger key: a word of a long text is counted under its field.
fn field_of(key: &str) -> &str {
    key.split_once(' ').map_or(key, |(field, _)| field)
}

/// What is looked for.
struct Wanted<'w> {
    key: &'w str,
    value: &'w Value,
    aliases: &'w Aliases,
}

impl Wanted<'_> {
    /// Whether a value is, or holds anywhere inside, what is looked for; or, for a word of a long text, is a text it is a word of.
    fn is_in(&self, there: &Value) -> bool {
        if there == self.value {
            return true;
        }
        match there {
            Value::Object(parts) => parts.values().any(|part| self.is_in(part)),
            Value::Array(parts) => parts.iter().any(|part| self.is_in(part)),
            Value::String(text) => {
                let word = || self.key.contains(' ') && text.split_whitespace().any(|word| self.value.as_str() == Some(word));
                let spelled =
                    || serde_json::from_str::<Value>(text).ok().filter(|inside| inside.is_object() || inside.is_array());
                // What was kept goes by the name it had then.
                word() || self.aliases.renamed(there) == *self.value || spelled().is_some_and(|inside| self.is_in(&inside))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
}
