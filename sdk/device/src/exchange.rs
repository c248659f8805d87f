//! Carries out what the session orders, over any carrier.
//!
//! The session decides, the store remembers, the carrier moves bytes; nothing here knows which carrier it is. Every order of
//! the session that changes the book is one transaction, so the app may be killed between any two of them. After a change
//! of the server's epoch (restored from a backup, or replaced) records and outbox stay and the cursors start at nothing;
//! what this phone once sent and the server lost is not offered again. A server of which somebody reads only a part says what of
//! the records it has is not theirs, and that leaves; what it does not have is perhaps nowhere else, and stays.

use std::collections::{BTreeSet, VecDeque};
use std::future::Future;

use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record::SCHEMA_VERSION;
use fieldbook_sync::client::{ClientFacts, ClientInput, ClientOutput, ClientSession};
use fieldbook_sync::frame;
use fieldbook_sync::message::{Answer, Cursor, Page};
use serde::Serialize;

use crate::clock::Host;
use crate::error::Error;
use crate::incarnation::{self, Incarnation};
use crate::patience::Patience;
use crate::reauthor::{self, Cause};
use crate::receive;
use crate::store::{Store, cursors, meta, outbox, restored, rewritten};

mod said;

/// How often one run takes a new name; each time at least one refused piece of work leaves the outbox.
const RENEWALS_MAX: usize = 64;
/// Times in a row that work may be told to wait.
const STUCK_MAX: usize = 2;
/// Conversations of one run: with a new name the first one only fetches.
const CONVERSATIONS_MAX: usize = 3;
/// How often one run asks again after an answer that ended in the middle.
const CUTS_MAX: usize = 2;

/// What the server says once it has everything of somebody who no longer works there.
pub(crate) const LEFT: &str = "user.left";

/// What it says to a device that was shut out, once it has everything the device held.
pub(crate) const REVOKED: &str = "device.revoked";
/// What it says before that, in the middle of a conversation.
pub(crate) const CLOSED: &str = "device.closed";

/// Moves one request to the server and its answer back; both are frames, one after the other.
pub trait Carrier: Send {
    /// Sends a request and waits for the whole answer.
    fn exchange(&mut self, request: Vec<u8>) -> impl Future<Output = Result<Vec<u8>, Error>> + Send;

    /// Waits so many milliseconds, because the server asked to be left alone for that long. A carrier that cannot wait says `false`:
    /// then whoever syncs is told at once.
    fn pause(&mut self, _ms: u64) -> impl Future<Output = bool> + Send {
        std::future::ready(false)
    }
}

/// What one sync did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SyncReport {
    /// Pieces of work the server answered.
    pub pushed: usize,
    /// Pieces of work the server would not take; they are in the inbox.
    pub refused: usize,
    /// Other people's changes that arrived.
    pub pulled_changes: usize,
    /// The records they belong to.
    pub pulled_records: usize,
    /// Requests that were answered.
    pub round_trips: usize,
    /// Bytes sent, without HTTP's own.
    pub bytes_up: usize,
    /// Bytes received, without HTTP's own.
    pub bytes_down: usize,
    /// New decisions in the inbox.
    pub decisions: usize,
    /// Attached files the server has now.
    pub uploaded: usize,
}

/// Something the engine noticed, for those who watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Noticed {
    /// The server welcomed the device.
    Welcomed,
    /// Everything the server had is stored.
    CaughtUp,
    /// A record changed.
    Changed(RecordRef),
    /// The server decided something or answered work.
    Decided,
}

/// A session with the hands to carry out its orders.
pub(crate) struct Engine {
    store: Store,
    host: Host,
    session: ClientSession,
    incarnation: Incarnation,
    live: bool,
    renewals: usize,
    /// Times in a row that work had to wait and nothing else became of it.
    stuck: usize,
    /// The server takes what waits and gives nothing: it will say why once it has everything.
    sealed: bool,
    records: BTreeSet<RecordId>,
    /// Frames to be sent.
    pub(crate) outgoing: Vec<Vec<u8>>,
    /// What to tell those who watch.
    pub(crate) noticed: Vec<Noticed>,
    /// Everything the server had is stored.
    pub(crate) caught_up: bool,
    /// What the server has is known only now: there is work to send in another conversation.
    pub(crate) again: bool,
    /// The conversation is over.
    pub(crate) closed: bool,
    /// Why, if it should not be.
    pub(crate) failed: Option<Failure>,
    /// What was done.
    pub(crate) report: SyncReport,
}

/// The server, or this version, will not go on.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What to tell the app.
    pub(crate) error: Error,
    /// When to come back.
    pub(crate) retry_ms: Option<u64>,
}

impl Failure {
    /// How long the server asks to be left alone, where it says that it will go on then.
    fn asks_to_wait(&self) -> Option<u64> {
        self.retry_ms.filter(|_| matches!(self.error, Error::Server { .. }))
    }
}

/// Syncs once over a carrier.
pub(crate) async fn run(
    store: Store,
    host: Host,
    carrier: &mut impl Carrier,
    on: &mut (impl FnMut(&SyncReport) + Send),
) -> Result<SyncReport, Error> {
    let mut report = SyncReport::default();
    let (mut records, mut patience) = (BTreeSet::new(), Patience::default());
    for _ in 0..CONVERSATIONS_MAX {
        let mut engine = Engine::open(store.clone(), host.clone(), false).await?;
        engine.report = report;
        converse(&mut engine, carrier, &mut patience, on).await?;
        records.append(&mut engine.records);
        report = engine.report;
        if !engine.again {
            break;
        }
    }
    report.pulled_records = records.len();
    Ok(report)
}

async fn converse(
    engine: &mut Engine,
    carrier: &mut impl Carrier,
    patience: &mut Patience,
    on: &mut (impl FnMut(&SyncReport) + Send),
) -> Result<(), Error> {
    engine.connect().await?;
    let mut cuts = 0_usize;
    while !(engine.caught_up && engine.outgoing.is_empty()) {
        if let Some(failure) = engine.failed.take() {
            let wait_ms = failure.asks_to_wait().and_then(|ms| patience.next(ms, |max_ms| engine.host.ids.jitter(max_ms)));
            match wait_ms {
                Some(ms) if ms == 0 || carrier.pause(ms).await => {}
                Some(_) | None => return Err(failure.error),
            }
            engine.outgoing.clear();
            engine.tell(ClientInput::Disconnected).await?;
            engine.connect().await?;
        }
        let request = std::mem::take(&mut engine.outgoing).concat();
        if request.is_empty() {
            cuts = cuts.saturating_add(1);
            if cuts > CUTS_MAX {
                return Err(Error::offline("the answer ended in the middle"));
            }
            engine.tell(ClientInput::Disconnected).await?;
            engine.connect().await?;
            continue;
        }
        engine.report.bytes_up = engine.report.bytes_up.saturating_add(request.len());
        let response = carrier.exchange(request).await?;
        engine.report.round_trips = engine.report.round_trips.saturating_add(1);
        engine.report.bytes_down = engine.report.bytes_down.saturating_add(response.len());
        for frame in frame::split(&response) {
            match frame {
                Ok(frame) => engine.tell(ClientInput::Frame(frame.to_vec())).await?,
                Err(error) => return Err(not_ours(&error)),
            }
            if engine.closed || engine.failed.is_some() {
                break;
            }
        }
        on(&SyncReport { pulled_records: engine.records.len(), ..engine.report.clone() });
    }
    Ok(())
}

/// Bytes that are no frames come from something between us and the server, or from a newer server.
fn not_ours(error: &fieldbook_sync::error::Error) -> Error {
    if let fieldbook_sync::error::Error::UpgradeNeeded { .. } = error {
        return Error::UpgradeNeeded { reason: error.to_string() };
    }
    Error::offline("what answered is not a Fieldbook server")
}

impl Engine {
    /// Makes an engine that is not connected; somebody must be signed in.
    pub(crate) async fn open(store: Store, host: Host, live: bool) -> Result<Self, Error> {
        let device_name = host.device_name.clone();
        let (facts, incarnation) = store
            .read_async(move |connection| {
                meta::session(connection)?;
                let incarnation = incarnation::current(connection)?;
                let facts = ClientFacts {
                    device: incarnation.device,
                    device_name,
                    actor: incarnation.actor(),
                    schema: SCHEMA_VERSION,
                    epoch: meta::get(connection, meta::EPOCH)?,
                    cursors: cursors::all(connection)?.into_iter().map(|(scope, seq)| Cursor { scope, seq }).collect(),
                    last_dseq: outbox::last_dseq(connection)?,
                    live,
                };
                Ok((facts, incarnation))
            })
            .await?;
        Ok(Self {
            store,
            host,
            session: ClientSession::new(facts),
            incarnation,
            live,
            renewals: 0,
            stuck: 0,
            sealed: false,
            records: BTreeSet::new(),
            outgoing: Vec::new(),
            noticed: Vec::new(),
            caught_up: false,
            again: false,
            closed: false,
            failed: None,
            report: SyncReport::default(),
        })
    }

    /// Tells the session that there is a way to the server.
    pub(crate) async fn connect(&mut self) -> Result<(), Error> {
        self.closed = false;
        let clock_ms = self.host.clock.now_ms();
        self.tell(ClientInput::Connected { clock_ms }).await
    }

    /// Tells the session something and carries out what it orders.
    pub(crate) async fn tell(&mut self, input: ClientInput) -> Result<(), Error> {
        let mut orders: VecDeque<ClientOutput> = self.session.handle(input).into();
        while let Some(order) = orders.pop_front() {
            if let Some(reply) = self.carry_out(order).await? {
                // A reply is the session's next input, so its orders come before the rest.
                for order in self.session.handle(reply).into_iter().rev() {
                    orders.push_front(order);
                }
            }
        }
        Ok(())
    }

    async fn carry_out(&mut self, order: ClientOutput) -> Result<Option<ClientInput>, Error> {
        match order {
            ClientOutput::Send(frame) => self.outgoing.push(frame),
            ClientOutput::NextIntents { after_dseq, bytes_max, count_max } => {
                return self.next_intents(after_dseq, bytes_max, count_max).await.map(Some);
            }
            ClientOutput::StorePage(page) => return self.store_page(page).await.map(Some),
            ClientOutput::Answers(answers) => return self.note_answers(answers).await,
            ClientOutput::Welcomed { epoch, scopes, server_ms, .. } => {
                self.sealed = scopes.is_empty();
                self.noticed.push(Noticed::Welcomed);
                self.store.write_async(move |tx| said::welcome(tx, epoch, server_ms, &scopes)).await?;
            }
            ClientOutput::Renew { reason } => {
                tracing::info!(reason, "the server asks for a new name");
                return self.renew().await.map(Some);
            }
            ClientOutput::EpochChanged { epoch } => {
                tracing::info!(%epoch, "the server is another one: cursors start at nothing");
                self.store.write_async(said::epoch_changed).await?;
            }
            ClientOutput::CaughtUp => {
                let host = self.host.clone();
                self.again = self.store.write_async(move |tx| said::caught_up(tx, &host)).await? || self.sealed;
                self.caught_up = true;
                self.noticed.push(Noticed::CaughtUp);
            }
            ClientOutput::Close => self.closed = true,
            ClientOutput::Failed { code, message, retry_ms } => {
                self.failed = Some(Failure { error: ended(code, message), retry_ms });
            }
            ClientOutput::Reconnect => {
                let error = Error::offline("the answer makes no sense");
                self.failed = Some(Failure { error, retry_ms: Some(0) });
            }
        }
        Ok(None)
    }

    async fn next_intents(&mut self, after_dseq: u64, bytes_max: usize, count_max: usize) -> Result<ClientInput, Error> {
        let actor = self.incarnation.actor;
        let found = self.store.read_async(move |connection| {
            let incarnation = incarnation::current(connection)?;
            if incarnation.actor != actor {
                return Ok(Err((incarnation, outbox::last_dseq(connection)?)));
            }
            if rewritten::any(connection)? || restored::is_under_way(connection)? {
                // First it must be known what of it the server has.
                return Ok(Ok((Vec::new(), false)));
            }
            outbox::next(connection, after_dseq, bytes_max, count_max).map(Ok)
        });
        match found.await? {
            Ok((intents, more)) => Ok(ClientInput::Outbox { intents, more }),
            Err((incarnation, last_dseq)) => self.renewed(incarnation, last_dseq),
        }
    }

    async fn store_page(&mut self, page: Page) -> Result<ClientInput, Error> {
        let (scope, to) = (page.scope.clone(), page.to);
        let received = self.store.write_async(move |tx| receive::page(tx, &page)).await?;
        self.report.pulled_changes = self.report.pulled_changes.saturating_add(received.changes);
        self.report.decisions = self.report.decisions.saturating_add(received.decisions);
        self.noticed.extend((received.decisions > 0).then_some(Noticed::Decided));
        self.records.extend(received.records.iter().map(|record| record.id));
        if self.live {
            self.noticed.extend(received.records.into_iter().map(Noticed::Changed));
        }
        Ok(ClientInput::Stored { scope, to })
    }

    async fn note_answers(&mut self, answers: Vec<Answer>) -> Result<Option<ClientInput>, Error> {
        let (actor, host) = (self.incarnation.actor, self.host.clone());
        let noted = self.store.write_async(move |tx| said::note(tx, actor, &answers, &host)).await?;
        self.report.pushed = self.report.pushed.saturating_add(noted.settled);
        self.report.refused = self.report.refused.saturating_add(noted.refused);
        self.noticed.push(Noticed::Decided);
        let moved = noted.settled > 0 || noted.refused > 0;
        self.stuck = if moved { 0 } else { self.stuck.saturating_add(1) };
        if self.stuck > STUCK_MAX {
            let message = "the server lacks what this work builds on; it is kept and tried again".to_owned();
            return Err(Error::Server { code: "waiting".to_owned(), message });
        }
        noted.renewed.map(|(incarnation, last_dseq)| self.renewed(incarnation, last_dseq)).transpose()
    }

    async fn renew(&mut self) -> Result<ClientInput, Error> {
        let (actor, host) = (self.incarnation.actor, self.host.clone());
        let (incarnation, last_dseq) = self
            .store
            .write_async(move |tx| {
                // Another process may have done it meanwhile.
                if incarnation::current(tx)?.actor == actor {
                    incarnation::renew(tx, &host)?;
                    reauthor::run(tx, &host, &Cause::NewName)?;
                }
                Ok((incarnation::current(tx)?, outbox::last_dseq(tx)?))
            })
            .await?;
        self.renewed(incarnation, last_dseq)
    }

    fn renewed(&mut self, incarnation: Incarnation, last_dseq: u64) -> Result<ClientInput, Error> {
        self.renewals = self.renewals.saturating_add(1);
        if self.renewals > RENEWALS_MAX {
            let message = "the server keeps refusing work; the rest is tried at the next sync".to_owned();
            return Err(Error::Server { code: "renewals".to_owned(), message });
        }
        self.incarnation = incarnation;
        let (actor, clock_ms) = (self.incarnation.actor(), self.host.clock.now_ms());
        Ok(ClientInput::Renewed { actor, last_dseq, clock_ms })
    }
}

fn ended(code: String, message: String) -> Error {
    match code.as_str() {
        "signed_out" | "token_expired" | "unauthorized" => Error::SignedOut,
        "upgrade_needed" => Error::UpgradeNeeded { reason: message },
        _ => Error::Server { code, message },
    }
}
