//! Where a story is played: a world, its phones, and what lies in the network.

use super::carrier::{Late, Network};
use super::ledger::Ledger;
use super::value::Scene;
use super::{Failure, Step, Story, Tally, Weather, What, agreement};
use crate::seed::Numbers;
use crate::world::{MINUTE_MS, Phone, World};
use fieldbook_device::{Clock, Error, SyncReport};
use fieldbook_domain::ids::RecordRef;
use fieldbook_server::token::Identity;
use serde_json::{Map, Value};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Somebody's phone, and what it shows.
pub(super) struct Handset {
    pub(super) phone: Phone,
    pub(super) name: &'static str,
    path: PathBuf,
    /// How often its app was opened.
    opened: u64,
    /// Every record, as after the last thing that happened to it.
    pub(super) shown: BTreeMap<RecordRef, String>,
}

/// A story while it is played.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) handsets: Vec<Handset>,
    pub(super) late: Vec<Late>,
    pub(super) ledger: Ledger,
    pub(super) tally: Tally,
    pub(super) words: usize,
    /// The server as it was when it was last restarted; at the next time that may be put back.
    backup: Option<Vec<u8>>,
    /// Decisions already read aloud, where the story is.
    heard: Option<usize>,
}

const HOUR_MS: i64 = 60 * MINUTE_MS;
const YEAR_MS: i64 = 365 * 24 * HOUR_MS;
/// How far a clock may be off.
const DRIFTS: [i64; 8] = [0, 0, -3 * YEAR_MS, -30 * HOUR_MS, -9 * MINUTE_MS, 9 * MINUTE_MS, 5 * HOUR_MS, 2 * YEAR_MS];

pub(super) fn broken(code: &'static str) -> impl Fn(Error) -> Failure {
    move |error| Failure::new(code, format!("{}: {error}", error.code()))
}

impl Stage {
    pub(super) fn open(story: &Story, aloud: bool) -> Stage {
        let world = World::in_memory(&story.people);
        let mut handsets = Vec::new();
        for (number, owner) in story.phones.iter().enumerate() {
            let Some(person) = story.people.get(*owner) else { continue };
            let path = world.dir.path().join(format!("phone-{number}.db"));
            let phone = world.phone_at(person.name, &path, seed(number, 0));
            handsets.push(Handset { phone, name: person.name, path, opened: 0, shown: BTreeMap::new() });
        }
        let (late, tally) = (Vec::new(), Tally::default());
        let ledger = Ledger::new(aloud);
        Stage { world, handsets, late, ledger, tally, words: 0, backup: None, heard: aloud.then_some(0) }
    }

    /// Plays a story; `at` follows the steps.
    pub(super) fn play(mut self, story: &Story, at: &Cell<usize>) -> Result<Tally, Failure> {
        for number in 0..self.handsets.len() {
            self.sync(number, Weather::Fair, 0)?;
        }
        for (number, step) in story.steps.iter().enumerate() {
            at.set(number);
            self.tally.steps += 1;
            self.world.pass(1_000, &self.handsets.iter().map(|handset| &handset.phone).collect::<Vec<_>>());
            self.say(number, step);
            let played = self.step(story, step, &mut Numbers(step.dice));
            self.say_decisions();
            played?;
        }
        for decision in self.world.decisions() {
            *self.tally.decisions.entry(decision.rule).or_default() += 1;
        }
        Ok(self.tally)
    }

    #[expect(clippy::print_stdout, reason = "a story read aloud")]
    fn say(&self, number: usize, step: &Step) {
        if self.heard.is_some() {
            let name = self.handsets.get(step.phone).map_or("nobody", |handset| handset.name);
            println!("step {number}: {:?} on phone {}, {name}'s", step.what, step.phone);
        }
    }

    #[expect(clippy::print_stdout, reason = "a story read aloud")]
    fn say_decisions(&mut self) {
        let Some(heard) = self.heard else { return };
        let decisions = self.world.decisions();
        for decision in decisions.iter().skip(heard) {
            println!("  {} {:?}: {}", decision.rule, decision.outcome, decision.message);
        }
        self.heard = Some(decisions.len());
    }

    fn step(&mut self, story: &Story, step: &Step, dice: &mut Numbers) -> Result<(), Failure> {
        let at = step.phone;
        match step.what {
            What::Create => self.create(story, at, dice),
            What::Edit => self.edit(story, at, dice),
            What::Act => self.act(story, at, dice),
            What::Settle => self.settle(at, dice),
            What::Sync(weather) => self.sync(at, weather, dice.below(100)).map(drop),
            What::Arrive => {
                self.arrive(dice.below(self.late.len()));
                Ok(())
            }
            What::Wait => {
                let most = if dice.one_in(3) { 20_000 } else { 600 };
                let minutes = 1 + dice.below(most);
                let phones: Vec<&Phone> = self.handsets.iter().map(|handset| &handset.phone).collect();
                self.world.pass(i64::try_from(minutes).unwrap_or(0) * MINUTE_MS, &phones);
                Ok(())
            }
            What::SetClock => {
                let drift = DRIFTS.get(dice.below(DRIFTS.len())).copied().unwrap_or(0);
                let now = self.world.clock.now_ms();
                self.handset(at)?.phone.clock.set(now + drift);
                Ok(())
            }
            What::Reopen => self.reopen(at),
            What::Restart => {
                match self.backup.take().filter(|_| dice.one_in(2)) {
                    Some(backup) => self.world.put_back(&backup, &[]),
                    None => {
                        self.backup = Some(self.world.back_up());
                        self.world.restart();
                    }
                }
                (0..self.handsets.len()).try_for_each(|at| self.sign_in(at))
            }
            What::Merge => agreement::merge(self, dice),
        }
    }

    pub(super) fn handset(&self, at: usize) -> Result<&Handset, Failure> {
        self.handsets.get(at).ok_or_else(|| Failure::new("story", format!("there is no phone {at}")))
    }

    /// Who a phone's owner is to the server; nobody once they no longer work here.
    pub(super) fn identity(&self, at: usize) -> Result<Option<Identity>, Failure> {
        let user = self.handset(at)?.phone.user;
        let token = self.world.app.token(self.world.org, user, 30);
        Ok(token.is_ok().then(|| self.world.identity(user)))
    }

    /// Signs in anew: a token lasts 30 days, a role may have changed, the server may have moved.
    pub(super) fn sign_in(&self, at: usize) -> Result<(), Failure> {
        let handset = self.handset(at)?;
        let Ok(token) = self.world.app.token(self.world.org, handset.phone.user, 30) else { return Ok(()) };
        handset.phone.book.login(&self.world.url, &token).map(drop).map_err(broken("login"))
    }

    /// Syncs a phone in this weather; says what it did, if it got through.
    pub(super) fn sync(&mut self, at: usize, weather: Weather, cut: usize) -> Result<Option<SyncReport>, Failure> {
        let Some(identity) = self.identity(at)? else { return Ok(None) };
        let app = self.world.app.clone();
        let Some(handset) = self.handsets.get_mut(at) else { return Ok(None) };
        let mut network = Network { app, identity, weather, cut, late: &mut self.late };
        let synced = self.world.wait(handset.phone.book.sync_over(&mut network));
        handset.shown = handset.phone.book.records_digest().map_err(broken("book"))?;
        match synced {
            Ok(report) => Ok(Some(report)),
            Err(Error::Offline { .. }) if !matches!(weather, Weather::Fair | Weather::Twice) => Ok(None),
            Err(error) => Err(Failure::new("sync", format!("{} of {}: {error}", error.code(), handset.name))),
        }
    }

    /// Brings what lay in the network to the server; nobody waits for the answer any more.
    pub(super) fn arrive(&mut self, place: usize) {
        if place < self.late.len() {
            let late = self.late.remove(place);
            let _unheard = self.world.app.exchange(&late.identity, &late.request);
        }
    }

    /// Does something on a phone, and notes what it changed; a refusal is no failure.
    pub(super) fn locally<T>(
        &mut self,
        at: usize,
        edits: bool,
        work: impl FnOnce(&Phone) -> Result<T, Error>,
    ) -> Result<Result<T, fieldbook_domain::refusal::Refusal>, Failure> {
        let Some(handset) = self.handsets.get_mut(at) else { return Err(Failure::new("story", "no such phone")) };
        match work(&handset.phone) {
            Ok(value) => {
                let now = handset.phone.book.records_digest().map_err(broken("book"))?;
                self.ledger.note(at, &handset.shown, &now, edits)?;
                handset.shown = now;
                self.tally.done += 1;
                Ok(Ok(value))
            }
            Err(Error::Refused(refusal)) => {
                self.tally.refused += 1;
                Ok(Err(refusal))
            }
            Err(error) => Err(broken("book")(error)),
        }
    }

    fn reopen(&mut self, at: usize) -> Result<(), Failure> {
        if self.identity(at)?.is_none() {
            return Ok(());
        }
        let Some(handset) = self.handsets.get_mut(at) else { return Ok(()) };
        let now = handset.phone.clock.now_ms();
        handset.phone.book.close().map_err(broken("book"))?;
        handset.opened += 1;
        handset.phone = self.world.phone_at(handset.name, &handset.path, seed(at, handset.opened));
        handset.phone.clock.set(now);
        let shown = handset.phone.book.records_digest().map_err(broken("book"))?;
        if shown != handset.shown {
            return Err(Failure::new(
                "reopened",
                format!("{}'s book shows something else after it was opened again", handset.name),
            ));
        }
        Ok(())
    }
}

/// What values are drawn from, for a record that shows this.
pub(super) fn scene<'s>(handset: &'s Handset, words: &'s mut usize, body: &Map<String, Value>) -> Scene<'s> {
    let lines = super::value::children(body, "lines").filter_map(|line| line.get("id")?.as_str().map(str::to_owned));
    Scene { shown: &handset.shown, lines: lines.collect(), words }
}

/// The dice of a phone's app; every time it is opened they are others.
fn seed(phone: usize, opened: u64) -> u64 {
    1_000 * (phone as u64 + 1) + opened
}
