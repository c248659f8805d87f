//! What the two ends say to each other.
//!
//! Plain data, read and written by postcard inside a frame (`frame.rs`). Field order is the wire format: a change here is
//! a new `PROTOCOL_VERSION`. Nothing here knows what a record is; kinds, scopes and notices are opaque.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::bounded;
use crate::change::{ActorBytes, Hash, WireChange};
use crate::frame::{CHANGES_MAX, CURSORS_MAX, INTENTS_MAX, Limits, PARTS_MAX, RULE_BYTES_MAX};

/// The version of everything in this crate that travels.
pub const PROTOCOL_VERSION: u16 = 2;

/// What a device says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientMessage {
    /// Opens every conversation.
    Hello(Hello),
    /// Work done on the device, in order.
    Push {
        /// The name the work was written under; work of an earlier incarnation is not taken.
        actor: ActorBytes,
        /// The work, with ascending `dseq`.
        #[serde(deserialize_with = "bounded::vec::<_, _, INTENTS_MAX>")]
        intents: Vec<Intent>,
    },
    /// Asks for what follows these cursors.
    Pull {
        /// What is durably stored on the device.
        #[serde(deserialize_with = "bounded::vec::<_, _, CURSORS_MAX>")]
        cursors: Vec<Cursor>,
    },
}

/// Who is calling, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version the device speaks.
    pub protocol: u16,
    /// The device.
    pub device: Uuid,
    /// What its owner calls it.
    pub device_name: String,
    /// The name it writes under.
    pub actor: ActorBytes,
    /// The version of the record schema of the app.
    pub schema: u32,
    /// The device's clock.
    pub clock_ms: i64,
    /// The server database the cursors belong to; `None` at the first contact.
    pub epoch: Option<Uuid>,
    /// What is durably stored on the device.
    #[serde(deserialize_with = "bounded::vec::<_, _, CURSORS_MAX>")]
    pub cursors: Vec<Cursor>,
    /// The highest `dseq` this actor ever issued.
    pub last_dseq: u64,
    /// Whether the connection stays open for news.
    pub live: bool,
}

/// A place in the log of a scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cursor {
    /// The scope.
    pub scope: String,
    /// The last position held.
    pub seq: u64,
}

/// One piece of work: all parts or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The number of this intent among the actor's, from 1 and without gaps.
    pub dseq: u64,
    /// The bundle.
    pub id: Uuid,
    /// The documents it touches.
    #[serde(deserialize_with = "bounded::vec::<_, _, PARTS_MAX>")]
    pub parts: Vec<Part>,
    /// What the device expects to become of it; nothing depends on it.
    pub forecast: Option<Forecast>,
}

/// What a device expects to become of an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// The answer it expects.
    pub expected: Expected,
    /// The rule that will have said so; empty if it will simply be accepted.
    #[serde(deserialize_with = "bounded::text::<_, RULE_BYTES_MAX>")]
    pub rule: String,
}

/// The answers a device can expect to work it lets a person do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expected {
    /// It will have its effect.
    Accepted,
    /// The server will change something about it.
    Adjusted,
    /// It will wait for a person.
    Held,
    /// It will have no effect.
    Rejected,
}

impl Expected {
    /// The answer that would prove it right.
    pub fn status(self) -> Status {
        match self {
            Self::Accepted => Status::Accepted,
            Self::Adjusted => Status::Adjusted,
            Self::Held => Status::Held,
            Self::Rejected => Status::Rejected,
        }
    }
}

impl Forecast {
    /// Nothing will be said against it.
    pub fn accepted() -> Self {
        Self { expected: Expected::Accepted, rule: String::new() }
    }

    /// Whether an answer is the one that was expected, for the reason that was expected.
    pub fn agrees_with(&self, answer: &Answer) -> bool {
        let same = self.expected.status() == answer.status;
        same && (self.expected == Expected::Accepted || self.rule == answer.code)
    }
}

/// The changes of one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The record type of the document.
    pub kind: String,
    /// The document.
    pub doc: Uuid,
    /// Its changes, in order.
    #[serde(deserialize_with = "bounded::vec::<_, _, CHANGES_MAX>")]
    pub changes: Vec<WireChange>,
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServerMessage {
    /// The answer to `Hello`.
    Welcome(Welcome),
    /// What became of pushed intents.
    Answers {
        /// Whose intents; a device that has taken a new name does not mind the answers to its old one.
        actor: ActorBytes,
        /// One for each intent.
        answers: Vec<Answer>,
    },
    /// A stretch of the log of one scope.
    Page(Page),
    /// The device has everything up to here.
    CaughtUp {
        /// How far each scope has come.
        cursors: Vec<Cursor>,
        /// Whether the exchange ended before the log did.
        more: bool,
    },
    /// The end of the conversation.
    Bye {
        /// A stable word.
        code: String,
        /// A sentence for a person.
        message: String,
        /// When to come back; `None` if coming back will not help.
        retry_ms: Option<u64>,
    },
}

/// The terms of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// Who is welcomed.
    pub actor: ActorBytes,
    /// The server's clock.
    pub server_ms: i64,
    /// The server database; cursors of another one are void.
    pub epoch: Uuid,
    /// The highest `dseq` of this actor the server has answered.
    pub acked_dseq: u64,
    /// Whether the device may go on writing under its name.
    pub incarnation: Incarnation,
    /// What the server takes.
    pub limits: Limits,
    /// The scopes the device may read.
    pub scopes: Vec<String>,
}

/// Whether the device may go on writing under its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Incarnation {
    /// It may.
    Keep,
    /// The device was rolled back or cloned: take a new actor, re-author the outbox, say Hello again.
    Renew {
        /// A stable word.
        reason: String,
    },
}

/// What became of one intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The intent.
    pub dseq: u64,
    /// What became of it.
    pub status: Status,
    /// A stable word.
    pub code: String,
    /// A sentence for a person.
    pub message: String,
    /// The position in the log from which its effect can be read; 0 if it has none.
    pub seq: u64,
}

/// What became of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Merged, and it has its effect.
    Accepted,
    /// Merged, and the server changed something about it.
    Adjusted,
    /// Merged, and its effect waits for a person.
    Held,
    /// Merged, and it has no effect.
    Rejected,
    /// Not merged: malformed or not allowed. What follows must be authored again.
    Refused,
    /// Not merged: it builds on a change that was refused or is not there.
    Waiting,
}

impl Status {
    /// Whether the intent is not in the server's documents, so that nothing after it can be.
    pub fn stops_pushing(self) -> bool {
        match self {
            Self::Refused | Self::Waiting => true,
            Self::Accepted | Self::Adjusted | Self::Held | Self::Rejected => false,
        }
    }
}

/// A stretch of the log of one scope: the positions after `from` up to and with `to`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The scope.
    pub scope: String,
    /// The position before the first.
    pub from: u64,
    /// The last position.
    pub to: u64,
    /// Whether the log goes on.
    pub more: bool,
    /// What happened, ascending by `seq`.
    pub entries: Vec<Entry>,
}

impl Page {
    /// Whether the entries ascend and lie within the stretch.
    pub fn is_sound(&self) -> bool {
        self.entries.is_sorted_by_key(|entry| entry.seq)
            && self.entries.iter().all(|entry| entry.seq > self.from && entry.seq <= self.to)
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its position.
    pub seq: u64,
    /// Entries of one server transaction carry the same group.
    pub group: u64,
    /// What happened.
    pub body: EntryBody,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryBody {
    /// A document changed.
    Changes {
        /// Its record type.
        kind: String,
        /// The document.
        doc: Uuid,
        /// The changes, in order.
        changes: Vec<WireChange>,
    },
    /// A whole document.
    Snapshot {
        /// Its record type.
        kind: String,
        /// The document.
        doc: Uuid,
        /// Its heads, by which the bytes can be checked.
        heads: Vec<Hash>,
        /// The saved document, made by the server.
        bytes: Vec<u8>,
    },
    /// The asking actor's own change, by name only.
    Own {
        /// The document.
        doc: Uuid,
        /// The change.
        hash: Hash,
    },
    /// Who an actor is.
    Actor {
        /// The name that appears in changes.
        actor: ActorBytes,
        /// The device behind it.
        device: Uuid,
        /// The person behind it.
        user: Uuid,
        /// What the device is called.
        device_name: String,
    },
    /// A decision, as JSON the app can read.
    Notice {
        /// The decision.
        id: Uuid,
        /// Its JSON.
        body: String,
    },
    /// The device may no longer see a document.
    Leave {
        /// Its record type.
        kind: String,
        /// The document.
        doc: Uuid,
    },
}
