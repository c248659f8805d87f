//! What is said about a record without doing anything to it: an answer to the office's question, a value nobody needs any more.

use super::{Author, Planned, Records, Wish, entry};
use crate::alternative::{self, SEEN, WHICH};
use crate::ids::RecordRef;
use crate::judge;
use crate::lifecycle::{DECIDE, DISMISS};
use crate::owner;
use crate::permission::Who;
use crate::raw::{Raw, Scalar};
use crate::refusal::Refusal;
use serde_json::{Map, Value};

/// An answer to what the office asked; the office looks whether it may still be given.
pub(super) fn decide(
    target: RecordRef,
    current: &Raw,
    wish: &Wish<'_>,
    author: &Author,
    records: &dyn Records,
) -> Result<Vec<Planned>, Refusal> {
    let looks_after = || {
        let concerned = records.raw(&judge::concerned(&target, records));
        concerned.is_some_and(|raw| owner::is_own(author.user, &raw, records))
    };
    if !Who::Finance.includes(author.role) && !looks_after() {
        return Err(Refusal::new("decide.permission", format!("deciding what is held needs {}", Who::Manager.says())));
    }
    for arg in ["item", "choice"] {
        if wish.args.get(arg).and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(Refusal::field("decide.argument", arg, format!("{DECIDE} needs this: {arg}")));
        }
    }
    let entry = entry(current, wish, wish.args.clone(), author);
    Ok(vec![Planned { target, writes: vec![entry] }])
}

/// Lets go of a losing value.
pub(super) fn dismiss(target: RecordRef, current: &Raw, wish: &Wish<'_>, author: &Author) -> Result<Vec<Planned>, Refusal> {
    let Some(key) = wish.args.get(WHICH).and_then(Value::as_str) else {
        return Err(Refusal::field("dismiss.argument", WHICH, format!("{DISMISS} needs this: {WHICH}")));
    };
    let standing = alternative::standing(target.id, current);
    let text = standing.iter().find(|losing| losing.key == key).and_then(|losing| current.registers.get(&losing.key));
    let Some(Scalar::Str(text)) = text else {
        let message = format!("no losing value of this {} is kept as {key}; `alternatives` lists them", target.kind);
        return Err(Refusal::field("dismiss.not_found", WHICH, message));
    };
    let said = [(WHICH, key.to_owned()), (SEEN, alternative::mark(target.id, text))];
    let args: Map<String, Value> = said.into_iter().map(|(name, word)| (name.to_owned(), Value::from(word))).collect();
    let entry = entry(current, wish, args, author);
    Ok(vec![Planned { target, writes: vec![entry] }])
}
