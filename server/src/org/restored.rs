//! A database that was put back from a backup takes another name, so that the devices bring back what it lacks.
//!
//! It is found out in three ways: a file beside the database knows of a longer log, a device has read on in the log, or an
//! administrator says so. The name is its epoch; what it writes under changes with it, because under one name nobody may do two
//! different things.

use std::path::{Path, PathBuf};

use fieldbook_domain::ids::RecordId;
use fieldbook_sync::message::Hello;
use uuid::Uuid;

use super::Turn;
use crate::clock::Clock;
use crate::error::Error;
use crate::store::Store;

/// What the audit calls it.
const RESTORED: &str = "server.restored";

/// How often it is written down how far the log goes.
const WRITTEN_EVERY_MS: i64 = 10_000;

/// How long a device is believed only once that it knows more than the office: everybody reads everything again.
const BELIEVED_EVERY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A file beside the database that says how far its log went: the database is never behind it, unless it was put back.
#[derive(Debug)]
pub(super) struct Watermark {
    file: PathBuf,
    seq: u64,
    written_ms: i64,
}

impl Watermark {
    /// Looks whether an older copy of the database was put in its place, and renames it then.
    pub(super) fn open(store: &Store, path: &Path, clock: &dyn Clock) -> Result<Watermark, Error> {
        let file = path.with_extension("mark");
        // In this order: another process may be writing, and the log always goes further than the file says.
        let marked = read(&file);
        let seq = store.last_seq()?;
        if marked > seq {
            tracing::warn!(path = %path.display(), "an older copy of the database was put in its place: the devices bring back what it lacks");
            store.rename(clock)?;
            store.audit(clock.now_ms(), RESTORED, RecordId(Uuid::nil()), Uuid::nil(), "an older copy was put in its place")?;
        }
        let mut mark = Watermark { file, seq, written_ms: i64::MIN };
        mark.write(clock.now_ms())?;
        Ok(mark)
    }

    /// Notes how far the log goes; it is written now and then.
    pub(super) fn rise(&mut self, seq: u64, now_ms: i64) {
        let risen = seq > self.seq;
        self.seq = seq;
        if risen && now_ms.saturating_sub(self.written_ms).saturating_abs() >= WRITTEN_EVERY_MS {
            self.keep(now_ms);
        }
    }

    /// Writes it down; the database is what counts, so that a failure is only told.
    pub(super) fn keep(&mut self, now_ms: i64) {
        if let Err(error) = self.write(now_ms) {
            tracing::warn!(%error, "cannot note how far the log goes");
        }
    }

    fn write(&mut self, now_ms: i64) -> Result<(), Error> {
        self.written_ms = now_ms;
        std::fs::write(&self.file, self.seq.to_string()).map_err(|source| Error::DataDir { path: self.file.clone(), source })
    }
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
