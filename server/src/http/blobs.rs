//! Attached files over HTTP: sent in pieces that may be cut, read from any byte on.
//!
//! `HEAD /v1/blobs/{sha256}` says how much the server has, `PUT` with `Content-Range` sends more, `GET` with `Range` reads.
//! Every answer names in `Upload-Offset` how many bytes are here, so whoever was cut off knows where to go on. A token opens
//! the files of its own organisation only; for anybody else they are not there, nor for whoever reads no record they are attached
//! to. Who may not read may still send, as may who left: they begin with the first bytes and are told where to go on.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use fieldbook_domain::blob::{BLOB_BYTES_MAX, BlobHash};
use futures_util::{Stream, StreamExt, stream};

use super::{ApiError, Known, refusal};
use crate::app::App;
use crate::blobs::{Appended, Held};
use crate::error::Error;
use crate::org::OrgHandle;
use crate::token::Identity;

/// How many bytes of the file the server has.
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
/// Bytes read from the disk at a time.
const READ_BYTES: u64 = 256 << 10;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/blobs/{hash}", get(read).head(look).put(take))
}

/// Why a file is not taken or given.
enum No {
    Api(ApiError),
    Name,
    Range,
    TooLarge,
    Absent(u64),
    Gap(u64),
    Mismatch,
    Unsatisfiable(u64),
}

impl From<ApiError> for No {
    fn from(error: ApiError) -> Self {
        No::Api(error)
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        match self {
            No::Api(error) => error.into_response(),
            No::Name => {
                refusal(StatusCode::BAD_REQUEST, "blob.name", "a file is named by its SHA-256, 64 lower-case hexadecimal digits")
            }
            No::Range => {
                refusal(StatusCode::BAD_REQUEST, "blob.range", "say which bytes these are: Content-Range: bytes FIRST-LAST/SIZE")
            }
            No::TooLarge => {
                let message = format!("a file has at most {BLOB_BYTES_MAX} bytes");
                refusal(StatusCode::PAYLOAD_TOO_LARGE, "blob.too_large", &message)
            }
            No::Absent(held) => at(held, refusal(StatusCode::NOT_FOUND, "blob.absent", "the server does not have this file")),
            No::Gap(held) => {
                at(held, refusal(StatusCode::CONFLICT, "blob.gap", "bytes before these are missing: go on at Upload-Offset"))
            }
            No::Mismatch => {
                let message = "what arrived is not the file of this name and was thrown away: send it again";
                at(0, refusal(StatusCode::UNPROCESSABLE_ENTITY, "blob.mismatch", message))
            }
            No::Unsatisfiable(size) => {
                let answer = refusal(StatusCode::RANGE_NOT_SATISFIABLE, "blob.range", "the file has no such bytes");
                ([(header::CONTENT_RANGE, format!("bytes */{size}"))], answer).into_response()
            }
        }
    }
}

/// How much of a file is here.
async fn look(State(app): State<App>, Known(identity, works_here): Known, Path(name): Path<String>) -> Result<Response, No> {
    let hash = named(&name)?;
    if !works_here || !may_read(&app, &identity, hash).await? {
        return Err(No::Absent(0));
    }
    match in_org(&app, &identity, move |org| org.blobs().held(hash)).await? {
        Held::Whole(size) => Ok(at(size, ([(header::CONTENT_LENGTH, size.to_string())], whole(hash)).into_response())),
        Held::UpTo(held) => Err(No::Absent(held)),
    }
}

/// Gives a file, or a range of it.
async fn read(State(app): State<App>, identity: Identity, Path(name): Path<String>, headers: HeaderMap) -> Result<Response, No> {
    let hash = named(&name)?;
    if !may_read(&app, &identity, hash).await? {
        return Err(No::Absent(0));
    }
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok().and_then(asked));
    let size = match in_org(&app, &identity, move |org| org.blobs().held(hash)).await? {
        Held::Whole(size) => size,
        Held::UpTo(held) => return Err(No::Absent(held)),
    };
    let (first, last) = match asked {
        None => (0, size.saturating_sub(1)),
        Some((first, last)) if first < size => (first, last.min(size.saturating_sub(1))),
        Some(_) => return Err(No::Unsatisfiable(size)),
    };
    let file = in_org(&app, &identity, move |org| org.blobs().reader(hash, first)).await?;
    let count = last.saturating_sub(first).saturating_add(1);
    let lengths = [(header::CONTENT_LENGTH, count.to_string()), (header::CONTENT_TYPE, "application/octet-stream".to_owned())];
    let body = (lengths, whole(hash), Body::from_stream(bytes(file, count)));
    if asked.is_none() {
        return Ok(at(size, body.into_response()));
    }
    let range = [(header::CONTENT_RANGE, format!("bytes {first}-{last}/{size}"))];
    Ok(at(size, (StatusCode::PARTIAL_CONTENT, range, body).into_response()))
}

/// Who may not read what it is attached to may not read the file, nor learn that it is here.
async fn may_read(app: &App, identity: &Identity, hash: BlobHash) -> Result<bool, ApiError> {
    let user = identity.user;
    in_org(app, identity, move |org| org.read(|store| store.may_read_file(user, &hash.to_string()))).await
}

/// Takes a piece of a file; what arrives before a cut is kept.
async fn take(
    State(app): State<App>,
    Known(identity, _): Known,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, No> {
    let hash = named(&name)?;
    let range = headers.get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok()).and_then(sent).ok_or(No::Range)?;
    if range.size > BLOB_BYTES_MAX.unsigned_abs() {
        return Err(No::TooLarge);
    }
    let (mut next, mut arriving) = (range.first, body.into_data_stream());
    let mut held = add(&app, &identity, hash, next, Bytes::new()).await?;
    while let (Held::UpTo(_), Some(piece)) = (held, arriving.next().await) {
        let piece = piece.map_err(|_| ApiError::Unreadable)?;
        let after = next.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if after > range.after {
            return Err(No::Range);
        }
        held = add(&app, &identity, hash, next, piece).await?;
        next = after;
    }
    let size = match held {
        Held::Whole(size) => return Ok(at(size, whole(hash).into_response())),
        Held::UpTo(held) if held < range.size => return Ok(at(held, StatusCode::ACCEPTED.into_response())),
        Held::UpTo(_) => range.size,
    };
    if in_org(&app, &identity, move |org| org.blobs().finish(hash)).await? {
        Ok(at(size, (StatusCode::CREATED, whole(hash)).into_response()))
    } else {
        Err(No::Mismatch)
    }
}

async fn add(app: &App, identity: &Identity, hash: BlobHash, next: u64, piece: Bytes) -> Result<Held, No> {
    match in_org(app, identity, move |org| org.blobs().append(hash, next, &piece)).await? {
        Appended::Held(held) => Ok(held),
        Appended::Gap(held) => Err(No::Gap(held)),
    }
}

/// Runs what waits for the disk, with the organisation of whoever asks.
async fn in_org<T: Send + 'static>(
    app: &App,
    identity: &Identity,
    work: impl FnOnce(&Arc<OrgHandle>) -> Result<T, Error> + Send + 'static,
) -> Result<T, ApiError> {
    let (app, org) = (app.clone(), identity.org);
    match tokio::task::spawn_blocking(move || work(&app.org(org)?)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            tracing::error!(%error, "a file could not be read or written");
            Err(ApiError::Unavailable)
        }
        Err(_) => Err(ApiError::Unavailable),
    }
}

fn named(name: &str) -> Result<BlobHash, No> {
    name.parse().map_err(|_| No::Name)
}

fn at(held: u64, mut answer: Response) -> Response {
    answer.headers_mut().insert(UPLOAD_OFFSET, HeaderValue::from(held));
    answer
}

/// What is said about a file that is here whole. Strangers' bytes are never shown as a page of ours.
fn whole(hash: BlobHash) -> [(HeaderName, String); 5] {
    [
        (header::ETAG, format!("\"{hash}\"")),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CACHE_CONTROL, "private, immutable".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_DISPOSITION, "attachment".to_owned()),
    ]
}

/// The bytes a `PUT` says that it carries.
struct Sent {
    first: u64,
    after: u64,
    size: u64,
}

/// Reads `bytes FIRST-LAST/SIZE`.
fn sent(text: &str) -> Option<Sent> {
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, size): (u64, u64, u64) = (first.parse().ok()?, last.parse().ok()?, size.parse().ok()?);
    let after = last.checked_add(1)?;
    (first < after && after <= size).then_some(Sent { first, after, size })
}

/// Reads `bytes=FIRST-` and `bytes=FIRST-LAST`; whoever asks for anything else is given the whole file, as HTTP allows.
fn asked(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let first: u64 = first.parse().ok()?;
    let last = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
    (first <= last).then_some((first, last))
}

/// The next `left` bytes of a file, read as they are asked for.
fn bytes(file: File, left: u64) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold((file, left), |(file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let reading = tokio::task::spawn_blocking(move || {
            let mut piece = Vec::new();
            (&file).take(left.min(READ_BYTES)).read_to_end(&mut piece)?;
            Ok::<_, io::Error>((file, piece))
        });
        let (file, piece) = reading.await.map_err(io::Error::other)??;
        if piece.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let left = left.saturating_sub(u64::try_from(piece.len()).unwrap_or(left));
        Ok(Some((Bytes::from(piece), (file, left))))
    })
}
