//! The data directory: the list of organisations, the key tokens are signed with, one file for each organisation.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::Error;
use crate::store::open_control;
use crate::token::Secret;

/// The data directory of a server.
#[derive(Debug)]
pub(crate) struct Control {
    dir: PathBuf,
    conn: Mutex<Connection>,
    secret: Secret,
}

/// An organisation on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgName {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

impl Control {
    /// Opens a data directory, making it if need be.
    pub(crate) fn open(dir: &Path, clock: &dyn Clock) -> Result<Control, Error> {
        let orgs = dir.join("orgs");
        std::fs::create_dir_all(&orgs).map_err(|source| Error::DataDir { path: orgs, source })?;
        let conn = Mutex::new(open_control(&dir.join("control.db"))?);
        let secret = secret(&dir.join("secret.key"), clock)?;
        Ok(Control { dir: dir.to_owned(), conn, secret })
    }

    /// The key tokens are signed with.
    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Where an organisation's records are.
    pub(crate) fn path(&self, org: Uuid) -> PathBuf {
        self.dir.join("orgs").join(format!("{org}.db"))
    }

    /// Puts an organisation on the list.
    pub(crate) fn add(&self, org: &OrgName, now_ms: i64) -> Result<(), Error> {
        let conn = self.conn.lock().unwrap_or_else(PoisonError::into_inner);
        let sql = "INSERT INTO org (id, name, made_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        match conn.execute(sql, (org.id.as_bytes(), &org.name, now_ms))? {
            0 => Err(Error::NameTaken),
            _ => Ok(()),
        }
    }

    /// The organisation of this id or name.
    pub(crate) fn find(&self, wanted: &str) -> Result<Option<OrgName>, Error> {
        let id = Uuid::try_parse(wanted).unwrap_or_default();
        let conn = self.conn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = conn.prepare_cached("SELECT id, name FROM org WHERE id = ?1 OR name = ?2")?;
        Ok(statement.query_row((id.as_bytes(), wanted), read).optional()?)
    }

    /// Every organisation.
    pub(crate) fn all(&self) -> Result<Vec<OrgName>, Error> {
        let conn = self.conn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = conn.prepare_cached("SELECT id, name FROM org ORDER BY name")?;
        Ok(statement.query_map([], read)?.collect::<Result<_, _>>()?)
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<OrgName> {
    Ok(OrgName { id: Uuid::from_bytes(row.get(0)?), name: row.get(1)? })
}

/// Reads the key, or makes one that only the owner of the file can read.
fn secret(path: &Path, clock: &dyn Clock) -> Result<Secret, Error> {
    let failed = |source| Error::DataDir { path: path.to_owned(), source };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            let fresh = [clock.random(), clock.random()].concat();
            file.write_all(&fresh).and_then(|()| file.sync_all()).map_err(failed)?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error)),
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    bytes.try_into().map_err(|_| Error::SecretKey { path: path.to_owned() })
}
