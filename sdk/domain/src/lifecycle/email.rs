//! Every move an e-mail can make (`domain.md` 2.6).
//!
//! A phone only queues it; that it is being sent, was sent or could not be sent is for the office to say (INV-72).

use super::{ACCOUNT, ActionSpec, Arg, Attempt, ENDED, Effect, Fill, Guard, Lifecycle, ROLLED_UP, Reason, State, row};
use crate::field::text;
use crate::permission::Role::{Admin, Rep};
use serde_json::Value;

/// The lifecycle of an e-mail.
#[rustfmt::skip]
pub const EMAIL: Lifecycle = Lifecycle {
    initial: "open",
    states: &[
        State { name: "open",      reasons: &["draft", "failed"], frozen: false },
        State { name: "completed", reasons: &["completed", "pending_send", "sending", "sent", "received"], frozen: true },
        State { name: "canceled",  reasons: &["canceled"], frozen: true },
    ],
    actions: &[
        ActionSpec { name: "send",     doc: "Queues it; the office sends it.", args: &[ACCOUNT] },
        ActionSpec { name: "retry",    doc: "Queues it again after it could not be sent.", args: &[ACCOUNT] },
        ActionSpec { name: "dispatch", doc: "Says that the office is sending it.", args: &[] },
        ActionSpec { name: "mark_sent", doc: "Says that the office sent it.", args: &[] },
        ActionSpec { name: "mark_failed", doc: "Says that the office could not send it, and why.", args: &[WHY] },
        ActionSpec { name: "complete", doc: "Says that it was sent elsewhere.", args: &[ACCOUNT] },
        ActionSpec { name: "cancel",   doc: "Says that it will not be sent.", args: &[ACCOUNT] },
    ],
    moves: &[
        //  action      from                      to                                         who  needs         then
        row("send",     "open/draft",             ("completed", Reason::Is("pending_send")), Rep, &[RECIPIENT], &[ENDED, ROLLED_UP, WROTE_FOR]),
        row("retry",    "open/failed",            ("completed", Reason::Is("pending_send")), Rep, &[RECIPIENT], &[ENDED, ROLLED_UP, WROTE_FOR]),
        row("dispatch", "completed/pending_send", ("completed", Reason::Is("sending")),      Admin, &[],        &[]).at_office(),
        row("mark_sent", "completed/sending",     ("completed", Reason::Is("sent")),         Admin, &[],        &[SENT_ON]).at_office(),
        row("mark_failed", "completed/sending",   ("open", Reason::Is("failed")),            Admin, &[],        &[SEND_ERROR]).at_office(),
        row("complete", "open",                   ("completed", Reason::Is("completed")),    Rep, &[],          &[ENDED, ROLLED_UP, WROTE_FOR]),
        row("cancel",   "open",                   ("canceled", Reason::Is("canceled")),      Rep, &[],          &[ENDED, ROLLED_UP, WROTE_FOR]),
        row("cancel",   "completed/pending_send", ("canceled", Reason::Is("canceled")),      Rep, &[],          &[ENDED, ROLLED_UP]),
    ],
    facts: &["mark_sent", "mark_failed", "dispatch", "send", "retry", "complete", "cancel"],
    delete: Rep,
};

const SENT_ON: Effect = Effect::StampTime("sent_on");
const SEND_ERROR: Effect = Effect::Stamp("send_error", "why");
const WHY: Arg = Arg { field: text(1_000).named("why", "Why it could not be sent."), fill: Fill::Nothing };
const WROTE_FOR: Effect = Effect::PartyAccounts("parties");

/// Somebody gets it.
const RECIPIENT: Guard = Guard { code: "recipient", name: "a recipient in to, cc or bcc", holds: has_recipient };

fn has_recipient(attempt: &Attempt<'_>) -> bool {
    let parties = attempt.record.get("parties").and_then(Value::as_array);
    let gets_it = |party: &Value| {
        let known = ["party", "address"].iter().any(|field| party.get(field).is_some());
        known && party.get("part").and_then(Value::as_str).is_some_and(|part| part != "from")
    };
    parties.is_some_and(|parties| parties.iter().any(gets_it))
}
