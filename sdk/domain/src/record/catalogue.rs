//! The catalogue: units, products and what goes with them. Managed by administrators, read by everybody.

use super::declare::{part, record};
use crate::constraint::{Test, catalogue, each, prices, whole};
use crate::field::{Kind, choice, long_text, money, of, reference, text};
use crate::ids::RecordId;
use crate::lifecycle;
use crate::permission::Access;
use crate::pricing::currency::CURRENCIES;
use chrono::NaiveDate;
use rust_decimal::Decimal;

record! {
    /// Units that belong together: a piece, a box of pieces, a pallet of boxes.
    UnitGroup is "unit_group", titled "name", lifecycle &lifecycle::party::UNIT_GROUP, access Access::Catalogue;

    /// What it is called.
    name: String = text(200).required().indexed();
    /// The unit the others are counted in.
    primary_unit: Option<RecordId> = reference(&["unit"]).commercial().indexed();

    constraint whole("unit_group.primary_unit", &["primary_unit"], Test::Holds(catalogue::primary_unit),
        "the primary unit belongs to the group and is a pack of no other").rule("INV-64");
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

    constraint whole("unit.base_unit", &["base_unit"], Test::Tree,
        "a unit does not hold itself, directly or through others").rule("INV-64");
    constraint whole("unit.group", &["base_unit", "unit_group"], Test::Holds(catalogue::base_in_group),
        "a unit and what it holds belong to one unit group").rule("INV-64");
    constraint whole("unit.primary", &["base_unit", "unit_group"], Test::Holds(catalogue::primary_is_no_pack),
        "the primary unit of a group is a pack of no other").rule("INV-64");
    constraint whole("unit.leads", &["unit_group"], Test::Holds(catalogue::primary_in_group),
        "the primary unit of a group stays in it").rule("INV-64");
    constraint whole("unit.products", &["unit_group"], Test::Holds(catalogue::fits_products),
        "a unit that products are sold or priced in stays in their unit group").rule("INV-64");
    constraint whole("unit.quantity", &["quantity"], Test::Positive,
        "a unit holds more than 0 of its base unit").rule("INV-64");
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
    min_value: Option<Decimal> = of(Kind::Signed { scale: 4 }).commercial();
    /// The largest number.
    max_value: Option<Decimal> = of(Kind::Signed { scale: 4 }).commercial();
    /// Decimal places of a number.
    precision: Option<i64> = of(Kind::Integer { min: 0, max: 5 }).commercial();
    /// Most characters of a text.
    max_length: Option<i64> = of(Kind::Integer { min: 1, max: 4_000 }).commercial();
    /// What it is until somebody says otherwise.
    default_value: Option<String> = text(4_000).commercial();
    /// The words of an option set, separated by semicolons.
    options: Option<String> = text(4_000).commercial();
    /// Whether it is asked about, waits for its product to be published, or is past; follows the product.
    state: Option<String> = choice(&["active", "draft", "retired"]).server();
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
    unit_group: Option<RecordId> = reference(&["unit_group"]).commercial().indexed();
    /// The unit it is usually sold in.
    default_unit: Option<RecordId> = reference(&["unit"]).commercial();
    /// The price list it is usually sold from.
    default_price_list: Option<RecordId> = reference(&["price_list"]).commercial().indexed();
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
    /// How often it was published, from one on; each time is a version of it, which its lines name.
    version: Option<i64> = of(Kind::Integer { min: 1, max: 1_000_000 }).server();
    /// What it is for.
    description: String = long_text(20_000);

    collection
    /// What a bundle holds.
    components of BundleComponent;

    collection
    /// What is asked about it when it is sold.
    properties of PropertyDefinition;

    constraint whole("product.product_number", &["product_number"], Test::Holds(catalogue::number_once),
        "no other product has this number").rule("INV-65");
    constraint whole("product.validity", &["valid_from", "valid_to"], Test::Ordered,
        "the last day a product is sold is not before the first");
    constraint whole("product.parent_family", &["parent_family"], Test::Tree,
        "a family does not belong to itself, directly or through others, and families are at most 10 deep").rule("INV-65");
    constraint whole("product.family", &["parent_family", "structure"], Test::Holds(catalogue::below_family),
        "what a product belongs to is a family").rule("INV-65");
    constraint whole("product.family_price", &["list_price", "current_cost", "standard_cost", "default_unit", "structure"],
        Test::Holds(catalogue::family_price),
        "a family has no price, no cost and no unit: its products have").rule("INV-65");
    constraint whole("product.default_unit", &["default_unit", "unit_group"], Test::Holds(catalogue::default_unit),
        "a product is sold in units of its unit group").rule("INV-64");
    constraint whole("product.bundle", &["structure", "components"], Test::Holds(catalogue::whole_product),
        "only a bundle holds others, and what a bundle holds is a product").rule("INV-65");
    constraint whole("product.items", &["unit_group", "currency"], Test::Holds(prices::items_of_product),
        "a product stays in the units and the currency it is priced in").rule("INV-64");
    constraint each("product.component", "components", &["product"], Test::Holds(catalogue::component),
        "a bundle holds products, no bundle and no family").rule("INV-65");
    constraint each("product.component_on_sale", "components", &["product"], Test::Holds(catalogue::component_on_sale),
        "a bundle on sale holds nothing that is a draft or was retired").rule("INV-65");
    constraint each("product.component_quantity", "components", &["quantity"], Test::Positive,
        "a bundle holds more than 0 of each component").rule("INV-65");
    constraint each("product.component_unit", "components", &["unit", "product"], Test::Holds(catalogue::component_unit),
        "a bundle counts what it holds in a unit of its unit group").rule("INV-64");
    constraint whole("product.components", &["components"], Test::AtMost(15),
        "a bundle holds at most 15 components").rule("INV-65");
    constraint whole("product.properties", &["properties"], Test::AtMost(50), "a product has at most 50 properties");
    constraint each("product.property_name", "properties", &["name"], Test::Apart(catalogue::same_name),
        "a product has one property of a name");
    constraint each("product.property_range", "properties", &["min_value", "max_value"], Test::Ordered,
        "the least value of a property is not above its largest");
    constraint each("product.property_options", "properties", &["options", "data_type"], Test::Holds(catalogue::has_options),
        "a property that is one of several words names them");
    constraint each("product.property_default", "properties",
        &["default_value", "data_type", "options", "min_value", "max_value", "precision", "max_length"],
        Test::Holds(catalogue::default_fits), "the default of a property is a value it allows").rule("INV-48");
    constraint whole("product.default_price_list", &["default_price_list"], Test::Holds(catalogue::default_list_in_use),
        "the price list it is usually sold from is in use").rule("INV-10").soft().follows(&["state"]);
    constraint whole("product.unit_group", &["unit_group"], Test::Holds(catalogue::unit_group_in_use),
        "the unit group it is sold in is in use").rule("INV-10").soft().follows(&["state"]);
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

    constraint whole("product_relationship.self", &["related_product", "product"], Test::Holds(catalogue::two_products),
        "a product goes together with another one, not with itself").rule("INV-67");
    constraint whole("product_relationship.family", &["product", "related_product"], Test::Holds(catalogue::no_families),
        "products go together, families do not").rule("INV-67");
    constraint whole("product_relationship.twice", &["product", "related_product", "kind"], Test::Holds(catalogue::said_once),
        "these products go together in this way already; change that relationship instead").rule("INV-67");
}
