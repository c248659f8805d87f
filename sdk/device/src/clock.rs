//! The real clock and the real source of ids: the only place that reads one or rolls dice.
//!
//! Tests bring their own, so that everything else is the same on every run.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use fieldbook_domain::ids::RecordId;
use rand::Rng;
use uuid::Builder;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> i64;
}

/// Makes ids and chance.
pub trait IdSource: Send + Sync {
    /// The id of a new record: a UUIDv7, so that ids follow the time of creation.
    fn record_id(&self, now_ms: i64) -> RecordId;
    /// Sixteen random bytes, for incarnations and intents.
    fn random(&self) -> [u8; 16];
    /// A random wait from 0 to `max_ms`.
    fn jitter(&self, max_ms: u64) -> u64;
}

/// What the machine around a book provides.
#[derive(Clone)]
pub struct Host {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of ids.
    pub ids: Arc<dyn IdSource>,
    /// What the owner calls the device.
    pub device_name: String,
}

impl Host {
    /// The real clock and real chance.
    #[must_use]
    pub fn real(device_name: impl Into<String>) -> Self {
        Self { clock: Arc::new(SystemClock), ids: Arc::new(RandomIds), device_name: device_name.into() }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("device_name", &self.device_name).finish_non_exhaustive()
    }
}

struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

struct RandomIds;

impl IdSource for RandomIds {
    fn record_id(&self, now_ms: i64) -> RecordId {
        let millis = u64::try_from(now_ms).unwrap_or(0);
        RecordId(Builder::from_unix_timestamp_millis(millis, &rand::rng().random()).into_uuid())
    }

    fn random(&self) -> [u8; 16] {
        rand::rng().random()
    }

    fn jitter(&self, max_ms: u64) -> u64 {
        rand::rng().random_range(0..=max_ms)
    }
}
