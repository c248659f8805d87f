//! Staying in touch: colleagues' changes arrive as they happen, local work leaves as it is done.
//!
//! One connection after the other, for as long as somebody watches. Between two of them lies a random wait that grows with
//! every failure.

use std::time::Duration;

use fieldbook_domain::ids::RecordId;
use fieldbook_sync::client::ClientInput;
use serde::Serialize;
use tokio::sync::watch::{Receiver, Sender};
use tokio::time::{MissedTickBehavior, interval};

use crate::clock::Host;
use crate::error::Error;
use crate::exchange::{Engine, Failure, Noticed};
use crate::network::Signal;
use crate::store::{Store, meta};
use crate::transport::{Heard, LiveSocket};

/// The longest first wait.
const WAIT_MS_FIRST: u64 = 1_000;
/// The longest wait.
const WAIT_MS_MAX: u64 = 300_000;
/// How often a sign of life is asked for.
const PING_EVERY: Duration = Duration::from_secs(30);
/// Pings without any answer after which the connection counts as dead.
const SILENT_PINGS_MAX: u32 = 2;

/// Something that happened while watching.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum WatchEvent {
    /// The server welcomed the device.
    Connected,
    /// Everything the server had is stored.
    CaughtUp,
    /// A colleague, or the server, changed a record.
    Changed {
        /// The record type.
        kind: String,
        /// The record.
        id: RecordId,
    },
    /// The server answered work or decided something: look at the inbox.
    Decided,
    /// The connection is gone.
    Disconnected {
        /// When it is tried again.
        retry_ms: u64,
    },
    /// Nothing is tried until the platform says that there is a network.
    Paused,
}

/// What watching works with.
pub(crate) struct Watch<'w> {
    pub(crate) store: Store,
    pub(crate) host: Host,
    /// Moves with every local transaction.
    pub(crate) local: Receiver<u64>,
    /// What the platform says about the network.
    pub(crate) network: Receiver<Signal>,
    /// To be moved with every page stored.
    pub(crate) generation: &'w Sender<u64>,
}

impl Watch<'_> {
    /// Watches until dropped, or until there is no sense in trying again.
    pub(crate) async fn run(mut self, on: &mut (impl FnMut(WatchEvent) + Send)) -> Result<(), Error> {
        let mut failures = 0_u32;
        loop {
            let mut reached = false;
            let mut network = self.network.clone();
            if network.borrow().away {
                on(WatchEvent::Paused);
                network.wait_for(|signal| !signal.away).await.map_err(|_| Error::Closed)?;
                failures = 0;
            }
            let before = *network.borrow_and_update();
            let ended = tokio::select! {
                ended = self.connection(on, &mut reached) => ended,
                _ = network.wait_for(|signal| signal.away || signal.moved != before.moved) => {
                    failures = 0;
                    continue;
                }
            };
            if reached {
                failures = 0;
            }
            let asked_ms = match ended {
                Ok(retry_ms) => retry_ms,
                Err(Error::Offline { .. } | Error::Busy) => None,
                Err(error) => return Err(error),
            };
            let longest = WAIT_MS_FIRST.saturating_mul(1_u64.checked_shl(failures).unwrap_or(u64::MAX)).min(WAIT_MS_MAX);
            // Equal waits would make every phone of the office come back in the same second.
            let retry_ms = asked_ms.unwrap_or(0).saturating_add(self.host.ids.jitter(longest));
            failures = failures.saturating_add(1);
            on(WatchEvent::Disconnected { retry_ms });
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(retry_ms)) => {}
                heard = network.changed() => {
                    heard.map_err(|_| Error::Closed)?;
                    failures = 0;
                }
            }
        }
    }

    /// One connection, from its first to its last frame; gives when the server wants to be called again.
    async fn connection(&mut self, on: &mut (impl FnMut(WatchEvent) + Send), reached: &mut bool) -> Result<Option<u64>, Error> {
        let (session, token) = self.store.read_async(meta::signed_in).await?;
        let mut socket = LiveSocket::connect(&session.server, &token).await?;
        let mut engine = Engine::open(self.store.clone(), self.host.clone(), true).await?;
        engine.connect().await?;
        let mut pings = interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut silent = 0_u32;
        loop {
            for frame in std::mem::take(&mut engine.outgoing) {
                socket.send(frame).await?;
            }
            self.tell(&mut engine, on, reached);
            if let Some(Failure { error, retry_ms }) = engine.failed.take() {
                return if retry_ms.is_some() { Ok(retry_ms) } else { Err(error) };
            }
            if engine.closed {
                return Ok(None);
            }
            if engine.again {
                return Ok(Some(0));
            }
            tokio::select! {
                heard = socket.hear() => {
                    silent = 0;
                    match heard? {
                        Heard::Frame(frame) => engine.tell(ClientInput::Frame(frame)).await?,
                        Heard::Alive => {}
                        Heard::Closed => return Ok(None),
                    }
                }
                moved = self.local.changed() => {
                    moved.map_err(|_| Error::Closed)?;
                    engine.tell(ClientInput::LocalWork).await?;
                }
                _ = pings.tick() => {
                    if silent >= SILENT_PINGS_MAX {
                        return Err(Error::offline("the server fell silent"));
                    }
                    silent = silent.saturating_add(1);
                    socket.ping().await?;
                }
            }
        }
    }

    fn tell(&self, engine: &mut Engine, on: &mut (impl FnMut(WatchEvent) + Send), reached: &mut bool) {
        let mut stored = false;
        for noticed in std::mem::take(&mut engine.noticed) {
            match noticed {
                Noticed::Welcomed => {
                    *reached = true;
                    on(WatchEvent::Connected);
                }
                Noticed::CaughtUp => on(WatchEvent::CaughtUp),
                Noticed::Decided => {
                    stored = true;
                    on(WatchEvent::Decided);
                }
                Noticed::Changed(record) => {
                    stored = true;
                    on(WatchEvent::Changed { kind: record.kind, id: record.id });
                }
            }
        }
        if stored {
            self.generation.send_modify(|generation| *generation = generation.wrapping_add(1));
        }
    }
}
