//! Lifecycles of records that are simply there: customers, the catalogue, notes (`domain.md` 2.7).

use super::{ActionSpec, Arg, Attempt, Effect, Fill, Guard, Lifecycle, Move, Reason, State, merge, row};
use crate::body::{Body, referring, state, text};
use crate::field::reference;
use crate::owner::{ASSIGN, FROM, OWNER};
use crate::permission::Deleting;
use crate::permission::Who::{Admin, Manager, Rep};

/// Accounts: as competitors, and two of one company can be merged (INV-09).
pub const ACCOUNT: Lifecycle = Lifecycle {
    states: CUSTOMER_STATES,
    actions: &[DEACTIVATE, ACTIVATE, GIVE, ActionSpec { name: "merge", doc: merge::DOC, args: &[merge::into(&["account"])] }],
    moves: &[
        PUT_AWAY,
        CUSTOMER_TAKE_UP,
        MERGE_ACTIVE,
        MERGE_INACTIVE,
        row(ASSIGN, "active", ("active", Reason::Same), Rep, &[NAMED], &[Effect::HandOver]),
    ],
    facts: &["merge", "activate", "deactivate", ASSIGN],
    ..PARTY
};

/// Contacts: the same with two of one person.
pub const CONTACT: Lifecycle = Lifecycle {
    states: CUSTOMER_STATES,
    actions: &[DEACTIVATE, ACTIVATE, ActionSpec { name: "merge", doc: merge::DOC, args: &[merge::into(&["contact"])] }],
    moves: &[PUT_AWAY, CUSTOMER_TAKE_UP, MERGE_ACTIVE, MERGE_INACTIVE],
    facts: &["merge", "activate", "deactivate"],
    ..PARTY
};

/// Competitors.
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

/// Price lists: what customers usually buy from stays in use.
pub const PRICE_LIST: Lifecycle = Lifecycle { moves: &[PUT_LIST_AWAY, CATALOGUE_TAKE_UP], ..CATALOGUE };

/// Unit groups: what products are sold in stays in use.
pub const UNIT_GROUP: Lifecycle = Lifecycle { moves: &[PUT_GROUP_AWAY, CATALOGUE_TAKE_UP], ..CATALOGUE };

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

const ACTIONS: &[ActionSpec] = &[DEACTIVATE, ACTIVATE];

const CUSTOMER_STATES: &[State] = &[
    State { name: "active", reasons: &["active"], frozen: false },
    State { name: "inactive", reasons: &["inactive", "merged"], frozen: true },
];

const DEACTIVATE: ActionSpec = ActionSpec { name: "deactivate", doc: "Takes it out of use; what refers to it stays.", args: &[] };
const ACTIVATE: ActionSpec = ActionSpec { name: "activate", doc: "Takes it back into use.", args: &[] };
const GIVE: ActionSpec = ActionSpec {
    name: ASSIGN,
    doc: "Gives it to somebody else, with the contacts, the open activities, sales and drafts its owner has there.",
    args: &[TO, FROM_WHOM],
};

const TO: Arg = Arg { field: reference(&["user", "team"]).named(OWNER, "Who looks after it from now on."), fill: Fill::Nothing };
const FROM_WHOM: Arg =
    Arg { field: reference(&["user", "team"]).named(FROM, "Who looked after it; filled in."), fill: Fill::Field(OWNER) };

/// It is said who gets it.
const NAMED: Guard =
    Guard { code: "owner", name: "owner=user:ID or team:ID", holds: |attempt: &Attempt<'_>| attempt.arg(OWNER).is_some() };

const PARTY_MOVES: &[Move] = &[PUT_AWAY, TAKE_UP];

const PUT_AWAY: Move = row("deactivate", "active", ("inactive", Reason::Is("inactive")), Rep, &[], &[]);
const CUSTOMER_TAKE_UP: Move = row("activate", "inactive/inactive", ("active", Reason::Is("active")), Rep, &[], &[]);
const MERGE_ACTIVE: Move = row("merge", "active", ("inactive", Reason::Is("merged")), Rep, &[merge::ANOTHER], merge::THEN);
const MERGE_INACTIVE: Move =
    row("merge", "inactive/inactive", ("inactive", Reason::Is("merged")), Rep, &[merge::ANOTHER], merge::THEN);
const TAKE_UP: Move = row("activate", "inactive", ("active", Reason::Is("active")), Rep, &[], &[]);

const CATALOGUE_MOVES: &[Move] = &[catalogue_put_away(&[]), CATALOGUE_TAKE_UP];

const PUT_LIST_AWAY: Move = catalogue_put_away(&[NOBODYS_LIST]);
const PUT_GROUP_AWAY: Move = catalogue_put_away(&[NOBODYS_GROUP]);
const CATALOGUE_TAKE_UP: Move = row("activate", "inactive", ("active", Reason::Is("active")), Admin, &[], &[]).at_office();

const fn catalogue_put_away(needs: &'static [Guard]) -> Move {
    row("deactivate", "active", ("inactive", Reason::Is("inactive")), Admin, needs, &[]).at_office()
}

/// Nobody buys from it by default, nothing is sold from it by default.
const NOBODYS_LIST: Guard = Guard {
    code: "default",
    name: "another default price list for the accounts and products whose default it is",
    holds: |attempt| is_nobodys(attempt, &[("account", "default_price_list"), ("product", "default_price_list")]),
};

/// Nothing that is sold is counted in it.
const NOBODYS_GROUP: Guard = Guard {
    code: "default",
    name: "another unit group for the products that are sold in it",
    holds: |attempt| is_nobodys(attempt, &[("product", "unit_group")]),
};

/// Whether no record in use names this one in these fields.
fn is_nobodys(attempt: &Attempt<'_>, fields: &[(&str, &str)]) -> bool {
    let Some(records) = attempt.around else { return true };
    let own = attempt.id.to_string();
    let in_use = |body: &Body, field: &str| !["inactive", "retired"].contains(&state(body)) && text(body, field) == Some(&own);
    let names = |kind: &str, field: &str| referring(kind, field, &own, records).iter().any(|(_, body)| in_use(body, field));
    !fields.iter().any(|(kind, field)| names(kind, field))
}
