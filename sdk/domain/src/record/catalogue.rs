//! The catalogue: units, products and price lists. Managed by administrators, read by everybody.

use super::declare::{part, record};
use crate::field::{Kind, choice, long_text, money, of, reference, text};
use crate::ids::RecordId;
use crate::lifecycle;
use crate::permission::Access;
use chrono::NaiveDate;
use rust_decimal::Decimal;

record! {
    /// A unit products are sold in.
    UnitOfMeasure is "unit", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::Catalogue;

    /// What one is called.
    name: String = text(100).required().indexed();
    /// The unit it is counted in, where it is a pack of others.
    base_unit: Option<RecordId> = reference(&["unit"]).commercial();
    /// How many of the base unit it holds.
    quantity: Option<Decimal> = of(Kind::Decimal { scale: 5 }).commercial();
}

record! {
    /// Something we sell.
    Product is "product", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::Catalogue;

    /// What it is called.
    name: String = text(100).required().indexed();
    /// Our number for it; unique.
    product_number: Option<String> = text(100).indexed();
    /// The series or family it belongs to.
    family: Option<String> = text(100).indexed();
    /// The unit it is usually sold in.
    default_unit: Option<RecordId> = reference(&["unit"]).commercial();
    /// Decimal places a quantity may have.
    quantity_decimals: Option<i64> = of(Kind::Integer { min: 0, max: 5 }).commercial();
    /// Price before any price list.
    list_price: Option<Decimal> = money();
    /// What it costs us today.
    current_cost: Option<Decimal> = money();
    /// What it costs us in plans.
    standard_cost: Option<Decimal> = money();
    /// The first day it may be sold.
    valid_from: Option<NaiveDate> = of(Kind::Date).commercial();
    /// The last day it may be sold.
    valid_to: Option<NaiveDate> = of(Kind::Date).commercial();
    /// What it is for.
    description: String = long_text(20_000);
}

part! {
    /// The price of one product in one unit.
    PriceListItem keyed by id;
    /// The product.
    product: Option<RecordId> = reference(&["product"]).commercial().required();
    /// The unit.
    unit: Option<RecordId> = reference(&["unit"]).commercial().required();
    /// The price of one unit.
    amount: Option<Decimal> = money().material().required();
}

record! {
    /// Prices in one currency.
    PriceList is "price_list", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::Catalogue;

    /// What it is called.
    name: String = text(100).required().indexed();
    /// The currency of its prices.
    currency: Option<String> = choice(&["USD", "EUR", "GBP", "CHF", "JPY", "CNY"]).commercial().required();
    /// The first day it holds.
    start_date: Option<NaiveDate> = of(Kind::Date).commercial();
    /// The last day it holds.
    end_date: Option<NaiveDate> = of(Kind::Date).commercial();
    /// What it is for.
    description: String = long_text(2_000);

    collection
    /// The prices, one per product and unit.
    items of PriceListItem;
}
