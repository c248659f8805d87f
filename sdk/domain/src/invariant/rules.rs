//! The rules the server enforces at every merge, as data.

use super::Rule;
use super::Scope::{self, Across, One};

const fn rule(
    code: &'static str,
    version: u32,
    scope: Scope,
    rule: &'static str,
    resolution: &'static str,
    told: &'static str,
) -> Rule {
    Rule { code, version, rule, scope, resolution, told }
}

/// Every implemented rule.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    rule("INV-01", 1, Across, "A record's id is unique and its type never changes; ids made by an action are derived.",
         "One id is one document: contents merge, uploading again changes nothing, another type under the same id is refused.", "nobody"),
    rule("INV-02", 1, Across, "Account parents form no loop and are at most 10 deep.",
         "The first edge stands; the one that closes the loop is rejected and the account falls back to the parent it had.", "second author and both owners"),
    rule("INV-04", 1, One, "A contact belongs to at most one account.",
         "The field conflict rule decides; the other account is kept beside it.", "both authors and the owner"),
    rule("INV-06", 1, Across, "Nothing is deleted while an open opportunity needs it.",
         "The deletion is rejected, and undone if it had already happened.", "whoever deleted it"),
    rule("INV-07", 1, One, "An edit beats a deletion that did not see it.",
         "The record is back with the edit; it may be deleted again.", "whoever deleted it"),
    rule("INV-18", 1, One, "A lead is qualified or disqualified, not both.",
         "Qualify stands; the reason for disqualifying becomes a note.", "both authors"),
    rule("INV-20", 1, Across, "A qualified lead has exactly one opportunity, which names it.",
         "The opportunity's id follows from the lead's, so two qualifications make one; its fields merge.", "both authors, if a material field differed"),
    rule("INV-22", 1, One, "A closed lead is frozen.",
         "Descriptive corrections land on it and on what was copied from it; commercial ones are put back and proposed on the opportunity.", "the editor"),
    rule("INV-23", 1, One, "An opportunity has one customer, an account or a contact.",
         "Type and id are one register; the field conflict rule decides.", "both authors and the owner"),
    rule("INV-25", 1, One, "An opportunity is won or lost, not both.",
         "Win stands if claimed within 7 days of the loss, else it is held for a manager; the other is kept, overruled.", "both authors, and the manager of a held win"),
    rule("INV-26", 1, One, "One closing per opportunity; its date is not in the future.",
         "The second closing of the same kind merges into the first; another value is kept beside it.", "both authors"),
    rule("INV-27", 1, One, "A closed opportunity and its lines are frozen.",
         "Commercial edits that did not see the closing are put back and kept as proposals.", "the editor"),
    rule("INV-31", 1, One, "Reopening has seen the closing it undoes.",
         "A loss that did not see the reopening becomes a note and a task.", "both authors and the owner"),
    rule("INV-68", 1, One, "An activity is completed or canceled, not both.",
         "Completed stands.", "both authors"),
    rule("INV-69", 1, One, "An appointment does not end before it starts.",
         "Start and end are one register; the field conflict rule decides, and what was never in order is refused.", "both authors and the owner"),
    rule("INV-70", 1, Across, "A closed activity of a contact counts for the account the contact had when it closed.",
         "The account is noted with the closing; timelines are derived from that, never stored.", "nobody"),
    rule("INV-80", 1, One, "No date or claim lies in the future.",
         "The claim is clamped to the server's receipt and loses to a phone whose clock is right; a future date becomes today.", "the user"),
    rule("INV-81", 1, One, "An action takes effect once.",
         "Repeated uploads and equal actions have no second effect.", "nobody"),
    rule("INV-82", 1, Across, "An action on several records happens wholly or not at all.",
         "A bundle is one intent: it is admitted, judged and shown to others as a whole.", "the author"),
    rule("INV-83", 1, Across, "Every losing value has an addressee and can be had back.",
         "It is kept beside the record and in the decision; who left is replaced by their manager.", "the addressee"),
    rule("INV-84", 1, One, "Only the server writes what is derived or stamped.",
         "It is put back, or the change refused at the door; an audit event is kept.", "administrators and the author"),
    rule("FCR", 1, One, "Two people wrote one field without seeing each other.",
         "The later claim stands; the other value is kept beside it until somebody dismisses it.", "the other author; both and the owner for material fields"),
    rule("FREEZE", 1, One, "A closed record is frozen.",
         "Commercial edits that did not see the closing are put back and kept.", "the editor"),
    rule("LIFECYCLE", 1, One, "An action starts where its table says.",
         "What was never possible is rejected with its bundle; what somebody overtook has no effect.", "the author"),
];
