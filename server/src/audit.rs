//! What happened in an organisation, in one line of time: every decision, and what was noted of devices and refused work.

use std::collections::BTreeMap;

use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::Decision;
use serde::Serialize;
use uuid::Uuid;

use crate::error::Error;
use crate::store::Store;

/// What to look for; nothing asked for is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// About one record.
    pub record: Option<RecordRef>,
    /// Somebody's work, or what somebody was told.
    pub user: Option<RecordId>,
    /// By one rule, for example `INV-25`.
    pub rule: Option<String>,
    /// Not before this moment, in milliseconds since 1970.
    pub since_ms: Option<i64>,
}

/// Somebody, by id and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The user.
    pub id: RecordId,
    /// What they are called; empty if nobody knows.
    pub name: String,
}

/// Something that was noted of somebody's device or work, outside any record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// When, by the server's clock, in milliseconds since 1970.
    pub at_ms: i64,
    /// What happened, for example `device.registered`.
    pub what: String,
    /// Whose work or device it is about.
    pub user: RecordId,
    /// The device.
    pub device: Uuid,
    /// What else there is to say.
    pub detail: String,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The judge, or the administrator, decided about somebody's work.
    Decision {
        /// Whose work.
        by: Person,
        /// Who was told.
        told_to: Vec<Person>,
        /// All of it.
        #[serde(flatten)]
        decision: Box<Decision>,
    },
    /// Something was noted.
    Note {
        /// Whose work or device.
        by: Person,
        /// All of it.
        #[serde(flatten)]
        note: Note,
    },
}

impl Event {
    /// When, in milliseconds since 1970.
    #[must_use]
    pub fn at_ms(&self) -> i64 {
        match self {
            Event::Decision { decision, .. } => decision.at_ms,
            Event::Note { note, .. } => note.at_ms,
        }
    }
}

impl AuditFilter {
    fn wants_decision(&self, decision: &Decision) -> bool {
        self.since_ms.is_none_or(|since| decision.at_ms >= since)
            && self.record.as_ref().is_none_or(|record| decision.record == *record)
            && self.rule.as_ref().is_none_or(|rule| decision.rule == *rule)
            && self.user.is_none_or(|user| decision.author == user || decision.told.contains(&user))
    }

    fn wants_note(&self, note: &Note) -> bool {
        self.since_ms.is_none_or(|since| note.at_ms >= since)
            && self.record.as_ref().is_none_or(|record| note.detail == record.to_string())
            && self.rule.as_ref().is_none_or(|rule| note.what == *rule)
            && self.user.is_none_or(|user| note.user == user)
    }
}

/// Everything that happened, oldest first.
pub(crate) fn events(store: &Store, filter: &AuditFilter) -> Result<Vec<Event>, Error> {
    let mut names = Names { store, known: BTreeMap::new() };
    let mut events = Vec::new();
    // Notes first: what was noted at the moment of a decision led to it.
    for note in store.notes()?.into_iter().filter(|note| filter.wants_note(note)) {
        events.push(Event::Note { by: names.person(note.user)?, note });
    }
    for decision in store.decisions()?.into_iter().filter(|decision| filter.wants_decision(decision)) {
        let told_to = decision.told.iter().map(|user| names.person(*user)).collect::<Result<_, _>>()?;
        events.push(Event::Decision { by: names.person(decision.author)?, told_to, decision: Box::new(decision) });
    }
    events.sort_by_key(Event::at_ms);
    Ok(events)
}

struct Names<'s> {
    store: &'s Store,
    known: BTreeMap<RecordId, String>,
}

impl Names<'_> {
    fn person(&mut self, id: RecordId) -> Result<Person, Error> {
        let name = match self.known.get(&id) {
            Some(name) => name.clone(),
            None => self.store.user_name(id)?,
        };
        self.known.insert(id, name.clone());
        Ok(Person { id, name })
    }
}
