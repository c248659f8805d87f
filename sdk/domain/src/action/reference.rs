//! References a person types must name records that are there, and parents must not form a loop (INV-02).

use super::{Author, Records};
use crate::document::Write;
use crate::field::{Field, Kind};
use crate::ids::{RecordId, RecordRef};
use crate::key::{self, Key};
use crate::raw::{Raw, Scalar};
use crate::record::RecordType;
use crate::refusal::Refusal;

/// The deepest account tree (INV-02).
pub(crate) const DEPTH_MAX: usize = 10;

pub(super) fn check(
    kind: &'static RecordType,
    id: RecordId,
    writes: &[Write],
    author: &Author,
    records: &dyn Records,
) -> Result<(), Refusal> {
    for write in writes {
        let Write::Put { key, value: Scalar::Str(text) } = write else { continue };
        let field = match key::parse(kind, key) {
            Key::Field(field) => field,
            Key::Child { declared: Some(field), .. } => field,
            Key::Child { .. } | Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Unknown | Key::Malformed => continue,
        };
        for target in targets(field, text) {
            // Before the first sync a phone does not hold its own user's record.
            let known = target == RecordRef::new("user", author.user) || target == RecordRef::new(kind.name, id);
            if !known && records.raw(&target).is_none_or(|raw| !raw.exists()) {
                let message = format!("{} names {target}, which is not on this device", field.name);
                return Err(Refusal::field("field.reference", field.name, message));
            }
        }
        if field.name == "parent_account" {
            let parent = |account: RecordId| records.raw(&RecordRef::new("account", account)).and_then(|raw| parent_of(&raw));
            if let Ok(first) = text.parse() {
                no_cycle(id, first, parent)?;
            }
        }
    }
    Ok(())
}

/// The records a value refers to.
#[must_use]
pub fn targets(field: &Field, text: &str) -> Vec<RecordRef> {
    match field.kind {
        Kind::Ref([only]) => text.parse().map(|id| vec![RecordRef::new(*only, id)]).unwrap_or_default(),
        Kind::Ref(_) => text.parse().map(|target| vec![target]).unwrap_or_default(),
        Kind::Compound(parts) => {
            let json = Scalar::Str(text.to_owned()).to_json();
            let part = |part: &Field| targets(part, json.get(part.name).and_then(serde_json::Value::as_str).unwrap_or(""));
            parts.iter().flat_map(part).collect()
        }
        Kind::Text { .. }
        | Kind::LongText { .. }
        | Kind::Email
        | Kind::Phone
        | Kind::Url
        | Kind::Bool
        | Kind::Integer { .. }
        | Kind::Decimal { .. }
        | Kind::Percent { .. }
        | Kind::Date
        | Kind::Time
        | Kind::Choice(_)
        | Kind::Line
        | Kind::Blob => Vec::new(),
    }
}

/// The account an account belongs to.
pub(crate) fn parent_of(raw: &Raw) -> Option<RecordId> {
    raw.text("parent_account").and_then(|id| id.parse().ok())
}

/// Refuses a parent that closes a loop or makes the tree deeper than [`DEPTH_MAX`].
pub(crate) fn no_cycle(id: RecordId, first: RecordId, parent: impl Fn(RecordId) -> Option<RecordId>) -> Result<(), Refusal> {
    let mut above = Some(first);
    for _ in 0..DEPTH_MAX {
        match above {
            None => return Ok(()),
            Some(account) if account == id => {
                let message = "an account cannot belong to itself, directly or through others";
                return Err(Refusal::field("INV-02", "parent_account", message));
            }
            Some(account) => above = parent(account),
        }
    }
    let message = format!("accounts are at most {DEPTH_MAX} deep");
    Err(Refusal::field("INV-02", "parent_account", message))
}
