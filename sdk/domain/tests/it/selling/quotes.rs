//! Offers: what has to be there before one is sent, whose prices it has, how it ends.

use super::{item, shop};
use fieldbook_domain::permission::Role;
use fieldbook_domain::record::price_list::PriceListItem;
use serde_json::json;

#[test]
fn an_active_quote_is_closed_to_edits_until_it_is_revised() {
    let mut shop = shop();
    let (_, quote) = shop.active_quote();
    let refused = shop.book.try_set("quote", quote, json!({ "freight_amount": "1" }));
    assert_eq!(refused.unwrap_err().code, "record.frozen");

    shop.book.act("quote", quote, "revise", json!({}));

    let next = quote.derived("revision");
    let (old, new) = (shop.book.get("quote", quote), shop.book.get("quote", next));
    assert_eq!(
        (shop.book.state("quote", quote), shop.book.state("quote", next)),
        ("closed/revised".into(), "draft/in_progress".into())
    );
    assert_eq!((&new["quote_number"], new["revision"].as_i64()), (&old["quote_number"], Some(1)));
    assert_eq!(new["total_amount"], "1873.8");
    shop.book.act("quote", next, "activate", json!({}));
}

#[test]
fn a_quote_is_not_activated_while_something_is_missing() {
    let mut shop = shop();
    let quote = shop.quote();
    assert_eq!(shop.book.refused("quote", quote, "activate", json!({})), "quote.activate.lines");

    let line = shop.book.line("quote", quote, json!({ "product": shop.products[0], "quantity": { "value": "2.5" } }));
    assert_eq!(shop.book.get("quote", quote)["pricing_error"], 29, "pumps are sold whole");
    assert_eq!(shop.book.refused("quote", quote, "activate", json!({})), "quote.activate.pricing");

    let unit = shop.unit;
    shop.book
        .try_set_line("quote", quote, line, json!({ "quantity": { "value": "2", "unit": unit }, "manual_discount": "200" }))
        .unwrap();
    assert_eq!(shop.book.get("quote", quote)["effective_discount"], "13.35");
    assert_eq!(shop.book.refused("quote", quote, "activate", json!({})), "quote.activate.discount", "a rep gives up to 10 %");
    shop.book.by(Role::Manager, |book| book.try_act("quote", quote, "activate", json!({}))).unwrap();
}

#[test]
fn a_price_of_ones_own_is_a_managers_and_counts_as_discount() {
    let mut shop = shop();
    let quote = shop.quote();
    let line = shop.book.line("quote", quote, json!({ "product": shop.products[0], "quantity": { "value": "1" } }));

    let refused = shop.book.try_set_line("quote", quote, line, json!({ "price_per_unit": "690" })).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("line.price_override", Some("price_per_unit")));

    shop.book.role = Role::Manager;
    shop.book.try_set_line("quote", quote, line, json!({ "price_per_unit": "690" })).unwrap();
    assert_eq!(shop.book.get("quote", quote)["effective_discount"], "7.88");
    assert_eq!(shop.book.line_of("quote", quote, line)["basis"]["unit_price"], "749");
}

#[test]
fn winning_asks_about_open_quotes_and_closes_them_with_it() {
    let mut shop = shop();
    let (sale, quote) = shop.active_quote();
    let draft = shop.book.act("opportunity", sale, "create_quote", json!({})).derived("quote");

    assert_eq!(shop.book.refused("opportunity", sale, "win", json!({})), "opportunity.win.quotes");
    shop.book.act("opportunity", sale, "lose", json!({ "reason": "canceled", "quotes": "close" }));

    assert_eq!(shop.book.state("quote", quote), "closed/lost");
    assert_eq!(shop.book.state("quote", draft), "closed/canceled");
}

#[test]
fn an_order_leaves_the_opportunity_open_while_another_quote_is() {
    let mut shop = shop();
    let (sale, quote) = shop.active_quote();
    shop.book.act("opportunity", sale, "create_quote", json!({}));

    shop.book.act("quote", quote, "create_order", json!({}));

    assert_eq!(shop.book.state("opportunity", sale), "open/in_progress");
    assert_eq!(shop.book.state("quote", quote), "won/won");
}

#[test]
fn an_expired_offer_is_accepted_only_when_somebody_says_so() {
    let mut shop = shop();
    let (sale, _) = shop.opportunity();
    let quote = shop.book.act("opportunity", sale, "create_quote", json!({})).derived("quote");
    shop.book.set("quote", quote, json!({ "expires_on": "2026-11-20" }));
    shop.book.act("quote", quote, "activate", json!({}));

    assert_eq!(shop.book.refused("quote", quote, "create_order", json!({})), "quote.create_order.confirmed");
    shop.book.act("quote", quote, "create_order", json!({ "confirmed": true }));
}

#[test]
fn a_rep_offers_the_catalogues_price_whatever_the_estimate_said() {
    let mut shop = shop();
    let sale = shop.sale();
    shop.book.line(
        "opportunity",
        sale,
        json!({ "product": shop.products[0], "quantity": { "value": "1" }, "price_per_unit": "690" }),
    );

    let quote = shop.book.act("opportunity", sale, "create_quote", json!({})).derived("quote");
    assert_eq!(
        (&shop.book.get("opportunity", sale)["total_amount"], &shop.book.get("quote", quote)["total_amount"]),
        (&json!("690"), &json!("749"))
    );
    let managers = shop
        .book
        .by(Role::Manager, |book| book.try_act("opportunity", sale, "create_quote", json!({})))
        .unwrap()
        .derived("quote");
    assert_eq!(shop.book.get("quote", managers)["total_amount"], "690");

    shop.book.line("opportunity", sale, json!({ "description": "Travel", "quantity": { "value": "1" }, "price_per_unit": "90" }));
    let refused = shop.book.try_act("opportunity", sale, "create_quote", json!({})).unwrap_err();
    assert_eq!(refused.code, "line.price_override");
}

#[test]
fn another_list_prices_the_lines_anew_and_another_currency_is_refused() {
    let mut shop = shop();
    let (unit, pump) = (shop.unit, shop.products[0]);
    let dear = shop.book.put("price_list", json!({ "name": "Export", "currency": "EUR" }));
    item(&mut shop.book, dear, pump, unit, json!({ "amount": "800" }));
    let quote = shop.quote();
    let line = shop.book.line("quote", quote, json!({ "product": pump, "quantity": { "value": "1" } }));
    let hoses = json!({ "product": shop.products[1], "quantity": { "value": "1" } });
    let hoses = shop.book.line("quote", quote, hoses);

    let dollars = json!({ "currency": "USD" });
    let refused = shop.book.try_set("quote", quote, json!({ "pricing": dollars })).unwrap_err();
    assert_eq!(refused.code, "pricing.currency");
    let export = json!({ "currency": "EUR", "price_list": dear });
    shop.book.set("quote", quote, json!({ "pricing": export }));

    assert_eq!(shop.book.line_of("quote", quote, line)["unit_price"], "800");
    assert_eq!(shop.book.line_of("quote", quote, hoses)["pricing_error"], 11, "the list has no hoses");
}

#[test]
fn prices_move_when_somebody_asks_and_not_by_themselves() {
    let mut shop = shop();
    let (list, unit, pump) = (shop.list, shop.unit, shop.products[0]);
    let quote = shop.quote();
    let line = shop.book.line("quote", quote, json!({ "product": pump, "quantity": { "value": "1" } }));
    let item = PriceListItem::id_of(list, pump, unit);
    shop.book.by(Role::Admin, |book| book.set("price_list_item", item, json!({ "amount": "760" })));

    shop.book.try_set_line("quote", quote, line, json!({ "quantity": { "value": "2", "unit": unit } })).unwrap();
    assert_eq!(shop.book.get("quote", quote)["total_amount"], "1498");
    shop.book.act("quote", quote, "recalculate", json!({}));
    assert_eq!(shop.book.get("quote", quote)["total_amount"], "1520");

    shop.book.act("quote", quote, "activate", json!({}));
    shop.book.act("quote", quote, "create_order", json!({}));
    assert_eq!(shop.book.refused("order", quote.derived("order"), "recalculate", json!({})), "order.recalculate.locked");
}
