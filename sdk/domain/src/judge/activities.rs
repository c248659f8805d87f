//! INV-71, INV-73, INV-74: a series and its exceptions, one person in two places, one conversation that two wrote down.

use super::Arrival;
use super::bench::{Bench, Ruling};
use crate::body::{Body, Whole, text};
use crate::calendar;
use crate::ids::{RecordId, RecordRef};
use crate::key;
use crate::raw::{Raw, Scalar};
use crate::record;
use crate::record::activity::RecurringAppointment;
use crate::recurrence;
use crate::time;
use crate::view;
use serde_json::{Value, json};
use uuid::Uuid;

const MINUTE_MS: i64 = 60_000;
/// A conversation nobody gave a length.
const USUAL_MINUTES: i64 = 15;

/// Judges series and conversations.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    match arrival.kind.name {
        "recurring_appointment" => series(bench, arrival),
        "appointment" => same_time(bench, arrival),
        "phone_call" if !arrival.new_actions().is_empty() => same_call(bench, arrival),
        _ => {}
    }
}

/// The record as people see it, unless it is deleted.
fn shown(bench: &Bench<'_>, target: &RecordRef) -> Option<(Raw, Whole)> {
    let raw = bench.raw(target)?;
    let view = view::of(record::find(&target.kind)?, target.id, &raw);
    (!view.folded.deleted).then_some((raw, view.body))
}

/// INV-71: an appointment that took the place of an occurrence there is no more stands alone.
fn series(bench: &mut Bench<'_>, arrival: &Arrival) {
    let touched = |key: &str| key == "recurrence" || key.starts_with("exceptions/");
    if !arrival.before.exists() || !arrival.fields().any(|(key, _)| touched(key)) {
        return;
    }
    let target = arrival.target();
    let Some((_, body)) = shown(bench, &target) else { return };
    let Ok(series) = serde_json::from_value::<RecurringAppointment>(Value::Object(body.take())) else { return };
    let Some(recurrence) = &series.recurrence else { return };
    let gone = series.exceptions.iter().filter(|exception| {
        exception.appointment.is_some() && exception.slot.is_some_and(|slot| !recurrence::occurs(recurrence, slot))
    });
    for exception in gone.cloned().collect::<Vec<_>>() {
        let Some(appointment) = exception.appointment.map(|id| RecordRef::new("appointment", id)) else { continue };
        bench.put(&target, &key::child("exceptions", exception.id, key::REMOVED), Scalar::Bool(true), None, "INV-71");
        let mut told = bench.owners(&target);
        let series = bench.raw(&appointment).and_then(|raw| raw.get("series").cloned());
        if let Some(series) = series.filter(|series| *series == Scalar::Str(target.id.to_string())) {
            let credit = bench.typed_by(&appointment, "series");
            bench.put(&appointment, "series", Scalar::Null, None, "INV-71 stands alone");
            bench.alternative(&appointment, "series", &series, credit.as_ref(), "INV-71");
            told.extend(bench.owners(&appointment));
        }
        let slot = exception.slot.map(|slot| slot.to_string()).unwrap_or_default();
        let message = format!(
            "{} repeats on other days now, so the appointment that took the place of the one on {slot} stands alone.",
            bench.title(&target),
        );
        told.push(arrival.stamp.user);
        bench.decide(Ruling {
            field: Some(format!("exceptions/{}", exception.id)),
            kept: json!(appointment.to_string()),
            lost: serde_json::to_value(&exception).unwrap_or_default(),
            loser: arrival.stamp.change.clone(),
            told,
            salvage: "move",
            ..Ruling::of("INV-71", target.clone(), arrival.stamp.user, message)
        });
    }
}

/// When a call was had, from its start to its end.
fn span(body: &Body) -> Option<(i64, i64)> {
    let end = text(body, "actual_end").and_then(time::parse).map(|at| at.timestamp_millis())?;
    let minutes = body.get("duration_minutes").and_then(Value::as_i64).filter(|minutes| *minutes > 0).unwrap_or(USUAL_MINUTES);
    Some((end.saturating_sub(minutes.saturating_mul(MINUTE_MS)), end))
}

/// INV-74: two completed calls with the same person, in the same direction, at the same time.
fn same_call(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    let Some((raw, body)) = shown(bench, &target).filter(|(_, body)| text(body, "state") == Some("completed")) else { return };
    let Some(person) = text(&body, "regarding").and_then(|regarding| regarding.parse::<RecordRef>().ok()) else { return };
    let Some((from, to)) = span(&body) else { return };
    let calls = bench.world.referrers(&person).into_iter();
    for (other, _) in calls.filter(|(other, field)| other.kind == "phone_call" && field == "regarding" && *other != target) {
        let Some((other_raw, twin)) = shown(bench, &other) else { continue };
        let same = text(&twin, "state") == Some("completed") && twin.get("direction") == body.get("direction");
        let overlaps = span(&twin).is_some_and(|(start, end)| start < to && from < end);
        if !same || !overlaps {
            continue;
        }
        let mut told = vec![arrival.stamp.user];
        told.extend([&raw, &other_raw].into_iter().flat_map(completers));
        let message = format!(
            "{} and {} look like one conversation with {} that two people wrote down. Goals count both until one is deleted.",
            bench.title(&target),
            bench.title(&other),
            bench.title(&person),
        );
        let pair = Pair { rule: "INV-74", one: &target, other: &other, told, message, salvage: "delete" };
        point_out(bench, arrival, pair);
    }
}

fn completers(raw: &Raw) -> Vec<RecordId> {
    raw.actions().into_iter().filter(|action| action.action == "complete").map(|action| action.by).collect()
}

/// INV-73: somebody is to be in two places at once; both stay.
fn same_time(bench: &mut Bench<'_>, arrival: &Arrival) {
    let takes_time = |key: &str| ["when", "owner"].contains(&key) || key.starts_with("attendees/");
    if !arrival.fields().any(|(key, _)| takes_time(key)) {
        return;
    }
    let target = arrival.target();
    let planned = |(_, body): &(Raw, Whole)| ["open", "scheduled"].contains(&text(body, "state").unwrap_or(""));
    let Some((raw, _)) = shown(bench, &target).filter(planned) else { return };
    let Some((start, end)) = calendar::span(&raw) else { return };
    let mut others: Vec<RecordRef> = Vec::new();
    for page in calendar::pages(arrival.kind, &raw) {
        others.extend(bench.world.referrers(&page).into_iter().map(|(source, _)| source).filter(|source| *source != target));
    }
    others.sort();
    others.dedup();
    for other in others {
        let Some((other_raw, _)) = shown(bench, &other).filter(planned) else { continue };
        let overlaps = calendar::span(&other_raw).is_some_and(|(from, to)| from < end && start < to);
        let (mine, theirs) = (calendar::people(&raw), calendar::people(&other_raw));
        let Some(person) = mine.iter().find(|person| theirs.contains(person)).filter(|_| overlaps) else { continue };
        let told = mine.iter().chain(&theirs).filter(|person| person.kind == "user").map(|user| user.id);
        let told = told.chain([arrival.stamp.user]).collect();
        let message = format!(
            "{} is to be at {} and at {} at the same time.",
            bench.title(person),
            bench.title(&target),
            bench.title(&other),
        );
        let pair = Pair { rule: "INV-73", one: &target, other: &other, told, message, salvage: "move" };
        point_out(bench, arrival, pair);
    }
}

/// Two records that look as if one of them should be looked at.
struct Pair<'a> {
    rule: &'static str,
    one: &'a RecordRef,
    other: &'a RecordRef,
    told: Vec<RecordId>,
    message: String,
    salvage: &'static str,
}

/// Tells people of a pair, once.
fn point_out(bench: &mut Bench<'_>, arrival: &Arrival, pair: Pair<'_>) {
    let mut names = [pair.one.to_string(), pair.other.to_string()];
    names.sort();
    let ruling = Ruling {
        kept: json!(pair.other.to_string()),
        loser: arrival.stamp.change.clone(),
        told: pair.told,
        salvage: pair.salvage,
        ..Ruling::of(pair.rule, pair.one.clone(), arrival.stamp.user, pair.message)
    };
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{}/{}", pair.rule, names.join("/")).as_bytes());
    bench.tell_as(id, ruling);
}
