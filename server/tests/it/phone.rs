//! As much of a phone as the server needs: it writes documents, sends intents and keeps cursors.

use std::collections::BTreeMap;

use automerge::{ActorId, Automerge};
use fieldbook_domain::document::{self, Write};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::raw::{Action, Scalar};
use fieldbook_domain::{key, record};
use fieldbook_server::app::App;
use fieldbook_server::token::Identity;
use fieldbook_sync::change::WireChange;
use fieldbook_sync::frame;
use fieldbook_sync::message::{
    Answer, ClientMessage, Cursor, EntryBody, Forecast, Hello, Intent, PROTOCOL_VERSION, Page, Part, ServerMessage,
};
use uuid::Uuid;

use crate::office::{NINE, Office};

#[derive(Clone)]
pub(crate) struct Phone {
    pub(crate) user: RecordId,
    pub(crate) device: Uuid,
    pub(crate) actor: [u8; 16],
    pub(crate) docs: BTreeMap<RecordId, (&'static str, Automerge)>,
    pub(crate) dseq: u64,
    pub(crate) cursors: Vec<Cursor>,
    pub(crate) clock_ms: i64,
    pub(crate) notices: Vec<String>,
}

impl Phone {
    pub(crate) fn new(user: RecordId, device: [u8; 16], actor: [u8; 16]) -> Phone {
        let device = Uuid::from_bytes(device);
        let (docs, cursors, notices) = (BTreeMap::new(), Vec::new(), Vec::new());
        Phone { user, device, actor, docs, dseq: 0, cursors, clock_ms: NINE, notices }
    }

    pub(crate) fn hello(&self) -> Hello {
        Hello {
            protocol: PROTOCOL_VERSION,
            device: self.device,
            device_name: "test phone".to_owned(),
            actor: self.actor,
            schema: 1,
            clock_ms: self.clock_ms,
            epoch: None,
            cursors: self.cursors.clone(),
            last_dseq: self.dseq,
            live: false,
        }
    }

    /// Writes a record locally; the change is the part of an intent.
    pub(crate) fn write(&mut self, kind: &'static str, id: RecordId, writes: &[Write]) -> Part {
        let declared = record::find(kind).unwrap();
        let actor = self.actor;
        let (_, doc) = self.docs.entry(id).or_insert_with(|| (kind, document::create(declared, id, &actor).unwrap()));
        doc.set_actor(ActorId::from(&actor[..]));
        let change = document::write(doc, writes, self.clock_ms, None).unwrap().unwrap();
        let genesis = document::genesis(declared, id).hash().0;
        let wire = WireChange::from_change(&change, &genesis, None).unwrap();
        Part { kind: kind.to_owned(), doc: id.0, changes: vec![wire] }
    }

    /// Performs an action without asking anybody whether it is possible.
    pub(crate) fn act(&mut self, kind: &'static str, id: RecordId, verb: &str) -> Part {
        let turn = document::read(&self.docs[&id].1).unwrap().next_turn();
        let action = RecordId(Uuid::new_v5(&id.0, format!("{verb}{turn}{:?}", self.actor).as_bytes()));
        let (by, at) = (self.user, self.clock_ms);
        let entry = Action { id: action, action: verb.to_owned(), by, at, turn, args: serde_json::Map::new() };
        let text = serde_json::to_string(&entry).unwrap();
        self.write(kind, id, &[Write::put(key::action(action), text)])
    }

    pub(crate) fn intent(&mut self, parts: Vec<Part>) -> Intent {
        self.dseq += 1;
        let id = Uuid::new_v5(&Uuid::from_bytes(self.actor), &self.dseq.to_le_bytes());
        Intent { dseq: self.dseq, id, parts, forecast: Some(Forecast::accepted()) }
    }

    /// Says Hello, pushes, and takes all news in.
    pub(crate) fn sync(&mut self, office: &Office, intents: Vec<Intent>) -> Vec<Answer> {
        let messages = self.talk(&office.app, &office.identity(self.user), intents);
        self.take(&messages)
    }

    pub(crate) fn talk(&self, app: &App, identity: &Identity, intents: Vec<Intent>) -> Vec<ServerMessage> {
        let hello = ClientMessage::Hello(self.hello());
        let push = ClientMessage::Push { actor: self.actor, intents };
        let body = [frame::encode(&hello).unwrap(), frame::encode(&push).unwrap()].concat();
        read(&app.exchange(identity, &body))
    }

    fn take(&mut self, messages: &[ServerMessage]) -> Vec<Answer> {
        let mut all = Vec::new();
        for message in messages {
            match message {
                ServerMessage::Answers { answers, .. } => all.extend(answers.clone()),
                ServerMessage::Page(page) => self.store(page),
                ServerMessage::CaughtUp { cursors, .. } => self.cursors = cursors.clone(),
                ServerMessage::Welcome(_) => {}
                ServerMessage::Bye { code, message, .. } => panic!("{code}: {message}"),
            }
        }
        all
    }

    fn store(&mut self, page: &Page) {
        for entry in &page.entries {
            match &entry.body {
                EntryBody::Changes { kind, doc, changes } => self.merge(kind, RecordId(*doc), changes),
                EntryBody::Notice { body, .. } => self.notices.push(body.clone()),
                EntryBody::Own { .. } | EntryBody::Actor { .. } => {}
                EntryBody::Leave { doc, .. } => drop(self.docs.remove(&RecordId(*doc))),
                EntryBody::Snapshot { .. } => panic!("not sent by this server"),
            }
        }
    }

    fn merge(&mut self, kind: &str, id: RecordId, changes: &[WireChange]) {
        let kind = record::find(kind).unwrap();
        let genesis = document::genesis(kind, id).hash().0;
        let actor = self.actor;
        let (_, doc) = self.docs.entry(id).or_insert_with(|| (kind.name, document::create(kind, id, &actor).unwrap()));
        let mut previous = None;
        for wire in changes {
            doc.apply_changes([wire.to_change(&genesis, previous.as_ref()).unwrap()]).unwrap();
            previous = Some(wire.hash);
        }
    }

    /// What a register of a record shows.
    pub(crate) fn shows(&self, id: RecordId, key: &str) -> Option<Scalar> {
        document::read(&self.docs[&id].1).unwrap().get(key).cloned()
    }
}

pub(crate) fn read(response: &[u8]) -> Vec<ServerMessage> {
    frame::split(response).map(|frame| frame::decode(frame.unwrap()).unwrap()).collect()
}

pub(crate) fn id(name: &str) -> RecordId {
    RecordId(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()))
}
