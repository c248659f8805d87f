//! Every move a phone call can make (`domain.md` 2.6).

use super::{ACCOUNT, ActionSpec, Arg, Attempt, ENDED, Effect, Fill, Guard, Lifecycle, ROLLED_UP, Reason, State, row};
use crate::field::choice;
use crate::permission::Deleting;
use crate::permission::Who::Rep;
use serde_json::Value;

/// The lifecycle of a phone call.
#[rustfmt::skip]
pub const PHONE_CALL: Lifecycle = Lifecycle {
    initial: "open",
    states: &[
        State { name: "open",      reasons: &["open"], frozen: false },
        State { name: "completed", reasons: &["made", "received"], frozen: true },
        State { name: "canceled",  reasons: &["canceled"], frozen: true },
    ],
    actions: &[
        ActionSpec { name: "complete", doc: "Says that it was had.", args: &[OUTCOME, ACCOUNT] },
        ActionSpec { name: "cancel",   doc: "Says that it will not be had.", args: &[ACCOUNT] },
    ],
    moves: &[
        //  action      from    to                                      who  needs       then
        row("complete", "open", ("completed", Reason::Given("reason")), Rep, &[WHICH_WAY], &[ENDED, ROLLED_UP, SPOKE_FOR]),
        row("cancel",   "open", ("canceled", Reason::Is("canceled")),   Rep, &[],          &[ENDED, ROLLED_UP, SPOKE_FOR]),
    ],
    facts: &["complete", "cancel"],
    delete: Deleting::Own(&[]),
};

/// What a call of each direction is when it was had.
const OUTCOMES: &[(&str, &str)] = &[("outgoing", "made"), ("incoming", "received")];

const OUTCOME: Arg = Arg {
    field: choice(&["made", "received"]).named("reason", "Whether we called or they did; the direction says it."),
    fill: Fill::Matching("direction", OUTCOMES),
};

const SPOKE_FOR: Effect = Effect::PartyAccounts("parties");

/// Who called is known, and the direction says nothing else.
const WHICH_WAY: Guard =
    Guard { code: "reason", name: "made for an outgoing call, received for an incoming one", holds: which_way };

fn which_way(attempt: &Attempt<'_>) -> bool {
    let direction = attempt.record.get("direction").and_then(Value::as_str);
    let fits = |reason: &str| OUTCOMES.contains(&(direction.unwrap_or_default(), reason));
    attempt.arg("reason").is_some_and(|reason| direction.is_none() || fits(reason))
}
