//! What of the device's outbox is under way.
//!
//! One push is in flight at a time; the next is asked for when all of it is answered. The intents themselves stay with the
//! shell until they are answered, so that a lost connection costs nothing but sending them again.

use std::collections::BTreeSet;

use crate::error::{Error, within};
use crate::frame::Limits;
use crate::message::{Answer, Intent, Status};

/// Unpacked bytes of a push, unless one intent alone is bigger.
pub const PUSH_BYTES_MAX: usize = 1 << 20;

/// Room left in a frame for what surrounds the intents.
const SURROUNDINGS_BYTES_MAX: usize = 64;

/// The push side of a session.
#[derive(Debug, Clone, Default)]
pub(super) struct Outbox {
    /// The shell has been asked and has not replied.
    asked: bool,
    /// The shell may hold intents that were not pushed on this connection.
    more: bool,
    in_flight: BTreeSet<u64>,
    /// The highest pushed on this connection.
    sent_dseq: u64,
    /// An intent was refused: nothing after it can be merged until it is authored again.
    stopped: bool,
}

/// What became of the shell's reply.
pub(super) enum Batch {
    /// Nothing to do.
    Nothing,
    /// To be pushed.
    Push(Vec<Intent>),
    /// The first intent can never be taken by a server.
    Unsendable(Answer),
}

impl Outbox {
    /// Forgets what was in flight, as on a new connection.
    pub(super) fn restart(&mut self) {
        *self = Self { more: true, stopped: self.stopped, ..Self::default() };
    }

    /// The intents were authored again under a new name.
    pub(super) fn renew(&mut self) {
        self.stopped = false;
        self.restart();
    }

    /// Notes that the device did something.
    pub(super) fn grew(&mut self) {
        self.more = true;
    }

    /// Notes that nothing more may be pushed under this name.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// Whether there may be something to push.
    pub(super) fn wants(&self) -> bool {
        self.more && !self.stopped
    }

    /// Whether every pushed intent is answered.
    pub(super) fn is_answered(&self) -> bool {
        self.in_flight.is_empty()
    }

    /// The `dseq` to continue after, if it is time to ask the shell.
    pub(super) fn ask(&mut self) -> Option<u64> {
        if !self.wants() || self.asked || !self.is_answered() {
            return None;
        }
        self.asked = true;
        self.more = false;
        Some(self.sent_dseq)
    }

    /// Takes the shell's reply; what does not fit is asked for again.
    pub(super) fn fill(&mut self, intents: Vec<Intent>, more: bool, limits: &Limits) -> Batch {
        if !self.asked {
            return Batch::Nothing;
        }
        self.asked = false;
        self.more |= more && !intents.is_empty();
        let (mut batch, mut bytes, mut changes) = (Vec::new(), 0_usize, 0_usize);
        for intent in intents {
            if intent.dseq <= self.sent_dseq {
                continue;
            }
            match measure(&intent, limits) {
                Ok(size) if batch.is_empty() || fits(&batch, bytes, changes, &size, limits) => {
                    bytes = bytes.saturating_add(size.bytes);
                    changes = changes.saturating_add(size.changes);
                    self.sent_dseq = intent.dseq;
                    batch.push(intent);
                }
                Err(error) if batch.is_empty() => {
                    self.stopped = true;
                    return Batch::Unsendable(unsendable(intent.dseq, &error));
                }
                Ok(_) | Err(_) => {
                    self.more = true;
                    break;
                }
            }
        }
        if batch.is_empty() {
            return Batch::Nothing;
        }
        self.in_flight = batch.iter().map(|intent| intent.dseq).collect();
        Batch::Push(batch)
    }

    /// Keeps the answers that were waited for.
    pub(super) fn answer(&mut self, mut answers: Vec<Answer>) -> Vec<Answer> {
        answers.retain(|answer| self.in_flight.remove(&answer.dseq));
        self.stopped |= answers.iter().any(|answer| answer.status.stops_pushing());
        answers
    }
}

struct Size {
    bytes: usize,
    changes: usize,
}

/// Measures one intent and refuses what no push can carry.
fn measure(intent: &Intent, limits: &Limits) -> Result<Size, Error> {
    within("parts", intent.parts.len(), limits.parts_max as usize)?;
    let changes = intent.parts.iter().flat_map(|part| &part.changes);
    changes.clone().try_for_each(|change| change.check())?;
    let changes = changes.count();
    within("changes", changes, limits.changes_max as usize)?;
    let bytes = postcard::experimental::serialized_size(intent).map_err(|_| Error::PackMessage)?;
    let room = limits.unpacked_bytes_max.min(limits.frame_bytes_max) as usize;
    within("intent bytes", bytes, room.saturating_sub(SURROUNDINGS_BYTES_MAX))?;
    Ok(Size { bytes, changes })
}

fn fits(batch: &[Intent], bytes: usize, changes: usize, size: &Size, limits: &Limits) -> bool {
    batch.len() < limits.intents_max as usize
        && bytes.saturating_add(size.bytes) <= PUSH_BYTES_MAX
        && changes.saturating_add(size.changes) <= limits.changes_max as usize
}

fn unsendable(dseq: u64, error: &Error) -> Answer {
    Answer { dseq, status: Status::Refused, code: error.code().to_owned(), message: error.to_string(), seq: 0 }
}
