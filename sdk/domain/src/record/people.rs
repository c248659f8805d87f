//! People: users, teams, and what they belong to. Managed by administrators, provisioned from what they enter.

use super::declare::{part, record};
use crate::access::Level;
use crate::constraint::{Test, whole};
use crate::field::{Kind, choice, long_text, of, reference, text};
use crate::ids::RecordId;
use crate::lifecycle;
use crate::permission::{Access, Role};
use rust_decimal::Decimal;

record! {
    /// A part of the organisation; a user belongs to one.
    BusinessUnit is "business_unit", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::People;

    /// What it is called.
    name: String = text(160).required().indexed();
    /// The business unit it is a part of.
    parent: Option<RecordId> = reference(&["business_unit"]).commercial().indexed();
    /// Who leads it.
    manager: Option<RecordId> = reference(&["user"]).commercial();

    constraint whole("business_unit.parent", &["parent"], Test::Tree,
        "a business unit is no part of itself, directly or through others, and units are at most 10 deep");
}

record! {
    /// A set of rights with a name of its own; whoever holds several has what the widest of them gives.
    SecurityRole is "security_role", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::People;

    /// What it is called.
    name: String = text(100).required().indexed();
    /// What it starts from.
    role: Option<String> = choice(Role::NAMES).commercial().required().indexed();
    /// How far its holders read; else the whole organisation.
    read: Option<String> = choice(Level::NAMES).commercial();
    /// How far they edit and act; else the whole organisation.
    write: Option<String> = choice(Level::NAMES).commercial();
    /// The largest discount it may give, in percent; else what its base may.
    discount_authority: Option<Decimal> = of(Kind::Decimal { scale: 2 }).commercial();
    /// Whether it may type a price other than the catalogue's.
    may_override_price: Option<bool> = of(Kind::Bool).commercial();
    /// What it is for.
    description: String = long_text(2_000);
}

part! {
    /// A security role somebody has.
    RoleGrant keyed by id;
    /// The security role.
    security_role: Option<RecordId> = reference(&["security_role"]).commercial().required();
}

part! {
    /// One person's membership.
    Member keyed by id;
    /// The person.
    user: Option<RecordId> = reference(&["user"]).commercial().required();
}

record! {
    /// A part of the market.
    Territory is "territory", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::People;

    /// What it is called.
    name: String = text(200).required().indexed();
    /// Who is responsible for it.
    manager: Option<RecordId> = reference(&["user"]).commercial();

    collection
    /// Who sells in it.
    members of Member;
}

record! {
    /// Somebody who works with us and may sign in.
    User is "user", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::People;

    /// What they are called.
    name: String = text(200).required().indexed();
    /// Their e-mail address.
    email: Option<String> = of(Kind::Email).indexed();
    /// What they may do.
    role: Option<String> = choice(Role::NAMES).commercial().required().indexed();
    /// Who they report to.
    manager: Option<RecordId> = reference(&["user"]).commercial().indexed();
    /// The territory they sell in.
    territory: Option<RecordId> = reference(&["territory"]).commercial().indexed();
    /// The business unit they belong to.
    business_unit: Option<RecordId> = reference(&["business_unit"]).commercial().indexed();

    collection
    /// The security roles they have besides their role.
    security_roles of RoleGrant;

    constraint whole("user.manager", &["manager"], Test::Tree,
        "nobody reports to themselves, directly or through others, and managers are at most 10 deep");
}

record! {
    /// People who share work.
    Team is "team", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::People;

    /// What it is called.
    name: String = text(160).required().indexed();
    /// Who leads it.
    manager: Option<RecordId> = reference(&["user"]).commercial();

    collection
    /// Who belongs to it.
    members of Member;
    collection
    /// The security roles its members have through it.
    security_roles of RoleGrant;
}
