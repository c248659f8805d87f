//! What goes wrong is one sentence and an exit status, for people and for machines.

use crate::phone::{ADA, NOWHERE, OMAR, Phone, token};

#[test]
fn a_refusal_names_its_rule_and_its_field_and_exits_with_2() {
    let phone = Phone::of_ada();

    let (status, error) = phone.fails(&["create", "account", "city=Oslo"]);
    assert_eq!((status, &error["code"], &error["field"]), (2, &"field.required".into(), &"name".into()));
    let said = phone.run(&["create", "account", "city=Oslo"]);
    assert_eq!((said.status, said.out.as_str(), said.err.as_str()), (2, "", "error: name is needed\n"));
}

#[test]
fn bad_input_of_every_kind_is_explained() {
    let phone = Phone::of_ada();
    let id = phone.does(&["create", "opportunity", "topic=Sale"]);
    let cases: &[(&[&str], &str)] = &[
        (&["create", "deal", "name=x"], "record.unknown_type"),
        (&["create", "account", "name=x", "colour=red"], "field.unknown"),
        (&["create", "account", "name=x", "name=y"], "field.twice"),
        (&["create", "account", "name=x", "employees=many"], "field.format"),
        (&["create", "account", "name=x", "employees=-1"], "field.range"),
        (&["create", "account", "name=x", "category=gold"], "field.choice"),
        (&["set", "opportunity", &id, "est_close_date=01.03.2017"], "field.format"),
        (&["set", "opportunity", &id, "est_close_date=1899-12-31"], "field.range"),
        (&["set", "opportunity", &id, "est_close_date=9999-01-01"], "field.range"),
        (&["set", "opportunity", &id, "discount_amount=1000000000000000000000000000000"], "field.range"),
        (&["set", "opportunity", &id, "discount_amount=1e30"], "field.format"),
        (&["set", "opportunity", &id, &format!("customer=account:{OMAR}")], "field.reference"),
        (&["set", "opportunity", &id, "actual_value=5"], "INV-84"),
        (&["show", "opportunity", ADA], "record.not_found"),
        (&["do", "opportunity", &id, "conquer"], "opportunity.conquer.unknown"),
        (&["do", "opportunity", &id, "win"], "opportunity.win.customer"),
        (&["do", "opportunity", &id, "lose"], "opportunity.lose.reason"),
        (&["do", "opportunity", &id, "lose", "reason=rain"], "field.choice"),
        (&["delete", "opportunity", &id], "opportunity.delete.permission"),
        (&["create", "product", "name=GTX"], "product.permission"),
        (&["line", "add", "account", &id, "name=x"], "record.no_lines"),
    ];

    for (args, code) in cases {
        let (status, error) = phone.fails(args);
        assert_eq!((status, error["code"].as_str()), (2, Some(*code)), "{args:?}: {error}");
        assert!(!error["message"].as_str().unwrap().is_empty(), "{args:?}");
    }
}

#[test]
fn nobody_signed_in_exits_with_4() {
    let phone = Phone::new();

    for args in [&["create", "account", "name=x"][..], &["sync"], &["import", "."]] {
        let (status, error) = phone.fails(args);
        assert_eq!((status, error["code"].as_str()), (4, Some("signed_out")), "{args:?}: {error}");
    }
}

#[test]
fn a_phone_that_was_signed_out_is_signed_out() {
    let phone = Phone::of_ada();

    phone.does(&["logout"]);

    assert_eq!(phone.fails(&["create", "account", "name=x"]).0, 4);
}

#[test]
fn a_server_out_of_reach_exits_with_3_and_keeps_the_work() {
    let phone = Phone::of_ada();
    let id = phone.does(&["create", "account", "name=Isdom"]);

    let (status, error) = phone.fails(&["sync"]);

    assert_eq!((status, error["code"].as_str()), (3, Some("offline")));
    assert_eq!(phone.asks(&["show", "account", &id])["name"], "Isdom");
}

#[test]
fn a_token_that_is_none_is_refused() {
    let phone = Phone::new();

    assert_eq!(phone.fails(&["login", "--server", NOWHERE, "--token", "abc"]).1["code"], "login.token");
    let good = token(ADA, "Ada", "rep");
    assert_eq!(phone.fails(&["login", "--server", "crm.example.com", "--token", &good]).1["code"], "login.server");
}

#[test]
fn a_book_that_is_none_is_left_alone_and_exits_with_1() {
    let phone = Phone::new();
    phone.file("book.db", "These are not the bytes of a book, but of a text that is long enough to look at. ".repeat(100));
    let path = phone.files().join("book.db");
    let before = std::fs::read(&path).unwrap();

    let said = phone.run(&["--book", path.to_str().unwrap(), "status"]);

    assert_eq!(said.status, 2, "--book twice is bad input: {}", said.err);
    let said = crate::phone::fieldbook(&["--book", path.to_str().unwrap(), "status"]);
    assert_eq!(said.status, 1, "{}", said.err);
    assert_eq!(said.err.lines().count(), 1, "{}", said.err);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
