//! Giving an account to somebody else, with what its old owner has open under it (INV-13).

use super::permitted::may_give;
use super::{Author, Place, Planned, Records, Wish, act};
use crate::document::Write;
use crate::ids::{RecordId, RecordRef};
use crate::owner::{self, ASSIGN, OWNER};
use crate::raw::{Raw, Scalar};
use crate::record::RecordType;
use crate::refusal::Refusal;
use serde_json::{Map, Value};

/// What goes with the account; what its author does not hold stays where it is.
pub(super) fn plan(account: &RecordRef, current: &Raw, args: &Map<String, Value>, records: &dyn Records) -> Vec<Planned> {
    let named = args.get(OWNER).and_then(Value::as_str);
    let Some(to) = named.and_then(|named| named.parse::<RecordRef>().ok()) else { return Vec::new() };
    let from = owner::of(current);
    let below = from.filter(|from| *from != to).map(|from| owner::under(account, &from, records)).unwrap_or_default();
    let given = |target: RecordRef| Planned { target, writes: vec![Write::put(OWNER, to.to_string())] };
    std::iter::once(account.clone()).chain(below).map(given).collect()
}

/// What a save writes, with what follows from another owner in it.
pub(super) fn with(
    kind: &'static RecordType,
    id: RecordId,
    current: &Raw,
    writes: Vec<Write>,
    author: &Author,
    records: &dyn Records,
) -> Result<Vec<Planned>, Refusal> {
    let given = writes.iter().find_map(|write| match write {
        Write::Put { key, value: Scalar::Str(to) } if key == OWNER && current.text(OWNER) != Some(to) => Some(to.clone()),
        Write::Put { .. } | Write::Text { .. } => None,
    });
    let mut bundle = vec![Planned { target: RecordRef::new(kind.name, id), writes }];
    let Some(to) = given else { return Ok(bundle) };
    may_give(kind, current, author, records)?;
    if kind.lifecycle.action(ASSIGN).is_some() {
        let wish = id.derived(&format!("{ASSIGN}/{}/{}/{}", author.user, current.next_turn(), author.now_ms));
        let args = [(OWNER.to_owned(), Value::from(to))].into_iter().collect();
        let wish = Wish { action: ASSIGN, id: wish, args: &args, place: Place::Phone };
        bundle.extend(act(kind, id, current, &wish, author, records)?);
    }
    Ok(bundle)
}
