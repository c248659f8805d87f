//! Every move a goal can make, and what it is made of (`domain.md` 2.7).

use super::{ActionSpec, Lifecycle, Move, Reason, State, row};
use crate::permission::Deleting;
use crate::permission::Who::Manager;

/// The lifecycle of a goal: a closed one keeps what it had reached, a discarded one counts for nothing.
#[rustfmt::skip]
pub const GOAL: Lifecycle = Lifecycle {
    initial: "active",
    states: &[
        State { name: "active",   reasons: &["open"], frozen: false },
        State { name: "inactive", reasons: &["closed", "discarded"], frozen: true },
    ],
    actions: &[
        ActionSpec { name: "close",   doc: "Ends it; what was reached stays in the goals above it.", args: &[] },
        ActionSpec { name: "discard", doc: "Drops it; it no longer counts in the goals above it.", args: &[] },
        ActionSpec { name: "reopen",  doc: "Makes it count again.", args: &[] },
    ],
    moves: &[
        //  action     from        to                                        who      needs then
        row("close",   "active",   ("inactive", Reason::Is("closed")),       Manager, &[],  &[]),
        row("discard", "active",   ("inactive", Reason::Is("discarded")),    Manager, &[],  &[]),
        row("reopen",  "inactive", ("active", Reason::Is("open")),           Manager, &[],  &[]),
    ],
    facts: &["close", "discard", "reopen"],
    delete: Deleting::By(Manager),
};

/// Goal metrics and rollup queries.
pub const MANAGED: Lifecycle = Lifecycle {
    initial: "active",
    states: &[
        State { name: "active", reasons: &["active"], frozen: false },
        State { name: "inactive", reasons: &["inactive"], frozen: true },
    ],
    actions: &[
        ActionSpec { name: "deactivate", doc: "Takes it out of use; goals that use it stay.", args: &[] },
        ActionSpec { name: "activate", doc: "Takes it back into use.", args: &[] },
    ],
    moves: MANAGED_MOVES,
    facts: &["activate", "deactivate"],
    delete: Deleting::By(Manager),
};

#[rustfmt::skip]
const MANAGED_MOVES: &[Move] = &[
    //  action        from        to                                     who      needs then
    row("deactivate", "active",   ("inactive", Reason::Is("inactive")),  Manager, &[],  &[]),
    row("activate",   "inactive", ("active", Reason::Is("active")),      Manager, &[],  &[]),
];
