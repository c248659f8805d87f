//! Price lists, their items, and discount lists.

use super::declare::{part, record};
use crate::constraint::{Test, catalogue, each, prices, whole};
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
use serde_json::{Map, Value};

record! {
    /// Prices in one currency.
    PriceList is "price_list", titled "name", lifecycle &lifecycle::party::PRICE_LIST, access Access::Catalogue;

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

    constraint whole("price_list.dates", &["start_date", "end_date"], Test::Ordered,
        "the last day of a price list is not before its first");
    constraint whole("price_list.currency", &["currency"], Test::Holds(prices::items_of_list),
        "a price list is in the currency of its percentages and of the discount lists it uses");
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
    discount_list: Option<RecordId> = reference(&["discount_list"]).commercial().indexed();

    constraint whole("price_list_item.key", &["price_list", "product", "unit"], Test::Holds(prices::key),
        "there is one item for a list, a product and a unit; make another one instead of moving it").rule("INV-62");
    constraint whole("price_list_item.amount", &["amount", "pricing_method"], Test::Holds(prices::amount),
        "a price that is an amount needs the amount");
    constraint whole("price_list_item.percentage", &["percentage", "pricing_method"], Test::Holds(prices::percentage),
        "a price that is a percentage needs the percentage");
    constraint whole("price_list_item.margin", &["percentage", "pricing_method"], Test::Holds(prices::margin),
        "a margin is at most 99.99 percent");
    constraint whole("price_list_item.rounding", &["rounding_amount", "rounding_option", "rounding_policy"],
        Test::Holds(prices::rounding),
        "a price that is rounded to a multiple needs an amount above 0 to be a multiple of");
    constraint whole("price_list_item.product", &["product"], Test::Holds(prices::no_family),
        "a family has no price: its products have").rule("INV-65");
    constraint whole("price_list_item.unit", &["unit", "product"], Test::Holds(prices::unit),
        "a product is priced in a unit of its unit group").rule("INV-64");
    constraint whole("price_list_item.currency", &["pricing_method", "product", "price_list"],
        Test::Holds(prices::product_currency),
        "a percentage needs a product in the currency of the price list");
    constraint whole("price_list_item.discount_list", &["discount_list", "price_list"], Test::Holds(prices::discount_currency),
        "a discount list of amounts is in the currency of the price list").rule("INV-63");
}

impl PriceListItem {
    /// The id an item for a product in a unit on a list should have: two administrators who add it make one record (INV-62).
    #[must_use]
    pub fn id_of(price_list: RecordId, product: RecordId, unit: RecordId) -> RecordId {
        price_list.derived(&format!("{product}/{unit}"))
    }

    /// The id an item with these fields has; nothing as long as one of the three is missing.
    #[must_use]
    pub fn id_in(fields: &Map<String, Value>) -> Option<RecordId> {
        let named = |field: &str| fields.get(field).and_then(Value::as_str).and_then(|id| id.parse().ok());
        Some(Self::id_of(named("price_list")?, named("product")?, named("unit")?))
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

    constraint each("discount_list.tier", "tiers", &["low", "high"], Test::Holds(prices::tier),
        "a tier begins above 0 and ends above where it begins").rule("INV-63");
    constraint each("discount_list.tiers", "tiers", &["low", "high"], Test::Apart(prices::overlapping),
        "no two tiers of a discount list hold the same quantity").rule("INV-63");
    constraint each("discount_list.off", "tiers", &["off"], Test::Holds(prices::off),
        "a tier takes off at most 100 percent").rule("INV-63");
    constraint whole("discount_list.kind", &["kind"], Test::Holds(prices::kind),
        "a tier takes off at most 100 percent").rule("INV-63");
    constraint whole("discount_list.currency", &["currency", "kind"], Test::Holds(prices::amounts_currency),
        "a discount list of amounts needs their currency, the one of the price lists that use it").rule("INV-63");
}

record! {
    /// A currency the organisation trades in.
    TransactionCurrency is "currency", titled "iso_code", lifecycle &lifecycle::party::CATALOGUE, access Access::Catalogue;

    /// Its code.
    iso_code: Option<String> = choice(CURRENCIES).commercial().required().indexed();
    /// How many units of it one unit of the organisation's currency is; 1 for that currency itself.
    exchange_rate: Option<Decimal> = of(Kind::Decimal { scale: 10 }).commercial().required();

    constraint whole("currency.exchange_rate", &["exchange_rate"], Test::Positive, "an exchange rate is above 0");
    constraint whole("currency.iso_code", &["iso_code"], Test::Holds(catalogue::currency_once),
        "a currency is entered once: change its exchange rate instead");
}
