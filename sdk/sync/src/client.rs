//! The device's end of a conversation, as a state machine.
//!
//! Events go in, orders come out; the shell owns the socket, the store and the clock, and carries out the orders in the
//! order given. The same machine runs over one-shot HTTP exchanges (`live: false`, each request starts with a Hello) and
//! over a connection that stays open. It never merges, and it never forgets an intent: those stay with the shell.

use serde::Serialize;
use uuid::Uuid;

use crate::change::ActorBytes;
use crate::error::Error;
use crate::frame::{self, Limits};
use crate::message::{Answer, ClientMessage, Cursor, Hello, Incarnation, Intent, PROTOCOL_VERSION, Page, ServerMessage, Welcome};

mod outbox;
mod places;

pub use outbox::PUSH_BYTES_MAX;
use outbox::{Batch, Outbox};
use places::{Fit, Places};

/// What the device knows when a session starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientFacts {
    /// The device.
    pub device: Uuid,
    /// What its owner calls it.
    pub device_name: String,
    /// The name it writes under.
    pub actor: ActorBytes,
    /// The version of the record schema of the app.
    pub schema: u32,
    /// The server database the cursors belong to.
    pub epoch: Option<Uuid>,
    /// What is durably stored.
    pub cursors: Vec<Cursor>,
    /// The highest `dseq` this actor ever issued.
    pub last_dseq: u64,
    /// Whether to stay connected for news.
    pub live: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientInput {
    /// There is a way to the server.
    Connected {
        /// The device's clock.
        clock_ms: i64,
    },
    /// The server said something.
    Frame(Vec<u8>),
    /// The way to the server is gone.
    Disconnected,
    /// The reply to `NextIntents`, given before anything else is told.
    Outbox {
        /// Unanswered intents after the asked `dseq`, in order.
        intents: Vec<Intent>,
        /// Whether there are others.
        more: bool,
    },
    /// A page is durable.
    Stored {
        /// Its scope.
        scope: String,
        /// Its last position.
        to: u64,
    },
    /// The outbox grew.
    LocalWork,
    /// The device took a new name and authored its outbox again.
    Renewed {
        /// The new name.
        actor: ActorBytes,
        /// The highest `dseq` issued under it.
        last_dseq: u64,
        /// The device's clock.
        clock_ms: i64,
    },
}

/// What the shell is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientOutput {
    /// Send a frame.
    Send(Vec<u8>),
    /// Reply with `Outbox`.
    NextIntents {
        /// Only intents after this one.
        after_dseq: u64,
        /// About how many bytes.
        bytes_max: usize,
        /// How many at most.
        count_max: usize,
    },
    /// Store a page and its cursor in one transaction, then say `Stored`; if that cannot be done, make a new session.
    StorePage(Page),
    /// Note what became of intents, and take them out of the outbox.
    Answers(Vec<Answer>),
    /// Note the terms; scopes that are not listed are no longer the device's, and their cursors are void.
    Welcomed {
        /// The server's clock.
        server_ms: i64,
        /// The server database.
        epoch: Uuid,
        /// The scopes the device may read.
        scopes: Vec<String>,
        /// The highest `dseq` the server has answered.
        acked_dseq: u64,
    },
    /// Take a new name, author the outbox again, then say `Renewed`.
    Renew {
        /// Why.
        reason: String,
    },
    /// Void every cursor: this is another server database.
    EpochChanged {
        /// The server database.
        epoch: Uuid,
    },
    /// Everything the server had is stored.
    CaughtUp,
    /// End the connection; this side is done with it.
    Close,
    /// The server, or this version, will not go on.
    Failed {
        /// A stable word.
        code: String,
        /// A sentence for a person.
        message: String,
        /// When to come back; `None` if coming back will not help.
        retry_ms: Option<u64>,
    },
    /// End the connection and come back: what arrived makes no sense.
    Reconnect,
}

/// What is known of the answer to the last Hello or Pull.
#[derive(Debug, Clone, Default)]
struct Exchange {
    /// The server has welcomed this actor.
    welcomed: bool,
    /// The server asked for a new name.
    renewing: bool,
    /// The server has been asked for pages and has not said how far it came.
    pulling: bool,
    /// The server said how far it came; the content is whether there is more.
    ended: Option<bool>,
    /// A page is missing.
    gap: bool,
    /// A page was taken.
    progress: bool,
}

/// The device's end of a conversation.
#[derive(Debug, Clone)]
pub struct ClientSession {
    facts: ClientFacts,
    places: Places,
    outbox: Outbox,
    exchange: Exchange,
    limits: Limits,
    connected: bool,
    /// Hello waits until every page handed out is durable.
    greeting_due: bool,
    clock_ms: i64,
}

impl ClientSession {
    /// Makes a session that is not connected.
    pub fn new(mut facts: ClientFacts) -> Self {
        Self {
            places: Places::new(std::mem::take(&mut facts.cursors)),
            facts,
            outbox: Outbox::default(),
            exchange: Exchange::default(),
            limits: Limits::default(),
            connected: false,
            greeting_due: false,
            clock_ms: 0,
        }
    }

    /// Takes one event; the orders are to be carried out in the order given.
    pub fn handle(&mut self, input: ClientInput) -> Vec<ClientOutput> {
        match input {
            ClientInput::Connected { clock_ms } => {
                self.clock_ms = clock_ms;
                self.connected = true;
                self.begin()
            }
            ClientInput::Disconnected => {
                self.connected = false;
                self.greeting_due = false;
                Vec::new()
            }
            ClientInput::Stored { scope, to } => {
                self.places.store(Cursor { scope, seq: to });
                if self.greeting_due && self.places.is_settled() { self.begin() } else { self.settle() }
            }
            ClientInput::LocalWork => {
                self.outbox.grew();
                if self.facts.live { self.ask() } else { Vec::new() }
            }
            ClientInput::Renewed { actor, last_dseq, clock_ms } => {
                self.facts.actor = actor;
                self.facts.last_dseq = last_dseq;
                self.clock_ms = clock_ms;
                self.outbox.renew();
                if self.connected { self.begin() } else { Vec::new() }
            }
            ClientInput::Frame(_) | ClientInput::Outbox { .. } if !self.connected => Vec::new(),
            ClientInput::Outbox { intents, more } => self.push(intents, more),
            ClientInput::Frame(bytes) => match frame::decode(&bytes) {
                Ok(message) => self.hear(message),
                Err(error @ Error::UpgradeNeeded { .. }) => self.fail(&error),
                Err(_) => vec![ClientOutput::Reconnect],
            },
        }
    }

    /// Says Hello and asks for work at once, so that Hello, pushes and pages share one round trip.
    fn begin(&mut self) -> Vec<ClientOutput> {
        self.outbox.restart();
        self.exchange = Exchange { pulling: true, ..Exchange::default() };
        // Pages of the last connection may still be on their way to the disk: asking now would bring them twice.
        self.greeting_due = !self.places.is_settled();
        if self.greeting_due {
            return Vec::new();
        }
        let hello = Hello {
            protocol: PROTOCOL_VERSION,
            device: self.facts.device,
            device_name: self.facts.device_name.clone(),
            actor: self.facts.actor,
            schema: self.facts.schema,
            clock_ms: self.clock_ms,
            epoch: self.facts.epoch,
            cursors: self.places.cursors(),
            last_dseq: self.facts.last_dseq,
            live: self.facts.live,
        };
        let mut outputs = self.send(&ClientMessage::Hello(hello));
        outputs.extend(self.ask());
        outputs
    }

    fn ask(&mut self) -> Vec<ClientOutput> {
        if !self.connected || self.greeting_due {
            return Vec::new();
        }
        let next = |after_dseq| ClientOutput::NextIntents {
            after_dseq,
            bytes_max: PUSH_BYTES_MAX,
            count_max: self.limits.intents_max as usize,
        };
        self.outbox.ask().map(next).into_iter().collect()
    }

    fn push(&mut self, intents: Vec<Intent>, more: bool) -> Vec<ClientOutput> {
        match self.outbox.fill(intents, more, &self.limits) {
            Batch::Nothing => self.settle(),
            Batch::Unsendable(answer) => {
                let mut outputs = vec![ClientOutput::Answers(vec![answer])];
                outputs.extend(self.settle());
                outputs
            }
            Batch::Push(intents) => {
                let highest = intents.last().map_or(0, |intent| intent.dseq);
                self.facts.last_dseq = highest.max(self.facts.last_dseq);
                let actor = self.facts.actor;
                self.send(&ClientMessage::Push { actor, intents })
            }
        }
    }

    fn hear(&mut self, message: ServerMessage) -> Vec<ClientOutput> {
        match message {
            ServerMessage::Welcome(welcome) if welcome.actor == self.facts.actor => self.welcome(welcome),
            ServerMessage::Bye { code, message, retry_ms } => {
                self.connected = false;
                let failed = ClientOutput::Failed { code, message, retry_ms };
                vec![failed, ClientOutput::Close]
            }
            // Before the welcome nothing can be for this incarnation.
            _ if !self.exchange.welcomed => Vec::new(),
            ServerMessage::Answers { actor, answers } if actor == self.facts.actor => self.note(answers),
            ServerMessage::Page(page) => self.take(page),
            ServerMessage::CaughtUp { cursors, more } => {
                self.exchange.gap |= self.places.is_behind(&cursors);
                self.exchange.pulling = false;
                self.exchange.ended = Some(more);
                self.settle()
            }
            ServerMessage::Welcome(_) | ServerMessage::Answers { .. } => Vec::new(),
        }
    }

    fn welcome(&mut self, welcome: Welcome) -> Vec<ClientOutput> {
        self.limits = welcome.limits;
        if let Incarnation::Renew { reason } = welcome.incarnation {
            if std::mem::replace(&mut self.exchange.renewing, true) {
                return Vec::new();
            }
            self.outbox.stop();
            return vec![ClientOutput::Renew { reason }];
        }
        let mut outputs = Vec::new();
        let known = self.facts.epoch.replace(welcome.epoch);
        if known.is_some_and(|known| known != welcome.epoch) {
            self.places.clear();
            outputs.push(ClientOutput::EpochChanged { epoch: welcome.epoch });
        }
        self.places.keep_only(&welcome.scopes);
        self.exchange.welcomed = true;
        outputs.push(ClientOutput::Welcomed {
            server_ms: welcome.server_ms,
            epoch: welcome.epoch,
            scopes: welcome.scopes,
            acked_dseq: welcome.acked_dseq,
        });
        outputs
    }

    fn note(&mut self, answers: Vec<Answer>) -> Vec<ClientOutput> {
        let answers = self.outbox.answer(answers);
        if answers.is_empty() {
            return Vec::new();
        }
        let mut outputs = vec![ClientOutput::Answers(answers)];
        outputs.extend(if self.facts.live { self.ask() } else { self.settle() });
        outputs
    }

    fn take(&mut self, page: Page) -> Vec<ClientOutput> {
        if !page.is_sound() {
            return vec![ClientOutput::Reconnect];
        }
        match self.places.hand_out(&page) {
            Fit::Next => {
                self.exchange.progress = true;
                vec![ClientOutput::StorePage(page)]
            }
            Fit::Known => Vec::new(),
            Fit::Gap if self.facts.live && !self.exchange.pulling => self.pull(),
            Fit::Gap => {
                self.exchange.gap = true;
                Vec::new()
            }
        }
    }

    /// Decides how to go on once the server has said its say and all of it is durable.
    fn settle(&mut self) -> Vec<ClientOutput> {
        let Some(more) = self.exchange.ended else {
            return Vec::new();
        };
        let answered = self.facts.live || self.outbox.is_answered();
        if !self.connected || !self.places.is_settled() || !answered {
            return Vec::new();
        }
        let again = more || self.exchange.gap;
        if again && !self.exchange.progress {
            // Asking again for what just did not come would go on for ever; a repeated frame also ends here.
            return Vec::new();
        }
        match (again, self.facts.live) {
            (true, true) => self.pull(),
            (true, false) => self.begin(),
            (false, false) if self.outbox.wants() => self.begin(),
            (false, live) => {
                self.exchange.ended = None;
                self.connected = live;
                let close = (!live).then_some(ClientOutput::Close);
                std::iter::once(ClientOutput::CaughtUp).chain(close).collect()
            }
        }
    }

    fn pull(&mut self) -> Vec<ClientOutput> {
        self.exchange = Exchange { welcomed: true, pulling: true, ..Exchange::default() };
        self.send(&ClientMessage::Pull { cursors: self.places.cursors() })
    }

    fn send<T: Serialize>(&mut self, message: &T) -> Vec<ClientOutput> {
        match frame::encode(message) {
            Ok(bytes) => vec![ClientOutput::Send(bytes)],
            Err(error) => self.fail(&error),
        }
    }

    fn fail(&mut self, error: &Error) -> Vec<ClientOutput> {
        self.connected = false;
        let failed = ClientOutput::Failed { code: error.code().to_owned(), message: error.to_string(), retry_ms: None };
        vec![failed, ClientOutput::Close]
    }
}
