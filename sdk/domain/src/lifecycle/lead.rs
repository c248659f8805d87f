//! Every move a lead can make (`domain.md` 2.1).

use super::{ActionSpec, Arg, Attempt, Effect, Fill, Guard, Lifecycle, Reason, State, merge, row};
use crate::duplicate;
use crate::field::{Kind, choice, of, reference};
use crate::permission::Deleting;
use crate::permission::Who::{Manager, Rep};
use serde_json::Value;

/// The lifecycle of a lead.
#[rustfmt::skip]
pub const LEAD: Lifecycle = Lifecycle {
    initial: "open",
    states: &[
        State { name: "open",         reasons: &["new", "contacted"], frozen: false },
        State { name: "qualified",    reasons: &["qualified"], frozen: true },
        State { name: "disqualified", reasons: &["lost", "cannot_contact", "no_longer_interested", "canceled"], frozen: true },
        State { name: "merged",       reasons: &["merged"], frozen: true },
    ],
    actions: &[
        ActionSpec { name: "contact",    doc: "Says that somebody talked to the person.", args: &[] },
        ActionSpec { name: "qualify",    doc: "Makes a customer and an opportunity of it.", args: &[ACCOUNT, CONTACT, NEW] },
        ActionSpec { name: "disqualify", doc: "Gives it up, and says why.", args: &[REASON] },
        ActionSpec { name: "reactivate", doc: "Takes a disqualified lead up again.", args: &[] },
        ActionSpec { name: "merge",      doc: merge::DOC, args: &[merge::into(&["lead"])] },
    ],
    moves: &[
        //  action        from            to                                             who   needs            then
        row("contact",    "open",         ("open", Reason::Is("contacted")),             Rep,  &[],             &[]),
        row("qualify",    "open",         ("qualified", Reason::Is("qualified")),        Rep,  &[NAMED, NOT_HERE], &[Effect::CreateCustomerRecords]),
        row("disqualify", "open",         ("disqualified", Reason::Given("reason")),     Rep,  &[REASON_GIVEN], &[]),
        row("reactivate", "disqualified", ("open", Reason::Is("new")),                   Rep,  &[],             &[]),
        row("merge",      "open",         ("merged", Reason::Is("merged")),              Rep,  &[merge::ANOTHER], merge::THEN),
        row("merge",      "disqualified", ("merged", Reason::Is("merged")),              Rep,  &[merge::ANOTHER], merge::THEN),
    ],
    facts: &["qualify", "merge", "disqualify", "contact"],
    delete: Deleting::By(Manager),
};

const ACCOUNT: Arg = Arg {
    field: reference(&["account"]).named("account", "The account it belongs to, where there is one already."),
    fill: Fill::Nothing,
};
const CONTACT: Arg = Arg {
    field: reference(&["contact"]).named("contact", "The contact it is about, where there is one already."),
    fill: Fill::Nothing,
};
const REASON: Arg = Arg {
    field: choice(&["lost", "cannot_contact", "no_longer_interested", "canceled"]).named("reason", "Why it is given up."),
    fill: Fill::Nothing,
};

const NEW: Arg = Arg {
    field: of(Kind::Bool).named("new", "That it is somebody else than the contact of the same e-mail address."),
    fill: Fill::Nothing,
};

/// Nobody with this e-mail address is a contact already, or the person says which (INV-08, INV-19).
const NOT_HERE: Guard =
    Guard { code: "contact", name: "contact=ID of the contact who has this e-mail address already, or new=yes", holds: not_here };

fn not_here(attempt: &Attempt<'_>) -> bool {
    let chosen = attempt.arg("contact").is_some() || attempt.has("parent_contact");
    let settled = chosen || attempt.args.get("new") == Some(&Value::Bool(true));
    let (Some(records), false) = (attempt.around, settled) else { return true };
    let found = duplicate::of("lead", Some(attempt.id), attempt.record, records);
    !found.iter().any(|duplicate| duplicate.record.kind == "contact")
}

/// Somebody to sell to is known.
const NAMED: Guard = Guard {
    code: "name",
    name: "a last name or a company name",
    holds: |attempt: &Attempt<'_>| attempt.has("last_name") || attempt.has("company_name"),
};

/// The reason is given.
const REASON_GIVEN: Guard = Guard {
    code: "reason",
    name: "a reason: lost, cannot_contact, no_longer_interested or canceled",
    holds: |attempt: &Attempt<'_>| attempt.arg("reason").is_some(),
};
