//! Three phones, one server, and a network that drops, cuts, swaps and repeats.
//!
//! The shells are toys with the same duties as the real ones; whatever the network did, once it is well again everybody
//! must hold the same log and every piece of work must be in it once.

use std::collections::{BTreeSet, VecDeque};

use fieldbook_sync::change::Hash;
use fieldbook_sync::client::ClientInput;
use fieldbook_sync::message::Incarnation;
use fieldbook_sync::server::{ServerInput, ServerOutput, WelcomeFacts};
use proptest::prelude::*;
use proptest::sample::Index;
use uuid::Uuid;

mod ends;
use ends::{Office, Parcel, Phone, Visit};

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
