//! The key grammar of a document: which register belongs to a field, a child, an action, a verdict or an alternative.

use crate::field::Field;
use crate::ids::RecordId;
use crate::record::{Collection, RecordType};

/// What one root key of a document means for a record type.
#[derive(Clone, Copy, Debug)]
pub enum Key<'k> {
    /// A declared field.
    Field(&'static Field),
    /// A field of a child: `<collection>/<uuid>/<field>`.
    Child {
        /// The collection the child lives in.
        collection: &'static Collection,
        /// The child's id.
        id: RecordId,
        /// The field's name.
        field: &'k str,
        /// Its declaration; `None` for `removed` and for fields of a newer app.
        declared: Option<&'static Field>,
    },
    /// An action somebody performed: `actions/<uuid>`.
    Action(RecordId),
    /// The server's answer to an action: `verdicts/<uuid>`.
    Verdict(RecordId),
    /// A losing value kept for its author: `alternatives/<field>/<uuid>`.
    Alternative,
    /// A field of a newer app, kept as it is.
    Unknown,
    /// No key of ours.
    Malformed,
}

/// What every record shows of itself, whatever is written; no register is called that, so that none can pass for it.
pub const SHOWN: &[&str] = &["id", "state", "status_reason", "created_at", "modified_at", "deleted"];
/// What every child shows of itself.
const SHOWN_OF_CHILD: &str = "id";
/// The flag that removes a child without losing what others typed into it.
pub const REMOVED: &str = "removed";
/// Longest key, in bytes.
pub const KEY_BYTES_MAX: usize = 200;

/// The key of one child's field.
#[must_use]
pub fn child(collection: &str, id: RecordId, field: &str) -> String {
    format!("{collection}/{id}/{field}")
}

/// The key of an action.
#[must_use]
pub fn action(id: RecordId) -> String {
    format!("actions/{id}")
}

/// The key of the verdict on an action.
#[must_use]
pub fn verdict(id: RecordId) -> String {
    format!("verdicts/{id}")
}

/// The key of a losing value of `field`; a slash in a child's key becomes a dot.
#[must_use]
pub fn alternative(field: &str, id: RecordId) -> String {
    format!("alternatives/{}/{id}", field.replace('/', "."))
}

/// Reads a key of a document of this type.
#[must_use]
pub fn parse<'k>(kind: &'static RecordType, key: &'k str) -> Key<'k> {
    if key.len() > KEY_BYTES_MAX {
        return Key::Malformed;
    }
    let mut parts = key.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(name), None, None, None) => match kind.field(name) {
            Some(field) => Key::Field(field),
            None if is_name(name) && !SHOWN.contains(&name) && kind.collection(name).is_none() => Key::Unknown,
            None => Key::Malformed,
        },
        (Some("actions"), Some(id), None, None) => id.parse().map_or(Key::Malformed, Key::Action),
        (Some("verdicts"), Some(id), None, None) => id.parse().map_or(Key::Malformed, Key::Verdict),
        (Some("alternatives"), Some(_), Some(id), None) if id.parse::<RecordId>().is_ok() => Key::Alternative,
        (Some(collection), Some(id), Some(field), None) => child_key(kind, collection, id, field),
        _ => Key::Malformed,
    }
}

fn child_key<'k>(kind: &'static RecordType, collection: &str, id: &str, field: &'k str) -> Key<'k> {
    let (Some(collection), Ok(id)) = (kind.collection(collection), id.parse()) else { return Key::Malformed };
    let declared = collection.fields.iter().find(|f| f.name == field);
    if declared.is_none() && (!is_name(field) || field == SHOWN_OF_CHILD) {
        return Key::Malformed;
    }
    Key::Child { collection, id, field, declared }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= 64
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
