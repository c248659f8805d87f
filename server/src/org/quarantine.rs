//! Refused work, looked at by the administrator: given to the gate again, or thrown away.

use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::raw::Outcome;
use fieldbook_domain::time;
use fieldbook_sync::message::{Answer, Intent, Status};
use uuid::Uuid;

use super::Turn;
use super::push::UNJUDGED;
use super::tell::Told;
use crate::admit::{Author, Stop};
use crate::error::Error;
use crate::store::quarantine::Kept;

/// What a decision to let refused work in is called; it is the administrator's, not an invariant's.
pub(crate) const RELEASE: &str = "RELEASE";
/// How it may have to be read by those who wrote it.
const RELEASE_VERSION: u32 = 1;

/// What became of refused work that was given to the gate again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// It was merged and judged.
    Merged {
        /// What the judge made of it.
        status: Status,
        /// The stable word for that.
        code: String,
        /// A sentence for a person.
        message: String,
    },
    /// It was refused again, and stays where it is.
    Refused {
        /// The stable word for why.
        code: String,
        /// Why, in plain words.
        message: String,
    },
    /// There is nothing of this number.
    Unknown,
}

impl Turn<'_> {
    /// Admits and judges refused work as if it arrived now, for the author it had.
    pub(crate) fn release(&mut self, id: u64) -> Result<Release, Error> {
        let Some(kept) = self.store.kept(id)? else { return Ok(Release::Unknown) };
        let intent = kept.intent()?;
        let released = self.readmit(&kept, &intent)?;
        let what = match released {
            Release::Merged { .. } => "quarantine.released",
            Release::Refused { .. } | Release::Unknown => "quarantine.refused_again",
        };
        self.note(what, &kept, &intent)?;
        Ok(released)
    }

    /// Throws refused work away; says whether there was any of this number.
    pub(crate) fn purge(&mut self, id: u64) -> Result<bool, Error> {
        let Some(kept) = self.store.kept(id)? else { return Ok(false) };
        self.store.discard(id)?;
        let detail = format!("{id} {} intent {} ({} bytes)", kept.row.code, kept.row.dseq, kept.row.bytes);
        self.store.audit(self.now_ms, "quarantine.purged", kept.row.user, kept.row.device, &detail)?;
        Ok(true)
    }

    fn readmit(&mut self, kept: &Kept, intent: &Intent) -> Result<Release, Error> {
        let refused = |code: &str, message: &str| Release::Refused { code: code.to_owned(), message: message.to_owned() };
        let (user, device) = (kept.row.user, kept.row.device);
        let Some(facts) = self.people.get(user).filter(|facts| facts.active) else {
            return Ok(refused("user.inactive", "its author no longer works here"));
        };
        let clock_off = self.store.device(device)?.is_some_and(|device| device.clock_off);
        let author = Author { actor: kept.actor, device, user, role: facts.role, clock_off };
        let merged = match self.admitted(&author, intent) {
            Ok(merged) => merged,
            Err(Stop::Waiting(message)) => return Ok(refused("waiting", &message)),
            Err(Stop::Refused { code, message }) => return Ok(Release::Refused { code, message }),
            Err(Stop::Broken(error)) => return Err(error),
        };
        let Some(answer) = self.settle(&author, intent, &merged)? else { return Ok(refused(UNJUDGED.0, UNJUDGED.1)) };
        if !merged.is_empty() {
            self.tell_released(kept, intent, answer.status)?;
        }
        self.store.replace_answer(&kept.actor, intent.id, &answer)?;
        self.store.discard(kept.row.id)?;
        let Answer { status, code, message, .. } = answer;
        Ok(Release::Merged { status, code, message })
    }

    /// The author was told that it was refused, and must hear that it counts.
    fn tell_released(&mut self, kept: &Kept, intent: &Intent, status: Status) -> Result<(), Error> {
        let Some(part) = intent.parts.first() else { return Ok(()) };
        let record = RecordRef::new(part.kind.clone(), RecordId(part.doc));
        let title = self.title(&record)?;
        let day = time::date_of(kept.row.at_ms);
        let message = format!(
            "The office has taken in your work on {title} that was refused on {day}. If you did it again since then, look at \
             the record once more."
        );
        let outcome = match status {
            Status::Adjusted => Outcome::Adjusted,
            Status::Held => Outcome::Held,
            Status::Rejected => Outcome::Rejected,
            Status::Accepted | Status::Refused | Status::Waiting => Outcome::Accepted,
        };
        let (id, rule) = (Uuid::new_v5(&intent.id, RELEASE.as_bytes()), (RELEASE, RELEASE_VERSION));
        self.tell(Told { id, rule, outcome, record, title, user: kept.row.user, message })
    }

    fn note(&self, what: &str, kept: &Kept, intent: &Intent) -> Result<(), Error> {
        let detail = format!("{} {} intent {}", kept.row.id, kept.row.code, intent.id);
        self.store.audit(self.now_ms, what, kept.row.user, kept.row.device, &detail)
    }
}
