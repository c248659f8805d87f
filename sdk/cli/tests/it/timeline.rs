//! What happened around a record, in a terminal.

use crate::phone::Phone;
use serde_json::Value;

fn titles(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}

#[test]
fn a_timeline_is_filtered_turned_round_and_read_in_pages() {
    let phone = Phone::of_ada();
    let acme = phone.does(&["create", "account", "name=Acme"]);
    let eva = phone.does(&["create", "contact", "last_name=Berg", &format!("account={acme}")]);
    let (to_acme, to_eva) = (format!("regarding=account:{acme}"), format!("regarding=contact:{eva}"));
    let call = phone.does(&["create", "phone_call", "subject=Ask Eva", "direction=outgoing", &to_eva, "due=2020-01-15"]);
    phone.does(&["create", "task", "subject=Send the offer", &to_acme, "due=2020-01-10T09:00:00Z"]);
    let visit =
        ["create", "appointment", "subject=Visit", &to_acme, "when.start=2020-01-20T10:00:00Z", "when.end=2020-01-20T11:00:00Z"];
    let visit = phone.does(&visit);
    phone.does(&["create", "note", "text=Likes trains", &to_acme]);

    assert_eq!(titles(&phone.asks(&["timeline", "account", &acme])), ["Likes trains", "Visit", "Ask Eva", "Send the offer"]);
    let first = phone.asks(&["timeline", "account", &acme, "--oldest-first", "--limit", "3"]);
    assert_eq!(titles(&first), ["Send the offer", "Ask Eva", "Visit"]);
    let next = first["next"].as_str().unwrap();
    let second = phone.asks(&["timeline", "account", &acme, "--oldest-first", "--limit", "3", "--after", next]);
    assert_eq!((titles(&second), &second["next"]), (vec!["Likes trains"], &Value::Null));

    phone.does(&["do", "phone_call", &call, "complete"]);
    let status = |word: &str| phone.asks(&["timeline", "account", &acme, "--status", word]);
    assert_eq!(titles(&status("overdue")), ["Visit", "Send the offer"]);
    assert_eq!(titles(&status("closed")), ["Ask Eva"]);
    assert_eq!(titles(&phone.asks(&["timeline", "account", &acme, "--reason", "made"])), ["Ask Eva"]);
    let due = phone.asks(&["timeline", "account", &acme, "--due-from", "2020-01-10", "--due-to", "2020-01-15"]);
    assert_eq!(titles(&due), ["Ask Eva", "Send the offer"], "a plain day is a whole day");
    let kinds = phone.asks(&["timeline", "account", &acme, "--kind", "note", "--kind", "task"]);
    assert_eq!(titles(&kinds), ["Likes trains", "Send the offer"]);

    phone.does(&["do", "appointment", &visit, "schedule"]);
    let table = phone.does(&["timeline", "account", &acme, "--limit", "3"]);
    assert_eq!(
        table.lines().next().unwrap().split_whitespace().collect::<Vec<_>>(),
        ["at", "what", "title", "state", "about", "by", "id"]
    );
    assert!(table.contains("phone call   Ask Eva") && table.contains("scheduled (busy), overdue"), "{table}");
    assert!(table.lines().last().unwrap().starts_with("more: --after 2020-01-20T10:00:00.000Z/"), "{table}");
    assert_eq!(phone.does(&["timeline", "contact", &eva, "--kind", "note"]), "nothing yet");
    assert_eq!(phone.fails(&["timeline", "account", &acme, "--kind", "fax"]).1["code"], "timeline.kind");
    assert_eq!(phone.fails(&["timeline", "account", &acme, "--due-to", "soon"]).1["code"], "usage");
}

#[test]
fn a_visit_is_moved_with_both_its_ends() {
    let phone = Phone::of_ada();
    let visit = phone.does(&[
        "create",
        "appointment",
        "subject=Visit",
        "when.start=2026-03-04T10:00:00Z",
        "when.end=2026-03-04T11:00:00Z",
    ]);

    phone.does(&["set", "appointment", &visit, "when.start=2026-03-05T14:00:00Z", "when.end=2026-03-05T15:00:00Z"]);
    let (status, refused) = phone.fails(&["set", "appointment", &visit, "when.end=2026-03-05T13:00:00Z"]);
    assert_eq!((status, &refused["code"], &refused["message"]), (2, &"INV-69".into(), &"when ends before it starts".into()));

    phone.does(&["do", "appointment", &visit, "schedule"]);
    phone.does(&["do", "appointment", &visit, "reschedule", "start=2026-03-06T09:00:00Z", "end=2026-03-06T10:00:00Z"]);
    let shown = phone.asks(&["show", "appointment", &visit]);
    assert_eq!((&shown["when"]["start"], &shown["status_reason"]), (&"2026-03-06T09:00:00.000Z".into(), &"busy".into()));
}
