//! Activities: INV-69 to INV-74, and INV-68 for those with parties.

use super::{account, in_both_orders, in_both_orders_of, text};
use fieldbook_domain::ids::RecordId;
use serde_json::json;

#[test]
fn inv_69_an_appointment_moved_by_two_is_as_one_of_them_left_it() {
    let times =
        |start: &str, end: &str| json!({"start": format!("2026-03-04T{start}:00Z"), "end": format!("2026-03-04T{end}:00Z")});
    in_both_orders(
        |_, ada| ada.create("appointment", json!({"subject": "Visit Acme", "when": times("10:00", "11:00")})),
        |_, visit, ada, ben| {
            ada.set("appointment", *visit, json!({"when": times("14:00", "15:00")}));
            ben.clock.advance(60_000);
            ben.set("appointment", *visit, json!({"when": times("10:00", "10:30")}));
        },
        |_, visit, ada, ben| {
            let when = ada.field("appointment", *visit, "when");
            assert_eq!((&when["start"], &when["end"]), (&json!("2026-03-04T10:00:00.000Z"), &json!("2026-03-04T10:30:00.000Z")));
            assert_eq!(ada.told("INV-69")[0].lost["start"], "2026-03-04T14:00:00.000Z");
            assert_eq!(ben.told("INV-69").len(), 1, "both are told where they have to be");
        },
    );
}

#[test]
fn inv_70_a_call_counts_for_the_company_its_contact_had_when_it_closed() {
    in_both_orders(
        |_, ada| {
            let (acme, globex) = (account(ada, "Acme"), account(ada, "Globex"));
            let eva = ada.create("contact", json!({"last_name": "Berg", "account": acme}));
            let call = json!({"subject": "Ask Eva", "direction": "outgoing", "regarding": format!("contact:{eva}")});
            (acme, globex, eva, ada.create("phone_call", call))
        },
        |_, (_, globex, eva, call), ada, ben| {
            ada.act("phone_call", *call, "complete", json!({}));
            ben.set("contact", *eva, json!({"account": globex}));
        },
        |_, (acme, globex, eva, call), _, ben| {
            assert_eq!(ben.field("contact", *eva, "account"), text(&globex.to_string()));
            assert_eq!(ben.field("phone_call", *call, "rolled_up_to"), text(&acme.to_string()));
        },
    );
}

#[test]
fn inv_68_a_meeting_that_took_place_is_not_canceled_and_knows_for_whom_people_came() {
    in_both_orders(
        |_, ada| {
            let acme = account(ada, "Acme");
            let eva = ada.create("contact", json!({"last_name": "Berg", "account": acme}));
            let attendees = json!([{"id": eva.derived("attendee"), "party": format!("contact:{eva}"), "part": "required"}]);
            (acme, ada.create("appointment", json!({"subject": "Visit Acme", "attendees": attendees})))
        },
        |_, (_, visit), ada, ben| {
            ada.act("appointment", *visit, "complete", json!({}));
            ben.act("appointment", *visit, "cancel", json!({}));
        },
        |_, (acme, visit), ada, ben| {
            assert_eq!(ben.field("appointment", *visit, "state"), "completed");
            assert_eq!(ben.field("appointment", *visit, "attendees")[0]["account"], text(&acme.to_string()));
            assert_eq!((ada.told("INV-68").len(), ben.told("INV-68").len()), (1, 1));
            assert!(ada.told("FREEZE").is_empty() && ben.told("FREEZE").is_empty());
        },
    );
}

#[test]
fn inv_71_an_exception_stays_with_its_day_or_stands_alone() {
    in_both_orders(
        |_, ada| {
            let weekly = json!({"pattern": "weekly", "starts_on": "2026-03-02", "minute_of_day": 540, "duration_minutes": 60});
            let series = ada.create("recurring_appointment", json!({"subject": "Weekly visit", "recurrence": weekly}));
            let moved = |start: &str, end: &str| {
                let when = json!({"start": start, "end": end});
                ada.create("appointment", json!({"subject": "Moved visit", "series": series, "when": when}))
            };
            let third = moved("2026-03-17T09:00:00Z", "2026-03-17T10:00:00Z");
            let fifth = moved("2026-03-31T09:00:00Z", "2026-03-31T10:00:00Z");
            (series, third, fifth)
        },
        |_, (series, third, fifth), ada, ben| {
            let exception = |appointment: RecordId, slot: &str| json!({"id": appointment.derived("exception"), "slot": slot, "appointment": appointment});
            let exceptions = json!([exception(*third, "2026-03-16"), exception(*fifth, "2026-03-30")]);
            ada.set("recurring_appointment", *series, json!({ "exceptions": exceptions }));
            // Every other week now: the third visit still is one of the series, the fifth too; from the 9th on, neither is.
            let later = json!({"pattern": "weekly", "interval": 2, "starts_on": "2026-03-02", "ends_on": "2026-03-29", "minute_of_day": 540, "duration_minutes": 60});
            ben.set("recurring_appointment", *series, json!({ "recurrence": later }));
        },
        |_, (series, third, fifth), ada, ben| {
            let exceptions = ben.field("recurring_appointment", *series, "exceptions");
            assert_eq!(exceptions.as_array().map(Vec::len), Some(1));
            assert_eq!(exceptions[0]["appointment"], third.to_string());
            assert_eq!(ada.field("appointment", *third, "series"), series.to_string());
            assert_eq!(ada.field("appointment", *fifth, "series"), json!(null), "it stands alone");
            assert_eq!((ada.field("appointment", *fifth, "subject"), ada.told("INV-71").len()), (json!("Moved visit"), 1));
            let kept = ada.book.alternatives("appointment", *fifth).unwrap();
            assert_eq!(kept[0].kept["value"], series.to_string(), "whose place it took is kept beside it");
        },
    );
}

#[test]
fn inv_72_a_message_sent_from_two_devices_is_sent_once_and_stays_as_it_was_sent() {
    in_both_orders_of(
        ["Ada", "Ada"],
        |_, ada| {
            let parties = json!([{"id": ada.user.derived("to"), "address": "eva@nordic.example", "part": "to"}]);
            ada.create("email", json!({"subject": "Our offer", "parties": parties}))
        },
        |world, mail, phone, tablet| {
            phone.act("email", *mail, "send", json!({}));
            world.pass(60_000, &[tablet]);
            tablet.set("email", *mail, json!({"subject": "Our better offer"}));
            tablet.act("email", *mail, "send", json!({}));
        },
        |world, mail, phone, tablet| {
            let shown = phone.sees("email", *mail);
            assert_eq!((&shown["state"], &shown["status_reason"]), (&json!("completed"), &json!("pending_send")));
            let put_back = world.decisions().into_iter().filter(|decision| decision.rule == "INV-72").count();
            let kept = serde_json::to_string(&tablet.book.alternatives("email", *mail).unwrap()).unwrap();
            match shown["subject"].as_str().unwrap() {
                "Our better offer" => assert_eq!(put_back, 0, "the tablet was heard first: that is what was sent"),
                _ => assert!(put_back == 1 && kept.contains("Our better offer"), "the edit is kept: {kept}"),
            }
        },
    );
}

#[test]
fn inv_74_a_call_two_people_wrote_down_is_pointed_out_to_both() {
    in_both_orders(
        |_, ada| ada.create("contact", json!({"last_name": "Berg"})),
        |_, eva, ada, ben| {
            for phone in [ada, ben] {
                let call = json!({
                    "subject": "Talked about pumps", "direction": "outgoing", "duration_minutes": 30,
                    "regarding": format!("contact:{eva}")
                });
                let call = phone.create("phone_call", call);
                phone.act("phone_call", call, "complete", json!({}));
            }
        },
        |_, _, ada, ben| {
            let calls = ada.book.list(&fieldbook_device::Query::of("phone_call")).unwrap();
            assert_eq!(calls.len(), 2, "both stay");
            assert_eq!((ada.told("INV-74").len(), ben.told("INV-74").len()), (1, 1));
        },
    );
}

#[test]
fn inv_73_an_appointment_booked_by_two_for_the_same_hour_is_pointed_out_to_those_who_come() {
    in_both_orders(
        |_, ada| ada.create("contact", json!({"last_name": "Berg"})),
        |world, eva, ada, ben| {
            let meeting = |start: &str, end: &str| {
                let attendees = json!([
                    {"id": eva.derived(start), "party": format!("contact:{eva}"), "part": "required"},
                    {"id": eva.derived(end), "party": format!("user:{}", world.user("Maya")), "part": "required"}
                ]);
                let when = json!({"start": format!("2026-03-04T{start}:00Z"), "end": format!("2026-03-04T{end}:00Z")});
                json!({"subject": format!("Meeting at {start}"), "when": when, "attendees": attendees})
            };
            let _ = ada.create("appointment", meeting("10:00", "11:00"));
            let _ = ben.create("appointment", meeting("10:30", "12:00"));
            let _ = ben.create("appointment", meeting("12:00", "13:00"));
        },
        |world, _, ada, ben| {
            assert_eq!(ada.book.list(&fieldbook_device::Query::of("appointment")).unwrap().len(), 3, "all stay");
            let maya = world.phone("Maya");
            for phone in [ada, ben, &maya] {
                assert_eq!(phone.told("INV-73").len(), 1, "one clash, told once: {:?}", world.decisions());
            }
        },
    );
}
