//! INV-53: prices somebody locked stay, also where somebody else chose another price list without seeing that.

use super::super::Arrival;
use super::super::bench::{Bench, Ruling};
use super::moved;
use crate::body::{self, shown};
use crate::key::{self, Key};
use crate::raw::{Raw, Scalar};
use serde_json::Value;

const RULE: &str = "INV-53";
const PRICING: &str = "pricing";

/// Puts a price list back, with the prices taken from it, that was chosen beside a lock.
pub(in crate::judge) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    if arrival.kind.name != "order" || !arrival.before.exists() {
        return;
    }
    let locked = shown(&target, bench).is_some_and(|order| order.get("prices_locked") == Some(&Value::Bool(true)));
    let Some(lock) = moved(bench, &target, "lock_pricing").pop().filter(|_| locked) else { return };
    let locks = arrival.new_actions().contains(&lock.id);
    let (agreed, chosen, stamp) = if locks {
        (&arrival.seen, &arrival.before, bench.world.credit(&target, PRICING))
    } else if arrival.seen.action(lock.id).is_none() {
        (&arrival.before, &arrival.meant, Some(arrival.stamp.clone()))
    } else {
        return;
    };
    let list = |raw: &Raw| list_of(raw.get(PRICING));
    if list(agreed) == list(chosen) || agreed.get(PRICING).is_none() {
        return;
    }
    let Some(value) = chosen.get(PRICING).cloned() else { return };
    let now = bench.raw(&target).unwrap_or_default();
    for (key, was) in &agreed.registers {
        let basis =
            matches!(key::parse(arrival.kind, key), Key::Child { collection, field: "basis", .. } if collection.name == "lines");
        let moved = basis && now.get(key).is_some_and(|stands| stands != was && same_goods(was, stands));
        if key == PRICING || moved {
            bench.put(&target, key, was.clone(), None, "INV-53 prices kept");
        }
    }
    bench.alternative(&target, PRICING, &value, stamp.as_ref(), RULE);
    let author = stamp.as_ref().map_or(bench.case.author, |stamp| stamp.user);
    let message = format!(
        "{} locked the prices of {} while {} chose another price list. The prices stay; the list is kept beside it.",
        bench.name(lock.by),
        bench.title(&target),
        bench.name(author),
    );
    let ruling = Ruling {
        field: Some(PRICING.to_owned()),
        kept: agreed.get(PRICING).map(Scalar::to_json).unwrap_or_default(),
        lost: value.to_json(),
        winner: lock.id.to_string(),
        loser: stamp.map(|stamp| stamp.change).unwrap_or_default(),
        ..Ruling::of(RULE, target, author, message)
    };
    bench.decide(ruling);
}

/// The list a header names.
fn list_of(pricing: Option<&Scalar>) -> Option<String> {
    let pricing = pricing?.to_json();
    body::text(pricing.as_object()?, "price_list").map(str::to_owned)
}

/// Whether two price bases are about one product in one unit.
fn same_goods(was: &Scalar, now: &Scalar) -> bool {
    let (was, now) = (was.to_json(), now.to_json());
    ["product", "unit"].iter().all(|part| was.get(part) == now.get(part))
}
