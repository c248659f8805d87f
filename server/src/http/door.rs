//! Taking connections: how long one may take to say what it wants, and how long it may last.
//!
//! Whoever says a request letter by letter, or never reads its answer, holds a socket and a little memory, and not for ever.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// How long a request may take until its last header is here; also how long a connection may wait for its next request.
pub const HEAD_TIME_MAX: Duration = Duration::from_secs(15);
/// How long a connection may last; conversations that stay open have left the door and are not meant.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(15 * 60);
/// How long to wait when the machine has no more sockets to give.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Serves whoever comes until the server is closing, then waits for those who are being served.
pub(super) async fn serve(listener: TcpListener, router: Router, mut closing: watch::Receiver<bool>) {
    let (open, mut left) = mpsc::channel::<Infallible>(1);
    loop {
        let socket = tokio::select! {
            socket = accept(&listener) => socket,
            // An error means that the app is gone, which is as good as closing.
            _ = closing.wait_for(|closing| *closing) => break,
        };
        tokio::spawn(attend(socket, router.clone(), closing.clone(), open.clone()));
    }
    drop((listener, open));
    // Nobody ever sends: it ends when the last connection has dropped its end.
    let _ = left.recv().await;
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                // Small frames must not wait for the acknowledgement of the ones before: that alone is 40 ms.
                if let Err(error) = socket.set_nodelay(true) {
                    tracing::debug!(%error, "a socket waits to fill its packets");
                }
                return socket;
            }
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken");
                tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
            }
        }
    }
}

/// Serves one connection; `_open` tells that it is there.
async fn attend(socket: TcpStream, router: Router, mut closing: watch::Receiver<bool>, _open: mpsc::Sender<Infallible>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX);
    let connection = http.serve_connection(TokioIo::new(socket), TowerToHyperService::new(router)).with_upgrades();
    let (mut connection, mut end) = (pin!(connection), pin!(tokio::time::sleep(CONNECTION_TIME_MAX)));
    let mut is_closing = false;
    loop {
        tokio::select! {
            served = connection.as_mut() => {
                if let Err(error) = served {
                    tracing::debug!(%error, "a connection broke");
                }
                break;
            }
            () = end.as_mut() => break,
            _ = closing.wait_for(|closing| *closing), if !is_closing => {
                is_closing = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
