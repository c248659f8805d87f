//! What people typed and did, and where each of it must be found again.

use super::Failure;
use super::said::Said;
use super::stage::Stage;
use super::value::{children, is_deleted, typed};
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
    /// Whether what happens is printed.
    aloud: bool,
}

impl Ledger {
    /// An empty one, which prints what it is told if it is read aloud.
    pub(super) fn new(aloud: bool) -> Ledger {
        Ledger { aloud, ..Ledger::default() }
    }

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
            let deleted = is_deleted(body) && was.is_some_and(|was| !is_deleted(was));
            let (was, now) = (was.map(|was| values(target, was)).transpose()?.unwrap_or_default(), values(target, body)?);
            // Who deletes a record knows what it holds.
            for (key, value) in was.iter().filter(|(key, value)| deleted || now.get(*key) != Some(value)) {
                self.write_down(target, format!("phone {phone}: {key} was {value}"));
                self.replaced.insert((target.clone(), key.clone(), value.to_string()));
            }
            for (key, value) in now.iter().filter(|(key, value)| was.get(*key) != Some(value)) {
                self.write_down(target, format!("phone {phone}: {key} is {value}"));
            }
            for (key, value) in now.into_iter().filter(|(key, value)| edit && was.get(key) != Some(value)) {
                self.replaced.remove(&(target.clone(), key.clone(), value.to_string()));
                // Who types it once more is who it is looked for at.
                self.typed.retain(|typed| typed.target != *target || typed.key != key || typed.value != value);
                self.typed.push(Typed { phone, target: target.clone(), key, value });
            }
        }
        Ok(())
    }

    #[expect(clippy::print_stdout, reason = "a story read aloud")]
    fn write_down(&mut self, target: &RecordRef, what: String) {
        if self.aloud {
            println!("  {target}: {what}");
        }
        self.log.push((target.clone(), what));
    }

    /// Notes an action somebody performed.
    pub(super) fn acted(&mut self, phone: usize, target: RecordRef, verb: &str, action: RecordId) {
        self.write_down(&target, format!("phone {phone}: {verb} ({action})"));
        self.acted.push((phone, target, action));
    }

    /// Notes that somebody let go of a losing value they saw.
    pub(super) fn let_go(&mut self, phone: usize, target: &RecordRef, key: &str, value: &Value) {
        self.write_down(target, format!("phone {phone}: {key} need not be {value}"));
        self.replaced.insert((target.clone(), key.to_owned(), value.to_string()));
    }

    /// What people did to a record that has to do with this key, oldest first.
    pub(super) fn told(&self, target: &RecordRef, key: &str) -> String {
        let part = key.rsplit_once('/').map_or(key, |(child, _)| child);
        let about = |said: &str| said.contains(part) || said.ends_with(')');
        let said = self.log.iter().filter(|(of, said)| of == target && about(said));
        said.map(|(_, said)| format!("\n    {said}")).collect()
    }
}

/// Every edit is visible, knowingly replaced or deleted, kept beside the record, waits, is in a decision that somebody was told of, or
/// in its author's inbox; every action is in its record, and somebody was told where it has no effect, or in its author's inbox.
pub(super) fn account(stage: &Stage, office: &BTreeMap<RecordRef, String>, level: &[usize]) -> Result<(), Failure> {
    let aliases = Aliases::of(office);
    let mut said = Said::of(stage, &aliases, level)?;
    // Records that are one by now were edited as one: what was handed on may have been replaced there, under the name it had then.
    let mut replaced: BTreeSet<(RecordId, &str, String)> = BTreeSet::new();
    for (of, key, value) in &stage.ledger.replaced {
        let now = serde_json::from_str(value).map_or_else(|_| value.clone(), |value| aliases.renamed(&value).to_string());
        replaced.extend([value.clone(), now].map(|value| (aliases.stays(of.id), key.as_str(), value)));
    }
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
            Some(body) => values(target, body)?.remove(key),
            None => None,
        };
        let shown = stands.as_ref().is_some_and(|stands| stands == value || *stands == renamed);
        if !shown && !said.lost(*phone, target, key, value)? && !said.lost(*phone, target, key, &renamed)? {
            let nothing = if office.contains_key(target) { "nothing" } else { "no record" };
            let stands = stands.map_or_else(|| nothing.to_owned(), |value| value.to_string());
            let name = stage.handset(*phone)?.name;
            let what = format!("{name} typed {value} into {key} of {target}; there stands {stands}, and nobody says why");
            let what = what + &stage.ledger.told(target, key);
            return Err(Failure::new("lost", what));
        }
    }
    for (phone, target, action) in stage.ledger.acted.iter().filter(|(phone, _, _)| level.contains(phone)) {
        if !said.done(*phone, target, *action)? {
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
    pub(super) fn renamed(&self, value: &Value) -> Value {
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
