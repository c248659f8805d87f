//! What follows in a product: its version, and where its properties stand (`domain.md` 2.7).

use crate::fold::Folded;
use crate::record::RecordType;
use crate::revision::Stood;
use serde_json::{Map, Value};

const PROPERTIES: &str = "properties";

/// Puts the derived fields into the body of a product.
pub(super) fn derive(kind: &RecordType, folded: &Folded, body: &mut Map<String, Value>) {
    if kind.field("version").is_none() {
        return;
    }
    body.entry("version").or_insert_with(|| Value::from(1));
    let revised = folded.state == "under_revision";
    let stood = revised.then(|| Stood::kept(folded).unwrap_or_default());
    let properties = body.get_mut(PROPERTIES).and_then(Value::as_array_mut).into_iter().flatten();
    for property in properties.filter_map(Value::as_object_mut) {
        let id = property.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        // What came with a revision waits for its end; the rest is as its product is.
        let state = match (&stood, id) {
            (Some(stood), Some(id)) if stood.has_child(PROPERTIES, id) => "active",
            (Some(_), _) => "draft",
            (None, _) => folded.state.as_str(),
        };
        property.insert("state".to_owned(), Value::from(state));
    }
}
