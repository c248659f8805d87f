//! Who may write what: role by record type by verb. One table, for the phone and the server alike.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What a user may do, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Role {
    /// Sells.
    Rep,
    /// Leads reps and decides for them.
    Manager,
    /// Manages people and the catalogue.
    Admin,
}

impl Role {
    /// Reads a role's name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Role> {
        match name {
            "rep" => Some(Role::Rep),
            "manager" => Some(Role::Manager),
            "admin" => Some(Role::Admin),
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
        }
    }
}

/// Which roles may write a record type; everybody in the organisation may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody who sells.
    Sales,
    /// Administrators keep the catalogue.
    Catalogue,
    /// Administrators keep people, what they belong to, and the fiscal calendar.
    People,
    /// Managers set goals and what they are measured by.
    Goals,
}

impl Access {
    /// Whether somebody in this role may create, edit and act.
    #[must_use]
    pub fn may_write(self, role: Role) -> bool {
        match self {
            Access::Sales => true,
            Access::Goals => role >= Role::Manager,
            Access::Catalogue | Access::People => role == Role::Admin,
        }
    }

    /// In words, for the documentation and for refusals.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Access::Sales => "reps, managers and administrators",
            Access::Goals => "managers and administrators",
            Access::Catalogue | Access::People => "administrators",
        }
    }
}

/// Whether somebody in this role may give a line of this record type another price than the catalogue's, or write one in
/// (INV-15). What an opportunity may bring is an estimate, which everybody may make.
#[must_use]
pub fn may_override(kind: &str, role: Role) -> bool {
    role >= Role::Manager || kind == "opportunity"
}

/// The largest discount, in percent, somebody in this role may give; `None` for any (INV-16).
#[must_use]
pub fn discount_authority(role: Role) -> Option<Decimal> {
    match role {
        Role::Rep => Some(Decimal::TEN),
        Role::Manager => Some(Decimal::from(25)),
        Role::Admin => None,
    }
}
