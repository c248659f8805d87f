//! A losing value stays until somebody dismisses it, and only the one they saw.

use crate::book::{Nothing, object};
use fieldbook_domain::action::{self, Author, Place, Wish};
use fieldbook_domain::alternative;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::{Raw, Scalar};
use fieldbook_domain::record::{Record, account::Account};
use serde_json::json;

fn id(n: u128) -> RecordId {
    RecordId(uuid::Uuid::from_u128(n))
}

fn account(kept: &str) -> Raw {
    let mut raw = Raw::default();
    raw.touch(1);
    raw.set("name", Scalar::Str("Acme".into()));
    let kept = json!({ "value": kept, "by": id(7), "at": 1, "rule": "FCR" }).to_string();
    raw.set(&key(), Scalar::Str(kept));
    raw
}

fn key() -> String {
    format!("alternatives/city/{}", id(9))
}

fn dismissed(raw: &Raw) -> Result<Raw, String> {
    let args = object(json!({ "alternative": key() }));
    let wish = Wish { action: "dismiss", id: id(3), args: &args, place: Place::Phone };
    let author = Author { user: id(7), role: Role::Rep, now_ms: 2 };
    let planned = action::act(Account::TYPE, id(1), raw, &wish, &author, &Nothing).map_err(|refusal| refusal.code)?;
    let mut after = raw.clone();
    after.apply(&planned[0].writes);
    Ok(after)
}

#[test]
fn what_is_dismissed_is_no_longer_shown_and_cannot_be_dismissed_again() {
    let raw = account("Oslo");
    assert_eq!(alternative::standing(id(1), &raw)[0].value(), "Oslo");

    let after = dismissed(&raw).unwrap();

    assert!(alternative::standing(id(1), &after).is_empty());
    assert_eq!(dismissed(&after).unwrap_err(), "dismiss.not_found");
}

#[test]
fn what_its_author_typed_later_stays() {
    let mut after = dismissed(&account("Oslo")).unwrap();
    let later = account("Bergen").registers[&key()].clone();

    after.set(&key(), later);

    assert_eq!(alternative::standing(id(1), &after)[0].value(), "Bergen");
}

#[test]
fn a_dismissal_the_office_holds_or_rejects_has_no_effect() {
    let mut after = dismissed(&account("Oslo")).unwrap();

    after.set(&format!("verdicts/{}", id(3)), Scalar::Str(json!({"outcome": "held", "rule": "X", "version": 1}).to_string()));

    assert_eq!(alternative::standing(id(1), &after).len(), 1);
}
