//! Reading records as structs out of the JSON a person sees.

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::order::SalesOrder;
use fieldbook_domain::record::{AnyRecord, RECORD_TYPES, Record};
use serde_json::{Map, Value, json};
use uuid::Uuid;

fn id() -> RecordId {
    RecordId(Uuid::from_u128(7))
}

fn order(fields: Value) -> Map<String, Value> {
    let Value::Object(mut body) = fields else { panic!("a record is an object") };
    body.insert("id".to_owned(), json!(id()));
    body
}

#[test]
fn every_type_is_read_from_its_id_alone() {
    for kind in RECORD_TYPES {
        let read =
            AnyRecord::from_json(kind.name, order(json!({}))).expect("all other fields may be missing").expect("it is declared");
        assert_eq!((read.kind().name, read.id()), (kind.name, id()));
    }
}

#[test]
fn a_record_is_written_and_read_again_with_all_that_is_in_it() {
    let body = order(json!({
        "name": "Chairs", "discount_percentage": "12.5", "state": "active", "pending": true,
        "lines": [{ "id": id(), "quantity": { "value": "3" }, "line_no": 1 }],
    }));
    let read = SalesOrder::read(body.clone()).expect("an order");
    assert_eq!((read.lines.len(), read.pending, read.state.as_str()), (1, true, "active"));
    assert_eq!(serde_json::from_value::<SalesOrder>(Value::Object(body)).expect("serde reads the same"), read);

    let again = serde_json::from_value::<SalesOrder>(serde_json::to_value(&read).expect("JSON")).expect("an order");
    assert_eq!(again, SalesOrder { state: String::new(), pending: false, ..read }, "what is derived is not written");
}

#[test]
fn what_a_newer_app_adds_is_passed_over_and_what_does_not_fit_is_an_error() {
    let newer = SalesOrder::read(order(json!({ "colour": "blue", "lines": [{ "id": id(), "colour": "red" }] })));
    assert_eq!(newer.expect("an order").lines.len(), 1);

    let refused = |fields: Value| SalesOrder::read(order(fields)).expect_err("it does not fit").to_string();
    assert_eq!(refused(json!({ "lines": [{ "line_no": 1 }] })), "missing field `id`");
    assert!(refused(json!({ "name": 5 })).starts_with("invalid type: integer `5`"));
    assert_eq!(SalesOrder::read(Map::new()).expect_err("there is no id").to_string(), "missing field `id`");
}
