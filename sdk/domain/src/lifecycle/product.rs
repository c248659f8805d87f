//! Every move a product, family or bundle can make (`domain.md` 2.7).

use super::{ActionSpec, Arg, Attempt, Conversion, Effect, Fill, Guard, Lifecycle, Reason, State, row};
use crate::body::{self, Body, Whole, children, has_left, id, is_active, referring, shown};
use crate::field::{Kind, of};
use crate::fold;
use crate::ids::{RecordId, RecordRef};
use crate::permission::Deleting;
use crate::permission::Who::Admin;
use crate::record::Record;
use crate::record::catalogue::Product;
use crate::revision::{STOOD, Stood};
use std::collections::BTreeSet;

/// The lifecycle of a product. New ones are on sale at once; `revise` takes one off sale while it is worked on, and `publish`
/// makes that its next version. What happens to a family happens to what belongs to it.
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
        ActionSpec { name: "publish",  doc: "Puts it on sale as it is now, as its next version.", args: &[] },
        ActionSpec { name: "revise",   doc: "Takes it off sale to work on it.", args: &[KEPT] },
        ActionSpec { name: "revert",   doc: "Puts it on sale again as it was before it was revised.", args: &[] },
        ActionSpec { name: "retire",   doc: "Takes it out of the catalogue; what refers to it stays.", args: &[] },
        ActionSpec { name: "activate", doc: "Takes a retired product back into the catalogue.", args: &[] },
    ],
    moves: &[
        //  action      from              to                                                 who    needs                         then
        row("withdraw", "active",         ("draft", Reason::Is("draft")),                    Admin, &[NEVER_OFFERED, NOT_IN_BUNDLE, WITHOUT_MEMBERS], &[]).at_office(),
        row("publish",  "draft",          ("active", Reason::Is("active")),                  Admin, &[FAMILY_ACTIVE, COMPONENTS], &[VERSION, Effect::Convert(Conversion::Below("publish"))]).at_office(),
        row("publish",  "under_revision", ("active", Reason::Is("active")),                  Admin, &[FAMILY_ACTIVE, COMPONENTS], &[VERSION, Effect::Convert(Conversion::Below("publish"))]).at_office(),
        row("revise",   "active",         ("under_revision", Reason::Is("under_revision")),  Admin, &[],                          &[Effect::Convert(Conversion::Below("revise"))]).at_office(),
        row("revert",   "under_revision", ("active", Reason::Is("active")),                  Admin, &[FAMILY_ACTIVE, STOOD_KEPT], &[Effect::Convert(Conversion::Restore), Effect::Convert(Conversion::Below("revert"))]).at_office(),
        row("retire",   "active",         ("retired", Reason::Is("retired")),                Admin, &[NOT_IN_BUNDLE],             &[Effect::Convert(Conversion::Below("retire"))]).at_office(),
        row("retire",   "under_revision", ("retired", Reason::Is("retired")),                Admin, &[NOT_IN_BUNDLE],             &[Effect::Convert(Conversion::Below("retire"))]).at_office(),
        row("activate", "retired",        ("active", Reason::Is("active")),                  Admin, &[WITHOUT_FAMILY, COMPONENTS], &[]).at_office(),
    ],
    facts: &["retire", "publish", "revert", "revise", "withdraw", "activate"],
    delete: Deleting::While(Admin, &["draft"]),
};

const VERSION: Effect = Effect::CountUp("version");

/// What `revert` puts back.
const KEPT: Arg = Arg {
    field: of(Kind::LongText { max: 1_000_000 }).named(STOOD, "What it was on sale as, for `revert`."),
    fill: Fill::Standing,
};

/// The family it belongs to is on sale.
const FAMILY_ACTIVE: Guard = Guard { code: "family", name: "a family that is active", holds: family_active };

/// Only what has no family comes back.
const WITHOUT_FAMILY: Guard =
    Guard { code: "family", name: "a product that belongs to no family", holds: |attempt| !attempt.has("parent_family") };

/// No bundle on sale holds it, or what belongs to it (INV-65).
const NOT_IN_BUNDLE: Guard = Guard { code: "bundle", name: "no active bundle that holds it", holds: not_in_bundle };

/// What a bundle holds is in the catalogue (INV-65).
const COMPONENTS: Guard =
    Guard { code: "components", name: "no component that is a draft or was retired", holds: components_on_sale };

/// What somebody was offered is retired and not made a draft, which could be deleted (INV-66).
const NEVER_OFFERED: Guard =
    Guard { code: "offered", name: "no offer, order or invoice that names it; retire it instead", holds: never_offered };

/// A family that is no longer one to choose from has nothing on sale.
const WITHOUT_MEMBERS: Guard =
    Guard { code: "members", name: "a family nothing belongs to", holds: |attempt| below(attempt).is_empty() };

/// It is known what to go back to.
const STOOD_KEPT: Guard =
    Guard { code: "stood", name: "what it was before it was revised; publish it instead", holds: stood_kept };

fn family_active(attempt: &Attempt<'_>) -> bool {
    let (Some(records), Some(family)) = (attempt.around, id(attempt.record, "parent_family")) else { return true };
    shown(&RecordRef::new("product", family), records).is_none_or(|family| is_active(&family))
}

fn not_in_bundle(attempt: &Attempt<'_>) -> bool {
    let Some(records) = attempt.around else { return true };
    let mut leaving: BTreeSet<RecordId> = below(attempt).into_iter().map(|(member, _)| member.id).collect();
    leaving.insert(attempt.id);
    let stays = |bundle: &RecordRef, body: &Body| is_active(body) && !leaving.contains(&bundle.id);
    let held = |product: &RecordId| {
        let bundles = referring("product", "components.product", &product.to_string(), records);
        bundles.iter().any(|(bundle, body)| stays(bundle, body))
    };
    !leaving.iter().any(held)
}

fn components_on_sale(attempt: &Attempt<'_>) -> bool {
    let Some(records) = attempt.around else { return true };
    let held = children(attempt.record, "components").filter_map(|component| id(component, "product"));
    let mut held = held.filter_map(|product| shown(&RecordRef::new("product", product), records));
    held.all(|product| !has_left(&product))
}

fn never_offered(attempt: &Attempt<'_>) -> bool {
    let Some(records) = attempt.around else { return true };
    let own = attempt.id.to_string();
    ["opportunity", "quote", "order", "invoice"].iter().all(|kind| referring(kind, "lines.product", &own, records).is_empty())
}

fn stood_kept(attempt: &Attempt<'_>) -> bool {
    let Some(records) = attempt.around else { return true };
    let raw = records.raw(&RecordRef::new("product", attempt.id));
    raw.is_some_and(|raw| Stood::kept(&fold::of(Product::TYPE, &raw)).is_some())
}

fn below(attempt: &Attempt<'_>) -> Vec<(RecordRef, Whole)> {
    attempt.around.map(|records| body::members(attempt.id, records)).unwrap_or_default()
}
