//! What people typed and did, and where each of it must be found again.

use super::Failure;
use super::stage::{Stage, broken};
use super::value::{children, is_deleted, typed};
use fieldbook_device::About;
use fieldbook_domain::alias::MERGED_INTO;
use fieldbook_domain::field::Field;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record::find;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// One value somebody typed.
#[derive(Debug)]
struct Typed {
    phone: usize,
    target: RecordRef,
    key: String,
    value: Value,
}

/// Everything that was typed and done.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    typed: Vec<Typed>,
    /// What somebody wrote over who saw it.
    replaced: BTreeSet<(RecordRef, String, String)>,
    acted: Vec<(usize, RecordRef, RecordId)>,
    /// What happened to which record, for whoever looks for the reason of a failure.
    log: Vec<(RecordRef, String)>,
}

impl Ledger {
    /// Notes the difference something made on a phone: what was there is knowingly replaced; if it was an edit, what is there
    /// now was typed.
    pub(super) fn note(
        &mut self,
        phone: usize,
        before: &BTreeMap<RecordRef, String>,
        now: &BTreeMap<RecordRef, String>,
        edit: bool,
    ) -> Result<(), Failure> {
        for (target, body) in now {
            let was = before.get(target);
            if was == Some(body) {
                continue;
            }
            let (was, now) = (was.map(|was| values(target, was)).transpose()?.unwrap_or_default(), values(target, body)?);
            for (key, value) in was.iter().filter(|(key, value)| now.get(*key) != Some(value)) {
                self.log.push((target.clone(), format!("phone {phone}: {key} was {value}")));
                self.replaced.insert((target.clone(), key.clone(), value.to_string()));
            }
            for (key, value) in now.iter().filter(|(key, value)| was.get(*key) != Some(value)) {
                self.log.push((target.clone(), format!("phone {phone}: {key} is {value}")));
            }
            for (key, value) in now.into_iter().filter(|(key, value)| edit && was.get(key) != Some(value)) {
                self.replaced.remove(&(target.clone(), key.clone(), value.to_string()));
                self.typed.push(Typed { phone, target: target.clone(), key, value });
            }
        }
        Ok(())
    }

    /// Notes an action somebody performed.
    pub(super) fn acted(&mut self, phone: usize, target: RecordRef, verb: &str, action: RecordId) {
        self.log.push((target.clone(), format!("phone {phone}: {verb} ({action})")));
        self.acted.push((phone, target, action));
    }

    /// What people did to a record that has to do with this key, oldest first.
    pub(super) fn told(&self, target: &RecordRef, key: &str) -> String {
        let part = key.rsplit_once('/').map_or(key, |(child, _)| child);
        let about = |said: &str| said.contains(part) || said.ends_with(')');
        let said = self.log.iter().filter(|(of, said)| of == target && about(said));
        said.map(|(_, said)| format!("\n    {said}")).collect()
    }
}

/// Every edit is visible, knowingly replaced, kept beside the record, in a decision, or in its author's inbox; every action is
/// in its record or in its author's inbox.
pub(super) fn account(stage: &Stage, office: &BTreeMap<RecordRef, String>, level: &[usize]) -> Result<(), Failure> {
    let mut said = Said::of(stage, level)?;
    let aliases = Aliases::of(office);
    // Records that are one by now were edited as one: what was handed on may have been replaced there.
    let replaced = stage.ledger.replaced.iter().map(|(of, key, value)| (aliases.stays(of.id), key.as_str(), value.clone()));
    let replaced: BTreeSet<(RecordId, &str, String)> = replaced.collect();
    for typed in stage.ledger.typed.iter().filter(|typed| level.contains(&typed.phone)) {
        let Typed { phone, target, key, value } = typed;
        // What named a record that was merged since names the one that stays.
        let renamed = aliases.renamed(value);
        if aliases.is_about(&renamed, value, target) {
            continue;
        }
        let stays = aliases.stays(target.id);
        let replaced = |value: &Value| replaced.contains(&(stays, key.as_str(), value.to_string()));
        if replaced(value) || replaced(&renamed) {
            continue;
        }
        let stands = match office.get(target) {
            Some(body) if is_deleted(body) => continue,
            Some(body) => values(target, body)?.remove(key),
            None => None,
        };
        let shown = stands.as_ref().is_some_and(|stands| stands == value || *stands == renamed);
        if !shown && !said.mentions(stage, *phone, target, value)? && !said.mentions(stage, *phone, target, &renamed)? {
            let nothing = if office.contains_key(target) { "nothing" } else { "no record" };
            let stands = stands.map_or_else(|| nothing.to_owned(), |value| value.to_string());
            let name = stage.handset(*phone)?.name;
            let what = format!("{name} typed {value} into {key} of {target}; there stands {stands}, and nobody says why");
            let what = what + &stage.ledger.told(target, key);
            return Err(Failure::new("lost", what));
        }
    }
    for (phone, target, action) in stage.ledger.acted.iter().filter(|(phone, _, _)| level.contains(phone)) {
        if !said.done(stage, *phone, target, *action)? {
            let name = stage.handset(*phone)?.name;
            let told = stage.ledger.told(target, "");
            return Err(Failure::new("lost", format!("what {name} did to {target} ({action}) is nowhere{told}")));
        }
    }
    Ok(())
}

/// Which record stands for which, by merges (INV-09).
pub(super) struct Aliases(BTreeMap<RecordId, RecordId>);

impl Aliases {
    pub(super) fn of(shown: &BTreeMap<RecordRef, String>) -> Aliases {
        let merged = shown.iter().filter(|(_, body)| body.contains(MERGED_INTO)).filter_map(|(target, body)| {
            let body: Map<String, Value> = serde_json::from_str(body).ok()?;
            Some((target.id, body.get(MERGED_INTO)?.as_str()?.parse().ok()?))
        });
        Aliases(merged.collect())
    }

    pub(super) fn stays(&self, id: RecordId) -> RecordId {
        let hops = std::iter::successors(Some(id), |at| self.0.get(at).copied());
        hops.take(self.0.len() + 1).last().unwrap_or(id)
    }

    /// A value with what stays named in place of its aliases.
    fn renamed(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let (prefix, id) = text.split_once(':').map_or(("", text.as_str()), |(kind, id)| (kind, id));
                let Some(stays) = id.parse().ok().filter(|id| self.0.contains_key(id)).map(|id| self.stays(id)) else {
                    return value.clone();
                };
                Value::from(if prefix.is_empty() { stays.to_string() } else { format!("{prefix}:{stays}") })
            }
            Value::Object(parts) => Value::Object(parts.iter().map(|(name, part)| (name.clone(), self.renamed(part))).collect()),
            other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => other.clone(),
        }
    }

    /// Whether a reference would name its own record once what it named was merged into that: nothing is its own parent.
    fn is_about(&self, renamed: &Value, value: &Value, target: &RecordRef) -> bool {
        renamed != value && renamed.as_str().is_some_and(|text| text.ends_with(&self.stays(target.id).to_string()))
    }
}

/// What decisions, alternatives and inboxes say, read when it is asked for.
struct Said {
    decisions: BTreeMap<RecordRef, String>,
    alternatives: BTreeMap<RecordRef, String>,
    histories: BTreeMap<RecordRef, BTreeSet<String>>,
    inboxes: BTreeMap<usize, String>,
    reader: Option<usize>,
}

impl Said {
    fn of(stage: &Stage, level: &[usize]) -> Result<Said, Failure> {
        let mut decisions: BTreeMap<RecordRef, String> = BTreeMap::new();
        for decision in stage.world.decisions() {
            let text = plain(&serde_json::to_string(&decision).unwrap_or_default());
            decisions.entry(decision.record).or_default().push_str(&text);
        }
        let mut inboxes = BTreeMap::new();
        for phone in level {
            let inbox = stage.handset(*phone)?.phone.book.inbox().map_err(broken("book"))?;
            let refused = inbox.into_iter().filter(|item| item.about == About::Refused).map(|item| plain(&item.body.to_string()));
            inboxes.insert(*phone, refused.collect());
        }
        let (alternatives, histories) = (BTreeMap::new(), BTreeMap::new());
        Ok(Said { decisions, alternatives, histories, inboxes, reader: level.first().copied() })
    }

    fn mentions(&mut self, stage: &Stage, phone: usize, target: &RecordRef, value: &Value) -> Result<bool, Failure> {
        let needle = plain(value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str());
        let inside = |text: Option<&String>| text.is_some_and(|text| text.contains(&needle));
        // Of all that somebody who left looked after is told once, in a decision about them (INV-12).
        let named: Option<RecordRef> = value.as_str().and_then(|text| text.parse().ok());
        let left = named.and_then(|named| self.decisions.get(&named)).is_some_and(|said| said.contains("\"rule\":\"INV-12\""));
        if left || inside(self.decisions.get(target)) || inside(self.inboxes.get(&phone)) {
            return Ok(true);
        }
        if !self.alternatives.contains_key(target) {
            let Some(reader) = self.reader else { return Ok(false) };
            let book = &stage.handset(reader)?.phone.book;
            let kept = book.alternatives(&target.kind, target.id).map_err(broken("book"))?;
            let text = plain(&serde_json::to_string(&kept).unwrap_or_default());
            self.alternatives.insert(target.clone(), text);
        }
        Ok(inside(self.alternatives.get(target)))
    }

    fn done(&mut self, stage: &Stage, phone: usize, target: &RecordRef, action: RecordId) -> Result<bool, Failure> {
        if self.inboxes.get(&phone).is_some_and(|inbox| inbox.contains(&target.id.to_string())) {
            return Ok(true);
        }
        if !self.histories.contains_key(target) {
            let Some(reader) = self.reader else { return Ok(false) };
            let history = stage.handset(reader)?.phone.book.history(&target.kind, target.id).map_err(broken("book"))?;
            let keys = history.into_iter().flat_map(|entry| entry.fields.into_iter().map(|(key, _)| key)).collect();
            self.histories.insert(target.clone(), keys);
        }
        Ok(self.histories.get(target).is_some_and(|keys| keys.contains(&format!("actions/{action}"))))
    }
}

/// Text within text within text, all escaped differently.
fn plain(text: &str) -> String {
    text.replace('\\', "")
}

/// What a body holds that people type: fields, the words of long texts one by one, the fields of children.
fn values(target: &RecordRef, body: &str) -> Result<BTreeMap<String, Value>, Failure> {
    let unreadable = |error: serde_json::Error| Failure::new("book", format!("the body of {target}: {error}"));
    let body: Map<String, Value> = serde_json::from_str(body).map_err(unreadable)?;
    let mut values = BTreeMap::new();
    let Some(kind) = find(&target.kind) else { return Ok(values) };
    for field in kind.fields {
        put(&mut values, field.name, field, body.get(field.name));
    }
    for collection in kind.collections {
        for child in children(&body, collection.name) {
            let id = child.get("id").and_then(Value::as_str).unwrap_or("");
            for field in collection.fields {
                put(&mut values, &format!("{}/{id}/{}", collection.name, field.name), field, child.get(field.name));
            }
        }
    }
    Ok(values)
}

fn put(values: &mut BTreeMap<String, Value>, key: &str, field: &Field, value: Option<&Value>) {
    let Some(value) = value.filter(|value| typed(field) && !value.is_null()) else { return };
    match value.as_str().filter(|_| field.is_long_text()) {
        Some(text) => values.extend(text.split_whitespace().map(|word| (format!("{key} {word}"), Value::from(word)))),
        None => drop(values.insert(key.to_owned(), value.clone())),
    }
}
