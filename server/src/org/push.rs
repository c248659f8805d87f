//! Pushes: every intent is admitted, judged, settled and answered, many in one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::{self, Judgement};
use fieldbook_domain::raw::Outcome;
use fieldbook_sync::change::ActorBytes;
use fieldbook_sync::message::{Answer, Intent, Status};
use uuid::Uuid;

use super::case::{self, Announced};
use super::register::{CLOSED, REVOKED};
use super::settle;
use super::{Org, Turn};
use crate::admit::{self, Author, Merged, Stop};
use crate::error::Error;
use crate::store::change::ChangeFacts;

/// What is said of an intent the judge fails on.
pub(super) const UNJUDGED: (&str, &str) = ("server.judge", "the server could not judge it");

/// Work a device sent.
#[derive(Clone, Debug)]
pub(crate) struct Push {
    /// The name the session was registered under.
    pub(crate) actor: ActorBytes,
    pub(crate) device: Uuid,
    pub(crate) user: RecordId,
    pub(crate) intents: Vec<Intent>,
}

/// What became of a push.
#[derive(Clone, Debug)]
pub(crate) enum Pushed {
    Answers(Vec<Answer>),
    /// The device may not push any longer.
    Dismissed {
        code: &'static str,
        message: &'static str,
    },
}

impl Org {
    /// Judges pushes, all in one transaction if that is possible.
    pub(super) fn judge_all(&mut self, pushes: &[Push]) -> Vec<Result<Pushed, Error>> {
        let together = self.turn(|turn| pushes.iter().map(|push| turn.push(push)).collect::<Result<Vec<_>, _>>());
        match together {
            Ok(all) => all.into_iter().map(Ok).collect(),
            Err(Error::Unloadable { .. }) => pushes.iter().map(|push| self.judge_singly(push)).collect(),
            Err(error) => {
                tracing::error!(%error, "a turn was given up");
                pushes.iter().map(|_| Err(Error::GivenUp)).collect()
            }
        }
    }

    /// Judges the intents of a push one by one, so that the one that spoils its document is found.
    fn judge_singly(&mut self, push: &Push) -> Result<Pushed, Error> {
        let mut answers = Vec::new();
        for intent in &push.intents {
            let one = Push { intents: vec![intent.clone()], ..push.clone() };
            let judged = match self.turn(|turn| turn.push(&one)) {
                Err(Error::Unloadable { .. }) => {
                    tracing::error!("an intent would have spoiled its document");
                    self.turn(|turn| turn.refuse_only(&one, intent))
                }
                other => other,
            };
            match judged? {
                Pushed::Answers(some) => answers.extend(some),
                dismissed @ Pushed::Dismissed { .. } => return Ok(dismissed),
            }
        }
        Ok(Pushed::Answers(answers))
    }
}

impl Turn<'_> {
    fn push(&mut self, push: &Push) -> Result<Pushed, Error> {
        let device = match self.device_of(push.device, push.user)? {
            Ok(device) => device,
            Err((REVOKED, _)) => return self.set_aside(push),
            Err((code, message)) => return Ok(Pushed::Dismissed { code, message }),
        };
        if device.actor != push.actor {
            return Ok(Pushed::Dismissed { code: "device.actor", message: "the device has taken another name" });
        }
        let mut answers = Vec::with_capacity(push.intents.len());
        for intent in &push.intents {
            // Looked up for each intent: the one before may have changed what its author may do. What somebody left behind is
            // judged as well (INV-14).
            let Some(facts) = self.people.get(push.user) else {
                return Ok(Pushed::Dismissed { code: "user.unknown", message: "there is no such user" });
            };
            let (role, clock_off) = (facts.role, device.clock_off);
            let author = Author { actor: push.actor, device: push.device, user: push.user, role, clock_off };
            answers.push(self.intent(&author, intent)?);
        }
        Ok(Pushed::Answers(answers))
    }

    /// Keeps what a device sends that was shut out, for the administrator to let in or throw away (INV-83); what is beyond the cap
    /// stays on the device.
    fn set_aside(&mut self, push: &Push) -> Result<Pushed, Error> {
        let who = (&push.actor, push.device, push.user);
        for intent in &push.intents {
            if self.store.answer(&push.actor, intent.dseq)?.is_some() {
                continue;
            }
            let (code, message) = (REVOKED, "it came from a device that had been shut out");
            if !self.store.quarantine(self.now_ms, who, intent, (code, message))? {
                break;
            }
            let answer = answer_of(intent, Status::Refused, code, message, 0);
            self.store.put_answer(&push.actor, intent.id, &answer)?;
            self.store.raise_dseq(&push.actor, intent.dseq)?;
        }
        let (code, message) = CLOSED;
        Ok(Pushed::Dismissed { code, message })
    }

    fn intent(&mut self, author: &Author, intent: &Intent) -> Result<Answer, Error> {
        if let Some((id, answer)) = self.store.answer(&author.actor, intent.dseq)? {
            if id == intent.id {
                return Ok(answer);
            }
            let message = "another intent has its number: the device was restored or cloned";
            return Ok(answer_of(intent, Status::Refused, "intent.forked", message, 0));
        }
        let merged = match self.admitted(author, intent) {
            Ok(merged) => merged,
            Err(Stop::Waiting(message)) => return Ok(answer_of(intent, Status::Waiting, "waiting", &message, 0)),
            Err(Stop::Refused { code, message }) => return self.refuse(author, intent, &code, &message),
            Err(Stop::Broken(error)) => return Err(error),
        };
        match self.settle(author, intent, &merged)? {
            Some(answer) => {
                if let Some(forecast) = intent.forecast.as_ref().filter(|_| !merged.is_empty()) {
                    self.tally.foreseen(forecast, &answer, &merged);
                }
                self.answer(author, intent, answer)
            }
            None => self.refuse(author, intent, UNJUDGED.0, UNJUDGED.1),
        }
    }

    /// Lets an intent through the gate, behind a fence.
    pub(super) fn admitted(&self, author: &Author, intent: &Intent) -> Result<Vec<Merged>, Stop> {
        let books = self.books();
        let admitted = catch_unwind(AssertUnwindSafe(|| admit::admit(intent, author, &books, self.now_ms)));
        admitted.unwrap_or_else(|_| Err(Stop::refused("change.refused", "it cannot be read")))
    }

    /// Judges what was admitted and writes it all down; `None`, with nothing written, if it cannot be judged.
    pub(super) fn settle(&mut self, author: &Author, intent: &Intent, merged: &[Merged]) -> Result<Option<Answer>, Error> {
        if merged.is_empty() {
            let seq = self.known_seq(intent)?;
            return Ok(Some(answer_of(intent, Status::Accepted, "accepted", "", seq)));
        }
        self.open_group();
        self.announce(&author.actor)?;
        let announced = Announced { author, first_seq: self.last_seq.saturating_add(1), now_ms: self.now_ms };
        let Some((judgement, settled)) = self.judged(&announced, intent.id, merged)? else { return Ok(None) };
        let seq = self.write_down(&announced, merged, &judgement, &settled)?;
        let (code, message) = said(&judgement, author.user);
        Ok(Some(answer_of(intent, status(judgement.status), &code, &message, seq)))
    }

    /// Judges what was written, behind a fence; `None` if it cannot be judged.
    pub(super) fn judged(
        &self,
        announced: &Announced<'_>,
        id: Uuid,
        merged: &[Merged],
    ) -> Result<Option<(Judgement, settle::Settled)>, Error> {
        match catch_unwind(AssertUnwindSafe(|| self.judge(announced, id, merged))) {
            Ok(Ok(judged)) => Ok(Some(judged)),
            Ok(Err(error @ Error::Database { .. })) => Err(error),
            Ok(Err(error)) => {
                tracing::error!(%error, "an intent could not be judged");
                Ok(None)
            }
            Err(_) => Ok(None),
        }
    }

    fn judge(&self, announced: &Announced<'_>, id: Uuid, merged: &[Merged]) -> Result<(Judgement, settle::Settled), Error> {
        let mut books = self.books();
        let case = case::build(announced, id, merged, &mut books)?;
        let judgement = judge::judge(&case, &books);
        books.fault()?;
        let settled = settle::repair(&judgement.repairs, merged, &books, self.now_ms)?;
        Ok((judgement, settled))
    }

    fn refuse(&mut self, author: &Author, intent: &Intent, code: &str, message: &str) -> Result<Answer, Error> {
        tracing::info!(code, "an intent was refused");
        let who = (&author.actor, author.device, author.user);
        let kept = self.store.quarantine(self.now_ms, who, intent, (code, message))?;
        let answer = answer_of(intent, Status::Refused, code, message, 0);
        if kept {
            return self.answer(author, intent, answer);
        }
        // A reply that is not kept is worked out again when it is asked for again.
        self.store.raise_dseq(&author.actor, intent.dseq)?;
        Ok(answer)
    }

    /// Refuses an intent that passed the gate but would spoil its document.
    fn refuse_only(&mut self, push: &Push, intent: &Intent) -> Result<Pushed, Error> {
        let role = fieldbook_domain::permission::Role::Rep;
        let author = Author { actor: push.actor, device: push.device, user: push.user, role, clock_off: false };
        let answer = self.refuse(&author, intent, "change.unloadable", "it would spoil the record")?;
        Ok(Pushed::Answers(vec![answer]))
    }

    fn answer(&mut self, author: &Author, intent: &Intent, answer: Answer) -> Result<Answer, Error> {
        self.store.put_answer(&author.actor, intent.id, &answer)?;
        self.store.raise_dseq(&author.actor, intent.dseq)?;
        Ok(answer)
    }

    /// The position of work that was there already.
    fn known_seq(&self, intent: &Intent) -> Result<u64, Error> {
        let mut seq = 0;
        for change in intent.parts.iter().flat_map(|part| &part.changes) {
            seq = seq.max(self.store.change(&change.hash)?.map_or(0, |facts: ChangeFacts| facts.seq));
        }
        Ok(seq)
    }
}

fn answer_of(intent: &Intent, status: Status, code: &str, message: &str, seq: u64) -> Answer {
    Answer { dseq: intent.dseq, status, code: code.to_owned(), message: message.to_owned(), seq }
}

pub(super) fn status(outcome: Outcome) -> Status {
    match outcome {
        Outcome::Accepted => Status::Accepted,
        Outcome::Adjusted => Status::Adjusted,
        Outcome::Held => Status::Held,
        Outcome::Rejected => Status::Rejected,
    }
}

/// What the answer tells the author: the decision that made the status what it is.
pub(super) fn said(judgement: &Judgement, author: RecordId) -> (String, String) {
    match judgement.reason(author) {
        Some(decision) => (decision.rule.clone(), decision.message.clone()),
        None => (judgement.status.name().to_owned(), String::new()),
    }
}
