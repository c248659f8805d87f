//! Who works in a world, and a server that is stopped and started again.

use super::{MONDAY_MS, Phone, SeededIds, ServerRoom, SetClock, World};
use fieldbook_domain::permission::Role;
use fieldbook_server::app::App;
use fieldbook_server::http;
use fieldbook_server::org::provision::NewUser;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// Somebody in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// What they are called.
    pub name: &'static str,
    /// What they may do.
    pub role: Role,
    /// Who they report to.
    pub manager: Option<&'static str>,
}

/// Ada and Ben sell, Maya leads them, Omar administers, Fay is the back office.
pub const FIVE: [Person; 5] = [
    Person { name: "Omar", role: Role::Admin, manager: None },
    Person { name: "Maya", role: Role::Manager, manager: Some("Omar") },
    Person { name: "Ada", role: Role::Rep, manager: Some("Maya") },
    Person { name: "Ben", role: Role::Rep, manager: Some("Maya") },
    Person { name: "Fay", role: Role::Finance, manager: Some("Omar") },
];

impl World {
    /// A running server with Ada, Ben (reps), Maya (their manager), Omar (administrator) and Fay (back office).
    #[must_use]
    pub fn new() -> World {
        World::of(&FIVE, tempfile::tempdir().expect("a folder for the test"))
    }

    /// A running server in this folder with these people, each after their manager.
    #[must_use]
    pub fn of(cast: &[Person], dir: TempDir) -> World {
        let clock = SetClock::at(MONDAY_MS);
        let room = Arc::new(ServerRoom { clock: clock.clone(), ids: SeededIds::new(0) });
        let app = App::open(dir.path().join("server"), room.clone()).expect("the server opens");
        let org = app.create_org("Acme Sales").expect("the organisation is created");
        let mut people = BTreeMap::new();
        for Person { name, role, manager } in cast {
            let new = NewUser {
                name: (*name).to_owned(),
                email: Some(format!("{}@example.com", name.to_lowercase())),
                role: *role,
                team: None,
                territory: None,
                manager: manager.map(str::to_owned),
            };
            people.insert(*name, app.add_user(org, &new).expect("the user is added"));
        }
        let runtime = Runtime::new().expect("a runtime");
        let (url, listening) = listen(&runtime, &app);
        World { dir, app, clock, url, org, people, runtime, room, listening, phones: AtomicU64::new(1) }
    }

    /// The same in memory, where that is possible: for what is not about a power cut.
    #[must_use]
    pub fn in_memory(cast: &[Person]) -> World {
        let memory = Path::new("/dev/shm");
        let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        World::of(cast, made.or_else(|_| tempfile::tempdir()).expect("a folder for the test"))
    }

    /// Stops the server and starts it again on the same folder; it listens somewhere else then, so phones sign in again.
    pub fn restart(&mut self) {
        self.app.close();
        self.listening.abort();
        self.app = App::open(self.dir.path().join("server"), self.room.clone()).expect("the server opens again");
        (self.url, self.listening) = listen(&self.runtime, &self.app);
    }

    /// The organisation's database as it is now.
    #[must_use]
    pub fn back_up(&self) -> Vec<u8> {
        let copy = self.dir.path().join("backup.db");
        let live = rusqlite::Connection::open(self.database()).expect("the database");
        live.execute("VACUUM INTO ?1", [copy.to_string_lossy()]).expect("a copy of it");
        let bytes = std::fs::read(&copy).expect("the copy");
        std::fs::remove_file(copy).expect("the copy goes");
        bytes
    }

    /// The server is stopped, an older database is put in the place of its own, and it starts again; these phones sign in again.
    pub fn put_back(&mut self, backup: &[u8], phones: &[&Phone]) {
        self.app.close();
        self.listening.abort();
        let database = self.database();
        for of in ["db-wal", "db-shm", "db"] {
            let gone = std::fs::remove_file(database.with_extension(of));
            assert!(gone.is_ok() || of != "db", "the database is removed");
        }
        std::fs::write(&database, backup).expect("the backup is put back");
        self.restart();
        self.sign_in(phones);
    }

    /// Signs phones in again where the server listens now.
    pub fn sign_in(&self, phones: &[&Phone]) {
        for phone in phones {
            let token = self.app.token(self.org, phone.user, 30).expect("a token");
            phone.book.login(&self.url, &token).expect("the phone signs in");
        }
    }

    /// The file the organisation is in.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.dir.path().join("server").join("orgs").join(format!("{}.db", self.org))
    }
}

fn listen(runtime: &Runtime, app: &App) -> (String, JoinHandle<()>) {
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let app = app.clone();
    let listening = runtime.spawn(async move {
        // It ends with the world.
        http::serve(listener, app, std::future::pending()).await;
    });
    (url, listening)
}
