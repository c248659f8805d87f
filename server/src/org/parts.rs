//! Who reads only a part of the organisation, and what comes to them and leaves them (INV-17, ADR 0018).
//!
//! What they hold is kept as data and follows every transaction. Their own log says what happened to it: a copy of each change of a
//! record they hold, a record that comes with all its changes, a record that leaves. Where nobody's reading is restricted, none of
//! this costs more than one question for each transaction that touches people.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use fieldbook_domain::access::{self, Affected, DECIDING, Graph, Holding, Named, Slice};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_sync::change::Hash;
use uuid::Uuid;

use super::Turn;
use super::books::Books;
use super::people::People;
use super::shelf::Shelf;
use crate::error::Error;
use crate::store::log::{Logged, user_scope};
use crate::store::{Names, Store};

mod asking;
mod circles;
mod graph;
mod restored;
mod telling;

pub(crate) use asking::asked;
pub(crate) use circles::{Circles, circles};
pub(crate) use graph::Stored;

/// A change that was shown to whoever reads everything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) group: u64,
    pub(crate) doc: RecordId,
    pub(crate) hash: Hash,
    /// Whose work it is.
    pub(crate) user: RecordId,
}

/// What a transaction did, as far as it matters to who holds what.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    /// Its changes, in order.
    pub(crate) shown: Vec<Shown>,
    /// What each changed record named before; nothing for one that is new.
    was: BTreeMap<RecordRef, Option<BTreeSet<Named>>>,
    /// The questions it opened.
    questions: BTreeSet<Uuid>,
    /// Nobody reads what this transaction writes.
    aside: bool,
}

impl Parts {
    /// Shares nothing out of a copy that is thrown away.
    pub(crate) fn set_aside(&mut self) {
        self.aside = true;
    }

    /// Notes that a record changed, which named these before.
    pub(crate) fn changed(&mut self, record: &RecordRef, was: Option<BTreeSet<Named>>) {
        self.was.entry(record.clone()).or_insert(was);
    }

    /// Notes that a decision waits for somebody's word.
    pub(crate) fn asks(&mut self, decision: Uuid) {
        self.questions.insert(decision);
    }

    fn touches_people(&self) -> bool {
        self.was.keys().any(|record| DECIDING.contains(&record.kind.as_str()))
    }
}

/// Those whose part was cut anew, and what came to them with it.
#[derive(Debug, Default)]
struct Recut {
    users: BTreeSet<RecordId>,
    came: BTreeSet<(RecordId, RecordId)>,
}

/// What one user is about to be shown, each with the group it belongs to.
#[derive(Debug, Default)]
struct News<'a> {
    /// A change of a record, or all of it; a record that comes by what happened to another is part of no group.
    rows: Vec<(Option<u64>, RecordId, Option<&'a Hash>)>,
    /// What left them, and why they had it.
    left: Vec<(RecordRef, Holding)>,
}

/// What somebody is to hold who reads only a part, every record asked for itself.
pub(crate) fn slice(store: &Store, names: Names, user: RecordId) -> Result<Option<BTreeSet<RecordRef>>, Error> {
    let (people, shelf) = (People::load(store)?, RefCell::new(Shelf::default()));
    let books = Books::new(store, &shelf, &people, names);
    let circles = circles(store, &books)?;
    let Some(circle) = circles.get(&user) else { return Ok(None) };
    let asked = asked(store, &books, &circles)?.remove(&user).unwrap_or_default();
    let graph = Stored::new(store);
    let slice = Slice { circle, asked: &asked, graph: &graph };
    let held = store.records()?.into_iter().filter(|record| slice.holds(record).is_some()).collect();
    graph.fault()?;
    Ok(Some(held))
}

impl Turn<'_> {
    /// Brings what people hold who read only a part to where this transaction leaves the records; called when it is written.
    pub(crate) fn share_out(&mut self, circles: &mut Option<Circles>) -> Result<(), Error> {
        let parts = std::mem::take(&mut self.parts);
        if parts.aside {
            return Ok(());
        }
        let anew = circles.is_none();
        let circles = match circles {
            Some(circles) => circles,
            None => circles.insert(self.all_circles()?),
        };
        let people = parts.touches_people();
        if people && !anew {
            self.follow_people(&parts, circles)?;
        }
        let asked = if circles.is_empty() { BTreeSet::new() } else { self.ask(&parts, anew || people, circles)? };
        let recut = if anew || people { self.recut(circles)? } else { Recut::default() };
        if circles.is_empty() || (parts.was.is_empty() && asked.is_empty()) {
            return Ok(());
        }
        self.follow(&parts, asked, circles, &recut)
    }

    /// Cuts anew what those hold whose circle is another than it was.
    fn recut(&mut self, circles: &Circles) -> Result<Recut, Error> {
        let before = self.store.slices()?;
        let mut recut = Recut::default();
        for user in before.keys().filter(|user| !circles.contains_key(user)) {
            self.store.drop_slice(*user, &user_scope(*user))?;
        }
        for (user, circle) in circles.iter().filter(|(user, circle)| before.get(user) != Some(circle)) {
            recut.users.insert(*user);
            let (graph, asked) = (Stored::new(self.store), self.store.asked_of(*user)?);
            let now = Slice { circle, asked: &asked, graph: &graph }.all();
            graph.fault()?;
            let was = if before.contains_key(user) {
                self.store.held(*user)?
            } else if self.store.has_device(*user)? {
                // Their phones hold everything, and may lack the newest of it.
                let all = self.store.records()?.into_iter().filter(access::is_shared_out);
                all.map(|record| (record, Holding::Read)).collect()
            } else {
                BTreeMap::new()
            };
            let known = before.contains_key(user);
            self.store.put_slice(*user, circle)?;
            let came = self.replace(*user, &was, &now, known)?;
            recut.came.extend(came.into_iter().map(|doc| (*user, doc)));
        }
        Ok(recut)
    }

    /// Replaces what somebody holds and gives what came; `known` says that they were told of what they held by their own log.
    fn replace(
        &mut self,
        user: RecordId,
        was: &BTreeMap<RecordRef, Holding>,
        now: &BTreeMap<RecordRef, Holding>,
        known: bool,
    ) -> Result<Vec<RecordId>, Error> {
        let mut coming: Vec<&RecordRef> = Vec::new();
        for (record, why) in now {
            let saw = was.get(record).filter(|_| known);
            if saw != Some(why) {
                self.store.hold(user, record, *why)?;
            }
            if saw.is_none() {
                coming.push(record);
            }
        }
        coming.sort_by_key(|record| access::rank(record));
        for record in &coming {
            self.open_group();
            let seq = self.log(&user_scope(user), Logged::Whole(record.id))?;
            self.store.held_since(user, record.id, seq)?;
        }
        let left: Vec<_> =
            was.iter().filter(|(record, _)| !now.contains_key(record)).map(|(record, why)| (record.clone(), *why)).collect();
        let told = left.iter().any(|(_, why)| *why == Holding::Read);
        self.take_away(user, &left)?;
        if told {
            self.tell_of_less(user, &left)?;
        }
        Ok(coming.into_iter().map(|record| record.id).collect())
    }

    /// Follows what this transaction changed, and about what it asked others than before.
    fn follow(&mut self, parts: &Parts, asked: BTreeSet<RecordRef>, circles: &Circles, recut: &Recut) -> Result<(), Error> {
        let graph = Stored::new(self.store);
        let mut affected = access::affected(&parts.was, &graph);
        let named = asked.iter().flat_map(|record| graph.names(record)).map(|(_, named)| named);
        affected.named.extend(named.filter(access::is_shared_out));
        affected.read.extend(asked.into_iter().filter(|record| graph.is_here(record)));
        graph.fault()?;
        let before = self.reread(&affected, circles, &recut.users)?;
        let mut news: BTreeMap<RecordId, News<'_>> = BTreeMap::new();
        let mut came: BTreeSet<(RecordId, RecordId)> = BTreeSet::new();
        let fresh: BTreeSet<RecordId> = parts.was.iter().filter(|(_, was)| was.is_none()).map(|(record, _)| record.id).collect();
        let last_groups: BTreeMap<RecordId, u64> = parts.shown.iter().map(|shown| (shown.doc, shown.group)).collect();
        for (record, was) in &before {
            let now = self.store.holders(record.id)?;
            for user in now.keys().filter(|user| !was.contains_key(user)) {
                came.insert((*user, record.id));
                if !fresh.contains(&record.id) {
                    let group = last_groups.get(&record.id).copied();
                    news.entry(*user).or_default().rows.push((group, record.id, None));
                }
            }
            for (user, why) in was.iter().filter(|(user, _)| !now.contains_key(user)) {
                news.entry(*user).or_default().left.push((record.clone(), *why));
            }
        }
        for shown in &parts.shown {
            for user in self.store.holders(shown.doc)?.into_keys().filter(|user| !recut.came.contains(&(*user, shown.doc))) {
                if fresh.contains(&shown.doc) || !came.contains(&(user, shown.doc)) {
                    news.entry(user).or_default().rows.push((Some(shown.group), shown.doc, Some(&shown.hash)));
                }
            }
        }
        // What somebody wrote themselves is on their phone, even if they never held it here.
        let shared_out = parts.was.keys().filter(|record| access::is_shared_out(record));
        let shared_out: BTreeMap<RecordId, &RecordRef> = shared_out.map(|record| (record.id, record)).collect();
        for shown in parts.shown.iter().filter(|shown| circles.contains_key(&shown.user)) {
            let Some(record) = shared_out.get(&shown.doc) else { continue };
            let left = &mut news.entry(shown.user).or_default().left;
            if !self.store.is_held(shown.user, shown.doc)? && !left.iter().any(|(there, _)| there == *record) {
                left.push((RecordRef::clone(record), Holding::Named));
            }
        }
        for (user, news) in news {
            self.show(user, news, &came)?;
        }
        Ok(())
    }

    /// Works out anew who holds what may have changed hands; gives who held it before.
    fn reread(
        &mut self,
        affected: &Affected,
        circles: &Circles,
        settled: &BTreeSet<RecordId>,
    ) -> Result<BTreeMap<RecordRef, BTreeMap<RecordId, Holding>>, Error> {
        let mut before = BTreeMap::new();
        for record in affected.read.union(&affected.named) {
            before.insert(record.clone(), self.store.holders(record.id)?);
        }
        let followed = || circles.iter().filter(|(user, _)| !settled.contains(user));
        let graph = Stored::new(self.store);
        for record in &affected.read {
            let (was, asked) = (before.get(record), self.store.asked_about(record.id)?);
            for (user, circle) in followed() {
                let asked = if asked.contains(user) { BTreeSet::from([record.clone()]) } else { BTreeSet::new() };
                let sees = Slice { circle, asked: &asked, graph: &graph }.sees(record).unwrap_or(Holding::Named);
                let saw = was.and_then(|was| was.get(user)).copied().unwrap_or(Holding::Named);
                if sees != saw {
                    self.store.hold(*user, record, sees)?;
                }
            }
        }
        graph.fault()?;
        // Who reads what is settled now; what is named follows from it.
        for record in before.keys() {
            let naming = if self.store.is_here(record)? { self.store.readers_of_what_names(record.id)? } else { BTreeSet::new() };
            let holders = self.store.holders(record.id)?;
            for (user, _) in followed() {
                match (holders.get(user), naming.contains(user)) {
                    (None, true) => self.store.hold(*user, record, Holding::Named)?,
                    (Some(Holding::Named), false) => self.store.let_go(*user, record.id)?,
                    (Some(_), _) | (None, false) => {}
                }
            }
        }
        Ok(before)
    }

    /// Writes into somebody's log what happened to what they hold, the parts of one bundle side by side.
    fn show(&mut self, user: RecordId, mut news: News<'_>, came: &BTreeSet<(RecordId, RecordId)>) -> Result<(), Error> {
        let scope = user_scope(user);
        news.rows.sort_by_key(|(group, _, _)| group.unwrap_or(u64::MAX));
        let mut placed = BTreeSet::new();
        for (group, doc, hash) in &news.rows {
            match group {
                Some(group) => self.group = *group,
                None => self.open_group(),
            }
            let seq = self.log(&scope, hash.map_or(Logged::Whole(*doc), Logged::Copy))?;
            if came.contains(&(user, *doc)) && placed.insert(*doc) {
                self.store.held_since(user, *doc, seq)?;
            }
        }
        self.take_away(user, &news.left)?;
        self.tell_of_left(user, &news.left)
    }

    /// Takes records from somebody's phones.
    fn take_away(&mut self, user: RecordId, left: &[(RecordRef, Holding)]) -> Result<(), Error> {
        for (record, _) in left {
            self.open_group();
            self.store.let_go(user, record.id)?;
            self.log(&user_scope(user), Logged::Leave(record.id))?;
        }
        Ok(())
    }
}
