//! Books that were copied, put back from a backup, or belong to another version.

use std::fs;

use fieldbook_device::{Book, Error, Query, RecordId};
use rusqlite::Connection;
use serde_json::json;

use crate::office::{Fault, Office, sync, sync_with};
use crate::phone::{Phone, map, typed};

fn note(book: &Book, id: RecordId, text: &str) {
    book.set("account", id, &typed(&[("description", text)])).unwrap();
}

#[test]
fn a_copied_book_takes_a_new_name_and_sends_its_work_once() {
    let office = Office::new(1);
    let (mut ada, mut copy) = (Phone::ada(1), Phone::new(2));
    let book = ada.book();
    let account = book.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    note(&book, account, "Ada was here. ");
    let before = book.status().unwrap();
    drop(book);
    ada.close();
    fs::copy(ada.path(), copy.path()).unwrap();

    let copied = copy.book();
    let after = copied.status().unwrap();
    sync(&ada.book(), &office);
    note(&copied, account, "Ada was here. And here.");
    sync(&copied, &office);
    sync(&ada.book(), &office);

    assert_ne!((before.actor, before.device), (after.actor, after.device));
    assert_eq!((before.pending, after.pending), (2, 2));
    assert_eq!(copied.get("account", account).unwrap()["description"], json!("Ada was here. And here."));
    assert_eq!(copied.records_digest().unwrap(), ada.book().records_digest().unwrap());
    assert_eq!(office.lock().unwrap().merged, 3);
}

#[test]
fn a_book_put_back_from_a_backup_does_not_say_twice_what_the_server_has() {
    let office = Office::new(1);
    let mut ada = Phone::ada(1);
    let book = ada.book();
    let account = book.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    note(&book, account, "Before. ");
    let device = book.status().unwrap().device;
    drop(book);
    ada.close();
    let backup = ada.folder().join("backup");
    fs::copy(ada.path(), &backup).unwrap();
    let book = ada.book();
    sync(&book, &office);
    note(&book, account, "Before. After.");
    sync(&book, &office);
    let actor = book.status().unwrap().actor;
    drop(book);
    ada.close();

    fs::copy(&backup, ada.path()).unwrap();
    let book = ada.book();
    assert_ne!(book.status().unwrap().actor, actor);
    assert_eq!((book.status().unwrap().device, book.status().unwrap().pending), (device, 2));
    book.set("account", account, &typed(&[("city", "Bern")])).unwrap();
    sync(&book, &office);

    let shown = book.get("account", account).unwrap();
    assert_eq!((&shown["description"], &shown["city"]), (&json!("Before. After."), &json!("Bern")));
    assert_eq!(office.lock().unwrap().merged, 4);
    assert_eq!(book.status().unwrap().pending, 0);
}

#[test]
fn a_server_that_knows_better_is_given_a_new_name() {
    let office = Office::new(1);
    let (mut ada, mut ben) = (Phone::ada(1), Phone::ben(2));
    let book = ada.book();
    let account = book.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    note(&book, account, "Once. ");
    sync_with(&book, &office, &[Fault::Unanswered]).unwrap_err();
    note(&book, account, "Once. Twice.");
    office.lock().unwrap().forget_names();
    let actor = book.status().unwrap().actor;

    sync(&book, &office);
    sync(&ben.book(), &office);

    assert_ne!(book.status().unwrap().actor, actor);
    assert_eq!(book.status().unwrap().pending, 0);
    assert_eq!(ben.book().get("account", account).unwrap()["description"], json!("Once. Twice."));
    assert_eq!(book.records_digest().unwrap(), ben.book().records_digest().unwrap());
}

#[test]
fn a_book_of_version_one_is_upgraded_with_everything_in_it() {
    let phone = Phone::new(1);
    let golden = include_str!("../../migrations/golden/v0001.sql");
    let connection = Connection::open(phone.path()).unwrap();
    connection.execute_batch(golden).unwrap();
    connection.close().unwrap();

    let book = phone.try_open().unwrap();

    let status = book.status().unwrap();
    assert_eq!((status.pending, status.records["account"]), (2, 1));
    let shown = book.list(&Query::of("account")).unwrap();
    assert_eq!((&shown[0]["name"], &shown[0]["city"]), (&json!("Northwind"), &json!("Bern")));
    assert_eq!(shown[0]["pending"], json!(true));
    assert!(book.inbox().unwrap().is_empty());
}

#[test]
fn a_newer_a_foreign_and_a_damaged_file_are_left_as_they_are() {
    let make = |sql: &str| {
        let phone = Phone::new(1);
        let connection = Connection::open(phone.path()).unwrap();
        connection.execute_batch(sql).unwrap();
        connection.close().unwrap();
        phone
    };
    let newer = make("PRAGMA application_id = 1178755691; CREATE TABLE t (a); PRAGMA user_version = 99;");
    let foreign = make("CREATE TABLE t (a);");
    let damaged = Phone::new(1);
    fs::write(damaged.path(), "not a database at all, and longer than a hundred bytes: ".repeat(9)).unwrap();
    let short = Phone::new(1);
    fs::write(short.path(), "SQLite format 3\0").unwrap();

    for (phone, code) in
        [(newer, "upgrade_needed"), (foreign, "book.damaged"), (damaged, "book.damaged"), (short, "book.damaged")]
    {
        let before = fs::read(phone.path()).unwrap();
        assert_eq!(phone.try_open().unwrap_err().code(), code);
        assert_eq!(fs::read(phone.path()).unwrap(), before);
        assert_eq!(fs::read_dir(phone.folder()).unwrap().count(), 1, "nothing was put beside it");
    }
}

#[test]
fn two_processes_write_one_book_at_once() {
    let mut ada = Phone::ada(1);
    let (one, two) = (ada.book(), ada.try_open().unwrap());
    let write = |book: Book| {
        std::thread::spawn(move || {
            for number in 0..40 {
                book.create("account", map(json!({ "name": format!("A {number}") }))).unwrap();
            }
        })
    };
    let (first, second) = (write(one.clone()), write(two));
    first.join().unwrap();
    second.join().unwrap();

    let office = Office::new(1);
    assert_eq!(one.count(&Query::of("account")).unwrap(), 80);
    assert_eq!(sync(&one, &office).pushed, 80);
}

#[test]
fn another_user_of_the_same_phone_is_another_device() {
    use crate::phone::{ADA, BEN, token};
    let office = Office::new(1);
    let mut phone = Phone::ada(1);
    let book = phone.book();
    book.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    sync(&book, &office);
    let before = book.status().unwrap();

    book.login("https://office.example", &token(BEN, "Ben", "rep", "acme")).unwrap();
    let after = book.status().unwrap();
    assert_ne!((before.device, &before.actor), (after.device, &after.actor));
    assert!(after.cursors.is_empty());
    book.create("account", map(json!({ "name": "Contoso" }))).unwrap();
    assert_eq!(sync(&book, &office).pushed, 1);
    assert!(matches!(book.login("https://office.example", &token(ADA, "Ada", "rep", "other")), Err(Error::Refused(_))));
}

#[test]
fn settling_a_conflict_for_the_value_that_stands_survives_a_new_name() {
    let office = Office::new(1);
    let (mut ada, mut ben) = (Phone::ada(1), Phone::ben(2));
    let account = ada.book().create("account", map(json!({ "name": "Northwind" }))).unwrap();
    sync(&ada.book(), &office);
    sync(&ben.book(), &office);
    for (phone, city) in [(&mut ada, "Bern"), (&mut ben, "Oslo")] {
        phone.book().set("account", account, &typed(&[("city", city)])).unwrap();
    }
    sync(&ben.book(), &office);
    sync(&ada.book(), &office);
    let book = ada.book();
    let stands = book.get("account", account).unwrap()["city"].clone();
    let (was, now) = (map(json!({})), map(json!({ "city": stands })));
    book.save("account", account, &was, &now).unwrap();
    assert_eq!(book.history("account", account).unwrap().last().unwrap().fields["city"], stands);

    office.lock().unwrap().forget_names();
    sync(&book, &office);

    assert_eq!(book.status().unwrap().pending, 0);
    assert_eq!(book.get("account", account).unwrap()["city"], stands);
}
