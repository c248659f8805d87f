//! Families and revisions: what happens to a family happens to what belongs to it, and what was revised can be put back.

use super::convert::Source;
use super::{Planned, Records, office};
use crate::body::{members, state, text};
use crate::fold;
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle::{Conversion, Effect};
use crate::record::RecordType;
use crate::revision::Stood;

/// The same action on everything that belongs to a family, where it is possible there.
pub(super) fn below(source: &Source<'_>, verb: &str) -> Vec<Planned> {
    let kind = source.kind;
    let mut plan = Vec::new();
    for (member, body) in members(source.id, source.records) {
        let Some(row) = kind.lifecycle.row(verb, state(&body), text(&body, "status_reason").unwrap_or("")) else { continue };
        let current = source.records.raw(&member).unwrap_or_default();
        let args = office::standing(kind, verb, &current);
        if row.then.contains(&Effect::Convert(Conversion::Restore)) {
            plan.extend(restore(kind, member.id, source.records));
        }
        plan.push(source.also(member, verb, args));
    }
    plan
}

/// What puts a record back as it was when it was last on sale.
pub(super) fn restore(kind: &'static RecordType, id: RecordId, records: &dyn Records) -> Option<Planned> {
    let target = RecordRef::new(kind.name, id);
    let current = records.raw(&target)?;
    let stood = Stood::kept(&fold::of(kind, &current))?;
    Some(Planned { target, writes: stood.writes(kind, &current) })
}
