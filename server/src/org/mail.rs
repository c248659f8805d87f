//! E-mails the office sends: each at most once (INV-72).
//!
//! That one is being sent is durable before it is handed over. What was being sent when the server stopped may have gone out
//! or not: it is never sent again by itself, its author is told to look.

use std::collections::BTreeSet;

use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::{record, view};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Turn;
use super::office::Acted;
use crate::error::Error;
use crate::store::Store;

const EMAIL: &str = "email";
/// Why an e-mail waits, and why it is looked for after a stop.
const WAITS: &str = "pending_send";
const SENDING: &str = "sending";
const INTERRUPTED: &str = "the office was interrupted while sending it: look whether it arrived before sending it again";

/// A message as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    /// The record.
    pub id: RecordId,
    /// The sender's address.
    pub from: String,
    /// Addresses, each with `to`, `cc` or `bcc`.
    pub recipients: Vec<(String, String)>,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub body: String,
}

/// Whether a message after an id waits to be sent; asked without waiting for anybody.
pub(crate) fn waits(store: &Store, after: RecordId) -> Result<bool, Error> {
    Ok(store.next_email(WAITS, after)?.is_some())
}

impl Turn<'_> {
    /// Takes the next message after an id that waits to be sent; from here on it is being sent.
    pub(crate) fn take_mail(&mut self, after: RecordId) -> Result<Option<Outgoing>, Error> {
        let mut next = self.store.next_email(WAITS, after)?;
        while let Some(id) = next {
            next = self.store.next_email(WAITS, id)?;
            let target = RecordRef::new(EMAIL, id);
            let Some(outgoing) = self.outgoing(&target)? else { continue };
            let unsendable = match (&outgoing.from, outgoing.recipients.is_empty()) {
                (from, _) if from.is_empty() => Some("its author has no e-mail address"),
                (_, true) => Some("none of its recipients has an e-mail address"),
                _ => None,
            };
            if self.act_by_itself(target.clone(), "dispatch", Map::new())? != Acted::Done {
                continue;
            }
            match unsendable {
                Some(why) => self.mail_failed(target.id, why)?,
                None => return Ok(Some(outgoing)),
            }
        }
        Ok(None)
    }

    /// Says that a message went out.
    pub(crate) fn mail_sent(&mut self, id: RecordId) -> Result<(), Error> {
        self.act_by_itself(RecordRef::new(EMAIL, id), "mark_sent", Map::new()).map(drop)
    }

    /// Says that a message could not be sent.
    pub(crate) fn mail_failed(&mut self, id: RecordId, why: &str) -> Result<(), Error> {
        let why: String = why.chars().take(1_000).collect();
        let args = Map::from_iter([("why".to_owned(), Value::from(why))]);
        self.act_by_itself(RecordRef::new(EMAIL, id), "mark_failed", args).map(drop)
    }

    /// Gives up on what was being sent when the server stopped; says how many.
    pub(crate) fn give_up_interrupted(&mut self) -> Result<usize, Error> {
        let (mut count, mut next) = (0_usize, self.store.next_email(SENDING, RecordId(Uuid::nil()))?);
        while let Some(id) = next {
            self.mail_failed(id, INTERRUPTED)?;
            count = count.saturating_add(1);
            next = self.store.next_email(SENDING, id)?;
        }
        Ok(count)
    }

    fn outgoing(&self, target: &RecordRef) -> Result<Option<Outgoing>, Error> {
        let Some(held) = self.books().find(target.id)? else { return Ok(None) };
        let body = view::of(held.kind, held.id, &held.raw).body;
        let (mut from, mut recipients) = (None, BTreeSet::new());
        for party in body.get("parties").and_then(Value::as_array).into_iter().flatten() {
            let part = party.get("part").and_then(Value::as_str).unwrap_or("to").to_owned();
            let Some(address) = self.address_of(party)? else { continue };
            if part == "from" {
                from = Some(address);
            } else {
                recipients.insert((address, part));
            }
        }
        let author = held
            .raw
            .actions()
            .iter()
            .rev()
            .find(|action| ["send", "retry"].contains(&action.action.as_str()))
            .map(|action| action.by);
        let own = author.map(|user| json!({ "party": RecordRef::new("user", user).to_string() }));
        let from = match (from, own) {
            (Some(from), _) => Some(from),
            (None, Some(own)) => self.address_of(&own)?,
            (None, None) => None,
        };
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        Ok(Some(Outgoing {
            id: target.id,
            from: from.unwrap_or_default(),
            recipients: recipients.into_iter().collect(),
            subject: text("subject"),
            body: text("body"),
        }))
    }

    /// The address a party says, else the one of the record it names.
    fn address_of(&self, party: &Value) -> Result<Option<String>, Error> {
        if let Some(address) = party.get("address").and_then(Value::as_str) {
            return Ok(Some(address.to_owned()));
        }
        let Some(named) = party.get("party").and_then(Value::as_str).and_then(|named| named.parse::<RecordRef>().ok()) else {
            return Ok(None);
        };
        let held =
            self.books().find(named.id)?.filter(|held| record::find(&named.kind).is_some_and(|kind| kind.name == held.kind.name));
        Ok(held.and_then(|held| held.raw.text("email").map(str::to_owned)))
    }
}
