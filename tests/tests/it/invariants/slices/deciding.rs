//! What waits for somebody who reads only a part is with them until it is answered, and with it what it names.

use super::{Customer, House, customer, grants};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::raw::Outcome;
use fieldbook_tests::world::{DAY_MS, Phone, refer};
use serde_json::{Value, json};

/// A house in which Maya leads and holds nothing but her own.
struct Narrow {
    house: House,
    initech: Customer,
}

impl Narrow {
    /// Ada could write what is Ben's until her role was cut; what she did before she heard of it waits for Maya.
    fn new() -> Narrow {
        let house = House::of("organisation", "organisation");
        let own = json!({ "name": "Own", "role": "manager", "read": "own", "write": "own" });
        let own = house.omar.create("security_role", own);
        for name in ["Maya", "Fay"] {
            let user = house.world.user(name);
            house.omar.set("user", user, json!({ "security_roles": grants(user, &[own]) }));
        }
        let initech = customer(&house.ben, "Initech");
        house.level();
        house.omar.set("security_role", house.role, json!({ "read": "own", "write": "own" }));
        house.world.sync(&house.omar);
        Narrow { house, initech }
    }

    /// Ada's edit from before the cut arrives nine days later.
    fn late_edit() -> Narrow {
        let narrow = Narrow::new();
        narrow.house.world.pass(9 * DAY_MS, &narrow.house.phones());
        narrow.house.ada.set("contact", narrow.initech.contact, json!({ "job_title": "Buyer" }));
        narrow.house.agree();
        narrow
    }

    fn holds(&self, phone: &Phone) -> [bool; 4] {
        let Customer { account, contact, opportunity, quote, .. } = self.initech;
        let all = [("account", account), ("contact", contact), ("opportunity", opportunity), ("quote", quote)];
        all.map(|(kind, id)| phone.holds(kind, id))
    }
}

fn waiting(phone: &Phone) -> Vec<RecordId> {
    phone.book.review().unwrap().into_iter().map(|item| item.record.id).collect()
}

#[test]
fn inv_17_what_waits_for_a_manager_is_with_them_until_they_answer() {
    let narrow = Narrow::late_edit();
    let (house, contact) = (&narrow.house, narrow.initech.contact);

    assert_eq!(waiting(&house.maya), [contact]);
    assert_eq!(narrow.holds(&house.maya), [true, true, false, false], "the contact, and the account it names");
    assert_eq!(house.maya.book.review().unwrap()[0].held[0].title.as_deref(), Some("Lind"), "she reads what it is about");
    let refused = house.maya.try_set("contact", contact, json!({ "job_title": "Boss" })).unwrap_err();
    assert_eq!(refused.code(), "access.write", "deciding is not editing");
    let fay = house.world.phone("Fay");
    assert_eq!((waiting(&fay), narrow.holds(&fay)[2]), (Vec::new(), true), "the back office reads what belongs to accounts");
    house.world.assert_agreement(&[&fay, &house.world.phone("Maya")]);

    let item = house.maya.told("INV-14")[0].id;
    house.maya.act("contact", contact, "decide", json!({ "item": item, "choice": "take_over" }));
    assert_eq!(waiting(&house.maya), [], "what is answered is out of the queue, sent or not");
    house.agree();

    assert_eq!(house.ben.field("contact", contact, "job_title"), "Buyer");
    assert_eq!(narrow.holds(&house.maya), [false; 4], "it leaves again");
    assert_eq!(waiting(&house.maya), []);
    assert!(house.maya.book.inbox().unwrap().iter().all(|item| item.waits_for.is_empty()), "nothing says that it waits");
    assert!(house.maya.told("INV-17").is_empty(), "it was never hers to read");
    assert!(house.ada.book.inbox().unwrap().iter().all(|item| item.waits_for.is_empty()), "nor to whoever lost the record");
}

#[test]
fn inv_17_what_somebody_may_no_longer_decide_leaves_them() {
    let narrow = Narrow::late_edit();
    let house = &narrow.house;
    assert_eq!(narrow.holds(&house.maya), [true, true, false, false]);

    for name in ["Ada", "Ben"] {
        house.omar.set("user", house.world.user(name), json!({ "manager": house.omar.user }));
    }
    house.agree();

    assert_eq!((waiting(&house.maya), narrow.holds(&house.maya)), (Vec::new(), [false; 4]));
    assert_eq!(waiting(&house.omar), [], "he was not asked");
    house.omar.set("user", house.world.user("Ben"), json!({ "manager": house.maya.user }));
    house.agree();
    assert_eq!(waiting(&house.maya), [narrow.initech.contact], "who leads whose record it is decides as well");
}

#[test]
fn inv_17_an_owner_who_changes_may_change_who_decides() {
    let narrow = Narrow::late_edit();
    let (house, contact) = (&narrow.house, narrow.initech.contact);
    house.omar.set("user", house.ada.user, json!({ "manager": house.omar.user }));
    house.agree();
    assert_eq!(waiting(&house.maya), [contact], "it is Ben's, whom she leads");

    house.omar.set("contact", contact, json!({ "owner": refer("user", house.omar.user) }));
    house.agree();

    assert_eq!((waiting(&house.maya), narrow.holds(&house.maya)), (Vec::new(), [false; 4]));
}

#[test]
fn inv_17_what_somebody_reads_anyhow_stays_when_it_is_answered() {
    let narrow = Narrow::late_edit();
    let (house, contact) = (&narrow.house, narrow.initech.contact);
    house.omar.set("contact", contact, json!({ "owner": refer("user", house.maya.user) }));
    house.agree();

    let item = house.maya.told("INV-14")[0].id;
    house.maya.act("contact", contact, "decide", json!({ "item": item, "choice": "leave" }));
    house.agree();

    assert_eq!(narrow.holds(&house.maya), [true, true, false, false], "it is hers");
    assert_eq!(house.maya.field("contact", contact, "job_title"), Value::Null);
}

#[test]
fn inv_17_an_answer_that_comes_after_another_one_is_delivered_although_the_record_has_left() {
    let narrow = Narrow::late_edit();
    let (house, contact) = (&narrow.house, narrow.initech.contact);
    let item = house.maya.told("INV-14")[0].id;

    house.omar.act("contact", contact, "decide", json!({ "item": item, "choice": "leave" }));
    house.world.sync(&house.omar);
    house.maya.act("contact", contact, "decide", json!({ "item": item, "choice": "take_over" }));
    house.agree();

    assert_eq!(house.ben.field("contact", contact, "job_title"), Value::Null, "the first answer holds");
    assert_eq!(house.maya.told("INV-81").len(), 1, "and she is told");
    assert_eq!((waiting(&house.maya), narrow.holds(&house.maya)), (Vec::new(), [false; 4]));
}

#[test]
fn inv_17_a_new_phone_is_given_what_waits_and_nothing_else_of_its_account() {
    let narrow = Narrow::new();
    let (house, sale) = (&narrow.house, narrow.initech.opportunity);
    let sold = house.ben.create("opportunity", json!({ "topic": "Pipes", "customer": refer("account", narrow.initech.account) }));
    house.world.sync(&house.ben);
    house.ada.set("opportunity", sale, json!({ "est_value": { "amount": "1" } }));
    house.agree();

    assert_eq!(house.ada.told("INV-14")[0].outcome, Outcome::Held);
    assert_eq!(waiting(&house.maya), [sale]);
    assert_eq!(narrow.holds(&house.maya), [true, false, true, false]);
    assert!(!house.maya.holds("opportunity", sold), "nothing else of the account comes with it");

    let new_phone = house.world.phone("Maya");
    house.world.assert_agreement(&[&new_phone]);
    let item = new_phone.told("INV-14")[0].id;
    new_phone.act("opportunity", sale, "decide", json!({ "item": item, "choice": "take_over" }));
    house.world.sync(&new_phone);
    house.agree();
    assert_eq!(house.ben.field("opportunity", sale, "est_value"), json!({ "amount": "1" }));
    assert_eq!((narrow.holds(&house.maya), narrow.holds(&new_phone)), ([false; 4], [false; 4]));
}
