//! What only the office does: a phone says so and writes nothing; the office also gives numbers without gaps.

use crate::lifecycle::Fill;
use crate::raw::Raw;
use crate::record::RecordType;
use crate::revision::Stood;
use serde_json::{Map, Value};
use std::fmt::Debug;

/// Gives the next number of a series. What it gave counts only if the action is written.
pub trait Numbers: Debug {
    /// The next number of this series, from one on.
    fn next(&self, series: &str) -> u64;
}

/// Where an action is performed.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// On a phone, which may be without a network.
    Phone,
    /// At the office, while the person waits.
    Office(&'a dyn Numbers),
}

/// Fills the arguments only the office knows: numbers, of which a record keeps the one it has, and what it keeps to put back.
pub(super) fn fill(
    kind: &'static RecordType,
    action: &str,
    (current, body): (&Raw, &Map<String, Value>),
    args: &mut Map<String, Value>,
    numbers: &dyn Numbers,
) {
    args.extend(standing(kind, action, current));
    for arg in kind.lifecycle.action(action).map(|spec| spec.args).unwrap_or_default() {
        let Fill::Number { series, prefix } = arg.fill else { continue };
        let name = arg.field.name;
        let held = body.get(name).filter(|value| !value.is_null()).cloned();
        let number = held.unwrap_or_else(|| Value::from(format!("{prefix}{:06}", numbers.next(series))));
        args.insert(name.to_owned(), number);
    }
}

/// What an action keeps of the record it is done to.
pub(super) fn standing(kind: &'static RecordType, action: &str, current: &Raw) -> Map<String, Value> {
    let args = kind.lifecycle.action(action).map(|spec| spec.args).unwrap_or_default();
    let kept = args.iter().filter(|arg| arg.fill == Fill::Standing);
    kept.map(|arg| (arg.field.name.to_owned(), Stood::of(kind, current).spell())).collect()
}
