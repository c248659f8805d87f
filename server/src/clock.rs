//! The only place where the server reads the time and rolls dice.
//!
//! Everything else takes a [`Clock`], so that tests decide what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use rand::RngCore;
use uuid::Uuid;

/// Time and chance.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> i64;

    /// Bytes nobody can guess.
    fn random(&self) -> [u8; 16];

    /// A new id that sorts by the time it was made.
    fn fresh_id(&self) -> Uuid {
        let [a, b, c, d, e, f, g, h, i, j, ..] = self.random();
        let now_ms = u64::try_from(self.now_ms()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(now_ms, &[a, b, c, d, e, f, g, h, i, j]).into_uuid()
    }
}

impl std::fmt::Debug for dyn Clock + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

/// The clock of the machine and the random source of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        rand::rng().fill_bytes(&mut bytes);
        bytes
    }
}
