//! What a person can do about a decision with one tap, by name.
//!
//! A decision carries the name ([`super::Decision::salvage`]), so that every app words it in its own language; what a name does is
//! done on the phone, through the same saves and actions as anything else, so that every rule applies to it.

use serde::Serialize;
use uuid::Uuid;

use crate::ids::RecordRef;

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
