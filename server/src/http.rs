//! The HTTP face: who may ask, how much, how long, and where it goes.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{DefaultBodyLimit, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::permission::Role;
use fieldbook_domain::refusal::Refusal;
use fieldbook_sync::frame::FRAME_BYTES_MAX;
use fieldbook_sync::office::{self, OfficeAnswer, OfficeRequest};
use fieldbook_sync::server::BUSY_RETRY_MS;
use serde_json::json;
use tokio::net::TcpListener;
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::exchange::BUSY;
use crate::live;
use crate::org::office::{Acted, OfficeAct};
use crate::token::Identity;

mod blobs;
mod door;

pub use door::HEAD_TIME_MAX;

/// Bytes of one request: a full push, and the Hello before it.
pub const BODY_BYTES_MAX: usize = FRAME_BYTES_MAX + (64 << 10);
/// How long a one-shot request may take.
pub const REQUEST_TIME_MAX: Duration = Duration::from_secs(60);
/// How long open conversations may take to end when the server stops.
const CLOSING_TIME_MAX: Duration = Duration::from_secs(30);

/// What a request is answered with when it is not let in or cannot be served.
#[derive(Debug)]
enum ApiError {
    Unauthorized,
    TooLarge,
    Unreadable,
    Unavailable,
    /// Whoever asks has enough under way.
    Busy,
    /// A rule said no.
    Refused(Refusal),
    /// The device may not ask.
    Dismissed {
        code: &'static str,
        message: &'static str,
    },
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            ApiError::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized", "sign in again"),
            ApiError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the request is too large"),
            ApiError::Unreadable => (StatusCode::BAD_REQUEST, "unreadable", "the request could not be read"),
            ApiError::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "the server cannot answer at the moment"),
            ApiError::Dismissed { code, message } => (StatusCode::FORBIDDEN, code, message),
            ApiError::Busy => {
                let answer = refusal(StatusCode::TOO_MANY_REQUESTS, BUSY.0, BUSY.1);
                return ([(header::RETRY_AFTER, BUSY_RETRY_MS.div_ceil(1_000).to_string())], answer).into_response();
            }
            ApiError::Refused(refusal) => {
                return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": refusal }))).into_response();
            }
        };
        refusal(status, code, message)
    }
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(json!({ "error": { "code": code, "message": message } }))).into_response()
}

impl App {
    /// The routes.
    pub fn router(&self) -> Router {
        let timeout = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIME_MAX);
        let one_shot = Router::new()
            .route("/v1/exchange", post(exchange))
            .route(office::PATH, post(act).layer(DefaultBodyLimit::max(office::REQUEST_BYTES_MAX)))
            .route("/v1/metrics", get(metrics))
            .merge(blobs::routes())
            .route("/health", get(async || "ok"))
            .route("/ready", get(ready))
            .layer(timeout);
        let live = Router::new().route("/v1/live", get(talk));
        one_shot.merge(live).layer(DefaultBodyLimit::max(BODY_BYTES_MAX)).with_state(self.clone())
    }
}

/// Serves until `shutdown`, then finishes what was taken and closes the app.
pub async fn serve(listener: TcpListener, app: App, shutdown: impl Future<Output = ()> + Send + 'static) {
    let (stopping, mut closing) = (app.clone(), app.closing());
    let deadline = async move {
        tokio::select! {
            () = shutdown => stopping.begin_closing(),
            // An error means that the app is gone, which is as good as closing.
            _ = closing.wait_for(|closing| *closing) => {}
        }
        tokio::time::sleep(CLOSING_TIME_MAX).await;
    };
    tokio::select! {
        () = door::serve(listener, app.router(), app.closing()) => {}
        () = deadline => {}
    }
    let closed = tokio::task::spawn_blocking(move || app.close()).await;
    if closed.is_err() {
        tracing::error!("closing the stores panicked");
    }
}

/// Somebody who works here or once did, and whether they still do: whoever left may deliver what they did.
#[derive(Debug)]
pub(crate) struct Known(pub(crate) Identity, pub(crate) bool);

impl FromRequestParts<App> for Identity {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        match recognised(parts, app).await? {
            (identity, true) => Ok(identity),
            (_, false) => Err(ApiError::Unauthorized.into_response()),
        }
    }
}

impl FromRequestParts<App> for Known {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let (identity, works_here) = recognised(parts, app).await?;
        Ok(Known(identity, works_here))
    }
}

/// Who asks, and whether they still work here.
async fn recognised(parts: &Parts, app: &App) -> Result<(Identity, bool), Response> {
    let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer ")).map(|token| token.trim().to_owned());
    let Some(token) = token else { return Err(ApiError::Unauthorized.into_response()) };
    let app = app.clone();
    match tokio::task::spawn_blocking(move || app.recognise(&token)).await {
        Ok(Ok(Some(known))) => Ok(known),
        Ok(Ok(None)) => Err(ApiError::Unauthorized.into_response()),
        Ok(Err(error)) => {
            tracing::error!(%error, "a token could not be looked up");
            Err(ApiError::Unavailable.into_response())
        }
        Err(_) => Err(ApiError::Unavailable.into_response()),
    }
}

async fn exchange(
    State(app): State<App>,
    Known(identity, _): Known,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let body = whole(body)?;
    let answer = tokio::task::spawn_blocking(move || app.exchange(&identity, &body)).await;
    let frames = answer.map_err(|_| ApiError::Unavailable)?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], frames).into_response())
}

async fn act(
    State(app): State<App>,
    identity: Identity,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<OfficeAnswer>, ApiError> {
    let request: OfficeRequest = serde_json::from_slice(&whole(body)?).map_err(|_| ApiError::Unreadable)?;
    let target = request.record.parse().map_err(|_| ApiError::Unreadable)?;
    let OfficeRequest { device, action, id, args, .. } = request;
    let act = OfficeAct { user: identity.user, device, target, action, id: RecordId(id), args };
    let acted = tokio::task::spawn_blocking(move || app.act(&identity, act)).await.map_err(|_| ApiError::Unavailable)?;
    match acted {
        Ok(Acted::Done) => Ok(Json(OfficeAnswer { id })),
        Ok(Acted::Refused(refusal)) => Err(ApiError::Refused(refusal)),
        Ok(Acted::Dismissed { code, message }) => Err(ApiError::Dismissed { code, message }),
        Ok(Acted::Busy) => Err(ApiError::Busy),
        Err(error) => {
            tracing::error!(%error, "an action could not be performed at the office");
            Err(ApiError::Unavailable)
        }
    }
}

/// For administrators: it says how much is done here, and by which rules.
async fn metrics(State(app): State<App>, identity: Identity) -> Result<Response, ApiError> {
    if identity.role != Role::Admin {
        return Err(ApiError::Dismissed { code: "metrics.permission", message: "only administrators may look" });
    }
    let text = tokio::task::spawn_blocking(move || app.metrics_text(identity.org)).await;
    match text.map_err(|_| ApiError::Unavailable)? {
        Ok(text) => Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()),
        Err(error) => {
            tracing::error!(%error, "nothing could be counted");
            Err(ApiError::Unavailable)
        }
    }
}

fn whole(body: Result<Bytes, BytesRejection>) -> Result<Bytes, ApiError> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge,
        _ => ApiError::Unreadable,
    })
}

async fn talk(State(app): State<App>, identity: Identity, upgrade: WebSocketUpgrade) -> Response {
    let upgrade = upgrade.max_message_size(FRAME_BYTES_MAX).max_frame_size(FRAME_BYTES_MAX);
    upgrade.on_upgrade(move |socket| live::talk(app, Arc::new(identity), socket))
}

async fn ready(State(app): State<App>) -> Result<&'static str, ApiError> {
    let ready = tokio::task::spawn_blocking(move || app.is_ready()).await.unwrap_or(false);
    if ready { Ok("ready") } else { Err(ApiError::Unavailable) }
}

#[cfg(test)]
mod tests {
    use fieldbook_domain::ids::RecordRef;
    use serde_json::{Map, Value};
    use uuid::Uuid;

    use super::*;
    use crate::clock::SystemClock;
    use crate::org::provision::NewUser;

    #[tokio::test(flavor = "multi_thread")]
    async fn who_has_enough_under_way_is_told_when_to_ask_the_office_again() {
        let folder = tempfile::tempdir().unwrap();
        let app = App::open(folder.path(), Arc::new(SystemClock)).unwrap();
        let org = app.create_org("Acme").unwrap();
        let (email, team, territory, manager) = (None, None, None, None);
        let maya = NewUser { name: "Maya".to_owned(), email, role: Role::Manager, team, territory, manager };
        let maya = app.add_user(org, &maya).unwrap();
        let token = app.token(org, maya, 1).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}{}", listener.local_addr().unwrap(), office::PATH);
        tokio::spawn(serve(listener, app.clone(), std::future::pending()));
        let (record, action, args) = (RecordRef::new("lead", maya).to_string(), "delete".to_owned(), Map::new());
        let request = OfficeRequest { device: Uuid::nil(), record, action, id: maya.0, args };
        let ask = async || {
            let body = serde_json::to_vec(&request).unwrap();
            let answer = reqwest::Client::new().post(&url).bearer_auth(&token).body(body).send().await.unwrap();
            let (status, wait) = (answer.status().as_u16(), answer.headers().get(header::RETRY_AFTER).cloned());
            let said: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            (status, wait, said["error"]["code"].as_str().unwrap().to_owned())
        };

        let mut places: Vec<_> = std::iter::from_fn(|| app.org(org).unwrap().place(maya)).collect();
        let busy = ask().await;
        places.pop();
        let asked = ask().await;

        assert_eq!(busy, (429, Some("1".parse().unwrap()), "busy".to_owned()));
        assert_eq!(asked, (403, None, "device.unknown".to_owned()), "with a place of its own it is looked at");
        assert!(app.org(org).unwrap().place(maya).is_some(), "and the place is given back");
    }
}
