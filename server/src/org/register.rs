//! A device introduces itself: who it is, under which name it writes, and whether it may go on doing so.

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::SCHEMA_VERSION;
use fieldbook_domain::time::CLOCK_TOLERANCE_MS;
use fieldbook_sync::message::{Hello, Incarnation};
use fieldbook_sync::server::WelcomeFacts;
use uuid::Uuid;

use super::Turn;
use crate::error::Error;
use crate::store::device::DeviceRow;
use crate::store::log::COMMON_SCOPE;
use crate::token::Mark;

/// The oldest record schema this server still takes.
pub(crate) const SCHEMA_VERSION_MIN: u32 = 1;

/// What a device is told whose user left and has delivered everything.
pub(crate) const LEFT: &str = "user.left";

/// What a device is told that was shut out, once everything it held is kept: it wipes its book.
pub(crate) const REVOKED: &str = "device.revoked";

/// What it is told before that, in the middle of a conversation.
pub(crate) const CLOSED: (&str, &str) = ("device.closed", "this device has been shut out");

/// How exactly it is known when a device was last seen; a Hello within it need not be written down.
const SEEN_WITHIN_MS: i64 = 60_000;

/// What the server says to a Hello.
#[derive(Clone, Debug)]
pub(crate) enum Registered {
    Welcome(WelcomeFacts),
    Dismissed { code: &'static str, message: String },
}

/// Refuses an app whose record schema this server does not speak.
pub(crate) fn check_schema(schema: u32) -> Result<(), String> {
    if schema > SCHEMA_VERSION {
        return Err(format!(
            "the app speaks record schema {schema}, this server only {SCHEMA_VERSION}: the server must be updated"
        ));
    }
    if schema < SCHEMA_VERSION_MIN {
        return Err(format!(
            "the app speaks record schema {schema}, this server needs {SCHEMA_VERSION_MIN}: please update the app"
        ));
    }
    Ok(())
}

impl Turn<'_> {
    /// Registers the device of a user.
    pub(crate) fn register(&mut self, hello: &Hello, (user, mark): (RecordId, Mark)) -> Result<Registered, Error> {
        if let Err(message) = check_schema(hello.schema) {
            return Ok(Registered::Dismissed { code: "upgrade_needed", message });
        }
        self.remind()?;
        let known = self.store.device(hello.device)?;
        let revoked = known.as_ref().is_some_and(|device| device.revoked);
        if !revoked && self.store.is_shut_out(&mark)? {
            let message = "the device this token was given to has been shut out: sign in again".to_owned();
            return Ok(Registered::Dismissed { code: "signed_out", message });
        }
        if known.as_ref().is_some_and(|device| device.user != user) {
            let message = "this device belongs to another user: sign out and start a new book".to_owned();
            return Ok(Registered::Dismissed { code: "device.other_user", message });
        }
        if self.is_behind(hello, user)? {
            let message = "this device has read what this server never said".to_owned();
            return Ok(Registered::Dismissed { code: "device.ahead", message });
        }
        let epoch = self.epoch;
        let restored = hello.epoch.is_some_and(|known| known != epoch);
        // Who reads a part lets go of work of their own, and has it back once they read everything.
        let widened = hello.cursors.iter().any(|cursor| cursor.scope == COMMON_SCOPE) && !self.store.has_slice(user)?;
        let (incarnation, acked_dseq) = self.incarnation(hello, known.as_ref(), restored || widened)?;
        if incarnation == Incarnation::Keep {
            self.keep(hello, user, known)?;
            self.store.put_token(&mark, hello.device)?;
        }
        if revoked && incarnation == Incarnation::Keep && hello.last_dseq <= acked_dseq {
            let message = "this device has been shut out; what it held is kept for the administrator".to_owned();
            return Ok(Registered::Dismissed { code: REVOKED, message });
        }
        let works_here = self.people.get(user).is_some_and(|facts| facts.active);
        if !works_here && incarnation == Incarnation::Keep && hello.last_dseq <= acked_dseq {
            let message = "you no longer work here; what you did was delivered".to_owned();
            return Ok(Registered::Dismissed { code: LEFT, message });
        }
        if works_here && incarnation == Incarnation::Keep && restored {
            self.disown(user)?;
        }
        // Who left delivers what they did, and reads nothing (INV-14, INV-17); so does a device that was shut out (INV-83).
        let scopes = if works_here && !revoked { self.store.scopes_of(user)? } else { Vec::new() };
        Ok(Registered::Welcome(WelcomeFacts { server_ms: self.now_ms, epoch, acked_dseq, incarnation, scopes }))
    }

    /// Whether the device may write under the name it gives, and how far that name's work is answered; `anew` says that it may have
    /// let go of work of its own, which nobody is sent under the name they wrote it under.
    fn incarnation(&self, hello: &Hello, known: Option<&DeviceRow>, anew: bool) -> Result<(Incarnation, u64), Error> {
        let renew = |reason: &str| Incarnation::Renew { reason: reason.to_owned() };
        if hello.actor == fieldbook_domain::document::GENESIS_ACTOR {
            return Ok((renew("actor_reserved"), 0));
        }
        let Some(actor) = self.store.actor(&hello.actor)? else { return Ok((Incarnation::Keep, 0)) };
        if actor.device != hello.device {
            return Ok((renew("actor_taken"), 0));
        }
        if known.is_some_and(|device| device.actor != hello.actor) {
            return Ok((renew("actor_retired"), actor.last_dseq));
        }
        if anew {
            return Ok((renew("read_anew"), actor.last_dseq));
        }
        if hello.last_dseq < actor.last_dseq {
            return Ok((renew("rolled_back"), actor.last_dseq));
        }
        Ok((Incarnation::Keep, actor.last_dseq))
    }

    fn keep(&mut self, hello: &Hello, user: RecordId, known: Option<DeviceRow>) -> Result<(), Error> {
        let off_ms = hello.clock_ms.saturating_sub(self.now_ms).saturating_abs();
        let device = DeviceRow {
            id: hello.device,
            user,
            name: hello.device_name.clone(),
            actor: hello.actor,
            last_seen_ms: self.now_ms,
            clock_off: off_ms > CLOCK_TOLERANCE_MS,
            revoked: known.as_ref().is_some_and(|device| device.revoked),
        };
        let seen = |known: &DeviceRow| {
            let recently = (0..SEEN_WITHIN_MS).contains(&self.now_ms.saturating_sub(known.last_seen_ms));
            recently && *known == DeviceRow { last_seen_ms: known.last_seen_ms, ..device.clone() }
        };
        if known.as_ref().is_some_and(seen) {
            return Ok(());
        }
        if known.is_none() {
            self.store.audit(self.now_ms, "device.registered", user, hello.device, "")?;
        }
        self.store.put_device(&device)?;
        self.store.put_actor(&hello.actor, hello.device, user)
    }

    /// The device of a user, if it may work here; else the word and the sentence it is sent away with.
    pub(super) fn device_of(
        &self,
        device: Uuid,
        user: RecordId,
    ) -> Result<Result<DeviceRow, (&'static str, &'static str)>, Error> {
        let Some(row) = self.store.device(device)?.filter(|row| row.user == user) else {
            return Ok(Err(("device.unknown", "say Hello first")));
        };
        if row.revoked {
            return Ok(Err((REVOKED, "this device has been shut out")));
        }
        Ok(Ok(row))
    }

    /// Shuts a device out; says whether there is such a device.
    pub(crate) fn revoke(&mut self, device: Uuid) -> Result<bool, Error> {
        let Some(row) = self.store.device(device)? else { return Ok(false) };
        self.store.audit(self.now_ms, "device.revoked", row.user, device, "")?;
        self.store.put_device(&DeviceRow { revoked: true, ..row })?;
        Ok(true)
    }
}
