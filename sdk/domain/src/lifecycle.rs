//! Lifecycles as tables that are data: who does what, from where to where, if what, and then.
//!
//! The same table gives the check on the phone, the judgement on the server, the buttons of an app, the
//! documentation and the tests. Tables never contain code paths; guards are named consts below their table.

use crate::field::{Field, reference};
use crate::permission::{Deleting, Role, Who};
use crate::refusal::{Refusal, a};
use serde_json::{Map, Value};

pub mod appointment;
mod attempt;
pub mod email;
pub mod goal;
pub mod invoice;
pub mod lead;
mod merge;
pub mod opportunity;
pub mod order;
pub mod party;
pub mod phone_call;
pub mod product;
pub mod quote;
pub mod sales;
pub mod task;

pub use attempt::{Attempt, Guard};

/// The lifecycle of one record type.
#[derive(Debug)]
pub struct Lifecycle {
    /// Name of the first state; its first reason is the first status reason.
    pub initial: &'static str,
    /// The states, with the reasons a record may be in them for.
    pub states: &'static [State],
    /// What people can do, with the arguments they give.
    pub actions: &'static [ActionSpec],
    /// The rows.
    pub moves: &'static [Move],
    /// Concurrent incompatible actions, strongest first: fact over intent.
    pub facts: &'static [&'static str],
    /// Who may delete a record of this type.
    pub delete: Deleting,
}

/// A state of a lifecycle; it stands twice where it is frozen for some of its reasons only.
#[derive(Debug)]
pub struct State {
    /// The name, for example `open`.
    pub name: &'static str,
    /// Its status reasons; the first one is the usual one.
    pub reasons: &'static [&'static str],
    /// Whether the record is frozen in it.
    pub frozen: bool,
}

/// Something a person can do to a record.
#[derive(Debug)]
pub struct ActionSpec {
    /// The verb.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// What a person may say with it.
    pub args: &'static [Arg],
}

/// One argument of an action.
#[derive(Debug)]
pub struct Arg {
    /// Its name and what it may hold.
    pub field: Field,
    /// What the phone fills in when the person says nothing.
    pub fill: Fill,
}

/// Where an argument comes from when the person says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// It stays empty.
    Nothing,
    /// The day of the action.
    Today,
    /// The record's expected value, else the total of its lines.
    Expected,
    /// What the record holds in this field.
    Field(&'static str),
    /// Yes.
    Yes,
    /// The next number of a series without gaps, which only the office gives: `INV-000001`. Nobody may say it; a record whose
    /// field of the argument's name holds one keeps it.
    Number {
        /// The series, one counter for each organisation.
        series: &'static str,
        /// What stands before the number.
        prefix: &'static str,
    },
    /// What people typed into the record, as it stands; the office keeps it with the action, and nobody may say it.
    Standing,
    /// This word.
    Word(&'static str),
    /// The word that goes with what this field of the record holds.
    Matching(&'static str, &'static [(&'static str, &'static str)]),
    /// The account of the contact the record is regarding, as it is at this moment (INV-70).
    Account,
}

/// One row: one action from one state.
#[derive(Debug)]
pub struct Move {
    /// The verb.
    pub action: &'static str,
    /// `state`, or `state/reason` where only that reason will do.
    pub from: &'static str,
    /// The state it leads to.
    pub to: &'static str,
    /// The status reason it leads to.
    pub reason: Reason,
    /// Who may do it.
    pub who: Who,
    /// Who may only propose it: what they do waits until somebody who may do it agrees.
    pub proposed_by: Option<Who>,
    /// What must be true.
    pub needs: &'static [Guard],
    /// What else it does.
    pub then: &'static [Effect],
    /// Whether only the office does it, so that it needs a connection.
    pub office: bool,
}

/// Which status reason a move leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Always this one.
    Is(&'static str),
    /// The one the person gives in this argument.
    Given(&'static str),
    /// The one the record has: the move does something without moving it.
    Same,
}

/// What a move does besides moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Sets a server-owned field from an argument.
    Stamp(&'static str, &'static str),
    /// Sets a server-owned field to the moment of the action.
    StampTime(&'static str),
    /// Adds the minutes since the moment in the first server-owned field to the second, and empties the first; nothing where
    /// no moment is kept.
    AddMinutes(&'static str, &'static str),
    /// Counts a server-owned field up by one, from one on.
    CountUp(&'static str),
    /// Empties a server-owned field.
    Clear(&'static str),
    /// Sets a server-owned field.
    Flag(&'static str, bool),
    /// Edits a field made of parts, in the same change: each argument named like a part replaces that part.
    Edit(&'static str),
    /// Notes beside each child of this collection the account its `party` has at this moment, in the same change (INV-70).
    PartyAccounts(&'static str),
    /// Creates the opportunity, and the contact and account that are missing, in the same bundle (INV-20, INV-82).
    CreateCustomerRecords,
    /// Gives the record to the `owner` that is named, and what goes with it, in the same bundle (INV-13).
    HandOver,
    /// Writes into other records, or adds lines and prices to its own, in the same bundle (INV-82).
    Convert(Conversion),
}

/// What one record makes of another in the bundle of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// Creates a quote with the record's lines.
    CreateQuote,
    /// Creates the next revision of the quote.
    CreateRevision,
    /// Creates the order the customer gave.
    CreateOrder,
    /// Creates an invoice of what is left to bill.
    CreateInvoice,
    /// Adds the lines of the opportunity given in this argument.
    CopyLines(&'static str),
    /// Takes the prices from the catalogue as it is now.
    Reprice,
    /// Says that the order is billed, where nothing of it is left to bill.
    CompleteBilling,
    /// Says that something of the order is left to bill again.
    ReopenBilling,
    /// Closes the opportunity as well, with this verb, where the person wants it and nothing else is open.
    CloseOpportunity(&'static str),
    /// Hands on to the record in this argument what that one lacks (INV-09).
    Merge(&'static str),
    /// Closes the quotes that are left, for this reason where the customer has seen them.
    CloseQuotes(&'static str),
    /// Performs this verb on everything that belongs to the family, where it is possible there.
    Below(&'static str),
    /// Puts everything back as it was when the product was last on sale.
    Restore,
}

/// The verb that deletes a record; every lifecycle has it, from every state (INV-06, INV-07).
pub const DELETE: &str = "delete";

/// The verb by which somebody decides what the office held back; every lifecycle has it, from every state.
pub const DECIDE: &str = "decide";

/// The verb by which somebody lets go of a value that lost; every lifecycle has it, from every state (INV-83).
pub const DISMISS: &str = "dismiss";

/// The verbs by which a closed record is open again, or taken back into use.
const REOPENING: &[&str] = &["reopen", "activate", "reactivate"];

/// Whether every record type has this verb, whatever its table says.
#[must_use]
pub fn is_universal(verb: &str) -> bool {
    verb == DELETE || is_aside(verb)
}

/// Whether the verb says something about a record and does nothing to it.
#[must_use]
pub(crate) fn is_aside(verb: &str) -> bool {
    [DECIDE, DISMISS].contains(&verb)
}

/// What every activity does when it closes: it notes when, and the company it counts for (INV-70).
pub(crate) const ENDED: Effect = Effect::StampTime("actual_end");
pub(crate) const ROLLED_UP: Effect = Effect::Stamp("rolled_up_to", "account");
pub(crate) const ACCOUNT: Arg = Arg {
    field: reference(&["account"]).named("account", "The company it counts for; else the contact's at this moment."),
    fill: Fill::Account,
};

/// Builds one row of a table.
pub(crate) const fn row(
    action: &'static str,
    from: &'static str,
    to: (&'static str, Reason),
    who: Who,
    needs: &'static [Guard],
    then: &'static [Effect],
) -> Move {
    Move { action, from, to: to.0, reason: to.1, who, proposed_by: None, needs, then, office: false }
}

/// Why a phone does not do what only the office does.
pub(crate) fn needs_office(kind: &str, action: &str) -> Refusal {
    let message = format!("{action} needs the office: connect and try again");
    Refusal::new(format!("{kind}.{action}.office"), message)
}

impl ActionSpec {
    /// What a person is asked for: every argument but those the office fills.
    pub fn asked(&self) -> impl Iterator<Item = &'static Arg> {
        self.args.iter().filter(|arg| !matches!(arg.fill, Fill::Number { .. } | Fill::Standing))
    }
}

impl Effect {
    /// Whether the moment of the action is kept, so that it must be one to believe (INV-80).
    #[must_use]
    pub(crate) fn keeps_moment(&self) -> bool {
        matches!(self, Effect::StampTime(_) | Effect::AddMinutes(..))
    }
}

impl Move {
    /// The same row, done by the office only.
    #[must_use]
    pub const fn at_office(mut self) -> Move {
        self.office = true;
        self
    }

    /// The same row, which these may propose.
    #[must_use]
    pub(crate) const fn or_proposed_by(mut self, who: Who) -> Move {
        self.proposed_by = Some(who);
        self
    }

    /// Whether a record in this state and reason is where the row starts.
    #[must_use]
    pub(crate) fn starts_at(&self, state: &str, reason: &str) -> bool {
        match self.from.split_once('/') {
            Some((from, why)) => from == state && why == reason,
            None => self.from == state,
        }
    }
}

impl Lifecycle {
    /// The state of this name.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<&State> {
        self.states.iter().find(|state| state.name == name)
    }

    /// The state a record is in for this reason.
    #[must_use]
    pub fn place(&self, state: &str, reason: &str) -> Option<&State> {
        let exact = self.states.iter().find(|place| place.name == state && place.reasons.contains(&reason));
        exact.or_else(|| self.state(state))
    }

    /// The action of this name.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&ActionSpec> {
        self.actions.iter().find(|action| action.name == name)
    }

    /// What a person or the office said with an action, without what the office keeps with it to put back one day.
    #[must_use]
    pub fn said(&self, action: &str, args: &Map<String, Value>) -> Map<String, Value> {
        let kept = self.action(action).map(|spec| spec.args).unwrap_or_default();
        let kept = |name: &str| kept.iter().any(|arg| arg.fill == Fill::Standing && arg.field.name == name);
        args.iter().filter(|(name, _)| !kept(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The row for an action from a state.
    #[must_use]
    pub fn row(&self, action: &str, state: &str, reason: &str) -> Option<&'static Move> {
        self.moves.iter().find(|row| row.action == action && row.starts_at(state, reason))
    }

    /// How a record in this state, for this reason, is opened again so that it can be changed; nothing where it cannot be.
    #[must_use]
    pub fn reopening(&self, state: &str, reason: &str) -> Option<&'static Move> {
        REOPENING.iter().find_map(|verb| self.row(verb, state, reason)).filter(|_| self.is_frozen(state, reason))
    }

    /// Whether an action is done by the office only, wherever it starts.
    #[must_use]
    pub fn only_at_office(&self, action: &str) -> bool {
        let mut rows = self.moves.iter().filter(|row| row.action == action).peekable();
        rows.peek().is_some() && rows.all(|row| row.office)
    }

    /// Whether an action may follow itself: two people who pay or ship without seeing each other did two things, two who win
    /// one sale did one.
    #[must_use]
    pub fn repeats(&self, action: &str) -> bool {
        let mut rows = self.moves.iter().filter(|row| row.action == action);
        rows.any(|row| match row.reason {
            Reason::Same => true,
            Reason::Is(reason) => self.row(action, row.to, reason).is_some(),
            Reason::Given(_) => self.row(action, row.to, "").is_some(),
        })
    }

    /// The status reason a record starts with.
    #[must_use]
    pub(crate) fn initial_reason(&self) -> &'static str {
        self.state(self.initial).and_then(|state| state.reasons.first()).copied().unwrap_or("")
    }

    /// Whether a record in this state, for this reason, is frozen.
    #[must_use]
    pub fn is_frozen(&self, state: &str, reason: &str) -> bool {
        self.place(state, reason).is_some_and(|place| place.frozen)
    }

    /// Finds the row for a wish, or says why there is none.
    ///
    /// # Errors
    /// `KIND.ACTION.unknown`, `.state`, `.permission` or the code of the guard that does not hold.
    pub fn check(&self, kind: &str, action: &str, role: Role, attempt: &Attempt<'_>) -> Result<&'static Move, Refusal> {
        let code = |why: &str| format!("{kind}.{action}.{why}");
        if self.action(action).is_none() {
            let names: Vec<&str> = self.actions.iter().map(|a| a.name).chain([DELETE]).collect();
            let message = format!("{} has no action {action}; it has {}", a(kind), names.join(", "));
            return Err(Refusal::new(code("unknown"), message));
        }
        let state = attempt.record.get("state").and_then(Value::as_str).unwrap_or(self.initial);
        let reason = attempt.record.get("status_reason").and_then(Value::as_str).unwrap_or("");
        let Some(row) = self.row(action, state, reason) else {
            let why =
                if reason == state || reason.is_empty() { String::new() } else { format!(" ({})", reason.replace('_', " ")) };
            let message = format!("{action} is not possible for {} that is {state}{why}", a(kind));
            return Err(Refusal::new(code("state"), message));
        };
        if !row.is_open_to(role) {
            let message = format!("{action} needs {}", row.who.says());
            return Err(Refusal::new(code("permission"), message));
        }
        match row.needs.iter().find(|guard| !(guard.holds)(attempt)) {
            Some(guard) => Err(Refusal::new(code(guard.code), format!("{action} needs this: {}", guard.name))),
            None => Ok(row),
        }
    }
}
