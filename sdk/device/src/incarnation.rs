//! The name a book writes under, and how a copied or restored book is found out.
//!
//! Automerge breaks when two devices write under one name. So the name is random for each *incarnation* of a book, and a
//! marker file beside the book tells whether it is still the one that wrote last: no marker, or another install's, means
//! the book was copied here; a marker that is ahead of the book means an older copy was put back. Both get a new name.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use fieldbook_sync::change::ActorBytes;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::clock::Host;
use crate::error::Error;
use crate::session::Session;
use crate::store::meta;

/// Who writes into this book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Incarnation {
    /// The copy of the app on this machine.
    pub(crate) install: Uuid,
    /// How often the book was opened.
    pub(crate) generation: u64,
    /// The device as the server knows it.
    pub(crate) device: Uuid,
    /// The name in changes.
    pub(crate) actor: Uuid,
}

/// What the marker file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Marker {
    install: Uuid,
    generation: u64,
}

/// What opening found out about the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    /// Who writes from now on.
    pub(crate) incarnation: Incarnation,
    /// The name is new although the book is not: its outbox must be authored again.
    pub(crate) renewed: bool,
}

impl Incarnation {
    fn new(host: &Host) -> Self {
        Self { install: random(host), generation: 0, device: random(host), actor: random(host) }
    }

    /// The name in changes, as bytes.
    pub(crate) fn actor(&self) -> ActorBytes {
        self.actor.into_bytes()
    }
}

/// The present incarnation of an open book.
pub(crate) fn current(connection: &Connection) -> Result<Incarnation, Error> {
    meta::get(connection, meta::INCARNATION)?.ok_or(Error::ReadStored { place: "incarnation" })
}

/// Compares the book with its marker and counts this opening; the marker is to be written after the commit.
///
/// After the commit, because a marker ahead of its book would look like a restored copy. Only the marker of a new install is
/// also written before: a second process that opens the book in that moment must find it.
pub(crate) fn open(connection: &Connection, marker: &Path, host: &Host) -> Result<Opened, Error> {
    let found = read_marker(marker)?;
    let known: Option<Incarnation> = meta::get(connection, meta::INCARNATION)?;
    let before = known.as_ref().map(|known| known.install);
    let mut renewed = false;
    let mut incarnation = match (known, found) {
        (None, _) => Incarnation::new(host),
        (Some(known), Some(found)) if found.install == known.install => {
            renewed = found.generation > known.generation;
            let actor = if renewed { random(host) } else { known.actor };
            Incarnation { generation: known.generation.max(found.generation), actor, ..known }
        }
        (Some(known), _) => {
            renewed = true;
            Incarnation { generation: known.generation, ..Incarnation::new(host) }
        }
    };
    let new_install = before.is_none_or(|install| install != incarnation.install);
    incarnation.generation = incarnation.generation.saturating_add(1);
    meta::set(connection, meta::INCARNATION, &incarnation)?;
    if new_install {
        write_marker(marker, &incarnation, host)?;
    }
    Ok(Opened { incarnation, renewed })
}

/// Takes a new name on the same device.
pub(crate) fn renew(connection: &Connection, host: &Host) -> Result<Incarnation, Error> {
    let incarnation = Incarnation { actor: random(host), ..current(connection)? };
    meta::set(connection, meta::INCARNATION, &incarnation)?;
    Ok(incarnation)
}

/// Becomes another device, for another user of the same phone.
pub(crate) fn renew_device(connection: &Connection, host: &Host) -> Result<(), Error> {
    let incarnation = Incarnation { device: random(host), ..renew(connection, host)? };
    meta::set(connection, meta::INCARNATION, &incarnation)
}

/// Notes who stands behind the present name, so that the history can say so before the server does.
pub(crate) fn introduce(connection: &Connection, session: &Session, device_name: &str) -> Result<(), Error> {
    let incarnation = current(connection)?;
    let sql = "INSERT INTO actor (actor, user, device, device_name) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (actor) DO UPDATE SET user = excluded.user, device = excluded.device,
                   device_name = excluded.device_name";
    let (actor, user, device) = (incarnation.actor.as_bytes(), session.user.0.as_bytes(), incarnation.device.as_bytes());
    connection.prepare_cached(sql)?.execute((actor, user, device, device_name))?;
    Ok(())
}

/// Where the marker of a book stands.
pub(crate) fn marker_path(book: &Path) -> PathBuf {
    let mut path = book.as_os_str().to_owned();
    path.push(".install");
    PathBuf::from(path)
}

/// Writes the marker so that it is either the old one or the new one, whatever happens meanwhile.
pub(crate) fn write_marker(path: &Path, incarnation: &Incarnation, host: &Host) -> Result<(), Error> {
    let failed = |source| Error::InstallMarker { path: path.to_owned(), source };
    let marker = Marker { install: incarnation.install, generation: incarnation.generation };
    let text = serde_json::to_vec(&marker).map_err(|error| failed(error.into()))?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", random(host).simple()));
    let beside = PathBuf::from(beside);
    let mut file = File::create(&beside).map_err(failed)?;
    let written = file.write_all(&text).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&beside, path));
    if let Err(error) = written {
        // On a full disk this would be one more file at every attempt.
        let _ = fs::remove_file(&beside);
        return Err(failed(error));
    }
    // Not every system lets a folder be synced; the rename itself is done.
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn read_marker(path: &Path) -> Result<Option<Marker>, Error> {
    match fs::read(path) {
        // An unreadable marker proves nothing, and a new name does no harm.
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::InstallMarker { path: path.to_owned(), source }),
    }
}

/// A random id.
pub(crate) fn random(host: &Host) -> Uuid {
    Builder::from_random_bytes(host.ids.random()).into_uuid()
}
