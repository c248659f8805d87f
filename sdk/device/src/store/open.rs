//! Opening the book's file: what is refused untouched, the pragmas, the migrations.
//!
//! A damaged, foreign or newer file is never changed, deleted or made anew: it may hold the only copy of somebody's work.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite_migration::{M, MigrationDefinitionError, Migrations};

use crate::error::Error;
use crate::key::BookKey;

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Statements kept prepared.
const STATEMENTS_MAX: usize = 128;
/// `application_id` of a book: "FBbk".
const APPLICATION_ID: i64 = 0x4642_626b;

const STEPS: &[M<'static>] = &[
    M::up(include_str!("../../migrations/0001_book.sql")),
    M::up(include_str!("../../migrations/0002_kept_aside.sql")),
    M::up(include_str!("../../migrations/0003_attachments.sql")),
    M::up(include_str!("../../migrations/0004_forecast.sql")),
    M::up(include_str!("../../migrations/0005_settled.sql")),
    M::up(include_str!("../../migrations/0006_leaving.sql")),
    M::up(include_str!("../../migrations/0007_sent.sql")),
];
const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// Opens the book at `path`, making it if there is none, and brings its tables to this version.
pub(crate) fn open(path: &Path, key: Option<&BookKey>) -> Result<Connection, Error> {
    if key.is_some() && !cfg!(feature = "encryption") {
        return Err(Error::Key { path: path.to_owned(), reason: "this app was built without encryption" });
    }
    check_header(path, key.is_some())?;
    let mut connection = Connection::open(path).map_err(|source| opening(path, source))?;
    if let Some(key) = key {
        key.unlock(path, &connection)?;
    }
    connection.busy_timeout(BUSY_TIMEOUT)?;
    check_version(path, &connection)?;
    set_pragmas(&connection).map_err(|source| opening(path, source))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    migrate(path, &mut connection)?;
    Ok(connection)
}

/// Looks at the file's first bytes before SQLite does, since opening a database may already write to it.
fn check_header(path: &Path, encrypted: bool) -> Result<(), Error> {
    let mut header = [0_u8; 100];
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::Damaged { path: path.to_owned(), reason: error.to_string() }),
    };
    let size = file.metadata().map_or(0, |meta| meta.len());
    if size == 0 {
        return Ok(());
    }
    let damaged = |reason: &str| Error::Damaged { path: path.to_owned(), reason: reason.to_owned() };
    file.read_exact(&mut header).map_err(|_| damaged("it is cut short"))?;
    match (header.starts_with(b"SQLite format 3\0"), encrypted) {
        (true, false) => {}
        // Only its key tells an encrypted book from noise.
        (false, true) => return Ok(()),
        (true, true) => return Err(Error::Key { path: path.to_owned(), reason: "it is not encrypted: open it without a key" }),
        (false, false) => return Err(damaged("it is not a database, or it is encrypted and was opened without its key")),
    }
    let number = |at: usize| header.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_be_bytes(*bytes));
    let (version, application) = (number(60), number(68));
    check_numbers(path, i64::from(version), i64::from(application))
}

/// Looks again through SQLite, which also knows what has not reached the main file yet.
fn check_version(path: &Path, connection: &Connection) -> Result<(), Error> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let version = number("user_version").map_err(|source| opening(path, source))?;
    let application = number("application_id").map_err(|source| opening(path, source))?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|source| opening(path, source))?;
    if version == 0 && tables > 0 && application == 0 {
        return Err(Error::Damaged { path: path.to_owned(), reason: "it is a database of another program".to_owned() });
    }
    check_numbers(path, version, application)
}

fn check_numbers(path: &Path, version: i64, application: i64) -> Result<(), Error> {
    if application != 0 && application != APPLICATION_ID {
        return Err(Error::Damaged { path: path.to_owned(), reason: "it is a database of another program".to_owned() });
    }
    if usize::try_from(version).unwrap_or(usize::MAX) > STEPS.len() {
        let reason = format!("the book has version {version}, this app knows up to {}", STEPS.len());
        return Err(Error::UpgradeNeeded { reason });
    }
    Ok(())
}

fn set_pragmas(connection: &Connection) -> rusqlite::Result<()> {
    // Readers do not wait for the writer, and a page is one sequential write.
    connection.pragma_update(None, "journal_mode", "wal")?;
    // NORMAL loses acknowledged edits when the power goes.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // 16 MiB: random index inserts of a first sync stay in memory.
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    // Before this many pages a large first sync would spend its time copying the log back again and again.
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    Ok(())
}

fn migrate(path: &Path, connection: &mut Connection) -> Result<(), Error> {
    MIGRATIONS.to_latest(connection).map_err(|source| {
        let too_new = MigrationDefinitionError::DatabaseTooFarAhead;
        if source == rusqlite_migration::Error::MigrationDefinition(too_new) {
            return Error::UpgradeNeeded { reason: "the book was made by a newer version".to_owned() };
        }
        Error::UpgradeBook { path: path.to_owned(), source }
    })
}

fn opening(path: &Path, source: rusqlite::Error) -> Error {
    match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            Error::Damaged { path: path.to_owned(), reason: source.to_string() }
        }
        _ => Error::OpenBook { path: path.to_owned(), source },
    }
}
