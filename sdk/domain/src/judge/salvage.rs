//! What a person can do about a decision with one tap, by name.
//!
//! A decision carries the name ([`super::Decision::salvage`]), so that every app words it in its own language; what a name does is
//! done on the phone, through the same saves and actions as anything else, so that every rule applies to it.

use crate::action::{Records, reaches};
use crate::fold::{self, Folded};
use crate::ids::{RecordId, RecordRef};
use crate::judge::Decision;
use crate::lifecycle::DELETE;
use crate::owner;
use crate::permission::{Role, Who};
use crate::record::{self, RecordType};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// One thing to do about a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "SalvageOffer"))]
pub struct Salvage {
    /// The name a decision carries.
    pub name: &'static str,
    /// What a person reads on the button.
    pub says: &'static str,
    /// What it does.
    pub does: &'static str,
}

/// What was done about an item of the inbox, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "SalvageDone"))]
pub struct Salvaged {
    /// The item.
    pub item: Uuid,
    /// What it offers, the name of a [`Salvage`].
    pub salvage: String,
    /// What was done, in plain words.
    pub did: String,
    /// The records that were written.
    pub records: Vec<RecordRef>,
    /// Whether the office does it, or a part of it, so that it needs a connection.
    pub office: bool,
    /// It was done before, and was not done again.
    pub already: bool,
}

const fn offer(name: &'static str, says: &'static str, does: &'static str) -> Salvage {
    Salvage { name, says, does }
}

/// Everything a decision may offer.
#[rustfmt::skip]
pub const SALVAGES: &[Salvage] = &[
    offer("choose",     "take the losing value",                   "Writes the value that lost over the one that stands, as an edit like any other."),
    offer("again",      "do it again",                             "Does again what had no effect, on the record as it is now: the action with what was said, or the edit."),
    offer("follow_on",  "copy it to a follow-on opportunity",      "Creates an opportunity of the same customer with the lines and dates that were proposed."),
    offer("new_order",  "put it on a new order",                   "Creates an order of the same customer with the lines that were proposed."),
    offer("new_quote",  "put it on a new quote",                   "Drafts a quote for the same customer with the lines that were proposed."),
    offer("revise",     "revise the quote with it",                "Revises the quote and makes the edits on the new draft."),
    offer("swap",       "swap the direction",                      "Takes away the link that stands and sets the one that lost."),
    offer("merge",      "merge the two",                           "Merges the duplicate into the record that stands."),
    offer("reopen",     "reopen it",                               "Opens the record again, so that it can be changed."),
    offer("delete",     "delete it again",                         "Deletes the record with the edit that brought it back."),
    offer("deactivate", "take it out of use instead",              "Deactivates the record; what refers to it stays."),
    offer("clock",      "set the clock",                           "Nothing an app can do: set date and time of this phone to automatic, then sync."),
    offer("take_over",  "take it over on the opportunity",         "Writes the value on the opportunity that came out of the lead."),
    offer("reissue",    "cancel the invoice and issue it again",   "Cancels the invoice at the office and drafts a new one; needs a connection."),
    offer("hand_over",  "hand it over",                            "Makes somebody else the owner: of what stayed behind, or of all a colleague who left looked after."),
    offer("cancel_remaining", "cancel what is left",              "Cancels what was neither shipped nor billed of the order."),
    offer("move",       "put it somewhere else",                   "Nothing an app can guess: give it another place or time."),
];

/// The offer of this name; none for the empty name and for those of a newer server.
#[must_use]
pub fn salvage(name: &str) -> Option<&'static Salvage> {
    SALVAGES.iter().find(|salvage| salvage.name == name)
}

/// The action a decision offers, with its arguments, where it offers one; `now` is how the record stands.
#[must_use]
pub fn offered_action(kind: &RecordType, decision: &Decision, now: &Folded) -> Option<(String, Map<String, Value>)> {
    match decision.salvage.as_str() {
        "reopen" => {
            let row = kind.lifecycle.reopening(&now.state, &now.status_reason);
            Some((row.map_or("reopen", |row| row.action).to_owned(), Map::new()))
        }
        "deactivate" | DELETE | "cancel_remaining" => Some((decision.salvage.clone(), Map::new())),
        "reissue" => Some(("cancel".to_owned(), Map::new())),
        "again" => {
            let args = decision.lost.get("args").and_then(Value::as_object).cloned().unwrap_or_default();
            Some((decision.lost.get("action")?.as_str()?.to_owned(), args))
        }
        _ => None,
    }
}

/// Whether somebody may do what a decision offers: it is told to several people, and not all of them may. That it is possible as
/// things stand is not asked: what stands in its way is said when it is tried.
#[must_use]
pub fn may_salvage(decision: &Decision, user: RecordId, role: Role, records: &dyn Records) -> bool {
    let target = &decision.record;
    let (Some(kind), Some(raw)) = (record::find(&target.kind), records.raw(target)) else { return true };
    let writes = |name: &str| record::find(name).is_some_and(|kind| kind.access.may_write(role));
    let may_touch = || reaches(kind, &raw, (user, role), records);
    let folded = fold::of(kind, &raw);
    match decision.salvage.as_str() {
        "" | "clock" | "move" => true,
        "follow_on" => writes("opportunity"),
        "new_order" => writes("order"),
        "new_quote" => writes("quote"),
        "hand_over" => may_hand_over(decision, user, role, records),
        name => match offered_action(kind, decision, &folded).map(|(verb, _)| verb) {
            Some(verb) if verb == DELETE => {
                let own = owner::is_own(user, &raw, records);
                folded.deleted || kind.lifecycle.delete.allows(role, &folded.state, own)
            }
            Some(verb) => may_act(kind, &verb, &folded, role) && may_touch(),
            None if kind.lifecycle.action(name).is_some() => may_act(kind, name, &folded, role) && may_touch(),
            None => kind.access.may_write(role) && may_touch(),
        },
    }
}

/// Whether a verb is open to a role as the record stands; where it has no row from there, from anywhere.
fn may_act(kind: &RecordType, verb: &str, now: &Folded, role: Role) -> bool {
    if let Some(row) = kind.lifecycle.row(verb, &now.state, &now.status_reason) {
        return row.is_open_to(role);
    }
    let mut rows = kind.lifecycle.moves.iter().filter(|row| row.action == verb).peekable();
    rows.peek().is_none() || rows.any(|row| row.is_open_to(role))
}

/// Who sells gives away what is theirs; who leads gives away anything (INV-12).
fn may_hand_over(decision: &Decision, user: RecordId, role: Role, records: &dyn Records) -> bool {
    let owner = match decision.record.kind.as_str() {
        // What somebody who left looked after came to whoever is told.
        "user" => return true,
        // What stayed behind when an account was given away.
        "account" => decision.kept.as_str().and_then(|from| from.parse().ok()),
        _ => records.raw(&decision.record).and_then(|raw| owner::of(&raw)),
    };
    Who::Manager.includes(role) || owner.is_none_or(|owner| owner::users(&owner, records).contains(&user))
}
