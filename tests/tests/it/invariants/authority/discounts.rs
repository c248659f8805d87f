//! How much of a discount somebody may give: INV-16.

use super::{Staff, decided, total};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::permission::Who;
use fieldbook_domain::raw::Outcome;
use serde_json::json;

/// A draft of which Ada gives eight percent away; Ben gives seven, and neither knows of the other. Ada may send it before.
fn two_discounts(staff: &Staff, sent: bool) -> RecordId {
    let quote = staff.draft();
    staff.ada.change_line("quote", quote, json!({ "manual_discount": "7.90" }));
    if sent {
        staff.ada.act("quote", quote, "activate", json!({}));
    }
    staff.ben.set("quote", quote, json!({ "discount_percentage": "7" }));
    quote
}

#[test]
fn inv_16_two_discounts_that_are_too_much_together_are_both_kept_and_need_approval() {
    for ada_first in [true, false] {
        let staff = Staff::new();
        let quote = two_discounts(&staff, false);

        staff.arrive(ada_first);

        let together = staff.ben.field("quote", quote, "effective_discount");
        assert!(together.as_str().unwrap().starts_with("14.4"), "{together}");
        let told = decided(&staff.world, "INV-16");
        assert_eq!((told.len(), told[0].outcome), (1, Outcome::Adjusted));
        assert!(told[0].told.contains(&staff.ada.user), "who looks after the offer is told");
        let refused = staff.ada.try_act("quote", quote, "activate", json!({})).unwrap_err();
        assert_eq!(refused.code(), "quote.activate.discount");
        staff.maya.act("quote", quote, "activate", json!({}));
        staff.agree();
        assert_eq!(staff.ada.field("quote", quote, "state"), "active", "a manager may");
    }
}

#[test]
fn inv_16_an_offer_waits_that_gives_away_too_much_with_what_a_colleague_gave_unseen() {
    for (choice, state) in [("approve", "active"), ("deny", "draft")] {
        for ada_first in [true, false] {
            let staff = Staff::new();
            let quote = two_discounts(&staff, true);
            let received = total(&staff.ada, quote).1;
            staff.arrive(ada_first);
            assert_eq!(staff.ada.field("quote", quote, "state"), "draft", "neither may give 14.4 percent");
            let held = staff.maya.held("INV-16");
            assert!(held.message.contains("14.4"), "{}", held.message);

            staff.maya.decide(&held, choice);

            staff.world.sync(&staff.maya);
            staff.agree();
            let shown = total(&staff.ben, quote);
            assert_eq!(shown.0, state);
            assert_eq!(shown.1 == received, choice == "approve", "{shown:?}");
            let told = staff.ben.told("INV-34").len();
            assert_eq!(told, usize::from(choice == "approve"), "Ben's discount is kept for a revision");
        }
    }
}

#[test]
fn inv_16_what_a_colleague_gave_unseen_and_is_within_the_authority_is_a_proposal() {
    for ada_first in [true, false] {
        let staff = Staff::new();
        let quote = staff.draft();
        staff.ada.act("quote", quote, "activate", json!({}));
        staff.ben.set("quote", quote, json!({ "discount_percentage": "7" }));

        staff.arrive(ada_first);

        assert_eq!(total(&staff.ben, quote), (json!("active"), json!("98.8")));
        assert_eq!((staff.ben.told("INV-34").len(), staff.maya.told("INV-16").len()), (1, 0));
    }
}

#[test]
fn inv_16_an_offer_that_gives_away_too_much_waits_for_somebody_who_may() {
    for (choice, state) in [("approve", "active"), ("deny", "draft")] {
        let staff = Staff::new();
        let quote = staff.draft();
        staff.cut_maya();
        staff.maya.set("quote", quote, json!({ "discount_percentage": "20" }));
        staff.maya.act("quote", quote, "activate", json!({}));
        staff.agree();
        assert_eq!(staff.ben.field("quote", quote, "state"), "draft");
        let held = staff.omar.held("INV-16");
        assert_eq!(held.held.as_ref().map(|held| held.who), Some(Who::Manager));

        staff.omar.decide(&held, choice);

        staff.world.sync(&staff.omar);
        staff.agree();
        assert_eq!(staff.ben.field("quote", quote, "state"), state);
    }
}
