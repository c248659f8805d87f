//! Devices and the names they write under.

use fieldbook_domain::ids::RecordId;
use fieldbook_sync::change::ActorBytes;
use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::{Store, signed, unsigned};
use crate::error::Error;
use crate::token::Mark;

/// A registered device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceRow {
    pub(crate) id: Uuid,
    pub(crate) user: RecordId,
    pub(crate) name: String,
    pub(crate) actor: ActorBytes,
    pub(crate) last_seen_ms: i64,
    pub(crate) clock_off: bool,
    pub(crate) revoked: bool,
}

/// A name some device writes or wrote under.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ActorRow {
    pub(crate) device: Uuid,
    pub(crate) user: RecordId,
    pub(crate) last_dseq: u64,
    /// Whether the log says who it is.
    pub(crate) announced: bool,
}

impl Store {
    /// A device, by id.
    pub(crate) fn device(&self, id: Uuid) -> Result<Option<DeviceRow>, Error> {
        let mut statement =
            self.conn.prepare_cached("SELECT user, name, actor, last_seen_ms, clock_off, revoked FROM device WHERE id = ?1")?;
        let row = |row: &rusqlite::Row<'_>| {
            Ok(DeviceRow {
                id,
                user: RecordId(Uuid::from_bytes(row.get(0)?)),
                name: row.get(1)?,
                actor: row.get(2)?,
                last_seen_ms: row.get(3)?,
                clock_off: row.get(4)?,
                revoked: row.get(5)?,
            })
        };
        Ok(statement.query_row([id.as_bytes()], row).optional()?)
    }

    /// Every device, the one seen last first.
    pub(crate) fn devices(&self) -> Result<Vec<DeviceRow>, Error> {
        let sql = "SELECT id, user, name, actor, last_seen_ms, clock_off, revoked FROM device ORDER BY last_seen_ms DESC, id";
        let mut statement = self.conn.prepare_cached(sql)?;
        let row = |row: &rusqlite::Row<'_>| {
            Ok(DeviceRow {
                id: Uuid::from_bytes(row.get(0)?),
                user: RecordId(Uuid::from_bytes(row.get(1)?)),
                name: row.get(2)?,
                actor: row.get(3)?,
                last_seen_ms: row.get(4)?,
                clock_off: row.get(5)?,
                revoked: row.get(6)?,
            })
        };
        Ok(statement.query_map([], row)?.collect::<Result<_, _>>()?)
    }

    /// Keeps a device as it is.
    pub(crate) fn put_device(&self, device: &DeviceRow) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO device (id, user, name, actor, last_seen_ms, clock_off, revoked) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (id) DO UPDATE SET
                 user = excluded.user, name = excluded.name, actor = excluded.actor, last_seen_ms = excluded.last_seen_ms,
                 clock_off = excluded.clock_off, revoked = excluded.revoked",
        )?;
        statement.execute((
            device.id.as_bytes(),
            device.user.0.as_bytes(),
            &device.name,
            device.actor,
            device.last_seen_ms,
            device.clock_off,
            device.revoked,
        ))?;
        Ok(())
    }

    /// Notes with which token a device signed in.
    pub(crate) fn put_token(&self, mark: &Mark, device: Uuid) -> Result<(), Error> {
        let sql = "INSERT INTO device_token (token, device) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.conn.prepare_cached(sql)?.execute((mark, device.as_bytes()))?;
        Ok(())
    }

    /// Whether a device that signed in with this token was shut out.
    pub(crate) fn is_shut_out(&self, mark: &Mark) -> Result<bool, Error> {
        let sql = "SELECT 1 FROM device_token JOIN device ON device.id = device_token.device WHERE token = ?1 AND revoked";
        Ok(self.conn.prepare_cached(sql)?.exists([mark])?)
    }

    /// An actor, by name.
    pub(crate) fn actor(&self, actor: &ActorBytes) -> Result<Option<ActorRow>, Error> {
        let mut statement = self.conn.prepare_cached("SELECT device, user, last_dseq, announced FROM actor WHERE actor = ?1")?;
        let row = |row: &rusqlite::Row<'_>| {
            Ok(ActorRow {
                device: Uuid::from_bytes(row.get(0)?),
                user: RecordId(Uuid::from_bytes(row.get(1)?)),
                last_dseq: unsigned(row.get(2)?),
                announced: row.get(3)?,
            })
        };
        Ok(statement.query_row([actor], row).optional()?)
    }

    /// Binds an actor to a device for good.
    pub(crate) fn put_actor(&self, actor: &ActorBytes, device: Uuid, user: RecordId) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO actor (actor, device, user, last_dseq, announced) VALUES (?1, ?2, ?3, 0, 0)
             ON CONFLICT (actor) DO NOTHING",
        )?;
        statement.execute((actor, device.as_bytes(), user.0.as_bytes()))?;
        Ok(())
    }

    /// Notes that the log says who an actor is.
    pub(crate) fn announce_actor(&self, actor: &ActorBytes) -> Result<(), Error> {
        self.conn.prepare_cached("UPDATE actor SET announced = 1 WHERE actor = ?1")?.execute([actor])?;
        Ok(())
    }

    /// Notes how far an actor's intents are answered.
    pub(crate) fn raise_dseq(&self, actor: &ActorBytes, dseq: u64) -> Result<(), Error> {
        let mut statement = self.conn.prepare_cached("UPDATE actor SET last_dseq = max(last_dseq, ?2) WHERE actor = ?1")?;
        statement.execute((actor, signed(dseq)))?;
        Ok(())
    }
}
