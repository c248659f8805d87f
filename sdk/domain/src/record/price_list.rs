//! Price lists, their items, and discount lists.

use super::declare::{part, record};
use crate::field::{Kind, choice, long_text, money, of, reference, text};
use crate::ids::RecordId;
use crate::lifecycle;
use crate::permission::Access;
use crate::pricing::currency::CURRENCIES;
use crate::pricing::discount::Off;
use crate::pricing::method::METHOD_NAMES;
use crate::pricing::quantity::Selling;
use crate::pricing::rounding::{Policy, Shape};
use chrono::NaiveDate;
use rust_decimal::Decimal;

record! {
    /// Prices in one currency.
    PriceList is "price_list", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::Catalogue;

    /// What it is called.
    name: String = text(100).required().indexed();
    /// The currency of its prices.
    currency: Option<String> = choice(CURRENCIES).commercial().required().indexed();
    /// The first day it holds.
    start_date: Option<NaiveDate> = of(Kind::Date).commercial();
    /// The last day it holds.
    end_date: Option<NaiveDate> = of(Kind::Date).commercial();
    /// The territory whose customers buy from it.
    territory: Option<RecordId> = reference(&["territory"]).commercial().indexed();
    /// What it is for.
    description: String = long_text(2_000);
}

record! {
    /// The price of one product in one unit on one list; there is one (INV-62).
    PriceListItem is "price_list_item", titled "pricing_method", lifecycle &lifecycle::party::CATALOGUE, access Access::Catalogue;

    /// The price list.
    price_list: Option<RecordId> = reference(&["price_list"]).commercial().required().indexed();
    /// The product.
    product: Option<RecordId> = reference(&["product"]).commercial().required().indexed();
    /// The unit.
    unit: Option<RecordId> = reference(&["unit"]).commercial().required();
    /// How the price comes about; else it is the amount.
    pricing_method: Option<String> = choice(METHOD_NAMES).commercial();
    /// The price of one unit, where the method is the amount.
    amount: Option<Decimal> = money().material();
    /// The percentage of the other methods.
    percentage: Option<Decimal> = of(Kind::Percent { max: 99_999 }).commercial().material();
    /// Which way a computed price is rounded.
    rounding_policy: Option<String> = choice(Policy::NAMES).commercial();
    /// What a rounded price looks like.
    rounding_option: Option<String> = choice(Shape::NAMES).commercial();
    /// What it ends in, or is a multiple of.
    rounding_amount: Option<Decimal> = money();
    /// Which quantities it is sold in.
    quantity_selling: Option<String> = choice(Selling::NAMES).commercial();
    /// What many units take off.
    discount_list: Option<RecordId> = reference(&["discount_list"]).commercial();
}

impl PriceListItem {
    /// The id an item for a product in a unit on a list should have: two administrators who add it make one record (INV-62).
    #[must_use]
    pub fn id_of(price_list: RecordId, product: RecordId, unit: RecordId) -> RecordId {
        price_list.derived(&format!("{product}/{unit}"))
    }
}

part! {
    /// What a quantity takes off; the tiers of a list do not overlap (INV-63).
    DiscountTier keyed by id;
    /// The least quantity.
    low: Option<Decimal> = of(Kind::Decimal { scale: 5 }).commercial().required();
    /// The largest quantity.
    high: Option<Decimal> = of(Kind::Decimal { scale: 5 }).commercial().required();
    /// What it takes off one unit, as a percentage or an amount, as the list says.
    off: Option<Decimal> = money().material().required();
}

record! {
    /// Less per unit for more units.
    DiscountList is "discount_list", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::Catalogue;

    /// What it is called.
    name: String = text(100).required().indexed();
    /// What its tiers take off.
    kind: Option<String> = choice(Off::NAMES).commercial().required();
    /// The currency of its amounts.
    currency: Option<String> = choice(CURRENCIES).commercial();
    /// What it is for.
    description: String = long_text(2_000);

    collection
    /// The tiers.
    tiers of DiscountTier;
}

record! {
    /// A currency the organisation trades in.
    TransactionCurrency is "currency", titled "iso_code", lifecycle &lifecycle::party::CATALOGUE, access Access::Catalogue;

    /// Its code.
    iso_code: Option<String> = choice(CURRENCIES).commercial().required().indexed();
    /// How many units of it one unit of the organisation's currency is; 1 for that currency itself.
    exchange_rate: Option<Decimal> = of(Kind::Decimal { scale: 10 }).commercial().required();
}
