//! What stays as it is once others build on it: the size of a unit, how a goal is measured, and the lead a sale came of (INV-20,
//! INV-64, INV-78).

use super::Records;
use crate::document::Write;
use crate::ids::RecordId;
use crate::raw::{Raw, Scalar};
use crate::record::RecordType;
use crate::refusal::Refusal;

/// Fields that are settled by the records that name theirs.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) kind: &'static str,
    pub(crate) fields: &'static [&'static str],
    pub(crate) rule: &'static str,
    /// The types and fields of those records.
    pub(crate) used_by: &'static [(&'static str, &'static str)],
    /// A reference of its own that settles them as well.
    pub(crate) or_has: Option<&'static str>,
    pub(crate) says: &'static str,
}

#[rustfmt::skip]
pub(crate) const SETTLED: &[Settled] = &[
    Settled { kind: "unit", fields: &["quantity", "base_unit"], rule: "INV-64", or_has: None,
              used_by: &[("price_list_item", "unit"), ("opportunity", "lines.quantity"), ("quote", "lines.quantity"),
                         ("order", "lines.quantity"), ("invoice", "lines.quantity")],
              says: "prices and offers are counted in it already; make a new unit" },
    Settled { kind: "goal_metric", fields: &["metric_type", "amount_type"], rule: "INV-78", or_has: None,
              used_by: &[("goal", "metric")],
              says: "goals are measured by it already; make a new metric" },
    Settled { kind: "goal", fields: &["metric"], rule: "INV-78", or_has: Some("parent_goal"),
              used_by: &[("goal", "parent_goal")],
              says: "it belongs to other goals, which are measured alike; take them apart first" },
    Settled { kind: "opportunity", fields: &["originating_lead"], rule: "INV-20", or_has: Some("originating_lead"),
              used_by: &[],
              says: "the sale came of that lead, which has no other" },
];

impl Settled {
    /// Whether something builds on the record.
    pub(crate) fn is_used(&self, raw: &Raw, uses: impl Fn(&str, &str) -> bool) -> bool {
        self.or_has.is_some_and(|field| raw.get(field).is_some()) || self.used_by.iter().any(|(kind, field)| uses(kind, field))
    }

    /// Whether a value changes what stood there; what was empty may be filled in.
    pub(crate) fn changes(&self, before: &Raw, key: &str, value: &Scalar) -> bool {
        self.fields.contains(&key) && before.get(key).is_some_and(|stood| stood != value)
    }
}

/// Refuses a save that changes what others build on.
pub(super) fn check(
    kind: &RecordType,
    id: RecordId,
    current: &Raw,
    writes: &[Write],
    records: &dyn Records,
) -> Result<(), Refusal> {
    for settled in SETTLED.iter().filter(|settled| settled.kind == kind.name) {
        let changed = writes.iter().find_map(|write| match write {
            Write::Put { key, value } if settled.changes(current, key, value) => Some(key),
            Write::Put { .. } | Write::Text { .. } => None,
        });
        let used = |kind: &str, field: &str| !records.referring(kind, field, &id.to_string()).is_empty();
        if let Some(field) = changed.filter(|_| settled.is_used(current, used)) {
            return Err(Refusal::field(settled.rule, field, settled.says));
        }
    }
    Ok(())
}
