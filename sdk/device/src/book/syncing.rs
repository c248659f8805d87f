//! Talking to the server: once, or for as long as somebody watches.

use super::Book;
use crate::error::Error;
use crate::exchange::{self, Carrier, SyncReport};
use crate::store::meta;
use crate::transport::{self, HttpCarrier};
use crate::watch::{Watch, WatchEvent};

impl Book {
    /// Sends what waits and fetches what is new.
    ///
    /// # Errors
    /// `SignedOut`, `Offline`, `UpgradeNeeded`, `Server`; what was stored until then stays stored, and nothing is lost.
    pub async fn sync(&self) -> Result<SyncReport, Error> {
        let (session, token) = self.store.read_async(meta::signed_in).await?;
        let mut carrier = HttpCarrier::new(self.client()?, &session.server, token);
        self.sync_over(&mut carrier).await
    }

    /// As [`Book::sync`], over any carrier.
    ///
    /// # Errors
    /// As [`Book::sync`], and what the carrier gives.
    pub async fn sync_over(&self, carrier: &mut impl Carrier) -> Result<SyncReport, Error> {
        let report = exchange::run(self.store.clone(), self.host.clone(), carrier).await;
        self.wrote();
        report
    }

    /// Stays connected until dropped: colleagues' changes arrive as they happen, local work leaves as it is done.
    ///
    /// # Errors
    /// `SignedOut`, `UpgradeNeeded`, or a word of the server's after which trying again will not help.
    pub async fn watch(&self, mut on: impl FnMut(WatchEvent) + Send) -> Result<(), Error> {
        let (store, host) = (self.store.clone(), self.host.clone());
        let watch = Watch { store, host, local: self.changes(), generation: &self.generation };
        watch.run(&mut on).await
    }

    fn client(&self) -> Result<reqwest::Client, Error> {
        if let Some(client) = self.http.get() {
            return Ok(client.clone());
        }
        let client = transport::client()?;
        Ok(self.http.get_or_init(|| client).clone())
    }
}
