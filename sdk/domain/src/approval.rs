//! What an offer needs somebody's word for: a price of one's own, and more discount than its owner may give (INV-15, INV-16).

use crate::authority::Authority;
use crate::constraint::{Constraint, Scene, Test, whole};
use crate::field::decimal;
use crate::ids::RecordRef;
use crate::lifecycle::{Attempt, Guard};
use crate::owner;
use crate::permission::Role;
use crate::raw::{Raw, Scalar};
use serde_json::Value;

/// The rule of a price that was asked for.
pub(crate) const PRICE_RULE: &str = "INV-15";

/// A price somebody asked for, which nobody has decided about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The register it is for.
    pub register: String,
    /// The price.
    pub price: Scalar,
    /// Where it is kept meanwhile.
    pub kept: String,
}

/// The prices that were asked for on a record.
#[must_use]
pub fn requests(raw: &Raw) -> Vec<Request> {
    const KEPT: &str = "alternatives/lines.";
    let kept = raw.registers.range(KEPT.to_owned()..).take_while(|(key, _)| key.starts_with(KEPT));
    let request = |(key, value): (&String, &Scalar)| {
        let value = value.to_json();
        let field = key.strip_prefix("alternatives/")?.split('/').next()?;
        let asked = value.get("rule").and_then(Value::as_str) == Some(PRICE_RULE);
        let price = Scalar::from_json(value.get("value").filter(|_| asked)?);
        Some(Request { register: field.replace('.', "/"), price, kept: key.clone() })
    };
    kept.filter_map(request).collect()
}

/// Every price was approved (INV-15).
pub(crate) const APPROVED: Guard = Guard {
    code: "approval",
    name: "prices that nobody still has to approve; a manager decides about what was asked for",
    holds: |attempt: &Attempt<'_>| {
        let offer = attempt.around.and_then(|records| records.raw(&RecordRef::new("quote", attempt.id)));
        offer.is_none_or(|raw| requests(&raw).is_empty())
    },
};

/// The flag of an offer with a price that waits.
pub(crate) const PRICE_WAITS: Constraint = whole(
    "quote.price",
    &["lines"],
    Test::Holds(is_decided),
    "every price of its own is approved, and one still waits for a manager",
)
.rule(PRICE_RULE)
.soft()
.quiet();

/// The flag of an offer that gives away more than its owner may.
pub(crate) const NEEDS_APPROVAL: Constraint = whole(
    "quote.discount",
    &["discount_percentage", "discount_amount", "lines"],
    Test::Holds(is_within),
    "it gives away no more than its owner may, and this needs approval",
)
.rule("INV-16")
.soft();

fn is_decided(scene: &Scene<'_>) -> bool {
    scene.records.raw(&RecordRef::new(scene.kind.name, scene.id)).is_none_or(|raw| requests(&raw).is_empty())
}

fn is_within(scene: &Scene<'_>) -> bool {
    let given = decimal(scene.record.get("effective_discount")).unwrap_or_default();
    if given.is_zero() || scene.record.get("state").and_then(Value::as_str) != Some("draft") {
        return true;
    }
    let owner = scene.record.get(owner::OWNER).and_then(Value::as_str).and_then(|owner| owner.parse::<RecordRef>().ok());
    let users = owner.map(|owner| owner::users(&owner, scene.records)).unwrap_or_default();
    let role = |user| scene.records.raw(&RecordRef::new("user", user)).and_then(|raw| Role::parse(raw.text("role")?));
    users.into_iter().any(|user| Authority::of(user, role(user).unwrap_or(Role::Rep), scene.records).may_give(given))
}
