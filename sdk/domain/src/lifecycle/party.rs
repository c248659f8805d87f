//! Lifecycles of records that are simply there: customers, the catalogue, notes (`domain.md` 2.7).

use super::{ActionSpec, Lifecycle, Move, Reason, State, row};
use crate::permission::Deleting;
use crate::permission::Who::{Admin, Manager, Rep};

/// Accounts, contacts and competitors.
pub const PARTY: Lifecycle = Lifecycle {
    initial: "active",
    states: STATES,
    actions: ACTIONS,
    moves: PARTY_MOVES,
    facts: &["activate", "deactivate"],
    delete: Deleting::By(Manager),
};

/// The catalogue and people.
pub const CATALOGUE: Lifecycle = Lifecycle {
    initial: "active",
    states: STATES,
    actions: ACTIONS,
    moves: CATALOGUE_MOVES,
    facts: &["activate", "deactivate"],
    delete: Deleting::By(Admin),
};

/// Notes, which have no state.
pub const ALWAYS_OPEN: Lifecycle = Lifecycle {
    initial: "active",
    states: &[State { name: "active", reasons: &["active"], frozen: false }],
    actions: &[],
    moves: &[],
    facts: &[],
    delete: Deleting::Own(&[]),
};

const STATES: &[State] = &[
    State { name: "active", reasons: &["active"], frozen: false },
    State { name: "inactive", reasons: &["inactive"], frozen: true },
];

const ACTIONS: &[ActionSpec] = &[
    ActionSpec { name: "deactivate", doc: "Takes it out of use; what refers to it stays.", args: &[] },
    ActionSpec { name: "activate", doc: "Takes it back into use.", args: &[] },
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
