//! The circle of everybody who reads only a part, and whose it is that may have changed.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_domain::access::{Circle, DECIDING, Named, Right};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::InWorld;
use fieldbook_domain::owner;

use super::super::Turn;
use super::super::books::Books;
use super::Parts;
use crate::error::Error;
use crate::store::Store;

/// Whose records each user reads who reads only a part.
pub(crate) type Circles = BTreeMap<RecordId, Circle>;

/// The circle of everybody who reads only a part, worked out from the records of people.
pub(crate) fn circles(store: &Store, books: &Books<'_>) -> Result<Circles, Error> {
    let mut users = BTreeSet::new();
    for holder in store.with_security_roles()? {
        users.extend(people(&holder, books));
    }
    let circles = users.into_iter().filter_map(|user| Some((user, circle(user, books)?))).collect();
    books.fault()?;
    Ok(circles)
}

/// The circle of somebody; nothing for who reads everything, or no longer works here.
fn circle(user: RecordId, books: &Books<'_>) -> Option<Circle> {
    let facts = books.people.get(user).filter(|facts| facts.active)?;
    Some(Circle::of(user, facts.role, Right::Read, &InWorld(books))).filter(|circle| !circle.is_everybody())
}

/// The user, or the members of the team.
fn people(holder: &RecordRef, books: &Books<'_>) -> Vec<RecordId> {
    owner::users(holder, &InWorld(books))
}

impl Turn<'_> {
    /// Works out every circle.
    pub(super) fn all_circles(&mut self) -> Result<Circles, Error> {
        let circles = circles(self.store, &self.books())?;
        self.tally.circles = self.tally.circles.saturating_add(count(circles.len()));
        Ok(circles)
    }

    /// Works out the circles again that may be others by what this transaction did to people.
    pub(super) fn follow_people(&mut self, parts: &Parts, circles: &mut Circles) -> Result<(), Error> {
        let users = self.whose_circle(parts)?;
        let books = self.books();
        for user in &users {
            match circle(*user, &books) {
                Some(circle) => circles.insert(*user, circle),
                None => circles.remove(user),
            };
        }
        books.fault()?;
        self.tally.circles = self.tally.circles.saturating_add(count(users.len()));
        Ok(())
    }

    /// Everybody whose circle depends on the records of people that changed, as they were or as they are.
    fn whose_circle(&self, parts: &Parts) -> Result<BTreeSet<RecordId>, Error> {
        let (mut users, mut units) = (BTreeSet::new(), BTreeSet::new());
        for (record, was) in parts.was.iter().filter(|(record, _)| DECIDING.contains(&record.kind.as_str())) {
            let (was, now) = (was.clone().unwrap_or_default(), self.store.references_of(record.id)?);
            let named = |field: &'static str| was.union(&now).filter(move |(by, _)| by == field).map(|(_, named)| named.id);
            match record.kind.as_str() {
                "user" => {
                    users.insert(record.id);
                    // Who is in another unit now is a colleague of others.
                    units.extend(was.symmetric_difference(&now).filter(is_unit).map(|(_, unit)| unit.id));
                }
                "team" => {
                    // What the team looks after is also their colleagues'.
                    for member in named("members.user") {
                        users.insert(member);
                        units.extend(self.store.references_of(member)?.iter().filter(is_unit).map(|(_, unit)| unit.id));
                    }
                }
                "territory" => users.extend(named("members.user")),
                "business_unit" => units.extend(named("parent")),
                _ => {
                    let holders = self.store.referrers(record)?.into_iter().map(|(holder, _)| holder);
                    users.extend(holders.flat_map(|holder| people(&holder, &self.books())));
                }
            }
        }
        for unit in self.with_those_above(units)? {
            let members = self.store.referring(&RecordRef::new("business_unit", unit), "user", "business_unit")?;
            users.extend(members.into_iter().map(|member| member.id));
        }
        Ok(users)
    }

    fn with_those_above(&self, units: BTreeSet<RecordId>) -> Result<BTreeSet<RecordId>, Error> {
        let (mut next, mut found): (Vec<RecordId>, _) = (units.iter().copied().collect(), units);
        while let Some(unit) = next.pop() {
            let above = self.store.references_of(unit)?.into_iter().filter(|(field, _)| field == "parent");
            next.extend(above.map(|(_, above)| above.id).filter(|above| found.insert(*above)));
        }
        Ok(found)
    }
}

fn is_unit((field, _): &&Named) -> bool {
    field == "business_unit"
}

fn count(circles: usize) -> u64 {
    u64::try_from(circles).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fieldbook_domain::document::Write;
    use fieldbook_domain::raw::Scalar;
    use fieldbook_domain::{action, key, record};
    use serde_json::{Value, json};

    use crate::clock::SystemClock;
    use crate::org::OrgHandle;
    use crate::org::parts;
    use crate::org::support::{id, write};

    /// Two units below a third, with four people in each, who read what their unit has and those below it.
    struct House {
        org: OrgHandle,
        _folder: tempfile::TempDir,
    }

    const ALL: u128 = 1;
    const NORTH: u128 = 2;
    const SOUTH: u128 = 3;
    const ROLE: u128 = 4;
    const TEAM: u128 = 5;
    const TERRITORY: u128 = 6;

    fn person(unit: u128, number: u128) -> u128 {
        unit * 100 + number
    }

    fn user(unit: u128, number: u128) -> Value {
        let grant = json!({ "id": id(9_000 + person(unit, number)), "security_role": id(ROLE) });
        json!({ "name": "Somebody", "role": "rep", "business_unit": id(unit), "security_roles": [grant] })
    }

    impl House {
        fn new() -> House {
            let folder = tempfile::tempdir().unwrap();
            let org = OrgHandle::start(&folder.path().join("org.db"), Arc::new(SystemClock)).unwrap();
            let house = House { org, _folder: folder };
            for (unit, parent) in [(ALL, None), (NORTH, Some(id(ALL))), (SOUTH, Some(id(ALL)))] {
                house.enter("business_unit", unit, &json!({ "name": "Unit", "parent": parent }));
            }
            let levels = json!({ "name": "Seller", "role": "rep", "read": "business_unit_tree", "write": "own" });
            house.enter("security_role", ROLE, &levels);
            for unit in [ALL, NORTH, SOUTH] {
                for number in 0..4 {
                    house.enter("user", person(unit, number), &user(unit, number));
                }
            }
            house
        }

        fn enter(&self, kind: &'static str, number: u128, fields: &Value) -> u64 {
            let fields = fields.as_object().unwrap();
            self.write(kind, number, action::entered(record::find(kind).unwrap(), fields).unwrap())
        }

        /// Writes into a record of people; says how many circles that works out, and that all of them are right.
        fn write(&self, kind: &'static str, number: u128, writes: Vec<Write>) -> u64 {
            let before = self.org.tally().circles;
            write(&self.org, kind, number, writes);
            let cost = self.org.tally().circles - before;
            let right = self.org.turn(|turn| Ok(parts::circles(turn.store, &turn.books())? == turn.store.slices()?));
            assert!(right.unwrap(), "after {kind} {number}");
            cost
        }

        fn put(&self, kind: &'static str, number: u128, key: &str, value: impl Into<Scalar>) -> u64 {
            self.write(kind, number, vec![Write::put(key, value)])
        }

        fn restricted(&self) -> usize {
            self.org.turn(|turn| Ok(turn.store.slices()?.len())).unwrap()
        }
    }

    #[test]
    fn a_change_of_people_works_out_the_circles_that_depend_on_it_and_no_others() {
        let house = House::new();
        let (ada, maya) = (person(NORTH, 0), person(ALL, 0));
        assert_eq!(house.restricted(), 12);

        assert_eq!(house.put("user", ada, "name", "Ada"), 1, "a name is nobody else's business");
        assert_eq!(
            house.put("user", ada, "business_unit", id(SOUTH).to_string()),
            12,
            "from the colleagues in the north to others"
        );
        assert_eq!(house.put("user", ada, "business_unit", id(NORTH).to_string()), 12);
        assert_eq!(house.put("user", maya, "business_unit", id(NORTH).to_string()), 8, "all but the south");
        let members = json!([{ "id": id(8_000), "user": id(ada) }]);
        assert_eq!(house.enter("team", TEAM, &json!({ "name": "Pumps", "members": members })), 8, "hers and her colleagues'");
        assert_eq!(house.put("team", TEAM, &key::child("members", id(8_000), "removed"), true), 8, "who was in it counts");
        assert_eq!(house.enter("territory", TERRITORY, &json!({ "name": "Coast", "members": members })), 1);
        assert_eq!(house.put("business_unit", SOUTH, "parent", Scalar::Null), 3, "those above it");
        assert_eq!(house.put("security_role", ROLE, "read", "own"), 12);
        let grant = key::child("security_roles", id(9_000 + ada), "removed");
        assert_eq!(house.put("user", ada, &grant, true), 1);
        assert_eq!(house.restricted(), 11, "she reads everything now");
    }
}
