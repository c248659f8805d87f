//! Work without a network.

use fieldbook_device::{By, Direction, Error, Query};
use serde_json::{Value, json};

use crate::phone::{ADA, Phone, map, names, typed};

#[test]
fn a_record_is_created_saved_acted_on_and_deleted_offline() {
    let mut ada = Phone::ben(1);
    let book = ada.book();

    let account = book.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    let fields = book.parse("opportunity", &typed(&[("topic", "Chairs"), ("customer", &account.to_string())])).unwrap();
    let sale = book.create("opportunity", fields).unwrap();
    book.set("opportunity", sale, &typed(&[("est_value.amount", "1200.50"), ("stage", "propose")])).unwrap();
    let args = book.parse_args("opportunity", "win", &typed(&[("actual_value", "1100")])).unwrap();
    book.act("opportunity", sale, "win", args).unwrap();

    let shown = book.get("opportunity", sale).unwrap();
    assert_eq!(shown["customer"], json!(format!("account:{account}")));
    assert_eq!(shown["state"], json!("won"));
    assert_eq!(shown["actual_value"], json!("1100"));
    assert_eq!(shown["est_value"]["amount"], json!("1200.5"));
    assert_eq!(shown["pending"], json!(true));
    assert_eq!(book.status().unwrap().pending, 4);

    book.delete("account", account).unwrap();
    assert!(book.list(&Query::of("account")).unwrap().is_empty());
    assert_eq!(book.get("account", account).unwrap()["deleted"], json!(true));
}

#[test]
fn what_a_rule_refuses_leaves_no_trace() {
    let mut ada = Phone::ada(1);
    let book = ada.book();
    let sale = book.create("opportunity", map(json!({ "topic": "Chairs" }))).unwrap();
    let before = (book.records_digest().unwrap(), book.status().unwrap().pending);

    let refused = book.bundle(move |bundle| {
        bundle.create("account", None, map(json!({ "name": "Northwind" })))?;
        bundle.act("opportunity", sale, "win", map(json!({})))
    });

    assert_eq!(refused.unwrap_err().code(), "opportunity.win.customer");
    assert_eq!((book.records_digest().unwrap(), book.status().unwrap().pending), before);
    assert!(matches!(book.create("nonsense", map(json!({}))), Err(Error::Refused(_))));
    assert!(matches!(book.get("account", sale), Err(Error::NotFound { .. })));
}

#[test]
fn a_bundle_is_one_intent_and_its_later_pieces_see_the_earlier_ones() {
    let mut ada = Phone::ada(1);
    let book = ada.book();

    let lead = book
        .bundle(|bundle| {
            let lead = bundle.create("lead", None, map(json!({ "topic": "Desks", "company_name": "Contoso" })))?;
            let was = bundle.get("lead", lead)?;
            let mut now = was.clone();
            now.insert("rating".into(), json!("hot"));
            bundle.save("lead", lead, &was, &now)?;
            bundle.act("lead", lead, "qualify", map(json!({})))?;
            Ok(lead)
        })
        .unwrap();

    let status = book.status().unwrap();
    assert_eq!(status.pending, 1);
    assert_eq!((status.records["account"], status.records["opportunity"]), (1, 1));
    assert_eq!(book.get("lead", lead).unwrap()["state"], json!("qualified"));
    assert_eq!(book.history("lead", lead).unwrap().len(), 1);
    assert_eq!(book.get("opportunity", lead.derived("opportunity")).unwrap()["rating"], json!("hot"));
}

#[test]
fn in_a_batch_a_refused_bundle_is_left_out_and_the_others_stay() {
    let mut ada = Phone::ada(1);
    let book = ada.book();

    let refused = book
        .batch(|batch| {
            let mut refused = 0;
            for number in 0..100 {
                let name = if number % 10 == 0 { String::new() } else { format!("Account {number}") };
                refused += usize::from(batch.create("account", None, map(json!({ "name": name }))).is_err());
            }
            Ok(refused)
        })
        .unwrap();

    assert_eq!(refused, 10);
    assert_eq!(book.count(&Query::of("account")).unwrap(), 90);
    assert_eq!(book.status().unwrap().pending, 90);
}

#[test]
fn lists_are_filtered_and_sorted_and_hostile_names_are_only_text() {
    let mut ada = Phone::ada(1);
    let book = ada.book();
    let hostile = ["'); DROP TABLE record_account; --", "\" OR 1=1", "Ünïcode 漢字 \u{1F4BC}", "%_*?", "a'b\"c"];
    for (number, name) in hostile.iter().enumerate() {
        let fields = json!({ "name": name, "city": if number % 2 == 0 { "Bern" } else { "Oslo" }, "employees": number });
        book.create("account", map(fields)).unwrap();
    }

    for name in hostile {
        assert_eq!(names(&book, &Query::of("account").filter("name", name), "name"), [name]);
    }
    let bern = Query::of("account").filter("city", "Bern").sort("employees", Direction::Descending);
    assert_eq!(names(&book, &bern, "name"), [hostile[4], hostile[2], hostile[0]]);
    assert_eq!(names(&book, &bern.clone().limit(1).offset(1), "name"), [hostile[2]]);
    assert_eq!(book.count(&bern).unwrap(), 3);
    assert_eq!(names(&book, &Query::of("account").filter("owner", ADA), "name").len(), 5);
    assert_eq!(names(&book, &Query::of("account").filter("industry", Value::Null), "name").len(), 5);
    for name in ["name\" = '' --", "nope", "name.part", "est_value.amount'", "body"] {
        assert_eq!(book.list(&Query::of("account").filter(name, "x")).unwrap_err().code(), "field.unknown");
        assert_eq!(book.list(&Query::of("account").sort(name, Direction::Ascending)).unwrap_err().code(), "field.unknown");
    }
}

#[test]
fn the_pipeline_is_added_up_exactly_and_by_currency() {
    let mut ben = Phone::ben(1);
    let book = ben.book();
    let account = book.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    for amount in ["0.1", "0.2", "1000000000000"] {
        let fields = json!({ "topic": "T", "customer": format!("account:{account}"), "est_value": { "amount": amount },
            "stage": "propose", "pricing": { "currency": "EUR" } });
        let sale = book.create("opportunity", map(fields)).unwrap();
        if amount == "0.2" {
            let args = json!({ "actual_value": "7", "actual_close_date": "2026-01-31" });
            book.act("opportunity", sale, "win", map(args)).unwrap();
        }
    }

    let rows = book.report_pipeline(By::Account).unwrap();
    let sums: Vec<_> =
        rows.iter().map(|row| (row.title.as_deref(), row.state.as_str(), row.count, row.sum.to_string())).collect();
    assert_eq!(
        sums,
        [(Some("Northwind"), "open", 2, "1000000000000.1".to_owned()), (Some("Northwind"), "won", 1, "7".to_owned())]
    );
    let quarters = book.report_pipeline(By::Quarter).unwrap();
    assert!(quarters.iter().any(|row| row.group == "2026-Q1" && row.state == "won"));
}

#[test]
fn a_book_serves_only_one_user_at_a_time_and_one_organisation() {
    use crate::phone::{BEN, token};
    let mut ada = Phone::ada(1);
    let book = ada.book();
    book.create("account", map(json!({ "name": "Northwind" }))).unwrap();

    let other_user = book.login("https://office.example", &token(BEN, "Ben", "rep", "acme"));
    let other_org = book.login("https://office.example", &token(ADA, "Ada", "rep", "other"));
    let nonsense = book.login("https://office.example", "nonsense");

    assert_eq!(other_user.unwrap_err().code(), "login.outbox");
    assert_eq!(other_org.unwrap_err().code(), "login.organisation");
    assert_eq!(nonsense.unwrap_err().code(), "login.token");
    assert_eq!(book.login("ftp://x", "a.b.c").unwrap_err().code(), "login.server");
    book.sign_out().unwrap();
    assert!(matches!(book.session(), Err(Error::SignedOut)));
    assert!(matches!(book.create("account", map(json!({ "name": "X" }))), Err(Error::SignedOut)));
    assert_eq!(book.list(&Query::of("account")).unwrap().len(), 1);
}
