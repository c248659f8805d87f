//! The users of an organisation, as its `user` records say, and whether it has security roles at all.

use std::collections::BTreeMap;

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::UserFacts;
use fieldbook_domain::permission::Role;
use fieldbook_domain::record::people::SecurityRole;
use fieldbook_domain::record::{Record, RecordType};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::store::Store;

/// The name of the record type that makes people.
pub(crate) const USER: &str = "user";

/// Everybody who has ever been a user.
#[derive(Clone, Debug, Default)]
pub(crate) struct People {
    users: BTreeMap<RecordId, UserFacts>,
    /// Whether a security role was ever made: only then anybody's rights may be restricted.
    security_roles: bool,
}

impl People {
    /// Reads everybody.
    pub(crate) fn load(store: &Store) -> Result<People, Error> {
        let mut people = People::default();
        for (target, body, deleted) in store.bodies(Some(USER))? {
            let body: Value = serde_json::from_str(&body).map_err(|_| Error::Damaged { what: "body" })?;
            people.put(target.id, facts(&body, deleted));
        }
        people.security_roles = !store.of_kind(SecurityRole::TYPE.name)?.is_empty();
        Ok(people)
    }

    /// Somebody.
    pub(crate) fn get(&self, id: RecordId) -> Option<&UserFacts> {
        self.users.get(&id)
    }

    /// Takes note of what a user's record says.
    pub(crate) fn put(&mut self, id: RecordId, facts: UserFacts) {
        self.users.insert(id, facts);
    }

    /// Takes note that a record of this type was made.
    pub(crate) fn made(&mut self, kind: &RecordType) {
        self.security_roles |= kind.name == SecurityRole::TYPE.name;
    }

    /// Whether there can be records of a type; only of security roles it is remembered that there are none.
    pub(crate) fn may_have(&self, kind: &str) -> bool {
        self.security_roles || kind != SecurityRole::TYPE.name
    }

    /// The active users in a role.
    pub(crate) fn working_as(&self, role: Role) -> Vec<RecordId> {
        self.users.iter().filter(|(_, facts)| facts.active && facts.role == role).map(|(id, _)| *id).collect()
    }
}

/// What the record of a user says, as it is stored.
pub(crate) fn find(store: &Store, id: RecordId) -> Result<Option<UserFacts>, Error> {
    let Some(row) = store.document(id)?.filter(|row| row.kind == USER) else { return Ok(None) };
    let body: Value = serde_json::from_str(&row.body).map_err(|_| Error::Damaged { what: "body" })?;
    Ok(Some(facts(&body, row.deleted)))
}

/// Reads a user's record.
pub(crate) fn facts(body: &Value, deleted: bool) -> UserFacts {
    UserFacts::of(body.as_object().unwrap_or(&Map::new()), deleted)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::Arc;

    use fieldbook_domain::document::Write;
    use fieldbook_domain::judge::World;

    use super::*;
    use crate::clock::SystemClock;
    use crate::org::books::Books;
    use crate::org::shelf::Shelf;
    use crate::org::support::{id, write_in};
    use crate::org::{OrgHandle, Turn};
    use crate::store::document::DocumentRow;

    const ROLE: &str = "security_role";

    fn roles(turn: &Turn<'_>) -> usize {
        turn.books().of_kind(ROLE).len()
    }

    fn make_role(turn: &mut Turn<'_>, number: u128) -> Result<(), Error> {
        let writes = [("name", "Seller"), ("role", "rep"), ("read", "own")].map(|(field, value)| Write::put(field, value));
        write_in(turn, ROLE, number, &writes)
    }

    #[test]
    fn where_there_are_no_security_roles_nobody_looks_for_them_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("org.db")).unwrap();
        let (shelf, people) = (RefCell::new(Shelf::default()), People::load(&store).unwrap());
        let row = |kind: &str| DocumentRow {
            kind: kind.to_owned(),
            snapshot: Vec::new(),
            heads: Vec::new(),
            body: "{}".to_owned(),
            deleted: false,
        };
        store.put_document(id(1), &row(ROLE)).unwrap();
        store.put_document(id(2), &row("team")).unwrap();

        let names = store.meta(&SystemClock).unwrap().names;
        let found = |people: &People, kind| Books::new(&store, &shelf, people, names.clone()).of_kind(kind).len();

        assert_eq!((found(&people, ROLE), found(&people, "team")), (0, 1), "the store was not asked");
        assert_eq!(found(&People::load(&store).unwrap(), ROLE), 1);
    }

    #[test]
    fn a_security_role_is_known_as_soon_as_it_is_made_and_forgotten_with_its_transaction() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("org.db");
        let org = OrgHandle::start(&path, Arc::new(SystemClock)).unwrap();
        let failed = org.turn(|turn| {
            make_role(turn, 1)?;
            assert_eq!(roles(turn), 1, "what comes after it in its transaction sees it");
            Err::<(), _>(Error::GivenUp)
        });
        assert!(failed.is_err());
        assert_eq!(org.turn(|turn| Ok(roles(turn))).unwrap(), 0);

        // Another process makes one, as `user add` on the command line would.
        let other = OrgHandle::start(&path, Arc::new(SystemClock)).unwrap();
        other.turn(|turn| make_role(turn, 2)).unwrap();
        assert_eq!(org.turn(|turn| Ok(roles(turn))).unwrap(), 1);
    }
}
