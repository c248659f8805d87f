//! Who reads and writes only a part of the organisation (INV-17): what a phone holds, what leaves it, what becomes of the work.

use super::account;
use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::raw::Outcome;
use fieldbook_sync::message::Status;
use fieldbook_tests::rogue::Rogue;
use fieldbook_tests::world::{DAY_MS, Phone, World, refer};
use serde_json::{Value, json};

mod anything;
mod deciding;
mod restoring;

/// Ada sells in the north and Ben in the south, each sees and edits what is their own; Maya leads both.
struct House {
    world: World,
    omar: Phone,
    ada: Phone,
    ben: Phone,
    maya: Phone,
    north: RecordId,
    south: RecordId,
    role: RecordId,
    team: RecordId,
    territory: RecordId,
}

/// What a user's record says of their security roles.
fn grants(user: RecordId, roles: &[RecordId]) -> Value {
    let grant = |role: &RecordId| json!({ "id": user.derived(&role.to_string()), "security_role": role });
    roles.iter().map(grant).collect()
}

impl House {
    fn of(read: &str, write: &str) -> House {
        House::in_world(World::new(), read, write)
    }

    fn in_world(world: World, read: &str, write: &str) -> House {
        let omar = world.phone("Omar");
        let all = omar.create("business_unit", json!({ "name": "Sales" }));
        let north = omar.create("business_unit", json!({ "name": "North", "parent": all }));
        let south = omar.create("business_unit", json!({ "name": "South", "parent": all }));
        let role = omar.create("security_role", json!({ "name": "Seller", "role": "rep", "read": read, "write": write }));
        for (name, unit) in [("Ada", north), ("Ben", south)] {
            let user = world.user(name);
            omar.set("user", user, json!({ "business_unit": unit, "security_roles": grants(user, &[role]) }));
        }
        let team = omar.create("team", json!({ "name": "Pumps" }));
        let territory = omar.create("territory", json!({ "name": "Coast" }));
        world.sync(&omar);
        let [ada, ben, maya] = ["Ada", "Ben", "Maya"].map(|name| world.phone(name));
        House { world, omar, ada, ben, maya, north, south, role, team, territory }
    }

    /// Somebody as a member of the team.
    fn member(&self, name: &str) -> Value {
        let user = self.world.user(name);
        json!({ "id": self.team.derived(&user.to_string()), "user": user })
    }

    fn phones(&self) -> [&Phone; 4] {
        [&self.omar, &self.ada, &self.ben, &self.maya]
    }

    fn level(&self) {
        self.world.level(&self.phones());
    }

    fn agree(&self) {
        self.level();
        self.world.assert_agreement(&self.phones());
    }
}

/// An account with a contact, a sale, an offer, a task and a note, all of one person's.
struct Customer {
    account: RecordId,
    contact: RecordId,
    opportunity: RecordId,
    quote: RecordId,
    task: RecordId,
    note: RecordId,
}

fn customer(phone: &Phone, name: &str) -> Customer {
    let account = account(phone, name);
    let contact = phone.create("contact", json!({ "last_name": "Lind", "account": account }));
    let sale = json!({ "topic": "Forty pumps", "customer": refer("account", account), "est_value": { "amount": "50000" } });
    let opportunity = phone.create("opportunity", sale);
    let offer = json!({ "name": "Offer", "customer": refer("account", account), "opportunity": opportunity });
    let quote = phone.create("quote", offer);
    let task = phone.create("task", json!({ "subject": "Call them", "regarding": refer("opportunity", opportunity) }));
    let note = phone.create("note", json!({ "title": "They want blue ones", "regarding": refer("quote", quote) }));
    Customer { account, contact, opportunity, quote, task, note }
}

impl Customer {
    fn held_by(&self, phone: &Phone) -> usize {
        let all = [
            ("account", self.account),
            ("contact", self.contact),
            ("opportunity", self.opportunity),
            ("quote", self.quote),
            ("task", self.task),
            ("note", self.note),
        ];
        all.into_iter().filter(|(kind, id)| phone.holds(kind, *id)).count()
    }
}

#[test]
fn inv_17_a_rep_holds_what_is_theirs_and_what_belongs_to_it_and_what_it_names() {
    let house = House::of("own", "own");
    let globex = customer(&house.ada, "Globex");
    let initech = customer(&house.ben, "Initech");
    house.level();
    let theirs = house.maya.create(
        "opportunity",
        json!({ "topic": "Pipes", "customer": refer("account", initech.account), "owner": refer("user", house.ada.user) }),
    );

    house.agree();

    assert_eq!((globex.held_by(&house.ada), globex.held_by(&house.ben), globex.held_by(&house.maya)), (6, 0, 6));
    assert!(house.ada.holds("opportunity", theirs), "it is Ada's, whoever made it");
    assert!(house.ada.holds("account", initech.account), "her opportunity names it");
    assert_eq!(initech.held_by(&house.ada), 1, "and nothing else of it");
    let new_phone = house.world.phone("Ada");
    house.world.assert_agreement(&[&new_phone]);
    let refused = house.ada.try_set("account", initech.account, json!({ "phone": "+49 30 1" })).unwrap_err();
    assert_eq!(refused.code(), "access.write");
}

#[test]
fn inv_17_what_is_given_to_another_unit_is_delivered_first_and_then_leaves() {
    let house = House::of("business_unit", "own");
    let globex = customer(&house.ada, "Globex");
    house.level();

    house.maya.act("account", globex.account, "assign", json!({ "owner": refer("user", house.ben.user) }));
    house.world.sync(&house.maya);
    house.ada.set("contact", globex.contact, json!({ "job_title": "Buyer" }));
    let after = house.ada.create("task", json!({ "subject": "Mine", "regarding": refer("contact", globex.contact) }));
    house.agree();

    assert_eq!(house.ben.field("contact", globex.contact, "job_title"), "Buyer", "it was delivered");
    assert!(house.ada.holds("task", after), "what she did since is hers");
    assert_eq!(globex.held_by(&house.ben), 6);
    assert_eq!(house.ada.field("task", after, "regarding"), refer("contact", globex.contact));
    let told = house.ada.told("INV-17");
    assert_eq!(told.len(), 2, "that it left, once for all of it, and that her edit was delivered: {told:?}");
    assert!(house.ben.told("INV-17").is_empty());

    house.maya.act("account", globex.account, "assign", json!({ "owner": refer("user", house.ada.user) }));
    house.agree();
    assert_eq!(globex.held_by(&house.ada), 6, "it is back, whole");
}

#[test]
fn inv_17_a_role_cut_while_somebody_is_offline_takes_what_they_no_longer_read() {
    let house = House::of("organisation", "organisation");
    let initech = customer(&house.ben, "Initech");
    let globex = customer(&house.ada, "Globex");
    house.level();
    assert_eq!(initech.held_by(&house.ada), 6);

    house.omar.set("security_role", house.role, json!({ "read": "own", "write": "own" }));
    house.world.sync(&house.omar);
    house.ada.set("contact", initech.contact, json!({ "job_title": "Buyer" }));
    house.ada.set("opportunity", initech.opportunity, json!({ "est_value": { "amount": "1" } }));
    house.agree();

    assert_eq!((initech.held_by(&house.ada), globex.held_by(&house.ada)), (0, 6));
    assert_eq!(house.ben.field("contact", initech.contact, "job_title"), "Buyer", "an ordinary edit of this week is taken over");
    let held = house.ada.told("INV-14");
    assert_eq!((held.len(), held[0].outcome), (1, Outcome::Held), "what a sale may bring is money, and waits for a manager");
    assert_eq!(house.ben.field("opportunity", initech.opportunity, "est_value"), json!({ "amount": "50000" }));

    house.omar.set("security_role", house.role, json!({ "read": "business_unit_tree" }));
    house.agree();
    assert_eq!(initech.held_by(&house.ada), 0, "Ben is in the south");
    house.omar.set("user", house.world.user("Ben"), json!({ "business_unit": house.north }));
    house.agree();
    assert_eq!(initech.held_by(&house.ada), 6, "and now he is not");
    house.omar.set("user", house.ada.user, json!({ "security_roles": [] }));
    house.agree();
    assert_eq!(initech.held_by(&house.ada), 6, "without a security role one reads everything");
}

#[test]
fn inv_17_a_level_that_changes_sends_what_comes_and_names_what_leaves_and_nothing_else() {
    let house = House::of("business_unit", "own");
    let (globex, initech) = (customer(&house.ada, "Globex"), customer(&house.ben, "Initech"));
    house.level();
    let of_ben = |unit: RecordId| {
        house.omar.set("user", house.world.user("Ben"), json!({ "business_unit": unit }));
        house.world.sync(&house.omar);
        house.world.try_sync(&house.ada).unwrap().pulled_records
    };

    assert_eq!(
        (of_ben(house.north), initech.held_by(&house.ada), globex.held_by(&house.ada)),
        (7, 6, 6),
        "six, and Ben's own record"
    );
    assert_eq!((of_ben(house.south), initech.held_by(&house.ada), globex.held_by(&house.ada)), (7, 0, 6));
    house.agree();
}

#[test]
fn inv_17_who_reads_everything_again_has_back_what_they_made_and_gave_away() {
    let house = House::of("own", "own");
    let globex = customer(&house.ada, "Globex");
    house.level();
    house.maya.act("account", globex.account, "assign", json!({ "owner": refer("user", house.ben.user) }));
    house.agree();
    assert!(!house.ada.holds("account", globex.account));

    house.omar.set("user", house.ada.user, json!({ "security_roles": [] }));
    house.world.sync(&house.omar);
    let mine = house.ada.create("task", json!({ "subject": "Mine" }));
    house.agree();

    assert_eq!(globex.held_by(&house.ada), 6);
    assert!(house.maya.holds("task", mine), "and what waited was sent");
}

#[test]
fn inv_17_what_waits_too_long_is_held_for_a_manager() {
    let house = House::of("organisation", "organisation");
    let initech = customer(&house.ben, "Initech");
    house.level();

    house.omar.set("security_role", house.role, json!({ "read": "own", "write": "own" }));
    house.world.sync(&house.omar);
    house.world.pass(9 * DAY_MS, &house.phones());
    house.ada.set("contact", initech.contact, json!({ "job_title": "Buyer" }));
    house.agree();

    assert_eq!(initech.held_by(&house.ada), 0);
    assert_eq!(house.ben.field("contact", initech.contact, "job_title"), Value::Null);
    let held = house.maya.told("INV-14");
    assert_eq!((held.len(), held[0].outcome), (1, Outcome::Held));
    house.maya.decide(&held[0], "take_over");
    house.agree();
    assert_eq!(house.ben.field("contact", initech.contact, "job_title"), "Buyer");
}

#[test]
fn inv_17_who_left_a_team_delivers_and_lets_go() {
    let house = House::of("own", "own");
    house.omar.set("team", house.team, json!({ "members": [house.member("Ada"), house.member("Ben")] }));
    house.level();
    let shared = house.ben.create("account", json!({ "name": "Globex", "owner": refer("team", house.team) }));
    house.agree();
    assert!(house.ada.holds("account", shared), "it is the team's");

    house.omar.set("team", house.team, json!({ "members": [house.member("Ben")] }));
    house.world.sync(&house.omar);
    house.ada.set("account", shared, json!({ "phone": "+49 30 1" }));
    house.agree();

    assert!(!house.ada.holds("account", shared));
    assert_eq!(house.ben.field("account", shared, "phone"), "+49 30 1");
    assert!(!house.ada.told("INV-17").is_empty());
}

#[test]
fn inv_17_an_edit_that_arrives_with_a_change_of_people_reaches_whoever_keeps_the_record() {
    let house = House::of("own", "own");
    let globex = customer(&house.ada, "Globex");
    let shared = house.ben.create("account", json!({ "name": "Initech", "owner": refer("team", house.team) }));
    house.level();

    // Both go in one push, so the office sees them at once.
    house.omar.set("account", globex.account, json!({ "phone": "+49 30 1" }));
    house.omar.set("team", house.team, json!({ "members": [house.member("Ada"), house.member("Ben")] }));
    house.omar.set("account", shared, json!({ "phone": "+49 30 2" }));
    house.agree();

    assert_eq!(house.ada.field("account", globex.account, "phone"), "+49 30 1");
    assert_eq!(house.ada.field("account", shared, "phone"), "+49 30 2");
}

#[test]
fn inv_17_an_account_in_the_territory_is_read_and_not_written() {
    let house = House::of("own", "own");
    house.omar.set("user", house.ada.user, json!({ "territory": house.territory }));
    house.level();
    let initech = customer(&house.ben, "Initech");
    house.ben.set("account", initech.account, json!({ "territory": house.territory }));
    house.agree();

    assert_eq!(initech.held_by(&house.ada), 6);
    let refused = house.ada.try_set("account", initech.account, json!({ "phone": "+49 30 1" })).unwrap_err();
    assert_eq!(refused.code(), "access.write");
    let visit = house.ada.create("task", json!({ "subject": "Pass by", "regarding": refer("account", initech.account) }));
    house.agree();
    assert!(house.ben.holds("task", visit), "it belongs to his account");
}

#[test]
fn inv_17_what_somebody_made_up_about_records_they_do_not_read_is_put_back_and_kept_for_them() {
    let house = House::of("own", "own");
    let initech = customer(&house.ben, "Initech");
    house.level();
    let mut app = Rogue::with_everything(&house.world, house.ada.user, 0);
    assert!(!app.sees(initech.account).exists(), "no page shows it");

    let edited = app.write_and_push("account", initech.account, &[Write::put("phone", "+49 30 1")]);
    let taken = app.write_and_push("contact", initech.contact, &[Write::put("owner", refer("user", house.ada.user))]);
    let own = app.write(
        "account",
        house.ada.user.derived("own"),
        &[Write::put("name", "Hooli"), Write::put("owner", refer("user", house.ada.user))],
    );
    let borrowed = app.write("contact", initech.contact, &[Write::put("job_title", "Buyer")]);
    let bundled = app.push(vec![own, borrowed]);
    house.agree();

    assert_eq!([edited.status, taken.status, bundled.status], [Status::Rejected; 3]);
    assert_eq!(edited.code, "INV-17");
    assert_eq!(house.ben.field("account", initech.account, "phone"), Value::Null);
    assert_eq!(house.ben.field("contact", initech.contact, "owner"), refer("user", house.ben.user));
    assert_eq!(house.ben.field("contact", initech.contact, "job_title"), Value::Null);
    assert_eq!(initech.held_by(&house.ada), 0);
    assert_eq!(house.ada.told("INV-17").len(), 3, "what was written is in her inbox");
}

#[test]
fn inv_17_the_office_does_nothing_for_who_does_not_read_the_record() {
    let house = House::of("own", "own");
    let lead = house.ben.create("lead", json!({ "topic": "Pumps", "last_name": "Lind", "company_name": "Hooli" }));
    house.level();

    // Her own phone does not know it, so only an app that was tampered with asks.
    let asked = house.world.at_office(&house.ada, "lead", lead, "delete").unwrap_err();

    assert_eq!(asked.code(), "record.not_found");
    house.agree();
}

#[test]
fn inv_17_the_back_office_holds_orders_invoices_and_accounts_whoever_looks_after_them() {
    let house = House::of("own", "own");
    let fay = house.world.user("Fay");
    house.omar.set("user", fay, json!({ "security_roles": grants(fay, &[house.role]) }));
    house.level();
    let initech = customer(&house.ben, "Initech");
    house.level();
    let fay = house.world.phone("Fay");

    house.world.assert_agreement(&[&fay]);
    assert_eq!(initech.held_by(&fay), 6, "everything here belongs to an account");
    let lead = house.ben.create("lead", json!({ "topic": "Pumps", "last_name": "Lind", "company_name": "Hooli" }));
    house.level();
    house.world.sync(&fay);
    assert!(!fay.holds("lead", lead));
}
