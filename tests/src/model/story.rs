//! A story: who there is, what the story is about, and its steps, all from one number.

use crate::seed::Numbers;
use crate::world::Person;
use fieldbook_domain::permission::Role;
use fieldbook_domain::record::RECORD_TYPES;
use std::fmt;

/// One step; its own dice decide everything about it, so that dropping another step does not change them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which phone.
    pub phone: usize,
    /// What is done.
    pub what: What,
    /// What its dice show.
    pub dice: u64,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Somebody creates a record.
    Create,
    /// Somebody edits fields and lines of a record.
    Edit,
    /// Somebody performs an action.
    Act,
    /// Somebody deals with what the office decided.
    Settle,
    /// A phone syncs.
    Sync(Weather),
    /// A request that lay somewhere in the network arrives after all.
    Arrive,
    /// Time passes.
    Wait,
    /// A phone's clock is set wrong, or right.
    SetClock,
    /// An app is closed and opened again.
    Reopen,
    /// The server is stopped and started again.
    Restart,
    /// Everybody is brought level, and everything is looked at.
    Merge,
}

/// What the network does to a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Nothing.
    Fair,
    /// The server got it; the phone hears nothing.
    AnswerLost,
    /// The server never gets it.
    RequestLost,
    /// The server gets it much later, after other things.
    Late,
    /// The server gets it twice.
    Twice,
    /// The server gets the beginning of it.
    RequestCut,
    /// The phone gets the beginning of the answer.
    AnswerCut,
}

/// A story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// Its number.
    pub seed: u64,
    /// Who works in it.
    pub people: Vec<Person>,
    /// Whose phone each phone is, by place among the people.
    pub phones: Vec<usize>,
    /// The record types it is mostly about.
    pub theme: Vec<&'static str>,
    /// What happens.
    pub steps: Vec<Step>,
}

const NAMES: [&str; 5] = ["Omar", "Maya", "Ada", "Ben", "Cleo"];
const ROLES: [Role; 5] = [Role::Rep, Role::Rep, Role::Rep, Role::Manager, Role::Admin];
const WEATHER: [Weather; 12] = [
    Weather::Fair,
    Weather::Fair,
    Weather::Fair,
    Weather::Fair,
    Weather::Fair,
    Weather::Fair,
    Weather::AnswerLost,
    Weather::RequestLost,
    Weather::Late,
    Weather::Twice,
    Weather::RequestCut,
    Weather::AnswerCut,
];
/// What happens once people have something to work on.
const STEPS: [(usize, What); 10] = [
    (5, What::Create),
    (16, What::Edit),
    (16, What::Act),
    (6, What::Settle),
    (10, What::Sync(Weather::Fair)),
    (2, What::Arrive),
    (2, What::Wait),
    (2, What::SetClock),
    (2, What::Reopen),
    (1, What::Restart),
];

impl Story {
    /// The story of this number.
    #[must_use]
    pub fn of(seed: u64) -> Story {
        let mut dice = Numbers(seed);
        let people = people(&mut dice);
        let mut phones: Vec<usize> = (0..people.len()).collect();
        phones.extend((0..people.len()).filter(|_| dice.one_in(4)));
        let theme = theme(seed, &mut dice);
        let mut steps = Vec::new();
        for phone in 0..phones.len() {
            for _ in 0..3 {
                steps.push(Step { phone, what: What::Create, dice: dice.next() });
            }
        }
        steps.push(Step { phone: 0, what: What::Merge, dice: dice.next() });
        let chapters = 1 + dice.below(3);
        for _ in 0..chapters {
            for _ in 0..10 + dice.below(20) {
                let mut what = what(&mut dice);
                if let What::Sync(weather) = &mut what {
                    *weather = one_of(&WEATHER, &mut dice).unwrap_or(Weather::Fair);
                }
                steps.push(Step { phone: dice.below(phones.len()), what, dice: dice.next() });
            }
            steps.push(Step { phone: 0, what: What::Merge, dice: dice.next() });
        }
        Story { seed, people, phones, theme, steps }
    }
}

fn one_of<T: Copy>(from: &[T], dice: &mut Numbers) -> Option<T> {
    from.get(dice.below(from.len())).copied()
}

/// Somebody administers; the others sell, lead or administer, and report to somebody before them.
fn people(dice: &mut Numbers) -> Vec<Person> {
    let many = 2 + dice.below(4);
    let mut people: Vec<Person> = Vec::new();
    for name in NAMES.into_iter().take(many) {
        let role = if people.is_empty() { Role::Admin } else { one_of(&ROLES, dice).unwrap_or(Role::Rep) };
        let manager = one_of(&people, dice).map(|person: Person| person.name);
        people.push(Person { name, role, manager });
    }
    people
}

/// Four types; the first goes by the number, so that as many stories as there are types touch all of them.
fn theme(seed: u64, dice: &mut Numbers) -> Vec<&'static str> {
    let place = usize::try_from(seed % RECORD_TYPES.len() as u64).unwrap_or(0);
    let first = RECORD_TYPES.get(place).map(|kind| kind.name);
    // Others by how much there is to do with them.
    let others: Vec<&'static str> =
        RECORD_TYPES.iter().flat_map(|kind| std::iter::repeat_n(kind.name, 1 + kind.lifecycle.actions.len())).collect();
    let more = (0..3).filter_map(|_| one_of(&others, dice));
    first.into_iter().chain(more).collect()
}

fn what(dice: &mut Numbers) -> What {
    let mut place = dice.below(STEPS.iter().map(|(weight, _)| weight).sum());
    for (weight, what) in STEPS {
        if place < weight {
            return what;
        }
        place -= weight;
    }
    What::Edit
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "story {} about {}", self.seed, self.theme.join(", "))?;
        for (phone, owner) in self.phones.iter().enumerate() {
            let person = self.people.get(*owner);
            let (name, role) = person.map_or(("nobody", "nothing"), |person| (person.name, person.role.name()));
            writeln!(f, "  phone {phone}: {name}, {role}")?;
        }
        for (number, step) in self.steps.iter().enumerate() {
            writeln!(f, "  {number:>3} phone {} {:?} (dice {:#018x})", step.phone, step.what, step.dice)?;
        }
        Ok(())
    }
}
