//! What people see of the judge: what was decided and what can be done about it, what waits for whom, what will be decided.

use fieldbook_domain::constraint::{self, Flag};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::{Decision, Salvaged};
use fieldbook_domain::lifecycle::{DECIDE, DISMISS};
use fieldbook_domain::refusal::Refusal;
use rusqlite::Transaction;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Book;
use crate::aside::{self, Aside};
use crate::bundle::Bundle;
use crate::clock::Host;
use crate::desk::{Desk, declared};
use crate::error::Error;
use crate::forecast::{self, Forecast};
use crate::history;
use crate::inbox::{self, InboxItem, Settled};
use crate::review::{self, ReviewItem};
use crate::salvage::{self, Way, Wreck};
use crate::store::held::Held;

/// The longest note with an answer.
const NOTE_CHARS_MAX: usize = 2_000;

impl Book {
    /// One item of the inbox, dismissed or not.
    ///
    /// # Errors
    /// A refusal, `inbox.not_found`.
    pub fn inbox_item(&self, item: Uuid) -> Result<InboxItem, Error> {
        self.store.read(move |connection| inbox::shown(connection, item))
    }

    /// Does what an item of the inbox offers, in one transaction through the same saves and actions as anything else, and notes the
    /// item as done; what was done before is not done again. `to` gets what is handed over; else who does it.
    ///
    /// # Errors
    /// A refusal: what a rule says no to, `salvage.none` where nothing is offered, `salvage.by_hand` where a person has to do it;
    /// then nothing was written. `Offline` where the office has to do a part of it.
    pub async fn salvage(&self, item: Uuid, to: Option<RecordRef>) -> Result<Salvaged, Error> {
        let (wreck, errand) = self.store.read_async(move |connection| opened(connection, item)).await?;
        if wreck.done {
            return Ok(already(&wreck));
        }
        let office_done = errand.is_some();
        if let Some(errand) = errand {
            let target = errand.target;
            self.perform_at_office(&target.kind, target.id, &errand.action, errand.args).await?;
        }
        let (host, way) = (self.host.clone(), Way { to, office_done });
        let done = self.store.write_async(move |tx| do_it(tx, &host, &wreck, &way)).await?;
        self.wrote();
        Ok(done)
    }

    /// What [`Book::salvage`] would do; nothing is written.
    ///
    /// # Errors
    /// As [`Book::salvage`], without what the office would say.
    pub fn salvage_plan(&self, item: Uuid, to: Option<RecordRef>) -> Result<Salvaged, Error> {
        let host = self.host.clone();
        self.store.write(move |tx| {
            let (wreck, errand) = opened(tx, item)?;
            if wreck.done {
                return Ok(already(&wreck));
            }
            if let Some(errand) = errand {
                let did = format!("{} at the office", errand.action.replace('_', " "));
                return Ok(Salvaged { records: vec![errand.target], office: true, ..report(&wreck, did) });
            }
            let desk = Desk::open(tx, &host)?;
            let mut bundle = Bundle::new(&desk);
            if salvage::was_done(&bundle, &wreck) {
                return Ok(already(&wreck));
            }
            let did = salvage::run(&mut bundle, &wreck, &Way { to, office_done: false })?;
            Ok(Salvaged { records: bundle.targets(), ..report(&wreck, did.says) })
        })
    }

    /// Takes an item off the list. The losing values kept for its author go with it, unless another item tells of them too.
    ///
    /// # Errors
    /// A refusal, `inbox.not_found`.
    pub fn dismiss(&self, item: Uuid) -> Result<(), Error> {
        let host = self.host.clone();
        self.write(move |tx| {
            let found = inbox::one(tx, item)?;
            let others: Vec<Decision> = inbox::all(tx)?.into_iter().filter_map(read).collect();
            if let Some(decision) = read(found) {
                let desk = Desk::open(tx, &host)?;
                let mut bundle = Bundle::new(&desk);
                salvage::dismiss_own(&mut bundle, &decision, &others)?;
                bundle.commit()?;
            }
            inbox::settle(tx, item, Settled::Dismissed, host.clock.now_ms())
        })
    }

    /// Takes a value that lost: writes it as an edit like any other and dismisses it. `key` is the alternative's.
    ///
    /// # Errors
    /// `NotFound`; a refusal: `alternative.not_found`, or what a rule says no to.
    pub fn choose_alternative(&self, kind: &str, id: RecordId, key: &str) -> Result<(), Error> {
        let (kind, key) = (declared(kind)?, key.to_owned());
        self.bundle(move |bundle| history::choose(bundle, kind, id, &key))
    }

    /// Lets go of a value that lost; it is gone here at once and everywhere with the next sync. `key` is the alternative's.
    ///
    /// # Errors
    /// `NotFound`; a refusal: `dismiss.not_found`, not permitted.
    pub fn dismiss_alternative(&self, kind: &str, id: RecordId, key: &str) -> Result<(), Error> {
        let args = [("alternative".to_owned(), Value::from(key))].into_iter().collect();
        self.act(kind, id, DISMISS, args).map(drop)
    }

    /// What this book held of what others wrote when the server was put back from a backup, and the office has not got back.
    ///
    /// # Errors
    /// The book cannot be read.
    pub fn aside(&self) -> Result<Vec<Aside>, Error> {
        self.store.read(aside::all)
    }

    /// What the office holds back and this person may decide, oldest first.
    ///
    /// # Errors
    /// `SignedOut`.
    pub fn review(&self) -> Result<Vec<ReviewItem>, Error> {
        self.store.read(review::queue)
    }

    /// Answers what the office asked: the item leaves the queue at once, and is back if the office does not take the answer. Gives
    /// the id of the action.
    ///
    /// # Errors
    /// A refusal: `review.not_found` for what does not wait for this person, `review.choice` for what is none of the answers.
    pub fn decide(&self, item: Uuid, choice: &str, note: Option<&str>) -> Result<RecordId, Error> {
        let (choice, note, host) = (choice.to_owned(), note.map(str::to_owned), self.host.clone());
        self.write(move |tx| {
            let found = review::queue(tx)?.into_iter().find(|waiting| waiting.id == item);
            let message = format!("nothing waits for you under {item}; `review` lists what does");
            let found = found.ok_or_else(|| Refusal::new("review.not_found", message))?;
            let args = answer(&found, &choice, note)?;
            let desk = Desk::open(tx, &host)?;
            let mut bundle = Bundle::new(&desk);
            let action = bundle.act(&found.record.kind, found.record.id, DECIDE, args)?;
            bundle.commit()?;
            inbox::mark_read(tx, item)?;
            Ok(action)
        })
    }

    /// What of a record deserves a look; none of it is refused.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn flags(&self, kind: &str, id: RecordId) -> Result<Vec<Flag>, Error> {
        let kind = declared(kind)?;
        let body = self.get(kind.name, id)?;
        self.store.read(move |connection| {
            let held = Held::new(connection);
            held.settle(constraint::flags(kind, id, &body, &held))
        })
    }

    /// What the office would decide about an action if nothing else has happened there; nothing is written.
    ///
    /// # Errors
    /// As [`Book::act`]: what the phone itself refuses.
    pub fn forecast(&self, kind: &str, id: RecordId, action: &str, args: Map<String, Value>) -> Result<Forecast, Error> {
        let (kind, action, host) = (kind.to_owned(), action.to_owned(), self.host.clone());
        self.store.write(move |tx| {
            let desk = Desk::open(tx, &host)?;
            let mut bundle = Bundle::new(&desk);
            bundle.act(&kind, id, &action, args)?;
            forecast::of(&bundle)
        })
    }
}

fn opened(connection: &rusqlite::Connection, item: Uuid) -> Result<(Wreck, Option<salvage::Errand>), Error> {
    let wreck = Wreck::of(inbox::one(connection, item)?)?;
    let errand = salvage::errand(connection, &wreck)?;
    Ok((wreck, errand))
}

fn report(wreck: &Wreck, did: String) -> Salvaged {
    Salvaged { item: wreck.item, salvage: wreck.salvage.clone(), did, records: Vec::new(), office: false, already: false }
}

fn already(wreck: &Wreck) -> Salvaged {
    Salvaged { already: true, ..report(wreck, "it was done already".to_owned()) }
}

fn do_it(tx: &Transaction<'_>, host: &Host, wreck: &Wreck, way: &Way) -> Result<Salvaged, Error> {
    let desk = Desk::open(tx, host)?;
    let mut bundle = Bundle::new(&desk);
    if salvage::was_done(&bundle, wreck) {
        inbox::settle(tx, wreck.item, Settled::Done, host.clock.now_ms())?;
        return Ok(already(wreck));
    }
    let did = salvage::run(&mut bundle, wreck, way)?;
    let mut records = bundle.targets();
    bundle.commit()?;
    if way.office_done
        && let Some(decision) = wreck.decision().filter(|decision| !records.contains(&decision.record))
    {
        records.insert(0, decision.record.clone());
    }
    if did.whole {
        inbox::settle(tx, wreck.item, Settled::Done, host.clock.now_ms())?;
    }
    Ok(Salvaged { records, office: way.office_done, ..report(wreck, did.says) })
}

fn read(item: InboxItem) -> Option<Decision> {
    serde_json::from_value(item.body).ok()
}

fn answer(found: &ReviewItem, choice: &str, note: Option<String>) -> Result<Map<String, Value>, Refusal> {
    if !found.choices.iter().any(|offered| offered.name == choice) {
        let names: Vec<&str> = found.choices.iter().map(|offered| offered.name.as_str()).collect();
        let message = format!("{choice} is none of the answers: {}", names.join(", "));
        return Err(Refusal::field("review.choice", "choice", message));
    }
    if note.as_ref().is_some_and(|note| note.chars().count() > NOTE_CHARS_MAX) {
        let message = format!("a note has at most {NOTE_CHARS_MAX} letters");
        return Err(Refusal::field("field.too_long", "note", message));
    }
    let mut args = Map::new();
    args.insert("item".to_owned(), Value::from(found.id.to_string()));
    args.insert("choice".to_owned(), Value::from(choice));
    args.extend(note.filter(|note| !note.trim().is_empty()).map(|note| ("note".to_owned(), Value::from(note))));
    Ok(args)
}
