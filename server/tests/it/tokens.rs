//! Who is let in: every way a token can be wrong, and that an organisation is closed to others.

use std::fs;

use fieldbook_domain::document::Write;
use fieldbook_domain::permission::Role;
use fieldbook_sync::frame;
use fieldbook_sync::message::ClientMessage;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::at_office::{ask, wish};
use crate::live::served;
use crate::office::{NINE, Office, person};
use crate::phone::id;

const NOW: i64 = NINE / 1_000;

fn claims(office: &Office) -> Value {
    json!({
        "iss": "fieldbook", "aud": "fieldbook", "sub": office.ada, "org": office.org,
        "name": "Ada", "role": "rep", "iat": NOW, "exp": NOW + 3_600,
    })
}

fn with(office: &Office, name: &str, value: Value) -> Value {
    let mut claims = claims(office);
    claims[name] = value;
    claims
}

fn without(office: &Office, name: &str) -> Value {
    let mut claims = claims(office);
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn sign(office: &Office, algorithm: Algorithm, claims: &Value) -> String {
    let key = fs::read(office.dir.path().join("secret.key")).unwrap();
    encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(&key)).unwrap()
}

fn is_let_in(office: &Office, claims: &Value) -> bool {
    office.app.identify(&sign(office, Algorithm::HS256, claims)).unwrap().is_some()
}

#[test]
fn a_good_token_is_let_in_with_the_role_of_the_user_record() {
    let office = Office::new();
    let boasting = sign(&office, Algorithm::HS256, &with(&office, "role", json!("admin")));
    let identity = office.app.identify(&boasting).unwrap().unwrap();
    assert_eq!((identity.user, identity.org, identity.role), (office.ada, office.org, Role::Rep));
}

#[test]
fn a_token_with_a_wrong_or_missing_claim_is_not_let_in() {
    let office = Office::new();
    let wrong = [
        with(&office, "iss", json!("somebody")),
        with(&office, "aud", json!("somebody")),
        with(&office, "aud", json!(["a", "b"])),
        with(&office, "sub", json!(id("nobody"))),
        with(&office, "sub", json!("ada")),
        with(&office, "org", json!(Uuid::nil())),
        with(&office, "org", json!("../../etc/passwd")),
        with(&office, "exp", json!((NOW + 3_600).to_string())),
        with(&office, "exp", json!(NOW - 61)),
        with(&office, "exp", json!(-1)),
        with(&office, "exp", json!(1e300)),
        with(&office, "exp", Value::Null),
        with(&office, "nbf", json!(NOW + 61)),
        with(&office, "nbf", json!("soon")),
    ];
    for claims in &wrong {
        assert!(!is_let_in(&office, claims), "{claims}");
    }
    for name in ["iss", "aud", "sub", "org", "exp"] {
        assert!(!is_let_in(&office, &without(&office, name)), "without {name}");
    }
}

#[test]
fn the_leeway_is_a_minute_and_no_more() {
    let office = Office::new();
    assert!(is_let_in(&office, &with(&office, "exp", json!(NOW - 59))));
    assert!(!is_let_in(&office, &with(&office, "exp", json!(NOW - 60))));
    assert!(is_let_in(&office, &with(&office, "nbf", json!(NOW + 60))));
}

#[test]
fn a_token_signed_in_another_way_is_not_let_in() {
    let office = Office::new();
    let good = sign(&office, Algorithm::HS256, &claims(&office));
    let parts: Vec<&str> = good.split('.').collect();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    let other_key = EncodingKey::from_secret(&[0; 32]);
    let wrong = [
        sign(&office, Algorithm::HS384, &claims(&office)),
        sign(&office, Algorithm::HS512, &claims(&office)),
        encode(&Header::new(Algorithm::HS256), &claims(&office), &other_key).unwrap(),
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{good}x"),
        format!("{good}.{}", parts[2]),
        "x".repeat(5_000),
        String::new(),
    ];
    for token in &wrong {
        assert_eq!(office.app.identify(token).unwrap(), None, "{token}");
    }
    assert!(office.app.identify(&good).unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_left_is_not_let_in() {
    let served = served().await;
    let office = &served.office;
    let token = office.app.token(office.org, office.ben, 1).unwrap();
    let mut omar = office.phone(office.omar);
    omar.sync(office, Vec::new());
    let (status, _) = ask(&served, omar.user, &wish(&omar, ("user", office.ben), "deactivate", "tap")).await;
    assert_eq!(status, 200);

    assert_eq!(office.app.identify(&token).unwrap(), None);
    assert!(office.app.token(office.org, office.ben, 1).is_err());
}

#[test]
fn another_organisation_sees_and_touches_nothing() {
    let office = Office::new();
    let rival = office.app.create_org("Rival").unwrap();
    let eve = office.app.add_user(rival, &person("Eve", Role::Admin)).unwrap();
    let mut ada = office.phone(office.ada);
    let part = ada.write("account", id("firm"), &[Write::put("name", "Secret Firm")]);
    let intent = ada.intent(vec![part]);
    ada.sync(&office, vec![intent]);

    let token = office.app.token(rival, eve, 1).unwrap();
    let identity = office.app.identify(&token).unwrap().unwrap();
    let mut spy = office.phone(eve);
    let hello = frame::encode(&ClientMessage::Hello(spy.hello())).unwrap();
    let response = office.app.exchange(&identity, &hello);
    let part = spy.write("account", id("firm"), &[Write::put("name", "Mine")]);
    let intent = spy.intent(vec![part]);
    spy.talk(&office.app, &identity, vec![intent]);

    let names = |org: Uuid| office.app.org_digest(org).unwrap().values().cloned().collect::<String>();
    assert!(!String::from_utf8_lossy(&response).contains("Secret"));
    assert!(!names(rival).contains("Secret Firm") && names(rival).contains("Mine"));
    assert!(!names(office.org).contains("Mine"));
    assert_eq!(office.app.identify(&token.replace('.', "..")).unwrap(), None);
    assert!(office.app.token(office.org, eve, 1).is_err());
}

#[test]
fn a_token_ends_when_its_time_is_over() {
    let office = Office::new();
    let token = office.app.token(office.org, office.ada, 1).unwrap();
    office.clock.advance(86_400_000 + 59_000);
    assert!(office.app.identify(&token).unwrap().is_some());
    office.clock.advance(1_000);
    assert_eq!(office.app.identify(&token).unwrap(), None);
}

#[test]
fn the_key_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let office = Office::new();
    let key = fs::metadata(office.dir.path().join("secret.key")).unwrap();
    assert_eq!((key.permissions().mode() & 0o777, key.len()), (0o600, 32));
}
