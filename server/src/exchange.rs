//! One conversation with a device: what the session orders, done; and the one-shot form of it.
//!
//! Everything here waits for the database, so it runs on threads that may wait. The long-lived form is `live.rs`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use fieldbook_sync::change::ActorBytes;
use fieldbook_sync::frame::{self, Limits};
use fieldbook_sync::message::{Hello, Incarnation, Intent};
use fieldbook_sync::server::{BUSY_RETRY_MS, ServerInput, ServerOutput, ServerSession};
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::org::push::{Push, Pushed};
use crate::org::register::{CLOSED, Registered};
use crate::org::{OrgHandle, people};
use crate::store::log::PageRequest;
use crate::token::Identity;

/// When a device should come back after the server failed.
const FAILED_RETRY_MS: u64 = 5_000;

/// The other end of a conversation.
#[derive(Debug)]
pub(crate) struct Peer {
    identity: Identity,
    org: Arc<OrgHandle>,
    /// Under which name the device was last welcomed.
    registered: Mutex<Option<(ActorBytes, Uuid)>>,
}

/// What to do with an order of the session.
#[derive(Debug)]
pub(crate) enum Order {
    /// It needs the database.
    Work(Work),
    /// Send bytes.
    Send(Vec<u8>),
    /// The conversation is over.
    End,
}

/// Something that needs the database.
#[derive(Debug)]
pub(crate) enum Work {
    Register(Hello),
    Admit(Vec<Intent>),
    Read { scope: String, from: u64, entries_max: usize, bytes_max: usize },
}

/// Sorts an order.
pub(crate) fn order(output: ServerOutput) -> Order {
    match output {
        ServerOutput::Register(hello) => Order::Work(Work::Register(hello)),
        ServerOutput::Admit(intents) => Order::Work(Work::Admit(intents)),
        ServerOutput::Read { scope, from, entries_max, bytes_max } => {
            Order::Work(Work::Read { scope, from, entries_max, bytes_max })
        }
        ServerOutput::Send(bytes) => Order::Send(bytes),
        ServerOutput::Close { code, message } => {
            tracing::debug!(code, message, "a conversation was ended");
            Order::End
        }
        ServerOutput::Done => Order::End,
    }
}

/// Holds a whole conversation: the frames of a request in, the frames of the response out.
pub(crate) fn one_shot(app: &App, identity: &Identity, body: &[u8]) -> Vec<u8> {
    let mut session = ServerSession::new(Limits::default());
    let mut response = Vec::new();
    let peer = match Peer::new(app, identity.clone()) {
        Ok(peer) => Some(peer),
        Err(error) => {
            tracing::error!(%error, "an organisation cannot be opened");
            None
        }
    };
    // What is not a frame is given to the session as well, which knows what to say.
    let frames = frame::split(body).map(|frame| ServerInput::Frame(frame.map(<[u8]>::to_vec).unwrap_or_default()));
    let mut said: VecDeque<ServerInput> = frames.collect();
    said.push_back(ServerInput::Finished);
    let mut replies: VecDeque<ServerInput> = VecDeque::new();
    while let Some(input) = replies.pop_front().or_else(|| said.pop_front()) {
        for output in session.handle(input) {
            match order(output) {
                Order::Work(work) => replies.push_back(peer.as_ref().map_or_else(failed, |peer| peer.perform(work))),
                Order::Send(bytes) => response.extend(bytes),
                Order::End => return response,
            }
        }
    }
    response
}

impl Peer {
    pub(crate) fn new(app: &App, identity: Identity) -> Result<Peer, Error> {
        let org = app.org(identity.org)?;
        Ok(Peer { identity, org, registered: Mutex::new(None) })
    }

    /// The organisation talked to.
    pub(crate) fn org(&self) -> &OrgHandle {
        &self.org
    }

    /// Does what needs the database, and says what the session is to be told.
    pub(crate) fn perform(&self, work: Work) -> ServerInput {
        let done = match work {
            Work::Register(hello) => self.register(hello),
            Work::Admit(intents) => self.admit(intents),
            Work::Read { scope, from, entries_max, bytes_max } => self.read(&scope, from, entries_max, bytes_max),
        };
        done.unwrap_or_else(|error| {
            tracing::error!(%error, "a device could not be served");
            failed()
        })
    }

    fn register(&self, hello: Hello) -> Result<ServerInput, Error> {
        let Some(_place) = self.org.place(self.identity.user) else { return Ok(busy()) };
        let user = (self.identity.user, self.identity.mark);
        let (actor, device) = (hello.actor, hello.device);
        match self.org.turn(move |turn| turn.register(&hello, user))? {
            Registered::Welcome(facts) => {
                let keeps = facts.incarnation == Incarnation::Keep;
                let mut registered = self.registered.lock().unwrap_or_else(PoisonError::into_inner);
                *registered = keeps.then_some((actor, device));
                Ok(ServerInput::Registered(facts))
            }
            Registered::Dismissed { code, message } => Ok(dismiss(code, &message, None)),
        }
    }

    fn admit(&self, intents: Vec<Intent>) -> Result<ServerInput, Error> {
        let Some((actor, device)) = self.registered() else { return Ok(failed()) };
        let Some(_place) = self.org.place(self.identity.user) else { return Ok(busy()) };
        let push = Push { actor, device, user: self.identity.user, intents };
        Ok(match self.org.push(push)? {
            Pushed::Answers(answers) => ServerInput::Answered(answers),
            Pushed::Dismissed { code, message } => dismiss(code, message, None),
        })
    }

    fn read(&self, scope: &str, from: u64, entries_max: usize, bytes_max: usize) -> Result<ServerInput, Error> {
        let Some((asker, device)) = self.registered() else { return Ok(failed()) };
        let user = self.identity.user;
        let request = PageRequest { scope, from, entries_max, bytes_max, asker, user };
        // A conversation may outlast the employment of its user, and its device may have been lost.
        let page = self.org.read(|store| {
            if people::find(store, user)?.is_none_or(|facts| !facts.active) {
                return Ok(Err(("signed_out", "sign in again", None)));
            }
            if store.device(device)?.is_none_or(|device| device.revoked) {
                return Ok(Err((CLOSED.0, CLOSED.1, None)));
            }
            // What its user reads may have become more or less meanwhile: the next Hello is told what it is.
            if !store.scopes_of(user)?.iter().any(|granted| granted == scope) {
                return Ok(Err(("scopes", "what you may read has changed: go on from there", Some(0))));
            }
            store.page(&request).map(Ok)
        })?;
        Ok(match page {
            Ok(page) => ServerInput::Read(page),
            Err((code, message, retry_ms)) => dismiss(code, message, retry_ms),
        })
    }

    /// Whether the device that was welcomed has been shut out since.
    pub(crate) fn is_shut_out(&self) -> bool {
        let Some((_, device)) = self.registered() else { return false };
        self.org.read(|store| store.device(device)).is_ok_and(|device| device.is_some_and(|device| device.revoked))
    }

    fn registered(&self) -> Option<(ActorBytes, Uuid)> {
        *self.registered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a device is told when the server failed.
pub(crate) fn failed() -> ServerInput {
    dismiss("unavailable", "the server cannot answer at the moment", Some(FAILED_RETRY_MS))
}

/// What a device is told whose owner has enough under way.
pub(crate) const BUSY: (&str, &str) = ("busy", "your devices have enough under way");

fn busy() -> ServerInput {
    dismiss(BUSY.0, BUSY.1, Some(BUSY_RETRY_MS))
}

/// Ends a conversation with a reason.
pub(crate) fn dismiss(code: &str, message: &str, retry_ms: Option<u64>) -> ServerInput {
    ServerInput::Dismiss { code: code.to_owned(), message: message.to_owned(), retry_ms }
}
