//! Help, and command lines that cannot be read.

use crate::phone::{Phone, fieldbook};

#[test]
fn help_names_every_verb() {
    let said = fieldbook(&["--help"]);

    assert_eq!(said.status, 0);
    for verb in [
        "login",
        "logout",
        "sync",
        "create",
        "set",
        "do",
        "available",
        "show",
        "list",
        "history",
        "timeline",
        "alternatives",
        "inbox",
        "review",
        "forecast",
        "status",
        "delete",
        "attach",
        "fetch",
        "line",
        "report",
        "goal",
        "import",
        "catalogue",
        "types",
        "rebuild",
    ] {
        assert!(said.out.contains(&format!("\n  {verb} ")), "{verb} is missing in\n{}", said.out);
    }
}

#[test]
fn an_unknown_command_is_bad_input() {
    let said = fieldbook(&["telephone"]);

    assert_eq!(said.status, 2);
    assert_eq!(said.out, "");
    assert!(said.err.contains("unrecognized subcommand 'telephone'"), "{}", said.err);
}

#[test]
fn a_command_line_that_cannot_be_read_is_explained_in_json_too() {
    let phone = Phone::new();

    let (status, unknown) = phone.fails(&["telephone"]);
    assert_eq!((status, &unknown["code"]), (2, &"usage".into()));
    assert_eq!(unknown["message"], "unrecognized subcommand 'telephone'");
    assert_eq!(
        phone.fails(&["login"]).1["message"],
        "the following required arguments were not provided: --server <URL> --token <TOKEN>"
    );
    assert_eq!(
        phone.fails(&["show", "account", "12"]).1["message"],
        "invalid value '12' for '<ID>': an id is written 0192a3f0-0000-7000-8000-000000000000"
    );
    assert_eq!(
        phone.fails(&["create", "account", "name"]).1["message"],
        "invalid value 'name' for '[FIELD=VALUE]...': it is written field=value"
    );
}

#[test]
fn a_command_that_needs_a_book_asks_for_it() {
    let said = fieldbook(&["status"]);

    assert_eq!(said.status, 2);
    assert_eq!(said.err, "error: which book? give --book FILE, or set FIELDBOOK_BOOK\n");
}

#[test]
fn types_need_no_book_and_name_fields_and_actions() {
    let all = fieldbook(&["types"]);
    let one = fieldbook(&["types", "opportunity"]);
    let json = fieldbook(&["types", "opportunity", "--json"]);

    assert!(all.out.contains("\nopportunity "), "{}", all.out);
    assert!(one.out.contains("  win [actual_value=…] [actual_close_date=…]"), "{}", one.out);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["fields"][0]["name"], "topic");
    assert_eq!(json["collections"][0]["name"], "lines");
    assert!(json["actions"].as_array().unwrap().iter().any(|action| action["name"] == "win"));
}
