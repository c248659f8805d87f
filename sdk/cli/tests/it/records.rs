//! Working with records on a phone that has never seen its server.

use crate::phone::{ADA, OMAR, Phone};
use serde_json::json;

#[test]
fn a_record_is_created_shown_changed_and_listed_without_a_network() {
    let phone = Phone::of_ada();

    let id = phone.does(&["create", "account", "name=Isdom", "employees=4540", "revenue=3178.24"]);
    phone.does(&["set", "account", &id, "city=Oslo", "employees="]);

    let account = phone.asks(&["show", "account", &id]);
    assert_eq!(account["name"], "Isdom");
    assert_eq!(account["city"], "Oslo");
    assert_eq!(account["revenue"], "3178.24");
    assert_eq!(account["employees"], json!(null));
    assert_eq!(account["owner"], format!("user:{ADA}"));
    let shown = phone.does(&["show", "account", &id]);
    assert!(shown.starts_with("account Isdom\n"), "{shown}");
    assert!(shown.contains("\n  city         Oslo") && shown.contains("\n  owner        Ada (user:"), "{shown}");
}

#[test]
fn a_list_is_filtered_sorted_and_limited() {
    let phone = Phone::of_ada();
    for (name, city) in [("Betatech", "Oslo"), ("Acme", "Oslo"), ("Codehow", "Rome"), ("Doncon", "Oslo")] {
        phone.does(&["create", "account", &format!("name={name}"), &format!("city={city}")]);
    }

    let names = |args: &[&str]| -> Vec<String> {
        let list = phone.asks(&[&["list", "account"], args].concat());
        list.as_array().unwrap().iter().map(|account| account["name"].as_str().unwrap().to_owned()).collect()
    };

    assert_eq!(names(&["--sort", "name"]), ["Acme", "Betatech", "Codehow", "Doncon"]);
    assert_eq!(names(&["--sort", "-name", "--where", "city=Oslo"]), ["Doncon", "Betatech", "Acme"]);
    assert_eq!(names(&["--sort", "name", "--limit", "2", "--offset", "1"]), ["Betatech", "Codehow"]);
    assert_eq!(names(&["--where", "city=Oslo", "--where", "name=Acme"]), ["Acme"]);
    assert_eq!(phone.does(&["list", "account", "--where", "city=Lima"]), "no account");
    let table = phone.does(&["list", "account", "--sort", "name"]);
    assert_eq!(table.lines().count(), 5);
    assert!(table.lines().nth(1).unwrap().starts_with("Acme      active"), "{table}");
}

#[test]
fn an_opportunity_is_won_and_its_state_history_and_actions_follow() {
    let phone = Phone::of_ada();
    let account = phone.does(&["create", "account", "name=Isdom"]);
    let won = phone.does(&[
        "create",
        "opportunity",
        "topic=GTX Basic for Isdom",
        &format!("customer=account:{account}"),
        "est_value=550",
        "pricing.currency=USD",
    ]);

    let before = phone.asks(&["available", "opportunity", &won]);
    assert!(before.as_array().unwrap().iter().any(|action| action["action"] == "win" && action["possible"] == true));
    assert_eq!(phone.does(&["do", "opportunity", &won, "win", "actual_value=600", "actual_close_date=2017-03-01"]), "won");

    let record = phone.asks(&["show", "opportunity", &won]);
    assert_eq!(record["state"], "won");
    assert_eq!(record["actual_value"], "600");
    assert_eq!(record["actual_close_date"], "2017-03-01");
    let after = phone.does(&["available", "opportunity", &won]);
    assert!(after.contains("not possible:") && after.contains("win is not possible for an opportunity that is won"), "{after}");
    let history = phone.asks(&["history", "opportunity", &won]);
    assert_eq!(history.as_array().unwrap().len(), 2, "{history}");
    let told = phone.does(&["history", "opportunity", &won]);
    assert!(told.contains("Ada") && told.contains("phone") && told.contains("topic"), "{told}");
}

#[test]
fn lines_are_added_changed_and_removed() {
    let phone = Phone::of_ada();
    let id = phone.does(&["create", "opportunity", "topic=Two boxes"]);

    let first = phone.does(&["line", "add", "opportunity", &id, "description=Box", "quantity=2", "price_per_unit=10.50"]);
    let second = phone.does(&["line", "add", "opportunity", &id, "description=Lid", "quantity=1", "price_per_unit=3"]);
    phone.does(&["line", "set", "opportunity", &id, &first, "quantity=4"]);
    assert_eq!(phone.asks(&["show", "opportunity", &id])["total_amount"], "45");
    phone.does(&["line", "remove", "opportunity", &id, &second]);

    let record = phone.asks(&["show", "opportunity", &id]);
    assert_eq!(record["total_amount"], "42");
    assert_eq!(record["lines"].as_array().unwrap().len(), 1);
    let shown = phone.does(&["show", "opportunity", &id]);
    assert!(shown.contains("\nlines\n  description"), "{shown}");
    assert_eq!(phone.fails(&["line", "remove", "opportunity", &id, &second]).1["code"], "record.no_such_line");
    assert_eq!(phone.fails(&["line", "add", "opportunity", &id, "colour=red"]).1["code"], "field.unknown");
    assert_eq!(phone.fails(&["line", "add", "opportunity", &id, "description.unit=x"]).1["code"], "field.unknown_part");
}

#[test]
fn components_and_properties_of_a_product_are_added_and_changed_one_by_one() {
    let phone = Phone::of_omar();
    let hose = phone.does(&["create", "product", "name=Hose"]);
    let kit = phone.does(&["create", "product", "name=Kit", "structure=bundle"]);
    let add = |more: &[&str]| phone.run(&[&["line", "add", "product", &kit], more].concat());

    let part = add(&[&format!("product={hose}"), "quantity=2"]);
    let chill = add(&["name=Chill", "data_type=decimal", "min_value=-40", "max_value=-5"]);
    assert_eq!((part.status, chill.status), (0, 0), "{part:?} {chill:?}");
    let (part, chill) = (part.out.trim().to_owned(), chill.out.trim().to_owned());
    phone.does(&["line", "set", "product", &kit, &chill, "min_value=-20.5"]);
    let upside_down = phone.fails(&["line", "set", "product", &kit, &chill, "min_value=-4"]).1;
    phone.does(&["line", "remove", "product", &kit, &part]);

    let shown = phone.asks(&["show", "product", &kit]);
    assert_eq!((&shown["properties"][0]["min_value"], shown.get("components")), (&json!("-20.5"), None));
    assert_eq!(upside_down["code"], "product.property_range");
    assert_eq!(phone.fails(&["line", "add", "product", &kit, "colour=red"]).1["code"], "field.unknown");
}

#[test]
fn a_line_says_the_properties_of_its_product() {
    let phone = Phone::of_omar();
    let unit = phone.does(&["create", "unit", "name=Piece"]);
    let product = phone.does(&["create", "product", "name=Pump", &format!("default_unit={unit}")]);
    let colour = r#"properties=[{"name":"Colour","data_type":"option_set","options":"Red;Blue","required":true}]"#;
    phone.does(&["set", "product", &product, colour]);
    let sale = phone.does(&["create", "opportunity", "topic=Pumps"]);
    let of = format!("product={product}");
    let add = |colour| ["line", "add", "opportunity", &sale, &of, "quantity=1", colour];

    assert_eq!(phone.fails(&add("property.Colour=Green")).1["code"], "property.choice");
    let line = phone.does(&add("property.Colour=Blue"));
    assert_eq!(phone.asks(&["show", "opportunity", &sale])["properties"][0]["value"], "Blue");
    assert_eq!(phone.asks(&["price", "opportunity", &sale])["missing_properties"], json!([]));
    phone.does(&["line", "set", "opportunity", &sale, &line, "property.Colour="]);

    let missing = &phone.asks(&["price", "opportunity", &sale])["missing_properties"];
    assert_eq!(missing, &json!([{ "line": line, "property": "Colour" }]));
    assert_eq!(phone.fails(&["line", "set", "product", &product, &line, "property.Colour=Red"]).1["code"], "record.no_such_line");
}

#[test]
fn a_qualified_lead_makes_its_customer_and_its_opportunity() {
    let phone = Phone::of_ada();
    let lead = phone.does(&["create", "lead", "topic=New line", "last_name=Berg", "company_name=Isdom"]);

    phone.does(&["do", "lead", &lead, "qualify"]);

    assert_eq!(phone.asks(&["show", "lead", &lead])["state"], "qualified");
    for kind in ["account", "contact", "opportunity"] {
        assert_eq!(phone.asks(&["list", kind]).as_array().unwrap().len(), 1, "{kind}");
    }
}

#[test]
fn a_deleted_record_is_gone_from_lists() {
    let phone = Phone::of_omar();
    let id = phone.does(&["create", "account", "name=Isdom"]);

    assert_eq!(phone.does(&["delete", "account", &id]), "deleted");

    assert_eq!(phone.asks(&["list", "account"]), json!([]));
}

#[test]
fn the_pipeline_is_summed_up() {
    let phone = Phone::of_ada();
    let account = phone.does(&["create", "account", "name=Isdom"]);
    let customer = format!("customer=account:{account}");
    for (value, day) in [("600", "2017-02-01"), ("400", "2017-05-01"), ("50", "2017-05-02")] {
        let id = phone.does(&["create", "opportunity", "topic=Sale", &customer]);
        phone.does(&["do", "opportunity", &id, "win", &format!("actual_value={value}"), &format!("actual_close_date={day}")]);
    }

    let quarters = phone.asks(&["report", "pipeline", "--by", "quarter"]);
    let human = phone.does(&["report", "pipeline", "--by", "quarter"]);

    let text = quarters.to_string();
    assert!(text.contains("\"600\"") && text.contains("\"450\""), "{text}");
    assert!(human.contains("450"), "{human}");
    for by in ["stage", "owner", "account"] {
        assert!(phone.asks(&["report", "pipeline", "--by", by]).to_string().contains("\"1050\""), "{by}");
    }
}

#[test]
fn status_tells_who_is_signed_in_and_what_waits() {
    let phone = Phone::of_omar();
    phone.does(&["create", "account", "name=Isdom"]);

    let status = phone.asks(&["status"]);

    assert!(status.to_string().contains(OMAR), "{status}");
    let human = phone.does(&["status"]);
    assert!(human.contains("Omar (admin)"), "{human}");
    assert_eq!(phone.asks(&["inbox"]), json!([]));
    assert_eq!(phone.does(&["inbox"]), "nothing to look at");
}

#[test]
fn a_rebuilt_projection_is_the_same() {
    let phone = Phone::of_ada();
    phone.does(&["create", "account", "name=Isdom"]);

    assert_eq!(phone.asks(&["rebuild"]), json!({ "rebuilt": true, "unchanged": true }));
}

#[test]
fn a_watching_phone_says_that_it_has_no_connection_and_ends_cleanly_when_told_to() {
    let phone = Phone::of_ada();
    let mut watching = phone.starts(&["sync", "--watch", "--json"]);

    let line = watching.line();
    let event: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(event["event"], "disconnected");
    assert!(event["retry_ms"].is_u64());

    assert_eq!(watching.interrupted(), 0);
}
