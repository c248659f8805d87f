//! The users of an organisation, as its `user` records say.

use std::collections::BTreeMap;

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::UserFacts;
use fieldbook_domain::permission::Role;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::store::Store;

/// The name of the record type that makes people.
pub(crate) const USER: &str = "user";

/// Everybody who has ever been a user.
#[derive(Clone, Debug, Default)]
pub(crate) struct People(BTreeMap<RecordId, UserFacts>);

impl People {
    /// Reads everybody.
    pub(crate) fn load(store: &Store) -> Result<People, Error> {
        let mut people = People::default();
        for (target, body, deleted) in store.bodies(Some(USER))? {
            let body: Value = serde_json::from_str(&body).map_err(|_| Error::Damaged { what: "body" })?;
            people.put(target.id, facts(&body, deleted));
        }
        Ok(people)
    }

    /// Somebody.
    pub(crate) fn get(&self, id: RecordId) -> Option<&UserFacts> {
        self.0.get(&id)
    }

    /// Takes note of what a user's record says.
    pub(crate) fn put(&mut self, id: RecordId, facts: UserFacts) {
        self.0.insert(id, facts);
    }

    /// The active users in a role.
    pub(crate) fn working_as(&self, role: Role) -> Vec<RecordId> {
        self.0.iter().filter(|(_, facts)| facts.active && facts.role == role).map(|(id, _)| *id).collect()
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
