//! What the book holds already: people, catalogue and customers by name, so that an import links to them.

use super::names::Names;
use super::plan;
use crate::failure::Failure;
use fieldbook_device::{Book, Query};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::permission::Role;
use fieldbook_domain::record;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const KINDS: &[&str] = &["territory", "user", "team", "unit", "product", "price_list", "account"];

/// The records an import may link to, as the book holds them before it.
#[derive(Debug)]
pub(crate) struct Held {
    role: Role,
    records: BTreeMap<&'static str, Vec<(String, RecordId)>>,
}

impl Held {
    /// Looks the book through, for an importer of this role.
    pub(crate) fn of(book: &Book, role: Role) -> Result<Held, Failure> {
        let mut records = BTreeMap::new();
        for kind in KINDS {
            let found = book.list(&Query::of(*kind))?;
            records.insert(*kind, found.iter().filter_map(named).collect());
        }
        Ok(Held { role, records })
    }

    /// The id of the record of this name: of the one that is there, else of the one to make.
    ///
    /// Nothing when there is none and the importer may not make one.
    pub(crate) fn settle(&self, kind: &'static str, name: &str) -> Option<RecordId> {
        let derived = plan::id(kind, name);
        if self.records(kind).iter().any(|(_, id)| *id == derived) {
            return Some(derived);
        }
        let may_make = self.may_make(kind);
        let mut names = Names::default();
        names.fill(self.records(kind));
        names.exact(name).or(may_make.then_some(derived))
    }

    /// Whether the importer may make records of this type.
    pub(crate) fn may_make(&self, kind: &str) -> bool {
        record::find(kind).is_some_and(|kind| kind.access.may_write(self.role))
    }

    /// The records of a type with their names.
    pub(crate) fn records(&self, kind: &str) -> &[(String, RecordId)] {
        self.records.get(kind).map_or(&[], Vec::as_slice)
    }
}

fn named(record: &Map<String, Value>) -> Option<(String, RecordId)> {
    let name = record.get("name")?.as_str()?.to_owned();
    Some((name, record.get("id")?.as_str()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::Held;
    use crate::import::plan;
    use fieldbook_domain::ids::RecordId;
    use fieldbook_domain::permission::Role;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    const BY_HAND: RecordId = RecordId(Uuid::from_u128(7));

    fn held(role: Role, users: &[(&str, RecordId)]) -> Held {
        let users = users.iter().map(|(name, id)| ((*name).to_owned(), *id)).collect();
        Held { role, records: BTreeMap::from([("user", users)]) }
    }

    #[test]
    fn a_user_who_is_there_is_found_by_name_whoever_imports() {
        for role in [Role::Rep, Role::Manager, Role::Admin] {
            assert_eq!(held(role, &[("Ada", BY_HAND)]).settle("user", "Ada"), Some(BY_HAND));
        }
    }

    #[test]
    fn a_user_made_by_an_earlier_import_comes_before_one_of_the_same_name() {
        let imported = plan::id("user", "Ada");

        assert_eq!(held(Role::Rep, &[("Ada", BY_HAND), ("Ada", imported)]).settle("user", "Ada"), Some(imported));
    }

    #[test]
    fn only_an_administrator_makes_a_user_who_is_missing() {
        assert_eq!(held(Role::Rep, &[]).settle("user", "Ada"), None);
        assert_eq!(held(Role::Manager, &[]).settle("user", "Ada"), None);
        assert_eq!(held(Role::Admin, &[]).settle("user", "Ada"), Some(plan::id("user", "Ada")));
        assert!(held(Role::Rep, &[]).settle("account", "Isdom").is_some());
    }
}
