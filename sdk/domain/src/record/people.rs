//! People: users, teams and territories. Managed by administrators, provisioned from what they enter.

use super::declare::{part, record};
use crate::field::{Kind, choice, of, reference, text};
use crate::ids::RecordId;
use crate::lifecycle;
use crate::permission::Access;

record! {
    /// A part of the market.
    Territory is "territory", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::People;

    /// What it is called.
    name: String = text(200).required().indexed();
    /// Who is responsible for it.
    manager: Option<RecordId> = reference(&["user"]).commercial();
}

record! {
    /// Somebody who works with us and may sign in.
    User is "user", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::People;

    /// What they are called.
    name: String = text(200).required().indexed();
    /// Their e-mail address.
    email: Option<String> = of(Kind::Email).indexed();
    /// What they may do.
    role: Option<String> = choice(&["rep", "manager", "admin"]).commercial().required().indexed();
    /// Who they report to.
    manager: Option<RecordId> = reference(&["user"]).commercial().indexed();
    /// The territory they sell in.
    territory: Option<RecordId> = reference(&["territory"]).commercial().indexed();
}

part! {
    /// One person's membership of a team.
    Member keyed by id;
    /// The person.
    user: Option<RecordId> = reference(&["user"]).commercial().required();
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
}
