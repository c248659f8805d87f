//! What the administrator of the server does: refused work, lost phones, what happened, and whether it would happen again.

use std::sync::Arc;

use fieldbook_domain::ids::RecordId;
use uuid::Uuid;

use super::App;
use crate::audit::{self, AuditFilter, Event};
use crate::error::Error;
use crate::org::quarantine::Release;
use crate::org::replay::{self, ReplayReport};
use crate::readable::{self, ReadablePart};
use crate::store::Store;
use crate::store::device::DeviceRow;
use crate::store::quarantine::{Dropped, Quarantined};

/// One day.
const DAY_MS: i64 = 86_400_000;

/// A refused intent with everything that was kept of it.
#[derive(Clone, Debug)]
pub struct RefusedWork {
    /// Who, when and why.
    pub refused: Quarantined,
    /// What the author is called.
    pub user_name: String,
    /// What the device is called.
    pub device_name: String,
    /// The intent's id; `None` if the bytes cannot be read.
    pub intent: Option<Uuid>,
    /// What it wanted to write.
    pub parts: Vec<ReadablePart>,
    /// The bytes as they are stored.
    pub bytes: Vec<u8>,
}

/// A device that has said Hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceFacts {
    /// The device.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// Whose it is.
    pub user: RecordId,
    /// What its user is called.
    pub user_name: String,
    /// When it was last seen, to the minute, in milliseconds since 1970.
    pub last_seen_ms: i64,
    /// Whether its clock was off then (INV-80).
    pub clock_off: bool,
    /// Whether it is shut out.
    pub revoked: bool,
}

impl App {
    /// What happened in an organisation, oldest first.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn audit(&self, org: Uuid, filter: &AuditFilter) -> Result<Vec<Event>, Error> {
        self.org(org)?.read(|store| audit::events(store, filter))
    }

    /// The moment so many days ago, by the server's clock, in milliseconds since 1970.
    #[must_use]
    pub fn days_ago_ms(&self, days: u32) -> i64 {
        self.0.clock.now_ms().saturating_sub(i64::from(days).saturating_mul(DAY_MS))
    }

    /// Judges what devices sent since a moment again, under the rules of this program, and says what would be different.
    ///
    /// Everything happens in a copy in a temporary folder; the organisation is not opened.
    ///
    /// # Errors
    /// There is no such organisation, there is no room for the copy, or the database failed.
    pub fn replay(&self, org: Uuid, since_ms: i64) -> Result<ReplayReport, Error> {
        let folder = tempfile::tempdir().map_err(|source| Error::DataDir { path: std::env::temp_dir(), source })?;
        let copy = folder.path().join("past.db");
        Store::copy(&self.0.control.path(org), &copy)?;
        let past = Store::open(&copy)?;
        let meta = past.meta(self.0.clock.as_ref())?;
        let empty = Store::open(&folder.path().join("again.db"))?;
        replay::run(&past, empty, meta, since_ms, Arc::clone(&self.0.clock))
    }

    /// The devices, the one seen last first.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn devices(&self, org: Uuid) -> Result<Vec<DeviceFacts>, Error> {
        self.org(org)?.read(|store| {
            let facts = |row: DeviceRow| {
                let DeviceRow { id, user, name, last_seen_ms, clock_off, revoked, .. } = row;
                Ok(DeviceFacts { id, name, user, user_name: store.user_name(user)?, last_seen_ms, clock_off, revoked })
            };
            store.devices()?.into_iter().map(facts).collect()
        })
    }

    /// The refused intents, oldest first.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn quarantine(&self, org: Uuid) -> Result<Vec<Quarantined>, Error> {
        self.org(org)?.read(|store| store.quarantined())
    }

    /// The devices that had so much refused that not everything was kept.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn dropped(&self, org: Uuid) -> Result<Vec<Dropped>, Error> {
        self.org(org)?.read(|store| store.dropped())
    }

    /// One refused intent, by its number.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn refused_work(&self, org: Uuid, id: u64) -> Result<Option<RefusedWork>, Error> {
        self.org(org)?.read(|store| {
            let Some(kept) = store.kept(id)? else { return Ok(None) };
            let device = store.device(kept.row.device)?;
            let intent = kept.intent().ok();
            Ok(Some(RefusedWork {
                user_name: store.user_name(kept.row.user)?,
                device_name: device.map(|device| device.name).unwrap_or_default(),
                intent: intent.as_ref().map(|intent| intent.id),
                parts: intent.as_ref().map(readable::parts).unwrap_or_default(),
                bytes: kept.payload,
                refused: kept.row,
            }))
        })
    }

    /// Gives a refused intent to the gate again, as if it arrived now.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn release(&self, org: Uuid, id: u64) -> Result<Release, Error> {
        match self.org(org)?.turn(move |turn| turn.release(id)) {
            Err(Error::Unloadable { .. }) => {
                Ok(Release::Refused { code: "change.unloadable".to_owned(), message: "it would spoil the record".to_owned() })
            }
            other => other,
        }
    }

    /// Throws a refused intent away; says whether there was any of this number.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn purge(&self, org: Uuid, id: u64) -> Result<bool, Error> {
        self.org(org)?.turn(move |turn| turn.purge(id))
    }

    /// Shuts a device out for good; says whether there is such a device.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn revoke_device(&self, org: Uuid, device: Uuid) -> Result<bool, Error> {
        self.org(org)?.turn(move |turn| turn.revoke(device))
    }
}
