//! Who may type a price of their own: INV-15.

use super::{Staff, total};
use fieldbook_domain::raw::Outcome;
use serde_json::json;

#[test]
fn inv_15_a_price_typed_without_the_privilege_is_a_request_and_the_offer_waits_for_it() {
    for (choice, after) in [("approve", "80"), ("deny", "98.8")] {
        for ben_first in [true, false] {
            let staff = Staff::new();
            let (ada, ben, maya, omar) = (&staff.ada, &staff.ben, &staff.maya, &staff.omar);
            let quote = staff.draft();
            staff.cut_maya();
            maya.change_line("quote", quote, json!({ "price_per_unit": "10" }));
            ben.set("quote", quote, json!({ "description": "As discussed" }));
            if ben_first {
                staff.world.sync(ben);
            }
            staff.world.sync(maya);
            staff.level();
            assert_eq!(total(ben, quote), (json!("draft"), json!("98.8")), "the catalogue's price stands");
            let refused = ada.try_act("quote", quote, "activate", json!({})).unwrap_err();
            assert_eq!(refused.code(), "quote.activate.approval");
            let held = omar.told("INV-15");
            assert_eq!((held.len(), held[0].outcome, &held[0].lost), (1, Outcome::Held, &json!("10")));
            assert_eq!((maya.told("INV-15").len(), ada.told("INV-15").len()), (1, 0));

            omar.decide(&held[0], choice);

            staff.world.sync(omar);
            staff.agree();
            assert_eq!(total(ben, quote).1, after);
            // What was not approved is no obstacle to the offer at the catalogue's price.
            let code = ada.try_act("quote", quote, "activate", json!({})).err().map(|error| error.code().to_owned());
            assert_eq!(code.as_deref(), (choice == "approve").then_some("quote.activate.discount"));
        }
    }
}

#[test]
fn inv_15_an_offer_that_went_out_at_such_a_price_waits_with_it() {
    for (choice, state, amount) in [("approve", "active", "80"), ("deny", "draft", "98.8")] {
        let staff = Staff::new();
        let quote = staff.draft();
        staff.cut_maya();
        staff.maya.change_line("quote", quote, json!({ "price_per_unit": "10" }));
        staff.maya.act("quote", quote, "activate", json!({}));

        staff.agree();

        assert_eq!(total(&staff.ben, quote), (json!("draft"), json!("98.8")));
        let held = staff.omar.told("INV-15");
        assert_eq!(held.len(), 2, "the price, and the offer at that price");
        let offer = held.iter().find(|item| item.action.is_some()).unwrap();
        staff.omar.decide(offer, choice);
        staff.world.sync(&staff.omar);
        staff.agree();
        assert_eq!(total(&staff.ben, quote), (json!(state), json!(amount)));
    }
}
