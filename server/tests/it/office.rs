//! A server in a temporary directory, with the people of every test: Ada and Ben sell, Maya leads, Omar administers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::key;
use fieldbook_domain::permission::Role;
use fieldbook_server::app::App;
use fieldbook_server::clock::Clock;
use fieldbook_server::org::provision::NewUser;
use fieldbook_server::token::Identity;
use fieldbook_sync::message::Status;
use uuid::Uuid;

use crate::phone::{Phone, id};

/// Monday, 23 November 2026, 09:00 UTC.
pub(crate) const NINE: i64 = 1_795_424_400_000;

/// A clock that stands still until it is moved.
pub(crate) struct TestClock {
    now_ms: AtomicI64,
    dice: AtomicU64,
}

impl TestClock {
    pub(crate) fn advance(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::SeqCst)
    }

    fn random(&self) -> [u8; 16] {
        let throw = self.dice.fetch_add(1, Ordering::SeqCst);
        *Uuid::new_v5(&Uuid::NAMESPACE_OID, &throw.to_le_bytes()).as_bytes()
    }
}

/// A server with one organisation.
pub(crate) struct Office {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) app: App,
    pub(crate) org: Uuid,
    pub(crate) ada: RecordId,
    pub(crate) ben: RecordId,
    pub(crate) maya: RecordId,
    pub(crate) omar: RecordId,
}

pub(crate) fn person(name: &str, role: Role) -> NewUser {
    let email = Some(format!("{}@example.com", name.to_lowercase()));
    NewUser { name: name.to_owned(), email, role, team: None, territory: None, manager: None }
}

impl Office {
    pub(crate) fn new() -> Office {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock { now_ms: AtomicI64::new(NINE), dice: AtomicU64::new(1) });
        let app = App::open(dir.path(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let org = app.create_org("Acme").unwrap();
        let omar = app.add_user(org, &person("Omar", Role::Admin)).unwrap();
        let maya = app.add_user(org, &person("Maya", Role::Manager)).unwrap();
        let rep = |name: &str| NewUser { manager: Some("maya@example.com".to_owned()), ..person(name, Role::Rep) };
        let ada = app.add_user(org, &rep("Ada")).unwrap();
        let ben = app.add_user(org, &rep("Ben")).unwrap();
        Office { dir, clock, app, org, ada, ben, maya, omar }
    }

    /// Lets a user read and write what is their own, and nothing else, from now on.
    pub(crate) fn restrict(&self, user: RecordId) {
        let mut omar = self.phone(self.omar);
        omar.sync(self, Vec::new());
        let (role, grant) = (id("own only"), user.derived("grant"));
        let mut parts = Vec::new();
        if !omar.docs.contains_key(&role) {
            let levels = [("name", "Seller"), ("role", "rep"), ("read", "own"), ("write", "own")];
            parts.push(omar.write("security_role", role, &levels.map(|(field, value)| Write::put(field, value))));
        }
        let granted = Write::put(key::child("security_roles", grant, "security_role"), role.to_string());
        parts.push(omar.write("user", user, &[granted]));
        let intent = omar.intent(parts);
        assert_eq!(omar.sync(self, vec![intent])[0].status, Status::Accepted);
    }

    /// The same directory opened again, as after a restart.
    pub(crate) fn restart(&mut self) {
        self.app.close();
        self.app = App::open(self.dir.path(), Arc::clone(&self.clock) as Arc<dyn Clock>).unwrap();
    }

    pub(crate) fn identity(&self, user: RecordId) -> Identity {
        let token = self.app.token(self.org, user, 1).unwrap();
        self.app.identify(&token).unwrap().unwrap()
    }

    /// A phone of a user, not yet registered.
    pub(crate) fn phone(&self, user: RecordId) -> Phone {
        Phone::new(user, self.clock.random(), self.clock.random())
    }

    /// Asserts that every record is whole, and that everything would be judged the same again.
    pub(crate) fn is_whole(&self) {
        let report = self.app.check(self.org).unwrap();
        assert_eq!(report.broken, []);
        let replay = self.app.replay(self.org, i64::MIN).unwrap();
        assert_eq!(replay.differences, []);
    }
}
