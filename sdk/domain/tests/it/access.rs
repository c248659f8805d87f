//! Levels, circles and slices: who counts as one's own, and what a phone holds.

use fieldbook_domain::access::{Affected, Circle, Graph, Holding, Named, Right, Slice, affected, is_shared_out};
use fieldbook_domain::action::{Records, referred, targets};
use fieldbook_domain::authority::Authority;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::key::{self, Key};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::{Raw, Scalar};
use fieldbook_domain::record::account::Account;
use fieldbook_domain::record::{self, Record};
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// An organisation in memory.
#[derive(Clone, Debug, Default)]
struct House(BTreeMap<RecordRef, Raw>);

fn id(name: &str) -> RecordId {
    RecordId(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()))
}

fn at(kind: &str, name: &str) -> RecordRef {
    RecordRef::new(kind, id(&format!("{kind}/{name}")))
}

impl House {
    fn put(&mut self, record: RecordRef, fields: &[(&str, String)]) -> RecordRef {
        let raw = self.0.entry(record.clone()).or_default();
        raw.touch(1);
        for (key, value) in fields {
            raw.set(key, Scalar::Str(value.clone()));
        }
        record
    }

    fn person(&mut self, name: &str, unit: &RecordRef, role: Option<&RecordRef>) -> RecordRef {
        let mut fields = vec![("name", name.to_owned()), ("business_unit", unit.id.to_string())];
        let grant = key::child("security_roles", id("grant"), "security_role");
        fields.extend(role.map(|role| (grant.as_str(), role.id.to_string())));
        self.put(at("user", name), &fields)
    }

    fn role(&mut self, name: &str, read: &str, write: &str) -> RecordRef {
        self.put(at("security_role", name), &[("name", name.to_owned()), ("read", read.to_owned()), ("write", write.to_owned())])
    }

    /// A security role with what it says of discounts and prices, where it says something.
    fn pricing(&mut self, name: &str, base: Role, discount: Option<u32>, overrides: Option<bool>) -> RecordRef {
        let record = self.put(at("security_role", name), &[("name", name.to_owned()), ("role", base.name().to_owned())]);
        let raw = self.0.entry(record.clone()).or_default();
        if let Some(discount) = discount {
            raw.set("discount_authority", Scalar::Str(discount.to_string()));
        }
        if let Some(overrides) = overrides {
            raw.set("may_override_price", Scalar::Bool(overrides));
        }
        record
    }

    /// Gives a user or a team a security role.
    fn grant(&mut self, to: &RecordRef, role: &RecordRef) {
        let key = key::child("security_roles", role.id, "security_role");
        self.put(to.clone(), &[(&key, role.id.to_string())]);
    }

    /// The whole percents somebody may give at most, and whether they type prices.
    fn gives(&self, user: &RecordRef, role: Role) -> (u32, bool) {
        let authority = Authority::of(user.id, role, self);
        let most = (0..=100).take_while(|percent| authority.may_give(Decimal::from(*percent))).last().unwrap_or(0);
        (most, authority.may_override("quote"))
    }

    fn team(&mut self, name: &str, member: &RecordRef) -> RecordRef {
        let key = key::child("members", member.id, "user");
        self.put(at("team", name), &[("name", name.to_owned()), (&key, member.id.to_string())])
    }

    fn circle(&self, user: &RecordRef, right: Right) -> Circle {
        Circle::of(user.id, Role::Rep, right, self)
    }

    fn writes(&self, user: &RecordRef, owner: &RecordRef) -> bool {
        self.circle(user, Right::Write).may_write(Account::TYPE, Some(owner))
    }
}

impl Records for House {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        self.0.get(target).cloned()
    }

    fn referring(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        let Some(wanted) = referred(kind, field, holds) else { return Vec::new() };
        let found = self.named_by(&wanted).into_iter().filter(|(record, by)| record.kind == kind && by == field);
        found.map(|(record, _)| record).collect()
    }
}

impl Graph for House {
    fn names(&self, record: &RecordRef) -> BTreeSet<Named> {
        let mut found = BTreeSet::new();
        let Some(kind) = record::find(&record.kind) else { return found };
        for (key, value) in &self.0.get(record).cloned().unwrap_or_default().registers {
            let Scalar::Str(text) = value else { continue };
            let (name, field) = match key::parse(kind, key) {
                Key::Field(field) => (field.name.to_owned(), field),
                Key::Child { collection, declared: Some(field), .. } => (format!("{}.{}", collection.name, field.name), field),
                Key::Child { .. } | Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Unknown | Key::Malformed => {
                    continue;
                }
            };
            found.extend(targets(field, text).into_iter().map(|target| (name.clone(), target)));
        }
        found
    }

    fn named_by(&self, record: &RecordRef) -> Vec<(RecordRef, String)> {
        let names = |by: &RecordRef| -> Vec<_> {
            let named = self.names(by).into_iter().filter(|(_, named)| named == record);
            named.map(|(field, _)| (by.clone(), field)).collect()
        };
        self.0.keys().flat_map(names).collect()
    }

    fn of_kind(&self, kind: &str) -> Vec<RecordRef> {
        self.0.keys().filter(|record| record.kind == kind).cloned().collect()
    }

    fn is_here(&self, record: &RecordRef) -> bool {
        self.0.contains_key(record)
    }
}

#[test]
fn a_level_says_whose_records_somebody_writes() {
    let reached = |level: &str| {
        let mut house = House::default();
        let sales = house.put(at("business_unit", "sales"), &[("name", "Sales".to_owned())]);
        let north = house.put(at("business_unit", "north"), &[("parent", sales.id.to_string())]);
        let south = house.put(at("business_unit", "south"), &[("parent", sales.id.to_string())]);
        let role = house.role("seller", level, level);
        let maya = house.person("Maya", &sales, Some(&role));
        let (omar, ada, ben) =
            (house.person("Omar", &sales, None), house.person("Ada", &north, None), house.person("Ben", &south, None));
        let teams = [house.team("own", &maya), house.team("colleague's", &omar), house.team("below", &ben)];
        let everybody = [&maya, &omar, &ada, &ben].into_iter().chain(&teams);
        everybody.map(|owner| u8::from(house.writes(&maya, owner)).to_string()).collect::<String>()
    };

    assert_eq!(reached("own"), "1000100");
    assert_eq!(reached("business_unit"), "1100110");
    assert_eq!(reached("business_unit_tree"), "1111111");
    assert_eq!(reached("organisation"), "1111111");
    assert_eq!(reached("galaxy"), "1000100", "a level of a newer app takes away rather than gives");
}

#[test]
fn roles_add_up_and_teams_lend_theirs() {
    let mut house = House::default();
    let unit = house.put(at("business_unit", "sales"), &[("name", "Sales".to_owned())]);
    let (narrow, wide) = (house.role("narrow", "own", "own"), house.role("wide", "organisation", "own"));
    let (ada, ben) = (house.person("Ada", &unit, Some(&narrow)), house.person("Ben", &unit, None));
    assert!(house.circle(&ben, Right::Read).is_everybody(), "without a security role one reads everything");
    assert!(!house.circle(&ada, Right::Read).is_everybody());
    assert!(Circle::of(ada.id, Role::Admin, Right::Read, &house).is_everybody(), "administrators always do");

    let team = house.team("pumps", &ada);
    let grant = key::child("security_roles", id("grant"), "security_role");
    house.put(team.clone(), &[(&grant, wide.id.to_string())]);
    assert!(house.circle(&ada, Right::Read).is_everybody());
    assert!(!house.circle(&ada, Right::Write).is_everybody(), "each right for itself");

    let removed = key::child("members", ada.id, key::REMOVED);
    house.0.get_mut(&team).unwrap().set(&removed, Scalar::Bool(true));
    assert!(!house.circle(&ada, Right::Read).is_everybody(), "who left the team has lost its roles");
}

#[test]
fn the_back_office_has_orders_and_invoices_whoever_looks_after_them() {
    let mut house = House::default();
    let unit = house.put(at("business_unit", "sales"), &[("name", "Sales".to_owned())]);
    let role = house.role("narrow", "own", "own");
    let (fay, ada) = (house.person("Fay", &unit, Some(&role)), house.person("Ada", &unit, None));
    let circle = |right| Circle::of(fay.id, Role::Finance, right, &house);
    let order = record::find("order").unwrap();

    assert!(circle(Right::Write).may_write(record::find("invoice").unwrap(), Some(&ada)));
    assert!(!circle(Right::Write).may_write(order, Some(&ada)));
    let mut house = house.clone();
    let sold = house.put(at("order", "one"), &[("owner", ada.to_string())]);
    let lead = house.put(at("lead", "one"), &[("owner", ada.to_string())]);
    let circle = Circle::of(fay.id, Role::Finance, Right::Read, &house);
    let slice = Slice { circle: &circle, asked: &BTreeSet::new(), graph: &house };
    assert_eq!((slice.holds(&sold), slice.holds(&lead)), (Some(Holding::Read), None));
}

/// Whom a record belongs to and what it names, drawn as numbers.
type Drawn = (u8, u8, u8, u8);

/// An organisation of drawn records: accounts, contacts of them, sales to either, offers, tasks about anything, also each other.
fn drawn(of: &[Drawn]) -> House {
    let mut house = House::default();
    let unit = house.put(at("business_unit", "sales"), &[("name", "Sales".to_owned())]);
    let role = house.role("seller", "own", "own");
    let ada = house.person("Ada", &unit, Some(&role));
    house.person("Ben", &unit, None);
    house.team("pumps", &ada);
    house.put(at("territory", "coast"), &[(&key::child("members", ada.id, "user"), ada.id.to_string())]);
    for (n, drawn) in of.iter().enumerate() {
        draw(&mut house, n, *drawn);
    }
    house
}

fn drawn_kind(kind: u8) -> &'static str {
    match kind % 5 {
        0 => "account",
        1 => "contact",
        2 => "opportunity",
        3 => "quote",
        _ => "task",
    }
}

fn draw(house: &mut House, n: usize, (kind, owner, first, second): Drawn) {
    let kind = drawn_kind(kind);
    let mut fields = Vec::new();
    match owner % 4 {
        0 => fields.push(("owner", at("user", "Ada").to_string())),
        1 => fields.push(("owner", at("team", "pumps").to_string())),
        2 => fields.push(("owner", at("user", "Ben").to_string())),
        _ => {}
    }
    let account = at("account", &(first % 12).to_string());
    let contact = at("contact", &(second % 12).to_string());
    match kind {
        "account" if second % 3 == 0 => fields.push(("territory", at("territory", "coast").id.to_string())),
        "account" => fields.push(("primary_contact", contact.id.to_string())),
        "contact" => fields.push(("account", account.id.to_string())),
        "opportunity" if second % 2 == 0 => fields.push(("customer", account.to_string())),
        "opportunity" => fields.push(("customer", contact.to_string())),
        "quote" => fields.push(("opportunity", at("opportunity", &(first % 12).to_string()).id.to_string())),
        _ if second % 2 == 0 => fields.push(("regarding", at("task", &(first % 12).to_string()).to_string())),
        _ => fields.push(("regarding", at("quote", &(first % 12).to_string()).to_string())),
    }
    let record = at(kind, &(n % 12).to_string());
    house.0.remove(&record);
    house.put(record, &fields);
}

proptest! {
    #[test]
    fn what_is_found_from_the_circle_on_is_what_each_record_says(
        of in prop::collection::vec(any::<Drawn>(), 1..60),
        asked in prop::collection::vec((any::<u8>(), 0_usize..12), 0..4),
    ) {
        let house = drawn(&of);
        // Some of them are not there.
        let asked: BTreeSet<RecordRef> = asked.into_iter().map(|(kind, n)| at(drawn_kind(kind), &n.to_string())).collect();
        let circle = house.circle(&at("user", "Ada"), Right::Read);
        let slice = Slice { circle: &circle, asked: &asked, graph: &house };

        let each: BTreeMap<_, _> = house.0.keys().filter_map(|record| Some((record.clone(), slice.holds(record)?))).collect();

        prop_assert_eq!(slice.all(), each);
    }

    #[test]
    fn what_changes_hands_is_among_what_a_change_may_affect(
        of in prop::collection::vec(any::<Drawn>(), 1..60),
        then in any::<Drawn>(),
        n in 0_usize..12,
    ) {
        let before = drawn(&of);
        let mut after = before.clone();
        draw(&mut after, n, then);
        let changed = at(drawn_kind(then.0), &n.to_string());
        let circle = before.circle(&at("user", "Ada"), Right::Read);
        let was = BTreeMap::from([(changed.clone(), before.is_here(&changed).then(|| before.names(&changed)))]);

        let Affected { read, named } = affected(&was, &after);

        let asked = BTreeSet::from([at("account", "0"), at("quote", "1"), changed]);
        let old = Slice { circle: &circle, asked: &asked, graph: &before };
        let new = Slice { graph: &after, ..old };
        for record in after.0.keys().filter(|record| is_shared_out(record)) {
            let (was, is) = (old.holds(record), new.holds(record));
            prop_assert!(was == is || read.contains(record) || named.contains(record), "{record} was {was:?} and is {is:?}");
            prop_assert!(old.reads(record) == new.reads(record) || read.contains(record), "{record}");
        }
    }
}

#[test]
fn what_somebody_gives_away_is_what_the_widest_of_their_roles_says() {
    let none: &[(Role, Option<u32>, Option<bool>)] = &[];
    for (role, held, gives, why) in [
        (Role::Rep, none, (10, false), "without security roles, what the role may"),
        (Role::Manager, none, (25, true), "the same"),
        (Role::Finance, none, (0, false), "the same"),
        (Role::Admin, &[(Role::Admin, Some(3), Some(false))], (100, true), "administrators may anything"),
        (Role::Rep, &[(Role::Rep, Some(20), None)], (20, false), "what a security role does not say is what its base may"),
        (Role::Rep, &[(Role::Rep, None, Some(true))], (10, true), "the same"),
        (Role::Rep, &[(Role::Rep, Some(5), None)], (5, false), "it takes the place of the role it starts from"),
        (Role::Rep, &[(Role::Rep, Some(5), None), (Role::Rep, None, None)], (10, false), "the widest counts"),
        (Role::Rep, &[(Role::Manager, None, None)], (25, true), "the base's rights come with it"),
        (Role::Rep, &[(Role::Manager, Some(2), Some(false))], (10, false), "beside the role, it only adds"),
        (Role::Manager, &[(Role::Rep, Some(5), None)], (25, true), "the same"),
        (Role::Manager, &[(Role::Manager, Some(12), Some(false))], (12, false), "managers may be given less as well"),
        (Role::Rep, &[(Role::Finance, Some(15), None), (Role::Rep, None, Some(true))], (15, true), "each adds what it says"),
        (Role::Rep, &[(Role::Admin, None, None)], (100, true), "any discount"),
    ] {
        for through_team in [false, true] {
            let mut house = House::default();
            let unit = at("business_unit", "north");
            let ada = house.person("ada", &unit, None);
            let team = house.team("pumps", &ada);
            for (nth, (base, discount, overrides)) in held.iter().enumerate() {
                let named = house.pricing(&format!("{nth}"), *base, *discount, *overrides);
                house.grant(if through_team { &team } else { &ada }, &named);
            }
            assert_eq!(house.gives(&ada, role), gives, "{role:?} with {held:?}: {why}");
            let ben = house.person("ben", &unit, None);
            assert_eq!(house.gives(&ben, Role::Rep), (10, false), "who does not hold them has nothing of them");
        }
    }
}

#[test]
fn a_security_role_that_is_out_of_use_or_not_there_leaves_the_role_as_it_is() {
    let mut house = House::default();
    let ada = house.person("ada", &at("business_unit", "north"), None);
    let gone = at("security_role", "never heard of");
    house.grant(&ada, &gone);
    assert_eq!(house.gives(&ada, Role::Rep), (10, false));
    for (discount, overrides) in [(50, true), (2, false)] {
        let role = house.pricing("wide", Role::Rep, Some(discount), Some(overrides));
        house.grant(&ada, &role);
        let closed = format!(r#"{{"action":"deactivate","by":"{}","at":1,"turn":1,"args":{{}}}}"#, ada.id);
        house.put(role, &[(&key::action(id("closing")), closed)]);
        assert_eq!(house.gives(&ada, Role::Rep), (10, false), "{discount}");
    }
}
