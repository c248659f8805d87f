//! Every move a task can make (`domain.md` 2.6).

use super::{ACCOUNT, ActionSpec, ENDED, Lifecycle, ROLLED_UP, Reason, State, row};
use crate::permission::Deleting;
use crate::permission::Who::Rep;

/// The lifecycle of a task.
#[rustfmt::skip]
pub const TASK: Lifecycle = Lifecycle {
    initial: "open",
    states: &[
        State { name: "open",      reasons: &["not_started", "in_progress", "waiting", "deferred"], frozen: false },
        State { name: "completed", reasons: &["completed"], frozen: true },
        State { name: "canceled",  reasons: &["canceled"], frozen: true },
    ],
    actions: &[
        ActionSpec { name: "begin",    doc: "Starts work on it.", args: &[] },
        ActionSpec { name: "wait",     doc: "Waits for somebody else.", args: &[] },
        ActionSpec { name: "defer",    doc: "Puts it off.", args: &[] },
        ActionSpec { name: "complete", doc: "Says that it is done.", args: &[ACCOUNT] },
        ActionSpec { name: "cancel",   doc: "Says that it need not be done.", args: &[ACCOUNT] },
    ],
    moves: &[
        //  action      from    to                                       who  needs then
        row("begin",    "open", ("open", Reason::Is("in_progress")),     Rep, &[],  &[]),
        row("wait",     "open", ("open", Reason::Is("waiting")),         Rep, &[],  &[]),
        row("defer",    "open", ("open", Reason::Is("deferred")),        Rep, &[],  &[]),
        row("complete", "open", ("completed", Reason::Is("completed")),  Rep, &[],  &[ENDED, ROLLED_UP]),
        row("cancel",   "open", ("canceled", Reason::Is("canceled")),    Rep, &[],  &[ENDED, ROLLED_UP]),
    ],
    facts: &["complete", "cancel", "begin", "wait", "defer"],
    delete: Deleting::Own(&[]),
};
