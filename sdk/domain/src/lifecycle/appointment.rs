//! Every move an appointment and a series of them can make (`domain.md` 2.6).

use super::{ACCOUNT, ActionSpec, Arg, Attempt, ENDED, Effect, Fill, Guard, Lifecycle, Move, ROLLED_UP, Reason, State, row};
use crate::field::{Kind, choice, of};
use crate::permission::Deleting;
use crate::permission::Who::Rep;

/// The lifecycle of an appointment.
pub const APPOINTMENT: Lifecycle = Lifecycle {
    initial: "open",
    states: STATES,
    actions: &[
        HOLD,
        ActionSpec { name: "schedule", doc: "Says that it takes place then.", args: &[SHOW_AS, START, END] },
        ActionSpec { name: "reschedule", doc: "Moves it to another time.", args: &[START, END] },
        COMPLETE,
        CANCEL,
    ],
    moves: APPOINTMENT_MOVES,
    facts: &["complete", "cancel", "reschedule", "schedule", "hold"],
    delete: Deleting::Own(&[]),
};

/// The lifecycle of a series.
pub const SERIES: Lifecycle = Lifecycle {
    initial: "open",
    states: STATES,
    actions: &[
        HOLD,
        ActionSpec { name: "schedule", doc: "Says that its appointments take place.", args: &[SHOW_AS] },
        ActionSpec { name: "complete", doc: "Says that it has run its course.", args: &[] },
        ActionSpec { name: "cancel", doc: "Says that no more of it takes place.", args: &[] },
    ],
    moves: SERIES_MOVES,
    facts: &["complete", "cancel", "schedule", "hold"],
    delete: Deleting::Own(&[]),
};

const STATES: &[State] = &[
    State { name: "open", reasons: &["free", "tentative"], frozen: false },
    State { name: "scheduled", reasons: &["busy", "out_of_office"], frozen: false },
    State { name: "completed", reasons: &["completed"], frozen: true },
    State { name: "canceled", reasons: &["canceled"], frozen: true },
];

const HOLD: ActionSpec = ActionSpec { name: "hold", doc: "Keeps the time until it is agreed.", args: &[] };
const COMPLETE: ActionSpec = ActionSpec { name: "complete", doc: "Says that it took place.", args: &[ACCOUNT] };
const CANCEL: ActionSpec = ActionSpec { name: "cancel", doc: "Says that it does not take place.", args: &[ACCOUNT] };

#[rustfmt::skip]
const APPOINTMENT_MOVES: &[Move] = &[
    //  action        from                       to                                           who  needs           then
    row("hold",       "open/free",               ("open", Reason::Is("tentative")),           Rep, &[TIME],        &[]),
    row("schedule",   "open",                    ("scheduled", Reason::Given("show_as")),     Rep, &[TIME],        &[MOVED]),
    row("reschedule", "scheduled/busy",          ("scheduled", Reason::Is("busy")),           Rep, &[START_GIVEN, END_GIVEN], &[MOVED]),
    row("reschedule", "scheduled/out_of_office", ("scheduled", Reason::Is("out_of_office")),  Rep, &[START_GIVEN, END_GIVEN], &[MOVED]),
    row("complete",   "open",                    ("completed", Reason::Is("completed")),      Rep, &[],            &[ENDED, ROLLED_UP, CAME_FOR]),
    row("complete",   "scheduled",               ("completed", Reason::Is("completed")),      Rep, &[],            &[ENDED, ROLLED_UP, CAME_FOR]),
    row("cancel",     "open",                    ("canceled", Reason::Is("canceled")),        Rep, &[],            &[ENDED, ROLLED_UP, CAME_FOR]),
    row("cancel",     "scheduled",               ("canceled", Reason::Is("canceled")),        Rep, &[],            &[ENDED, ROLLED_UP, CAME_FOR]),
];

#[rustfmt::skip]
const SERIES_MOVES: &[Move] = &[
    //  action      from         to                                        who  needs         then
    row("hold",     "open/free", ("open", Reason::Is("tentative")),        Rep, &[REPEATS],   &[]),
    row("schedule", "open",      ("scheduled", Reason::Given("show_as")),  Rep, &[REPEATS],   &[]),
    row("complete", "open",      ("completed", Reason::Is("completed")),   Rep, &[],          &[ENDED]),
    row("complete", "scheduled", ("completed", Reason::Is("completed")),   Rep, &[],          &[ENDED]),
    row("cancel",   "open",      ("canceled", Reason::Is("canceled")),     Rep, &[],          &[ENDED]),
    row("cancel",   "scheduled", ("canceled", Reason::Is("canceled")),     Rep, &[],          &[ENDED]),
];

const SHOW_AS: Arg =
    Arg { field: choice(&["busy", "out_of_office"]).named("show_as", "How the calendar shows it."), fill: Fill::Word("busy") };
const START: Arg = Arg { field: of(Kind::Time).named("start", "When it starts."), fill: Fill::Nothing };
const END: Arg = Arg { field: of(Kind::Time).named("end", "When it ends."), fill: Fill::Nothing };

const MOVED: Effect = Effect::Edit("when");
const CAME_FOR: Effect = Effect::PartyAccounts("attendees");

/// It has a time, or gets one with this.
const TIME: Guard = Guard { code: "start", name: "a start and an end", holds: has_time };
const START_GIVEN: Guard = Guard { code: "start", name: "the new start", holds: |attempt| attempt.arg("start").is_some() };
const END_GIVEN: Guard = Guard { code: "end", name: "the new end", holds: |attempt| attempt.arg("end").is_some() };
const REPEATS: Guard = Guard { code: "recurrence", name: "how it repeats", holds: |attempt| attempt.has("recurrence") };

fn has_time(attempt: &Attempt<'_>) -> bool {
    attempt.has("when") || (attempt.arg("start").is_some() && attempt.arg("end").is_some())
}
