//! What security roles let people give away: discounts and prices of their own (INV-15, INV-16, ADR 0021).

use crate::selling::{Shop, shop};
use fieldbook_device::Query;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::Decision;
use fieldbook_domain::raw::Outcome;
use fieldbook_tests::world::{Phone, object};
use serde_json::{Value, json};

/// Gives somebody a security role of their own, and lets everybody know.
fn grant(shop: &Shop, user: RecordId, role: Value) -> RecordId {
    let role = shop.omar.create("security_role", role);
    let grants = json!([{ "id": user.derived(&role.to_string()), "security_role": role }]);
    shop.omar.set("user", user, json!({ "security_roles": grants }));
    everybody(shop);
    role
}

fn everybody(shop: &Shop) {
    shop.world.level(&[&shop.omar, &shop.ada, &shop.ben, &shop.maya]);
}

fn agree(shop: &Shop) {
    everybody(shop);
    shop.world.assert_agreement(&[&shop.omar, &shop.ada, &shop.ben, &shop.maya]);
}

/// Gives away so much of the offer, in percent.
fn give(phone: &Phone, shop: &Shop, percent: &str) {
    phone.set("quote", shop.quote, json!({ "discount_percentage": percent }));
}

fn type_price(phone: &Phone, shop: &Shop, price: &str) -> Result<(), fieldbook_device::Error> {
    let mut lines = phone.field("quote", shop.quote, "lines");
    lines[0]["price_per_unit"] = json!(price);
    phone.try_set("quote", shop.quote, json!({ "lines": lines }))
}

fn send(phone: &Phone, shop: &Shop) -> Result<RecordId, String> {
    phone.try_act("quote", shop.quote, "activate", json!({})).map_err(|error| error.code().to_owned())
}

fn state(shop: &Shop) -> Value {
    shop.ben.field("quote", shop.quote, "state")
}

fn held(phone: &Phone, rule: &str) -> Vec<Decision> {
    phone.told(rule).into_iter().filter(|told| told.outcome == Outcome::Held).collect()
}

fn answer(phone: &Phone, shop: &Shop, item: &Decision, choice: &str) -> Result<RecordId, String> {
    let args = json!({ "item": item.id.to_string(), "choice": choice });
    phone.try_act("quote", shop.quote, "decide", args).map_err(|error| error.to_string())
}

/// Maya's phone does not know how much is asked for: nobody told her. The office does not take her answer, and says whose it is.
fn turned_down(shop: &Shop, item: &Decision) {
    answer(&shop.maya, shop, item, "approve").unwrap();
    shop.world.sync(&shop.maya);
    let told = shop.maya.told("LIFECYCLE");
    assert_eq!((told.len(), told[0].outcome), (1, Outcome::Rejected));
    assert!(told[0].message.contains("more than you may give yourself: ask Omar"), "{}", told[0].message);
}

/// Whether a phone shows that the offer needs somebody's approval.
fn is_flagged(phone: &Phone, shop: &Shop) -> bool {
    phone.book.flags("quote", shop.quote).unwrap().iter().any(|flag| flag.rule == "INV-16")
}

#[test]
fn inv_16_a_security_role_says_how_much_its_holder_may_give() {
    for (most, given, may) in [("20", "15", true), ("20", "21", false), ("5", "5", true), ("5", "8", false)] {
        let shop = shop();
        grant(&shop, shop.ada.user, json!({ "name": "Seller", "role": "rep", "discount_authority": most }));

        give(&shop.ada, &shop, given);
        let flagged = is_flagged(&shop.ada, &shop);
        let forecast = shop.ada.book.forecast("quote", shop.quote, "activate", object(json!({}))).ok();
        let sent = send(&shop.ada, &shop);
        agree(&shop);

        assert_eq!(sent.is_ok(), may, "{given} of {most} percent: {sent:?}");
        assert!(may || sent == Err("quote.activate.discount".to_owned()));
        assert!(!may || forecast.is_some_and(|forecast| forecast.outcome == Outcome::Accepted), "the phone says so before");
        assert_eq!(flagged, !may, "the offer is flagged where its owner may not give it");
        assert_eq!(state(&shop), if may { "active" } else { "draft" });
        assert!(shop.maya.told("INV-16").iter().all(|told| told.outcome != Outcome::Held));
    }
}

#[test]
fn inv_16_a_cut_security_role_holds_what_went_out_after_it_and_leaves_what_went_out_before() {
    for (ada_first, choice) in [(true, ""), (false, "approve"), (false, "deny")] {
        let shop = shop();
        let role = grant(&shop, shop.ada.user, json!({ "name": "Senior", "role": "rep", "discount_authority": "20" }));
        give(&shop.ada, &shop, "15");
        send(&shop.ada, &shop).unwrap();
        shop.omar.set("security_role", role, json!({ "discount_authority": "12" }));
        let order = if ada_first { [&shop.ada, &shop.omar] } else { [&shop.omar, &shop.ada] };
        order.into_iter().for_each(|phone| shop.world.sync(phone));
        agree(&shop);

        let waiting = held(&shop.maya, "INV-16");
        assert_eq!((waiting.len(), state(&shop)), if ada_first { (0, json!("active")) } else { (1, json!("draft")) });
        for item in &waiting {
            answer(&shop.maya, &shop, item, choice).unwrap();
        }

        agree(&shop);
        assert_eq!(state(&shop), if choice == "deny" { "draft" } else { "active" });
    }
}

#[test]
fn inv_16_what_a_colleague_gave_unseen_is_weighed_by_the_senders_security_role() {
    for (most, cut, outcome) in [("20", false, "active"), ("20", true, "active"), ("12", false, "draft")] {
        for ada_first in [true, false] {
            let shop = shop();
            let role = grant(&shop, shop.ada.user, json!({ "name": "Senior", "role": "rep", "discount_authority": most }));
            let mut lines = shop.ada.field("quote", shop.quote, "lines");
            lines[0]["manual_discount"] = json!("7.90");
            shop.ada.set("quote", shop.quote, json!({ "lines": lines }));
            send(&shop.ada, &shop).unwrap();
            give(&shop.ben, &shop, "7");
            let order = if ada_first { [&shop.ada, &shop.ben] } else { [&shop.ben, &shop.ada] };
            shop.world.sync(order[0]);
            if cut && ada_first {
                // She had it when the offer went out.
                shop.omar.set("security_role", role, json!({ "discount_authority": "1" }));
                shop.world.sync(&shop.omar);
            }
            shop.world.sync(order[1]);
            agree(&shop);

            assert_eq!(state(&shop), outcome, "8 and 7 percent, of {most} she may give");
            assert_eq!(shop.ben.told("INV-34").len(), usize::from(outcome == "active"), "else Ben's is a proposal");
            assert_eq!(held(&shop.maya, "INV-16").len(), usize::from(outcome == "draft"));
        }
    }
}

#[test]
fn inv_16_whoever_decides_may_give_as_much_themselves() {
    // 14.4 percent: more than Ada may, and more than Maya may by the security role of hers.
    for choice in ["approve", "deny"] {
        let shop = shop();
        grant(&shop, shop.maya.user, json!({ "name": "Junior manager", "role": "manager", "discount_authority": "12" }));
        let role = grant(&shop, shop.ada.user, json!({ "name": "Senior", "role": "rep", "discount_authority": "20" }));
        give(&shop.ada, &shop, "14.4");
        send(&shop.ada, &shop).unwrap();
        shop.world.at_office(&shop.omar, "security_role", role, "deactivate").unwrap();
        agree(&shop);
        assert_eq!(state(&shop), "draft", "a security role out of use gives nothing");
        let item = held(&shop.omar, "INV-16").into_iter().next().expect("Omar is asked");
        assert!(!item.told.contains(&shop.maya.user), "Maya cannot give that much");

        turned_down(&shop, &item);
        answer(&shop.omar, &shop, &item, choice).unwrap();

        agree(&shop);
        assert_eq!(state(&shop), if choice == "approve" { "active" } else { "draft" });
    }
}

#[test]
fn inv_16_a_manager_decides_about_as_much_as_their_security_roles_let_them_give() {
    let shop = shop();
    grant(&shop, shop.maya.user, json!({ "name": "Head of sales", "role": "manager", "discount_authority": "40" }));
    let role = grant(&shop, shop.ada.user, json!({ "name": "Senior", "role": "rep", "discount_authority": "35" }));
    give(&shop.ada, &shop, "30");
    send(&shop.ada, &shop).unwrap();
    shop.omar.set("security_role", role, json!({ "discount_authority": null }));
    shop.world.sync(&shop.omar);
    agree(&shop);

    let items = held(&shop.maya, "INV-16");
    assert_eq!(items.len(), 1, "more than managers usually may, and within what she may");
    answer(&shop.maya, &shop, &items[0], "approve").unwrap();

    agree(&shop);
    assert_eq!(state(&shop), "active");
}

#[test]
fn inv_15_a_security_role_says_whether_its_holder_types_prices() {
    for (may, price) in [(true, "12"), (false, "12.35")] {
        let shop = shop();
        let team = shop.omar.create("team", json!({ "name": "Pumps" }));
        let role = json!({ "name": "Pricing", "role": "rep", "may_override_price": may });
        let role = shop.omar.create("security_role", role);
        let member = json!({ "id": team.derived("ada"), "user": shop.ada.user });
        let grant = json!({ "id": team.derived("grant"), "security_role": role });
        shop.omar.set("team", team, json!({ "members": [member], "security_roles": [grant] }));
        everybody(&shop);

        let typed = type_price(&shop.ada, &shop, "12");
        let others = type_price(&shop.ben, &shop, "12").unwrap_err();

        agree(&shop);
        assert_eq!(typed.is_ok(), may, "{typed:?}");
        assert_eq!(others.code(), "line.price_override", "Ben is not in the team");
        assert!(shop.maya.told("INV-15").is_empty());
        let total = if may { "96" } else { "98.8" };
        assert_eq!(shop.ben.field("quote", shop.quote, "total_amount"), total, "at {price} each");
    }
}

#[test]
fn inv_15_a_price_typed_after_the_privilege_was_taken_away_is_a_request_to_somebody_who_has_it() {
    for (choice, total) in [("approve", "96"), ("deny", "98.8")] {
        for omar_first in [true, false] {
            let shop = shop();
            let role = json!({ "name": "Pricing", "role": "rep", "may_override_price": true });
            let role = grant(&shop, shop.ada.user, role);
            grant(&shop, shop.maya.user, json!({ "name": "Leader", "role": "manager", "may_override_price": false }));
            type_price(&shop.ada, &shop, "12").unwrap();
            shop.omar.set("security_role", role, json!({ "may_override_price": false }));
            let order = if omar_first { [&shop.omar, &shop.ada] } else { [&shop.ada, &shop.omar] };
            order.into_iter().for_each(|phone| shop.world.sync(phone));
            agree(&shop);

            let items = held(&shop.omar, "INV-15");
            assert_eq!(items.len(), usize::from(omar_first), "before that she had it");
            assert!(held(&shop.maya, "INV-15").is_empty(), "Maya types no prices, so she approves none");
            for item in &items {
                turned_down(&shop, item);
                answer(&shop.omar, &shop, item, choice).unwrap();
            }

            agree(&shop);
            let stands = if omar_first { total } else { "96" };
            assert_eq!(shop.ben.field("quote", shop.quote, "total_amount"), stands);
            assert_eq!(shop.maya.book.list(&Query::of("quote")).unwrap().len(), 1);
        }
    }
}
