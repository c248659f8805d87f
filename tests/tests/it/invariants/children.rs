//! INV-07 for the children of records other than lines.

use super::in_both_orders;
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
