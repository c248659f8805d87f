//! One organisation's database: opening it, its transactions, and the statements in the files below.
//!
//! It keeps rows and knows no rule. One connection writes (`org.rs` owns it); pages and look-ups use their own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fieldbook_domain::ids::RecordId;
use fieldbook_sync::change::ActorBytes;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use rusqlite_migration::{M, Migrations};
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::Error;

pub(crate) mod answer;
pub(crate) mod asked;
pub(crate) mod awaited;
pub(crate) mod change;
pub(crate) mod device;
pub(crate) mod document;
pub(crate) mod history;
pub(crate) mod log;
pub(crate) mod number;
pub mod quarantine;
pub(crate) mod reference;
pub(crate) mod slice;
pub(crate) mod value;

const CONTROL: &[M<'static>] = &[M::up(include_str!("../migrations/control/001_orgs.sql"))];
const BOOKS: &[M<'static>] = &[
    M::up(include_str!("../migrations/org/001_books.sql")),
    M::up(include_str!("../migrations/org/002_numbers.sql")),
    M::up(include_str!("../migrations/org/003_quarantine.sql")),
    M::up(include_str!("../migrations/org/004_replay.sql")),
    M::up(include_str!("../migrations/org/005_values.sql")),
    M::up(include_str!("../migrations/org/006_awaited.sql")),
    M::up(include_str!("../migrations/org/007_references_by_field.sql")),
    M::up(include_str!("../migrations/org/008_tokens.sql")),
    M::up(include_str!("../migrations/org/009_mail.sql")),
    M::up(include_str!("../migrations/org/010_product_numbers.sql")),
    M::up(include_str!("../migrations/org/011_slices.sql")),
    M::up(include_str!("../migrations/org/012_currencies.sql")),
    M::up(include_str!("../migrations/org/013_asked.sql")),
    M::up(include_str!("../migrations/org/014_restored.sql")),
];

/// How long a statement waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const STATEMENTS_CACHED: usize = 64;

/// One connection to an organisation's database.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) conn: Connection,
}

/// Who a database is.
#[derive(Clone, Debug)]
pub(crate) struct Meta {
    pub(crate) epoch: Uuid,
    pub(crate) names: Names,
}

/// What the server writes under.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) now: ActorBytes,
    /// From before it was put back from a backup.
    former: Arc<[ActorBytes]>,
}

impl Names {
    /// Whether the server writes under this name, or did.
    pub(crate) fn has(&self, actor: &ActorBytes) -> bool {
        self.now == *actor || self.former.contains(actor)
    }

    /// The same names, writing under one of them.
    pub(crate) fn under(&self, now: ActorBytes) -> Names {
        Names { now, former: self.former.iter().copied().chain([self.now]).collect() }
    }
}

/// Opens the list of organisations.
pub(crate) fn open_control(path: &Path) -> Result<Connection, Error> {
    open(path, CONTROL)
}

fn open(path: &Path, migrations: &[M<'_>]) -> Result<Connection, Error> {
    let mut conn = Connection::open(path)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    // WAL: readers never wait for the writer. FULL: with NORMAL a power cut loses acknowledged work.
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    Migrations::from_slice(migrations).to_latest(&mut conn)?;
    Ok(conn)
}

impl Store {
    /// Opens an organisation's database, making it if need be.
    pub(crate) fn open(path: &Path) -> Result<Store, Error> {
        Ok(Store { conn: open(path, BOOKS)? })
    }

    /// Who the database is; a new one is told here.
    pub(crate) fn meta(&self, clock: &dyn Clock) -> Result<Meta, Error> {
        let sql = "INSERT INTO meta (id, epoch, actor, made_ms) VALUES (1, ?1, ?2, ?3) ON CONFLICT (id) DO NOTHING";
        let read = "SELECT epoch, actor FROM meta WHERE id = 1";
        let row = |row: &rusqlite::Row<'_>| Ok((Uuid::from_bytes(row.get(0)?), row.get::<_, ActorBytes>(1)?));
        let (epoch, now) = match self.conn.query_row(read, [], row).optional()? {
            Some(known) => known,
            None => {
                let epoch = uuid::Builder::from_random_bytes(clock.random()).into_uuid();
                self.conn.execute(sql, (epoch.as_bytes(), clock.random(), clock.now_ms()))?;
                self.conn.query_row(read, [], row)?
            }
        };
        self.put_actor(&now, Uuid::nil(), RecordId(Uuid::nil()))?;
        let mut statement = self.conn.prepare("SELECT actor FROM actor WHERE user = ?1 AND actor <> ?2 ORDER BY actor")?;
        let former = statement.query_map((Uuid::nil().as_bytes(), now), |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(Meta { epoch, names: Names { now, former } })
    }

    /// Becomes another database: the devices offer again what this one may lack, and nothing is written under a name they may
    /// have seen do something else.
    pub(crate) fn rename(&self, clock: &dyn Clock) -> Result<(), Error> {
        let epoch = uuid::Builder::from_random_bytes(clock.random()).into_uuid();
        self.conn.execute("UPDATE meta SET epoch = ?1, actor = ?2", (epoch.as_bytes(), clock.random()))?;
        Ok(())
    }

    /// Copies the database at `from` as it is at this moment to `to`, without changing a byte of it.
    pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let live = Connection::open_with_flags(from, flags)?;
        live.busy_timeout(BUSY_TIMEOUT)?;
        live.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
        Ok(())
    }

    /// Gives up durability, for what is thrown away anyhow.
    pub(crate) fn be_hasty(&self) -> Result<(), Error> {
        Ok(self.conn.pragma_update(None, "synchronous", "OFF")?)
    }

    /// Changes whenever another connection has committed.
    pub(crate) fn data_version(&self) -> Result<i64, Error> {
        Ok(self.conn.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }

    /// Takes the right to write.
    pub(crate) fn begin(&self) -> Result<(), Error> {
        Ok(self.conn.execute_batch("BEGIN IMMEDIATE")?)
    }

    /// Opens a view of one moment.
    pub(crate) fn begin_read(&self) -> Result<(), Error> {
        Ok(self.conn.execute_batch("BEGIN DEFERRED")?)
    }

    /// Makes everything since `begin` durable.
    pub(crate) fn commit(&self) -> Result<(), Error> {
        Ok(self.conn.execute_batch("COMMIT")?)
    }

    /// Gives up everything since `begin`.
    pub(crate) fn rollback(&self) {
        if !self.conn.is_autocommit()
            && let Err(error) = self.conn.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "cannot roll back");
        }
    }

    /// Moves the write-ahead log into the database.
    pub(crate) fn checkpoint(&self) -> Result<(), Error> {
        Ok(self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }

    /// Counts the rows of a table.
    pub(crate) fn count(&self, table: &'static str) -> Result<u64, Error> {
        let count: i64 = self.conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
        Ok(unsigned(count))
    }
}

/// SQLite keeps signed numbers; ours never exceed them.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The other way round.
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
