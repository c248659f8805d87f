//! A toy server: one organisation, one log, everything merged, nothing judged; and a network that loses things.
//!
//! It speaks through the real server session, checks every change by its hash, and answers a repeated intent as before.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use automerge::Automerge;
use fieldbook_device::{Book, Carrier, Error, RecordId, SyncReport};
use fieldbook_domain::document;
use fieldbook_domain::raw::Raw;
use fieldbook_domain::record;
use fieldbook_sync::change::{ActorBytes, WireChange};
use fieldbook_sync::frame::{self, Limits};
use fieldbook_sync::message::{Answer, Entry, EntryBody, Forecast, Hello, Incarnation, Intent, Page, ServerMessage, Status};
use fieldbook_sync::server::{ServerInput, ServerOutput, ServerSession, WelcomeFacts};
use tokio::sync::watch;
use uuid::Uuid;

const SCOPE: &str = "org";

#[derive(Clone)]
struct Logged {
    author: ActorBytes,
    body: EntryBody,
}

pub(crate) struct Office {
    pub(crate) epoch: Uuid,
    names: BTreeMap<ActorBytes, (Uuid, u64)>,
    devices: BTreeMap<Uuid, ActorBytes>,
    answers: BTreeMap<(ActorBytes, u64), (Uuid, Answer)>,
    docs: BTreeMap<Uuid, Automerge>,
    log: Vec<Logged>,
    /// Tells of every growth of the log.
    moved: watch::Sender<usize>,
    /// Refuses what holds this word.
    pub(crate) refuses: Option<&'static str>,
    /// Intents merged, repeated ones not counted.
    pub(crate) merged: usize,
    /// What the phones expected of them.
    pub(crate) forecasts: Vec<Option<Forecast>>,
    pub(crate) page_entries: usize,
}

impl Office {
    pub(crate) fn new(epoch: u128) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            epoch: Uuid::from_u128(epoch),
            names: BTreeMap::new(),
            devices: BTreeMap::new(),
            answers: BTreeMap::new(),
            docs: BTreeMap::new(),
            log: Vec::new(),
            moved: watch::Sender::new(0),
            refuses: None,
            merged: 0,
            forecasts: Vec::new(),
            page_entries: 3,
        }))
    }

    pub(crate) fn post(&mut self, body: EntryBody) {
        self.log.push(Logged { author: [0; 16], body });
    }

    pub(crate) fn forget_names(&mut self) {
        for (_, last) in self.names.values_mut() {
            *last += 100;
        }
    }

    pub(crate) fn raw(&self, id: RecordId) -> Raw {
        document::read(&self.docs[&id.0]).unwrap()
    }

    fn register(&mut self, hello: &Hello, user: Uuid) -> WelcomeFacts {
        let (device, last) = *self.names.entry(hello.actor).or_insert((hello.device, 0));
        let renew = |reason: &str| Incarnation::Renew { reason: reason.to_owned() };
        let incarnation = if device != hello.device {
            renew("actor_taken")
        } else if self.devices.get(&hello.device).is_some_and(|actor| *actor != hello.actor) && last > 0 {
            renew("actor_retired")
        } else if hello.last_dseq < last {
            renew("rolled_back")
        } else {
            Incarnation::Keep
        };
        if incarnation == Incarnation::Keep && self.devices.insert(hello.device, hello.actor) != Some(hello.actor) {
            let device_name = hello.device_name.clone();
            self.post(EntryBody::Actor { actor: hello.actor, device: hello.device, user, device_name });
        }
        WelcomeFacts { server_ms: 0, epoch: self.epoch, acked_dseq: last, incarnation, scopes: vec![SCOPE.to_owned()] }
    }

    fn admit(&mut self, actor: ActorBytes, intent: &Intent) -> Answer {
        if let Some((id, answer)) = self.answers.get(&(actor, intent.dseq)) {
            assert_eq!(*id, intent.id, "another intent under a number that was answered");
            return answer.clone();
        }
        let answer = |status, code: &str| Answer {
            dseq: intent.dseq,
            status,
            code: code.to_owned(),
            message: format!("{code} said the office"),
            seq: 0,
        };
        let mut docs = self.docs.clone();
        for part in &intent.parts {
            let kind = record::find(&part.kind).unwrap();
            let id = RecordId(part.doc);
            let genesis = document::genesis(kind, id).hash().0;
            let doc = docs.entry(part.doc).or_insert_with(|| document::create(kind, id, &[9; 16]).unwrap());
            for wire in &part.changes {
                assert_eq!(wire.actor, actor);
                let change = wire.to_change(&genesis, None).unwrap();
                if change.deps().iter().any(|dep| doc.get_change_meta_by_hash(dep).is_none()) {
                    return answer(Status::Waiting, "waiting");
                }
                doc.apply_changes([change]).unwrap();
            }
        }
        let text = format!("{:?}", intent.parts);
        let last = &mut self.names.get_mut(&actor).unwrap().1;
        assert!(intent.dseq > *last, "the numbers go backwards");
        *last = intent.dseq;
        let answer = if self.refuses.is_some_and(|word| text.contains(word)) {
            answer(Status::Refused, "office.no")
        } else {
            self.docs = docs;
            self.merged += 1;
            self.forecasts.push(intent.forecast.clone());
            for part in &intent.parts {
                let (kind, doc) = (part.kind.clone(), part.doc);
                let log = |change: &WireChange| Logged {
                    author: actor,
                    body: EntryBody::Changes { kind: kind.clone(), doc, changes: vec![change.clone()] },
                };
                self.log.extend(part.changes.iter().map(log));
            }
            answer(Status::Accepted, "accepted")
        };
        self.answers.insert((actor, intent.dseq), (intent.id, answer.clone()));
        answer
    }

    fn admit_all(&mut self, actor: ActorBytes, intents: &[Intent]) -> Vec<Answer> {
        let mut stopped = false;
        let mut answers = Vec::new();
        for intent in intents {
            let answer = if stopped {
                Answer { dseq: intent.dseq, status: Status::Waiting, code: "waiting".into(), message: String::new(), seq: 0 }
            } else {
                self.admit(actor, intent)
            };
            stopped |= answer.status.stops_pushing();
            answers.push(answer);
        }
        answers
    }

    fn read(&self, asker: ActorBytes, from: u64) -> Page {
        let entries = self.log.iter().enumerate().skip(from as usize).take(self.page_entries).map(|(at, logged)| {
            let seq = at as u64 + 1;
            let mut body = logged.body.clone();
            if let (EntryBody::Changes { doc, changes, .. }, true) = (&logged.body, logged.author == asker) {
                body = EntryBody::Own { doc: *doc, hash: changes[0].hash };
            }
            Entry { seq, group: seq, body }
        });
        let entries: Vec<Entry> = entries.collect();
        let to = from + entries.len() as u64;
        Page { scope: SCOPE.to_owned(), from, to, more: (to as usize) < self.log.len(), entries }
    }

    /// Answers a whole request.
    pub(crate) fn serve(&mut self, user: Uuid, request: &[u8]) -> Vec<u8> {
        let mut talk = Talk::new(user);
        let mut response = Vec::new();
        for frame in frame::split(request) {
            response.extend(self.hear(&mut talk, ServerInput::Frame(frame.unwrap().to_vec())).concat());
        }
        response.extend(self.hear(&mut talk, ServerInput::Finished).concat());
        response
    }

    /// Takes one event of a conversation; gives the frames to send.
    pub(crate) fn hear(&mut self, talk: &mut Talk, input: ServerInput) -> Vec<Vec<u8>> {
        let mut inputs = VecDeque::from([input]);
        let mut frames = Vec::new();
        while let Some(input) = inputs.pop_front() {
            for output in talk.session.handle(input) {
                match output {
                    ServerOutput::Register(hello) => {
                        talk.actor = hello.actor;
                        inputs.push_back(ServerInput::Registered(self.register(&hello, talk.user)));
                    }
                    ServerOutput::Admit(intents) => {
                        inputs.push_back(ServerInput::Answered(self.admit_all(talk.actor, &intents)));
                    }
                    ServerOutput::Read { from, .. } => inputs.push_back(ServerInput::Read(self.read(talk.actor, from))),
                    ServerOutput::Send(bytes) => frames.push(bytes),
                    ServerOutput::Done => {}
                    ServerOutput::Close { code, message } => panic!("{code}: {message}"),
                }
            }
        }
        let length = self.log.len();
        self.moved.send_if_modified(|known| std::mem::replace(known, length) != length);
        frames
    }

    pub(crate) fn moved(&self) -> watch::Receiver<usize> {
        self.moved.subscribe()
    }
}

/// One conversation.
pub(crate) struct Talk {
    session: ServerSession,
    user: Uuid,
    actor: ActorBytes,
}

impl Talk {
    pub(crate) fn new(user: Uuid) -> Self {
        Self { session: ServerSession::new(Limits::default()), user, actor: [0; 16] }
    }
}

/// What the network does to one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// The request never arrives.
    Lost,
    /// The request is served and its answer lost.
    Unanswered,
    /// The request arrives twice; the second answer comes back.
    Twice,
    /// The answer ends in the middle of a frame.
    Cut,
    /// Somebody else answers.
    Portal,
    /// The server wants to be asked again later.
    Busy,
}

pub(crate) struct Wire {
    pub(crate) office: Arc<Mutex<Office>>,
    pub(crate) user: Uuid,
    pub(crate) faults: VecDeque<Fault>,
    /// How long it waited before it came back.
    pub(crate) waited_ms: Vec<u64>,
}

impl Wire {
    pub(crate) fn new(book: &Book, office: &Arc<Mutex<Office>>, faults: &[Fault]) -> Self {
        let (user, faults) = (book.session().unwrap().user.0, faults.iter().copied().collect());
        Self { office: office.clone(), user, faults, waited_ms: Vec::new() }
    }

    /// Syncs once over it.
    pub(crate) fn sync(&mut self, book: &Book) -> Result<SyncReport, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(book.sync_over(self))
    }
}

impl Carrier for Wire {
    async fn pause(&mut self, ms: u64) -> bool {
        self.waited_ms.push(ms);
        true
    }

    async fn exchange(&mut self, request: Vec<u8>) -> Result<Vec<u8>, Error> {
        let offline = || Err(Error::Offline { reason: "the test says so".to_owned() });
        let mut office = self.office.lock().unwrap();
        match self.faults.pop_front().unwrap_or(Fault::None) {
            Fault::None => Ok(office.serve(self.user, &request)),
            Fault::Lost => offline(),
            Fault::Unanswered => {
                office.serve(self.user, &request);
                offline()
            }
            Fault::Twice => {
                office.serve(self.user, &request);
                Ok(office.serve(self.user, &request))
            }
            Fault::Cut => {
                let mut answer = office.serve(self.user, &request);
                answer.truncate(answer.len() * 2 / 3);
                Ok(answer)
            }
            Fault::Portal => Ok(b"<html>Welcome to the Grand Hotel</html>".to_vec()),
            Fault::Busy => {
                let (code, message) = ("busy".to_owned(), "later".to_owned());
                Ok(frame::encode(&ServerMessage::Bye { code, message, retry_ms: Some(1_000) }).unwrap())
            }
        }
    }
}

/// Syncs once, over a network with these faults.
pub(crate) fn sync_with(book: &Book, office: &Arc<Mutex<Office>>, faults: &[Fault]) -> Result<SyncReport, Error> {
    Wire::new(book, office, faults).sync(book)
}

pub(crate) fn sync(book: &Book, office: &Arc<Mutex<Office>>) -> SyncReport {
    sync_with(book, office, &[]).unwrap()
}
