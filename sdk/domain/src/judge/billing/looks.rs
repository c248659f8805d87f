//! What nobody can put right by merging: more went out than was ordered (INV-51), more was paid than is due (INV-57), nothing is
//! left of what a sale was won for (INV-60). It is said once to who can see to it.

use super::super::Arrival;
use super::super::bench::{Bench, Ruling};
use super::rivals::finance;
use crate::body::{self, Body, children, text};
use crate::constraint;
use crate::ids::{RecordId, RecordRef};
use crate::record;
use serde_json::Value;
use uuid::Uuid;

/// Looks at what the part leads to.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    if arrival.new_actions().is_empty() {
        return;
    }
    let target = arrival.target();
    let Some(body) = body::shown(&target, bench) else { return };
    match arrival.kind.name {
        "order" => {
            overshipped(bench, arrival, &target, &body);
            if let Some(sale) = body::id(&body, "opportunity") {
                without_order(bench, arrival, &RecordRef::new("opportunity", sale));
            }
        }
        "opportunity" => without_order(bench, arrival, &target),
        "invoice" => overpaid(bench, arrival, &target, &body),
        _ => {}
    }
}

fn overshipped(bench: &mut Bench<'_>, arrival: &Arrival, target: &RecordRef, order: &Body) {
    for line in children(order, "lines") {
        let (Some(id), Some(over)) = (body::id(line, "id"), text(line, "quantity_overshipped")) else { continue };
        let went = text(line, "quantity_shipped").unwrap_or("");
        let message = format!(
            "{went} of a line of {} went out, {over} more than were ordered. Raise the order or have them back.",
            bench.title(target),
        );
        let told = bench.owners(target);
        let look = Look { rule: "INV-51", field: "lines", value: Value::from(over), told, message, salvage: "" };
        say(bench, arrival, target, &format!("{id}/{over}"), look);
    }
}

fn overpaid(bench: &mut Bench<'_>, arrival: &Arrival, target: &RecordRef, invoice: &Body) {
    let Some(over) = text(invoice, "amount_overpaid") else { return };
    let message = format!("{over} more than is due was paid of {}. Pay it back, or count it elsewhere.", bench.title(target));
    let told = finance(bench, arrival.stamp.user);
    let look = Look { rule: "INV-57", field: "amount_overpaid", value: Value::from(over), told, message, salvage: "" };
    say(bench, arrival, target, over, look);
}

/// Asks once for each order that is canceled last.
fn without_order(bench: &mut Bench<'_>, arrival: &Arrival, target: &RecordRef) {
    let Some(kind) = record::find(&target.kind) else { return };
    let Some(sale) = body::shown(target, bench) else { return };
    if !constraint::flags(kind, target.id, &sale, bench).iter().any(|flag| flag.rule == "INV-60") {
        return;
    }
    let mut told = bench.owners(target);
    let managers: Vec<RecordId> = told.iter().filter_map(|owner| bench.manager_of(*owner)).collect();
    told.extend(managers);
    let message = format!("{} is won, but its orders are all canceled. Reopen it, or say that it was lost.", bench.title(target));
    let orders = body::referring("order", "opportunity", &target.id.to_string(), bench);
    let orders: Vec<String> = orders.iter().map(|(order, _)| order.id.to_string()).collect();
    let look = Look { rule: "INV-60", field: "actual_value", value: Value::Null, told, message, salvage: "reopen" };
    say(bench, arrival, target, &orders.join("/"), look);
}

struct Look {
    rule: &'static str,
    field: &'static str,
    value: Value,
    told: Vec<RecordId>,
    message: String,
    salvage: &'static str,
}

fn say(bench: &mut Bench<'_>, arrival: &Arrival, target: &RecordRef, seed: &str, look: Look) {
    let once = Uuid::new_v5(&target.id.0, format!("{}/{seed}", look.rule).as_bytes());
    let ruling = Ruling {
        field: Some(look.field.to_owned()),
        kept: look.value,
        loser: arrival.stamp.change.clone(),
        told: look.told,
        salvage: look.salvage,
        ..Ruling::of(look.rule, target.clone(), arrival.stamp.user, look.message)
    };
    bench.tell_as(once, ruling);
}
