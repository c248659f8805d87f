//! What must hold of price lists, their items and discount lists (INV-62, INV-63).

use super::Scene;
use super::catalogue::named;
use crate::action::Records;
use crate::body::{Body, children, id as reference, referring, text};
use crate::field::decimal;
use crate::pricing::discount::{Tier, overlap};
use crate::record::price_list::PriceListItem;
use rust_decimal::Decimal;

const MARGIN_MAX: Decimal = Decimal::from_parts(9_999, 0, 0, false, 2);

/// The item is kept under the id that follows from list, product and unit (INV-62).
pub(crate) fn key(scene: &Scene<'_>) -> bool {
    PriceListItem::id_in(scene.part).is_none_or(|id| id == scene.id)
}

/// A price that is an amount has one.
pub(crate) fn amount(scene: &Scene<'_>) -> bool {
    is_percentage(scene.part) || scene.part.contains_key("amount")
}

/// A price that is a percentage has one.
pub(crate) fn percentage(scene: &Scene<'_>) -> bool {
    !is_percentage(scene.part) || scene.part.contains_key("percentage")
}

/// A margin leaves something of the price for the cost.
pub(crate) fn margin(scene: &Scene<'_>) -> bool {
    let is_margin = text(scene.part, "pricing_method").is_some_and(|method| method.starts_with("percent_margin"));
    !is_margin || decimal(scene.part.get("percentage")).is_none_or(|percentage| percentage <= MARGIN_MAX)
}

/// Nothing is a multiple of zero.
pub(crate) fn rounding(scene: &Scene<'_>) -> bool {
    let rounds = text(scene.part, "rounding_policy").is_some_and(|policy| policy != "none");
    let to_multiple = text(scene.part, "rounding_option") == Some("multiple_of");
    !(rounds && to_multiple) || decimal(scene.part.get("rounding_amount")).is_some_and(|amount| amount > Decimal::ZERO)
}

/// Families have no price.
pub(crate) fn no_family(scene: &Scene<'_>) -> bool {
    named("product", scene.part, "product", scene.records).is_none_or(|product| text(&product, "structure") != Some("family"))
}

/// The unit is one of the product's.
pub(crate) fn unit(scene: &Scene<'_>) -> bool {
    item_unit(scene.part, named("product", scene.part, "product", scene.records).as_deref(), scene.records)
}

/// The product's own amounts are in the currency of the list, where the price follows from them.
pub(crate) fn product_currency(scene: &Scene<'_>) -> bool {
    let list = named("price_list", scene.part, "price_list", scene.records);
    let product = named("product", scene.part, "product", scene.records);
    item_currency(scene.part, product.as_deref(), list.as_deref())
}

/// Amounts that are taken off are in the currency of the list.
pub(crate) fn discount_currency(scene: &Scene<'_>) -> bool {
    let list = named("price_list", scene.part, "price_list", scene.records);
    let discount = named("discount_list", scene.part, "discount_list", scene.records);
    fits(discount.as_deref(), list.as_deref())
}

/// The items of a list still fit when its currency changes.
pub(crate) fn items_of_list(scene: &Scene<'_>) -> bool {
    let items = referring("price_list_item", "price_list", &scene.id.to_string(), scene.records);
    items.iter().all(|(_, item)| {
        let product = named("product", item, "product", scene.records);
        let discount = named("discount_list", item, "discount_list", scene.records);
        item_currency(item, product.as_deref(), Some(scene.part)) && fits(discount.as_deref(), Some(scene.part))
    })
}

/// The items of a product still fit when its units or its currency change.
pub(crate) fn items_of_product(scene: &Scene<'_>) -> bool {
    let items = referring("price_list_item", "product", &scene.id.to_string(), scene.records);
    items.iter().all(|(_, item)| {
        let list = named("price_list", item, "price_list", scene.records);
        item_unit(item, Some(scene.part), scene.records) && item_currency(item, Some(scene.part), list.as_deref())
    })
}

/// A tier is one: from above nothing to more.
pub(crate) fn tier(scene: &Scene<'_>) -> bool {
    tier_of(scene.part).is_none_or(|tier| overlap(&[tier]).is_none())
}

/// Tiers that hold a quantity another one holds.
pub(crate) fn overlapping(tiers: &[&Body]) -> Vec<usize> {
    let tiers: Vec<(usize, Tier)> = tiers.iter().enumerate().filter_map(|(place, body)| Some((place, tier_of(body)?))).collect();
    let clash = |one: &(usize, Tier)| tiers.iter().any(|other| other.0 != one.0 && overlap(&[one.1, other.1]) == Some((0, 1)));
    tiers.iter().filter(|one| clash(one)).map(|(place, _)| *place).collect()
}

/// No tier takes off more than everything.
pub(crate) fn off(scene: &Scene<'_>) -> bool {
    let percent = text(scene.record, "kind") != Some("amount");
    !percent || decimal(scene.part.get("off")).is_none_or(|off| off <= Decimal::ONE_HUNDRED)
}

/// The tiers still are percentages when the kind of a list changes.
pub(crate) fn kind(scene: &Scene<'_>) -> bool {
    children(scene.record, "tiers").all(|part| off(&Scene { part, ..*scene }))
}

/// Amounts that are taken off have a currency: that of the lists they are used on.
pub(crate) fn amounts_currency(scene: &Scene<'_>) -> bool {
    if text(scene.part, "kind") != Some("amount") {
        return true;
    }
    let items = || referring("price_list_item", "discount_list", &scene.id.to_string(), scene.records);
    let used = |item: &Body| fits(Some(scene.part), named("price_list", item, "price_list", scene.records).as_deref());
    text(scene.part, "currency").is_some() && items().iter().all(|(_, item)| used(item))
}

fn is_percentage(item: &Body) -> bool {
    text(item, "pricing_method").is_some_and(|method| method != "amount")
}

fn item_unit(item: &Body, product: Option<&Body>, records: &dyn Records) -> bool {
    let Some(group) = product.and_then(|product| reference(product, "unit_group")) else { return true };
    named("unit", item, "unit", records).is_none_or(|unit| reference(&unit, "unit_group").is_none_or(|own| own == group))
}

fn item_currency(item: &Body, product: Option<&Body>, list: Option<&Body>) -> bool {
    let own = product.and_then(|product| text(product, "currency"));
    !is_percentage(item) || own.is_none() || list.is_none_or(|list| text(list, "currency") == own)
}

fn fits(discount: Option<&Body>, list: Option<&Body>) -> bool {
    let (Some(discount), Some(list)) = (discount, list) else { return true };
    text(discount, "kind") != Some("amount") || text(discount, "currency") == text(list, "currency")
}

fn tier_of(body: &Body) -> Option<Tier> {
    let off = decimal(body.get("off")).unwrap_or_default();
    Some(Tier { low: decimal(body.get("low"))?, high: decimal(body.get("high"))?, off })
}
