//! The server as a library: organisations, people, tokens, and conversations without sockets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::Decision;
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use crate::check::{self, CheckReport};
use crate::clock::Clock;
use crate::control::{Control, OrgName};
use crate::error::Error;
use crate::exchange;
use crate::metrics;
use crate::org::OrgHandle;
use crate::org::mail::{self, Outgoing};
use crate::org::office::{Acted, OfficeAct};
use crate::org::provision::{NewUser, find_user};
use crate::org::{parts, people};
use crate::token::{self, Holder, Identity};

mod upkeep;

pub use upkeep::{DeviceFacts, RefusedWork};

/// A server on a data directory; clones are the same server.
#[derive(Clone, Debug)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    control: Control,
    clock: Arc<dyn Clock>,
    orgs: Mutex<BTreeMap<Uuid, Arc<OrgHandle>>>,
    closing: watch::Sender<bool>,
}

/// How much there is in an organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct OrgMetrics {
    /// Records, deleted ones included.
    pub records: u64,
    /// Merged changes.
    pub changes: u64,
    /// The last position of the log.
    pub last_seq: u64,
    /// Registered devices.
    pub devices: u64,
    /// Decisions taken.
    pub decisions: u64,
    /// Intents refused.
    pub quarantined: u64,
    /// Intents answered for good.
    pub answers: u64,
}

impl App {
    /// Opens a data directory, making it if need be.
    ///
    /// # Errors
    /// What the file system or SQLite says.
    pub fn open(data_dir: impl AsRef<Path>, clock: Arc<dyn Clock>) -> Result<App, Error> {
        let control = Control::open(data_dir.as_ref(), clock.as_ref())?;
        let closing = watch::Sender::new(false);
        Ok(App(Arc::new(Inner { control, clock, orgs: Mutex::default(), closing })))
    }

    /// Makes an organisation; its id is returned.
    ///
    /// # Errors
    /// The name is taken, or the database failed.
    pub fn create_org(&self, name: &str) -> Result<Uuid, Error> {
        let org = OrgName { id: self.0.clock.fresh_id(), name: name.to_owned() };
        self.0.control.add(&org, self.0.clock.now_ms())?;
        self.org(org.id)?.turn(|turn| turn.provide_metrics())?;
        Ok(org.id)
    }

    /// Notes that an organisation's database was put back from a backup: the devices bring back what it lacks.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn restored(&self, org: Uuid) -> Result<(), Error> {
        let nobody = (RecordId(Uuid::nil()), Uuid::nil());
        self.org(org)?.turn(move |turn| turn.rename(nobody, "the administrator said so"))
    }

    /// Counts the goals of an organisation now, going on from the last time; says how many came to something else than before.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn roll_up_goals(&self, org: Uuid) -> Result<usize, Error> {
        self.org(org)?.roll_up_goals()
    }

    /// The organisation of this id or name.
    ///
    /// # Errors
    /// There is none, or the database failed.
    pub fn find_org(&self, wanted: &str) -> Result<Uuid, Error> {
        self.0.control.find(wanted)?.map(|org| org.id).ok_or(Error::UnknownOrg)
    }

    /// Every organisation.
    ///
    /// # Errors
    /// The database failed.
    pub fn orgs(&self) -> Result<Vec<OrgName>, Error> {
        self.0.control.all()
    }

    /// Enters somebody, or brings somebody who is there up to date; their id is returned.
    ///
    /// # Errors
    /// A value that cannot be kept, a manager nobody knows, or the database failed.
    pub fn add_user(&self, org: Uuid, new: &NewUser) -> Result<RecordId, Error> {
        let new = new.clone();
        self.org(org)?.turn(move |turn| turn.add_user(&new))
    }

    /// The user of this id, e-mail address or name.
    ///
    /// # Errors
    /// There is none or more than one, or the database failed.
    pub fn find_user(&self, org: Uuid, wanted: &str) -> Result<RecordId, Error> {
        self.org(org)?.read(|store| find_user(store, wanted))
    }

    /// A token by which a user may sign in for some days.
    ///
    /// # Errors
    /// The user is not there or no longer works here, or the database failed.
    pub fn token(&self, org: Uuid, user: RecordId, days: u32) -> Result<String, Error> {
        let facts = self.user(org, user)?.ok_or(Error::UnknownUser)?;
        let holder = Holder { org, user, name: &facts.name, role: facts.role };
        token::issue(self.0.control.secret(), &holder, self.0.clock.now_ms(), days)
    }

    /// Who a token belongs to; `None` if it is not to be believed, or they no longer work here.
    ///
    /// # Errors
    /// The database failed.
    pub fn identify(&self, token: &str) -> Result<Option<Identity>, Error> {
        Ok(self.recognise(token)?.filter(|(_, works_here)| *works_here).map(|(identity, _)| identity))
    }

    /// The same, with whether they may do more than deliver what they did: who left may not, nor a device that was shut out.
    pub(crate) fn recognise(&self, token: &str) -> Result<Option<(Identity, bool)>, Error> {
        let Some(claims) = token::verify(self.0.control.secret(), token, self.0.clock.now_ms()) else { return Ok(None) };
        if self.0.control.find(&claims.org.to_string())?.is_none() {
            return Ok(None);
        }
        let user = RecordId(claims.sub);
        let mark = token::mark(token);
        let found = self.org(claims.org)?.read(|store| Ok((people::find(store, user)?, store.is_shut_out(&mark)?)))?;
        let (Some(facts), shut_out) = found else { return Ok(None) };
        let expires_ms = claims.exp.saturating_mul(1_000);
        let identity = Identity { org: claims.org, user, role: facts.role, expires_ms, mark };
        Ok(Some((identity, facts.active && !shut_out)))
    }

    /// One request of a device, frames in and frames out, without a socket.
    #[must_use]
    pub fn exchange(&self, identity: &Identity, body: &[u8]) -> Vec<u8> {
        exchange::one_shot(self, identity, body)
    }

    /// Performs an action at the office, while the device waits.
    pub(crate) fn act(&self, identity: &Identity, act: OfficeAct) -> Result<Acted, Error> {
        let org = self.org(identity.org)?;
        let Some(_place) = org.place(identity.user) else { return Ok(Acted::Busy) };
        org.turn(move |turn| turn.act_at_office(&act))
    }

    /// Judges every stored record of an organisation again.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn check(&self, org: Uuid) -> Result<CheckReport, Error> {
        let names = self.org(org)?.names();
        self.org(org)?.read(|store| check::run(store, names))
    }

    /// The body of every record, as canonical JSON; a deleted one says `"deleted":true`.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn org_digest(&self, org: Uuid) -> Result<BTreeMap<RecordRef, String>, Error> {
        let bodies = self.org(org)?.read(|store| store.bodies(None))?;
        bodies.into_iter().map(|(target, body, deleted)| Ok((target, digest(body, deleted)?))).collect()
    }

    /// Which records a user's phone is to hold besides what is everybody's, every record asked for itself; `None` for one who reads
    /// the whole organisation.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn slice(&self, org: Uuid, user: RecordId) -> Result<Option<BTreeSet<RecordRef>>, Error> {
        let names = self.org(org)?.names();
        self.org(org)?.read(|store| parts::slice(store, names, user))
    }

    /// Every decision, in the order they were taken.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn decisions(&self, org: Uuid) -> Result<Vec<Decision>, Error> {
        self.org(org)?.read(|store| store.decisions())
    }

    /// How much there is in an organisation.
    ///
    /// # Errors
    /// There is no such organisation, or the database failed.
    pub fn org_metrics(&self, org: Uuid) -> Result<OrgMetrics, Error> {
        self.org(org)?.read(|store| {
            Ok(OrgMetrics {
                records: store.count("document")?,
                changes: store.count("change")?,
                last_seq: store.last_seq()?,
                devices: store.count("device")?,
                decisions: store.count("decision")?,
                quarantined: store.count("quarantine")?,
                answers: store.count("answer")?,
            })
        })
    }

    /// Takes the next e-mail after an id that waits to be sent: it counts as being sent from here on.
    pub(crate) fn take_mail(&self, org: Uuid, after: RecordId) -> Result<Option<Outgoing>, Error> {
        let org = self.org(org)?;
        if !org.read(|store| mail::waits(store, after))? {
            return Ok(None);
        }
        org.turn(move |turn| turn.take_mail(after))
    }

    /// Says that an e-mail went out.
    pub(crate) fn mail_sent(&self, org: Uuid, id: RecordId) -> Result<(), Error> {
        self.org(org)?.turn(move |turn| turn.mail_sent(id))
    }

    /// Says why an e-mail did not go out.
    pub(crate) fn mail_failed(&self, org: Uuid, id: RecordId, why: String) -> Result<(), Error> {
        self.org(org)?.turn(move |turn| turn.mail_failed(id, &why))
    }

    /// Gives up on e-mails that were being sent when a server stopped; says how many.
    ///
    /// # Errors
    /// The database failed.
    pub fn give_up_interrupted_mail(&self) -> Result<usize, Error> {
        let mut given_up = 0;
        for org in self.orgs()? {
            given_up += self.org(org.id)?.turn(|turn| turn.give_up_interrupted())?;
        }
        Ok(given_up)
    }

    /// What a monitoring system reads of an organisation.
    pub(crate) fn metrics_text(&self, org: Uuid) -> Result<String, Error> {
        Ok(metrics::text(&self.org_metrics(org)?, &self.org(org)?.tally()))
    }

    /// Finishes the work that was taken and leaves the databases tidy; the app answers nothing afterwards.
    pub fn close(&self) {
        self.0.closing.send_replace(true);
        let orgs = std::mem::take(&mut *self.0.orgs.lock().unwrap_or_else(PoisonError::into_inner));
        for org in orgs.values() {
            org.stop();
        }
    }

    /// Whether a conversation may go on: the token is good and the user works here.
    pub(crate) fn still_welcome(&self, identity: &Identity) -> bool {
        let good = identity.expires_ms > self.0.clock.now_ms();
        good && self.user(identity.org, identity.user).is_ok_and(|user| user.is_some())
    }

    /// Tells when the server is about to stop.
    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.0.closing.subscribe()
    }

    /// Asks the conversations to end.
    pub(crate) fn begin_closing(&self) {
        self.0.closing.send_replace(true);
    }

    /// Whether the list of organisations can be read.
    pub(crate) fn is_ready(&self) -> bool {
        !*self.0.closing.borrow() && self.0.control.all().is_ok()
    }

    /// An organisation at work.
    pub(crate) fn org(&self, id: Uuid) -> Result<Arc<OrgHandle>, Error> {
        let mut orgs = self.0.orgs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(org) = orgs.get(&id) {
            return Ok(Arc::clone(org));
        }
        if *self.0.closing.borrow() {
            return Err(Error::ShuttingDown);
        }
        if self.0.control.find(&id.to_string())?.is_none() {
            return Err(Error::UnknownOrg);
        }
        let org = Arc::new(OrgHandle::start(&self.0.control.path(id), Arc::clone(&self.0.clock))?);
        orgs.insert(id, Arc::clone(&org));
        Ok(org)
    }

    /// An active user, as their record says.
    fn user(&self, org: Uuid, user: RecordId) -> Result<Option<fieldbook_domain::judge::UserFacts>, Error> {
        Ok(self.org(org)?.read(|store| people::find(store, user))?.filter(|facts| facts.active))
    }
}

fn digest(body: String, deleted: bool) -> Result<String, Error> {
    if !deleted {
        return Ok(body);
    }
    let mut value: Value = serde_json::from_str(&body).map_err(|_| Error::Damaged { what: "body" })?;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("deleted".to_owned(), Value::Bool(true));
    }
    Ok(value.to_string())
}
