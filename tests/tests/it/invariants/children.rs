//! INV-07 for the children of records other than lines, and what becomes of them where their record is closed.

use super::{account, in_both_orders};
use serde_json::{Value, json};

#[test]
fn inv_07_a_guest_somebody_changed_is_not_lost_to_a_removal_that_did_not_see_it() {
    in_both_orders(
        |_, ada| {
            let guest = json!({"id": ada.user.derived("guest"), "party": format!("user:{}", ada.user), "part": "required"});
            ada.create("appointment", json!({"subject": "Visit Acme", "attendees": [guest]}))
        },
        |_, visit, ada, ben| {
            ada.set("appointment", *visit, json!({"attendees": []}));
            let mut guest = ben.field("appointment", *visit, "attendees")[0].clone();
            guest["part"] = json!("optional");
            ben.set("appointment", *visit, json!({"attendees": [guest]}));
        },
        |_, visit, ada, ben| {
            assert_eq!(ada.field("appointment", *visit, "attendees")[0]["part"], "optional");
            assert_eq!((ada.told("INV-07").len(), ben.told("INV-07").len()), (1, 0), "whoever removed it is told");
        },
    );
}

#[test]
fn inv_07_a_guest_both_removed_or_only_one_touched_stays_removed() {
    in_both_orders(
        |_, ada| {
            let guest = json!({"id": ada.user.derived("guest"), "party": format!("user:{}", ada.user), "part": "required"});
            ada.create("appointment", json!({"subject": "Visit Acme", "attendees": [guest]}))
        },
        |_, visit, ada, ben| {
            ada.set("appointment", *visit, json!({"attendees": []}));
            ben.set("appointment", *visit, json!({"attendees": []}));
        },
        |_, visit, ada, ben| {
            assert_eq!(ada.field("appointment", *visit, "attendees"), Value::Null);
            assert_eq!((ada.told("INV-07").len(), ben.told("INV-07").len()), (0, 0));
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
