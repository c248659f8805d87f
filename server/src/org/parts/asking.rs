//! What those have to see who read only a part, and to whom something is put that waits (`domain.md` 7).

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_domain::access;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::{self, Decision, World};
use uuid::Uuid;

use super::super::Turn;
use super::super::books::Books;
use super::{Circles, Parts};
use crate::error::Error;
use crate::store::Store;
use crate::store::asked::Asked;

/// What everybody has to see, every decision asked for itself.
pub(crate) fn asked(
    store: &Store,
    books: &Books<'_>,
    circles: &Circles,
) -> Result<BTreeMap<RecordId, BTreeSet<RecordRef>>, Error> {
    let mut found: BTreeMap<RecordId, BTreeSet<RecordRef>> = BTreeMap::new();
    for decision in store.decisions()? {
        for (user, record) in wanted(&decision, books, circles) {
            found.entry(user).or_default().insert(record);
        }
    }
    books.fault()?;
    Ok(found)
}

/// Whom a decision asks who reads only a part, and what they have to see.
fn wanted(decision: &Decision, books: &Books<'_>, circles: &Circles) -> BTreeSet<Asked> {
    if !is_open(decision, books) {
        return BTreeSet::new();
    }
    let asked = judge::put_to(decision, books);
    let asked: Vec<RecordId> = asked.into_iter().filter(|user| circles.contains_key(user)).collect();
    if asked.is_empty() {
        return BTreeSet::new();
    }
    let concerns = judge::concerns(decision, books).into_iter().filter(access::is_shared_out);
    concerns.flat_map(|record| asked.iter().map(move |user| (*user, record.clone()))).collect()
}

fn is_open(decision: &Decision, books: &Books<'_>) -> bool {
    books.raw(&decision.record).is_some_and(|raw| judge::is_open(decision, &raw))
}

impl Turn<'_> {
    /// Brings up to date who is asked by the decisions of which that may have changed, or by all; gives the records others have to see
    /// now.
    pub(super) fn ask(&self, parts: &Parts, everything: bool, circles: &Circles) -> Result<BTreeSet<RecordRef>, Error> {
        let books = self.books();
        let mut changed = BTreeSet::new();
        for id in if everything { self.store.open_questions()? } else { self.questions_of(parts)? } {
            let Some(decision) = self.store.decision(id)? else { continue };
            let (was, now) = (self.store.asked_by(id)?, wanted(&decision, &books, circles));
            for asked in was.difference(&now) {
                self.store.ask_no_more(id, asked)?;
            }
            for asked in now.difference(&was) {
                self.store.ask(id, asked)?;
            }
            changed.extend(was.symmetric_difference(&now).map(|(_, record)| record.clone()));
            if !is_open(&decision, &books) {
                self.store.close_question(id)?;
            }
        }
        books.fault()?;
        Ok(changed)
    }

    /// The open questions whose record changed, or whose sale: it may have another owner.
    fn questions_of(&self, parts: &Parts) -> Result<BTreeSet<Uuid>, Error> {
        let mut found = parts.questions.clone();
        for record in parts.was.keys() {
            found.extend(self.store.open_questions_of(record)?);
            let offers =
                if record.kind == "opportunity" { self.store.referring(record, "quote", "opportunity")? } else { Vec::new() };
            for offer in offers {
                found.extend(self.store.open_questions_of(&offer)?);
            }
        }
        Ok(found)
    }
}
