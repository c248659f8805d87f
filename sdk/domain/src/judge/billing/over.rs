//! INV-54: no more is billed of an order than was ordered and is still wanted.

use super::super::Arrival;
use super::super::bench::{Bench, Ruling};
use super::super::collide::shown;
use super::super::hold::{self, Wait};
use super::rivals::finance;
use crate::body::{self, Body};
use crate::ids::{RecordId, RecordRef};
use crate::money;
use crate::pricing::remaining;
use crate::raw::{Action, Outcome};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

const RULE: &str = "INV-54";

/// An invoice that would exceed its order.
pub(super) struct Exceeding {
    pub(super) order: RecordRef,
    /// What is left of each line it bills too much of.
    pub(super) left: BTreeMap<RecordId, Decimal>,
    /// Whether other invoices are out.
    others: bool,
}

/// What an invoice bills too much of, beside those that were issued.
pub(super) fn exceeding(bench: &Bench<'_>, id: RecordId, invoice: &Body) -> Option<Exceeding> {
    let order = RecordRef::new("order", body::id(invoice, "order")?);
    let held = body::shown(&order, bench)?;
    let issued = remaining::issued(order.id, id, bench);
    let left = issued.exceeded(&remaining::wanted(invoice), &remaining::progress_of(&held));
    let others = !issued.lines.is_empty();
    (!left.is_empty()).then_some(Exceeding { order, left, others })
}

/// Holds an invoice somebody made without seeing that another one, which is out, leaves less to bill.
pub(in crate::judge) fn creation(bench: &mut Bench<'_>, arrival: &Arrival) {
    if arrival.kind.name != "invoice" || arrival.before.exists() {
        return;
    }
    let target = arrival.target();
    let Some(invoice) = body::shown(&target, bench) else { return };
    overrule_cancel(bench, arrival, &invoice);
    let Some(over) = exceeding(bench, arrival.id, &invoice).filter(|over| over.others) else { return };
    let author = arrival.stamp.user;
    let message = format!(
        "{} billed more of {} than is left: {}. The invoice is kept as it is, and waits; billing the order again bills what is \
         left.",
        bench.name(author),
        bench.title(&over.order),
        remain(&over.left),
    );
    let told = bench.owners(&over.order);
    match creator(bench, &over.order, arrival.id) {
        Some(create) => {
            let wait = Wait { rule: RULE, target: &over.order, action: &create, against: None, told, message, salvage: "again" };
            hold::hold_beside(bench, wait, prefilled(&over.left));
        }
        None => {
            let parts = hold::put_case_aside(bench, bench.case, RULE);
            let ruling = Ruling {
                outcome: Outcome::Held,
                kept: prefilled(&over.left),
                loser: arrival.stamp.change.clone(),
                told: told.into_iter().chain([author]).collect(),
                salvage: "again",
                ..Ruling::of(RULE, target, author, message)
            };
            hold::ask(bench, ruling, parts);
        }
    }
}

/// INV-52: an order that was canceled while somebody billed it is not canceled, whatever way the invoice was made.
fn overrule_cancel(bench: &mut Bench<'_>, arrival: &Arrival, invoice: &Body) {
    let Some(order) = body::id(invoice, "order").map(|id| RecordRef::new("order", id)) else { return };
    if remaining::wanted(invoice).is_empty() {
        return;
    }
    if let Some(cancel) = super::moved(bench, &order, "cancel").pop() {
        let fact = creator(bench, &order, arrival.id);
        super::rivals::not_canceled(bench, &order, &cancel, fact.as_ref());
    }
}

/// The action of the case that made an invoice of an order.
fn creator(bench: &Bench<'_>, order: &RecordRef, invoice: RecordId) -> Option<Action> {
    let part = bench.case.arrivals.iter().find(|part| part.target() == *order)?;
    let made = part.new_actions().into_iter().find(|id| id.derived("invoice") == invoice)?;
    part.after.action(made)
}

/// A draft is not issued while the others that are out leave less than it bills; those whose work it is are told once.
pub(super) fn issue(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) {
    let target = arrival.target();
    let Some(invoice) = body::shown(&target, bench) else { return };
    let Some(over) = exceeding(bench, arrival.id, &invoice) else { return };
    bench.verdict(&target, action.id, RULE, Outcome::Held, false);
    let drafted = bench.world.credit(&target, "order").map(|stamp| stamp.user);
    let mut told: Vec<RecordId> = drafted.filter(|user| !user.0.is_nil()).into_iter().chain(bench.owners(&target)).collect();
    told.extend(bench.owners(&over.order));
    told.extend(finance(bench, action.by));
    told.push(action.by);
    let message = format!(
        "{} cannot be issued: it bills more of {} than is left: {}. Lower its quantities, or cancel one of the invoices.",
        bench.title(&target),
        bench.title(&over.order),
        remain(&over.left),
    );
    let once = Uuid::new_v5(&target.id.0, format!("{RULE}/{}", prefilled(&over.left)).as_bytes());
    let ruling = Ruling {
        outcome: Outcome::Held,
        kept: prefilled(&over.left),
        lost: shown(action),
        loser: arrival.stamp.change.clone(),
        told,
        ..Ruling::of(RULE, target, action.by, message)
    };
    bench.decide_as(once, ruling);
}

/// Holds a payment of a canceled invoice, if what that billed is on others by now; says whether it did. Both cannot count, and
/// the customer pays once (INV-58).
pub(super) fn billed_anew(bench: &mut Bench<'_>, target: &RecordRef, payment: &Action, cancel: &Action) -> bool {
    let invoice = body::shown(target, bench);
    let Some(over) = invoice.and_then(|invoice| exceeding(bench, target.id, &invoice)) else { return false };
    let message = format!(
        "{} recorded a payment of {}, which {} had canceled; what it billed of {} was billed anew: {}. The payment waits: count \
         it on the other invoice, or cancel that one and bill this.",
        bench.name(payment.by),
        bench.title(target),
        bench.name(cancel.by),
        bench.title(&over.order),
        remain(&over.left),
    );
    let mut told = bench.owners(&over.order);
    told.push(cancel.by);
    let wait = Wait { rule: RULE, target, action: payment, against: Some(cancel), told, message, salvage: "" };
    hold::hold_beside(bench, wait, prefilled(&over.left));
    true
}

/// What is left of each line, for an app to fill in.
fn prefilled(left: &BTreeMap<RecordId, Decimal>) -> Value {
    let lines: Map<String, Value> =
        left.iter().map(|(line, left)| (line.to_string(), Value::from(money::spell(*left)))).collect();
    json!({ "remaining": lines })
}

/// The same in words.
pub(super) fn remain(left: &BTreeMap<RecordId, Decimal>) -> String {
    let spelled: Vec<String> = left.values().map(|left| money::spell(*left)).collect();
    format!("{} remain", spelled.join(" and "))
}
