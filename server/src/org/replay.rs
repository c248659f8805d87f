//! Judging the past again: the log is laid down once more in an empty database, and every intent is judged as it arrived,
//! under the rules of this program, on the records as they stood.
//!
//! What was recorded then is what the next intent is judged on, whatever the rules say today: a difference is of its own
//! making, never the echo of an earlier one. What the office did itself (`office.rs`, `provision.rs`) is laid down as it was.
//! `replay/difference.rs` says what differs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use fieldbook_domain::document;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::{Decision, Judgement, numbered};
use fieldbook_domain::permission::Role;
use fieldbook_domain::record;
use fieldbook_sync::change::{WireOp, WireValue};
use fieldbook_sync::message::{Answer, Intent, Part};
use uuid::Uuid;

use super::case::Announced;
use super::push::{said, status};
use super::quarantine::RELEASE;
use super::settle::Settled;
use super::shelf::Held;
use super::{Org, Turn};
use crate::admit::{Author, Stop};
use crate::clock::Clock;
use crate::error::Error;
use crate::store::history::{Group, LoggedChange};
use crate::store::log::{Logged, ORG_SCOPE};
use crate::store::{Meta, Names, Store};

mod difference;

use difference::Case;
pub use difference::{Difference, Differs, ReplayReport, RuleCount};

/// Groups laid down in one transaction.
const TURN_GROUPS: usize = 200;

/// What this program makes of an intent.
enum Judged {
    Settled(Box<(Judgement, Settled)>),
    /// It would not be let in, or could not be judged.
    Refused {
        code: String,
        message: String,
    },
}

/// Replays a copy of an organisation in an empty database; what was judged since a moment is compared.
pub(crate) fn run(past: &Store, empty: Store, meta: Meta, since_ms: i64, clock: Arc<dyn Clock>) -> Result<ReplayReport, Error> {
    past.index_history()?;
    empty.be_hasty()?;
    let names = meta.names.clone();
    let mut org = Org::new(empty, Arc::new(Mutex::new(meta)), clock)?;
    let mut replay =
        Replay { past, names, since_ms, known: BTreeSet::new(), numbers: BTreeMap::new(), report: ReplayReport::default() };
    let mut after = 0;
    loop {
        let groups = past.groups(after, TURN_GROUPS)?;
        let Some(last) = groups.last() else { return Ok(replay.report) };
        after = last.last_seq;
        org.turn(|turn| groups.iter().try_for_each(|group| replay.group(turn, group)))?;
    }
}

struct Replay<'p> {
    past: &'p Store,
    names: Names,
    since_ms: i64,
    /// The decisions taken so far: one that is taken again is not told again.
    known: BTreeSet<Uuid>,
    /// The next number of each series.
    numbers: BTreeMap<String, u64>,
    report: ReplayReport,
}

impl Replay<'_> {
    fn group(&mut self, turn: &mut Turn<'_>, group: &Group) -> Result<(), Error> {
        let recorded = self.past.decisions_at(group.id, group.last_seq)?;
        let Some(first) = group.changes.first() else { return remember(turn, group, &recorded) };
        let now_ms = self.received_ms(group);
        (turn.now_ms, turn.group) = (now_ms, group.id);
        if let Some(own) = group.changes.iter().find(|change| self.names.has(&change.facts.actor)) {
            turn.names = self.names.under(own.facts.actor);
        }
        turn.parts.set_aside();
        if now_ms >= self.since_ms {
            if self.names.has(&first.facts.actor) {
                self.report.as_it_was = self.report.as_it_was.saturating_add(1);
            } else {
                self.compare(turn, group, &recorded)?;
            }
        }
        self.known.extend(recorded.iter().map(|decision| decision.id));
        remember(turn, group, &recorded)?;
        lay_down(turn, group, &self.names)?;
        self.count(turn, group)
    }

    /// The numbers that were given then are not given again.
    fn count(&mut self, turn: &Turn<'_>, group: &Group) -> Result<(), Error> {
        for change in group.changes.iter().filter(|change| self.names.has(&change.facts.actor)) {
            for op in &change.wire.ops {
                let WireOp::Put { key, value: WireValue::Str(text), .. } = op else { continue };
                if let Some((series, number)) = numbered(&change.kind, key, text) {
                    let next = self.numbers.entry(series.to_owned()).or_default();
                    *next = (*next).max(number.saturating_add(1));
                }
            }
        }
        turn.store.put_next_numbers(&self.numbers)
    }

    /// When the group was judged; from before that was kept, the server's own changes say it, or else the claimed times.
    fn received_ms(&self, group: &Group) -> i64 {
        let kept = group.changes.iter().find_map(|change| change.received_ms);
        let own = group.changes.iter().find(|change| self.names.has(&change.facts.actor)).map(|change| change.facts.time_ms);
        let claimed = group.changes.iter().map(|change| change.facts.time_ms).max();
        kept.or(own).or(claimed).unwrap_or_default()
    }

    fn compare(&mut self, turn: &Turn<'_>, group: &Group, recorded: &[Decision]) -> Result<(), Error> {
        let theirs: Vec<&LoggedChange> = group.changes.iter().filter(|change| !self.names.has(&change.facts.actor)).collect();
        let own: Vec<&LoggedChange> = group.changes.iter().filter(|change| self.names.has(&change.facts.actor)).collect();
        let Some(first) = theirs.first() else { return Ok(()) };
        let ends = group.changes.last().map_or(0, |change| change.facts.seq);
        let answered = self.past.answer_at(&first.facts.actor, ends)?;
        let (id, answer) = answered.map_or((Uuid::nil(), None), |(id, answer)| (id, Some(answer)));
        let author = author(turn, first);
        let announced = Announced { author: &author, first_seq: first.facts.seq, now_ms: turn.now_ms };
        let judged = judge(turn, &announced, &intent(id, answer.as_ref(), &theirs))?;
        let recorded: Vec<&Decision> = recorded.iter().filter(|decision| decision.rule != RELEASE).collect();
        let case = Case { intent: id, seq: group.id, at_ms: turn.now_ms, author: author.user, first };
        self.report.intents = self.report.intents.saturating_add(1);
        if first.received_ms.is_none() {
            self.report.inexact = self.report.inexact.saturating_add(1);
        }
        let (judgement, settled) = match judged {
            Judged::Settled(judged) => *judged,
            Judged::Refused { code, message } => {
                self.report.differs(case.refused(code, message));
                return Ok(());
            }
        };
        let fresh: Vec<&Decision> = judgement.decisions.iter().filter(|decision| !self.known.contains(&decision.id)).collect();
        self.report.compare_decisions(&case, &recorded, &fresh);
        self.report.compare_changes(&case, &own, &settled);
        let (code, message) = said(&judgement, author.user);
        let again = (status(judgement.status), code, message);
        match answer {
            Some(answer) => self.report.compare_answer(&case, &answer, again),
            None => self.report.differs(case.unanswered()),
        }
        Ok(())
    }
}

fn author(turn: &Turn<'_>, first: &LoggedChange) -> Author {
    let facts = &first.facts;
    // Whom the office does not know has the least rights.
    let role = turn.people.get(facts.user).map_or(Role::Rep, |user| user.role);
    Author { actor: facts.actor, device: facts.device, user: facts.user, role, clock_off: facts.clock_off }
}

/// The intent as it must have arrived, without what the server had already.
fn intent(id: Uuid, answer: Option<&Answer>, changes: &[&LoggedChange]) -> Intent {
    let mut parts: Vec<Part> = Vec::new();
    for change in changes {
        let doc = change.facts.doc.0;
        match parts.last_mut().filter(|part| part.doc == doc) {
            Some(part) => part.changes.push(change.wire.clone()),
            None => parts.push(Part { kind: change.kind.clone(), doc, changes: vec![change.wire.clone()] }),
        }
    }
    Intent { dseq: answer.map_or(0, |answer| answer.dseq), id, parts, forecast: None }
}

fn judge(turn: &Turn<'_>, announced: &Announced<'_>, intent: &Intent) -> Result<Judged, Error> {
    let merged = match turn.admitted(announced.author, intent) {
        Ok(merged) => merged,
        Err(Stop::Waiting(message)) => return Ok(Judged::Refused { code: "waiting".to_owned(), message }),
        Err(Stop::Refused { code, message }) => return Ok(Judged::Refused { code, message }),
        Err(Stop::Broken(error)) => return Err(error),
    };
    let judged = turn.judged(announced, intent.id, &merged)?;
    let unjudged = || Judged::Refused { code: "server.judge".to_owned(), message: "it cannot be judged".to_owned() };
    Ok(judged.map_or_else(unjudged, |judged| Judged::Settled(Box::new(judged))))
}

/// Keeps the decisions as they were taken: later work may be about one of them.
fn remember(turn: &Turn<'_>, group: &Group, recorded: &[Decision]) -> Result<(), Error> {
    for decision in recorded {
        turn.store.put_decision(decision, group.last_seq)?;
        turn.store.put_awaited(decision)?;
    }
    Ok(())
}

/// Puts the changes of a group into the books as they were.
fn lay_down(turn: &mut Turn<'_>, group: &Group, names: &Names) -> Result<(), Error> {
    // What was entered for somebody (`provision.rs`) leaves credits alone.
    let judged = group.changes.first().is_some_and(|first| first.facts.user != RecordId::default());
    for change in &group.changes {
        lay_down_change(turn, group.id, change)?;
        if judged && names.has(&change.facts.actor) {
            for op in &change.wire.ops {
                if let WireOp::Put { key, .. } = op {
                    turn.store.put_credit(change.facts.doc, key, change.credit.get(key))?;
                }
            }
        }
    }
    Ok(())
}

fn lay_down_change(turn: &mut Turn<'_>, group: u64, change: &LoggedChange) -> Result<(), Error> {
    let kind = record::find(&change.kind).ok_or(Error::Damaged { what: "record type" })?;
    let id = change.facts.doc;
    let there = turn.books().find(id)?;
    let before = match &there {
        Some(held) => Arc::clone(held),
        None => Arc::new(Held::new(kind, id, &document::GENESIS_ACTOR)?),
    };
    let damaged = |_| Error::Damaged { what: "change" };
    let again = change.wire.to_change(&before.genesis.hash, None).map_err(damaged)?;
    let mut doc = before.doc.clone();
    doc.apply_changes([again]).map_err(Error::document(id))?;
    let after = Arc::new(before.with(doc, change.blob.len())?);
    turn.store.put_change(&change.wire, &change.blob, &change.facts, change.received_ms)?;
    turn.store.put_log(change.facts.seq, ORG_SCOPE, group, Logged::Change(&change.wire.hash))?;
    turn.put_held(there.as_deref(), &after)
}
