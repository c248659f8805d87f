//! A conversation that stays open: a WebSocket with binary frames.
//!
//! News wake it through the log's watch channel; what needs the database runs elsewhere, so that downloads go on while a
//! push is being judged. A device that does not read is dropped: it comes back and continues from its cursors.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use fieldbook_sync::frame::Limits;
use fieldbook_sync::server::{ServerInput, ServerSession};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};

use crate::app::App;
use crate::exchange::{Order, Peer, Work, dismiss, failed, order};
use crate::org::register::CLOSED;
use crate::token::Identity;

/// How often a silent device is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(25);
/// After how long without a sign a device is given up.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How long a device may take to read one frame.
const SEND_TIME_MAX: Duration = Duration::from_secs(30);
/// Frames that may wait for a slow reader.
const FRAMES_WAITING_MAX: usize = 256;
/// Replies of the database that may wait for the session.
const REPLIES_WAITING_MAX: usize = 64;
/// When a device should come back after a restart.
const RESTART_RETRY_MS: u64 = 1_000;

/// What keeps a conversation going.
struct Conversation {
    app: App,
    identity: Arc<Identity>,
    peer: Arc<Peer>,
    session: ServerSession,
    replies: mpsc::Sender<ServerInput>,
    outgoing: mpsc::Sender<Message>,
}

/// Holds a conversation until one side ends it.
pub(crate) async fn talk(app: App, identity: Arc<Identity>, socket: WebSocket) {
    let opened = {
        let (app, identity) = (app.clone(), Identity::clone(&identity));
        tokio::task::spawn_blocking(move || Peer::new(&app, identity)).await
    };
    let Ok(Ok(peer)) = opened else {
        tracing::error!("an organisation cannot be opened");
        return;
    };
    let (mut sink, mut stream) = socket.split();
    let (outgoing, mut waiting) = mpsc::channel::<Message>(FRAMES_WAITING_MAX);
    let writer = tokio::spawn(async move {
        while let Some(message) = waiting.recv().await {
            let sent = tokio::time::timeout(SEND_TIME_MAX, sink.send(message)).await;
            if !matches!(sent, Ok(Ok(()))) {
                return;
            }
        }
        let _ = tokio::time::timeout(SEND_TIME_MAX, sink.close()).await;
    });
    let (replies, mut replied) = mpsc::channel(REPLIES_WAITING_MAX);
    let (mut moved, mut closing) = (peer.org().moved(), app.closing());
    let session = ServerSession::new(Limits::default());
    let mut conversation = Conversation { app, identity, peer: Arc::new(peer), session, replies, outgoing };
    let mut ping = tokio::time::interval(PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    loop {
        let goes_on = tokio::select! {
            message = stream.next() => {
                heard = Instant::now();
                conversation.hear(message.and_then(Result::ok))
            }
            Some(reply) = replied.recv() => conversation.tell(reply),
            changed = moved.changed() => conversation.news(changed),
            _ = ping.tick() => heard.elapsed() < SILENCE_MAX && conversation.ping().await,
            () = until(&mut closing) => {
                conversation.tell(dismiss("restarting", "the server is restarting", Some(RESTART_RETRY_MS)))
            }
        };
        if !goes_on {
            break;
        }
    }
    drop(conversation);
    if writer.await.is_err() {
        tracing::error!("a writer panicked");
    }
}

/// Waits until the server is about to stop.
async fn until(closing: &mut watch::Receiver<bool>) {
    // An error means that the app is gone, which is as good as closing.
    let _ = closing.wait_for(|closing| *closing).await;
}

impl Conversation {
    /// Takes what the device said; `false` ends the conversation.
    fn hear(&mut self, message: Option<Message>) -> bool {
        match message {
            Some(Message::Binary(bytes)) => self.tell(ServerInput::Frame(bytes.to_vec())),
            Some(Message::Ping(_) | Message::Pong(_)) => true,
            Some(Message::Text(_)) => {
                let refused = CloseFrame { code: close_code::UNSUPPORTED, reason: "binary frames only".into() };
                let _ = self.outgoing.try_send(Message::Close(Some(refused)));
                false
            }
            Some(Message::Close(_)) | None => false,
        }
    }

    fn news(&mut self, changed: Result<(), watch::error::RecvError>) -> bool {
        changed.is_ok() && self.tell(ServerInput::LogMoved)
    }

    /// Tells the session something and does what it orders.
    fn tell(&mut self, input: ServerInput) -> bool {
        for output in self.session.handle(input) {
            match order(output) {
                Order::Work(work) => self.start(work),
                Order::Send(bytes) => {
                    // A full queue means that the device does not read.
                    if self.outgoing.try_send(Message::Binary(Bytes::from(bytes))).is_err() {
                        return false;
                    }
                }
                Order::End => return false,
            }
        }
        true
    }

    fn start(&self, work: Work) {
        let (peer, replies) = (Arc::clone(&self.peer), self.replies.clone());
        tokio::spawn(async move {
            let reply = tokio::task::spawn_blocking(move || peer.perform(work)).await.unwrap_or_else(|_| failed());
            // Nobody listens once the conversation has ended.
            let _ = replies.send(reply).await;
        });
    }

    /// Asks whether the device is there, and looks whether its user still is, and the device was not shut out.
    async fn ping(&mut self) -> bool {
        let (app, identity) = (self.app.clone(), Arc::clone(&self.identity));
        let still = tokio::task::spawn_blocking(move || app.still_welcome(&identity)).await;
        if !matches!(still, Ok(true)) {
            return self.tell(dismiss("signed_out", "sign in again", None));
        }
        let peer = Arc::clone(&self.peer);
        if tokio::task::spawn_blocking(move || peer.is_shut_out()).await.unwrap_or(false) {
            return self.tell(dismiss(CLOSED.0, CLOSED.1, None));
        }
        self.outgoing.try_send(Message::Ping(Bytes::new())).is_ok()
    }
}
