//! The documents of one sale are in one currency (INV-40).

use super::Scene;
use crate::action::Records;
use crate::body::{Body, part, shown, state};
use crate::ids::RecordRef;
use crate::record;

/// What a document was made of, by the field that names it, and what names it in turn.
const LINKS: &[(&str, &str, &str)] = &[
    ("quote", "opportunity", "opportunity"),
    ("order", "opportunity", "opportunity"),
    ("invoice", "opportunity", "opportunity"),
    ("order", "quote", "quote"),
    ("invoice", "order", "order"),
    ("quote", "predecessor", "quote"),
];

/// Nothing it belongs to, and nothing that belongs to it, is in another currency.
pub(crate) fn one_currency(scene: &Scene<'_>) -> bool {
    let target = RecordRef::new(scene.kind.name, scene.id);
    let own = part(scene.part, "pricing", "currency");
    own.is_none() || !differs(&target, Some(scene.part), own, scene.records)
}

/// Whether documents of the same sale are in another currency than this one.
pub(crate) fn tied(records: &dyn Records, target: &RecordRef, currency: Option<&str>) -> bool {
    differs(target, shown(target, records).as_deref(), currency, records)
}

fn differs(target: &RecordRef, body: Option<&Body>, currency: Option<&str>, records: &dyn Records) -> bool {
    // What was given up on either side is in nobody's way.
    let over = |body: &Body| ["closed", "canceled"].contains(&state(body));
    if body.is_some_and(over) {
        return false;
    }
    let other = |body: &Body| {
        let theirs = part(body, "pricing", "currency");
        theirs.is_some() && theirs != currency && !over(body)
    };
    LINKS.iter().any(|(from, field, to)| {
        let above = body.filter(|_| *from == target.kind).and_then(|body| {
            let id = body.get(*field)?.as_str()?.parse().ok()?;
            shown(&RecordRef::new(*to, id), records)
        });
        let below = || {
            let named = if *to == target.kind { records.referring(from, field, &target.id.to_string()) } else { Vec::new() };
            named.into_iter().filter_map(|other| shown(&other, records))
        };
        record::find(from).is_some() && (above.as_ref().is_some_and(|body| other(body)) || below().any(|body| other(&body)))
    })
}
