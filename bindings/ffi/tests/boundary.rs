//! The boundary as Rust sees it: what a value becomes on its way, what an error says, what giving up does.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record::account::Account;
use fieldbook_domain::record::activity::{Appointment, MeetingTime, Note};
use fieldbook_domain::record::contact::Contact;
use fieldbook_domain::record::lead::Lead;
use fieldbook_domain::record::opportunity::{Opportunity, OpportunityLine};
use fieldbook_domain::record::{AnyRecord, find};
use fieldbook_domain::time::{self, Timestamp};
use fieldbook_domain::timeline::{TimelineKind, TimelineStatus};
use fieldbook_ffi::book::{AttachmentContent, Book, NewAttachment, Step};
use fieldbook_ffi::cancel::Cancel;
use fieldbook_ffi::error::FieldbookError;
use fieldbook_ffi::listen::{CallbackError, ChangeListener, RecordsListener};
use fieldbook_ffi::query::RecordQuery;
use fieldbook_ffi::timeline::TimelineQuery;
use fieldbook_ffi::value::FieldValue;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

const ID: &str = "0192a3f0-0000-7000-8000-000000000001";
/// The claims of Ada, a rep of acme, until 2096; a phone does not check the signature.
const TOKEN: &str = "e30.eyJvcmciOiJhY21lIiwic3ViIjoiMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDBhIiwicm9sZSI6InJlcCIsIm5hbWUiOiJBZGEiLCJleHAiOjQwMDAwMDAwMDB9.x";

async fn book(folder: &TempDir) -> Arc<Book> {
    let path = folder.path().join("book.db").to_str().unwrap().to_owned();
    let book = Book::open(path, "phone".to_owned(), None).await.unwrap();
    book.sign_in("http://127.0.0.1:9".to_owned(), TOKEN.to_owned()).await.unwrap();
    book
}

fn account(book: &Book, name: &str) -> Account {
    Account { name: name.to_owned(), ..Account::new(book.new_id()) }
}

fn of(record: Account) -> AnyRecord {
    AnyRecord::Account { record }
}

#[test]
fn a_field_says_which_of_the_platforms_types_a_value_is() {
    let read = |kind: &str, field: &str, value: Value| FieldValue::under(kind, field, &value);
    let id: RecordId = ID.parse().unwrap();

    assert_eq!(read("account", "name", json!("Globex")), FieldValue::Text { value: "Globex".into() });
    assert_eq!(read("opportunity", "probability", json!(40)), FieldValue::Number { value: 40 });
    assert_eq!(read("opportunity", "actual_value", json!("12.5")), FieldValue::Amount { value: Decimal::new(125, 1) });
    assert_eq!(
        read("opportunity", "est_close_date", json!("2026-12-24")),
        FieldValue::Day { value: time::parse_date("2026-12-24").unwrap() }
    );
    assert_eq!(read("opportunity", "contact", json!(ID)), FieldValue::Link { value: id });
    let reference = FieldValue::Reference { value: RecordRef::new("account", id) };
    assert_eq!(read("opportunity", "customer", json!(format!("account:{ID}"))), reference);
    assert_eq!(read("account", "name", Value::Null), FieldValue::Empty);
    assert!(matches!(read("opportunity", "pricing", json!({"currency": "EUR"})), FieldValue::Json { .. }));
}

#[test]
fn every_value_survives_its_way_to_json_and_back() {
    for kind in fieldbook_domain::record::RECORD_TYPES {
        for field in kind.fields {
            let samples =
                [json!("2026-03-01"), json!("1969-07-20T20:17:40.123Z"), json!("0.1"), json!(7), json!(true), json!(ID)];
            let more = [json!(format!("account:{ID}")), json!("Zürich ✓"), json!({"a": [1, "b"]}), Value::Null];
            for sample in samples.iter().chain(&more) {
                // Only what the field itself would keep has to come back the same.
                let Ok(kept) = field.check(sample) else { continue };
                assert_eq!(FieldValue::of(Some(field), &kept).to_json(), kept, "{}.{}", kind.name, field.name);
            }
        }
    }
}

#[test]
fn a_moment_crosses_as_it_is_also_just_before_1970() {
    type Boundary = fieldbook_domain::UniFfiTag;
    for ms in [-62_135_596_800_000, -86_400_001, -1_001, -1_000, -999, -500, -1, 0, 1, 999, 4_102_444_800_123] {
        let crossing = <Timestamp as uniffi::Lower<Boundary>>::lower(time::from_ms(ms));
        let there = <Timestamp as uniffi::Lift<Boundary>>::try_lift(crossing).unwrap();
        assert_eq!(there.timestamp_millis(), ms);
    }
}

#[test]
fn text_that_fits_no_type_of_its_field_is_given_as_it_is() {
    let field = find("opportunity").unwrap().field("est_close_date").unwrap();

    let newer = FieldValue::of(Some(field), &json!("next week"));

    assert_eq!(newer, FieldValue::Text { value: "next week".into() });
}

#[tokio::test]
async fn without_a_network_the_office_does_nothing_and_nothing_is_queued() {
    let folder = TempDir::new().unwrap();
    let book = book(&folder).await;
    let target = RecordRef::new("account", book.new_id());

    let offline = book.perform_at_office(target, "deactivate".to_owned(), Vec::new()).await.unwrap_err();

    assert!(
        matches!(&offline, FieldbookError::Offline { reason } if reason.contains("deactivate needs the office")),
        "{offline}"
    );
    assert_eq!(book.status().await.unwrap().pending, 0);
}

#[tokio::test]
async fn a_refusal_crosses_with_its_code_field_and_sentence() {
    let folder = TempDir::new().unwrap();
    let book = book(&folder).await;

    let refused = book.create_record(of(account(&book, &"x".repeat(200)))).await.unwrap_err();

    let FieldbookError::Refused { code, field, reason } = refused else { unreachable!("{refused}") };
    assert_eq!((code.as_str(), field.as_deref()), ("field.too_long", Some("name")));
    assert!(reason.contains("name"), "{reason}");
}

#[tokio::test]
async fn two_copies_of_different_records_are_no_save() {
    let folder = TempDir::new().unwrap();
    let book = book(&folder).await;
    let (one, other) = (account(&book, "Globex"), account(&book, "Initech"));
    book.create_record(of(one.clone())).await.unwrap();

    assert!(book.save_record(of(one), of(other)).await.is_err());
    let sale = AnyRecord::Opportunity { record: Opportunity::new(book.new_id()) };
    assert!(book.save_record(sale.clone(), of(account(&book, "Globex"))).await.is_err());
}

#[tokio::test]
async fn bundles_of_a_batch_are_work_of_their_own_and_written_together() {
    let folder = TempDir::new().unwrap();
    let book = book(&folder).await;
    let step = |name: &str| Step::Create { record: of(account(&book, name)) };

    let ids = book.apply_each(vec![vec![step("Globex"), step("Initech")], vec![step("Hooli")]]).await.unwrap();
    assert_eq!(ids.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(book.status().await.unwrap().pending, 2);

    let refused = book.apply_each(vec![vec![step("Umbrella")], vec![step("")]]).await;
    assert!(matches!(refused, Err(FieldbookError::Refused { .. })), "{refused:?}");
    assert_eq!(book.count_records(all("account")).await.unwrap(), 3, "all of them or none");
}

fn all(kind: &str) -> RecordQuery {
    RecordQuery { kind: kind.to_owned(), filters: Vec::new(), sort: None, descending: false, limit: None, offset: 0 }
}

#[tokio::test]
async fn cancelling_ends_a_sync_that_waits_for_a_silent_server() {
    let folder = TempDir::new().unwrap();
    let book = book(&folder).await;
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    book.sign_in(format!("http://{}", silent.local_addr().unwrap()), TOKEN.to_owned()).await.unwrap();
    let cancel = Cancel::new();
    let (syncing, token) = (book.clone(), cancel.clone());
    let sync = tokio::spawn(async move { syncing.exchange(Some(token), None).await });
    let connection = tokio::task::spawn_blocking(move || silent.accept()).await.unwrap().unwrap();

    cancel.cancel();

    let ended = tokio::time::timeout(Duration::from_secs(20), sync).await.unwrap().unwrap();
    assert!(matches!(ended, Err(FieldbookError::Cancelled { .. })), "{ended:?}");
    drop(connection);
    assert!(matches!(book.exchange(Some(cancel), None).await, Err(FieldbookError::Cancelled { .. })), "it stays cancelled");
}

/// Tells what it is given and then fails in its own way.
struct Faulty {
    told: mpsc::Sender<usize>,
    panics: bool,
}

impl RecordsListener for Faulty {
    fn on_records(&self, records: Vec<AnyRecord>) -> Result<(), CallbackError> {
        self.told.send(records.len()).unwrap();
        if self.panics {
            std::panic::resume_unwind(Box::new("the app's own fault"));
        }
        Err(CallbackError::Failed { reason: "the view is gone".to_owned() })
    }

    fn on_end(&self, _: FieldbookError) -> Result<(), CallbackError> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_fails_is_counted_and_told_again() {
    for panics in [false, true] {
        let folder = TempDir::new().unwrap();
        let book = book(&folder).await;
        let (told, heard) = mpsc::channel();
        let subscription = book.observe_records(all("account"), Arc::new(Faulty { told, panics })).unwrap();
        let next = || heard.recv_timeout(Duration::from_secs(20)).unwrap();

        assert_eq!(next(), 0);
        book.create_record(of(account(&book, "Globex"))).await.unwrap();
        assert_eq!(next(), 1);
        book.create_record(of(account(&book, "Initech"))).await.unwrap();
        assert_eq!(next(), 2);

        // The fault of the second list was counted before the third was given.
        assert!(subscription.faults() >= 2, "{}", subscription.faults());
        subscription.end();
        subscription.end();
    }
}

#[tokio::test]
async fn a_price_that_cannot_be_had_and_a_duplicate_cross_with_their_reasons() {
    let folder = TempDir::new().unwrap();
    let book = book(&folder).await;
    let email = Some("lind@globex.example".to_owned());
    let known = Contact { last_name: "Lind".to_owned(), email: email.clone(), ..Contact::new(book.new_id()) };
    let lead = Lead { topic: "Pumps".to_owned(), email, ..Lead::new(book.new_id()) };
    let line: OpportunityLine = serde_json::from_value(json!({ "id": ID, "description": "Transport" })).unwrap();
    let sale = Opportunity { topic: "Pumps".to_owned(), lines: vec![line.clone()], ..Opportunity::new(book.new_id()) };
    let target = RecordRef::new("opportunity", sale.id);
    book.create_record(AnyRecord::Contact { record: known.clone() }).await.unwrap();
    book.create_record(AnyRecord::Opportunity { record: sale }).await.unwrap();

    let sheet = book.price(target.clone()).await.unwrap();
    let found = book.duplicates(AnyRecord::Lead { record: lead }).await.unwrap();

    let wrong = sheet.error.unwrap();
    assert_eq!((wrong.code, wrong.message), (5, "say what one costs"));
    assert_eq!(sheet.lines.iter().map(|line| (line.id, line.amounts)).collect::<Vec<_>>(), [(line.id, None)]);
    assert_eq!(sheet.totals.unwrap().total, Decimal::ZERO);
    let [same] = found.as_slice() else { unreachable!("{found:?}") };
    assert_eq!((&same.record, same.same), (&RecordRef::new("contact", known.id), "the e-mail address"));
    assert_eq!(book.suggest(target.clone()).await.unwrap(), []);
    assert_eq!(book.missing_properties(target).await.unwrap(), []);
    let refused = book.price(RecordRef::new("contact", known.id)).await.unwrap_err();
    assert!(matches!(&refused, FieldbookError::Refused { code, .. } if code == "record.no_prices"), "{refused:?}");
}

#[tokio::test]
async fn a_file_goes_in_as_bytes_and_comes_out_as_bytes_or_a_file() {
    let folder = TempDir::new().unwrap();
    let book = book(&folder).await;
    let note = Note { title: Some("The fair".to_owned()), ..Note::new(book.new_id()) };
    let target = RecordRef::new("note", note.id);
    book.create_record(AnyRecord::Note { record: note }).await.unwrap();
    let content = AttachmentContent::Bytes { bytes: b"jpeg".to_vec() };
    let (title, author, summary, media_type) = (None, None, None, Some("image/jpeg".to_owned()));
    let photo = NewAttachment { file_name: "stand.jpg".to_owned(), content, title, author, summary, media_type };

    let id = book.attach(target.clone(), photo.clone()).await.unwrap();

    let files = book.attachments(target.clone()).await.unwrap();
    let [file] = files.as_slice() else { unreachable!("{files:?}") };
    assert_eq!((file.held, file.whole, file.waiting), (4, true, true));
    assert_eq!(file.attachment.media_type.as_deref(), Some("image/jpeg"));
    assert_eq!(book.status().await.unwrap().uploads, 1);
    assert_eq!(book.attachment_bytes(target.clone(), id).await.unwrap(), b"jpeg");
    assert_eq!(book.fetch(target.clone(), id, None).await.unwrap(), 0, "it is here");
    let path = folder.path().join("copy.jpg").to_str().unwrap().to_owned();
    assert_eq!(book.save_attachment(target.clone(), id, path.clone()).await.unwrap(), 4);
    assert_eq!(std::fs::read(&path).unwrap(), b"jpeg");
    let nowhere = NewAttachment { content: AttachmentContent::File { path: "/nowhere/x".to_owned() }, ..photo };
    let refused = book.attach(target, nowhere).await.unwrap_err();
    assert!(matches!(&refused, FieldbookError::Storage { code, .. } if code == "attachment.read"), "{refused:?}");
}

#[tokio::test]
async fn what_is_not_there_and_what_is_closed_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let book = book(&folder).await;
    let nobody = RecordRef::new("account", RecordId(Uuid::nil()));

    assert!(matches!(book.record(nobody.clone()).await, Err(FieldbookError::NotFound { .. })));
    assert!(matches!(book.record(RecordRef::new("colour", nobody.id)).await, Err(FieldbookError::Refused { .. })));
    assert!(matches!(book.exchange(None, None).await, Err(FieldbookError::Offline { .. })));
    book.sign_out().await.unwrap();
    assert!(matches!(book.exchange(None, None).await, Err(FieldbookError::SignedOut { .. })));
    book.shut_down().await.unwrap();
    let closed = book.status().await.unwrap_err();
    assert!(matches!(&closed, FieldbookError::Storage { code, .. } if code == "book.closed"), "{closed:?}");
}

/// Hears of changes, and of the end.
struct Heard(mpsc::Sender<Option<FieldbookError>>);

impl ChangeListener for Heard {
    fn on_change(&self) -> Result<(), CallbackError> {
        self.0.send(None).unwrap();
        Ok(())
    }

    fn on_end(&self, error: FieldbookError) -> Result<(), CallbackError> {
        self.0.send(Some(error)).unwrap();
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_end_with_the_book() {
    let folder = TempDir::new().unwrap();
    let book = book(&folder).await;
    let (told, heard) = mpsc::channel();
    let _subscription = book.observe_changes(Arc::new(Heard(told))).unwrap();
    let next = || heard.recv_timeout(Duration::from_secs(20)).unwrap();

    book.create_record(of(account(&book, "Globex"))).await.unwrap();
    assert_eq!(next(), None);
    book.shut_down().await.unwrap();
    let end = next();

    assert!(matches!(&end, Some(FieldbookError::Storage { code, .. }) if code == "book.closed"), "{end:?}");
    assert!(heard.recv_timeout(Duration::from_secs(20)).is_err(), "nothing is told after the end");
}

#[tokio::test]
async fn copies_of_two_records_are_the_apps_mistake() {
    let folder = TempDir::new().unwrap();
    let book = book(&folder).await;

    let saved = book.save_record(of(account(&book, "Globex")), of(account(&book, "Initech"))).await;

    assert!(matches!(&saved, Err(FieldbookError::Bug { code, .. }) if code == "record.copies"), "{saved:?}");
}

#[tokio::test]
async fn a_phone_without_goals_gives_none_and_finds_none() {
    let folder = TempDir::new().unwrap();
    let book = book(&folder).await;

    assert_eq!(book.goals().await.unwrap(), []);
    let missing = book.goal(ID.parse().unwrap()).await;
    assert!(matches!(missing, Err(FieldbookError::NotFound { .. })), "{missing:?}");
}

#[tokio::test]
async fn a_timeline_crosses_with_moments_references_and_a_cursor() {
    let folder = TempDir::new().unwrap();
    let book = book(&folder).await;
    let globex = account(&book, "Globex");
    book.create_record(of(globex.clone())).await.unwrap();
    let target = RecordRef::new("account", globex.id);
    let when =
        MeetingTime { start: time::parse("2020-01-20T10:00:00Z"), end: time::parse("2020-01-20T11:00:00Z"), all_day: None };
    let visit = Appointment {
        subject: "Visit".into(),
        regarding: Some(target.clone()),
        when: Some(when),
        ..Appointment::new(book.new_id())
    };
    book.create_record(AnyRecord::Appointment { record: visit.clone() }).await.unwrap();
    book.perform(target.clone(), "deactivate".to_owned(), Vec::new()).await.unwrap();

    let page = book.timeline(target.clone(), TimelineQuery { limit: Some(1), ..TimelineQuery::default() }).await.unwrap();
    let overdue = TimelineQuery { status: Some(TimelineStatus::Overdue), ..TimelineQuery::default() };
    let overdue = book.timeline(target.clone(), overdue).await.unwrap();
    let refused = book.timeline(target.clone(), TimelineQuery { limit: Some(51), ..TimelineQuery::default() }).await;

    assert_eq!((page.items[0].kind, page.items[0].action.as_deref()), (TimelineKind::Post, Some("deactivate")));
    let next = TimelineQuery { after: page.next, ..TimelineQuery::default() };
    let next = book.timeline(target.clone(), next).await.unwrap();
    assert_eq!(next.items, overdue.items);
    assert_eq!(
        (next.items[0].at, next.items[0].due),
        (time::parse("2020-01-20T10:00:00Z").unwrap(), time::parse("2020-01-20T11:00:00Z"))
    );
    assert_eq!((&next.items[0].regarding, next.items[0].overdue, next.next), (&Some(target), true, None));
    assert!(matches!(refused, Err(FieldbookError::Refused { .. })));
}
