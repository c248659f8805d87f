//! What only the office does, over real sockets: performed at once, for everybody, once; or refused with nothing written.

use fieldbook_domain::document::Write;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::raw::{Action, Scalar};
use fieldbook_domain::{document, key, record, view};
use fieldbook_sync::message::Status;
use fieldbook_sync::office::{OfficeRequest, REQUEST_BYTES_MAX};
use reqwest::StatusCode;
use serde_json::{Map, Value, json};

use crate::live::{Served, served};
use crate::phone::{Phone, id};

/// Asks the office as a phone does.
pub(crate) async fn ask(served: &Served, user: RecordId, request: &OfficeRequest) -> (StatusCode, Value) {
    let token = served.office.app.token(served.office.org, user, 1).unwrap();
    let url = format!("http://{}/v1/act", served.address);
    let body = serde_json::to_vec(request).unwrap();
    let response = reqwest::Client::new().post(url).bearer_auth(token).body(body).send().await.unwrap();
    let status = response.status();
    (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
}

pub(crate) fn wish(phone: &Phone, target: (&str, RecordId), action: &str, name: &str) -> OfficeRequest {
    let record = RecordRef::new(target.0, target.1).to_string();
    OfficeRequest { device: phone.device, record, action: action.to_owned(), id: id(name).0, args: Map::new() }
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_default()
}

/// A server, Maya's phone, and an opportunity of hers that is won.
async fn won() -> (Served, Phone) {
    let served = served().await;
    let mut maya = served.office.phone(served.office.maya);
    let customer = Write::put("customer", format!("account:{}", id("firm")));
    let firm = maya.write("account", id("firm"), &[Write::put("name", "Firm")]);
    let sale = maya.write("opportunity", id("sale"), &[Write::put("topic", "Pumps"), customer]);
    let made = [maya.intent(vec![firm]), maya.intent(vec![sale])];
    maya.sync(&served.office, made.to_vec());
    let args = [("actual_close_date".to_owned(), json!("2026-11-23"))].into_iter().collect();
    let win = Action { id: id("win"), action: "win".to_owned(), by: maya.user, at: maya.clock_ms, turn: 1, args };
    let win = Write::put(key::action(win.id), serde_json::to_string(&win).unwrap());
    let win = maya.write("opportunity", id("sale"), &[win]);
    let win = maya.intent(vec![win]);
    assert_eq!(maya.sync(&served.office, vec![win])[0].status, Status::Accepted);
    (served, maya)
}

fn state(phone: &Phone) -> String {
    let raw = document::read(&phone.docs[&id("sale")].1).unwrap();
    view::of(record::find("opportunity").unwrap(), id("sale"), &raw).folded.state.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_of_the_office_is_done_once_and_reaches_every_phone() {
    let (served, mut maya) = won().await;
    let office = &served.office;
    let mut ada = office.phone(office.ada);
    ada.sync(office, Vec::new());
    let request = wish(&maya, ("opportunity", id("sale")), "reopen", "tap");

    let (status, answer) = ask(&served, maya.user, &request).await;
    let done = office.app.org_metrics(office.org).unwrap();
    let (again, same) = ask(&served, maya.user, &request).await;

    assert_eq!((status, &answer), (StatusCode::OK, &json!({ "id": id("tap") })));
    assert_eq!((again, same), (status, answer));
    assert_eq!(office.app.org_metrics(office.org).unwrap(), done, "asking again writes nothing");
    for phone in [&mut maya, &mut ada] {
        phone.sync(office, Vec::new());
        assert_eq!(state(phone), "open");
    }
    let raw = document::read(&ada.docs[&id("sale")].1).unwrap();
    assert_eq!(raw.action(id("tap")).unwrap().by, maya.user, "it is Maya's work");
    let newest = ada.docs[&id("sale")].1.get_changes(&[]).into_iter().next_back().unwrap();
    assert_eq!(newest.message(), Some("Maya, at the office"));
    office.is_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_cannot_do_it_by_itself() {
    let (served, mut maya) = won().await;
    let reopen = maya.act("opportunity", id("sale"), "reopen");
    let reopen = maya.intent(vec![reopen]);

    let answers = maya.sync(&served.office, vec![reopen]);

    assert_eq!((answers[0].status, answers[0].code.as_str()), (Status::Rejected, "LIFECYCLE"));
    assert!(answers[0].message.contains("needs the office"), "{}", answers[0].message);
    maya.sync(&served.office, Vec::new());
    assert_eq!(state(&maya), "won");
    served.office.is_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_refuses_is_answered_and_nothing_is_written() {
    let (served, maya) = won().await;
    let office = &served.office;
    let mut ada = office.phone(office.ada);
    ada.sync(office, Vec::new());
    let before = office.app.org_metrics(office.org).unwrap();
    let sale = ("opportunity", id("sale"));
    let argument =
        OfficeRequest { args: [("colour".to_owned(), json!("red"))].into_iter().collect(), ..wish(&maya, sale, "reopen", "tap") };
    let taken = OfficeRequest { id: id("win").0, ..wish(&maya, sale, "reopen", "tap") };

    for (phone, request, expected) in [
        (&ada, wish(&ada, sale, "reopen", "tap"), "opportunity.reopen.permission"),
        (&maya, wish(&maya, sale, "resume", "tap"), "opportunity.resume.state"),
        (&maya, wish(&maya, ("opportunity", id("no sale")), "reopen", "tap"), "record.not_found"),
        (&maya, wish(&maya, ("account", id("sale")), "activate", "tap"), "record.not_found"),
        (&maya, argument, "opportunity.reopen.argument"),
        (&maya, taken, "action.exists"),
    ] {
        let (status, answer) = ask(&served, phone.user, &request).await;
        assert_eq!((status, code(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, expected), "{answer}");
    }

    assert_eq!(office.app.org_metrics(office.org).unwrap(), before);
    office.is_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_registered_device_of_the_user_may_ask() {
    let (served, maya) = won().await;
    let office = &served.office;
    let request = wish(&maya, ("opportunity", id("sale")), "reopen", "tap");
    let stranger = OfficeRequest { device: id("no device").0, ..request.clone() };

    let (unknown, why) = ask(&served, maya.user, &stranger).await;
    let (borrowed, _) = ask(&served, office.omar, &request).await;
    assert!(office.app.revoke_device(office.org, maya.device).unwrap());
    let (revoked, gone) = ask(&served, maya.user, &request).await;

    assert_eq!((unknown, code(&why)), (StatusCode::FORBIDDEN, "device.unknown"));
    assert_eq!((borrowed, revoked, code(&gone)), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN, "device.revoked"));
    let url = format!("http://{}/v1/act", served.address);
    let client = reqwest::Client::new();
    let nobody = client.post(&url).body("{}").send().await.unwrap();
    let token = office.app.token(office.org, office.omar, 1).unwrap();
    let unreadable = client.post(&url).bearer_auth(&token).body("{}").send().await.unwrap();
    let blank = async |bytes: usize| client.post(&url).bearer_auth(&token).body(vec![b' '; bytes]).send().await.unwrap().status();
    assert_eq!(blank(REQUEST_BYTES_MAX).await, StatusCode::BAD_REQUEST, "read, and no request");
    assert_eq!(blank(REQUEST_BYTES_MAX + 1).await, StatusCode::PAYLOAD_TOO_LARGE);
    // As deep as it is long: no reader goes down that far.
    let deep = format!("{{\"args\":{}1{}}}", "{\"a\":".repeat(30_000), "}".repeat(30_000));
    let deep = client.post(&url).bearer_auth(&token).body(deep).send().await.unwrap();
    assert_eq!(deep.status(), StatusCode::BAD_REQUEST);
    assert_eq!((nobody.status(), unreadable.status()), (StatusCode::UNAUTHORIZED, StatusCode::BAD_REQUEST));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_makes_records_makes_all_of_them_at_the_office() {
    let served = served().await;
    let office = &served.office;
    let mut ada = office.phone(office.ada);
    let fields = [("topic", "Pumps"), ("last_name", "Lind"), ("company_name", "Nordic Pumps")];
    let lead = ada.write("lead", id("lead"), &fields.map(|(field, value)| Write::put(field, value)));
    let lead = ada.intent(vec![lead]);
    ada.sync(office, vec![lead]);

    let (status, answer) = ask(&served, ada.user, &wish(&ada, ("lead", id("lead")), "qualify", "tap")).await;

    assert_eq!(status, StatusCode::OK, "{answer}");
    ada.sync(office, Vec::new());
    for kind in ["opportunity", "contact", "account"] {
        assert!(ada.docs.contains_key(&id("lead").derived(kind)), "{kind}");
    }
    // The values are Ada's: a colleague's later edit collides with hers, not with the server's.
    let account = id("lead").derived("account");
    let mut ben = office.phone(office.ben);
    ben.sync(office, Vec::new());
    let mine = ada.write("account", account, &[Write::put("name", "Nordic Pumps AS")]);
    let theirs = ben.write("account", account, &[Write::put("name", "Nordic")]);
    let (mine, theirs) = (ada.intent(vec![mine]), ben.intent(vec![theirs]));
    ada.sync(office, vec![mine]);
    ben.sync(office, vec![theirs]);
    ada.sync(office, Vec::new());
    assert_eq!(ada.shows(account, "name"), ben.shows(account, "name"));
    assert_ne!(ada.shows(account, "name"), Some(Scalar::Null));
    office.is_whole();
}
