//! Settling on the server what offline people did to each other. Pure: the same input gives the same judgement.
//!
//! One admitted intent comes in with its changes merged; out come repairs (ordinary changes the server appends),
//! decisions (who is told what and why) and a status for the author's device. It runs at every merge, is idempotent
//! and reaches its fixed point in one run. In which order it looks at what, and why, is the table in `judge/passes.rs`.

use crate::authority::Authority;
use crate::document::Write;
use crate::ids::{RecordId, RecordRef};
use crate::key;
use crate::permission::Role;
use crate::raw::{Outcome, Raw, Scalar};
use crate::record::RecordType;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

mod activities;
mod authority;
mod bench;
mod billing;
mod bundle;
mod catalogue;
mod children;
mod clock;
mod collide;
mod conflict;
mod constraint;
mod decide;
mod deletion;
mod discount;
mod dismiss;
mod duplicate;
mod follow;
mod freeze;
mod handed_on;
mod hold;
mod inactive;
mod lines;
mod merge;
mod missing;
mod offer;
mod owned;
mod ownership;
mod passes;
mod price;
mod property;
mod qualified;
mod reach;
mod reprice;
mod salvage;
mod within;
mod won;

use bench::Bench;
pub use handed_on::on_opportunity;
pub(crate) use hold::concerned;
pub use hold::{Choice, Does, HOLDS, Held, HeldPart, Holding, Waiting};
pub use hold::{answer, concerns, deciders, holding, is_open, item_of, may_answer, put_to};
pub use missing::overdue;
pub use offer::numbered;
pub(crate) use offer::{awaits, strays};
pub use ownership::INHERITED;
pub(crate) use passes::in_words;
pub use salvage::{SALVAGES, Salvage, Salvaged, may_salvage, offered_action, salvage};
pub use within::InWorld;

/// Who wrote a value, and when as far as the server believes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The user.
    pub user: RecordId,
    /// The device.
    pub device: Uuid,
    /// The claimed time, clamped to [claimed time of the newest change it builds on, server receipt], in milliseconds.
    pub at_ms: i64,
    /// The server's order of acceptance.
    pub seq: u64,
    /// Whether the device's clock was off by more than the tolerance when it last said hello (INV-80).
    pub clock_off: bool,
    /// Hash of the change, in hexadecimal.
    pub change: String,
}

/// One of the values standing in conflict in a register, with its true author.
///
/// For a value the server put in a repair, the stamp is the one the repair credited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contender {
    /// The value.
    pub value: Scalar,
    /// Its author.
    pub stamp: Stamp,
    /// Whether the author of the part saw what it repeats and wrote over it: what the office put there follows from that.
    pub replaced: bool,
}

/// One record's part of an intent, merged into the server's document.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The record's type.
    pub kind: &'static RecordType,
    /// The record's id.
    pub id: RecordId,
    /// The document as the author saw it, before the part's changes.
    pub seen: Raw,
    /// The document as the author left it, after the part's changes and nothing else.
    pub meant: Raw,
    /// The server's document before the merge.
    pub before: Raw,
    /// The server's document after the merge.
    pub after: Raw,
    /// The registers the part's changes set; a deleted register counts as null.
    pub writes: Vec<(String, Scalar)>,
    /// The long texts the part's changes edited.
    pub texts: Vec<String>,
    /// The registers the part wrote in which values stand in conflict after the merge.
    pub conflicts: BTreeMap<String, Vec<Contender>>,
    /// Who wrote the part, and when.
    pub stamp: Stamp,
}

/// An admitted intent: everything one local transaction wrote.
#[derive(Clone, Debug)]
pub struct Case {
    /// The intent's id.
    pub id: Uuid,
    /// The author.
    pub author: RecordId,
    /// What the author may do.
    pub role: Role,
    /// Whether the office did it while the author waited, and not a phone.
    pub at_office: bool,
    /// The server's clock, in milliseconds since 1970.
    pub now_ms: i64,
    /// One entry per record, in the order the device sent them.
    pub arrivals: Vec<Arrival>,
}

/// What the judge must know about a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFacts {
    /// The name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Who they report to.
    pub manager: Option<RecordId>,
    /// Whether they still work here.
    pub active: bool,
}

/// What a user was before their role changed, or before they left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Former {
    /// The role they had.
    pub role: Role,
    /// When that ended, in milliseconds since 1970.
    pub until_ms: i64,
}

impl UserFacts {
    /// Reads a user's record; a role nobody knows gives the least rights.
    #[must_use]
    pub fn of(body: &Map<String, Value>, deleted: bool) -> UserFacts {
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        UserFacts {
            name: text("name").unwrap_or_default().to_owned(),
            role: text("role").and_then(Role::parse).unwrap_or(Role::Rep),
            manager: text("manager").and_then(|id| id.parse().ok()),
            active: !deleted && text("state") == Some("active"),
        }
    }
}

/// The organisation's records as the server holds them, with the case merged in.
pub trait World {
    /// A record.
    fn raw(&self, target: &RecordRef) -> Option<Raw>;
    /// Whether what it does not hold exists nowhere; a phone holds what its user may see, and the office holds the rest.
    fn is_complete(&self) -> bool {
        true
    }
    /// The records whose field refers to `target`, with that field's name.
    fn referrers(&self, target: &RecordRef) -> Vec<(RecordRef, String)>;
    /// The records of a type whose field refers to `target`.
    fn referring(&self, target: &RecordRef, kind: &str, field: &str) -> Vec<RecordRef> {
        let found = self.referrers(target).into_iter();
        found.filter(|(source, by)| source.kind == kind && by == field).map(|(source, _)| source).collect()
    }
    /// The records of a type whose field holds this, where a declaration says that it matches ([`crate::duplicate::matches`]).
    fn holding(&self, kind: &str, field: &str, value: &str) -> Vec<RecordRef>;
    /// A user.
    fn user(&self, id: RecordId) -> Option<UserFacts>;
    /// The active administrators.
    fn admins(&self) -> Vec<RecordId> {
        self.working_as(Role::Admin)
    }
    /// The active users in this role.
    fn working_as(&self, role: Role) -> Vec<RecordId>;
    /// What somebody was before they became what they are now, if that ever changed.
    fn formerly(&self, id: RecordId) -> Option<Former>;
    /// The most somebody could ever give away before now, where that is known.
    fn formerly_gave(&self, _user: RecordId) -> Option<Authority> {
        None
    }
    /// Until when somebody could write records of this type that this owner looks after, where they no longer can.
    fn formerly_wrote(&self, _user: RecordId, _kind: &'static RecordType, _owner: Option<&RecordRef>) -> Option<i64> {
        None
    }
    /// Until when the office had a record down as this owner's, where it no longer does.
    fn formerly_owned(&self, _target: &RecordRef, _owner: Option<&RecordRef>) -> Option<i64> {
        None
    }
    /// Whether whoever made a change of a record had ever been given it: nobody can name changes they were not given.
    fn was_given(&self, _target: &RecordRef, _change: &str) -> bool {
        true
    }
    /// Who wrote the value a register holds, where known (a repair counts for the author it credited).
    fn credit(&self, target: &RecordRef, key: &str) -> Option<Stamp>;
    /// The records of a type of which there are few.
    fn of_kind(&self, kind: &str) -> Vec<RecordRef>;
    /// What a record has said since then: its states, each with when it began, the one that held at that moment first; nothing
    /// where that is not known, as on a phone.
    fn said_since(&self, _: &RecordRef, _since_ms: i64) -> Option<Vec<(i64, Raw)>> {
        None
    }
    /// The decisions that wait for a record to arrive.
    fn awaiting(&self, target: &RecordRef) -> Vec<Decision>;
    /// A decision that was taken before this case.
    fn decision(&self, id: Uuid) -> Option<Decision>;
    /// The next number of a series (INV-32); what is taken counts only if the judgement is written down.
    fn next_number(&self, series: &str) -> u64;
}

/// What the server writes into one document, as one change.
#[derive(Clone, Debug, PartialEq)]
pub struct Repair {
    /// The document; it may be new.
    pub target: RecordRef,
    /// The writes.
    pub writes: Vec<Write>,
    /// The true author of a value the repair puts, by key.
    pub credit: BTreeMap<String, Stamp>,
    /// What the change says about itself.
    pub message: String,
}

/// A decision about somebody's work: what happened, why, what was kept, what won, and what can be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Identifies the decision; the same case gives the same id.
    pub id: Uuid,
    /// The invariant, for example `INV-25`, or `FCR`.
    pub rule: String,
    /// The rule's version.
    pub version: u32,
    /// What was decided.
    pub outcome: Outcome,
    /// The record, `type:id`.
    pub record: RecordRef,
    /// The record's name for people.
    pub title: String,
    /// The field, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The action, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<RecordId>,
    /// The value that stands.
    #[serde(default)]
    pub kept: Value,
    /// The value that lost, kept here whatever happens (INV-83).
    #[serde(default)]
    pub lost: Value,
    /// The change that won, in hexadecimal.
    #[serde(default)]
    pub winner: String,
    /// The change that lost, in hexadecimal.
    #[serde(default)]
    pub loser: String,
    /// Whose work it is about.
    pub author: RecordId,
    /// Who is told.
    pub told: Vec<RecordId>,
    /// The reason in plain words.
    pub message: String,
    /// What can be done with one tap by whoever may ([`may_salvage`]): a name of [`SALVAGES`], or nothing.
    #[serde(default)]
    pub salvage: String,
    /// What waits for somebody to decide, if the outcome is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    /// When, by the server's clock, in milliseconds since 1970.
    pub at_ms: i64,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The worst that happened to any part, for the answer to the device.
    pub status: Outcome,
    /// What the server writes.
    pub repairs: Vec<Repair>,
    /// What people are told.
    pub decisions: Vec<Decision>,
}

impl Judgement {
    /// The decision that made the author's status what it is.
    #[must_use]
    pub fn reason(&self, author: RecordId) -> Option<&Decision> {
        let about = |decision: &&Decision| decision.author == author && decision.outcome == self.status;
        self.decisions.iter().find(about).filter(|_| self.status != Outcome::Accepted)
    }
}

impl Arrival {
    /// The record the arrival is about.
    #[must_use]
    pub fn target(&self) -> RecordRef {
        RecordRef::new(self.kind.name, self.id)
    }

    /// The ids of the actions the part performs that the server did not have (INV-81).
    #[must_use]
    pub(crate) fn new_actions(&self) -> Vec<RecordId> {
        let written = self.writes.iter().filter_map(|(key, _)| key.strip_prefix("actions/")?.parse().ok());
        written.filter(|id| self.before.action(*id).is_none()).collect()
    }

    /// What a register held before the part arrived; null if nothing.
    fn stood(&self, key: &str) -> Scalar {
        self.before.registers.get(key).cloned().unwrap_or(Scalar::Null)
    }

    /// The field and child registers the part wrote that its author may write.
    fn typed(&self) -> impl Iterator<Item = &(String, Scalar)> {
        self.fields().filter(|(key, value)| !owned::is_owned(self, key, value))
    }

    /// The registers of one child the part wrote.
    fn entry(&self, collection: &str, child: RecordId) -> impl Iterator<Item = &(String, Scalar)> {
        let place = key::child(collection, child, "");
        self.fields().filter(move |(key, _)| key.starts_with(&place))
    }

    /// The field and child registers the part wrote.
    fn fields(&self) -> impl Iterator<Item = &(String, Scalar)> {
        self.writes.iter().filter(|(key, _)| !key.starts_with("actions/"))
    }
}

/// Judges a case against every implemented invariant.
#[must_use]
pub fn judge(case: &Case, world: &dyn World) -> Judgement {
    let mut bench = Bench::new(case, world);
    passes::run(&mut bench);
    bench.finish()
}
