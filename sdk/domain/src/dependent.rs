//! What a record is still needed for, so that it is not deleted (INV-06).

use crate::action::Records;
use crate::body::{Body, referring, state, text};
use crate::ids::RecordRef;
use crate::record::{self, RecordType};
use crate::refusal::Refusal;
use crate::view::{self, View};

/// A record that needs another one.
pub(crate) struct Dependent {
    /// Which.
    pub(crate) record: RecordRef,
    /// What the other one is to it, with its name.
    pub(crate) says: String,
}

/// Which records need one that a field of theirs names.
struct Need {
    of: &'static [&'static str],
    kind: &'static str,
    field: &'static str,
    /// The state in which they do; any, if none.
    state: Option<&'static str>,
    says: &'static str,
}

const CUSTOMERS: &[&str] = &["account", "contact"];
const SALES: &[&str] = &["opportunity"];
const METRICS: &[&str] = &["goal_metric"];
const FAMILIES: &[&str] = &["product"];

#[rustfmt::skip]
const NEEDS: &[Need] = &[
    Need { of: CUSTOMERS, kind: "opportunity", field: "customer",    state: Some("open"), says: "is the customer of the open opportunity" },
    Need { of: CUSTOMERS, kind: "quote",       field: "customer",    state: Some("won"),  says: "accepted the quote" },
    Need { of: CUSTOMERS, kind: "order",       field: "customer",    state: None,         says: "gave the order" },
    Need { of: CUSTOMERS, kind: "invoice",     field: "customer",    state: None,         says: "got the invoice" },
    Need { of: SALES,     kind: "quote",       field: "opportunity", state: Some("won"),  says: "has the won quote" },
    Need { of: SALES,     kind: "order",       field: "opportunity", state: None,         says: "has the order" },
    Need { of: SALES,     kind: "invoice",     field: "opportunity", state: None,         says: "has the invoice" },
    Need { of: METRICS,   kind: "goal",        field: "metric",      state: None,         says: "measures the goal" },
    Need { of: FAMILIES,  kind: "product",     field: "parent_family", state: None,       says: "is the family of" },
];

/// The first record that needs this one.
pub(crate) fn of(target: &RecordRef, records: &dyn Records) -> Option<Dependent> {
    NEEDS.iter().filter(|need| need.of.contains(&target.kind.as_str())).find_map(|need| {
        let name = spelled(need, target);
        let needs =
            |body: &Body| need.state.is_none_or(|wanted| state(body) == wanted) && text(body, need.field) == Some(name.as_str());
        let (record, body) = referring(need.kind, need.field, &name, records).into_iter().find(|(_, body)| needs(body))?;
        let title = record::find(need.kind).map(|kind| view::title(kind, &body)).unwrap_or_default();
        Some(Dependent { record, says: format!("{} {title}", need.says) })
    })
}

/// Refuses the deletion of what is needed, as far as this phone knows.
pub(crate) fn refuse(kind: &RecordType, target: &RecordRef, shown: &View, records: &dyn Records) -> Result<(), Refusal> {
    let Some(dependent) = of(target, records) else { return Ok(()) };
    let instead = if kind.lifecycle.action("deactivate").is_some() { "; deactivate it instead" } else { "" };
    let message = format!("{} {}, so it is not deleted{instead}", view::title(kind, &shown.body), dependent.says);
    Err(Refusal::new(format!("{}.delete.needed", kind.name), message))
}

/// The records that one of this type and body may need.
pub(crate) fn needed_by(kind: &str, body: &Body) -> Vec<RecordRef> {
    let mut found = Vec::new();
    for need in NEEDS.iter().filter(|need| need.kind == kind) {
        let Some(name) = text(body, need.field) else { continue };
        found.extend(need.of.iter().filter_map(|of| named(of, name)));
    }
    found.sort();
    found.dedup();
    found
}

/// A customer is one of several types, an opportunity is not.
fn spelled(need: &Need, target: &RecordRef) -> String {
    if need.of.len() > 1 { target.to_string() } else { target.id.to_string() }
}

fn named(of: &str, name: &str) -> Option<RecordRef> {
    match name.parse::<RecordRef>() {
        Ok(target) => (target.kind == of).then_some(target),
        Err(_) => name.parse().ok().map(|id| RecordRef::new(of, id)),
    }
}
