//! Lifecycles of records that are simply there: customers, the catalogue, notes (`domain.md` 2.7).

use super::{ActionSpec, Lifecycle, Move, Reason, State, merge, row};
use crate::permission::Role::{Admin, Manager, Rep};

/// Accounts: as competitors, and two of one company can be merged (INV-09).
pub const ACCOUNT: Lifecycle = Lifecycle {
    states: CUSTOMER_STATES,
    actions: &[DEACTIVATE, ACTIVATE, ActionSpec { name: "merge", doc: merge::DOC, args: &[merge::into(&["account"])] }],
    moves: CUSTOMER_MOVES,
    facts: CUSTOMER_FACTS,
    ..PARTY
};

/// Contacts: the same with two of one person.
pub const CONTACT: Lifecycle = Lifecycle {
    states: CUSTOMER_STATES,
    actions: &[DEACTIVATE, ACTIVATE, ActionSpec { name: "merge", doc: merge::DOC, args: &[merge::into(&["contact"])] }],
    moves: CUSTOMER_MOVES,
    facts: CUSTOMER_FACTS,
    ..PARTY
};

/// Competitors.
pub const PARTY: Lifecycle = Lifecycle {
    initial: "active",
    states: STATES,
    actions: ACTIONS,
    moves: PARTY_MOVES,
    facts: &["activate", "deactivate"],
    delete: Manager,
};

/// The catalogue and people.
pub const CATALOGUE: Lifecycle = Lifecycle {
    initial: "active",
    states: STATES,
    actions: ACTIONS,
    moves: CATALOGUE_MOVES,
    facts: &["activate", "deactivate"],
    delete: Admin,
};

/// Notes, which have no state.
pub const ALWAYS_OPEN: Lifecycle = Lifecycle {
    initial: "active",
    states: &[State { name: "active", reasons: &["active"], frozen: false }],
    actions: &[],
    moves: &[],
    facts: &[],
    delete: Rep,
};

const STATES: &[State] = &[
    State { name: "active", reasons: &["active"], frozen: false },
    State { name: "inactive", reasons: &["inactive"], frozen: true },
];

const CUSTOMER_STATES: &[State] = &[
    State { name: "active", reasons: &["active"], frozen: false },
    State { name: "inactive", reasons: &["inactive", "merged"], frozen: true },
];

const CUSTOMER_FACTS: &[&str] = &["merge", "activate", "deactivate"];

const ACTIONS: &[ActionSpec] = &[DEACTIVATE, ACTIVATE];

const DEACTIVATE: ActionSpec = ActionSpec { name: "deactivate", doc: "Takes it out of use; what refers to it stays.", args: &[] };
const ACTIVATE: ActionSpec = ActionSpec { name: "activate", doc: "Takes it back into use.", args: &[] };

#[rustfmt::skip]
const CUSTOMER_MOVES: &[Move] = &[
    //  action        from                 to                                     who  needs              then
    row("deactivate", "active",            ("inactive", Reason::Is("inactive")),  Rep, &[],               &[]),
    row("activate",   "inactive/inactive", ("active", Reason::Is("active")),      Rep, &[],               &[]),
    row("merge",      "active",            ("inactive", Reason::Is("merged")),    Rep, &[merge::ANOTHER], merge::THEN),
    row("merge",      "inactive/inactive", ("inactive", Reason::Is("merged")),    Rep, &[merge::ANOTHER], merge::THEN),
];

#[rustfmt::skip]
const PARTY_MOVES: &[Move] = &[
    //  action        from        to                                     who  needs then
    row("deactivate", "active",   ("inactive", Reason::Is("inactive")),  Rep, &[],  &[]),
    row("activate",   "inactive", ("active", Reason::Is("active")),      Rep, &[],  &[]),
];

#[rustfmt::skip]
const CATALOGUE_MOVES: &[Move] = &[
    //  action        from        to                                     who    needs then
    row("deactivate", "active",   ("inactive", Reason::Is("inactive")),  Admin, &[],  &[]).at_office(),
    row("activate",   "inactive", ("active", Reason::Is("active")),      Admin, &[],  &[]).at_office(),
];
