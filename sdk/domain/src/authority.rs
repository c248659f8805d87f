//! What somebody may give away of what is sold: what their role and their security roles say together (INV-15, INV-16, ADR 0021).
//!
//! The phone refuses by it, the office judges by it, and whoever decides about what waits must have it.

use crate::access;
use crate::action::Records;
use crate::ids::RecordId;
use crate::permission::{Role, Who};
use crate::raw::{Raw, Scalar};
use rust_decimal::Decimal;

/// What somebody may give away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The largest discount, in percent; any, where there is none.
    discount: Option<Decimal>,
    /// Whether they type prices of their own on offers.
    overrides: bool,
}

impl Authority {
    /// What a role gives by itself.
    #[must_use]
    pub fn of_role(role: Role) -> Authority {
        let discount = match role {
            Role::Finance => Some(Decimal::ZERO),
            Role::Rep => Some(Decimal::TEN),
            Role::Manager => Some(Decimal::from(25)),
            Role::Admin => None,
        };
        Authority { discount, overrides: Who::Manager.includes(role) }
    }

    /// What somebody may: roles add up, and the widest of them counts. A security role that starts from somebody's own role takes
    /// the place of that role, so that it can give less as well; administrators may anything.
    #[must_use]
    pub fn of(user: RecordId, role: Role, records: &dyn Records) -> Authority {
        let own = Authority::of_role(role);
        if role == Role::Admin {
            return own;
        }
        let held = access::security_roles(user, records);
        let bases: Vec<Role> = held.iter().filter_map(base).collect();
        let stands = (!bases.contains(&role)).then_some(own);
        let given = held.iter().map(Authority::of_security_role).chain(stands);
        given.reduce(Authority::wider).unwrap_or(own)
    }

    /// What a security role gives: what it does not say is what its base may.
    fn of_security_role(raw: &Raw) -> Authority {
        let base = Authority::of_role(base(raw).unwrap_or(Role::Finance));
        let discount = raw.text("discount_authority").and_then(|percent| percent.parse().ok());
        let overrides = if let Some(Scalar::Bool(may)) = raw.get("may_override_price") { *may } else { base.overrides };
        Authority { discount: discount.map_or(base.discount, Some), overrides }
    }

    /// What the two give together.
    #[must_use]
    pub fn wider(self, other: Authority) -> Authority {
        let discount = self.discount.zip(other.discount).map(|(one, other)| one.max(other));
        Authority { discount, overrides: self.overrides || other.overrides }
    }

    /// Whether so much may be given away, in percent (INV-16).
    #[must_use]
    pub fn may_give(self, percent: Decimal) -> bool {
        self.discount.is_none_or(|most| percent <= most)
    }

    /// Whether a line of this record type may have another price than the catalogue's, or be written in (INV-15). What an
    /// opportunity may bring is an estimate, which everybody may make.
    #[must_use]
    pub fn may_override(self, kind: &str) -> bool {
        self.overrides || kind == "opportunity"
    }
}

/// What a security role starts from; nothing where it says what nobody knows, which gives the least.
fn base(raw: &Raw) -> Option<Role> {
    Role::parse(raw.text("role")?)
}
