//! Live queries: a list that is given again whenever it differs.

use fieldbook_domain::record::RecordType;
use serde_json::{Map, Value};
use tokio::sync::watch::Receiver;

use crate::book::shown_rows;
use crate::error::Error;
use crate::query::{self, Query};
use crate::store::{Store, touched};

type Body = Map<String, Value>;

/// A list that stays up to date. However much happens between two looks, only the latest is given.
pub struct LiveQuery {
    store: Store,
    query: Query,
    changes: Receiver<u64>,
    given: Option<Vec<Body>>,
    stamp: Option<u64>,
    kind: &'static RecordType,
    runs: u64,
}

impl std::fmt::Debug for LiveQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveQuery").field("query", &self.query).field("runs", &self.runs).finish_non_exhaustive()
    }
}

impl LiveQuery {
    pub(crate) fn new(store: Store, query: Query, kind: &'static RecordType, changes: Receiver<u64>) -> Self {
        Self { store, query, changes, given: None, stamp: None, kind, runs: 0 }
    }

    /// The rows: at once the first time, then as soon as they differ from those given last.
    ///
    /// Giving up the future loses nothing: what it would have given is given by the next one.
    ///
    /// # Errors
    /// `Closed` once the book is closed or wiped; the book's own.
    pub async fn next(&mut self) -> Result<Vec<Body>, Error> {
        loop {
            if self.given.is_some() {
                self.changes.changed().await.map_err(|_| Error::Closed)?;
            }
            // What a look that is given up half-way would have found is looked for again.
            self.changes.mark_changed();
            let looking = *self.changes.borrow();
            let (stamp, rows) = self.look().await?;
            // Noted as seen in the same breath as it is compared, so that no write comes in between.
            if *self.changes.borrow_and_update() != looking {
                self.changes.mark_changed();
            }
            self.stamp = Some(stamp);
            if let Some(rows) = rows.filter(|rows| self.given.as_ref() != Some(rows)) {
                self.given = Some(rows.clone());
                return Ok(rows);
            }
        }
    }

    /// How often the query was run; a change of records of another type does not run it.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.runs
    }

    async fn look(&mut self) -> Result<(u64, Option<Vec<Body>>), Error> {
        let statement = query::list(&self.query)?;
        let (kind, seen) = (self.kind, self.stamp);
        let looked = self.store.read_async(move |connection| {
            let stamp = touched::count(kind);
            let rows = (seen != Some(stamp)).then(|| shown_rows(connection, statement));
            Ok((stamp, rows.transpose()?))
        });
        let looked = looked.await?;
        if looked.1.is_some() {
            self.runs = self.runs.saturating_add(1);
        }
        Ok(looked)
    }
}
