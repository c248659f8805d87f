//! What the office holds back, for those who decide: the question, the answers, and everything that waits for one.
//!
//! An answer is an action on the record, given offline or not; what is answered leaves the queue at once, and is back if the office
//! does not take the answer.

use fieldbook_domain::action::Records;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::{self, Decision, HeldPart, Waiting, World};
use fieldbook_domain::raw::{Action, Outcome, Raw};
use fieldbook_domain::record;
use fieldbook_domain::refusal::Refusal;
use fieldbook_domain::view;
use rusqlite::Connection;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::Error;
use crate::inbox;
use crate::ledger::Ledger;
use crate::session::Session;
use crate::store::held::Held;
use crate::store::{documents, meta};

/// Something that waits for somebody's word.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReviewItem {
    /// Identifies it; the same as the item of the inbox.
    pub id: Uuid,
    /// The rule that holds it back.
    pub rule: String,
    /// The record.
    pub record: RecordRef,
    /// The record's name for people.
    pub title: String,
    /// The question.
    pub asks: String,
    /// What can be answered.
    pub choices: Vec<ReviewChoice>,
    /// Whose work it is.
    pub author: RecordId,
    /// What they are called, where the book knows.
    pub author_name: Option<String>,
    /// Since when, in milliseconds since 1970.
    pub since_ms: i64,
    /// Why it is held back, in plain words.
    pub message: String,
    /// What waits, record by record.
    pub held: Vec<HeldRecord>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReviewChoice {
    /// The word for it.
    pub name: String,
    /// What it means.
    pub says: String,
}

/// What waits of one record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeldRecord {
    /// The record.
    pub record: RecordRef,
    /// Its name for people, where the book holds it.
    pub title: Option<String>,
    /// Whether the record itself waits, with all that is in it.
    pub created: bool,
    /// What was done.
    pub actions: Vec<String>,
    /// What was typed, by register.
    pub fields: Map<String, Value>,
}

/// What waits for the person who is signed in, oldest first.
pub(crate) fn queue(connection: &Connection) -> Result<Vec<ReviewItem>, Error> {
    let session = meta::session(connection)?;
    let held = Held::new(connection);
    let ledger = Ledger::new(&held, connection, &session);
    let mut queue = Vec::new();
    for decision in inbox::held(connection)? {
        // What waits for somebody is with them for as long as it does.
        let here = documents::kind_of(connection, decision.record.id)?.is_some();
        if here && may_decide(&ledger, &decision, &session) && !waits_for(connection, &decision)?.is_empty() {
            queue.extend(review(connection, &ledger, decision)?);
        }
    }
    queue.sort_by_key(|item| item.since_ms);
    held.settle(())?;
    ledger.settle(queue)
}

/// Whether somebody was asked and may answer: the same test as the office's.
fn may_decide(ledger: &Ledger<'_>, decision: &Decision, session: &Session) -> bool {
    let Some(waiting) = Waiting::of(decision) else { return false };
    decision.told.contains(&session.user) && judge::may_answer(ledger, &waiting, session.user, session.role).is_ok()
}

/// Refuses an answer the office would not take from this person, as far as this phone knows what waits.
pub(crate) fn check(
    connection: &Connection,
    session: &Session,
    records: &dyn Records,
    (record, raw): (&RecordRef, &Raw),
    args: &Map<String, Value>,
) -> Result<(), Error> {
    let ledger = Ledger::new(records, connection, session);
    let item = args.get("item").and_then(Value::as_str).and_then(|item| Uuid::try_parse(item).ok());
    let decision = item.and_then(|item| ledger.decision(item));
    let refused = match &decision {
        Some(decision) => Waiting::of(decision).and_then(|waiting| refused(&ledger, &waiting, session)),
        // Who was not asked knows what waits by the record itself.
        None => {
            let waits = |action: Action| {
                let verdict = raw.verdict(action.id).filter(|verdict| verdict.outcome == Outcome::Held)?;
                Some((judge::holding(&verdict.rule)?, action.by))
            };
            let waits: Vec<_> = raw.actions().into_iter().filter_map(waits).collect();
            let refused = waits.iter().map(|(holding, author)| {
                let waiting = Waiting { rule: holding.rule, who: holding.who, gives: None, record, author: *author };
                refused(&ledger, &waiting, session)
            });
            refused.collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().next())
        }
    };
    ledger.settle(())?;
    refused.map_or(Ok(()), |why| Err(Refusal::new("decide.permission", why).into()))
}

fn refused(ledger: &Ledger<'_>, waiting: &Waiting<'_>, session: &Session) -> Option<String> {
    judge::may_answer(ledger, waiting, session.user, session.role).err()
}

/// Who has to decide, by name; nobody if nothing is held or somebody has answered.
pub(crate) fn waits_for(connection: &Connection, decision: &Decision) -> Result<Vec<String>, Error> {
    let (Some(held), Some(session)) = (&decision.held, meta::get::<Session>(connection, meta::SESSION)?) else {
        return Ok(Vec::new());
    };
    let open = match documents::raw(connection, &decision.record)? {
        Some(raw) => judge::is_open(decision, &raw),
        // A record somebody does not read leaves them with the answer; what became of it they were told.
        None => !inbox::was_decided(connection, decision)?,
    };
    if !open {
        return Ok(Vec::new());
    }
    let records = Held::new(connection);
    let ledger = Ledger::new(&records, connection, &session);
    let who = Waiting::of(decision).map(|waiting| judge::deciders(&ledger, &waiting));
    let mut names: Vec<String> = who.into_iter().flatten().filter_map(|user| Some(ledger.user(user)?.name)).collect();
    if names.is_empty() {
        names.push(held.who.name().to_owned());
    }
    records.settle(())?;
    ledger.settle(names)
}

fn review(connection: &Connection, ledger: &Ledger<'_>, decision: Decision) -> Result<Option<ReviewItem>, Error> {
    let Some(held) = decision.held else { return Ok(None) };
    let parts = held.parts.iter().map(|part| waiting(connection, part));
    Ok(Some(ReviewItem {
        id: decision.id,
        rule: decision.rule,
        record: decision.record,
        title: decision.title,
        asks: held.asks,
        choices: held.choices.into_iter().map(|(name, says)| ReviewChoice { name, says }).collect(),
        author: decision.author,
        author_name: ledger.user(decision.author).map(|facts| facts.name),
        since_ms: decision.at_ms,
        message: decision.message,
        held: parts.collect::<Result<_, _>>()?,
    }))
}

fn waiting(connection: &Connection, part: &HeldPart) -> Result<HeldRecord, Error> {
    let raw = documents::raw(connection, &part.record)?.unwrap_or_default();
    let kind = record::find(&part.record.kind).filter(|_| raw.exists());
    let fields = part.writes.iter().map(|(key, value)| (key.clone(), value.to_json()));
    Ok(HeldRecord {
        title: kind.map(|kind| view::title(kind, &view::of(kind, part.record.id, &raw).body)),
        created: part.withheld.is_some(),
        actions: part.actions.iter().filter_map(|id| Some(raw.action(*id)?.action)).collect(),
        fields: fields.collect(),
        record: part.record.clone(),
    })
}
