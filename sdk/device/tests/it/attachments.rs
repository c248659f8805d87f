//! Files that belong to records, on the phone alone and with a server that is none.

use std::fs;
use std::sync::{Arc, Mutex};

use fieldbook_device::{BookKey, Content, Error, NewAttachment, RecordId, Unsent};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::office::Office;
use crate::phone::{Phone, map};

fn photo(bytes: &[u8]) -> NewAttachment {
    NewAttachment::new("stand.jpg", Content::Bytes(bytes.to_vec()))
}

#[test]
fn a_file_is_attached_and_read_without_a_network() {
    let mut ada = Phone::ada(1);
    let book = ada.book();
    let note = book.create("note", map(json!({ "title": "The fair" }))).unwrap();
    let large: Vec<u8> = (0..700_001_u32).flat_map(u32::to_le_bytes).collect();
    let path = ada.folder().join("plan.bin");
    fs::write(&path, &large).unwrap();

    let title = Some("Our stand".to_owned());
    let photo = book.attach("note", note, NewAttachment { title, ..photo(b"jpeg") }).unwrap();
    let plan = book.attach("note", note, NewAttachment::new("../plan.bin", Content::File(path.clone()))).unwrap();

    let shown = book.get("note", note).unwrap();
    assert_eq!(shown["attachments"][0]["title"], json!("Our stand"));
    let files = book.attachments("note", note).unwrap();
    let told: Vec<_> =
        files.iter().map(|file| (file.attachment.file_name.as_str(), file.held, file.whole, file.waiting)).collect();
    assert_eq!(told, [("stand.jpg", 4, true, true), ("plan.bin", 2_800_004, true, true)]);
    let status = book.status().unwrap();
    assert_eq!((status.pending, status.uploads, status.upload_bytes), (3, 2, 2_800_008));
    assert_eq!(book.attachment_bytes("note", note, photo).unwrap(), b"jpeg");
    fs::remove_file(&path).unwrap();
    assert_eq!(book.save_attachment("note", note, plan, &path).unwrap(), 2_800_004);
    assert!(fs::read(&path).unwrap() == large, "the file came out as it went in");
    assert_eq!(
        fs::read_dir(ada.folder()).unwrap().filter(|file| file.as_ref().unwrap().path().ends_with("plan.bin.part")).count(),
        0
    );
}

#[test]
fn what_cannot_be_attached_leaves_no_trace() {
    let mut ada = Phone::ada(1);
    let book = ada.book();
    let note = book.create("note", map(json!({ "title": "The fair" }))).unwrap();
    let account = book.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    let before = (book.records_digest().unwrap(), book.status().unwrap());
    let huge = ada.folder().join("huge.bin");
    fs::File::create(&huge).unwrap().set_len((100 << 20) + 1).unwrap();
    let code = |kind: &str, id: RecordId, new: NewAttachment| book.attach(kind, id, new).unwrap_err().code().to_owned();

    assert_eq!(code("note", note, photo(b"")), "attachment.empty");
    assert_eq!(code("note", note, NewAttachment::new("huge.bin", Content::File(huge))), "attachment.too_large");
    assert_eq!(code("note", note, NewAttachment::new("x", Content::File("/nowhere/x".into()))), "attachment.read");
    assert_eq!(code("note", note, NewAttachment::new("folder/", Content::Bytes(vec![1]))), "field.required");
    assert_eq!(code("account", account, photo(b"jpeg")), "record.no_attachments");
    assert_eq!(code("note", account, photo(b"jpeg")), "record.not_found");
    let missing = book.attachment_bytes("note", note, account).unwrap_err();
    assert!(matches!(missing, Error::NotFound { .. }), "{missing:?}");

    let after = (book.records_digest().unwrap(), book.status().unwrap());
    assert_eq!(after, before);
}

#[test]
fn one_content_is_kept_once_whatever_names_it_has() {
    let mut ada = Phone::ada(1);
    let book = ada.book();
    let note = book.create("note", map(json!({ "title": "The fair" }))).unwrap();

    let one = book.attach("note", note, photo(b"jpeg")).unwrap();
    let other = book.attach("note", note, NewAttachment::new("copy.jpg", Content::Bytes(b"jpeg".to_vec()))).unwrap();

    assert_eq!(book.attachments("note", note).unwrap().len(), 2);
    assert_eq!((book.status().unwrap().uploads, book.status().unwrap().upload_bytes), (1, 4));
    for attachment in [one, other] {
        assert_eq!(book.attachment_bytes("note", note, attachment).unwrap(), b"jpeg");
    }
}

#[test]
fn a_wiped_book_leaves_no_file_and_unsent_files_stop_the_wiping() {
    let mut ada = Phone::ada(1);
    let (book, office) = (ada.book(), Office::new(1));
    let note = book.create("note", map(json!({ "title": "The fair" }))).unwrap();
    book.attach("note", note, photo(b"a readable photograph")).unwrap();
    // The record is answered; a carrier takes no files.
    crate::office::sync(&book, &office);
    assert_eq!((book.status().unwrap().pending, book.status().unwrap().uploads), (0, 1));

    assert_eq!(book.wipe(Unsent::Keep).unwrap_err().code(), "wipe.outbox");
    book.wipe(Unsent::Discard).unwrap();

    assert_eq!(fs::read_dir(ada.folder()).unwrap().count(), 0);
}

#[test]
fn a_file_in_an_encrypted_book_is_encrypted() {
    let ada = Phone::new(1);
    let needle = b"a readable photograph of the stand, not to be found on the disk".repeat(9);
    if !cfg!(feature = "encryption") {
        return;
    }
    let book = ada.try_open_encrypted(&BookKey::new([7; 32])).unwrap();
    book.login("https://office.example", &crate::phone::token(crate::phone::ADA, "Ada", "rep", "acme")).unwrap();
    let note = book.create("note", map(json!({ "title": "The fair" }))).unwrap();
    let photo = book.attach("note", note, photo(&needle)).unwrap();

    assert_eq!(book.attachment_bytes("note", note, photo).unwrap(), needle);
    for file in fs::read_dir(ada.folder()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(20).any(|window| window == &needle[..20]));
    }
}

/// Lets records through and answers everything about files as a hotel's sign-in page does.
async fn hotel(listener: TcpListener, office: Arc<Mutex<Office>>, user: Uuid) {
    loop {
        let (mut socket, _) = listener.accept().await.unwrap();
        let (mut request, mut chunk) = (Vec::new(), [0; 4_096]);
        let (end, length) = loop {
            let read = socket.read(&mut chunk).await.unwrap();
            request.extend(&chunk[..read]);
            let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
            let length =
                head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |text| text.parse().unwrap());
            if request.len() >= end + 4 + length {
                break (end + 4, length);
            }
        };
        let body = match request.starts_with(b"POST /v1/exchange") {
            true => office.lock().unwrap().serve(user, &request[end..end + length]),
            false => b"Welcome".to_vec(),
        };
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        socket.write_all(&[head.into_bytes(), body].concat()).await.unwrap();
    }
}

#[tokio::test]
async fn a_sign_in_page_is_no_file_and_has_taken_none() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (mut ada, mut other, office) = (Phone::ada(1).at(&address), Phone::ada(2).at(&address), Office::new(1));
    let (book, other) = (ada.book(), other.book());
    tokio::spawn(hotel(listener, office, book.session().unwrap().user.0));
    let note = book.create("note", map(json!({ "title": "The fair" }))).unwrap();
    let attachment = book.attach("note", note, photo(b"jpeg")).unwrap();

    let synced = book.sync().await;
    assert!(matches!(synced, Err(Error::Offline { .. })), "{synced:?}");
    assert_eq!((book.status().unwrap().pending, book.status().unwrap().uploads), (0, 1));

    other.sync().await.unwrap();
    let fetched = other.fetch("note", note, attachment).await;
    assert!(matches!(fetched, Err(Error::Offline { .. })), "{fetched:?}");
    assert_eq!(other.attachments("note", note).unwrap()[0].held, 0);
}
