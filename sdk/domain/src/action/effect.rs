//! What an action writes into its own record besides itself: edits a person could have made, in the same change.

use super::Records;
use crate::document::Write;
use crate::field::Kind;
use crate::ids::RecordRef;
use crate::key;
use crate::lifecycle::{Effect, Move};
use crate::raw::Scalar;
use crate::record::RecordType;
use crate::refusal::Refusal;
use serde_json::{Map, Value};

/// The edits of a row's effects.
pub(super) fn writes(
    kind: &'static RecordType,
    row: &Move,
    body: &Map<String, Value>,
    args: &Map<String, Value>,
    records: &dyn Records,
) -> Result<Vec<Write>, Refusal> {
    let mut writes = Vec::new();
    for effect in row.then {
        match effect {
            Effect::Edit(field) => writes.extend(edit(kind, field, body, args)?),
            Effect::PartyAccounts(collection) => writes.extend(party_accounts(collection, body, records)),
            Effect::Stamp(..)
            | Effect::StampTime(_)
            | Effect::AddMinutes(..)
            | Effect::CountUp(_)
            | Effect::Clear(_)
            | Effect::Flag(..)
            | Effect::CreateCustomerRecords
            | Effect::HandOver
            | Effect::Convert(_) => {}
        }
    }
    Ok(writes)
}

/// The field with the parts that were given in place of its own; nothing if none was.
fn edit(
    kind: &'static RecordType,
    field: &str,
    body: &Map<String, Value>,
    args: &Map<String, Value>,
) -> Result<Option<Write>, Refusal> {
    let Some(field) = kind.field(field) else { return Ok(None) };
    let Kind::Compound(parts) = field.kind else { return Ok(None) };
    let stands = body.get(field.name).and_then(Value::as_object).cloned().unwrap_or_default();
    let mut wanted = stands.clone();
    let given = parts.iter().filter_map(|part| Some((part.name.to_owned(), args.get(part.name)?.clone())));
    wanted.extend(given);
    if wanted == stands {
        return Ok(None);
    }
    let checked = field.check(&Value::Object(wanted))?;
    Ok(Some(Write::put(field.name, Scalar::from_json(&checked))))
}

/// The account of every contact that takes part, where nobody said for whom they speak.
fn party_accounts(collection: &str, body: &Map<String, Value>, records: &dyn Records) -> Vec<Write> {
    let children = body.get(collection).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let write = |child: &Value| {
        let id = child.get("id").and_then(Value::as_str)?.parse().ok()?;
        let party: RecordRef = child.get("party").and_then(Value::as_str)?.parse().ok()?;
        if child.get("account").is_some() {
            return None;
        }
        Some(Write::put(key::child(collection, id, "account"), account_of(&party, records)?))
    };
    children.iter().filter_map(write).collect()
}

/// The account a contact belongs to.
pub(super) fn account_of(target: &RecordRef, records: &dyn Records) -> Option<String> {
    if target.kind != "contact" {
        return None;
    }
    records.raw(target)?.text("account").map(str::to_owned)
}
