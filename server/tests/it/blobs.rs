//! Attached files over HTTP: in pieces, cut, overlapping, wrong, too large, and of another organisation.

use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::key;
use fieldbook_domain::permission::Role;
use fieldbook_server::http;
use fieldbook_sync::message::Status;
use reqwest::{Client, Method, Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

use crate::at_office::wish;
use crate::office::{Office, person};
use crate::phone::id;

/// SHA-256 of `FILE`.
const NAME: &str = "65a61846d2c92401855a191b1d8de46c3022803dd2f66bce87ff35f517578205";
const FILE: &[u8] = b"The brochure of the autumn.";

struct Served {
    office: Office,
    address: String,
    token: String,
    client: Client,
}

async fn served() -> Served {
    let office = Office::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(http::serve(listener, office.app.clone(), std::future::pending()));
    let token = office.app.token(office.org, office.ada, 1).unwrap();
    Served { office, address, token, client: Client::new() }
}

impl Served {
    async fn ask(&self, method: Method, name: &str, header: (&str, &str), body: &[u8]) -> Response {
        let request = self.client.request(method, format!("http://{}/v1/blobs/{name}", self.address)).bearer_auth(&self.token);
        let request = if header.0.is_empty() { request } else { request.header(header.0, header.1) };
        request.body(body.to_vec()).send().await.unwrap()
    }

    async fn put(&self, name: &str, range: &str, bytes: &[u8]) -> (u16, Option<u64>) {
        let answer = self.ask(Method::PUT, name, ("content-range", range), bytes).await;
        (answer.status().as_u16(), offset(&answer))
    }

    async fn head(&self) -> (u16, Option<u64>) {
        let answer = self.ask(Method::HEAD, NAME, ("", ""), b"").await;
        (answer.status().as_u16(), offset(&answer))
    }

    async fn get(&self, range: &str) -> (u16, Vec<u8>) {
        let header = if range.is_empty() { ("", "") } else { ("range", range) };
        let answer = self.ask(Method::GET, NAME, header, b"").await;
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
    }
}

fn offset(answer: &Response) -> Option<u64> {
    answer.headers().get("upload-offset").map(|value| value.to_str().unwrap().parse().unwrap())
}

async fn code(answer: Response) -> String {
    let body: serde_json::Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    body["error"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_file_arrives_in_pieces_that_may_overlap_and_is_read_from_any_byte() {
    let served = served().await;

    assert_eq!(served.head().await, (404, Some(0)));
    assert_eq!(served.put(NAME, "bytes 0-9/27", &FILE[..10]).await, (202, Some(10)));
    assert_eq!(served.head().await, (404, Some(10)));
    assert_eq!(served.get("").await.0, 404, "nobody reads a file that is not whole");
    assert_eq!(served.put(NAME, "bytes 12-26/27", &FILE[12..]).await, (409, Some(10)), "a gap");
    assert_eq!(served.put(NAME, "bytes 4-19/27", &FILE[4..20]).await, (202, Some(20)));
    assert_eq!(served.put(NAME, "bytes 20-26/27", &FILE[20..]).await, (201, Some(27)));

    let whole = served.ask(Method::HEAD, NAME, ("", ""), b"").await;
    assert_eq!((whole.status(), offset(&whole)), (StatusCode::OK, Some(27)));
    assert_eq!(
        (&whole.headers()["content-length"], &whole.headers()["etag"]),
        (&"27".parse().unwrap(), &format!("\"{NAME}\"").parse().unwrap())
    );
    assert_eq!(served.put(NAME, "bytes 0-26/27", FILE).await, (200, Some(27)), "what is there is not taken again");
    assert_eq!(served.get("").await, (200, FILE.to_vec()));
    assert_eq!(served.get("bytes=20-").await, (206, FILE[20..].to_vec()));
    assert_eq!(served.get("bytes=4-8").await, (206, FILE[4..9].to_vec()));
    assert_eq!(served.get("bytes=20-99").await, (206, FILE[20..].to_vec()));
    assert_eq!(served.get("bytes=27-").await.0, 416);
    assert_eq!(served.get("lines=1-2").await, (200, FILE.to_vec()));
}

#[tokio::test]
async fn a_file_that_is_not_what_its_name_says_is_thrown_away() {
    let served = served().await;
    let spoiled = [&FILE[..26], b"!"].concat();

    let refused = served.ask(Method::PUT, NAME, ("content-range", "bytes 0-26/27"), &spoiled).await;

    assert_eq!((refused.status().as_u16(), offset(&refused)), (422, Some(0)));
    assert_eq!(code(refused).await, "blob.mismatch");
    assert_eq!(served.head().await, (404, Some(0)));
    assert_eq!(served.put(NAME, "bytes 0-26/27", FILE).await, (201, Some(27)));
}

#[tokio::test]
async fn what_came_before_a_cut_is_kept_over_a_restart() {
    let mut served = served().await;
    let mut socket = TcpStream::connect(&served.address).await.unwrap();
    let head = format!(
        "PUT /v1/blobs/{NAME} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-range: bytes 0-26/27\r\ncontent-length: 27\r\n\r\n",
        served.token
    );
    socket.write_all(&[head.as_bytes(), &FILE[..15]].concat()).await.unwrap();
    socket.shutdown().await.unwrap();
    // The server closes when it has noticed.
    let _ = socket.read_to_end(&mut Vec::new()).await;

    assert_eq!(served.head().await, (404, Some(15)));
    served.office.restart();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    served.address = listener.local_addr().unwrap().to_string();
    tokio::spawn(http::serve(listener, served.office.app.clone(), std::future::pending()));
    assert_eq!(served.head().await, (404, Some(15)));
    assert_eq!(served.put(NAME, "bytes 15-26/27", &FILE[15..]).await, (201, Some(27)));
    assert_eq!(served.get("").await, (200, FILE.to_vec()));
}

#[tokio::test]
async fn every_request_that_makes_no_sense_is_refused_with_its_word() {
    let served = served().await;
    let put = async |name: &str, range: &str, body: &[u8]| {
        let answer = served.ask(Method::PUT, name, ("content-range", range), body).await;
        (answer.status().as_u16(), code(answer).await)
    };

    for name in ["abc", &NAME.to_uppercase(), &NAME.replace('8', "g"), "..%2f..%2fsecret.key"] {
        assert_eq!(put(name, "bytes 0-26/27", FILE).await, (400, "blob.name".to_owned()), "{name}");
    }
    for range in ["bytes 0-26", "bytes 26-0/27", "bytes 0-27/27", "bytes */27", "0-26/27", "bytes 0-18446744073709551615/27"] {
        assert_eq!(put(NAME, range, FILE).await, (400, "blob.range".to_owned()), "{range}");
    }
    assert_eq!(put(NAME, "bytes 0-9/27", FILE).await, (400, "blob.range".to_owned()), "more than it says");
    assert_eq!(put(NAME, "bytes 0-26/104857601", FILE).await, (413, "blob.too_large".to_owned()));
    let no_range = served.ask(Method::PUT, NAME, ("", ""), FILE).await;
    assert_eq!((no_range.status().as_u16(), code(no_range).await), (400, "blob.range".to_owned()));
    assert!(!served.office.dir.path().join("secret").exists());
}

#[tokio::test]
async fn nobody_else_sees_a_file_not_even_that_it_is_there() {
    let mut served = served().await;
    assert_eq!(served.put(NAME, "bytes 0-26/27", FILE).await, (201, Some(27)));
    let rival = served.office.app.create_org("Rival").unwrap();
    let rita = served.office.app.add_user(rival, &person("Rita", Role::Admin)).unwrap();
    let ours = std::mem::replace(&mut served.token, served.office.app.token(rival, rita, 1).unwrap());

    assert_eq!(served.head().await, (404, Some(0)));
    assert_eq!(served.get("").await.0, 404);
    served.token = "nobody's".to_owned();
    for method in [Method::HEAD, Method::GET, Method::PUT] {
        assert_eq!(served.ask(method, NAME, ("content-range", "bytes 0-26/27"), b"").await.status(), 401);
    }
    served.token = ours;
    assert_eq!(served.get("").await, (200, FILE.to_vec()));
    assert_ne!(rival, Uuid::nil());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_sends_what_is_missing_and_learns_nothing_else() {
    let served = served().await;
    assert_eq!(served.put(NAME, "bytes 0-9/27", &FILE[..10]).await, (202, Some(10)));
    let mut omar = served.office.phone(served.office.omar);
    omar.sync(&served.office, Vec::new());
    let gone = serde_json::to_vec(&wish(&omar, ("user", served.office.ada), "deactivate", "tap")).unwrap();
    let token = served.office.app.token(served.office.org, served.office.omar, 1).unwrap();
    let asked = served.client.post(format!("http://{}/v1/act", served.address)).bearer_auth(token).body(gone);
    assert_eq!(asked.send().await.unwrap().status(), StatusCode::OK);

    assert_eq!(served.get("").await.0, 401);
    assert_eq!(served.head().await, (404, Some(0)));
    assert_eq!(served.put(NAME, "bytes 0-4/27", &FILE[..5]).await, (202, Some(10)), "it is said where to go on");
    assert_eq!(served.put(NAME, "bytes 10-26/27", &FILE[10..]).await, (201, Some(27)));
    assert_eq!(served.head().await, (404, Some(0)));
}

#[tokio::test]
async fn two_phones_that_send_one_file_at_once_help_each_other() {
    let served = served().await;

    assert_eq!(served.put(NAME, "bytes 0-9/27", &FILE[..10]).await, (202, Some(10)));
    assert_eq!(served.put(NAME, "bytes 0-9/27", &FILE[..10]).await, (202, Some(10)));
    let (one, other) =
        tokio::join!(served.put(NAME, "bytes 10-26/27", &FILE[10..]), served.put(NAME, "bytes 10-26/27", &FILE[10..]));

    for (status, held) in [one, other] {
        assert!(matches!((status, held), (200 | 201, Some(27)) | (409, Some(0 | 10))), "{status} {held:?}");
    }
    assert_eq!(served.get("").await, (200, FILE.to_vec()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_given_to_whoever_reads_the_record_it_is_attached_to() {
    let served = served().await;
    assert_eq!(served.put(NAME, "bytes 0-26/27", FILE).await.0, 201);
    let mut ben = served.office.phone(served.office.ben);
    let child = |field: &str| key::child("attachments", id("plan"), field);
    let owner = RecordRef::new("user", served.office.ben).to_string();
    let said =
        [("title".to_owned(), "The plan"), ("owner".to_owned(), &owner), (child("file_name"), "plan.txt"), (child("blob"), NAME)];
    let writes: Vec<Write> = said.into_iter().map(|(key, value)| Write::put(key, value)).collect();
    let note = ben.write("note", id("note"), &writes);
    let intent = ben.intent(vec![note]);
    assert_eq!(ben.sync(&served.office, vec![intent])[0].status, Status::Accepted);
    assert_eq!(served.get("").await.0, 200, "Ada reads everything");

    served.office.restrict(served.office.ada);

    assert_eq!(served.get("").await.0, 404, "the note is Ben's");
    assert_eq!(served.head().await, (404, Some(0)), "nor does she learn that it is there");
    let sent = served.put(NAME, "bytes 0-9/27", &FILE[..10]).await;
    assert_eq!(sent, (200, Some(27)), "whoever has it need not send all of it again");
    served.office.is_whole();
}
