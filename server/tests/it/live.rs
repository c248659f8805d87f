//! The HTTP face and the conversation that stays open, over real sockets.

use std::time::{Duration, Instant};

use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordRef;
use fieldbook_server::http::{self, BODY_BYTES_MAX, HEAD_TIME_MAX};
use fieldbook_sync::frame;
use fieldbook_sync::message::{ClientMessage, EntryBody, Intent, ServerMessage, Status};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::office::Office;
use crate::phone::{Phone, id, read};

pub(crate) struct Served {
    pub(crate) office: Office,
    pub(crate) address: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

pub(crate) async fn served() -> Served {
    let office = Office::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    let serving = tokio::spawn(http::serve(listener, office.app.clone(), shutdown));
    Served { office, address, stop, serving }
}

struct Line(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Line {
    async fn open(served: &Served, phone: &Phone) -> Line {
        let mut request = format!("ws://{}/v1/live", served.address).into_client_request().unwrap();
        let token = served.office.app.token(served.office.org, phone.user, 1).unwrap();
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        let (socket, _) = connect_async(request).await.unwrap();
        let mut line = Line(socket);
        let mut hello = phone.hello();
        hello.live = true;
        line.say(&ClientMessage::Hello(hello)).await;
        line.until(|message| matches!(message, ServerMessage::CaughtUp { .. })).await;
        line
    }

    async fn say(&mut self, message: &ClientMessage) {
        self.0.send(Message::Binary(frame::encode(message).unwrap().into())).await.unwrap();
    }

    async fn hear(&mut self) -> Option<ServerMessage> {
        loop {
            let heard = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await.expect("silence");
            match heard {
                Some(Ok(Message::Binary(bytes))) => return Some(frame::decode(&bytes).unwrap()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    async fn until(&mut self, wanted: impl Fn(&ServerMessage) -> bool) -> ServerMessage {
        loop {
            let message = self.hear().await.expect("the conversation ended");
            if wanted(&message) {
                return message;
            }
        }
    }
}

fn edit(phone: &mut Phone, name: &str) -> Intent {
    let part = phone.write("account", id("firm"), &[Write::put("name", name)]);
    phone.intent(vec![part])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_reaches_the_other_phone_at_once() {
    let served = served().await;
    let (mut ada, ben) = (served.office.phone(served.office.ada), served.office.phone(served.office.ben));
    let (mut of_ada, mut of_ben) = (Line::open(&served, &ada).await, Line::open(&served, &ben).await);

    let intents = vec![edit(&mut ada, "Firm")];
    of_ada.say(&ClientMessage::Push { actor: ada.actor, intents }).await;
    let answer = of_ada.until(|message| matches!(message, ServerMessage::Answers { .. })).await;
    let page = of_ben.until(|message| matches!(message, ServerMessage::Page(_))).await;

    assert!(matches!(answer, ServerMessage::Answers { answers, .. } if answers[0].status == Status::Accepted));
    let ServerMessage::Page(page) = page else { panic!("a page") };
    assert!(page.entries.iter().any(|entry| matches!(&entry.body, EntryBody::Changes { doc, .. } if *doc == id("firm").0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_entered_by_another_process_reaches_a_live_phone() {
    let served = served().await;
    let ben = served.office.phone(served.office.ben);
    let mut line = Line::open(&served, &ben).await;

    let dir = served.office.dir.path().to_owned();
    let added = tokio::task::spawn_blocking(move || {
        let words = ["user", "add", "--org", "Acme", "--name", "Cleo", "--role", "rep", "--data"];
        std::process::Command::new(env!("CARGO_BIN_EXE_fieldbook-server")).args(words).arg(dir).status().unwrap()
    });
    assert!(added.await.unwrap().success());

    line.until(|message| matches!(message, ServerMessage::Page(_))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_says_goodbye_and_keeps_what_it_took() {
    let served = served().await;
    let mut ada = served.office.phone(served.office.ada);
    let mut line = Line::open(&served, &ada).await;
    let intents = vec![edit(&mut ada, "Firm")];
    line.say(&ClientMessage::Push { actor: ada.actor, intents }).await;
    line.until(|message| matches!(message, ServerMessage::Answers { .. })).await;

    served.stop.send(()).unwrap();
    let bye = line.until(|message| matches!(message, ServerMessage::Bye { .. })).await;
    let ended = tokio::time::timeout(Duration::from_secs(20), served.serving).await.unwrap();

    assert!(matches!(bye, ServerMessage::Bye { code, retry_ms: Some(_), .. } if code == "restarting"));
    ended.unwrap();
    let mut office = served.office;
    office.restart();
    assert!(office.app.org_digest(office.org).unwrap().values().any(|body| body.contains("Firm")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_may_not_push_any_longer() {
    let served = served().await;
    let mut ada = served.office.phone(served.office.ada);
    let mut line = Line::open(&served, &ada).await;
    let (app, org, device) = (served.office.app.clone(), served.office.org, ada.device);
    assert!(tokio::task::spawn_blocking(move || app.revoke_device(org, device)).await.unwrap().unwrap());

    let intents = vec![edit(&mut ada, "Firm")];
    line.say(&ClientMessage::Push { actor: ada.actor, intents }).await;
    let bye = line.until(|message| matches!(message, ServerMessage::Bye { .. })).await;

    assert!(matches!(bye, ServerMessage::Bye { code, .. } if code == "device.closed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_answered_with_frames_or_with_an_error_in_words() {
    let served = served().await;
    let (ada, client) = (served.office.phone(served.office.ada), reqwest::Client::new());
    let token = served.office.app.token(served.office.org, ada.user, 1).unwrap();
    let url = format!("http://{}/v1/exchange", served.address);
    let hello = frame::encode(&ClientMessage::Hello(ada.hello())).unwrap();

    let good = client.post(&url).bearer_auth(&token).body(hello.clone()).send().await.unwrap();
    let messages = read(&good.bytes().await.unwrap());
    let stranger = client.post(&url).body(hello).send().await.unwrap();
    let (status, error) = (stranger.status(), stranger.text().await.unwrap());
    let at_the_limit = client.post(&url).bearer_auth(&token).body(vec![0; BODY_BYTES_MAX]).send().await.unwrap();
    let above = client.post(&url).bearer_auth(&token).body(vec![0; BODY_BYTES_MAX + 1]).send().await.unwrap();

    assert!(matches!(messages.first(), Some(ServerMessage::Welcome(_))));
    assert_eq!(status, 401);
    assert_eq!(error, r#"{"error":{"code":"unauthorized","message":"sign in again"}}"#);
    assert_eq!(at_the_limit.status(), 200);
    assert_eq!(above.status(), 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_of_a_lost_phone_ends_with_the_next_news() {
    let served = served().await;
    let (lost, mut ben) = (served.office.phone(served.office.ada), served.office.phone(served.office.ben));
    let mut line = Line::open(&served, &lost).await;

    served.office.app.revoke_device(served.office.org, lost.device).unwrap();
    let news = edit(&mut ben, "Secret plans");
    ben.sync(&served.office, vec![news]);

    match line.hear().await {
        Some(ServerMessage::Bye { code, .. }) => assert_eq!(code, "device.closed"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_a_request_letter_by_letter_is_hung_up_on_and_nobody_waits_for_them() {
    let served = served().await;
    let begun = Instant::now();
    let mut slow = Vec::new();
    for number in 0..200 {
        let mut socket = TcpStream::connect(&served.address).await.unwrap();
        // Half of them say nothing at all.
        if number % 2 == 0 {
            socket.write_all(b"POST /v1/exchange HTTP/1.1\r\nhost: x\r\nx-letters: a").await.unwrap();
        }
        slow.push(socket);
    }

    let mut ada = served.office.phone(served.office.ada);
    let client = reqwest::Client::new();
    let token = served.office.app.token(served.office.org, ada.user, 1).unwrap();
    let intents = vec![edit(&mut ada, "Firm")];
    let push = frame::encode(&ClientMessage::Push { actor: ada.actor, intents }).unwrap();
    let body = [frame::encode(&ClientMessage::Hello(ada.hello())).unwrap(), push].concat();
    let url = format!("http://{}/v1/exchange", served.address);
    let answer = client.post(&url).bearer_auth(&token).body(body).send().await.unwrap();
    let answers = read(&answer.bytes().await.unwrap());
    assert!(
        answers
            .iter()
            .any(|said| matches!(said, ServerMessage::Answers { answers, .. } if answers[0].status == Status::Accepted))
    );
    assert!(begun.elapsed() < HEAD_TIME_MAX, "she was served while they still spoke");

    for mut socket in slow {
        // Another letter now and then keeps nobody in: what counts is when the last header is here.
        let _ = socket.write_all(b"b").await;
        let ended = tokio::time::timeout(HEAD_TIME_MAX * 2, socket.read_to_end(&mut Vec::new())).await;
        assert!(ended.is_ok(), "it is still open");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_a_part_is_woken_by_that_part_and_called_back_when_it_changes() {
    let served = served().await;
    served.office.restrict(served.office.ada);
    let ada = served.office.phone(served.office.ada);
    let mut of_ada = Line::open(&served, &ada).await;
    let own = |user| Write::put("owner", RecordRef::new("user", user).to_string());
    let mut ben = served.office.phone(served.office.ben);

    let parts = vec![ben.write("account", id("secret"), &[Write::put("name", "Secret"), own(served.office.ben)])];
    let intents = vec![ben.intent(parts)];
    ben.sync(&served.office, intents);
    let parts = vec![ben.write("account", id("shared"), &[Write::put("name", "Shared"), own(served.office.ada)])];
    let intents = vec![ben.intent(parts)];
    ben.sync(&served.office, intents);
    let page = of_ada.until(|message| matches!(message, ServerMessage::Page(page) if page.scope.starts_with("user:"))).await;

    let ServerMessage::Page(page) = page else { panic!("a page") };
    let docs: Vec<_> = page
        .entries
        .iter()
        .filter_map(|entry| if let EntryBody::Changes { doc, .. } = &entry.body { Some(*doc) } else { None })
        .collect();
    assert_eq!(docs, [id("shared").0], "nothing was said of the other");

    let mut of_ben = Line::open(&served, &ben).await;
    served.office.restrict(served.office.ben);
    let bye = of_ben.until(|message| matches!(message, ServerMessage::Bye { .. })).await;
    assert!(
        matches!(bye, ServerMessage::Bye { code, retry_ms: Some(0), .. } if code == "scopes"),
        "the next Hello is told what to read"
    );
}
