//! Who may write and do what: one table of rights, for the phone and the server alike.

use crate::lifecycle::Move;
use serde::{Deserialize, Serialize};

/// What somebody is here for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Role {
    /// Sells.
    Rep,
    /// Leads reps and decides for them.
    Manager,
    /// Manages people and the catalogue.
    Admin,
    /// Sends invoices and takes money; reads everything else.
    Finance,
}

impl Role {
    /// The words for the roles, as documents and the command line spell them.
    pub const NAMES: &'static [&'static str] = &["rep", "manager", "admin", "finance"];

    /// Reads a role's name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Role> {
        match name {
            "rep" => Some(Role::Rep),
            "manager" => Some(Role::Manager),
            "admin" => Some(Role::Admin),
            "finance" => Some(Role::Finance),
            _ => None,
        }
    }

    /// The role's name in documents and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Rep => "rep",
            Role::Manager => "manager",
            Role::Admin => "admin",
            Role::Finance => "finance",
        }
    }
}

/// Who may do something: a set of roles, named after the one that usually does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Whoever works here.
    Anybody,
    /// Whoever sells.
    Rep,
    /// The back office, and whoever leads.
    Finance,
    /// Whoever leads.
    Manager,
    /// Administrators.
    Admin,
}

/// One row of the table: a right, in words, and the roles that have it.
#[derive(Debug)]
pub struct Right {
    /// The right.
    pub who: Who,
    /// Its name, as tables show it.
    pub name: &'static str,
    /// Who has it, as refusals say it.
    pub says: &'static str,
    /// The roles that have it.
    pub roles: &'static [Role],
}

/// Every right.
#[rustfmt::skip]
pub const RIGHTS: &[Right] = &[
    Right { who: Who::Anybody, name: "anybody", says: "a user",                             roles: &[Role::Rep, Role::Manager, Role::Admin, Role::Finance] },
    Right { who: Who::Rep,     name: "rep",     says: "a rep, a manager or an administrator", roles: &[Role::Rep, Role::Manager, Role::Admin] },
    Right { who: Who::Finance, name: "finance", says: "the back office or a manager",       roles: &[Role::Finance, Role::Manager, Role::Admin] },
    Right { who: Who::Manager, name: "manager", says: "a manager",                          roles: &[Role::Manager, Role::Admin] },
    Right { who: Who::Admin,   name: "admin",   says: "an administrator",                   roles: &[Role::Admin] },
];

impl Who {
    fn right(self) -> Option<&'static Right> {
        RIGHTS.iter().find(|right| right.who == self)
    }

    /// Whether somebody in this role may.
    #[must_use]
    pub fn includes(self, role: Role) -> bool {
        self.right().is_some_and(|right| right.roles.contains(&role))
    }

    /// Its name, as tables show it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.right().map_or("", |right| right.name)
    }

    /// Who may, as refusals say it.
    #[must_use]
    pub fn says(self) -> &'static str {
        self.right().map_or("", |right| right.says)
    }
}

/// Which roles may write a record type; everybody in the organisation may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody who sells.
    Sales,
    /// Everybody who sells, and the back office.
    Billing,
    /// Administrators keep the catalogue.
    Catalogue,
    /// Administrators keep people, what they belong to, and the fiscal calendar.
    People,
    /// Managers set goals and what they are measured by.
    Goals,
}

impl Access {
    /// Who may create and edit; what may be done to a record besides is said by its lifecycle.
    #[must_use]
    pub fn who(self) -> Who {
        match self {
            Access::Sales => Who::Rep,
            Access::Billing => Who::Anybody,
            Access::Goals => Who::Manager,
            Access::Catalogue | Access::People => Who::Admin,
        }
    }

    /// Whether somebody in this role may create and edit.
    #[must_use]
    pub fn may_write(self, role: Role) -> bool {
        self.who().includes(role)
    }

    /// In words, for the documentation and for refusals.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Access::Sales => "reps, managers and administrators",
            Access::Billing => "reps, managers, administrators and the back office",
            Access::Goals => "managers and administrators",
            Access::Catalogue | Access::People => "administrators",
        }
    }
}

impl Move {
    /// Whether somebody in this role may do it, or at least propose it.
    #[must_use]
    pub fn is_open_to(&self, role: Role) -> bool {
        self.who.includes(role) || self.is_proposed_by(role)
    }

    /// Whether somebody in this role may only propose it.
    #[must_use]
    pub fn is_proposed_by(&self, role: Role) -> bool {
        !self.who.includes(role) && self.proposed_by.is_some_and(|who| who.includes(role))
    }
}

/// Who may delete the records of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleting {
    /// These.
    By(Who),
    /// These, in these states only.
    While(Who, &'static [&'static str]),
    /// Reps what they look after themselves, in these states only where any are named; managers all of it.
    Own(&'static [&'static str]),
}

impl Deleting {
    /// Whether somebody in this role may delete a record in this state, which is `own` if they look after it.
    #[must_use]
    pub fn allows(self, role: Role, state: &str, own: bool) -> bool {
        match self {
            Deleting::By(who) => who.includes(role),
            Deleting::While(who, states) => who.includes(role) && states.contains(&state),
            Deleting::Own(_) if Who::Manager.includes(role) => true,
            Deleting::Own(states) => Who::Rep.includes(role) && own && (states.is_empty() || states.contains(&state)),
        }
    }

    /// In words, for the documentation and for refusals.
    #[must_use]
    pub fn describe(self) -> String {
        match self {
            Deleting::By(who) => who.says().to_owned(),
            Deleting::While(who, states) => format!("{}, and only while it is {}", who.says(), states.join(" or ")),
            Deleting::Own([]) => "whoever looks after it, or a manager".to_owned(),
            Deleting::Own(states) => format!("whoever looks after it while it is {}, or a manager", states.join(" or ")),
        }
    }
}
