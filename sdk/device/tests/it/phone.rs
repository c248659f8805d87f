//! A phone in a temporary folder, with a clock and dice of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fieldbook_device::{Book, BookKey, Clock, Error, Host, IdSource, Query, RecordId};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use uuid::{Builder, Uuid};

pub(crate) const ADA: &str = "00000000-0000-4000-8000-00000000000a";
pub(crate) const BEN: &str = "00000000-0000-4000-8000-00000000000b";
/// 2026-03-02T09:00:00Z.
const START_MS: i64 = 1_772_442_000_000;

pub(crate) struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// Ids that are the same on every run and never the same twice.
struct TestIds {
    seed: u64,
    next: AtomicU64,
}

impl IdSource for TestIds {
    fn record_id(&self, now_ms: i64) -> RecordId {
        let [a, b, c, d, e, f, g, h, i, j, ..] = self.random();
        let millis = u64::try_from(now_ms).unwrap();
        RecordId(Builder::from_unix_timestamp_millis(millis, &[a, b, c, d, e, f, g, h, i, j]).into_uuid())
    }

    fn random(&self) -> [u8; 16] {
        let n = self.next.fetch_add(1, Ordering::SeqCst);
        Uuid::new_v5(&Uuid::from_u128(u128::from(self.seed)), &n.to_le_bytes()).into_bytes()
    }

    fn jitter(&self, _max_ms: u64) -> u64 {
        0
    }
}

pub(crate) struct Phone {
    folder: TempDir,
    host: Host,
    user: (String, String, String),
    book: Option<Book>,
}

impl Phone {
    /// A phone nobody has signed in on.
    pub(crate) fn new(seed: u64) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(START_MS)));
        let ids = Arc::new(TestIds { seed, next: AtomicU64::new(0) });
        let host = Host { clock, ids, device_name: format!("phone {seed}") };
        let folder = TempDir::new().unwrap();
        let user = (ADA.to_owned(), "Ada".to_owned(), "rep".to_owned());
        Self { folder, host, user, book: None }
    }

    /// Ada's phone, signed in.
    pub(crate) fn of(seed: u64, user: &str, name: &str, role: &str) -> Self {
        let mut phone = Self::new(seed);
        phone.user = (user.to_owned(), name.to_owned(), role.to_owned());
        phone.book().login("https://office.example", &token(user, name, role, "acme")).unwrap();
        phone
    }

    pub(crate) fn ada(seed: u64) -> Self {
        Self::of(seed, ADA, "Ada", "rep")
    }

    pub(crate) fn ben(seed: u64) -> Self {
        Self::of(seed, BEN, "Ben", "manager")
    }

    /// Signs in at another address.
    pub(crate) fn at(mut self, server: &str) -> Self {
        let (user, name, role) = self.user.clone();
        self.book().login(server, &token(&user, &name, &role, "acme")).unwrap();
        self
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("book.db")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn try_open(&self) -> Result<Book, Error> {
        Book::open(&self.path(), self.host.clone())
    }

    pub(crate) fn try_open_encrypted(&self, key: &BookKey) -> Result<Book, Error> {
        Book::open_encrypted(&self.path(), self.host.clone(), key)
    }

    pub(crate) fn book(&mut self) -> Book {
        if self.book.is_none() {
            self.book = Some(self.try_open().unwrap());
        }
        self.book.clone().unwrap()
    }

    /// The app is closed.
    pub(crate) fn close(&mut self) {
        self.book = None;
        assert!(!self.path().with_extension("db-wal").exists(), "the book was not closed");
    }
}

pub(crate) fn token(user: &str, name: &str, role: &str, org: &str) -> String {
    let claims = json!({ "org": org, "sub": user, "role": role, "name": name, "exp": 4_000_000_000_i64 });
    format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

pub(crate) fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

pub(crate) fn typed(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

pub(crate) fn names(book: &Book, query: &Query, field: &str) -> Vec<String> {
    let rows = book.list(query).unwrap();
    rows.iter().map(|row| row.get(field).and_then(Value::as_str).unwrap_or("").to_owned()).collect()
}
