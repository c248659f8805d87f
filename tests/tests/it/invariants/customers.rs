//! Identity, hierarchy and deletion: INV-01, INV-02, INV-06, INV-07.

use super::{account, in_both_orders, text};
use fieldbook_domain::raw::Outcome;
use fieldbook_tests::world::{World, refer};
use serde_json::{Value, json};

#[test]
fn inv_01_one_id_is_one_document_and_uploading_again_changes_nothing() {
    in_both_orders(
        |_, ada| ada.user.derived("the same account"),
        |_, id, ada, ben| {
            for (phone, fields) in
                [(ada, json!({"name": "Acme", "city": "Oslo"})), (ben, json!({"name": "Acme", "phone": "+47 1"}))]
            {
                let (id, fields) = (*id, fieldbook_tests::world::object(fields));
                phone.book.bundle(move |bundle| bundle.create("account", Some(id), fields)).unwrap();
            }
        },
        |world, id, ada, ben| {
            assert_eq!(ada.field("account", *id, "city"), "Oslo");
            assert_eq!(ben.field("account", *id, "phone"), "+47 1");
            let before = world.app.org_digest(world.org).unwrap();
            world.level(&[ada, ben]);
            assert_eq!(world.app.org_digest(world.org).unwrap(), before);
        },
    );
}

#[test]
fn inv_01_the_type_of_an_id_never_changes_and_what_was_typed_is_kept() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let id = ada.user.derived("contested");
    let account = fieldbook_tests::world::object(json!({"name": "Acme"}));
    let contact = fieldbook_tests::world::object(json!({"last_name": "Lind"}));
    ada.book.bundle(move |bundle| bundle.create("account", Some(id), account)).unwrap();
    ben.book.bundle(move |bundle| bundle.create("contact", Some(id), contact)).unwrap();
    let later = ben.create("account", json!({"name": "Initech"}));

    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert!(ada.holds("account", later), "what follows a refused change arrives all the same");
    let refused =
        ben.book.inbox().unwrap().into_iter().find(|item| item.about == fieldbook_device::About::Refused).expect("Ben is told");
    assert!(refused.body.to_string().contains("Lind"), "what Ben typed is kept");
}

#[test]
fn inv_02_two_accounts_are_not_made_each_others_parent() {
    in_both_orders(
        |_, ada| (account(ada, "Acme"), account(ada, "Globex")),
        |_, (acme, globex), ada, ben| {
            ada.set("account", *acme, json!({"parent_account": globex.to_string()}));
            ben.set("account", *globex, json!({"parent_account": acme.to_string()}));
        },
        |world, (acme, globex), ada, ben| {
            let edges = [ada.field("account", *acme, "parent_account"), ada.field("account", *globex, "parent_account")];
            assert_eq!(edges.iter().filter(|parent| !parent.is_null()).count(), 1, "the first edge stands");
            let decisions = world.decisions();
            let decision = decisions.iter().find(|d| d.rule == "INV-02").expect("a decision");
            assert_eq!(decision.outcome, Outcome::Rejected);
            assert_eq!(decision.salvage, "swap");
            assert!(!decision.lost.is_null());
            assert!(ada.told("INV-02").len() + ben.told("INV-02").len() >= 1);
        },
    );
}

#[test]
fn inv_06_an_account_with_an_open_sale_is_not_deleted() {
    for deleted_first in [true, false] {
        let world = World::new();
        let (maya, ben) = (world.phone("Maya"), world.phone("Ben"));
        let acme = account(&ben, "Acme");
        world.level(&[&ben, &maya]);
        maya.act("account", acme, "delete", json!({}));
        let sale = ben.create("opportunity", json!({"topic": "Pumps", "customer": refer("account", acme)}));

        let order = if deleted_first { [&maya, &ben] } else { [&ben, &maya] };
        for phone in order {
            world.sync(phone);
        }

        world.level(&[&maya, &ben]);
        world.assert_agreement(&[&maya, &ben]);
        assert_eq!(maya.field("account", acme, "name"), "Acme", "the account is back");
        assert_eq!(maya.field("opportunity", sale, "topic"), "Pumps");
        assert_eq!(maya.told("INV-06").len(), 1, "whoever deleted it is told");
        assert_eq!(maya.told("INV-06")[0].salvage, "deactivate");
    }
}

#[test]
fn inv_06_a_closed_sale_does_not_protect_its_customer() {
    let world = World::new();
    let (maya, ben) = (world.phone("Maya"), world.phone("Ben"));
    let acme = account(&ben, "Acme");
    let sale = ben.create("opportunity", json!({"topic": "Pumps", "customer": refer("account", acme)}));
    ben.act("opportunity", sale, "lose", json!({"reason": "canceled"}));
    world.level(&[&ben, &maya]);

    maya.act("account", acme, "delete", json!({}));
    world.level(&[&maya, &ben]);

    world.assert_agreement(&[&maya, &ben]);
    assert!(!ben.holds("account", acme));
}

#[test]
fn inv_07_an_edit_beats_a_deletion_that_did_not_see_it() {
    in_both_orders(
        |_, ada| ada.create("task", json!({"subject": "Call Eva"})),
        |_, task, ada, ben| {
            ada.act("task", *task, "delete", json!({}));
            ben.set("task", *task, json!({"description": "She is back on Thursday"}));
        },
        |_, task, ada, ben| {
            assert_eq!(ada.field("task", *task, "description"), "She is back on Thursday");
            assert_eq!(ben.field("task", *task, "subject"), "Call Eva");
            assert_eq!(ada.told("INV-07").len(), 1);
            assert_eq!(ben.told("INV-07").len(), 0);
        },
    );
}

#[test]
fn inv_07_a_deletion_everybody_has_seen_stays() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let task = ada.create("task", json!({"subject": "Call Eva"}));
    world.level(&[&ada, &ben]);

    ada.act("task", task, "delete", json!({}));
    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert!(!ben.holds("task", task));
    assert!(ben.try_set("task", task, json!({"subject": "Call Eva again"})).is_err());
}

#[test]
fn inv_04_a_contact_moved_to_two_accounts_belongs_to_the_later_one() {
    in_both_orders(
        |_, ada| (ada.create("contact", json!({"last_name": "Lind"})), account(ada, "Acme"), account(ada, "Globex")),
        |world, (lind, acme, globex), ada, ben| {
            ada.set("contact", *lind, json!({"account": acme.to_string()}));
            world.pass(60_000, &[ben]);
            ben.set("contact", *lind, json!({"account": globex.to_string()}));
        },
        |_, (lind, acme, globex), ada, ben| {
            assert_eq!(ada.field("contact", *lind, "account"), text(&globex.to_string()));
            assert_eq!((ada.told("INV-04").len(), ben.told("INV-04").len()), (1, 1));
            assert_eq!(ada.told("INV-04")[0].lost, text(&acme.to_string()));
        },
    );
}

#[test]
fn fcr_the_later_claim_stands_and_the_other_value_is_kept() {
    in_both_orders(
        |_, ada| account(ada, "Acme"),
        |world, acme, ada, ben| {
            ada.set("account", *acme, json!({"phone": "+47 11 11 11 11", "city": "Oslo"}));
            world.pass(60_000, &[ben]);
            ben.set("account", *acme, json!({"phone": "+47 22 22 22 22", "website": "https://acme.example"}));
        },
        |_, acme, ada, ben| {
            assert_eq!(ada.field("account", *acme, "phone"), "+47 22 22 22 22", "Ben's claim is later");
            assert_eq!(ada.field("account", *acme, "city"), "Oslo");
            assert_eq!(ben.field("account", *acme, "website"), "https://acme.example");
            let told = ada.told("FCR");
            assert_eq!(told.len(), 1);
            assert_eq!(told[0].lost, text("+47 11 11 11 11"));
            assert_eq!(told[0].kept, text("+47 22 22 22 22"));
            assert_eq!(ben.told("FCR").len(), 1, "the telephone number is material: both authors are told");
            let alternatives = serde_json::to_string(&ben.book.alternatives("account", *acme).unwrap()).unwrap();
            assert!(alternatives.contains("+47 11 11 11 11"), "{alternatives}");
        },
    );
}

#[test]
fn an_equal_edit_on_two_phones_is_no_conflict() {
    in_both_orders(
        |_, ada| account(ada, "Acme"),
        |_, acme, ada, ben| {
            ada.set("account", *acme, json!({"city": "Oslo"}));
            ben.set("account", *acme, json!({"city": "Oslo"}));
        },
        |world, acme, ada, _| {
            assert_eq!(ada.field("account", *acme, "city"), "Oslo");
            assert_eq!(world.decisions(), Vec::new());
            assert_eq!(ada.field("account", *acme, "alternatives"), Value::Null);
        },
    );
}
