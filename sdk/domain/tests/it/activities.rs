//! Activities: what may be kept, how they close, when a series takes place, what timelines are made of.

use crate::book::{Body, Book};
use chrono::NaiveDate;
use fieldbook_domain::action::check_register;
use fieldbook_domain::field::Kind;
use fieldbook_domain::fold;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Scalar;
use fieldbook_domain::record::activity::{Recurrence, RecurringAppointment, SeriesException};
use fieldbook_domain::record::{RecordType, find};
use fieldbook_domain::recurrence::expand;
use fieldbook_domain::refusal::Refusal;
use fieldbook_domain::time;
use fieldbook_domain::timeline::{self, CLOSINGS, ENTRIES, Link, ROLLUPS, SUBSIDIARIES};
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW_MS: i64 = 1_772_442_000_000;

fn id(n: u128) -> RecordId {
    RecordId(uuid::Uuid::from_u128(n))
}

/// A rep's phone that morning, where a record goes by its reference.
struct Held(Book);

impl Held {
    fn new() -> Held {
        let mut book = Book::of(Role::Rep);
        book.now_ms = NOW_MS;
        Held(book)
    }

    fn create(&mut self, kind: &str, fields: Value) -> RecordRef {
        let id = self.0.id();
        RecordRef::new(kind, self.0.try_create_as(kind, id, fields).unwrap())
    }

    fn act(&mut self, target: &RecordRef, verb: &str, args: Value) -> Result<(), Refusal> {
        self.0.try_act(&target.kind, target.id, verb, args).map(drop)
    }

    fn body(&self, target: &RecordRef) -> Body {
        self.0.get(&target.kind, target.id)
    }
}

fn refused(kind: &str, fields: Value) -> String {
    Held::new().0.try_create(kind, "new", fields).unwrap_err().code
}

#[test]
fn an_appointment_that_ends_before_it_starts_is_refused_on_the_phone_and_at_the_door() {
    let backwards = json!({"start": "2026-03-02T14:00:00Z", "end": "2026-03-02T10:30:00Z"});

    assert_eq!(refused("appointment", json!({"subject": "Visit", "when": backwards})), "INV-69");
    assert_eq!(refused("appointment", json!({"subject": "Visit", "when": {"start": "2026-03-02T14:00:00Z"}})), "field.required");

    let kind = find("appointment").unwrap();
    let register = |start: &str, end: &str| {
        let value = json!({"end": format!("2026-03-02T{end}:00.000Z"), "start": format!("2026-03-02T{start}:00.000Z")});
        check_register(kind, "when", &Scalar::from_json(&value)).map_err(|refusal| refusal.code)
    };
    assert_eq!(register("14:00", "10:30"), Err("INV-69".to_owned()));
    assert_eq!(register("14:00", "14:00"), Ok(()));
}

#[test]
fn a_series_that_ends_before_it_begins_is_refused() {
    let recurrence = json!({"pattern": "daily", "starts_on": "2026-03-02", "ends_on": "2026-03-01",
        "minute_of_day": 540, "duration_minutes": 30});

    assert_eq!(refused("recurring_appointment", json!({"subject": "Stand-up", "recurrence": recurrence})), "recurrence.range");
}

#[test]
fn the_direction_of_a_call_decides_how_it_was_completed() {
    let mut held = Held::new();
    let outgoing = held.create("phone_call", json!({"subject": "Ask", "direction": "outgoing"}));
    let incoming = held.create("phone_call", json!({"subject": "Answer", "direction": "incoming"}));
    let unknown = held.create("phone_call", json!({"subject": "Talk"}));

    held.act(&outgoing, "complete", json!({})).unwrap();
    held.act(&incoming, "complete", json!({})).unwrap();

    assert_eq!(held.body(&outgoing)["status_reason"], "made");
    assert_eq!(held.body(&incoming)["status_reason"], "received");
    assert_eq!(held.body(&outgoing)["actual_end"], "2026-03-02T09:00:00.000Z");
    assert_eq!(held.act(&unknown, "complete", json!({})).unwrap_err().code, "phone_call.complete.reason");
    held.act(&unknown, "complete", json!({"reason": "received"})).unwrap();
    let other = held.create("phone_call", json!({"subject": "Ask", "direction": "outgoing"}));
    assert_eq!(held.act(&other, "complete", json!({"reason": "received"})).unwrap_err().code, "phone_call.complete.reason");
}

#[test]
fn closing_notes_the_accounts_of_the_contacts_at_that_moment() {
    let mut held = Held::new();
    let acme = held.create("account", json!({"name": "Acme"}));
    let globex = held.create("account", json!({"name": "Globex"}));
    let eva = held.create("contact", json!({"last_name": "Berg", "account": acme.id.to_string()}));
    let jon = held.create("contact", json!({"last_name": "Dahl", "account": globex.id.to_string()}));
    let parties = json!([{"id": id(31), "party": jon.to_string(), "part": "to"}]);
    let call = held.create(
        "phone_call",
        json!({ "subject": "Ask", "direction": "outgoing", "regarding": eva.to_string(), "parties": parties }),
    );

    held.act(&call, "complete", json!({})).unwrap();
    held.0.set("contact", eva.id, json!({"account": globex.id}));
    held.0.set("contact", jon.id, json!({"account": acme.id}));

    assert_eq!(held.body(&call)["rolled_up_to"], acme.id.to_string());
    assert_eq!(held.body(&call)["parties"][0]["account"], globex.id.to_string());
}

#[test]
fn rescheduling_edits_the_time_and_keeps_what_was_not_said() {
    let mut held = Held::new();
    let when = json!({"start": "2026-03-03T09:00:00Z", "end": "2026-03-03T10:00:00Z", "all_day": false});
    let visit = held.create("appointment", json!({"subject": "Visit", "when": when}));
    held.act(&visit, "schedule", json!({"show_as": "out_of_office"})).unwrap();

    assert_eq!(
        held.act(&visit, "reschedule", json!({"start": "2026-03-04T09:00:00Z"})).unwrap_err().code,
        "appointment.reschedule.end"
    );
    let backwards = json!({"start": "2026-03-04T09:00:00Z", "end": "2026-03-04T08:00:00Z"});
    assert_eq!(held.act(&visit, "reschedule", backwards).unwrap_err().code, "INV-69");
    held.act(&visit, "reschedule", json!({"start": "2026-03-04T09:00:00Z", "end": "2026-03-04T10:00:00Z"})).unwrap();

    let body = held.body(&visit);
    assert_eq!(body["when"], json!({"start": "2026-03-04T09:00:00.000Z", "end": "2026-03-04T10:00:00.000Z", "all_day": false}));
    assert_eq!((&body["state"], &body["status_reason"]), (&json!("scheduled"), &json!("out_of_office")));
}

#[test]
fn an_email_is_queued_for_somebody_and_can_be_withdrawn() {
    let mut held = Held::new();
    let draft = held.create("email", json!({"subject": "Offer"}));
    assert_eq!(held.act(&draft, "send", json!({})).unwrap_err().code, "email.send.recipient");
    let parties = json!([{"id": id(51), "part": "to", "address": "eva@acme.example"}]);
    let offer = held.create("email", json!({"subject": "Offer", "parties": parties}));

    held.act(&offer, "send", json!({})).unwrap();
    assert_eq!(held.body(&offer)["status_reason"], "pending_send");
    assert_eq!(held.act(&offer, "send", json!({})).unwrap_err().code, "email.send.state");
    held.act(&offer, "cancel", json!({})).unwrap();

    assert_eq!(held.body(&offer)["state"], "canceled");
}

fn day(text: &str) -> NaiveDate {
    time::parse_date(text).unwrap()
}

fn series(pattern: &str, starts_on: &str) -> RecurringAppointment {
    let mut series = RecurringAppointment::new(id(60));
    let recurrence: Recurrence = serde_json::from_value(json!({
        "pattern": pattern, "starts_on": starts_on, "minute_of_day": 9 * 60, "duration_minutes": 30 }))
    .unwrap();
    series.recurrence = Some(recurrence);
    series
}

fn days(series: &RecurringAppointment, from: &str, to: &str) -> Vec<String> {
    let slots = expand(series, time::parse(from).unwrap(), time::parse(to).unwrap());
    slots.iter().map(|slot| slot.day.to_string()).collect()
}

#[test]
fn a_series_takes_place_by_days_weeks_months_and_years() {
    let mut daily = series("daily", "2026-03-02");
    daily.recurrence.as_mut().unwrap().interval = Some(3);
    let mut weekly = series("weekly", "2026-03-04");
    let rule = weekly.recurrence.as_mut().unwrap();
    (rule.interval, rule.monday, rule.wednesday) = (Some(2), Some(true), Some(true));

    assert_eq!(days(&daily, "2026-03-01", "2026-03-10"), ["2026-03-02", "2026-03-05", "2026-03-08"]);
    assert_eq!(days(&weekly, "2026-03-01", "2026-04-01"), ["2026-03-04", "2026-03-16", "2026-03-18", "2026-03-30"]);
    assert_eq!(
        days(&series("monthly", "2026-01-31"), "2026-01-01", "2026-05-01"),
        ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    );
    assert_eq!(days(&series("yearly", "2024-02-29"), "2024-01-01", "2029-01-01").last().unwrap(), "2028-02-29");
    assert_eq!(days(&series("hourly", "2026-03-02"), "2026-03-01", "2026-03-10"), Vec::<String>::new());
}

#[test]
fn a_series_ends_and_leaves_out_its_exceptions() {
    let mut counted = series("daily", "2026-03-02");
    counted.recurrence.as_mut().unwrap().count = Some(4);
    let exception = |n, slot: &str| SeriesException { id: id(n), slot: Some(day(slot)), deleted: None, appointment: None };
    counted.exceptions.push(SeriesException { deleted: Some(true), ..exception(61, "2026-03-03") });
    counted.exceptions.push(SeriesException { appointment: Some(id(62)), ..exception(63, "2026-03-04") });
    counted.exceptions.push(exception(64, "2026-03-05"));
    let mut dated = series("daily", "2026-03-02");
    dated.recurrence.as_mut().unwrap().ends_on = Some(day("2026-03-03"));

    assert_eq!(days(&counted, "2026-03-01", "2027-01-01"), ["2026-03-02", "2026-03-05"]);
    assert_eq!(days(&dated, "2026-03-01", "2027-01-01"), ["2026-03-02", "2026-03-03"]);
    assert_eq!(days(&dated, "2026-03-02T09:15:00Z", "2026-03-02T09:20:00Z"), ["2026-03-02"], "it is under way");
    assert_eq!(days(&dated, "2026-03-02T09:30:00Z", "2026-03-03T09:00:00Z"), Vec::<String>::new());
}

proptest! {
    #[test]
    fn a_window_cut_in_two_shows_the_same_slots(
        pattern in prop::sample::select(vec!["daily", "weekly", "monthly", "yearly"]),
        interval in 1_i64..5, from in 0_i64..400, length in 0_i64..400, cut in 0_i64..400, count in prop::option::of(1_i64..40),
    ) {
        let mut series = series(pattern, "2026-01-31");
        let recurrence = series.recurrence.as_mut().unwrap();
        (recurrence.interval, recurrence.count) = (Some(interval), count);
        let at = |days: i64| time::from_ms(NOW_MS + days * 86_400_000);
        let (from, cut, to) = (at(from), at(from + cut.min(length)), at(from + length));

        let whole = expand(&series, from, to);
        let mut parts = expand(&series, from, cut);
        parts.extend(expand(&series, cut, to));
        parts.dedup();

        prop_assert!(whole.is_sorted());
        prop_assert_eq!(whole, parts);
    }
}

fn has_place(kind: &RecordType, place: &str) -> bool {
    let (field, part) = place.split_once('.').map_or((place, None), |(field, part)| (field, Some(part)));
    kind.field(field).is_some_and(|field| match (field.kind, part) {
        (Kind::Compound(parts), Some(part)) => parts.iter().any(|declared| declared.name == part),
        (_, part) => part.is_none(),
    })
}

#[test]
fn the_tables_of_timelines_name_what_is_declared() {
    for entry in ENTRIES {
        let kind = find(entry.kind).unwrap();
        let places = [entry.ended, entry.planned, entry.due];
        assert!(places.into_iter().flatten().all(|place| has_place(kind, place)), "{}", kind.name);
        assert!(kind.field("regarding").unwrap().indexed, "{}", kind.name);
        assert_eq!(kind.field("rolled_up_to").is_some_and(|field| field.indexed), entry.activity, "{}", kind.name);
    }
    for row in ROLLUPS {
        let (of, from) = (find(row.of).unwrap(), find(row.from));
        let linked = match row.link {
            Link::Names(field) => from.is_none_or(|from| from.field(field).is_some_and(|field| field.indexed)),
            Link::Named(field) => of.field(field).is_some(),
        };
        assert!(linked, "{} of {}", row.from, row.of);
    }
    for (kind, states) in CLOSINGS {
        let Some(kind) = find(kind) else { continue };
        assert!(states.iter().all(|state| kind.lifecycle.state(state).is_some()), "{}", kind.name);
    }
    assert!(SUBSIDIARIES.iter().all(|(kind, field)| find(kind).unwrap().field(field).unwrap().indexed));
}

#[test]
fn a_closing_and_a_reopening_are_told_apart() {
    let mut held = Held::new();
    let acme = held.create("account", json!({"name": "Acme"}));
    let sale = held.create("opportunity", json!({"topic": "Line", "customer": acme.to_string()}));
    held.act(&sale, "lose", json!({"reason": "canceled"})).unwrap();
    held.act(&sale, "reopen", json!({})).unwrap();

    let kind = find("opportunity").unwrap();
    let posts = timeline::posts(kind, &fold::of(kind, held.0.raw_of("opportunity", sale.id)));

    let told: Vec<_> = posts.iter().map(|post| (post.verb.as_str(), post.reason.as_str(), post.closing)).collect();
    assert_eq!(told, [("lose", "canceled", true), ("reopen", "in_progress", false)]);
    assert_eq!(posts[0].args["actual_close_date"], "2026-03-02");
}

#[test]
fn an_entry_stands_where_it_ended_is_planned_or_was_changed() {
    let mut held = Held::new();
    let task = held.create("task", json!({"subject": "Ask", "due": "2026-03-01T10:00:00Z"}));
    let bare = held.create("task", json!({"subject": "Ask"}));
    let kind = find("task").unwrap();
    let entry = timeline::entry("task").unwrap();
    let now = "2026-03-02T09:00:00.000Z";

    assert_eq!(timeline::moment(entry, kind, &held.body(&task)), Some("2026-03-01T10:00:00.000Z"));
    assert_eq!(timeline::moment(entry, kind, &held.body(&bare)), Some(now));
    assert!(timeline::is_overdue(entry, kind, &held.body(&task), now));
    assert!(!timeline::is_overdue(entry, kind, &held.body(&bare), now));
    held.act(&task, "complete", json!({})).unwrap();
    assert_eq!(timeline::moment(entry, kind, &held.body(&task)), Some(now));
    assert!(!timeline::is_overdue(entry, kind, &held.body(&task), now));
}
