//! Three phones, one server, and a network that drops, cuts, swaps and repeats.
//!
//! The shells are toys with the same duties as the real ones; whatever the network did, once it is well again everybody
//! must hold the same log and every piece of work must be in it once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fieldbook_sync::change::{ActorBytes, Hash, WireChange};
use fieldbook_sync::client::{ClientFacts, ClientInput, ClientOutput, ClientSession};
use fieldbook_sync::frame::Limits;
use fieldbook_sync::message::{Answer, Cursor, Entry, EntryBody, Incarnation, Intent, Page, Status};
use fieldbook_sync::server::{ServerInput, ServerOutput, ServerSession, WelcomeFacts};
use proptest::prelude::*;
use proptest::sample::Index;
use uuid::Uuid;

use crate::samples::toy_intent;

const SCOPES: [&str; 2] = ["team", "catalogue"];
/// Small, so that a short log already takes several pages.
const PAGE_ENTRIES: usize = 2;
const OUTBOX_REPLY: usize = 3;
/// Far more than any healthy run takes.
const STEPS_MAX: usize = 20_000;

#[derive(Debug, Clone)]
enum Fault {
    Drop(Index),
    Repeat(Index),
    Swap(Index),
}

#[derive(Debug, Clone)]
enum Step {
    Work,
    DeliverUp,
    DeliverDown,
    Serve,
    Store,
    Up(Fault),
    Down(Fault),
    Cut { served: bool },
    Connect,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let fault = || {
        prop_oneof![
            any::<Index>().prop_map(Fault::Drop),
            any::<Index>().prop_map(Fault::Repeat),
            any::<Index>().prop_map(Fault::Swap),
        ]
    };
    let step = prop_oneof![
        4 => Just(Step::Work),
        10 => Just(Step::DeliverUp),
        10 => Just(Step::DeliverDown),
        16 => Just(Step::Serve),
        8 => Just(Step::Store),
        2 => fault().prop_map(Step::Up),
        2 => fault().prop_map(Step::Down),
        1 => any::<bool>().prop_map(|served| Step::Cut { served }),
        6 => Just(Step::Connect),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec((0usize..3, step), 0..250)
}

/// What is on its way to the server.
#[derive(Debug, Clone)]
enum Parcel {
    Frame(Vec<u8>),
    /// The end of an HTTP request.
    End,
}

struct Phone {
    session: ClientSession,
    facts: ClientFacts,
    cursors: BTreeMap<String, u64>,
    log: BTreeMap<(String, u64), Hash>,
    outbox: BTreeMap<u64, Intent>,
    answers: BTreeMap<u64, Status>,
    to_store: VecDeque<Page>,
    connected: bool,
    up: VecDeque<Parcel>,
    down: VecDeque<Vec<u8>>,
}

impl Phone {
    fn new(number: u8, live: bool) -> Self {
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

    fn work(&mut self) {
        self.facts.last_dseq += 1;
        let intent = toy_intent(self.facts.actor, self.facts.last_dseq);
        self.outbox.insert(intent.dseq, intent);
        self.tell(ClientInput::LocalWork);
    }

    fn connect(&mut self) {
        if !self.connected {
            self.connected = true;
            self.tell(ClientInput::Connected { clock_ms: 0 });
        }
    }

    fn disconnect(&mut self) {
        self.connected = false;
        self.up.clear();
        self.down.clear();
        self.tell(ClientInput::Disconnected);
    }

    /// The app is killed: what was not stored is gone.
    fn restart(&mut self) {
        self.disconnect();
        self.to_store.clear();
        let cursors = self.cursors.iter().map(|(scope, seq)| Cursor { scope: scope.clone(), seq: *seq });
        self.facts.cursors = cursors.collect();
        self.session = ClientSession::new(self.facts.clone());
    }

    fn tell(&mut self, input: ClientInput) {
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

    fn store(&mut self) {
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
struct Visit {
    session: ServerSession,
    actor: ActorBytes,
    orders: VecDeque<ServerOutput>,
    /// The request has come to its end; what follows is another one.
    whole: bool,
}

impl Visit {
    fn new() -> Self {
        let session = ServerSession::new(Limits::default());
        Self { session, actor: [0; 16], orders: VecDeque::new(), whole: false }
    }

    fn tell(&mut self, input: ServerInput) {
        self.orders.extend(self.session.handle(input));
    }
}

#[derive(Default)]
struct Office {
    log: BTreeMap<&'static str, Vec<(Uuid, WireChange)>>,
    answers: BTreeMap<(ActorBytes, u64), Answer>,
}

impl Office {
    fn admit(&mut self, actor: ActorBytes, intent: Intent) -> Answer {
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

    fn read(&self, actor: ActorBytes, scope: &str, from: u64) -> Page {
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

struct World {
    phones: Vec<Phone>,
    visits: Vec<Visit>,
    office: Office,
}

impl World {
    fn new() -> Self {
        Self {
            phones: vec![Phone::new(1, true), Phone::new(2, false), Phone::new(3, true)],
            visits: (0..3).map(|_| Visit::new()).collect(),
            office: Office::default(),
        }
    }

    fn step(&mut self, who: usize, step: &Step) {
        match step {
            Step::Work => self.phones[who].work(),
            Step::DeliverUp => drop(self.deliver_up(who)),
            Step::DeliverDown => drop(self.deliver_down(who)),
            Step::Serve => drop(self.serve(who)),
            Step::Store => self.phones[who].store(),
            Step::Up(fault) => fault.strike(&mut self.phones[who].up),
            Step::Down(fault) => fault.strike(&mut self.phones[who].down),
            Step::Cut { served } => self.cut(who, *served),
            Step::Connect => self.connect(who),
            Step::Restart => {
                self.phones[who].restart();
                self.visits[who] = Visit::new();
            }
        }
    }

    fn connect(&mut self, who: usize) {
        if !self.phones[who].connected {
            self.visits[who] = Visit::new();
            self.phones[who].connect();
        }
    }

    /// The connection is lost, before or after the server did what it had in hand.
    fn cut(&mut self, who: usize, served: bool) {
        while served && self.serve(who) {}
        self.phones[who].disconnect();
        self.visits[who] = Visit::new();
    }

    fn deliver_up(&mut self, who: usize) -> bool {
        let Some(parcel) = self.phones[who].up.pop_front() else { return false };
        match parcel {
            Parcel::Frame(bytes) => {
                if self.visits[who].whole {
                    self.visits[who] = Visit::new();
                }
                self.visits[who].tell(ServerInput::Frame(bytes));
            }
            Parcel::End => {
                self.visits[who].whole = true;
                self.visits[who].tell(ServerInput::Finished);
            }
        }
        true
    }

    fn deliver_down(&mut self, who: usize) -> bool {
        let Some(bytes) = self.phones[who].down.pop_front() else { return false };
        self.phones[who].tell(ClientInput::Frame(bytes));
        true
    }

    /// Carries out one order of the server's session.
    fn serve(&mut self, who: usize) -> bool {
        let visit = &mut self.visits[who];
        let Some(order) = visit.orders.pop_front() else { return false };
        match order {
            ServerOutput::Register(hello) => {
                visit.actor = hello.actor;
                visit.tell(ServerInput::Registered(WelcomeFacts {
                    server_ms: 0,
                    epoch: Uuid::from_u128(7),
                    acked_dseq: 0,
                    incarnation: Incarnation::Keep,
                    scopes: SCOPES.map(str::to_owned).to_vec(),
                }));
            }
            ServerOutput::Admit(intents) => {
                let actor = visit.actor;
                let answers = intents.into_iter().map(|intent| self.office.admit(actor, intent));
                visit.tell(ServerInput::Answered(answers.collect()));
                self.visits.iter_mut().for_each(|visit| visit.tell(ServerInput::LogMoved));
            }
            ServerOutput::Read { scope, from, .. } => {
                let page = self.office.read(visit.actor, &scope, from);
                visit.tell(ServerInput::Read(page));
            }
            ServerOutput::Send(bytes) if self.phones[who].connected => self.phones[who].down.push_back(bytes),
            ServerOutput::Send(_) | ServerOutput::Done | ServerOutput::Close { .. } => {}
        }
        true
    }

    /// Lets everything happen that is on its way, on a network without faults.
    fn run_until_quiet(&mut self) {
        for _ in 0..STEPS_MAX {
            let mut moved = false;
            for who in 0..self.phones.len() {
                moved |= self.deliver_up(who) | self.serve(who) | self.deliver_down(who);
                moved |= !self.phones[who].to_store.is_empty();
                self.phones[who].store();
            }
            if !moved {
                return;
            }
        }
        panic!("it goes on for ever");
    }

    /// Every phone finds its old connection dead and makes a new one; twice, so that all hear of all.
    fn heal(&mut self) {
        for _ in 0..2 {
            for who in 0..self.phones.len() {
                self.cut(who, true);
                self.connect(who);
            }
            self.run_until_quiet();
        }
    }
}

impl Fault {
    fn strike<T: Clone>(&self, queue: &mut VecDeque<T>) {
        let length = queue.len();
        match self {
            Self::Drop(at) if length > 0 => drop(queue.remove(at.index(length))),
            Self::Repeat(at) if length > 0 => {
                let at = at.index(length);
                let copy = queue[at].clone();
                queue.push_back(copy);
            }
            Self::Swap(at) if length > 1 => {
                let at = at.index(length - 1);
                queue.swap(at, at + 1);
            }
            Self::Drop(_) | Self::Repeat(_) | Self::Swap(_) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whatever_the_network_did_everybody_ends_with_the_same_log(steps in steps()) {
        let mut world = World::new();
        for (who, step) in &steps {
            world.step(*who, step);
        }

        world.heal();

        let done: usize = world.phones.iter().map(|phone| phone.facts.last_dseq as usize).sum();
        let log: Vec<Hash> = world.office.log.values().flatten().map(|(_, change)| change.hash).collect();
        prop_assert_eq!(log.len(), done, "every intent is in the log");
        prop_assert_eq!(log.iter().collect::<BTreeSet<_>>().len(), done, "and only once");
        for phone in &world.phones {
            prop_assert!(phone.outbox.is_empty());
            prop_assert_eq!(phone.answers.len() as u64, phone.facts.last_dseq);
            prop_assert_eq!(phone.log.len(), done);
            for ((scope, seq), hash) in &phone.log {
                prop_assert_eq!(world.office.log[scope.as_str()][*seq as usize - 1].1.hash, *hash);
            }
        }
    }
}

#[test]
fn on_a_healthy_network_work_reaches_a_live_phone_without_reconnecting() {
    let mut world = World::new();
    world.connect(0);
    world.connect(2);
    world.run_until_quiet();

    (0..20).for_each(|_| world.phones[0].work());
    world.run_until_quiet();

    assert_eq!(world.phones[2].log.len(), 20);
    assert_eq!(world.phones[0].log.len(), 20);
    assert!(world.phones[0].outbox.is_empty());
}

#[test]
fn a_one_shot_exchange_goes_on_until_the_outbox_is_empty() {
    let mut world = World::new();
    (0..20).for_each(|_| world.phones[1].work());

    world.connect(1);
    world.run_until_quiet();

    assert!(world.phones[1].outbox.is_empty());
    assert_eq!(world.phones[1].log.len(), 20);
    assert!(!world.phones[1].connected);
}
