//! Every move a product, family or bundle can make (`domain.md` 2.7).

use super::{ActionSpec, Attempt, Guard, Lifecycle, Reason, State, row};
use crate::body::{id, is_active, referring, shown};
use crate::ids::RecordRef;
use crate::permission::Deleting;
use crate::permission::Who::Admin;

/// The lifecycle of a product. New ones are on sale at once; `revise` takes one off sale while it is worked on.
#[rustfmt::skip]
pub const PRODUCT: Lifecycle = Lifecycle {
    initial: "active",
    states: &[
        State { name: "active",         reasons: &["active"], frozen: false },
        State { name: "draft",          reasons: &["draft"], frozen: false },
        State { name: "under_revision", reasons: &["under_revision"], frozen: false },
        State { name: "retired",        reasons: &["retired"], frozen: true },
    ],
    actions: &[
        ActionSpec { name: "withdraw", doc: "Makes a draft of it that nobody sells yet.", args: &[] },
        ActionSpec { name: "publish",  doc: "Puts it on sale as it is now.", args: &[] },
        ActionSpec { name: "revise",   doc: "Takes it off sale to work on it.", args: &[] },
        ActionSpec { name: "retire",   doc: "Takes it out of the catalogue; what refers to it stays.", args: &[] },
        ActionSpec { name: "activate", doc: "Takes a retired product back into the catalogue.", args: &[] },
    ],
    moves: &[
        //  action      from              to                                                 who    needs                   then
        row("withdraw", "active",         ("draft", Reason::Is("draft")),                    Admin, &[],                    &[]).at_office(),
        row("publish",  "draft",          ("active", Reason::Is("active")),                  Admin, &[FAMILY_ACTIVE],       &[]).at_office(),
        row("publish",  "under_revision", ("active", Reason::Is("active")),                  Admin, &[FAMILY_ACTIVE],       &[]).at_office(),
        row("revise",   "active",         ("under_revision", Reason::Is("under_revision")),  Admin, &[],                    &[]).at_office(),
        row("retire",   "active",         ("retired", Reason::Is("retired")),                Admin, &[NOT_IN_BUNDLE],       &[]).at_office(),
        row("retire",   "under_revision", ("retired", Reason::Is("retired")),                Admin, &[NOT_IN_BUNDLE],       &[]).at_office(),
        row("activate", "retired",        ("active", Reason::Is("active")),                  Admin, &[WITHOUT_FAMILY],      &[]).at_office(),
    ],
    facts: &["retire", "publish", "revise", "withdraw", "activate"],
    delete: Deleting::By(Admin),
};

/// The family it belongs to is on sale.
const FAMILY_ACTIVE: Guard = Guard { code: "family", name: "a family that is active", holds: family_active };

/// Only what has no family comes back.
const WITHOUT_FAMILY: Guard =
    Guard { code: "family", name: "a product that belongs to no family", holds: |attempt| !attempt.has("parent_family") };

/// No bundle on sale holds it (INV-65).
const NOT_IN_BUNDLE: Guard = Guard { code: "bundle", name: "no active bundle that holds it", holds: not_in_bundle };

fn family_active(attempt: &Attempt<'_>) -> bool {
    let (Some(records), Some(family)) = (attempt.around, id(attempt.record, "parent_family")) else { return true };
    shown(&RecordRef::new("product", family), records).is_none_or(|family| is_active(&family))
}

fn not_in_bundle(attempt: &Attempt<'_>) -> bool {
    let Some(records) = attempt.around else { return true };
    let bundles = referring("product", "components.product", &attempt.id.to_string(), records);
    !bundles.iter().any(|(_, bundle)| is_active(bundle))
}
