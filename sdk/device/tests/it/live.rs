//! Lists that follow, what the platform says about the network, and books that are closed or wiped.

use std::sync::mpsc;

use fieldbook_device::{BookKey, Direction, Error, Query, Unsent};
use serde_json::{Value, json};

use crate::office::{Office, sync};
use crate::phone::{Phone, map, names};

fn topics(rows: &[serde_json::Map<String, Value>]) -> Vec<&str> {
    rows.iter().map(|row| row["topic"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_live_list_gives_at_once_and_then_only_what_differs() {
    let mut ada = Phone::ada(1);
    let book = ada.book();
    let chairs = book.create("opportunity", map(json!({ "topic": "Chairs" }))).unwrap();
    let mut live = book.live(Query::of("opportunity").filter("state", "open").sort("topic", Direction::Ascending)).unwrap();
    assert_eq!(topics(&live.next().await.unwrap()), ["Chairs"]);

    book.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    book.create("opportunity", map(json!({ "topic": "Pumps" }))).unwrap();
    book.create("opportunity", map(json!({ "topic": "Valves" }))).unwrap();
    assert_eq!(topics(&live.next().await.unwrap()), ["Chairs", "Pumps", "Valves"], "the latest, not every step");

    let args = map(json!({ "reason": "canceled" }));
    book.act("opportunity", chairs, "lose", args).unwrap();
    assert_eq!(topics(&live.next().await.unwrap()), ["Pumps", "Valves"]);
}

#[tokio::test]
async fn a_live_list_is_not_read_again_for_records_of_another_type() {
    let mut ada = Phone::ada(1);
    let book = ada.book();
    let mut live = book.live(Query::of("lead")).unwrap();
    live.next().await.unwrap();
    let ran = live.runs();

    for name in ["Northwind", "Globex", "Initech"] {
        book.create("account", map(json!({ "name": name }))).unwrap();
    }
    // The lead is written last, so the accounts have been looked at when it arrives.
    book.create("lead", map(json!({ "topic": "Pumps", "last_name": "Lind" }))).unwrap();

    assert_eq!(live.next().await.unwrap().len(), 1);
    assert_eq!(live.runs(), ran + 1);
}

#[tokio::test]
async fn giving_up_a_look_loses_nothing() {
    let mut ada = Phone::ada(1);
    let book = ada.book();
    let mut live = book.live(Query::of("account")).unwrap();
    live.next().await.unwrap();
    book.create("account", map(json!({ "name": "Northwind" }))).unwrap();

    // Somebody keeps the store busy, so that no look is answered until they let go.
    let (started, busy) = mpsc::channel();
    let (let_go, kept) = mpsc::channel::<()>();
    let other = book.clone();
    let holder = std::thread::spawn(move || {
        other.batch(move |_| {
            started.send(()).unwrap();
            Ok(kept.recv().unwrap())
        })
    });
    busy.recv().unwrap();
    for _ in 0..10 {
        // Polled once and dropped: it has noticed the change, and waits for the store.
        tokio::select! {
            biased;
            _ = live.next() => panic!("the store answered while it was kept busy"),
            () = std::future::ready(()) => {}
        }
    }
    let_go.send(()).unwrap();
    holder.join().unwrap().unwrap();

    assert_eq!(live.next().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_live_list_follows_a_sync_page_by_page() {
    let office = Office::new(1);
    let (mut ada, mut ben) = (Phone::ada(1), Phone::ben(2));
    for name in ["Northwind", "Globex"] {
        ada.book().create("account", map(json!({ "name": name }))).unwrap();
    }
    let first = (ada.book(), office.clone());
    tokio::task::spawn_blocking(move || sync(&first.0, &first.1)).await.unwrap();
    let book = ben.book();
    let mut live = book.live(Query::of("account")).unwrap();
    assert!(live.next().await.unwrap().is_empty());

    let second = (book.clone(), office.clone());
    tokio::task::spawn_blocking(move || sync(&second.0, &second.1)).await.unwrap();

    let mut rows = live.next().await.unwrap();
    while rows.len() < 2 {
        rows = live.next().await.unwrap();
    }
    assert_eq!(rows, book.list(&Query::of("account")).unwrap());
}

#[tokio::test]
async fn a_live_list_of_a_name_the_type_does_not_have_is_refused() {
    let mut ada = Phone::ada(1);

    let refused = ada.book().live(Query::of("account").filter("colour", "red")).unwrap_err();

    assert_eq!(refused.code(), "field.unknown");
}

#[tokio::test]
async fn a_closed_book_ends_its_live_lists_and_says_so() {
    let mut ada = Phone::ada(1);
    let book = ada.book();
    let mut live = book.live(Query::of("account")).unwrap();
    live.next().await.unwrap();

    book.close().unwrap();

    assert!(matches!(live.next().await, Err(Error::Closed)));
    assert!(matches!(book.status(), Err(Error::Closed)));
    assert!(matches!(book.close(), Err(Error::Closed)));
    assert!(ada.try_open().unwrap().list(&Query::of("account")).unwrap().is_empty(), "it can be opened again");
}

#[test]
fn a_wipe_is_refused_while_work_waits_and_leaves_no_file() {
    let mut ada = Phone::ada(1);
    let book = ada.book();
    book.create("account", map(json!({ "name": "Northwind" }))).unwrap();

    let refused = book.wipe(Unsent::Keep).unwrap_err();
    assert_eq!(refused.code(), "wipe.outbox");
    assert_eq!(names(&book, &Query::of("account"), "name"), ["Northwind"], "nothing was done");

    book.wipe(Unsent::Discard).unwrap();
    assert!(matches!(book.status(), Err(Error::Closed)));
    let left: Vec<_> = std::fs::read_dir(ada.folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_key_opens_what_it_made_and_nothing_else() {
    let key = BookKey::new([7; 32]);
    let mut ada = Phone::ada(1);
    ada.book();
    ada.close();

    let open = |key: &BookKey| ada.try_open_encrypted(key);
    assert_eq!(open(&key).unwrap_err().code(), "book.key", "a plain book stays a plain book");
    std::fs::remove_file(ada.path()).unwrap();

    if cfg!(feature = "encryption") {
        open(&key).unwrap().close().unwrap();
        assert!(!std::fs::read(ada.path()).unwrap().starts_with(b"SQLite"));
        assert_eq!(open(&BookKey::new([8; 32])).unwrap_err().code(), "book.key");
        assert_eq!(ada.try_open().unwrap_err().code(), "book.damaged");
        open(&key).unwrap();
    } else {
        assert_eq!(open(&key).unwrap_err().code(), "book.key");
        assert!(!ada.path().exists(), "nothing was made");
    }
}
