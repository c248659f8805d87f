//! The real sockets, against a toy server on this machine.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fieldbook_device::{Book, Error, Network, RecordId, WatchEvent};
use fieldbook_sync::office::OfficeRequest;
use fieldbook_sync::server::ServerInput;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::office::{Office, Talk, sync};
use crate::phone::{BEN, Phone, map, typed};

type Shared = Arc<Mutex<Office>>;

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    (listener, address)
}

/// Answers one HTTP request with this status and whatever `body` makes of the request's body.
async fn answer(listener: &TcpListener, status: &str, body: impl FnOnce(&str, &[u8]) -> Vec<u8>) {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut request = Vec::new();
    loop {
        let mut chunk = [0; 4_096];
        let read = socket.read(&mut chunk).await.unwrap();
        request.extend(&chunk[..read]);
        let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if request.len() >= end + 4 + length.trim().parse::<usize>().unwrap() {
            let body = body(&head, &request[end + 4..]);
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            socket.write_all(&[head.into_bytes(), body].concat()).await.unwrap();
            return;
        }
    }
}

async fn sync_once(book: &Book, listener: &TcpListener, status: &str, said: &[u8]) -> Result<(), Error> {
    let (synced, ()) = tokio::join!(book.sync(), answer(listener, status, |_, _| said.to_vec()));
    synced.map(|_| ())
}

#[tokio::test]
async fn one_exchange_travels_over_http_with_the_token() {
    let office = Office::new(1);
    let (listener, address) = listen().await;
    let mut ben = Phone::ben(1).at(&address);
    let book = ben.book();
    book.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    let user = book.session().unwrap().user.0;

    let served = answer(&listener, "200 OK", |head, body| {
        assert!(head.starts_with("post /v1/exchange http/1.1"));
        assert!(head.contains("authorization: bearer e30.") && head.contains("content-type: application/octet-stream"));
        office.lock().unwrap().serve(user, body)
    });
    let (report, ()) = tokio::join!(book.sync(), served);

    assert_eq!((report.unwrap().pushed, book.status().unwrap().pending), (1, 0));
}

#[tokio::test]
async fn every_no_is_told_apart() {
    let (listener, address) = listen().await;
    let mut ben = Phone::ben(1).at(&address);
    let book = ben.book();

    let signed_out = sync_once(&book, &listener, "401 Unauthorized", b"").await;
    let portal = sync_once(&book, &listener, "200 OK", b"<html>Welcome</html>").await;
    let redirect = sync_once(&book, &listener, "302 Found", b"").await;
    let too_old = sync_once(&book, &listener, "426 Upgrade Required", b"").await;
    let said = sync_once(&book, &listener, "403 Forbidden", br#"{"error":{"code":"org.closed","message":"closed"}}"#).await;
    drop(listener);
    let nobody = book.sync().await;

    assert!(matches!(signed_out, Err(Error::SignedOut)));
    assert!(matches!(portal, Err(Error::Offline { .. })), "{portal:?}");
    assert!(matches!(redirect, Err(Error::Offline { .. })));
    assert!(matches!(too_old, Err(Error::UpgradeNeeded { .. })));
    assert_eq!(said.unwrap_err().code(), "org.closed");
    assert!(matches!(nobody, Err(Error::Offline { .. })));
}

#[tokio::test]
async fn a_server_that_says_when_to_come_back_is_asked_again() {
    let office = Office::new(1);
    let (listener, address) = listen().await;
    let (mut ben, account) = known(&listener, &address, &office).await;
    let book = ben.book();
    let user = book.session().unwrap().user.0;
    let serve = |_: &str, body: &[u8]| office.lock().unwrap().serve(user, body);
    let busy = |_: &str, _: &[u8]| br#"{"error":{"code":"busy","message":"later"}}"#.to_vec();

    let served = async {
        answer(&listener, "503 Service Unavailable\r\nretry-after: 0", busy).await;
        answer(&listener, "200 OK", serve).await;
        answer(&listener, "429 Too Many Requests\r\nretry-after: 0", busy).await;
        answer(&listener, "200 OK", |_, body| serde_json::to_vec(&json!({ "id": asked(body).id })).unwrap()).await;
        answer(&listener, "200 OK", serve).await;
    };
    let (done, ()) = tokio::join!(book.perform_at_office("account", account, "deactivate", map(json!({}))), served);
    done.unwrap();

    let told = async {
        for _ in 0..6 {
            answer(&listener, "503 Service Unavailable\r\nretry-after: 0", busy).await;
        }
    };
    let (busy, ()) = tokio::join!(book.sync(), told);
    assert_eq!(busy.unwrap_err().code(), "busy", "then the app is told");
}

/// Ben's phone with an account the office knows, at a server that then answers what the test says.
async fn known(listener: &TcpListener, address: &str, office: &Shared) -> (Phone, RecordId) {
    let mut ben = Phone::ben(1).at(address);
    let book = ben.book();
    let account = book.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    let user = book.session().unwrap().user.0;
    let (synced, ()) = tokio::join!(book.sync(), answer(listener, "200 OK", |_, body| office.lock().unwrap().serve(user, body)));
    synced.unwrap();
    (ben, account)
}

fn asked(body: &[u8]) -> OfficeRequest {
    serde_json::from_slice(body).unwrap()
}

#[tokio::test]
async fn the_office_is_asked_between_two_syncs_and_a_lost_answer_is_asked_for_again() {
    let office = Office::new(1);
    let (listener, address) = listen().await;
    let (mut ben, account) = known(&listener, &address, &office).await;
    let book = ben.book();
    let user = book.session().unwrap().user.0;
    let serve = |_: &str, body: &[u8]| office.lock().unwrap().serve(user, body);
    let mut first = None;

    let served = async {
        answer(&listener, "200 OK", serve).await;
        answer(&listener, "502 Bad Gateway", |head, body| {
            assert!(head.starts_with("post /v1/act http/1.1") && head.contains("authorization: bearer e30."));
            first = Some(asked(body));
            Vec::new()
        })
        .await;
        answer(&listener, "200 OK", |_, body| {
            assert_eq!(first.as_ref(), Some(&asked(body)), "the same action is asked for");
            serde_json::to_vec(&json!({ "id": asked(body).id })).unwrap()
        })
        .await;
        answer(&listener, "200 OK", serve).await;
    };
    let (done, ()) = tokio::join!(book.perform_at_office("account", account, "deactivate", map(json!({}))), served);

    let request = first.unwrap();
    assert_eq!((request.id, request.record), (done.unwrap().0, format!("account:{account}")));
    assert_eq!((request.action.as_str(), book.status().unwrap().pending), ("deactivate", 0));
}

#[tokio::test]
async fn a_refusal_of_the_office_is_a_refusal_and_a_lost_answer_says_so() {
    let office = Office::new(1);
    let (listener, address) = listen().await;
    let (mut ben, account) = known(&listener, &address, &office).await;
    let book = ben.book();
    let user = book.session().unwrap().user.0;
    let serve = |_: &str, body: &[u8]| office.lock().unwrap().serve(user, body);
    let refusal = br#"{"error":{"code":"account.deactivate.no","field":"name","message":"not this one"}}"#;
    let portal = b"<html>Welcome</html>";

    let no = async {
        answer(&listener, "200 OK", serve).await;
        answer(&listener, "422 Unprocessable Entity", |_, _| refusal.to_vec()).await;
    };
    let (refused, ()) = tokio::join!(book.perform_at_office("account", account, "deactivate", map(json!({}))), no);
    let lost = async {
        answer(&listener, "200 OK", serve).await;
        answer(&listener, "200 OK", |_, _| portal.to_vec()).await;
        answer(&listener, "200 OK", |_, _| portal.to_vec()).await;
    };
    let (silence, ()) = tokio::join!(book.perform_at_office("account", account, "deactivate", map(json!({}))), lost);

    let Err(Error::Refused(refused)) = refused else { panic!("{refused:?}") };
    assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("account.deactivate.no", Some("name")));
    let Err(Error::Offline { reason }) = silence else { panic!("{silence:?}") };
    assert!(reason.starts_with("whether deactivate was done the next sync shows"), "{reason}");
    assert_eq!(book.status().unwrap().pending, 0);
}

/// Serves one live connection until it breaks, or until `frames_max` frames were sent.
async fn live(socket: TcpStream, office: &Shared, frames_max: usize) {
    let mut socket = tokio_tungstenite::accept_async(socket).await.unwrap();
    let mut talk = Talk::new(Uuid::try_parse(BEN).unwrap());
    let mut moved = office.lock().unwrap().moved();
    let mut sent = 0;
    loop {
        let input = tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Binary(frame))) => ServerInput::Frame(frame.into()),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Text(_) | Message::Frame(_))) => continue,
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
            grown = moved.changed() => {
                grown.unwrap();
                ServerInput::LogMoved
            }
        };
        let frames = office.lock().unwrap().hear(&mut talk, input);
        for frame in frames {
            if sent == frames_max {
                return;
            }
            sent += 1;
            socket.send(Message::binary(frame)).await.unwrap();
        }
    }
}

async fn until(events: &mut mpsc::UnboundedReceiver<WatchEvent>, wanted: impl Fn(&WatchEvent) -> bool) {
    let found = async {
        while let Some(event) = events.recv().await {
            if wanted(&event) {
                return;
            }
        }
        panic!("the watch ended");
    };
    tokio::time::timeout(Duration::from_secs(20), found).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_brings_news_sends_work_and_comes_back_after_a_cut() {
    let office = Office::new(1);
    let (listener, address) = listen().await;
    let (mut ada, mut ben) = (Phone::ada(1), Phone::ben(2).at(&address));
    let (ada, book) = (ada.book(), ben.book());
    let account = ada.create("account", map(json!({ "name": "Northwind" }))).unwrap();
    let serving = office.clone();
    tokio::spawn(async move {
        for frames_max in [2, usize::MAX] {
            let (socket, _) = listener.accept().await.unwrap();
            live(socket, &serving, frames_max).await;
        }
    });
    let (tell, mut events) = mpsc::unbounded_channel();
    let watching = book.clone();
    let watch = tokio::spawn(async move { watching.watch(move |event| drop(tell.send(event))).await });

    until(&mut events, |event| *event == WatchEvent::Connected).await;
    until(&mut events, |event| matches!(event, WatchEvent::Disconnected { .. })).await;
    until(&mut events, |event| *event == WatchEvent::CaughtUp).await;
    let (ada_syncs, shared) = (ada.clone(), office.clone());
    tokio::task::spawn_blocking(move || sync(&ada_syncs, &shared)).await.unwrap();
    until(&mut events, |event| matches!(event, WatchEvent::Changed { id, .. } if *id == account)).await;
    book.set("account", account, &typed(&[("city", "Bern")])).unwrap();
    until(&mut events, |event| *event == WatchEvent::Decided).await;

    assert_eq!(book.status().unwrap().pending, 0);
    assert_eq!(office.lock().unwrap().merged, 2);
    watch.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_nothing_is_tried_and_with_another_one_it_connects_anew() {
    let office = Office::new(1);
    let (listener, address) = listen().await;
    let book = Phone::ben(2).at(&address).book();
    book.network(Network::Unavailable);
    let (tell, mut events) = mpsc::unbounded_channel();
    let watching = book.clone();
    let watch = tokio::spawn(async move { watching.watch(move |event| drop(tell.send(event))).await });

    until(&mut events, |event| *event == WatchEvent::Paused).await;
    book.network(Network::Available);
    let (socket, _) = listener.accept().await.unwrap();
    let serving = office.clone();
    let first = tokio::spawn(async move { live(socket, &serving, usize::MAX).await });
    until(&mut events, |event| *event == WatchEvent::CaughtUp).await;

    book.network(Network::Changed);
    first.await.unwrap();
    let (socket, _) = listener.accept().await.unwrap();
    tokio::spawn(async move { live(socket, &office, usize::MAX).await });
    until(&mut events, |event| *event == WatchEvent::CaughtUp).await;

    book.network(Network::Unavailable);
    until(&mut events, |event| *event == WatchEvent::Paused).await;
    assert!(!watch.is_finished());
    book.close().unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(20), watch).await.unwrap().unwrap();
    assert!(matches!(ended, Err(Error::Closed)), "{ended:?}");
}
