//! Activities: INV-69, INV-70, and INV-68 for those with parties.

use super::{account, in_both_orders, text};
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
fn a_guest_who_came_too_late_is_kept_with_everything_that_was_said_about_them() {
    in_both_orders(
        |_, ada| {
            let acme = account(ada, "Acme");
            (acme, ada.create("appointment", json!({"subject": "Visit Acme"})))
        },
        |_, (acme, visit), ada, ben| {
            ada.act("appointment", *visit, "cancel", json!({}));
            let party = format!("user:{}", ben.user);
            let guest = json!({"id": visit.derived("guest"), "party": party, "part": "organiser", "account": acme.to_string()});
            ben.set("appointment", *visit, json!({"attendees": [guest]}));
        },
        |_, (acme, visit), ada, ben| {
            assert_eq!(ada.field("appointment", *visit, "attendees"), json!(null), "what is canceled stays as it was canceled");
            let told = ben.told("FREEZE");
            assert_eq!(told.len(), 1);
            let account = format!("attendees/{}/account", visit.derived("guest"));
            assert_eq!(told[0].lost[&account], acme.to_string(), "for whom they were to come is kept as well");
            assert!(ada.told("FREEZE").is_empty());
        },
    );
}
