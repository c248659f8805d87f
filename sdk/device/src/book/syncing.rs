//! Talking to the server: once, or for as long as somebody watches.

use tokio::sync::Notify;

use super::{Book, Unsent};
use crate::error::Error;
use crate::exchange::{self, Carrier, SyncReport};
use crate::files;
use crate::store::meta;
use crate::transport::{self, BlobChannel, HttpCarrier};
use crate::watch::{Watch, WatchEvent};

/// How often a device that was shut out comes back within one sync to deliver the rest of what it holds.
const CLOSINGS_MAX: usize = 64;

impl Book {
    /// Sends what waits and fetches what is new. A server that is busy is asked again, a few times and for some seconds, before the
    /// app is told.
    ///
    /// # Errors
    /// `SignedOut`, `Offline`, `UpgradeNeeded`, `Server`; what was stored until then stays stored, and nothing is lost.
    /// `Server` with the code `user.left` once everything is delivered of somebody who no longer works there, and with
    /// `device.revoked` once everything is kept of a device that was shut out: the book has been wiped.
    pub async fn sync(&self) -> Result<SyncReport, Error> {
        self.sync_telling(|_| {}).await
    }

    /// As [`Book::sync`]; `on` is told after every answer what was done so far. Giving up the future is as a cut of the network:
    /// what was stored until then stays stored, and the next sync goes on from there.
    ///
    /// # Errors
    /// As [`Book::sync`].
    pub async fn sync_telling(&self, mut on: impl FnMut(&SyncReport) + Send) -> Result<SyncReport, Error> {
        let (session, token) = self.store.read_async(meta::signed_in).await?;
        let mut carrier = HttpCarrier::new(self.client()?, &session.server, token, self.host.clone());
        let mut synced = self.converse(&mut carrier, &mut on).await;
        for _ in 0..CLOSINGS_MAX {
            // What was sent is kept there; the server says when that was all.
            if !synced.as_ref().is_err_and(|error| said(error, &[exchange::CLOSED])) {
                break;
            }
            synced = self.converse(&mut carrier, &mut on).await;
        }
        let mut report = match synced {
            Err(error) if has_left(&error) => {
                // What a device sent that was shut out is kept there without an answer.
                let unsent = if said(&error, &[exchange::REVOKED]) { Unsent::Discard } else { Unsent::Keep };
                self.leave(unsent).await?;
                return Err(error);
            }
            synced => synced?,
        };
        // After the records: a large file on a slow network must not hold up an order.
        let _told = Telling(self);
        files::send_waiting(&self.store, &self.channel().await?, &mut report, &mut on).await?;
        Ok(report)
    }

    /// What the user may no longer read goes, once the server has all they did (INV-17).
    async fn leave(&self, unsent: Unsent) -> Result<(), Error> {
        let mut report = SyncReport::default();
        files::send_waiting(&self.store, &self.channel().await?, &mut report, &mut |_| {}).await?;
        self.wipe(unsent)
    }

    /// As [`Book::sync`], over any carrier; attached files stay where they are, a carrier knows no files.
    ///
    /// # Errors
    /// As [`Book::sync`], and what the carrier gives.
    pub async fn sync_over(&self, carrier: &mut impl Carrier) -> Result<SyncReport, Error> {
        self.converse(carrier, |_| {}).await
    }

    async fn converse(&self, carrier: &mut impl Carrier, mut on: impl FnMut(&SyncReport) + Send) -> Result<SyncReport, Error> {
        // Lists follow page by page, and what was stored before somebody gave up is seen as well.
        let told = Telling(self);
        exchange::run(self.store.clone(), self.host.clone(), carrier, &mut |report: &SyncReport| {
            told.0.wrote();
            on(report);
        })
        .await
    }

    /// Stays connected until dropped: colleagues' changes arrive as they happen, local work leaves as it is done.
    ///
    /// # Errors
    /// `SignedOut`, `UpgradeNeeded`, or a word of the server's after which trying again will not help.
    pub async fn watch(&self, mut on: impl FnMut(WatchEvent) + Send) -> Result<(), Error> {
        let (store, host) = (self.store.clone(), self.host.clone());
        let (local, network) = (self.changes(), self.network.subscribe());
        let watch = Watch { store, host, local, network, generation: &self.generation };
        let ready = Notify::new();
        let mut hear = |event: WatchEvent| {
            if matches!(event, WatchEvent::CaughtUp | WatchEvent::Decided) {
                ready.notify_one();
            }
            on(event);
        };
        let ended = tokio::select! {
            ended = watch.run(&mut hear) => ended,
            failed = self.send_files(&ready) => failed,
        };
        match ended {
            // Whoever left is not let in, but may deliver what they did.
            Err(Error::SignedOut) => self.sync().await.and(Err(Error::SignedOut)),
            Err(error) if said(&error, &[exchange::CLOSED, exchange::REVOKED]) => self.sync().await.and(Err(error)),
            ended => ended,
        }
    }

    /// Sends attached files whenever the server is known to be there and to have the records; ends only in failure.
    async fn send_files(&self, ready: &Notify) -> Result<(), Error> {
        let mut network = self.network.subscribe();
        loop {
            ready.notified().await;
            let mut report = SyncReport::default();
            let sending = async { files::send_waiting(&self.store, &self.channel().await?, &mut report, &mut |_| {}).await };
            let sent = tokio::select! {
                sent = sending => sent,
                _ = network.wait_for(|signal| signal.away) => Ok(()),
            };
            self.wrote();
            match sent {
                // What is left is sent when the connection is there again.
                Ok(()) | Err(Error::Offline { .. } | Error::Busy) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The way to the server's files.
    pub(super) async fn channel(&self) -> Result<BlobChannel, Error> {
        let (session, token) = self.store.read_async(meta::signed_in).await?;
        Ok(BlobChannel::new(self.client()?, session.server, token))
    }

    pub(super) fn client(&self) -> Result<reqwest::Client, Error> {
        if let Some(client) = self.http.get() {
            return Ok(client.clone());
        }
        let client = transport::client()?;
        Ok(self.http.get_or_init(|| client).clone())
    }
}

fn has_left(error: &Error) -> bool {
    said(error, &[exchange::LEFT, exchange::REVOKED])
}

fn said(error: &Error, words: &[&str]) -> bool {
    matches!(error, Error::Server { code, .. } if words.contains(&code.as_str()))
}

/// Tells the live queries when a sync ends, however it ends.
struct Telling<'b>(&'b Book);

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.0.wrote();
    }
}
