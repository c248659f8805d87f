//! What opportunities, quotes, orders and invoices have in common: a priced header and its lines.
//!
//! The fields they share are in `declare`'s forms for them, so that each is declared once.

use super::declare::part;
use crate::field::{Kind, choice, line, of, reference, text};
use crate::ids::RecordId;
use crate::pricing::currency::CURRENCIES;
use crate::pricing::discount::Off;
use crate::pricing::quantity::Selling;
use crate::time::Timestamp;
use rust_decimal::Decimal;

part! {
    /// The currency and the price list of that currency (INV-29).
    Pricing;
    /// The currency of all amounts.
    currency: Option<String> = choice(CURRENCIES);
    /// Where prices come from.
    price_list: Option<RecordId> = reference(&["price_list"]);
}

part! {
    /// How many of which unit; one register, so 60 boxes never mix with 12 pieces (INV-49).
    Quantity;
    /// How many.
    value: Option<Decimal> = of(Kind::Decimal { scale: 5 });
    /// Of which unit.
    unit: Option<RecordId> = reference(&["unit"]);
}

part! {
    /// A postal address, changed as a whole.
    Address;
    /// Whom it is addressed to.
    name: Option<String> = text(200);
    /// Street and house number.
    line1: Option<String> = text(250);
    /// A second line.
    line2: Option<String> = text(250);
    /// Town.
    city: Option<String> = text(80);
    /// State or province.
    state_or_province: Option<String> = text(50);
    /// Postal code.
    postal_code: Option<String> = text(20);
    /// Country.
    country: Option<String> = text(80);
}

part! {
    /// What the catalogue said when the line was priced; the line keeps its price whatever the catalogue says later (INV-66).
    PriceBasis;
    /// The price list it was priced from.
    price_list: Option<RecordId> = of(Kind::Ref(&["price_list"]));
    /// The product that was priced.
    product: Option<RecordId> = of(Kind::Ref(&["product"]));
    /// The unit it was priced in.
    unit: Option<RecordId> = of(Kind::Ref(&["unit"]));
    /// What one costs before discounts.
    unit_price: Option<Decimal> = of(Kind::Decimal { scale: 4 });
    /// Decimal places a quantity may have.
    decimals: Option<i64> = of(Kind::Integer { min: 0, max: 5 });
    /// Which quantities it is sold in.
    selling: Option<String> = choice(Selling::NAMES);
    /// What the tiers take off.
    discount_kind: Option<String> = choice(Off::NAMES);
    /// The tiers of the discount list, as `10-49:5;50-999:12`.
    tiers: Option<String> = text(2_000);
    /// The discount per unit, where an earlier document settled it.
    volume_discount: Option<Decimal> = of(Kind::Decimal { scale: 4 });
    /// The version of the product it was priced as.
    version: Option<i64> = of(Kind::Integer { min: 1, max: 1_000_000 });
    /// The properties that version needs a value of, separated by semicolons.
    asks: Option<String> = text(6_000);
    /// Why there is no price, as a pricing error code.
    error: Option<i64> = of(Kind::Integer { min: 0, max: 99 });
    /// When it was looked up.
    priced_at: Option<Timestamp> = of(Kind::Time);
}

part! {
    /// What part of an order line an invoice line settles, so that all parts come to the whole (INV-55).
    LineShare;
    /// The quantity it holds for; with another one it is void.
    quantity: Option<Decimal> = of(Kind::Decimal { scale: 5 });
    /// What the line comes to before its manual discount.
    base: Option<Decimal> = of(Kind::Decimal { scale: 4 });
}

part! {
    /// What a line says about one property of its product.
    PropertyValue keyed by id;
    /// The line.
    line: Option<RecordId> = line().commercial().required();
    /// The property.
    name: Option<String> = text(100).commercial().required();
    /// Its value, spelled as the property's type says.
    value: Option<String> = text(4_000).commercial().material();
}

/// The words of a line's `role`.
pub const LINE_ROLES: &[&str] = &["product", "bundle", "required", "optional"];

/// The words of `ship_method`.
pub const SHIP_METHODS: &[&str] = &["airborne", "dhl", "fedex", "ups", "postal_mail", "full_load", "will_call"];
