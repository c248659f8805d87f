//! The only file that opens a socket: HTTP for one exchange and for attached files, a WebSocket to stay in touch.
//!
//! It moves frames and files and says what kind of no it met: signed out, offline, or a sentence of the server's. Whatever answers
//! that does not speak our frames (a hotel's sign-in page) is a missing network.

use std::time::Duration;

use fieldbook_domain::blob::BlobHash;
use futures_util::{SinkExt, StreamExt};
use reqwest::header::{AUTHORIZATION, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, RANGE, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::clock::Host;
use crate::error::Error;
use crate::exchange::Carrier;
use crate::patience::Patience;
use fieldbook_domain::refusal::Refusal;
use fieldbook_sync::frame::FRAME_BYTES_MAX;
use fieldbook_sync::office::{self, OfficeAnswer, OfficeRequest};

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may say nothing.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// One exchange for each request, over HTTP.
pub(crate) struct HttpCarrier {
    client: reqwest::Client,
    url: String,
    token: String,
    host: Host,
}

#[derive(Deserialize)]
struct Refused {
    error: RefusedBody,
}

#[derive(Deserialize)]
struct RefusedBody {
    code: String,
    #[serde(default)]
    field: Option<String>,
    message: String,
}

/// Makes the client every exchange of a book shares.
pub(crate) fn client() -> Result<reqwest::Client, Error> {
    // A redirect would carry the token to somebody else; captive portals like to redirect.
    let builder = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(SILENCE_MAX)
        .redirect(reqwest::redirect::Policy::none());
    builder.build().map_err(|error| Error::BuildClient { reason: error.to_string() })
}

impl HttpCarrier {
    pub(crate) fn new(client: reqwest::Client, server: &str, token: String, host: Host) -> Self {
        Self { client, url: format!("{server}/v1/exchange"), token, host }
    }
}

impl Carrier for HttpCarrier {
    async fn exchange(&mut self, request: Vec<u8>) -> Result<Vec<u8>, Error> {
        let post = self.client.post(&self.url).bearer_auth(&self.token);
        answered(post.header(CONTENT_TYPE, "application/octet-stream").body(request), &self.host).await
    }

    async fn pause(&mut self, ms: u64) -> bool {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        true
    }
}

/// Asks the office to perform an action, and waits until it is done.
pub(crate) async fn ask_office(
    client: &reqwest::Client,
    server: &str,
    token: &str,
    request: &OfficeRequest,
    host: &Host,
) -> Result<(), Error> {
    let body = serde_json::to_vec(request).map_err(|_| Error::ReadStored { place: "a request" })?;
    let post = client.post(format!("{server}{}", office::PATH)).bearer_auth(token);
    let said = answered(post.header(CONTENT_TYPE, "application/json").body(body), host).await?;
    match serde_json::from_slice(&said) {
        Ok(OfficeAnswer { id }) if id == request.id => Ok(()),
        Ok(_) | Err(_) => Err(Error::offline("what answered is not a Fieldbook server")),
    }
}

/// The body of a good answer; a server that says when to come back is asked again then, which is harmless: whatever is sent here may
/// be sent twice.
async fn answered(mut request: RequestBuilder, host: &Host) -> Result<Vec<u8>, Error> {
    let mut patience = Patience::default();
    loop {
        let again = request.try_clone();
        let response = request.send().await.map_err(|error| Error::offline(reason(&error)))?;
        let (status, wait_ms) = (response.status(), retry_after_ms(response.headers()));
        let body = response.bytes().await.map_err(|error| Error::offline(reason(&error)))?;
        if status.is_success() {
            return Ok(body.into());
        }
        let later = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let wait_ms = wait_ms.filter(|_| later).and_then(|ms| patience.next(ms, |max_ms| host.ids.jitter(max_ms)));
        let (Some(next), Some(ms)) = (again, wait_ms) else { return Err(turned_away(status, &body)) };
        tokio::time::sleep(Duration::from_millis(ms)).await;
        request = next;
    }
}

/// How long a server asks to be left alone.
fn retry_after_ms(headers: &HeaderMap) -> Option<u64> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    seconds.checked_mul(1_000)
}

/// The way of attached files, in pieces.
pub(crate) struct BlobChannel {
    client: reqwest::Client,
    server: String,
    token: String,
}

/// How much of a file the server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// All of it, and it is what its name says.
    Whole,
    /// So many bytes from its start.
    UpTo(u64),
}

/// A file on its way here.
pub(crate) struct Download {
    response: Response,
    /// The byte it starts at.
    pub(crate) from: u64,
    /// How many bytes the whole file has.
    pub(crate) size: u64,
}

impl BlobChannel {
    pub(crate) fn new(client: reqwest::Client, server: String, token: String) -> Self {
        Self { client, server, token }
    }

    /// How much of a file the server has.
    pub(crate) async fn arrived(&self, hash: BlobHash) -> Result<Arrived, Error> {
        self.offset(hash, self.request(Method::HEAD, hash)).await
    }

    /// Sends some bytes of a file of `size` bytes.
    pub(crate) async fn put(&self, hash: BlobHash, from: u64, size: u64, bytes: Vec<u8>) -> Result<Arrived, Error> {
        let last = from.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX)).saturating_sub(1);
        let request = self.request(Method::PUT, hash).header(CONTENT_RANGE, format!("bytes {from}-{last}/{size}"));
        self.offset(hash, request.body(bytes)).await
    }

    /// Asks for a file from its byte `from` on; `None` if the server does not have it.
    pub(crate) async fn get(&self, hash: BlobHash, from: u64) -> Result<Option<Download>, Error> {
        let response = send(self.request(Method::GET, hash).header(RANGE, format!("bytes={from}-"))).await?;
        let (status, headers) = (response.status(), response.headers());
        match (status, upload_offset(headers)) {
            (StatusCode::NOT_FOUND, Some(_)) => Ok(None),
            (StatusCode::OK, Some(size)) if is_file(headers, hash) => Ok(Some(Download { response, from: 0, size })),
            (StatusCode::PARTIAL_CONTENT, Some(size)) if is_file(headers, hash) => {
                let starts = headers.get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
                let starts = starts.and_then(|text| text.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok());
                let from = starts.ok_or_else(|| Error::offline("the answer does not say which bytes it holds"))?;
                Ok(Some(Download { response, from, size }))
            }
            _ => Err(no(response).await),
        }
    }

    /// A success must name the file: a sign-in page says 200 to everything.
    async fn offset(&self, hash: BlobHash, request: RequestBuilder) -> Result<Arrived, Error> {
        let response = send(request).await?;
        let (status, headers) = (response.status(), response.headers());
        match (status, upload_offset(headers)) {
            (StatusCode::OK | StatusCode::CREATED, Some(_)) if is_file(headers, hash) => Ok(Arrived::Whole),
            (StatusCode::ACCEPTED | StatusCode::NOT_FOUND | StatusCode::CONFLICT, Some(held)) => Ok(Arrived::UpTo(held)),
            _ => Err(no(response).await),
        }
    }

    fn request(&self, method: Method, hash: BlobHash) -> RequestBuilder {
        self.client.request(method, format!("{}/v1/blobs/{hash}", self.server)).bearer_auth(&self.token)
    }
}

impl Download {
    /// The next bytes; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let chunk = self.response.chunk().await.map_err(|error| Error::offline(reason(&error)))?;
        Ok(chunk.map(Vec::from))
    }
}

async fn send(request: RequestBuilder) -> Result<Response, Error> {
    request.send().await.map_err(|error| Error::offline(reason(&error)))
}

async fn no(response: Response) -> Error {
    let status = response.status();
    match response.bytes().await {
        Ok(body) => turned_away(status, &body),
        Err(error) => Error::offline(reason(&error)),
    }
}

fn upload_offset(headers: &HeaderMap) -> Option<u64> {
    headers.get("upload-offset")?.to_str().ok()?.parse().ok()
}

fn is_file(headers: &HeaderMap, hash: BlobHash) -> bool {
    headers.get(ETAG).and_then(|value| value.to_str().ok()).is_some_and(|tag| tag == format!("\"{hash}\""))
}

/// A connection that stays open.
pub(crate) struct LiveSocket {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What came over a live connection.
pub(crate) enum Heard {
    /// A frame.
    Frame(Vec<u8>),
    /// A sign of life.
    Alive,
    /// The other side hung up.
    Closed,
}

impl LiveSocket {
    /// Connects to the server's live endpoint.
    pub(crate) async fn connect(server: &str, token: &str) -> Result<Self, Error> {
        // `http` becomes `ws`, and so `https` becomes `wss`.
        let url = format!("ws{}/v1/live", server.strip_prefix("http").unwrap_or(server));
        let mut request = url.into_client_request().map_err(|error| Error::offline(error.to_string()))?;
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Error::SignedOut)?;
        request.headers_mut().insert(AUTHORIZATION, bearer);
        let config = WebSocketConfig::default()
            .max_message_size(Some(FRAME_BYTES_MAX.saturating_mul(2)))
            .max_frame_size(Some(FRAME_BYTES_MAX.saturating_mul(2)));
        let connecting = tokio_tungstenite::connect_async_with_config(request, Some(config), true);
        match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(Ok((socket, _))) => Ok(Self { socket }),
            Ok(Err(tungstenite::Error::Http(response))) => {
                Err(turned_away(response.status(), response.body().as_deref().unwrap_or_default()))
            }
            Ok(Err(error)) => Err(Error::offline(error.to_string())),
            Err(_) => Err(Error::offline("no connection in time")),
        }
    }

    /// Sends a frame.
    pub(crate) async fn send(&mut self, frame: Vec<u8>) -> Result<(), Error> {
        self.socket.send(Message::binary(frame)).await.map_err(|error| Error::offline(error.to_string()))
    }

    /// Asks for a sign of life.
    pub(crate) async fn ping(&mut self) -> Result<(), Error> {
        self.socket.send(Message::Ping(Vec::new().into())).await.map_err(|error| Error::offline(error.to_string()))
    }

    /// Waits for what comes next; nothing is lost if the waiting is given up.
    pub(crate) async fn hear(&mut self) -> Result<Heard, Error> {
        match self.socket.next().await {
            Some(Ok(Message::Binary(frame))) => Ok(Heard::Frame(frame.into())),
            Some(Ok(Message::Close(_))) | None => Ok(Heard::Closed),
            Some(Ok(Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(Heard::Alive),
            Some(Err(error)) => Err(Error::offline(error.to_string())),
        }
    }
}

fn turned_away(status: StatusCode, body: &[u8]) -> Error {
    let said: Option<Refused> = serde_json::from_slice(body).ok();
    match (status, said) {
        (StatusCode::UNAUTHORIZED, _) => Error::SignedOut,
        (StatusCode::UPGRADE_REQUIRED, _) => Error::UpgradeNeeded { reason: "the server says so".to_owned() },
        (StatusCode::UNPROCESSABLE_ENTITY, Some(Refused { error: RefusedBody { code, field, message } })) => {
            Error::Refused(Refusal { code, field, message })
        }
        (_, Some(Refused { error })) => Error::Server { code: error.code, message: error.message },
        (status, None) => Error::offline(format!("HTTP {}", status.as_u16())),
    }
}

/// The innermost cause says what happened; the outer ones repeat the address.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
