//! INV-35: what a customer received is honoured if the catalogue said so within the week before; INV-34: and nothing but that.

use super::super::bench::{Bench, Ruling};
use super::super::hold::{self, Held, Wait};
use super::super::{Arrival, Decision};
use super::{called, price};
use crate::body::{Body, children, has_left, id as reference, is_active, part, text};
use crate::ids::{RecordId, RecordRef};
use crate::key;
use crate::pricing::basis;
use crate::raw::{Action, Raw, Scalar};
use crate::record::price_list::PriceListItem;
use crate::time;
use crate::view;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const RULE: &str = "INV-35";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long an offer may rest on a catalogue that is no longer true (`domain.md` 3.7).
const GRACE_MS: i64 = 7 * DAY_MS;

/// Something about an offer that no longer holds.
struct Doubt {
    says: String,
    /// Since when, in milliseconds; `None` where no grace is given.
    since: Option<i64>,
}

/// Judges an activation by what the office knows.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) {
    let body = view::of(arrival.kind, arrival.id, &arrival.meant).body;
    let mut doubts: Vec<Doubt> = customer(bench, &body).into_iter().collect();
    doubts.extend(list(bench, &body, action));
    let claimed = if arrival.stamp.clock_off { bench.case.now_ms } else { arrival.stamp.at_ms };
    let window = || claimed.saturating_sub(GRACE_MS);
    let moved = |line: &Body| {
        let says = price::moved(bench, &body, line)?;
        let since = price::was_true(bench, &body, line, window()).then_some(claimed);
        Some(Doubt { says, since })
    };
    doubts.extend(children(&body, "lines").filter_map(|line| product(bench, &body, line).or_else(|| moved(line))));
    if doubts.is_empty() {
        return;
    }
    let within = |doubt: &Doubt| doubt.since.is_some_and(|since| claimed.saturating_sub(since) <= GRACE_MS);
    let says: BTreeSet<&str> = doubts.iter().map(|doubt| doubt.says.as_str()).collect();
    let says = says.into_iter().collect::<Vec<_>>().join("; ");
    let target = arrival.target();
    if doubts.iter().all(within) {
        return accepted(bench, &target, action, &says);
    }
    let message = format!(
        "{} sent {}, but {says}. The customer has it already: a manager decides whether it is honoured or corrected; until then \
         its activation waits.",
        bench.name(action.by),
        called(bench, &target),
    );
    let wait = Wait { rule: RULE, target: &target, action, against: None, told: Vec::new(), message, salvage: "revise" };
    hold::hold(bench, wait);
}

/// The customer must be there to honour anything.
fn customer(bench: &Bench<'_>, body: &Body) -> Option<Doubt> {
    let customer: RecordRef = text(body, "customer")?.parse().ok()?;
    bench.raw(&customer).filter(Raw::exists)?;
    let name = bench.title(&customer);
    match bench.view(&customer) {
        None => Some(Doubt { says: format!("{name} was deleted"), since: None }),
        Some(view) if !is_active(&view.body) => Some(Doubt { says: format!("{name} is no longer active"), since: None }),
        Some(_) => None,
    }
}

/// The price list was in use when the offer was made.
fn list(bench: &Bench<'_>, body: &Body, action: &Action) -> Option<Doubt> {
    if !children(body, "lines").any(priced_by_catalogue) {
        return None;
    }
    let list = RecordRef::new("price_list", part(body, "pricing", "price_list")?.parse().ok()?);
    let raw = bench.raw(&list).filter(Raw::exists)?;
    let name = bench.title(&list);
    let Some(view) = bench.view(&list).filter(|view| is_active(&view.body)) else {
        return Some(Doubt { says: format!("the price list {name} is out of use"), since: since(bench, &list) });
    };
    let day = time::date_of(action.at);
    if basis::holds_on(&view.body, "start_date", "end_date", day) {
        return None;
    }
    let end = text(&view.body, "end_date").and_then(time::parse).map(|end| end.timestamp_millis().saturating_add(DAY_MS));
    let changed = raw.modified_ms;
    // Either it ended, or somebody made it end.
    Some(Doubt { says: format!("the price list {name} does not hold on {day}"), since: end.max(changed) })
}

/// The product was on sale, in this list and unit.
fn product(bench: &Bench<'_>, body: &Body, line: &Body) -> Option<Doubt> {
    let product = RecordRef::new("product", reference(line, "product")?);
    bench.raw(&product).filter(Raw::exists)?;
    let name = bench.title(&product);
    if bench.view(&product).is_none_or(|view| has_left(&view.body)) {
        return Some(Doubt { says: format!("{name} is no longer on sale"), since: since(bench, &product) });
    }
    if !priced_by_catalogue(line) {
        return None;
    }
    let list: RecordId = part(body, "pricing", "price_list")?.parse().ok()?;
    let unit: RecordId = part(line, "quantity", "unit")?.parse().ok()?;
    let item = RecordRef::new("price_list_item", PriceListItem::id_of(list, product.id, unit));
    bench.raw(&item).filter(Raw::exists)?;
    let gone = !bench.view(&item).is_some_and(|view| is_active(&view.body));
    gone.then(|| Doubt { says: format!("{name} is no longer in the price list"), since: since(bench, &item) })
}

pub(super) fn priced_by_catalogue(line: &Body) -> bool {
    line.contains_key("product") && !line.contains_key("price_per_unit")
}

/// When a record came into its present state.
fn since(bench: &Bench<'_>, target: &RecordRef) -> Option<i64> {
    bench.folded(target)?.last_move().map(|last| last.at)
}

/// It stands, with a note to whoever sent it.
fn accepted(bench: &mut Bench<'_>, target: &RecordRef, action: &Action, says: &str) {
    let message = format!(
        "{} stands as {} sent it, although {says}: it was so less than a week before.",
        called(bench, target),
        bench.name(action.by),
    );
    let ruling =
        Ruling { action: Some(action.id), winner: action.id.to_string(), ..Ruling::of(RULE, target.clone(), action.by, message) };
    bench.tell_as(Uuid::new_v5(&action.id.0, RULE.as_bytes()), ruling);
}

/// An activation that waited takes effect: what the customer received stands, whatever became of the draft meanwhile.
pub(super) fn pin(bench: &mut Bench<'_>, decision: &Decision, held: &Held) {
    let Some(part) = held.parts.iter().find(|part| part.record == decision.record && !part.pinned.is_empty()) else { return };
    let target = &decision.record;
    let Some(kind) = crate::record::find(&target.kind) else { return };
    let raw = bench.raw(target).unwrap_or_default();
    let keys: BTreeSet<&String> = part.pinned.keys().chain(raw.registers.keys()).collect();
    let mut lost: BTreeMap<RecordId, Map<String, Value>> = BTreeMap::new();
    for key in keys {
        let pinned = part.pinned.get(key).cloned().unwrap_or(Scalar::Null);
        let stands = raw.registers.get(key).cloned().unwrap_or(Scalar::Null);
        let open = crate::action::freeze_of(kind, key) != crate::field::Freeze::Commercial;
        if open || super::is_number(key) || stands == pinned {
            continue;
        }
        let stamp = bench.world.credit(target, key);
        if let Some(author) = stamp.as_ref().map(|stamp| stamp.user).filter(|user| !user.0.is_nil()) {
            lost.entry(author).or_default().insert(key.clone(), stands.to_json());
        }
        bench.alternative(target, key, &stands, stamp.as_ref(), "INV-34");
        let removes_new = matches!(key::parse(kind, key), key::Key::Child { collection, id, .. }
            if !part.pinned.keys().any(|kept| kept.starts_with(&key::child(collection.name, id, ""))));
        bench.put(target, key, pinned, None, "INV-34 pinned");
        if removes_new && let key::Key::Child { collection, id, .. } = key::parse(kind, key) {
            bench.put(target, &key::child(collection.name, id, key::REMOVED), Scalar::Bool(true), None, "INV-34 pinned");
        }
    }
    for (author, lost) in lost {
        let message = format!(
            "{} is what the customer received; your changes to the draft are kept beside it, for a revision.",
            called(bench, target)
        );
        let ruling = Ruling {
            action: decision.action,
            lost: Value::Object(lost),
            winner: decision.loser.clone(),
            loser: author.to_string(),
            salvage: "revise",
            ..Ruling::of("INV-34", target.clone(), author, message)
        };
        bench.decide(ruling);
    }
}
