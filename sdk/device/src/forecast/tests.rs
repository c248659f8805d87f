//! What a forecast costs beside the save it is about.
#![expect(clippy::print_stdout, reason = "what it measures is to be read")]

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::raw::Outcome;
use serde_json::{Map, Value, json};

use super::forecast_of;
use crate::{Book, Host};

const SALES: usize = 60;

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn book(folder: &std::path::Path) -> Book {
    let book = Book::open(&folder.join("phone.db"), Host::real("phone")).unwrap();
    let claims = json!({ "org": "acme", "sub": RecordId(uuid::Uuid::from_u128(7)), "name": "Ada", "role": "rep" });
    let token = format!("e30.{}.e30", URL_SAFE_NO_PAD.encode(claims.to_string()));
    book.login("http://127.0.0.1:9", &token).unwrap();
    book
}

fn sales(book: &Book) -> Vec<RecordId> {
    let sale = |number: usize| {
        let customer = book.create("account", object(json!({ "name": format!("Account {number}") }))).unwrap();
        let line =
            json!({ "id": customer.derived("line"), "description": "Pump", "quantity": {"value": "4"}, "price_per_unit": "10" });
        let fields = json!({ "topic": format!("Sale {number}"), "customer": format!("account:{customer}"), "lines": [line] });
        book.create("opportunity", object(fields)).unwrap()
    };
    (0..SALES).map(sale).collect()
}

/// Saves and wins every sale, and forecasts each; gives how long saving and forecasting took.
fn measure(book: &Book, verb: &'static str) -> (Duration, Duration) {
    let (mut saving, mut forecasting) = (Duration::ZERO, Duration::ZERO);
    for sale in sales(book) {
        let started = Instant::now();
        let spent = book.bundle(move |bundle| {
            if verb == "set" {
                let was = bundle.get("opportunity", sale)?;
                let mut now = was.clone();
                now.insert("stage".to_owned(), Value::from("propose"));
                bundle.save("opportunity", sale, &was, &now)?;
            } else {
                bundle.act("opportunity", sale, verb, Map::new())?;
            }
            let started = Instant::now();
            let judgement = forecast_of(bundle.desk(), &bundle.drafts())?;
            assert_eq!(judgement.status, Outcome::Accepted, "{:?}", judgement.decisions);
            Ok(started.elapsed())
        });
        let spent = spent.unwrap();
        forecasting += spent;
        saving += started.elapsed() - spent;
    }
    (saving, forecasting)
}

#[test]
fn what_a_person_does_alone_is_accepted_and_forecasting_it_costs_less_than_saving_it() {
    let folder = tempfile::tempdir().unwrap();
    let book = book(folder.path());
    for verb in ["set", "win"] {
        let (saving, forecasting) = measure(&book, verb);
        println!("{verb}: {SALES} saves {saving:?}, their forecasts {forecasting:?}");
        assert!(forecasting < saving, "a forecast must not double the time of a save");
    }
}
