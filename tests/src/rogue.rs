//! A modified app: it makes whatever changes it likes and says whatever it likes to the server.

#![expect(clippy::panic, reason = "a story that cannot go on ends its test")]

use crate::world::{MONDAY_MS, World};
use automerge::{ActorId, Automerge};
use fieldbook_domain::document::{self, Write};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::key;
use fieldbook_domain::raw::{Action, Raw};
use fieldbook_domain::record::{RecordType, SCHEMA_VERSION, find};
use fieldbook_server::app::App;
use fieldbook_server::token::Identity;
use fieldbook_sync::change::{ActorBytes, Dep, Hash, WireChange};
use fieldbook_sync::frame;
use fieldbook_sync::message::{
    Answer, ClientMessage, Cursor, EntryBody, Hello, Intent, PROTOCOL_VERSION, Part, ServerMessage, Status,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A modified app of somebody.
#[derive(Clone, Debug)]
pub struct Rogue {
    /// The server it talks to.
    pub app: App,
    /// Who its owner is to the server.
    pub identity: Identity,
    /// Its device.
    pub device: Uuid,
    /// What it writes under.
    pub actor: ActorBytes,
    /// The number of its last piece of work.
    pub dseq: u64,
    /// How far it has come in the log.
    pub cursors: Vec<Cursor>,
    /// The documents it has.
    pub docs: BTreeMap<RecordId, (&'static RecordType, Automerge)>,
}

impl Rogue {
    /// The modified app number so many of a user.
    #[must_use]
    pub fn of(world: &World, user: RecordId, number: u64) -> Rogue {
        let device = Uuid::new_v5(&user.0, &number.to_be_bytes());
        let (app, identity) = (world.app.clone(), world.identity(user));
        Rogue { app, identity, device, actor: device.into_bytes(), dseq: 0, cursors: Vec::new(), docs: BTreeMap::new() }
    }

    /// The same, with everything its owner may read.
    #[must_use]
    pub fn with_everything(world: &World, user: RecordId, number: u64) -> Rogue {
        let mut app = Rogue::of(world, user, number);
        app.fetch();
        app
    }

    /// A record as it has it.
    #[must_use]
    pub fn sees(&self, id: RecordId) -> Raw {
        self.docs.get(&id).and_then(|(_, doc)| document::read(doc).ok()).unwrap_or_default()
    }

    /// Writes a record and gives what is to be sent; no rule is asked.
    pub fn write(&mut self, kind: &str, id: RecordId, writes: &[Write]) -> Part {
        let kind = find(kind).unwrap_or_else(|| panic!("{kind} is no type"));
        let actor = self.actor;
        let doc = self.doc(kind, id);
        doc.set_actor(ActorId::from(&actor[..]));
        let change = document::write(doc, writes, MONDAY_MS, None).ok().flatten();
        let change = change.unwrap_or_else(|| panic!("{writes:?} change nothing of {id}"));
        let wire = WireChange::from_change(&change, &genesis(kind, id), None);
        let wire = wire.unwrap_or_else(|error| panic!("{writes:?} cannot travel: {error}"));
        Part { kind: kind.name.to_owned(), doc: id.0, changes: vec![wire] }
    }

    /// Performs an action and gives what is to be sent; no rule is asked.
    pub fn act(&mut self, kind: &str, id: RecordId, verb: &str, args: Map<String, Value>) -> Part {
        let turn = self.sees(id).next_turn();
        let action = id.derived(&format!("{verb}/{turn}/{}", self.device));
        let entry = Action { id: action, action: verb.to_owned(), by: self.identity.user, at: MONDAY_MS, turn, args };
        let text = serde_json::to_string(&entry).unwrap_or_default();
        self.write(kind, id, &[Write::put(key::action(action), text)])
    }

    /// Sends parts as one intent; gives the answer.
    pub fn push(&mut self, parts: Vec<Part>) -> Answer {
        self.dseq += 1;
        let intent = Intent { dseq: self.dseq, id: Uuid::new_v5(&self.device, &self.dseq.to_be_bytes()), parts, forecast: None };
        let said = self.say(vec![ClientMessage::Push { actor: self.actor, intents: vec![intent] }]);
        answers(&said).into_iter().next().unwrap_or_else(|| panic!("no answer to the push but {said:?}"))
    }

    /// Writes a record and sends that alone; gives the answer.
    pub fn write_and_push(&mut self, kind: &str, id: RecordId, writes: &[Write]) -> Answer {
        let part = self.write(kind, id, writes);
        self.push(vec![part])
    }

    /// Each part as an intent of its own, in one push.
    pub fn intents(&mut self, parts: Vec<Part>) -> ClientMessage {
        let mut intents = Vec::new();
        for part in parts {
            self.dseq += 1;
            intents.push(Intent {
                dseq: self.dseq,
                id: Uuid::new_v5(&self.device, &self.dseq.to_be_bytes()),
                parts: vec![part],
                forecast: None,
            });
        }
        ClientMessage::Push { actor: self.actor, intents }
    }

    /// Says something after a Hello, takes the news in, and gives everything the server said.
    pub fn say(&mut self, messages: Vec<ClientMessage>) -> Vec<ServerMessage> {
        let mut body = Vec::new();
        for message in [ClientMessage::Hello(self.hello())].into_iter().chain(messages) {
            body.extend(frame::encode(&message).unwrap_or_default());
        }
        let said = heard(&self.app.exchange(&self.identity, &body));
        for message in &said {
            match message {
                ServerMessage::Page(page) => page.entries.iter().for_each(|entry| self.take(&entry.body)),
                ServerMessage::CaughtUp { cursors, .. } => self.cursors = cursors.clone(),
                ServerMessage::Welcome(_) | ServerMessage::Answers { .. } | ServerMessage::Bye { .. } => {}
            }
        }
        said
    }

    /// Fetches everything there is.
    pub fn fetch(&mut self) -> &mut Self {
        self.say(Vec::new());
        self
    }

    fn hello(&self) -> Hello {
        Hello {
            protocol: PROTOCOL_VERSION,
            device: self.device,
            device_name: "modified".to_owned(),
            actor: self.actor,
            schema: SCHEMA_VERSION,
            clock_ms: MONDAY_MS,
            epoch: None,
            cursors: self.cursors.clone(),
            last_dseq: self.dseq,
            live: false,
        }
    }

    fn doc(&mut self, kind: &'static RecordType, id: RecordId) -> &mut Automerge {
        let actor = self.actor;
        let make = || document::create(kind, id, &actor).unwrap_or_else(|error| panic!("a document: {error}"));
        &mut self.docs.entry(id).or_insert_with(|| (kind, make())).1
    }

    fn take(&mut self, entry: &EntryBody) {
        let EntryBody::Changes { kind, doc: id, changes } = entry else { return };
        let (Some(kind), id) = (find(kind), RecordId(*id)) else { return };
        let (genesis, mut previous) = (genesis(kind, id), None);
        let doc = self.doc(kind, id);
        for wire in changes {
            // What it has already is in order.
            let change =
                wire.to_change(&genesis, previous.as_ref()).unwrap_or_else(|error| panic!("the office's change: {error}"));
            if doc.get_change_meta_by_hash(&change.hash()).is_none() {
                doc.apply_changes([change]).unwrap_or_else(|error| panic!("the office's change: {error}"));
            }
            previous = Some(wire.hash);
        }
    }
}

/// The genesis of a record.
#[must_use]
pub fn genesis(kind: &RecordType, id: RecordId) -> Hash {
    document::genesis(kind, id).hash().0
}

/// Gives changed changes the hashes they come out with, where they are within the protocol's bounds.
#[must_use]
pub fn sealed(part: Part) -> Part {
    let Some(kind) = find(&part.kind) else { return part };
    let (genesis, mut previous, mut changes) = (genesis(kind, RecordId(part.doc)), None, Vec::new());
    let mut renamed: BTreeMap<Hash, Hash> = BTreeMap::new();
    for mut wire in part.changes {
        for dep in &mut wire.deps {
            if let Dep::Hash(hash) = dep
                && let Some(now) = renamed.get(hash)
            {
                *hash = *now;
            }
        }
        let was = wire.hash;
        let wire = wire.clone().sealed(&genesis, previous.as_ref()).unwrap_or(wire);
        renamed.insert(was, wire.hash);
        previous = Some(wire.hash);
        changes.push(wire);
    }
    Part { changes, ..part }
}

/// The messages in what the server answered.
#[must_use]
pub fn heard(bytes: &[u8]) -> Vec<ServerMessage> {
    let decoded = frame::split(bytes).map(|frame| frame::decode(frame.unwrap_or_default()));
    decoded.map(|message| message.unwrap_or_else(|error| panic!("the server said what cannot be read: {error}"))).collect()
}

/// The answers among them.
#[must_use]
pub fn answers(said: &[ServerMessage]) -> Vec<Answer> {
    let answers =
        said.iter().filter_map(|said| if let ServerMessage::Answers { answers, .. } = said { Some(answers) } else { None });
    answers.flatten().cloned().collect()
}

/// Whether an answer says that nothing was merged, with a word and a sentence for it.
#[must_use]
pub fn is_refused(answer: &Answer) -> bool {
    answer.status == Status::Refused && !answer.code.is_empty() && !answer.message.is_empty()
}
