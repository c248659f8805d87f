//! An intent as people read it: the records it wanted to change, and what it wanted to write into each.

use fieldbook_domain::record;
use fieldbook_sync::change::{WireChange, WireOp, WireOpId, WireValue};
use fieldbook_sync::message::{Intent, Part};

use crate::org::shelf::text_name;

/// What an intent wanted of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadablePart {
    /// The record, `type:id`, as the device named it.
    pub record: String,
    /// Its changes, in order.
    pub changes: Vec<ReadableChange>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadableChange {
    /// Its number among the changes of its author and record.
    pub seq: u64,
    /// When, by the device's clock, in milliseconds since 1970.
    pub at_ms: i64,
    /// What the change says about itself.
    pub message: Option<String>,
    /// What it does, one line for each register or edit of a text; nothing in them can move a cursor.
    pub lines: Vec<String>,
}

/// Reads an intent, whatever is wrong with it.
pub(crate) fn parts(intent: &Intent) -> Vec<ReadablePart> {
    let part = |part: &Part| ReadablePart {
        record: format!("{}:{}", part.kind.escape_debug(), part.doc),
        changes: part.changes.iter().map(|wire| change(&part.kind, wire)).collect(),
    };
    intent.parts.iter().map(part).collect()
}

fn change(kind: &str, wire: &WireChange) -> ReadableChange {
    let lines = wire.ops.iter().map(|op| line(kind, op)).collect();
    ReadableChange { seq: wire.seq, at_ms: wire.time_ms, message: wire.message.as_deref().map(escaped), lines }
}

fn line(kind: &str, op: &WireOp) -> String {
    match op {
        WireOp::Put { key, value, .. } => format!("{} = {}", escaped(key), spelled(value)),
        WireOp::Delete { key, .. } => format!("{} emptied", escaped(key)),
        WireOp::Insert { text, chars, .. } => format!("{} + \"{}\"", named(kind, text), escaped(chars)),
        WireOp::Remove { text, elements } => format!("{} - {} characters", named(kind, text), elements.len()),
    }
}

fn spelled(value: &WireValue) -> String {
    match value {
        WireValue::Null => "nothing".to_owned(),
        WireValue::Bool(yes) => yes.to_string(),
        WireValue::Int(number) => number.to_string(),
        WireValue::Str(text) => format!("\"{}\"", escaped(text)),
    }
}

/// The field a text belongs to, or the operation that would have made it.
fn named(kind: &str, text: &WireOpId) -> String {
    let field = record::find(kind).and_then(|kind| text_name(kind, text));
    field.map_or_else(|| format!("text {}", text.counter), str::to_owned)
}

fn escaped(text: &str) -> String {
    // Quotes stay as they are: most values are JSON.
    text.chars().flat_map(|letter| if letter.is_control() { letter.escape_default().collect() } else { vec![letter] }).collect()
}
