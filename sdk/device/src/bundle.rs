//! Several pieces of work as one: all of it or none, on this phone and on the server.

use std::collections::BTreeMap;

use fieldbook_domain::action::{self, Place, Planned, Records, Wish};
use fieldbook_domain::alias;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::lifecycle::{DECIDE, is_universal};
use fieldbook_domain::raw::Raw;
use fieldbook_domain::refusal::{Refusal, a};
use fieldbook_domain::{record, view};
use serde_json::{Map, Value};

use crate::desk::{self, Desk, Draft, blank, declared};
use crate::error::Error;
use crate::review;

/// Keys a shown record has besides what `view::of` puts there.
pub(crate) const SHOWN_ONLY: &[&str] = &["pending", "deleted"];

/// Creates, saves and actions that become one local transaction and one intent.
///
/// Later pieces see what earlier ones did. Whatever several of them write into one record becomes one change.
pub struct Bundle<'d> {
    desk: &'d Desk<'d>,
    drafts: BTreeMap<RecordRef, Draft>,
    order: Vec<RecordRef>,
}

impl<'d> Bundle<'d> {
    pub(crate) fn new(desk: &'d Desk<'d>) -> Self {
        Self { desk, drafts: BTreeMap::new(), order: Vec::new() }
    }

    /// Creates a record; without an id it gets the one that follows from its fields, or a new one.
    ///
    /// # Errors
    /// A refusal: not permitted, an unknown field, a value that cannot be kept, a record that is there already.
    pub fn create(&mut self, kind: &str, id: Option<RecordId>, fields: Map<String, Value>) -> Result<RecordId, Error> {
        let kind = declared(kind)?;
        let id = id.or_else(|| record::id_in(kind, &fields)).unwrap_or_else(|| self.desk.new_id());
        let target = RecordRef::new(kind.name, id);
        if self.raw(&target).is_some_and(|raw| raw.exists()) {
            return Err(Refusal::new("record.exists", format!("there is {} with the id {id} already", a(kind.name))).into());
        }
        let planned = action::create(kind, id, &without_shown(&fields), &self.desk.author(), self);
        self.take(vec![self.settle(planned)?])?;
        Ok(id)
    }

    /// Writes what changed between `was` and `now`, and touches no other field.
    ///
    /// # Errors
    /// `NotFound`; a refusal: not permitted, frozen, deleted, a value that cannot be kept.
    pub fn save(&mut self, kind: &str, id: RecordId, was: &Map<String, Value>, now: &Map<String, Value>) -> Result<(), Error> {
        let kind = declared(kind)?;
        let id = self.standing(kind.name, id);
        let current = self.current(kind.name, id)?;
        let (was, now) = (without_shown(was), without_shown(now));
        let planned = action::save(kind, id, &current, &was, &now, &self.desk.author(), self);
        let planned = self.settle(planned)?;
        self.take(planned)
    }

    /// Performs an action; gives the id of the action itself.
    ///
    /// # Errors
    /// `NotFound`; a refusal: not permitted, not possible from here, a guard that does not hold, `KIND.ACTION.office` for what
    /// only the office does.
    pub fn act(&mut self, kind: &str, id: RecordId, action: &str, args: Map<String, Value>) -> Result<RecordId, Error> {
        let own = self.desk.new_id();
        self.act_as(own, kind, id, action, args)
    }

    /// The same under an id of its own: what is done under one id on several phones is done once (INV-81).
    pub(crate) fn act_as(
        &mut self,
        own: RecordId,
        kind: &str,
        id: RecordId,
        action: &str,
        args: Map<String, Value>,
    ) -> Result<RecordId, Error> {
        let kind = declared(kind)?;
        // An alias is deleted as such, and what is decided about it is.
        let id = if is_universal(action) { id } else { self.standing(kind.name, id) };
        let current = self.current(kind.name, id)?;
        if action == DECIDE {
            let target = RecordRef::new(kind.name, id);
            review::check(self.desk.connection(), self.desk.session(), self, (&target, &current), &args)?;
        }
        let wish = Wish { action, id: own, args: &args, place: Place::Phone };
        let planned = action::act(kind, id, &current, &wish, &self.desk.author(), self);
        let planned = self.settle(planned)?;
        self.take(planned)?;
        Ok(wish.id)
    }

    /// The record as it will be when the bundle is done.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(&self, kind: &str, id: RecordId) -> Result<Map<String, Value>, Error> {
        let kind = declared(kind)?;
        let id = self.standing(kind.name, id);
        let raw = self.current(kind.name, id)?;
        Ok(view::of(kind, id, &raw).body.take())
    }

    /// Whether a record of this type and id is there, deleted ones included.
    #[must_use]
    pub fn holds(&self, kind: &str, id: RecordId) -> bool {
        self.raw(&RecordRef::new(kind, id)).is_some_and(|raw| raw.exists())
    }

    /// The desk it is made at.
    pub(crate) fn desk(&self) -> &'d Desk<'d> {
        self.desk
    }

    /// The records it is about to write into, in order.
    pub(crate) fn targets(&self) -> Vec<RecordRef> {
        self.order.clone()
    }

    /// What it is about to write.
    pub(crate) fn drafts(&self) -> Vec<&Draft> {
        self.order.iter().filter_map(|target| self.drafts.get(target)).collect()
    }

    pub(crate) fn commit(mut self) -> Result<(), Error> {
        let drafts: Vec<Draft> = self.order.iter().filter_map(|target| self.drafts.remove(target)).collect();
        self.desk.commit(drafts, self.desk.author().now_ms)
    }

    /// The record that stands for one that was merged (INV-09).
    pub(crate) fn standing(&self, kind: &str, id: RecordId) -> RecordId {
        alias::survivor(&RecordRef::new(kind, id), self).id
    }

    fn current(&self, kind: &str, id: RecordId) -> Result<Raw, Error> {
        let raw = self.raw(&RecordRef::new(kind, id)).filter(Raw::exists);
        self.desk.check()?;
        raw.ok_or_else(|| Error::not_found(kind, id))
    }

    /// What a rule could not look at counts before what it said.
    fn settle<T>(&self, planned: Result<T, Refusal>) -> Result<T, Error> {
        self.desk.check()?;
        Ok(planned?)
    }

    fn take(&mut self, planned: Vec<Planned>) -> Result<(), Error> {
        let now_ms = self.desk.author().now_ms;
        for Planned { target, writes } in planned {
            let kind = declared(&target.kind)?;
            if !self.drafts.contains_key(&target) {
                let after = self.desk.raw(&target).unwrap_or_else(|| blank(kind));
                self.desk.check()?;
                self.order.push(target.clone());
                self.drafts.insert(target.clone(), Draft { target: target.clone(), kind, writes: Vec::new(), after });
            }
            if let Some(draft) = self.drafts.get_mut(&target) {
                draft.add(writes, now_ms);
            }
        }
        Ok(())
    }
}

impl Records for Bundle<'_> {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        match self.drafts.get(target) {
            Some(draft) => Some(draft.after.clone()),
            None => self.desk.raw(target),
        }
    }

    fn referring(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        // What the bundle itself writes is not in the book yet.
        desk::referring_with(self.desk.referring(kind, field, holds), self.drafts.values(), (kind, field, holds))
    }
}

/// Many bundles in one transaction of the book, each an intent of its own; for imports.
pub struct Batch<'d> {
    desk: &'d Desk<'d>,
}

impl<'d> Batch<'d> {
    pub(crate) fn new(desk: &'d Desk<'d>) -> Self {
        Self { desk }
    }

    /// Runs one bundle; if it is refused nothing of it is written and the batch can go on.
    ///
    /// # Errors
    /// What `work` gives, and what [`crate::Book::bundle`] gives.
    pub fn bundle<T>(&mut self, work: impl FnOnce(&mut Bundle<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut bundle = Bundle::new(self.desk);
        let value = work(&mut bundle)?;
        bundle.commit()?;
        Ok(value)
    }

    /// Creates one record as a bundle of its own.
    ///
    /// # Errors
    /// As [`Bundle::create`].
    pub fn create(&mut self, kind: &str, id: Option<RecordId>, fields: Map<String, Value>) -> Result<RecordId, Error> {
        self.bundle(|bundle| bundle.create(kind, id, fields))
    }
}

fn without_shown(body: &Map<String, Value>) -> Map<String, Value> {
    let mut body = body.clone();
    body.retain(|key, _| !SHOWN_ONLY.contains(&key.as_str()));
    body
}
