//! The records of the book as the judge looks at them, so that a phone can say what the office will say.
//!
//! The phone does not know who wrote a value of somebody else's, and finds references only where a field is indexed.

use std::cell::RefCell;

use fieldbook_domain::action::{Records, referred};
use fieldbook_domain::field::Kind;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::{Decision, Former, Stamp, UserFacts, World};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Raw;
use fieldbook_domain::record::{self, RECORD_TYPES};
use fieldbook_domain::view;
use rusqlite::Connection;
use uuid::Uuid;

use crate::error::Error;
use crate::inbox;
use crate::session::Session;
use crate::store::{links, projection};

/// The record type of people.
const USER: &str = "user";

/// The book as a world.
pub(crate) struct Ledger<'a> {
    records: &'a dyn Records,
    connection: &'a Connection,
    /// A phone that never synced does not hold its own user's record.
    session: &'a Session,
    trouble: RefCell<Option<Error>>,
}

impl<'a> Ledger<'a> {
    pub(crate) fn new(records: &'a dyn Records, connection: &'a Connection, session: &'a Session) -> Self {
        Self { records, connection, session, trouble: RefCell::default() }
    }

    /// What was found, unless something could not be looked at.
    pub(crate) fn settle<T>(&self, found: T) -> Result<T, Error> {
        self.trouble.borrow_mut().take().map_or(Ok(found), Err)
    }

    fn note<T: Default>(&self, found: Result<T, Error>) -> T {
        found.unwrap_or_else(|error| {
            self.trouble.borrow_mut().get_or_insert(error);
            T::default()
        })
    }

    /// The records one of whose own fields names this one.
    fn named_by_fields(&self, target: &RecordRef) -> Vec<(RecordRef, String)> {
        let (id, full) = (target.id.to_string(), target.to_string());
        let mut found = Vec::new();
        for kind in RECORD_TYPES {
            for field in kind.fields {
                let Kind::Ref(types) = field.kind else { continue };
                if !types.contains(&target.kind.as_str()) || !projection::columns(kind).any(|column| column == field.name) {
                    continue;
                }
                let holds = if types.len() == 1 { &id } else { &full };
                let sources = self.records.referring(kind.name, field.name, holds);
                found.extend(sources.into_iter().map(|source| (source, field.name.to_owned())));
            }
        }
        found
    }
}

impl World for Ledger<'_> {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        self.records.raw(target)
    }

    /// What a phone names and does not hold, the office knows.
    fn is_complete(&self) -> bool {
        false
    }

    fn referrers(&self, target: &RecordRef) -> Vec<(RecordRef, String)> {
        let mut found = self.named_by_fields(target);
        found.extend(self.note(links::to(self.connection, target)));
        found.sort();
        found.dedup();
        found
    }

    fn referring(&self, target: &RecordRef, kind: &str, field: &str) -> Vec<RecordRef> {
        // As the field spells it: where only one type can be named, by the id alone.
        let spelled = [target.id.to_string(), target.to_string()];
        let spelled = spelled.iter().find(|spelled| referred(kind, field, spelled).as_ref() == Some(target));
        spelled.map(|spelled| self.records.referring(kind, field, spelled)).unwrap_or_default()
    }

    fn user(&self, id: RecordId) -> Option<UserFacts> {
        let kind = record::find(USER)?;
        match self.records.raw(&RecordRef::new(USER, id)).filter(Raw::exists) {
            Some(raw) => {
                let shown = view::of(kind, id, &raw);
                Some(UserFacts::of(&shown.body, shown.folded.deleted))
            }
            None if id == self.session.user => {
                let (name, role) = (self.session.name.clone(), self.session.role);
                Some(UserFacts { name, role, manager: None, active: true })
            }
            None => None,
        }
    }

    fn holding(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        self.records.referring(kind, field, holds)
    }

    fn working_as(&self, role: Role) -> Vec<RecordId> {
        let found = self.records.referring(USER, "role", role.name());
        found.into_iter().map(|user| user.id).filter(|id| self.user(*id).is_some_and(|facts| facts.active)).collect()
    }

    /// A phone does not know what people were before.
    fn formerly(&self, _: RecordId) -> Option<Former> {
        None
    }

    fn of_kind(&self, kind: &str) -> Vec<RecordRef> {
        self.note(projection::all(self.connection, kind))
    }

    /// Nothing waits on a phone for a record to arrive.
    fn awaiting(&self, _: &RecordRef) -> Vec<Decision> {
        Vec::new()
    }

    /// The office will give another one; a forecast only says whether it takes effect.
    fn next_number(&self, _: &str) -> u64 {
        1
    }

    fn credit(&self, _: &RecordRef, _: &str) -> Option<Stamp> {
        None
    }

    fn decision(&self, id: Uuid) -> Option<Decision> {
        self.note(inbox::decision(self.connection, id))
    }
}
