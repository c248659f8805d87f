//! Somebody's wish to perform an action, and what must be true for it.

use crate::action::{Author, Records};
use crate::authority::Authority;
use crate::ids::RecordId;
use crate::permission::Role;
use crate::time;
use chrono::NaiveDate;
use serde_json::{Map, Value};

/// Something that must be true for a move, phrased so that a person can read it.
#[derive(Debug)]
pub struct Guard {
    /// Stable code, the last part of the refusal's code.
    pub code: &'static str,
    /// What must be true.
    pub name: &'static str,
    /// Whether it is.
    pub holds: fn(&Attempt<'_>) -> bool,
}

/// Somebody's wish to perform an action, with all that guards may look at.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The record's id.
    pub id: RecordId,
    /// The record as its author saw it.
    pub record: &'a Map<String, Value>,
    /// The arguments, filled in.
    pub args: &'a Map<String, Value>,
    /// The day by the author's (or the judging server's) clock.
    pub today: NaiveDate,
    /// Its author.
    pub by: RecordId,
    /// What its author may do.
    pub role: Role,
    /// The people, whom both sides know.
    pub people: &'a dyn Records,
    /// The records around it, as its author sees them. The server does not know what its author saw of others: it settles
    /// with its invariants what came in between.
    pub around: Option<&'a dyn Records>,
}

impl std::fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt").field("record", &self.record).field("args", &self.args).finish_non_exhaustive()
    }
}

impl<'a> Attempt<'a> {
    /// What somebody wishes to do to a record as they see it, and what is around it.
    pub(crate) fn of(
        id: RecordId,
        record: &'a Map<String, Value>,
        args: &'a Map<String, Value>,
        author: &Author,
        records: &'a dyn Records,
    ) -> Attempt<'a> {
        let today = time::date_of(author.now_ms);
        Attempt { id, record, args, today, by: author.user, role: author.role, people: records, around: Some(records) }
    }
}

impl Attempt<'_> {
    /// Whether the record holds something in this field.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.record.get(field).is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
    }

    /// What its author may give away.
    #[must_use]
    pub fn authority(&self) -> Authority {
        Authority::of(self.by, self.role, self.people)
    }

    /// An argument as text.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<&str> {
        self.args.get(name).and_then(Value::as_str)
    }
}
