//! Merging on the phone: the record that stays takes over what it lacks, in the same bundle (INV-09).
//!
//! What names the alias is rewritten by the office, however much that is; until then the alias leads to what stays.

use super::Planned;
use super::convert::Source;
use crate::alias;
use crate::body::state;
use crate::document::Write;
use crate::ids::RecordRef;
use crate::refusal::{Refusal, a};
use crate::view;
use serde_json::Value;

pub(super) fn plan(source: &Source<'_>, arg: &str) -> Result<Vec<Planned>, Refusal> {
    let own = RecordRef::new(source.kind.name, source.id);
    let named = source.args.get(arg).and_then(Value::as_str).and_then(|id| id.parse().ok());
    let stays = named.map(|id| alias::survivor(&RecordRef::new(source.kind.name, id), source.records));
    let refuse = |code: &str, message: String| Refusal::field(&format!("{}.merge.{code}", source.kind.name), arg, message);
    let Some((stays, raw)) = stays.and_then(|stays| source.records.raw(&stays).map(|raw| (stays, raw))) else {
        return Err(refuse("into", format!("{arg} names no {} on this device", source.kind.name)));
    };
    if stays == own {
        return Err(refuse("into", format!("{arg} names an alias of this {} already", source.kind.name)));
    }
    let shown = view::of(source.kind, stays.id, &raw);
    if shown.folded.deleted || state(&shown.body) != source.kind.lifecycle.initial {
        let message = format!("{} is not in use; merge into {} that is", view::title(source.kind, &shown.body), a(&own.kind));
        return Err(refuse("into_state", message));
    }
    let gone = source.records.raw(&own).unwrap_or_default();
    let mut writes = alias::handed_on(source.kind, &own, &gone, &stays, &raw);
    writes.retain(|write| match write {
        Write::Put { key, value } => !alias::hangs_below_itself(source.kind, &stays, key, value, source.records),
        Write::Text { .. } => true,
    });
    Ok(vec![Planned { target: stays, writes }])
}
