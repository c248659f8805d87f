//! A phone and an office as toys, with the duties of the real ones.

use super::{OUTBOX_REPLY, PAGE_ENTRIES, SCOPES};
use crate::samples::toy_intent;
use fieldbook_sync::change::{ActorBytes, Hash, WireChange};
use fieldbook_sync::client::{ClientFacts, ClientInput, ClientOutput, ClientSession};
use fieldbook_sync::frame::Limits;
use fieldbook_sync::message::{Answer, Cursor, Entry, EntryBody, Intent, Page, Status};
use fieldbook_sync::server::{ServerInput, ServerOutput, ServerSession};
use std::collections::{BTreeMap, VecDeque};
use uuid::Uuid;

/// What is on its way to the server.
#[derive(Debug, Clone)]
pub(super) enum Parcel {
    Frame(Vec<u8>),
    /// The end of an HTTP request.
    End,
}

pub(super) struct Phone {
    session: ClientSession,
    pub(super) facts: ClientFacts,
    cursors: BTreeMap<String, u64>,
    pub(super) log: BTreeMap<(String, u64), Hash>,
    pub(super) outbox: BTreeMap<u64, Intent>,
    pub(super) answers: BTreeMap<u64, Status>,
    pub(super) to_store: VecDeque<Page>,
    pub(super) connected: bool,
    pub(super) up: VecDeque<Parcel>,
    pub(super) down: VecDeque<Vec<u8>>,
}

impl Phone {
    pub(super) fn new(number: u8, live: bool) -> Self {
        let facts = ClientFacts {
            device: Uuid::from_u128(u128::from(number)),
            device_name: format!("phone {number}"),
            actor: [number; 16],
            schema: 1,
            epoch: None,
            cursors: Vec::new(),
            last_dseq: 0,
            live,
        };
        Self {
            session: ClientSession::new(facts.clone()),
            facts,
            cursors: BTreeMap::new(),
            log: BTreeMap::new(),
            outbox: BTreeMap::new(),
            answers: BTreeMap::new(),
            to_store: VecDeque::new(),
            connected: false,
            up: VecDeque::new(),
            down: VecDeque::new(),
        }
    }

    pub(super) fn work(&mut self) {
        self.facts.last_dseq += 1;
        let intent = toy_intent(self.facts.actor, self.facts.last_dseq);
        self.outbox.insert(intent.dseq, intent);
        self.tell(ClientInput::LocalWork);
    }

    pub(super) fn connect(&mut self) {
        if !self.connected {
            self.connected = true;
            self.tell(ClientInput::Connected { clock_ms: 0 });
        }
    }

    pub(super) fn disconnect(&mut self) {
        self.connected = false;
        self.up.clear();
        self.down.clear();
        self.tell(ClientInput::Disconnected);
    }

    /// The app is killed: what was not stored is gone.
    pub(super) fn restart(&mut self) {
        self.disconnect();
        self.to_store.clear();
        let cursors = self.cursors.iter().map(|(scope, seq)| Cursor { scope: scope.clone(), seq: *seq });
        self.facts.cursors = cursors.collect();
        self.session = ClientSession::new(self.facts.clone());
    }

    pub(super) fn tell(&mut self, input: ClientInput) {
        let outputs = self.session.handle(input);
        let sent = self.carry_out(outputs);
        if sent && !self.facts.live {
            self.up.push_back(Parcel::End);
        }
    }

    /// Carries out orders; says whether something was sent.
    fn carry_out(&mut self, outputs: Vec<ClientOutput>) -> bool {
        let mut sent = false;
        for output in outputs {
            match output {
                ClientOutput::Send(bytes) => {
                    self.up.push_back(Parcel::Frame(bytes));
                    sent = true;
                }
                ClientOutput::NextIntents { after_dseq, .. } => {
                    let mut rest = self.outbox.range(after_dseq + 1..).map(|(_, intent)| intent.clone());
                    let intents: Vec<_> = rest.by_ref().take(OUTBOX_REPLY).collect();
                    let more = rest.next().is_some();
                    let outputs = self.session.handle(ClientInput::Outbox { intents, more });
                    sent |= self.carry_out(outputs);
                }
                ClientOutput::StorePage(page) => self.to_store.push_back(page),
                ClientOutput::Answers(answers) => answers.into_iter().for_each(|answer| self.answered(&answer)),
                ClientOutput::Welcomed { epoch, .. } => self.facts.epoch = Some(epoch),
                ClientOutput::CaughtUp => {}
                ClientOutput::Close | ClientOutput::Reconnect => {
                    self.connected = false;
                    self.up.clear();
                    self.down.clear();
                    self.session.handle(ClientInput::Disconnected);
                }
                ClientOutput::Failed { .. } => {}
                ClientOutput::Renew { .. } | ClientOutput::EpochChanged { .. } => panic!("nobody was rolled back"),
            }
        }
        sent
    }

    fn answered(&mut self, answer: &Answer) {
        assert!(self.outbox.remove(&answer.dseq).is_some(), "answered twice");
        self.answers.insert(answer.dseq, answer.status);
    }

    pub(super) fn store(&mut self) {
        let Some(page) = self.to_store.pop_front() else { return };
        let cursor = self.cursors.entry(page.scope.clone()).or_default();
        assert_eq!(page.from, *cursor, "a page must continue the log");
        assert!(page.to > *cursor, "a cursor must not go backwards");
        *cursor = page.to;
        for entry in &page.entries {
            let hash = match &entry.body {
                EntryBody::Changes { changes, .. } => {
                    assert_ne!(changes[0].actor, self.facts.actor, "own changes are not echoed");
                    changes[0].hash
                }
                EntryBody::Own { hash, .. } => {
                    assert_eq!(hash[..16], self.facts.actor, "own means own");
                    *hash
                }
                EntryBody::Snapshot { .. } | EntryBody::Actor { .. } | EntryBody::Notice { .. } | EntryBody::Leave { .. } => {
                    panic!("the toy server writes changes only")
                }
            };
            self.log.insert((page.scope.clone(), entry.seq), hash);
        }
        self.tell(ClientInput::Stored { scope: page.scope, to: page.to });
    }
}

/// One connection, or one request, as the server sees it.
pub(super) struct Visit {
    session: ServerSession,
    pub(super) actor: ActorBytes,
    pub(super) orders: VecDeque<ServerOutput>,
    /// The request has come to its end; what follows is another one.
    pub(super) whole: bool,
}

impl Visit {
    pub(super) fn new() -> Self {
        let session = ServerSession::new(Limits::default());
        Self { session, actor: [0; 16], orders: VecDeque::new(), whole: false }
    }

    pub(super) fn tell(&mut self, input: ServerInput) {
        self.orders.extend(self.session.handle(input));
    }
}

#[derive(Default)]
pub(super) struct Office {
    pub(super) log: BTreeMap<&'static str, Vec<(Uuid, WireChange)>>,
    pub(super) answers: BTreeMap<(ActorBytes, u64), Answer>,
}

impl Office {
    pub(super) fn admit(&mut self, actor: ActorBytes, intent: Intent) -> Answer {
        if let Some(answer) = self.answers.get(&(actor, intent.dseq)) {
            return answer.clone();
        }
        assert!(intent.dseq == 1 || self.answers.contains_key(&(actor, intent.dseq - 1)), "work arrives in order");
        let scope = SCOPES[(intent.dseq % 2) as usize];
        let log = self.log.entry(scope).or_default();
        log.extend(intent.parts.into_iter().flat_map(|part| part.changes.into_iter().map(move |c| (part.doc, c))));
        let answer = Answer {
            dseq: intent.dseq,
            status: Status::Accepted,
            code: String::new(),
            message: String::new(),
            seq: log.len() as u64,
        };
        self.answers.insert((actor, intent.dseq), answer.clone());
        answer
    }

    pub(super) fn read(&self, actor: ActorBytes, scope: &str, from: u64) -> Page {
        let log = self.log.get(scope).map_or(&[][..], Vec::as_slice);
        let rest = &log[from as usize..];
        let entries = rest.iter().take(PAGE_ENTRIES).zip(from + 1..).map(|((doc, change), seq)| {
            let body = if change.actor == actor {
                EntryBody::Own { doc: *doc, hash: change.hash }
            } else {
                EntryBody::Changes { kind: "account".into(), doc: *doc, changes: vec![change.clone()] }
            };
            Entry { seq, group: seq, body }
        });
        let entries: Vec<_> = entries.collect();
        Page { scope: scope.into(), from, to: from + entries.len() as u64, more: rest.len() > entries.len(), entries }
    }
}
