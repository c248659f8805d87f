//! Inbox, alternatives, review and forecast on a phone that has never seen its server.

use crate::phone::{OMAR, Phone};
use serde_json::json;

const NOBODY: &str = "0192a3f0-0000-7000-8000-00000000dead";

#[test]
fn what_is_not_there_is_said_with_a_code() {
    let phone = Phone::of_ada();
    let account = phone.does(&["create", "account", "name=Isdom"]);

    for verb in ["show", "salvage", "dismiss", "read"] {
        assert_eq!(phone.fails(&["inbox", verb, NOBODY]).1["code"], "inbox.not_found", "{verb}");
    }
    for verb in ["choose", "dismiss"] {
        assert_eq!(
            phone.fails(&["alternatives", verb, "account", &account, NOBODY]).1["code"],
            "alternative.not_found",
            "{verb}"
        );
    }
    for args in [&["show", NOBODY][..], &["decide", NOBODY, "won"]] {
        assert_eq!(phone.fails(&[&["review"], args].concat()).1["code"], "review.not_found", "{args:?}");
    }
    assert_eq!(phone.does(&["alternatives", "account", &account]), "no alternatives");
    assert_eq!(phone.fails(&["alternatives", "account"]).1["code"], "usage");
    assert_eq!(phone.does(&["review"]), "nothing waits for you");
    assert_eq!(phone.asks(&["review"]), json!([]));
}

#[test]
fn a_forecast_says_what_the_office_would_decide_and_writes_nothing() {
    let phone = Phone::of_ada();
    let mine = phone.does(&["create", "account", "name=Isdom"]);
    let theirs = phone.does(&["create", "account", "name=Isdom Ltd"]);
    phone.does(&["do", "account", &theirs, "assign", &format!("owner=user:{OMAR}")]);
    let sale = phone.does(&["create", "opportunity", "topic=Boxes", &format!("customer=account:{mine}")]);

    let win = phone.does(&["forecast", "opportunity", &sale, "win", "actual_value=600"]);
    let merge = phone.asks(&["forecast", "account", &theirs, "merge", &format!("into={mine}")]);
    let refused = phone.fails(&["forecast", "opportunity", &sale, "reopen"]).1;

    assert_eq!(win, "accepted\n    assuming nothing else has happened at the office since this phone was new");
    assert_eq!((&merge["outcome"], &merge["rule"]), (&json!("held"), &json!("INV-09")), "{merge}");
    assert_eq!(refused["code"], "opportunity.reopen.state");
    assert_eq!(phone.asks(&["show", "opportunity", &sale])["state"], "open");
    assert_eq!(phone.asks(&["status"])["pending"], 4);
}
