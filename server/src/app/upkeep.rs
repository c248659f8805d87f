//! What the administrator of the server does: refused work, lost phones.

use uuid::Uuid;

use super::App;
use crate::error::Error;
use crate::org::quarantine::Release;
use crate::readable::{self, ReadablePart};
use crate::store::quarantine::{Dropped, Quarantined};

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

impl App {
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
