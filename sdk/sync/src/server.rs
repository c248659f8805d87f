//! The server's end of a conversation, as a state machine.
//!
//! One session serves one connection, or one request of a one-shot exchange. The shell owns accounts, judging and the log,
//! carries out the orders in the order given, and replies to each `Register`, `Admit` and `Read` once. It never parses a
//! change, and no page leaves before the device is welcomed under its present name.

use std::collections::VecDeque;

use serde::Serialize;
use uuid::Uuid;

use crate::change::ActorBytes;
use crate::error::{Error, within};
use crate::frame::{self, CURSORS_MAX, Limits};
use crate::message::{Answer, ClientMessage, Cursor, Hello, Incarnation, Intent, PROTOCOL_VERSION, Page, ServerMessage, Welcome};

mod bounds;
mod readings;

use bounds::{check_hello, check_push};
use readings::{Readings, Use};

/// Bytes of pages sent before the device must ask again; what a slow device can make the server hold.
pub const WINDOW_BYTES: usize = 8 << 20;
/// Entries of one page.
pub const READ_ENTRIES_MAX: usize = 2_000;
/// Bytes of one page, unless one group alone is bigger.
pub const READ_BYTES_MAX: usize = 256 << 10;
/// Pushes that may wait for their turn on one connection.
pub const PUSHES_WAITING_MAX: usize = 8;
/// When a device that pushed too eagerly should come back.
pub const BUSY_RETRY_MS: u64 = 1_000;

/// The shell's reply to `Register`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WelcomeFacts {
    /// The server's clock.
    pub server_ms: i64,
    /// The server database.
    pub epoch: Uuid,
    /// The highest `dseq` of this actor that is answered.
    pub acked_dseq: u64,
    /// Whether the device may go on under its name.
    pub incarnation: Incarnation,
    /// The scopes it may read, most wanted first; at most `CURSORS_MAX`.
    pub scopes: Vec<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerInput {
    /// The device said something.
    Frame(Vec<u8>),
    /// The request is complete: nothing more will be said in this one-shot exchange.
    Finished,
    /// The reply to `Register`; told again without being asked, it changes the terms of an open session.
    Registered(WelcomeFacts),
    /// The device is not let in, or not any longer.
    Dismiss {
        /// A stable word.
        code: String,
        /// A sentence for a person.
        message: String,
        /// When to come back.
        retry_ms: Option<u64>,
    },
    /// The reply to `Admit`.
    Answered(Vec<Answer>),
    /// The reply to `Read`; empty with `to == from` if there is nothing.
    Read(Page),
    /// There may be something new in any scope.
    LogMoved,
    /// There is something new in one scope.
    ScopeMoved {
        /// The scope.
        scope: String,
    },
}

/// What the shell is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerOutput {
    /// Look up the device, and reply with `Registered` or `Dismiss`.
    Register(Hello),
    /// Judge intents, and reply with `Answered`.
    Admit(Vec<Intent>),
    /// Read the log of a scope for the actor last registered, and reply with `Read`.
    Read {
        /// The scope.
        scope: String,
        /// The position after which to read.
        from: u64,
        /// How many entries at most.
        entries_max: usize,
        /// About how many bytes.
        bytes_max: usize,
    },
    /// Send a frame.
    Send(Vec<u8>),
    /// The one-shot exchange is complete: end the response.
    Done,
    /// End the connection.
    Close {
        /// A stable word.
        code: String,
        /// A sentence for the log.
        message: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing but Hello is taken.
    Opening,
    /// The shell looks up the device.
    Registering,
    /// The device is welcome.
    Open,
    /// The device was told to take a new name, and what it says before its next Hello is void.
    Renewing,
    /// Nothing is taken.
    Closed,
}

/// Who is calling.
#[derive(Debug, Clone)]
struct Peer {
    hello: Hello,
    /// Replies to `Register` still to come; only the last is for `hello`.
    registers: u32,
}

/// The server's end of a conversation.
#[derive(Debug, Clone)]
pub struct ServerSession {
    limits: Limits,
    phase: Phase,
    peer: Option<Peer>,
    finished: bool,
    waiting: VecDeque<Vec<Intent>>,
    /// Whose intents the shell is judging.
    admitting: Option<ActorBytes>,
    readings: Readings,
    window: usize,
    /// The device is to be told how far it has come.
    owed: bool,
}

impl ServerSession {
    /// Makes a session for a new connection or request.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            phase: Phase::Opening,
            peer: None,
            finished: false,
            waiting: VecDeque::new(),
            admitting: None,
            readings: Readings::default(),
            window: WINDOW_BYTES,
            owed: false,
        }
    }

    /// Takes one event; the orders are to be carried out in the order given.
    pub fn handle(&mut self, input: ServerInput) -> Vec<ServerOutput> {
        if self.phase == Phase::Closed {
            return Vec::new();
        }
        match input {
            ServerInput::Frame(bytes) => match self.read(&bytes) {
                Ok(message) => self.hear(message),
                Err(error) => self.bye(error.code(), &error.to_string(), None),
            },
            ServerInput::Finished => {
                self.finished = true;
                self.finish()
            }
            ServerInput::Registered(facts) => self.welcome(facts),
            ServerInput::Dismiss { code, message, retry_ms } => self.bye(&code, &message, retry_ms),
            ServerInput::Answered(answers) => {
                let Some(actor) = self.admitting.take() else {
                    return Vec::new();
                };
                let mut outputs = self.send(&ServerMessage::Answers { actor, answers });
                outputs.extend(self.advance());
                outputs
            }
            ServerInput::Read(page) => self.page(page),
            ServerInput::LogMoved => {
                self.readings.moved(None);
                self.advance()
            }
            ServerInput::ScopeMoved { scope } => {
                self.readings.moved(Some(&scope));
                self.advance()
            }
        }
    }

    fn read(&self, bytes: &[u8]) -> Result<ClientMessage, Error> {
        within("frame bytes", bytes.len(), self.limits.frame_bytes_max as usize)?;
        frame::decode_within(bytes, self.limits.unpacked_bytes_max as usize)
    }

    fn hear(&mut self, message: ClientMessage) -> Vec<ServerOutput> {
        match (message, self.phase) {
            (ClientMessage::Hello(hello), _) => self.hello(hello),
            (_, Phase::Opening) => self.bye("hello_first", "the first message must be Hello", None),
            (ClientMessage::Push { actor, intents }, Phase::Registering | Phase::Open) => self.push(actor, intents),
            (ClientMessage::Pull { cursors }, Phase::Open) => {
                self.readings.rewind(&cursors);
                self.window = WINDOW_BYTES;
                self.owed = true;
                self.advance()
            }
            // A Pull before the welcome adds nothing to the cursors of the Hello.
            (ClientMessage::Push { .. } | ClientMessage::Pull { .. }, _) => Vec::new(),
        }
    }

    fn hello(&mut self, hello: Hello) -> Vec<ServerOutput> {
        if hello.protocol != PROTOCOL_VERSION {
            let error = Error::UpgradeNeeded { theirs: hello.protocol, ours: PROTOCOL_VERSION };
            return self.bye(error.code(), &error.to_string(), None);
        }
        if let Err(error) = check_hello(&hello) {
            return self.bye(error.code(), &error.to_string(), None);
        }
        let registers = self.peer.as_ref().map_or(0, |peer| peer.registers);
        let repeated = self.peer.as_ref().is_some_and(|peer| peer.hello == hello);
        if repeated && self.phase == Phase::Registering {
            return Vec::new();
        }
        self.phase = Phase::Registering;
        self.waiting.clear();
        self.peer = Some(Peer { hello: hello.clone(), registers: registers.saturating_add(1) });
        vec![ServerOutput::Register(hello)]
    }

    fn push(&mut self, actor: ActorBytes, intents: Vec<Intent>) -> Vec<ServerOutput> {
        if self.peer.as_ref().is_none_or(|peer| peer.hello.actor != actor) {
            return Vec::new();
        }
        if let Err(error) = check_push(&intents, &self.limits) {
            return self.bye(error.code(), &error.to_string(), None);
        }
        if self.waiting.len() >= PUSHES_WAITING_MAX {
            let retry_ms = Some(BUSY_RETRY_MS);
            return self.bye("busy", "too many pushes are waiting", retry_ms);
        }
        if !intents.is_empty() {
            self.waiting.push_back(intents);
        }
        self.advance()
    }

    fn welcome(&mut self, facts: WelcomeFacts) -> Vec<ServerOutput> {
        let Some(peer) = &mut self.peer else {
            return Vec::new();
        };
        let asked = peer.registers > 0;
        peer.registers = peer.registers.saturating_sub(1);
        if peer.registers > 0 || (!asked && self.phase != Phase::Open) {
            return Vec::new();
        }
        if let Err(error) = within("scopes", facts.scopes.len(), CURSORS_MAX) {
            return self.bye(error.code(), &error.to_string(), None);
        }
        let same_epoch = peer.hello.epoch.is_none_or(|epoch| epoch == facts.epoch);
        let cursors = if same_epoch { peer.hello.cursors.clone() } else { Vec::new() };
        let actor = peer.hello.actor;
        if facts.incarnation == Incarnation::Keep {
            self.phase = Phase::Open;
            // A scope granted anew in an open session starts at nothing: the device dropped it when it lost it.
            self.readings.grant(&facts.scopes, if asked { &cursors } else { &[] });
            if asked {
                self.readings.rewind(&cursors);
                self.window = WINDOW_BYTES;
                self.owed = true;
            }
        } else {
            self.phase = Phase::Renewing;
            self.waiting.clear();
        }
        let mut outputs = self.send(&ServerMessage::Welcome(Welcome {
            actor,
            server_ms: facts.server_ms,
            epoch: facts.epoch,
            acked_dseq: facts.acked_dseq,
            incarnation: facts.incarnation,
            limits: self.limits,
            scopes: facts.scopes,
        }));
        outputs.extend(self.finish());
        outputs
    }

    fn page(&mut self, page: Page) -> Vec<ServerOutput> {
        let mut outputs = match self.readings.finish(&page) {
            // A page read for a name the device has put down must not reach it under the new one.
            Use::Send if self.phase == Phase::Open => {
                let outputs = self.send(&ServerMessage::Page(page));
                self.window = self.window.saturating_sub(sent_bytes(&outputs));
                self.owed |= self.window == 0;
                outputs
            }
            Use::Send | Use::Drop => Vec::new(),
            Use::Wrong => self.bye("internal", "the log gave another page than was asked", None),
        };
        outputs.extend(self.finish());
        outputs
    }

    /// Goes on, or ends a request that has nothing to wait for.
    fn finish(&mut self) -> Vec<ServerOutput> {
        let live = self.peer.as_ref().is_some_and(|peer| peer.hello.live);
        match self.phase {
            Phase::Opening | Phase::Renewing if self.finished && !live => {
                self.phase = Phase::Closed;
                vec![ServerOutput::Done]
            }
            Phase::Open => self.advance(),
            Phase::Opening | Phase::Registering | Phase::Renewing | Phase::Closed => Vec::new(),
        }
    }

    /// Gives the shell what there is to do, one push and one page of each scope at a time.
    fn advance(&mut self) -> Vec<ServerOutput> {
        let Some(Peer { hello, .. }) = self.peer.as_ref().filter(|_| self.phase == Phase::Open) else {
            return Vec::new();
        };
        let (live, actor) = (hello.live, hello.actor);
        let mut outputs = Vec::new();
        if self.admitting.is_none()
            && let Some(intents) = self.waiting.pop_front()
        {
            self.admitting = Some(actor);
            outputs.push(ServerOutput::Admit(intents));
        }
        // A one-shot exchange ends with its pages, so these wait for the effect of its own pushes.
        if !live && (!self.finished || self.admitting.is_some()) {
            return outputs;
        }
        if self.window > 0 {
            let read =
                |(scope, from)| ServerOutput::Read { scope, from, entries_max: READ_ENTRIES_MAX, bytes_max: READ_BYTES_MAX };
            outputs.extend(self.readings.start().into_iter().map(read));
        }
        if self.owed && !self.readings.is_reading() {
            outputs.extend(self.caught_up(live));
        }
        outputs
    }

    fn caught_up(&mut self, live: bool) -> Vec<ServerOutput> {
        self.owed = false;
        // With the window used up a live device must ask again even if, at this moment, there is nothing.
        let more = self.readings.has_more() || (live && self.window == 0);
        let cursors: Vec<Cursor> = self.readings.cursors();
        let mut outputs = self.send(&ServerMessage::CaughtUp { cursors, more });
        if !live && self.phase == Phase::Open {
            self.phase = Phase::Closed;
            outputs.push(ServerOutput::Done);
        }
        outputs
    }

    fn send<T: Serialize>(&mut self, message: &T) -> Vec<ServerOutput> {
        match frame::encode(message) {
            Ok(bytes) => vec![ServerOutput::Send(bytes)],
            Err(error) => self.bye("internal", &error.to_string(), None),
        }
    }

    fn bye(&mut self, code: &str, message: &str, retry_ms: Option<u64>) -> Vec<ServerOutput> {
        self.phase = Phase::Closed;
        let bye = ServerMessage::Bye { code: code.to_owned(), message: message.to_owned(), retry_ms };
        let close = ServerOutput::Close { code: code.to_owned(), message: message.to_owned() };
        let send = frame::encode(&bye).ok().map(ServerOutput::Send);
        send.into_iter().chain([close]).collect()
    }
}

fn sent_bytes(outputs: &[ServerOutput]) -> usize {
    let bytes = |output: &ServerOutput| match output {
        ServerOutput::Send(bytes) => bytes.len(),
        ServerOutput::Register(_)
        | ServerOutput::Admit(_)
        | ServerOutput::Read { .. }
        | ServerOutput::Done
        | ServerOutput::Close { .. } => 0,
    };
    outputs.iter().map(bytes).sum()
}
