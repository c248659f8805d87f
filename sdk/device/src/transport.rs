//! The only file that opens a socket: HTTP for one exchange, a WebSocket to stay in touch.
//!
//! It moves frames and says what kind of no it met: signed out, offline, or a sentence of the server's. Whatever answers
//! that does not speak our frames (a hotel's sign-in page) is a missing network.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::error::Error;
use crate::exchange::Carrier;
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
    pub(crate) fn new(client: reqwest::Client, server: &str, token: String) -> Self {
        Self { client, url: format!("{server}/v1/exchange"), token }
    }
}

impl Carrier for HttpCarrier {
    async fn exchange(&mut self, request: Vec<u8>) -> Result<Vec<u8>, Error> {
        let post = self.client.post(&self.url).bearer_auth(&self.token);
        answered(post.header(CONTENT_TYPE, "application/octet-stream").body(request)).await
    }
}

/// Asks the office to perform an action, and waits until it is done.
pub(crate) async fn ask_office(
    client: &reqwest::Client,
    server: &str,
    token: &str,
    request: &OfficeRequest,
) -> Result<(), Error> {
    let body = serde_json::to_vec(request).map_err(|_| Error::ReadStored { place: "a request" })?;
    let post = client.post(format!("{server}{}", office::PATH)).bearer_auth(token);
    let said = answered(post.header(CONTENT_TYPE, "application/json").body(body)).await?;
    match serde_json::from_slice(&said) {
        Ok(OfficeAnswer { id }) if id == request.id => Ok(()),
        Ok(_) | Err(_) => Err(Error::offline("what answered is not a Fieldbook server")),
    }
}

/// The body of a good answer.
async fn answered(request: reqwest::RequestBuilder) -> Result<Vec<u8>, Error> {
    let response = request.send().await.map_err(|error| Error::offline(reason(&error)))?;
    let status = response.status();
    let body = response.bytes().await.map_err(|error| Error::offline(reason(&error)))?;
    if status.is_success() { Ok(body.into()) } else { Err(turned_away(status, &body)) }
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
