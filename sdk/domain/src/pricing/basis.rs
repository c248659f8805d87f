//! What the catalogue says about one line: the price list item, the product behind it, and the discount list.
//!
//! Four records are read whatever the size of the catalogue: an item's id follows from list, product and unit (INV-62).

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::discount::{self, Tier};
use super::error::{INACTIVE_DISCOUNT_LIST, INACTIVE_PRICE_LIST, INVALID_CURRENCY, MISSING_PRICE_LIST, NOT_IN_PRICE_LIST};
use super::method::{self, Figures};
use super::property;
use super::rounding::{Policy, Rounding, Shape};
use super::{PricingError, discount::Off};
use crate::action::Records;
use crate::body::{self, Body, Whole, children, is_active, read, text};
use crate::field::decimal;
use crate::ids::RecordId;
use crate::money;
use crate::record::catalogue::Product;
use crate::record::price_list::{DiscountList, PriceList, PriceListItem};
use crate::time;

/// What is to be priced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// The header's price list.
    pub(crate) price_list: Option<RecordId>,
    /// The header's currency.
    pub(crate) currency: &'a str,
    /// The product.
    pub(crate) product: RecordId,
    /// The unit.
    pub(crate) unit: RecordId,
}

/// Looks a price up; the body of a line's `basis`, with an `error` in place of a price where there is none.
#[must_use]
pub(crate) fn look_up(wanted: &Wanted<'_>, now_ms: i64, records: &dyn Records) -> Body {
    let mut basis = Map::new();
    let mut put = |name: &str, value: Value| basis.insert(name.to_owned(), value);
    put("product", Value::from(wanted.product.to_string()));
    put("unit", Value::from(wanted.unit.to_string()));
    put("priced_at", Value::from(time::spell(time::from_ms(now_ms))));
    if let Some(list) = wanted.price_list {
        put("price_list", Value::from(list.to_string()));
    }
    let product = read::<Product>(wanted.product, records).unwrap_or_default();
    if let Some(decimals) = product.get("quantity_decimals") {
        put("decimals", decimals.clone());
    }
    if let Some(version) = product.get("version") {
        put("version", version.clone());
    }
    let asks = property::required(wanted.product, records);
    if !asks.is_empty() {
        put("asks", Value::from(asks.join(";")));
    }
    match price(wanted, &product, records) {
        Ok(found) => {
            put("unit_price", Value::from(money::spell(found.unit_price)));
            if let Some(selling) = found.selling {
                put("selling", selling);
            }
            if let Some((kind, tiers)) = found.discount {
                put("discount_kind", Value::from(kind));
                put("tiers", Value::from(discount::spell_tiers(&tiers)));
            }
        }
        Err(error) => {
            put("error", Value::from(error.code));
        }
    }
    basis
}

/// Why no price may be taken from this list on this day.
///
/// # Errors
/// A list that is missing, inactive, or in another currency than the document.
pub(crate) fn list(id: Option<RecordId>, currency: &str, records: &dyn Records) -> Result<Whole, PricingError> {
    let list = id.and_then(|id| read::<PriceList>(id, records)).ok_or(MISSING_PRICE_LIST)?;
    if !is_active(&list) {
        return Err(INACTIVE_PRICE_LIST);
    }
    if text(&list, "currency") != Some(currency) {
        return Err(INVALID_CURRENCY);
    }
    Ok(list)
}

/// Whether a list or a product holds on this day.
#[must_use]
pub(crate) fn holds_on(body: &Body, from: &str, to: &str, day: NaiveDate) -> bool {
    let bound = |name: &str| text(body, name).and_then(time::parse_date);
    bound(from).is_none_or(|first| first <= day) && bound(to).is_none_or(|last| day <= last)
}

struct Found {
    unit_price: Decimal,
    selling: Option<Value>,
    discount: Option<(&'static str, Vec<Tier>)>,
}

fn price(wanted: &Wanted<'_>, product: &Body, records: &dyn Records) -> Result<Found, PricingError> {
    let list_id = wanted.price_list.ok_or(MISSING_PRICE_LIST)?;
    list(Some(list_id), wanted.currency, records)?;
    let item = read::<PriceListItem>(PriceListItem::id_of(list_id, wanted.product, wanted.unit), records);
    let item = item.filter(|item| is_active(item)).ok_or(NOT_IN_PRICE_LIST)?;
    let method = method::find(text(&item, "pricing_method").unwrap_or("amount")).ok_or(NOT_IN_PRICE_LIST)?;
    if method.rounds && text(product, "currency").is_some_and(|currency| currency != wanted.currency) {
        return Err(INVALID_CURRENCY);
    }
    let figures = Figures {
        amount: decimal(item.get("amount")),
        percentage: decimal(item.get("percentage")),
        list_price: decimal(product.get("list_price")),
        current_cost: decimal(product.get("current_cost")),
        standard_cost: decimal(product.get("standard_cost")),
    };
    let unit_price = method.unit_price(&figures, &rounding(&item))?;
    let discount = match body::id(&item, "discount_list") {
        Some(id) => Some(tiers(id, wanted.currency, records)?),
        None => None,
    };
    Ok(Found { unit_price, selling: item.get("quantity_selling").cloned(), discount })
}

fn rounding(item: &Body) -> Rounding {
    let amount = decimal(item.get("rounding_amount")).unwrap_or_default();
    let shape = match text(item, "rounding_option") {
        Some("multiple_of") => Shape::MultipleOf(amount),
        _ => Shape::EndsIn(amount),
    };
    Rounding { policy: Policy::named(text(item, "rounding_policy").unwrap_or("none")), shape }
}

fn tiers(id: RecordId, currency: &str, records: &dyn Records) -> Result<(&'static str, Vec<Tier>), PricingError> {
    let list = read::<DiscountList>(id, records).filter(|list| is_active(list)).ok_or(INACTIVE_DISCOUNT_LIST)?;
    let kind = if text(&list, "kind") == Some("amount") { Off::Amount } else { Off::Percent };
    if kind == Off::Amount && text(&list, "currency") != Some(currency) {
        return Err(INVALID_CURRENCY);
    }
    Ok((kind.name(), tiers_of(&list)))
}

/// The tiers of a discount list's body.
#[must_use]
pub(crate) fn tiers_of(list: &Body) -> Vec<Tier> {
    let one = |tier: &Body| {
        Some(Tier { low: decimal(tier.get("low"))?, high: decimal(tier.get("high"))?, off: decimal(tier.get("off"))? })
    };
    children(list, "tiers").filter_map(one).collect()
}

/// What one unit of the organisation's currency is in this one, where the phone holds the rate.
#[must_use]
pub(crate) fn rate(currency: &str, records: &dyn Records) -> Option<String> {
    let held = records.referring("currency", "iso_code", currency);
    let bodies = held.iter().filter_map(|target| read::<crate::record::price_list::TransactionCurrency>(target.id, records));
    bodies.filter(|body| is_active(body)).find_map(|body| text(&body, "exchange_rate").map(str::to_owned))
}
