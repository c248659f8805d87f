//! The catalogue: units, products and what goes with them. Managed by administrators, read by everybody.

use super::declare::{part, record};
use crate::field::{Kind, choice, long_text, money, of, reference, text};
use crate::ids::RecordId;
use crate::lifecycle;
use crate::permission::Access;
use crate::pricing::currency::CURRENCIES;
use chrono::NaiveDate;
use rust_decimal::Decimal;

record! {
    /// Units that belong together: a piece, a box of pieces, a pallet of boxes.
    UnitGroup is "unit_group", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::Catalogue;

    /// What it is called.
    name: String = text(200).required().indexed();
    /// The unit the others are counted in.
    primary_unit: Option<RecordId> = reference(&["unit"]).commercial();
}

record! {
    /// A unit products are sold in.
    UnitOfMeasure is "unit", titled "name", lifecycle &lifecycle::party::CATALOGUE, access Access::Catalogue;

    /// What one is called.
    name: String = text(100).required().indexed();
    /// The group it belongs to.
    unit_group: Option<RecordId> = reference(&["unit_group"]).commercial().indexed();
    /// The unit it is counted in, where it is a pack of others; the links have no loop (INV-64).
    base_unit: Option<RecordId> = reference(&["unit"]).commercial().indexed();
    /// How many of the base unit it holds.
    quantity: Option<Decimal> = of(Kind::Decimal { scale: 5 }).commercial();
}

part! {
    /// A product inside a bundle.
    BundleComponent keyed by id;
    /// The product; no bundle and no family.
    product: Option<RecordId> = reference(&["product"]).commercial().required();
    /// How many of it one bundle holds; else one.
    quantity: Option<Decimal> = of(Kind::Decimal { scale: 5 }).commercial();
    /// The unit; else the product's own.
    unit: Option<RecordId> = reference(&["unit"]).commercial();
    /// Whether the bundle cannot be had without it; such a component has no price of its own.
    required: Option<bool> = of(Kind::Bool).commercial();
    /// Where it stands among the others.
    sort_key: Option<i64> = of(Kind::Integer { min: 0, max: 1_000_000 }).commercial();
}

part! {
    /// A property of a product or a family; families hand theirs on, a product may say its own under the same name.
    PropertyDefinition keyed by id;
    /// What it is called.
    name: Option<String> = text(100).commercial().required();
    /// What its values are.
    data_type: Option<String> = choice(PROPERTY_TYPES).commercial().required();
    /// Whether a quote cannot be activated without it.
    required: Option<bool> = of(Kind::Bool).commercial();
    /// Whether its value stays the default.
    read_only: Option<bool> = of(Kind::Bool).commercial();
    /// Whether nobody is asked for it.
    hidden: Option<bool> = of(Kind::Bool).commercial();
    /// The least number.
    min_value: Option<Decimal> = money();
    /// The largest number.
    max_value: Option<Decimal> = money();
    /// Decimal places of a number.
    precision: Option<i64> = of(Kind::Integer { min: 0, max: 5 }).commercial();
    /// Most characters of a text.
    max_length: Option<i64> = of(Kind::Integer { min: 1, max: 4_000 }).commercial();
    /// What it is until somebody says otherwise.
    default_value: Option<String> = text(4_000).commercial();
    /// The words of an option set, separated by semicolons.
    options: Option<String> = text(4_000).commercial();
}

/// What a property's values may be.
pub const PROPERTY_TYPES: &[&str] = &["option_set", "decimal", "whole_number", "text"];

record! {
    /// Something we sell, a family of such things, or a bundle of them.
    Product is "product", titled "name", lifecycle &lifecycle::product::PRODUCT, access Access::Catalogue;

    /// What it is called.
    name: String = text(100).required().indexed();
    /// Our number for it; unique.
    product_number: Option<String> = text(100).indexed();
    /// Whether it is one product, a family of products, or a bundle; else a product.
    structure: Option<String> = choice(&["product", "family", "bundle"]).commercial().indexed();
    /// What kind of thing it is.
    product_type: Option<String> = choice(&["inventory", "misc_charge", "service", "flat_fee"]).commercial();
    /// The series it belongs to in the books of the organisation.
    family: Option<String> = text(100).indexed();
    /// The family whose properties it inherits; the links have no loop.
    parent_family: Option<RecordId> = reference(&["product"]).commercial().indexed();
    /// The units it may be sold in.
    unit_group: Option<RecordId> = reference(&["unit_group"]).commercial();
    /// The unit it is usually sold in.
    default_unit: Option<RecordId> = reference(&["unit"]).commercial();
    /// The price list it is usually sold from.
    default_price_list: Option<RecordId> = reference(&["price_list"]).commercial();
    /// Decimal places a quantity may have.
    quantity_decimals: Option<i64> = of(Kind::Integer { min: 0, max: 5 }).commercial();
    /// The currency of its price and costs.
    currency: Option<String> = choice(CURRENCIES).commercial();
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
    /// Who makes it.
    vendor: Option<String> = text(100);
    /// How large it is.
    size: Option<String> = text(200);
    /// Where to read about it.
    url: Option<String> = of(Kind::Url);
    /// What it is for.
    description: String = long_text(20_000);

    collection
    /// What a bundle holds.
    components of BundleComponent;

    collection
    /// What is asked about it when it is sold.
    properties of PropertyDefinition;
}

record! {
    /// How two products go together.
    ProductRelationship is "product_relationship", titled "kind", lifecycle &lifecycle::party::CATALOGUE, access Access::Catalogue;

    /// The product somebody buys; no family.
    product: Option<RecordId> = reference(&["product"]).commercial().required().indexed();
    /// The product to think of; another one (INV-67).
    related_product: Option<RecordId> = reference(&["product"]).commercial().required().indexed();
    /// How they go together.
    kind: Option<String> = choice(&["up_sell", "cross_sell", "accessory", "substitute"]).commercial().required();
    /// Whether it holds the other way round as well.
    bidirectional: Option<bool> = of(Kind::Bool).commercial();
}
