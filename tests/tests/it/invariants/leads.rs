//! Leads: INV-18, INV-20, INV-22.

use super::{in_both_orders, lead};
use fieldbook_domain::raw::Outcome;
use serde_json::json;

#[test]
fn inv_18_qualify_stands_against_disqualify_and_the_reason_becomes_a_note() {
    in_both_orders(
        |_, ada| lead(ada),
        |_, lead, ada, ben| {
            ada.act("lead", *lead, "qualify", json!({}));
            ben.act("lead", *lead, "disqualify", json!({"reason": "cannot_contact"}));
        },
        |_, lead, ada, ben| {
            assert_eq!(ben.field("lead", *lead, "state"), "qualified");
            assert!(ben.holds("opportunity", lead.derived("opportunity")));
            let notes = ada.book.list(&fieldbook_device::Query::of("note")).unwrap();
            assert_eq!(notes.len(), 1);
            assert!(notes[0]["text"].as_str().unwrap().contains("cannot contact"), "{notes:?}");
            assert_eq!((ada.told("INV-18").len(), ben.told("INV-18").len()), (1, 1), "both are told");
            assert_eq!(ben.told("INV-18")[0].outcome, Outcome::Rejected);
        },
    );
}

#[test]
fn inv_20_the_same_lead_qualified_twice_makes_one_opportunity_that_names_it() {
    in_both_orders(
        |_, ada| lead(ada),
        |_, lead, ada, ben| {
            ada.act("lead", *lead, "qualify", json!({}));
            ben.act("lead", *lead, "qualify", json!({}));
        },
        |_, lead, ada, ben| {
            let sales = ben.book.list(&fieldbook_device::Query::of("opportunity")).unwrap();
            assert_eq!(sales.len(), 1, "{sales:?}");
            assert_eq!(sales[0]["originating_lead"], lead.to_string());
            assert_eq!(sales[0]["topic"], "Pumps for the new plant");
            let contacts = ada.book.list(&fieldbook_device::Query::of("contact")).unwrap();
            let accounts = ada.book.list(&fieldbook_device::Query::of("account")).unwrap();
            assert_eq!((contacts.len(), accounts.len()), (1, 1));
            assert_eq!(ada.field("lead", *lead, "state"), "qualified");
        },
    );
}

#[test]
fn inv_20_a_material_difference_between_two_qualifications_is_told() {
    in_both_orders(
        |_, ada| lead(ada),
        |world, lead, ada, ben| {
            ada.act("lead", *lead, "qualify", json!({}));
            world.pass(60_000, &[ben]);
            ben.act("lead", *lead, "qualify", json!({}));
            ben.set("opportunity", lead.derived("opportunity"), json!({"est_value": {"amount": "60000"}}));
        },
        |_, lead, ada, _| {
            let sale = lead.derived("opportunity");
            assert_eq!(ada.field("opportunity", sale, "est_value"), json!({"amount": "60000"}), "Ben's claim is later");
        },
    );
}

#[test]
fn inv_22_a_correction_of_a_lead_being_qualified_moves_on() {
    in_both_orders(
        |_, ada| lead(ada),
        |world, lead, ada, ben| {
            ada.act("lead", *lead, "qualify", json!({}));
            world.pass(60_000, &[ben]);
            ben.set("lead", *lead, json!({"email": "eva.lind@nordic.example", "est_value": "52000"}));
        },
        |_, lead, ada, ben| {
            assert_eq!(ada.field("lead", *lead, "state"), "qualified");
            assert_eq!(ada.field("lead", *lead, "email"), "eva.lind@nordic.example", "the e-mail address lands on the lead");
            assert_eq!(ada.field("contact", lead.derived("contact"), "email"), "eva.lind@nordic.example", "and on the contact");
            assert_eq!(ada.field("lead", *lead, "est_value"), "48000", "the value stays as Ada qualified it");
            let sale = lead.derived("opportunity");
            assert_eq!(ada.field("opportunity", sale, "est_value"), json!({"amount": "48000"}));
            let proposed = serde_json::to_string(&ada.book.alternatives("opportunity", sale).unwrap()).unwrap();
            assert!(proposed.contains("52000"), "{proposed}");
            assert!(!ben.told("INV-22").is_empty());
            assert!(ada.told("INV-22").is_empty());
        },
    );
}
