//! INV-22: what a qualified lead handed on follows a late correction of the lead.

use super::bench::{Bench, Ruling};
use super::{Arrival, Stamp};
use crate::action::{TO_ACCOUNT, TO_CONTACT, TO_OPPORTUNITY};
use crate::alias;
use crate::ids::{RecordId, RecordRef};
use crate::raw::{Action, Scalar};
use crate::record;
use serde_json::{Value, json};

/// Passes a correction of a qualified lead on to the records that still hold the copied value.
pub(super) fn pass(
    bench: &mut Bench<'_>,
    arrival: &Arrival,
    closer: &Action,
    key: &str,
    copied: Option<&Scalar>,
    value: &Scalar,
    stamp: &Stamp,
) {
    if arrival.kind.name != "lead" || closer.action != "qualify" {
        return;
    }
    let id = |arg: &str| closer.args.get(arg).and_then(Value::as_str).and_then(|id| id.parse::<RecordId>().ok());
    let opportunity = opportunity_of(bench, arrival.id);
    let heirs = [
        ("contact", id("contact"), TO_CONTACT),
        ("account", id("account"), TO_ACCOUNT),
        ("opportunity", opportunity, TO_OPPORTUNITY),
    ];
    let mut reached = Vec::new();
    for (kind, id, table) in heirs {
        let (Some(id), Some((_, field))) = (id, table.iter().find(|(from, _)| *from == key)) else { continue };
        let target = alias::survivor(&RecordRef::new(kind, id), bench);
        let Some(raw) = bench.raw(&target) else { continue };
        // What is needed there is not emptied from here.
        let needed = record::find(kind).and_then(|kind| kind.field(field)).is_some_and(|field| field.required);
        if !(needed && value.is_null())
            && raw.get(field) == copied.filter(|copied| !copied.is_null())
            && raw.get(field) != Some(value)
        {
            bench.put(&target, field, value.clone(), Some(stamp.clone()), "INV-22 passed on");
            reached.push(kind);
        }
    }
    if !reached.is_empty() {
        tell(bench, arrival, closer, key, value, stamp, &reached);
    }
}

/// The opportunity a lead became, which is another lead's where that one was merged into it (INV-21).
fn opportunity_of(bench: &Bench<'_>, lead: RecordId) -> Option<RecordId> {
    let own = lead.derived("opportunity");
    if bench.raw(&RecordRef::new("opportunity", own)).is_some_and(|raw| raw.exists()) {
        return Some(own);
    }
    let named = bench.world.referrers(&RecordRef::new("lead", lead)).into_iter();
    named.filter(|(sale, field)| sale.kind == "opportunity" && field == "originating_lead").map(|(sale, _)| sale.id).next()
}

fn tell(bench: &mut Bench<'_>, arrival: &Arrival, closer: &Action, key: &str, value: &Scalar, stamp: &Stamp, reached: &[&str]) {
    let target = arrival.target();
    let message = format!(
        "{} qualified the lead {} while {} changed {}; your change moved on to the {} as well.",
        bench.name(closer.by),
        bench.title(&target),
        bench.name(stamp.user),
        key.replace('_', " "),
        reached.join(" and the "),
    );
    bench.decide(Ruling {
        field: Some(key.to_owned()),
        kept: value.to_json(),
        winner: stamp.change.clone(),
        ..Ruling::of("INV-22", target, stamp.user, message)
    });
}

/// Proposes a value a closed lead could not take on the opportunity that came out of it.
pub(super) fn propose(bench: &mut Bench<'_>, arrival: &Arrival, key: &str, value: &Scalar, stamp: &Stamp, rule: &str) {
    if rule != "INV-22" {
        return;
    }
    let Some(target) = opportunity_of(bench, arrival.id).map(|id| RecordRef::new("opportunity", id)) else { return };
    let exists = bench.raw(&target).is_some_and(|raw| raw.exists());
    if let Some((field, proposed)) = on_opportunity(key, &value.to_json()).filter(|_| exists) {
        bench.alternative(&target, field, &Scalar::from_json(&proposed), Some(stamp), rule);
    }
}

/// What a value of a lead is on the opportunity that comes out of it: the field and the value there.
#[must_use]
pub fn on_opportunity(key: &str, value: &Value) -> Option<(&'static str, Value)> {
    if key == "est_value" {
        return Some(("est_value", json!({ "amount": value })));
    }
    TO_OPPORTUNITY.iter().find(|(from, _)| *from == key).map(|(_, to)| (*to, value.clone()))
}
