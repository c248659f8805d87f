//! A database that was put back from a backup takes another name, so that the devices bring back what it lacks.
//!
//! It is found out in three ways: a file beside the database counts further than the database does, a device has read on in the
//! log, or an administrator says so. The name is its epoch; what it writes under changes with it, because under one name nobody
//! may do two different things.

use std::path::{Path, PathBuf};

use fieldbook_domain::ids::RecordId;
use fieldbook_sync::message::Hello;
use uuid::Uuid;

use super::Turn;
use crate::clock::Clock;
use crate::error::Error;
use crate::store::Store;

/// What the audit calls it.
pub(crate) const RESTORED: &str = "server.restored";

/// How long a device is believed only once that it knows more than the office: everybody reads everything again.
const BELIEVED_EVERY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Counts an opening, and notices that an older copy of the database was put in its place.
pub(super) fn open(store: &Store, path: &Path, clock: &dyn Clock) -> Result<(), Error> {
    let file = counter(path);
    // In this order: another process may be counting, and the database is always ahead of the file.
    let counted = read(&file);
    let openings = store.openings()?;
    if counted > openings {
        tracing::warn!(path = %path.display(), "an older copy of the database was put in its place: the devices bring back what it lacks");
        store.meta(clock)?;
        store.rename(clock)?;
        store.audit(clock.now_ms(), RESTORED, RecordId(Uuid::nil()), Uuid::nil(), "an older copy was put in its place")?;
    }
    let openings = openings.max(counted).saturating_add(1);
    store.meta(clock)?;
    store.put_openings(openings)?;
    std::fs::write(&file, openings.to_string()).map_err(|source| Error::DataDir { path: file, source })
}

fn counter(path: &Path) -> PathBuf {
    path.with_extension("opened")
}

fn read(file: &Path) -> u64 {
    std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

impl Turn<'_> {
    /// Takes another name, because somebody says that the database was put back from a backup.
    pub(crate) fn rename(&mut self, (user, device): (RecordId, Uuid), why: &str) -> Result<(), Error> {
        self.store.rename(self.clock)?;
        self.store.audit(self.now_ms, RESTORED, user, device, why)?;
        let meta = self.store.meta(self.clock)?;
        (self.epoch, self.names) = (meta.epoch, meta.names);
        Ok(())
    }

    /// Whether a device is level with a log this database never wrote; it is believed once a day.
    pub(super) fn is_behind(&mut self, hello: &Hello, user: RecordId) -> Result<bool, Error> {
        let ahead = hello.cursors.iter().any(|cursor| cursor.seq > self.last_seq);
        if !ahead || hello.epoch != Some(self.epoch) {
            return Ok(false);
        }
        let since_ms = self.now_ms.saturating_sub(BELIEVED_EVERY_MS);
        if self.store.was_noted(RESTORED, hello.device, since_ms)? {
            return Ok(true);
        }
        tracing::warn!(device = %hello.device, "a device has read on in the log: the database was put back from a backup");
        self.rename((user, hello.device), "a device had read on in the log")?;
        Ok(false)
    }
}
