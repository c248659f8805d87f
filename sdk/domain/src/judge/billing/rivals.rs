//! Of two things done to one order or invoice unseen by each other, the one that happened outside stands: goods that left, an
//! invoice that is out, money that came (INV-52, INV-57, INV-58, INV-59); and agreed prices (INV-53).

use super::super::Arrival;
use super::super::bench::{Bench, Ruling};
use super::super::collide::{rivals, shown, without_from};
use super::super::hold::{self, Wait};
use super::{over, stands};
use crate::body;
use crate::field::decimal;
use crate::ids::RecordRef;
use crate::key::{self, Key};
use crate::money;
use crate::permission::Who;
use crate::pricing::remaining;
use crate::raw::{Action, Outcome, Scalar, Verdict};
use crate::view;
use serde_json::{Map, Value, json};

/// Judges an action of an order or an invoice against those its author did not see.
pub(in crate::judge) fn judge(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) {
    match arrival.kind.name {
        "order" => order(bench, arrival, action),
        "invoice" => invoice(bench, arrival, action),
        _ => {}
    }
}

fn order(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) {
    let target = arrival.target();
    for rival in rivals(bench, arrival) {
        for (stronger, weaker) in [(action, &rival), (&rival, action)] {
            if !stands(bench, &target, stronger.id) || !stands(bench, &target, weaker.id) {
                continue;
            }
            match (stronger.action.as_str(), weaker.action.as_str()) {
                ("ship" | "fulfil" | "create_invoice", "cancel") | ("fulfil", "cancel_remaining") => {
                    not_canceled(bench, &target, weaker, Some(stronger));
                }
                ("ship", "fulfil") => all_went(bench, arrival, weaker),
                ("lock_pricing", "recalculate") => keep_prices(bench, arrival, weaker),
                _ => {}
            }
        }
    }
    if action.action.starts_with("cancel") && stands(bench, &target, action.id) && is_billed(bench, arrival, action) {
        not_canceled(bench, &target, action, None);
    }
}

/// Whether invoices its author did not know of bill what they cancel; of a part, only those that are out.
fn is_billed(bench: &Bench<'_>, arrival: &Arrival, cancel: &Action) -> bool {
    let invoices = body::referring("invoice", "order", &arrival.id.to_string(), bench);
    if cancel.action == "cancel" {
        return invoices.iter().any(|(_, invoice)| body::state(invoice) != "canceled");
    }
    let Some(order) = body::shown(&arrival.target(), bench) else { return false };
    let issued: Vec<_> =
        invoices.into_iter().map(|(_, invoice)| invoice).filter(|invoice| remaining::is_issued(invoice)).collect();
    let progress = remaining::progress_of(&order);
    let billed = remaining::billed(&issued);
    billed.lines.iter().any(|(line, billed)| progress.get(line).is_some_and(|went| billed.quantity > went.billable()))
}

/// INV-51: who sent the rest sent what was left where they stood, whatever others had sent unseen.
fn all_went(bench: &mut Bench<'_>, arrival: &Arrival, fulfil: &Action) {
    let target = arrival.target();
    if bench.raw(&target).is_some_and(|raw| raw.verdict(fulfil.id).is_some()) {
        return;
    }
    let own = arrival.new_actions().contains(&fulfil.id);
    let stood = without_from(if own { &arrival.meant } else { &arrival.before }, fulfil);
    let body = view::of(arrival.kind, arrival.id, &stood).body;
    let left = remaining::progress_of(&body).into_iter();
    let went: Map<String, Value> =
        left.map(|(line, went)| (line.to_string(), Value::from(money::spell(went.backordered())))).collect();
    let args = [(remaining::WENT.to_owned(), Value::Object(went))].into_iter().collect();
    let (rule, version) = ("INV-51".to_owned(), crate::invariant::version("INV-51"));
    bench.put_verdict(&target, fulfil.id, &Verdict { outcome: Outcome::Accepted, rule, version, args, at: None, merged: false });
}

/// INV-52: the cancellation stays a proposal to cancel what is left.
pub(super) fn not_canceled(bench: &mut Bench<'_>, target: &RecordRef, cancel: &Action, fact: Option<&Action>) {
    const RULE: &str = "INV-52";
    bench.verdict(target, cancel.id, RULE, Outcome::Rejected, false);
    let order = body::shown(target, bench).unwrap_or_default();
    let left = remaining::progress_of(&order).into_iter().filter(|(_, went)| !went.backordered().is_zero());
    let left: Map<String, Value> =
        left.map(|(line, went)| (line.to_string(), Value::from(money::spell(went.backordered())))).collect();
    let what = match fact.map(|fact| (fact.action.as_str(), bench.name(fact.by))) {
        Some(("create_invoice", who)) => format!("{who} had billed it"),
        Some((_, who)) => format!("{who} had shipped it, or a part of it"),
        None => "it was billed".to_owned(),
    };
    let message = format!(
        "{} canceled {}, but {what}. What left the house is not canceled; you can cancel what is left of it.",
        bench.name(cancel.by),
        bench.title(target),
    );
    bench.decide(Ruling {
        rule: RULE,
        outcome: Outcome::Rejected,
        target: target.clone(),
        field: None,
        action: Some(cancel.id),
        kept: json!({ "stands": fact.map(shown), "cancel_remaining": left }),
        lost: shown(cancel),
        winner: fact.map(|fact| fact.id.to_string()).unwrap_or_default(),
        loser: cancel.id.to_string(),
        author: cancel.by,
        told: vec![cancel.by],
        message,
        salvage: "cancel_remaining",
    });
}

/// INV-53: prices stay as they were when somebody locked them; silently, as nobody typed the others.
fn keep_prices(bench: &mut Bench<'_>, arrival: &Arrival, recalculation: &Action) {
    const RULE: &str = "INV-53";
    let target = arrival.target();
    let recalculated_here = arrival.new_actions().contains(&recalculation.id);
    let agreed = if recalculated_here { &arrival.before } else { &arrival.seen };
    let now = bench.raw(&target).unwrap_or_default();
    for (key, was) in &agreed.registers {
        let basis =
            matches!(key::parse(arrival.kind, key), Key::Child { collection, field: "basis", .. } if collection.name == "lines");
        let Some(stands) = now.get(key).filter(|stands| basis && *stands != was) else { continue };
        if same_goods(was, stands) {
            bench.put(&target, key, was.clone(), None, "INV-53 prices kept");
        }
    }
    bench.verdict(&target, recalculation.id, RULE, Outcome::Adjusted, true);
    if recalculation.by == bench.case.author {
        bench.worsen(Outcome::Adjusted);
    }
}

/// Whether two price bases are about one product in one unit on one list, so that only time lies between them.
fn same_goods(was: &Scalar, now: &Scalar) -> bool {
    let (was, now) = (was.to_json(), now.to_json());
    ["product", "unit", "price_list"].iter().all(|part| was.get(part) == now.get(part))
}

fn invoice(bench: &mut Bench<'_>, arrival: &Arrival, action: &Action) {
    let target = arrival.target();
    if action.action == "issue" {
        over::issue(bench, arrival, action);
    }
    let rivals = rivals(bench, arrival);
    let twice = |rival: &&Action| action.action == "record_payment" && same_payment(action, rival);
    if let Some(first) = rivals.iter().find(twice) {
        return ask_whether_twice(bench, &target, action, first);
    }
    for rival in &rivals {
        for (stronger, weaker) in [(action, rival), (rival, action)] {
            if !stands(bench, &target, stronger.id) || !stands(bench, &target, weaker.id) {
                continue;
            }
            match (stronger.action.as_str(), weaker.action.as_str()) {
                ("record_payment", "cancel") => ask_for_credit_note(bench, &target, stronger, weaker),
                ("issue", "cancel") => stays_issued(bench, &target, stronger, weaker),
                _ => {}
            }
        }
    }
}

/// One payment, written down by two people: the same money on the same day under the same name.
fn same_payment(one: &Action, other: &Action) -> bool {
    let figure = |action: &Action| decimal(action.args.get("amount"));
    let same = |arg: &str| one.args.get(arg) == other.args.get(arg);
    other.action == "record_payment" && figure(one) == figure(other) && same("paid_on") && same("reference")
}

/// INV-57: money counts once; whether it came twice is for somebody to say.
fn ask_whether_twice(bench: &mut Bench<'_>, target: &RecordRef, second: &Action, first: &Action) {
    let amount = second.args.get("amount").and_then(Value::as_str).unwrap_or("");
    let message = format!(
        "{} and {} both recorded {amount} for {}, on the same day and with the same reference. It counts once until a manager \
         says whether it came twice.",
        bench.name(first.by),
        bench.name(second.by),
        bench.title(target),
    );
    let wait = Wait { rule: "INV-57", target, action: second, against: None, told: Vec::new(), message, salvage: "" };
    hold::hold_beside(bench, wait, shown(first));
}

/// INV-58: the customer paid, so that canceling it means to pay back.
fn ask_for_credit_note(bench: &mut Bench<'_>, target: &RecordRef, payment: &Action, cancel: &Action) {
    if over::billed_anew(bench, target, payment, cancel) {
        return;
    }
    let message = format!(
        "{} canceled {} while {} recorded a payment of it. The payment stands; somebody decides whether a credit note is due.",
        bench.name(cancel.by),
        bench.title(target),
        bench.name(payment.by),
    );
    let told = vec![payment.by];
    hold::hold(bench, Wait { rule: "INV-58", target, action: cancel, against: Some(payment), told, message, salvage: "" });
}

/// INV-59: a draft was canceled that had been issued meanwhile.
fn stays_issued(bench: &mut Bench<'_>, target: &RecordRef, issue: &Action, cancel: &Action) {
    const RULE: &str = "INV-59";
    bench.verdict(target, cancel.id, RULE, Outcome::Rejected, false);
    let message = format!(
        "{} canceled the draft {}, but {} had issued it. An issued invoice is canceled at the office.",
        bench.name(cancel.by),
        bench.title(target),
        bench.name(issue.by),
    );
    bench.decide(Ruling {
        rule: RULE,
        outcome: Outcome::Rejected,
        target: target.clone(),
        field: None,
        action: Some(cancel.id),
        kept: shown(issue),
        lost: shown(cancel),
        winner: issue.id.to_string(),
        loser: cancel.id.to_string(),
        author: cancel.by,
        told: vec![cancel.by],
        message,
        salvage: "reissue",
    });
}

/// Who keeps the books: the managers above somebody.
pub(super) fn finance(bench: &Bench<'_>, author: crate::ids::RecordId) -> Vec<crate::ids::RecordId> {
    hold::asked(bench.world, author, Who::Finance)
}
