//! People with phones and a server: real SQLite files, a real listening server, clocks the test sets.
//!
//! Ada and Ben sell, Maya leads them, Omar administers, Fay sends the invoices. Story verbs panic on failure, with what went wrong.

#![expect(clippy::expect_used, clippy::panic, reason = "a story that cannot go on ends its test")]

use fieldbook_device::{About, Book, Clock, Host, IdSource};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::Decision;
use fieldbook_server::app::App;
use fieldbook_server::clock::Clock as ServerClock;
use fieldbook_server::token::Identity;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use uuid::Uuid;

mod cast;
mod deciding;
mod held;
mod shop;
pub use cast::{FIVE, Person};
pub use held::Held;
pub use shop::{Shop, Sold, Stock};

/// Monday, 2 March 2026, nine in the morning UTC.
pub const MONDAY_MS: i64 = 1_772_442_000_000;
/// One minute.
pub const MINUTE_MS: i64 = 60_000;
/// One day.
pub const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// A clock the test sets; every look at it takes a millisecond, so that two taps never share one.
#[derive(Debug)]
pub struct SetClock(AtomicI64);

impl SetClock {
    /// A clock showing this time.
    #[must_use]
    pub fn at(ms: i64) -> Arc<SetClock> {
        Arc::new(SetClock(AtomicI64::new(ms)))
    }

    /// Moves the clock.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// Sets the clock.
    pub fn set(&self, ms: i64) {
        self.0.store(ms, Ordering::SeqCst);
    }

    fn tick(&self) -> i64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

impl Clock for SetClock {
    fn now_ms(&self) -> i64 {
        self.tick()
    }
}

/// The clock of a server, with dice that fall alike in every run.
#[derive(Debug)]
struct ServerRoom {
    clock: Arc<SetClock>,
    ids: Arc<SeededIds>,
}

impl ServerClock for ServerRoom {
    fn now_ms(&self) -> i64 {
        self.clock.tick()
    }

    fn random(&self) -> [u8; 16] {
        self.ids.draw()
    }
}

/// Ids that are the same in every run: a counter under a seed.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    next: AtomicU64,
}

impl SeededIds {
    /// Ids of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Arc<SeededIds> {
        Arc::new(SeededIds { seed, next: AtomicU64::new(1) })
    }

    fn draw(&self) -> [u8; 16] {
        let n = self.next.fetch_add(1, Ordering::SeqCst);
        Uuid::new_v5(&Uuid::from_u64_pair(self.seed, 0x6669_656c_6462_6f6f), &n.to_be_bytes()).into_bytes()
    }
}

impl IdSource for SeededIds {
    fn record_id(&self, now_ms: i64) -> RecordId {
        let millis = u64::try_from(now_ms).unwrap_or_default();
        let mut random = [0; 10];
        random.copy_from_slice(&self.draw()[..10]);
        RecordId(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    fn random(&self) -> [u8; 16] {
        self.draw()
    }

    fn jitter(&self, max_ms: u64) -> u64 {
        max_ms / 2
    }
}

/// A server with an organisation, and its people.
pub struct World {
    /// Where everything is stored.
    pub dir: TempDir,
    /// The server.
    pub app: App,
    /// The server's clock.
    pub clock: Arc<SetClock>,
    /// Where the server listens.
    pub url: String,
    /// The organisation.
    pub org: Uuid,
    people: BTreeMap<&'static str, RecordId>,
    runtime: Runtime,
    room: Arc<ServerRoom>,
    listening: JoinHandle<()>,
    phones: AtomicU64,
}

/// Somebody's phone.
pub struct Phone {
    /// The book on it.
    pub book: Book,
    /// Its clock.
    pub clock: Arc<SetClock>,
    /// Whose it is.
    pub user: RecordId,
}

impl Default for World {
    fn default() -> Self {
        World::new()
    }
}

impl World {
    /// A person's id.
    #[must_use]
    pub fn user(&self, name: &str) -> RecordId {
        *self.people.get(name).unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// A new phone for a person, signed in, level with the server.
    #[must_use]
    pub fn phone(&self, name: &str) -> Phone {
        let phone = self.unsynced_phone(name);
        self.sync(&phone);
        phone
    }

    /// Another new phone for whoever this is.
    #[must_use]
    pub fn phone_of(&self, user: RecordId) -> Phone {
        let name = self.people.iter().find(|(_, id)| **id == user).map(|(name, _)| *name);
        self.phone(name.unwrap_or_else(|| panic!("nobody here is {user}")))
    }

    /// A new phone for a person, signed in, that never met the server.
    #[must_use]
    pub fn unsynced_phone(&self, name: &str) -> Phone {
        let number = self.phones.fetch_add(1, Ordering::SeqCst);
        self.phone_at(name, &self.dir.path().join(format!("{name}-{number}.db")), number)
    }

    /// A phone whose book lies at this path.
    #[must_use]
    pub fn phone_at(&self, name: &str, path: &Path, seed: u64) -> Phone {
        let clock = SetClock::at(self.clock.tick());
        let host = Host { clock: clock.clone(), ids: SeededIds::new(seed), device_name: format!("{name}'s phone") };
        let book = Book::open(path, host).unwrap_or_else(|error| panic!("{name}'s book does not open: {error}"));
        let token = self.app.token(self.org, self.user(name), 30).expect("a token");
        book.login(&self.url, &token).unwrap_or_else(|error| panic!("{name} cannot log in: {error}"));
        Phone { book, clock, user: self.user(name) }
    }

    /// Where the newest book of a person lies.
    #[must_use]
    pub fn newest_book(&self, name: &str) -> PathBuf {
        let entries = std::fs::read_dir(self.dir.path()).expect("the test's folder");
        let books = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let prefix = format!("{name}-");
        let of_person = |path: &PathBuf| {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            file.starts_with(&prefix) && file.ends_with(".db")
        };
        books.filter(of_person).max().expect("a book")
    }

    /// Syncs a phone once.
    pub fn sync(&self, phone: &Phone) {
        self.try_sync(phone).unwrap_or_else(|error| panic!("sync failed: {error}"));
    }

    /// Syncs a phone once and says what went wrong.
    ///
    /// # Errors
    /// The device's error.
    pub fn try_sync(&self, phone: &Phone) -> Result<fieldbook_device::SyncReport, fieldbook_device::Error> {
        self.runtime.block_on(phone.book.sync())
    }

    /// Performs an action at the office.
    ///
    /// # Errors
    /// The device's error.
    pub fn at_office(&self, phone: &Phone, kind: &str, id: RecordId, action: &str) -> Result<RecordId, fieldbook_device::Error> {
        self.wait(phone.book.perform_at_office(kind, id, action, Map::new()))
    }

    /// Runs a future on the world's runtime.
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Syncs all phones until each has everything.
    pub fn level(&self, phones: &[&Phone]) {
        for _ in 0..3 {
            for phone in phones {
                self.sync(phone);
            }
        }
    }

    /// Lets time pass for the server and these phones.
    pub fn pass(&self, ms: i64, phones: &[&Phone]) {
        self.clock.advance(ms);
        for phone in phones {
            phone.clock.advance(ms);
        }
    }

    /// All phones show what the server holds of what their users read, nothing waits, no invariant is broken, and the server would judge the same again.
    pub fn assert_agreement(&self, phones: &[&Phone]) {
        let office = self.app.org_digest(self.org).expect("the server's records");
        for phone in phones {
            let shown = phone.book.records_digest().expect("the phone's records");
            let slice = self.slice(phone.user);
            let holds = |target: &RecordRef| slice.holds(target);
            for (target, body) in office.iter().filter(|(target, _)| holds(target)) {
                assert_eq!(shown.get(target), Some(body), "{target} differs between a phone and the office");
            }
            let beyond: Vec<_> = shown.keys().filter(|target| !office.contains_key(target) || !holds(target)).collect();
            assert!(beyond.is_empty(), "a phone holds what its user does not read, or the office does not have: {beyond:?}");
            assert_eq!(phone.book.status().expect("the phone's status").pending, 0, "something still waits on a phone");
        }
        for decision in self.decisions() {
            let known = decision.salvage.is_empty() || fieldbook_domain::judge::salvage(&decision.salvage).is_some();
            assert!(known, "{} offers {}, which is not in the table of judge/salvage.rs", decision.rule, decision.salvage);
        }
        let report = self.app.check(self.org).expect("the check runs");
        assert!(report.broken.is_empty(), "broken invariants: {report:?}");
        let replay = self.app.replay(self.org, i64::MIN).expect("the replay runs");
        assert!(replay.differences.is_empty(), "judged otherwise the second time: {replay:?}");
    }

    /// What somebody's phone holds of the organisation.
    #[must_use]
    pub fn slice(&self, user: RecordId) -> Held {
        Held::of(self.app.slice(self.org, user).expect("what the user reads"))
    }

    /// Who a phone's owner is to the server.
    #[must_use]
    pub fn identity(&self, user: RecordId) -> Identity {
        let token = self.app.token(self.org, user, 30).expect("a token");
        self.app.identify(&token).expect("the users").expect("a user of ours")
    }

    /// Every decision the server took.
    #[must_use]
    pub fn decisions(&self) -> Vec<Decision> {
        self.app.decisions(self.org).expect("the decisions")
    }
}

impl Phone {
    /// Creates a record.
    #[must_use]
    pub fn create(&self, kind: &str, fields: Value) -> RecordId {
        self.book.create(kind, object(fields)).unwrap_or_else(|error| panic!("creating a {kind}: {error}"))
    }

    /// Changes fields of a record.
    pub fn set(&self, kind: &str, id: RecordId, fields: Value) {
        self.try_set(kind, id, fields).unwrap_or_else(|error| panic!("changing a {kind}: {error}"));
    }

    /// Changes fields of a record, or says why not.
    ///
    /// # Errors
    /// The device's error.
    pub fn try_set(&self, kind: &str, id: RecordId, fields: Value) -> Result<(), fieldbook_device::Error> {
        let was = self.book.get(kind, id)?;
        let mut now = was.clone();
        now.extend(object(fields));
        self.book.save(kind, id, &was, &now)
    }

    /// Adds a line to an opportunity.
    #[must_use]
    pub fn add_line(&self, opportunity: RecordId, line: Value) -> RecordId {
        let id = opportunity.derived(&format!("{}/{line}", self.user));
        let was = self.sees("opportunity", opportunity);
        let mut now = was.clone();
        let mut lines = now.get("lines").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut line = object(line);
        line.insert("id".into(), Value::from(id.to_string()));
        lines.push(Value::Object(line));
        now.insert("lines".into(), Value::Array(lines));
        self.book.save("opportunity", opportunity, &was, &now).unwrap_or_else(|error| panic!("adding a line: {error}"));
        id
    }

    /// Performs an action.
    pub fn act(&self, kind: &str, id: RecordId, action: &str, args: Value) -> RecordId {
        self.try_act(kind, id, action, args).unwrap_or_else(|error| panic!("{action} of a {kind}: {error}"))
    }

    /// Performs an action, or says why not.
    ///
    /// # Errors
    /// The device's error.
    pub fn try_act(&self, kind: &str, id: RecordId, action: &str, args: Value) -> Result<RecordId, fieldbook_device::Error> {
        self.book.act(kind, id, action, object(args))
    }

    /// A record as the phone shows it.
    #[must_use]
    pub fn sees(&self, kind: &str, id: RecordId) -> Map<String, Value> {
        self.book.get(kind, id).unwrap_or_else(|error| panic!("looking at a {kind}: {error}"))
    }

    /// One field of a record as the phone shows it.
    #[must_use]
    pub fn field(&self, kind: &str, id: RecordId, field: &str) -> Value {
        self.sees(kind, id).get(field).cloned().unwrap_or_default()
    }

    /// Whether the phone holds the record, and nobody deleted it.
    #[must_use]
    pub fn holds(&self, kind: &str, id: RecordId) -> bool {
        self.book.get(kind, id).is_ok_and(|body| body.get("deleted") != Some(&Value::Bool(true)))
    }

    /// The decisions about this person's work.
    #[must_use]
    pub fn told(&self, rule: &str) -> Vec<Decision> {
        let inbox = self.book.inbox().expect("the inbox");
        let decisions = inbox.into_iter().filter(|item| item.about == About::Decision);
        let read = |body: Value| serde_json::from_value::<Decision>(body).expect("a decision");
        decisions.map(|item| read(item.body)).filter(|decision| decision.rule == rule).collect()
    }
}

/// The object in a JSON literal.
#[must_use]
pub fn object(value: Value) -> Map<String, Value> {
    match &value {
        Value::Object(object) => object.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => panic!("{value} is no object"),
    }
}

/// A reference as documents write it.
#[must_use]
pub fn refer(kind: &str, id: RecordId) -> String {
    RecordRef::new(kind, id).to_string()
}
