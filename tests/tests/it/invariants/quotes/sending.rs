//! Offers of what is no longer sold, or to who is gone: INV-35.

use super::{answer, place};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::raw::Outcome;
use fieldbook_domain::record::price_list::PriceListItem;
use fieldbook_tests::world::{DAY_MS, Phone, Shop, World};
use serde_json::json;

/// Ada's draft of eight hoses, which Ben and Omar hold as well.
struct Draft {
    world: World,
    ada: Phone,
    ben: Phone,
    omar: Phone,
    shop: Shop,
    quote: RecordId,
}

impl Draft {
    fn new() -> Draft {
        let world = World::new();
        let [ada, ben, omar] = ["Ada", "Ben", "Omar"].map(|name| world.phone(name));
        let shop = world.shop(&ada);
        let quote = shop.quote(&ada);
        world.level(&[&ada, &ben, &omar]);
        Draft { world, ada, ben, omar, shop, quote }
    }

    /// Such a draft, sent so many days after the hose was retired; Ada has not heard of that.
    fn sent_days_after_the_hose_was_retired(days: i64) -> Draft {
        let draft = Draft::new();
        draft.world.at_office(&draft.omar, "product", draft.shop.hose, "retire").unwrap();
        draft.world.pass(days * DAY_MS, &[&draft.ada, &draft.ben]);
        draft.ada.act("quote", draft.quote, "activate", json!({}));
        draft
    }

    /// Omar gives the hose another price.
    fn costs(&self, amount: &str) {
        let item = PriceListItem::id_of(self.shop.euros, self.shop.hose, self.shop.unit);
        self.omar.set("price_list_item", item, json!({ "amount": amount }));
    }
}

#[test]
fn inv_35_an_offer_of_what_was_on_sale_within_a_week_stands_with_a_note() {
    let Draft { world, ada, quote, .. } = Draft::sent_days_after_the_hose_was_retired(3);

    world.level(&[&ada]);

    world.assert_agreement(&[&ada]);
    assert_eq!(ada.field("quote", quote, "state"), "active");
    let told = ada.told("INV-35");
    assert_eq!((told.len(), told[0].outcome), (1, Outcome::Adjusted));
    assert!(told[0].message.contains("Hose is no longer on sale"), "{}", told[0].message);
    assert!(world.phone("Maya").told("INV-35").is_empty());
}

#[test]
fn inv_35_an_older_offer_waits_and_is_honoured_as_the_customer_has_it_or_corrected() {
    for (choice, state, total) in [("honour", "active", "98.8"), ("correct", "draft", "741")] {
        let Draft { world, ada, ben, shop, quote, .. } = Draft::sent_days_after_the_hose_was_retired(8);
        world.level(&[&ada, &ben]);
        assert_eq!(ada.field("quote", quote, "state"), "draft");
        assert_eq!((ada.told("INV-35").len(), ben.told("INV-35").len()), (1, 0));
        shop.quantity(&ben, quote, "60");
        world.level(&[&ben, &ada]);

        answer(&world, "INV-35", choice, &[&ada, &ben]);

        let shown = ben.sees("quote", quote);
        assert_eq!((&shown["state"], &shown["total_amount"]), (&json!(state), &json!(total)), "{choice}");
        let told = ben.told("INV-34").len();
        assert_eq!(told, usize::from(choice == "honour"), "who edited the draft meanwhile is told");
    }
}

#[test]
fn inv_35_a_customer_who_is_gone_is_the_manager_s_to_decide() {
    let Draft { world, ada, ben, shop, quote, .. } = Draft::new();
    ben.act("account", shop.customer, "deactivate", json!({}));
    world.sync(&ben);
    ada.act("quote", quote, "activate", json!({}));

    world.level(&[&ada, &ben]);

    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ada.field("quote", quote, "state"), "draft");
    assert!(world.phone("Maya").held("INV-35").message.contains("Globex is no longer active"));
}

#[test]
fn inv_35_what_was_built_on_an_offer_that_waits_goes_its_way() {
    for (choice, quote_state, sale_state) in [("honour", "won", "won"), ("correct", "draft", "open")] {
        let Draft { world, ada, ben, shop, quote, .. } = Draft::sent_days_after_the_hose_was_retired(8);
        ada.act("quote", quote, "create_order", json!({}));
        let order = quote.derived("order");
        ada.act("order", order, "fulfil", json!({}));
        let invoice = ada.act("order", order, "create_invoice", json!({})).derived("invoice");
        world.level(&[&ada, &ben]);
        world.assert_agreement(&[&ada, &ben]);
        assert_eq!(
            (place(&ada, "quote", quote), place(&ben, "opportunity", shop.sale)),
            ("draft/in_progress".into(), "open/in_progress".into())
        );
        assert!(!ben.holds("order", order) && !ben.holds("invoice", invoice), "nothing of it is there while it waits");

        let maya = world.phone("Maya");
        maya.decide(&maya.held("INV-35"), choice);
        world.level(&[&maya, &ada, &ben]);

        world.assert_agreement(&[&ada, &ben]);
        assert_eq!(ben.field("quote", quote, "state"), quote_state);
        assert_eq!(ben.field("opportunity", shop.sale, "state"), sale_state);
        let there = choice == "honour";
        assert_eq!((ben.holds("order", order), ben.holds("invoice", invoice)), (there, there), "{choice}");
        assert_eq!(ben.field("order", order, "state"), if there { "fulfilled" } else { "active" });
    }
}

#[test]
fn inv_35_a_price_that_was_true_within_a_week_stands_with_a_note() {
    for ada_first in [true, false] {
        let draft = Draft::new();
        draft.costs("15");
        let Draft { world, ada, omar, quote, .. } = draft;
        world.pass(6 * DAY_MS, &[&ada, &omar]);
        ada.act("quote", quote, "activate", json!({}));
        let order = if ada_first { [&ada, &omar] } else { [&omar, &ada] };
        order.into_iter().for_each(|phone| world.sync(phone));

        world.level(&[&ada, &omar]);

        world.assert_agreement(&[&ada, &omar]);
        let shown = ada.sees("quote", quote);
        assert_eq!((&shown["state"], &shown["total_amount"]), (&json!("active"), &json!("98.8")), "as the customer has it");
        let told = ada.told("INV-35");
        assert_eq!(told.len(), usize::from(!ada_first));
        assert!(told.iter().all(|told| told.outcome == Outcome::Adjusted && told.message.contains("costs 15 now, not 12.35")));
        assert!(world.phone("Maya").told("INV-35").is_empty());
    }
}

#[test]
fn inv_35_a_price_that_was_not_true_for_a_week_waits_and_is_honoured_or_corrected() {
    for (choice, state) in [("honour", "active"), ("correct", "draft")] {
        for moved_again in [true, false] {
            let draft = Draft::new();
            draft.costs("15");
            draft.world.sync(&draft.omar);
            draft.world.pass(8 * DAY_MS, &[&draft.ada, &draft.omar]);
            if moved_again {
                draft.costs("16");
                draft.world.sync(&draft.omar);
                draft.world.pass(DAY_MS, &[&draft.ada, &draft.omar]);
            }
            let Draft { world, ada, omar, quote, .. } = draft;
            ada.act("quote", quote, "activate", json!({}));
            world.level(&[&ada, &omar]);
            assert_eq!(ada.field("quote", quote, "state"), "draft");
            assert_eq!(ada.told("INV-35")[0].outcome, Outcome::Held);

            answer(&world, "INV-35", choice, &[&ada, &omar]);

            let shown = ada.sees("quote", quote);
            assert_eq!((&shown["state"], &shown["total_amount"]), (&json!(state), &json!("98.8")), "{choice}");
        }
    }
}
