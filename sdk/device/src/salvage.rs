//! Doing what a decision offers: one transaction through the same saves and actions as anything else, so that every rule applies.
//!
//! What each name means is the table of the domain (`judge/salvage.rs`); here is how it is done. What only the office does is done
//! there first ([`errand`]), the rest here.

use std::collections::BTreeSet;

use fieldbook_domain::action::Records;
use fieldbook_domain::alternative;
use fieldbook_domain::fold;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::{Decision, offered_action, on_opportunity, salvage};
use fieldbook_domain::key::{self, Key};
use fieldbook_domain::lifecycle::{ActionSpec, DELETE, DISMISS, is_universal};
use fieldbook_domain::record::RecordType;
use fieldbook_domain::refusal::Refusal;
use rusqlite::Connection;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::bundle::Bundle;
use crate::desk::declared;
use crate::edit::{Edit, Values, back_under};
use crate::error::Error;
use crate::inbox::{About, InboxItem};
use crate::store::documents;

mod again;
mod draft;
mod merge;
mod owner;
mod tree;

/// An item with what it offers.
#[derive(Clone, Debug)]
pub(crate) struct Wreck {
    pub(crate) item: Uuid,
    pub(crate) salvage: String,
    pub(crate) done: bool,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Decision(Box<Decision>),
    Refused(Value),
}

/// What the office has to do first.
#[derive(Clone, Debug)]
pub(crate) struct Errand {
    pub(crate) target: RecordRef,
    pub(crate) action: String,
    pub(crate) args: Map<String, Value>,
}

/// How somebody wants it done.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    /// Who gets what is handed over; else who does it.
    pub(crate) to: Option<RecordRef>,
    /// The office has done its part.
    pub(crate) office_done: bool,
}

/// What was done.
pub(crate) struct Did {
    pub(crate) says: String,
    /// Nothing of it is left to be done.
    pub(crate) whole: bool,
}

/// One decision at work.
struct Job<'j, 'd> {
    bundle: &'j mut Bundle<'d>,
    item: Uuid,
    decision: &'j Decision,
    kind: &'static RecordType,
    way: &'j Way,
}

impl Wreck {
    /// Reads an item.
    pub(crate) fn of(item: InboxItem) -> Result<Self, Error> {
        let (id, done) = (item.id, item.done);
        if item.about == About::Refused {
            let content = Content::Refused(item.body);
            return Ok(Self { item: id, salvage: "again".to_owned(), done, content });
        }
        let unreadable = |_| Refusal::new("salvage.unknown", "this app is too old to read the decision: upgrade it");
        let decision: Decision = serde_json::from_value(item.body).map_err(unreadable)?;
        Ok(Self { item: id, salvage: decision.salvage.clone(), done, content: Content::Decision(Box::new(decision)) })
    }

    /// The decision, if the item is one.
    pub(crate) fn decision(&self) -> Option<&Decision> {
        match &self.content {
            Content::Decision(decision) => Some(decision),
            Content::Refused(_) => None,
        }
    }
}

/// What the office has to do first, if anything.
pub(crate) fn errand(connection: &Connection, wreck: &Wreck) -> Result<Option<Errand>, Error> {
    let Some(decision) = wreck.decision() else { return Ok(None) };
    let kind = declared(&decision.record.kind)?;
    let Some(raw) = documents::raw(connection, &decision.record)? else { return Ok(None) };
    let folded = fold::of(kind, &raw);
    let Some((action, args)) = offered_action(kind, decision, &folded) else { return Ok(None) };
    let row = kind.lifecycle.row(&action, &folded.state, &folded.status_reason);
    let office = row.is_some_and(|row| row.office);
    let args = asked(kind, &action, &args);
    Ok(office.then(|| Errand { target: decision.record.clone(), action, args }))
}

/// The arguments a person is asked for; what the office filled in it fills in again.
fn asked(kind: &RecordType, action: &str, args: &Map<String, Value>) -> Map<String, Value> {
    if is_universal(action) {
        return args.clone();
    }
    let known: BTreeSet<&str> =
        kind.lifecycle.action(action).into_iter().flat_map(ActionSpec::asked).map(|arg| arg.field.name).collect();
    args.iter().filter(|(name, _)| known.contains(name.as_str())).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Puts everything into a bundle; what is not in this book is a reason like any other.
pub(crate) fn run(bundle: &mut Bundle<'_>, wreck: &Wreck, way: &Way) -> Result<Did, Error> {
    let done = put(bundle, wreck, way);
    if let Err(Error::NotFound { kind, .. }) = done {
        return Err(Refusal::new("salvage.gone", format!("the {kind} this is about is not there")).into());
    }
    done
}

fn put(bundle: &mut Bundle<'_>, wreck: &Wreck, way: &Way) -> Result<Did, Error> {
    let decision = match &wreck.content {
        Content::Refused(body) => return again::refused(bundle, wreck.item, body).map(whole),
        Content::Decision(decision) => decision,
    };
    let kind = declared(&decision.record.kind)?;
    let mut job = Job { bundle, item: wreck.item, decision, kind, way };
    match wreck.salvage.as_str() {
        "choose" => job.choose().map(whole),
        "again" | "reopen" | "deactivate" | "delete" | "cancel_remaining" => job.again().map(whole),
        "follow_on" => job.start("opportunity").map(whole),
        "new_order" => job.start("order").map(whole),
        "new_quote" => job.start("quote").map(whole),
        "revise" => job.revise().map(whole),
        "swap" => job.swap().map(whole),
        "merge" => job.merge().map(whole),
        "take_over" => job.take_over().map(whole),
        "reissue" => job.reissue().map(whole),
        "hand_over" => job.hand_over(),
        name => Err(by_hand(name, decision).into()),
    }
}

fn deed(item: Uuid, salvage: &str) -> RecordId {
    RecordId(item).derived(&format!("{salvage}/action"))
}

/// Whether another phone of the person did it, and this one knows: what it makes is there, or what it does was done.
pub(crate) fn was_done(bundle: &Bundle<'_>, wreck: &Wreck) -> bool {
    let Some(decision) = wreck.decision() else { return false };
    let made = RecordId(wreck.item).derived(&wreck.salvage);
    let deed = deed(wreck.item, &wreck.salvage);
    let makes = match wreck.salvage.as_str() {
        "follow_on" => "opportunity",
        "new_order" => "order",
        "new_quote" => "quote",
        "reissue" => "invoice",
        _ => return bundle.raw(&decision.record).is_some_and(|raw| raw.action(deed).is_some()),
    };
    // An invoice of an order follows from the action on that.
    bundle.holds(makes, made) || bundle.holds(makes, deed.derived(makes))
}

fn whole(says: String) -> Did {
    Did { says, whole: true }
}

/// What no app can do, with what a person can.
fn by_hand(name: &str, decision: &Decision) -> Refusal {
    let title = &decision.title;
    match salvage(name) {
        Some(offer) if name == "clock" => Refusal::new("salvage.by_hand", offer.does),
        Some(_) if name == "move" => {
            let what = decision.field.as_deref().map_or("it".to_owned(), |field| field.replace(['_', '/'], " "));
            let message = format!("change {what} of {title} yourself: only you know where it belongs now. {}", decision.message);
            Refusal::new("salvage.by_hand", message)
        }
        Some(offer) => Refusal::new("salvage.by_hand", format!("{} has to be done by hand", offer.says)),
        None if name.is_empty() => {
            Refusal::new("salvage.none", format!("there is nothing to do about {title}: read it, and dismiss it"))
        }
        None => Refusal::new("salvage.unknown", format!("this app does not know how to {name}: upgrade it")),
    }
}

/// The values a decision says were lost, by register of its record; none where an action was.
fn lost_values(kind: &'static RecordType, decision: &Decision) -> Values {
    let field = decision.field.as_deref().unwrap_or_default();
    let is_register = |key: &str| matches!(key::parse(kind, key), Key::Field(_) | Key::Child { .. });
    let lost = &decision.lost;
    if decision.action.is_some() && lost.get("action").is_some() {
        return Values::new();
    }
    if let Some(lost) = lost.as_object().filter(|lost| !is_register(field) || lost.contains_key(field)) {
        return lost.iter().filter(|(key, _)| is_register(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
    }
    if is_register(field) { [(field.to_owned(), lost.clone())].into_iter().collect() } else { Values::new() }
}

impl Job<'_, '_> {
    fn id(&self) -> RecordId {
        self.decision.record.id
    }

    /// The id of a record the salvage makes: the same on every phone of the person.
    fn made(&self) -> RecordId {
        RecordId(self.item).derived(&self.decision.salvage)
    }

    /// The id of what the salvage does: the same on every phone of the person, so that two taps are one action.
    fn deed(&self) -> RecordId {
        deed(self.item, &self.decision.salvage)
    }

    fn lost(&self) -> Values {
        lost_values(self.kind, self.decision)
    }

    fn choose(&mut self) -> Result<String, Error> {
        let values = self.lost();
        if values.is_empty() {
            return Err(Refusal::new("salvage.nothing", "the decision holds no value to take").into());
        }
        let wrote = write(self.bundle, self.kind, self.id(), &values, self.item)?;
        self.let_go(&self.decision.record, &values)?;
        let fields: BTreeSet<String> = values.keys().map(|key| spoken(key)).collect();
        let fields = fields.into_iter().collect::<Vec<_>>().join(", ");
        let title = &self.decision.title;
        Ok(if wrote {
            format!("took the other {fields} of {title}")
        } else {
            format!("the other {fields} of {title} stands already")
        })
    }

    fn again(&mut self) -> Result<String, Error> {
        let raw = self.bundle.raw(&self.decision.record).unwrap_or_default();
        match offered_action(self.kind, self.decision, &fold::of(self.kind, &raw)) {
            Some((action, args)) => self.act(&action, &args),
            None => self.choose(),
        }
    }

    fn act(&mut self, action: &str, args: &Map<String, Value>) -> Result<String, Error> {
        if !self.way.office_done {
            let args = asked(self.kind, action, args);
            self.bundle.act_as(self.deed(), self.kind.name, self.id(), action, args)?;
        }
        Ok(done(action, &self.decision.title))
    }

    fn take_over(&mut self) -> Result<String, Error> {
        let sale = RecordRef::new("opportunity", self.id().derived("opportunity"));
        let mapped = self.lost().into_iter().filter_map(|(key, value)| on_opportunity(&key, &value));
        let values: Values = mapped.map(|(field, value)| (field.to_owned(), value)).collect();
        if values.is_empty() {
            return Err(Refusal::new("salvage.nothing", "nothing of this has a place on the opportunity").into());
        }
        write(self.bundle, declared(&sale.kind)?, sale.id, &values, self.item)?;
        self.let_go(&sale, &values)?;
        self.let_go(&self.decision.record, &self.lost())?;
        let fields = values.keys().map(|key| spoken(key)).collect::<Vec<_>>().join(", ");
        Ok(format!("took {fields} over on the opportunity of {}", self.decision.title))
    }

    /// Dismisses what was kept of these values for the decision's author.
    fn let_go(&mut self, target: &RecordRef, values: &Values) -> Result<(), Error> {
        let author = self.decision.author;
        dismiss(self.bundle, target, |losing| {
            losing.author() == Some(author) && values.get(&losing.place).is_some_and(|value| value == losing.value())
        })
    }
}

/// Dismisses the losing values of a record that `wanted` picks.
pub(crate) fn dismiss(
    bundle: &mut Bundle<'_>,
    target: &RecordRef,
    wanted: impl Fn(&alternative::Losing) -> bool,
) -> Result<(), Error> {
    let Some(raw) = bundle.raw(target) else { return Ok(()) };
    for losing in alternative::standing(target.id, &raw).into_iter().filter(wanted) {
        let args = [("alternative".to_owned(), Value::from(losing.key))].into_iter().collect();
        bundle.act(&target.kind, target.id, DISMISS, args)?;
    }
    Ok(())
}

/// Lets go of what an item kept for its author beside its record, unless another item still tells of it.
pub(crate) fn dismiss_own(bundle: &mut Bundle<'_>, decision: &Decision, others: &[Decision]) -> Result<(), Error> {
    let kind = declared(&decision.record.kind)?;
    // Who was told as an owner or a manager does not take from the author what is theirs.
    if decision.author != bundle.desk().session().user || !kind.access.may_write(bundle.desk().session().role) {
        return Ok(());
    }
    let values = lost_values(kind, decision);
    let told = |other: &&Decision| other.record == decision.record && other.id != decision.id;
    let shared: Vec<Values> = others.iter().filter(told).map(|other| lost_values(kind, other)).collect();
    dismiss(bundle, &decision.record, |losing| {
        let among = |values: &Values| values.get(&losing.place).is_some_and(|value| value == losing.value());
        losing.author() == Some(decision.author) && among(&values) && !shared.iter().any(among)
    })
}

/// Saves values over what a record holds; gives whether that changed anything.
pub(crate) fn write(
    bundle: &mut Bundle<'_>,
    kind: &'static RecordType,
    id: RecordId,
    values: &Values,
    item: Uuid,
) -> Result<bool, Error> {
    let was = bundle.get(kind.name, id)?;
    let raw = bundle.raw(&RecordRef::new(kind.name, id)).unwrap_or_default();
    let mut now = was.clone();
    let rename = back_under(&raw, RecordId(item));
    let typed = Edit { kind, values, base: None, rename: &rename }.apply(&mut now);
    if !typed && let Some(key) = values.keys().next() {
        let message = format!("{} follows from what is done to the record and cannot be typed: do it again instead", spoken(key));
        return Err(Refusal::field("INV-84", key, message).into());
    }
    if now == was {
        return Ok(false);
    }
    bundle.save(kind.name, id, &was, &now)?;
    Ok(true)
}

/// A register's name for people.
fn spoken(key: &str) -> String {
    key.rsplit('/').next().unwrap_or(key).replace('_', " ")
}

/// What was done, in plain words.
fn done(action: &str, title: &str) -> String {
    match action {
        "reopen" | "activate" | "reactivate" => format!("reopened {title}"),
        "deactivate" => format!("took {title} out of use"),
        "merge" => format!("merged {title}"),
        "cancel_remaining" => format!("canceled what was left of {title}"),
        DELETE => format!("deleted {title}"),
        other => format!("did this again to {title}: {}", other.replace('_', " ")),
    }
}
