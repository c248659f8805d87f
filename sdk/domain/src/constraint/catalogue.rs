//! What must hold of units, products, families and bundles (INV-64, INV-65, INV-67).

use super::Scene;
use crate::action::Records;
use crate::body::{Body, Whole, has_left, id as reference, is_active, referring, shown, text};
use crate::ids::{RecordId, RecordRef};
use crate::pricing::property;

/// The primary unit of a group belongs to it and is no pack.
pub(crate) fn primary_unit(scene: &Scene<'_>) -> bool {
    named("unit", scene.part, "primary_unit", scene.records)
        .is_none_or(|unit| reference(&unit, "unit_group") == Some(scene.id) && text(&unit, "base_unit").is_none())
}

/// A unit is in the group of its base unit, and so is what it is the base of.
pub(crate) fn base_in_group(scene: &Scene<'_>) -> bool {
    let group = text(scene.part, "unit_group");
    let base = named("unit", scene.part, "base_unit", scene.records);
    let packs = referring("unit", "base_unit", &scene.id.to_string(), scene.records);
    base.iter().chain(packs.iter().map(|(_, pack)| pack)).all(|unit| text(unit, "unit_group") == group)
}

/// The primary unit of a group is no pack.
pub(crate) fn primary_is_no_pack(scene: &Scene<'_>) -> bool {
    let primary = |group: Whole| reference(&group, "primary_unit") == Some(scene.id);
    text(scene.part, "base_unit").is_none() || !named("unit_group", scene.part, "unit_group", scene.records).is_some_and(primary)
}

/// The primary unit of a group stays in it.
pub(crate) fn primary_in_group(scene: &Scene<'_>) -> bool {
    let group = reference(scene.part, "unit_group");
    let led = referring("unit_group", "primary_unit", &scene.id.to_string(), scene.records);
    led.iter().all(|(leads, _)| group == Some(leads.id))
}

/// What a product belongs to is a family, and what others belong to stays one.
pub(crate) fn below_family(scene: &Scene<'_>) -> bool {
    let is_family = |body: &Body| text(body, "structure") == Some("family");
    let parent = named("product", scene.part, "parent_family", scene.records);
    let has_children = || !referring("product", "parent_family", &scene.id.to_string(), scene.records).is_empty();
    parent.as_ref().is_none_or(|body| is_family(body)) && (is_family(scene.part) || !has_children())
}

/// A family has nothing that is priced, and no list prices it.
pub(crate) fn family_price(scene: &Scene<'_>) -> bool {
    let priced = ["list_price", "current_cost", "standard_cost", "default_unit"];
    let on_lists = || !referring("price_list_item", "product", &scene.id.to_string(), scene.records).is_empty();
    let family = text(scene.part, "structure") == Some("family");
    !family || (priced.iter().all(|field| text(scene.part, field).is_none()) && !on_lists())
}

/// The number of a product is no other's.
pub(crate) fn number_once(scene: &Scene<'_>) -> bool {
    once(scene, "product", "product_number")
}

/// A currency is entered once.
pub(crate) fn currency_once(scene: &Scene<'_>) -> bool {
    once(scene, "currency", "iso_code")
}

fn once(scene: &Scene<'_>, kind: &str, field: &str) -> bool {
    let Some(own) = text(scene.part, field) else { return true };
    let others = referring(kind, field, own, scene.records);
    others.iter().all(|(other, body)| other.id == scene.id || text(body, field) != Some(own))
}

/// A product's usual unit is one of its group.
pub(crate) fn default_unit(scene: &Scene<'_>) -> bool {
    let group = text(scene.part, "unit_group");
    let unit = named("unit", scene.part, "default_unit", scene.records);
    group.is_none() || unit.is_none_or(|unit| text(&unit, "unit_group").is_none_or(|own| Some(own) == group))
}

/// What is sold, priced or counted in a unit is of its group.
pub(crate) fn fits_products(scene: &Scene<'_>) -> bool {
    let Some(group) = text(scene.part, "unit_group") else { return true };
    let unit = scene.id.to_string();
    let fits = |product: &Body| text(product, "unit_group").is_none_or(|own| own == group);
    let item_fits = |item: &Body| named("product", item, "product", scene.records).is_none_or(|product| fits(&product));
    let part_fits = |part: &Body| text(part, "unit") != Some(&unit) || item_fits(part);
    let of = |kind: &str, field: &str| referring(kind, field, &unit, scene.records);
    of("product", "default_unit").iter().all(|(_, product)| fits(product))
        && of("price_list_item", "unit").iter().all(|(_, item)| item_fits(item))
        && of("product", "components.unit").iter().all(|(_, bundle)| super::children(bundle, "components").all(part_fits))
}

/// Only a bundle has components, and what a bundle holds is neither bundle nor family.
pub(crate) fn whole_product(scene: &Scene<'_>) -> bool {
    let structure = text(scene.part, "structure");
    if structure != Some("bundle") && super::children(scene.part, "components").next().is_some() {
        return false;
    }
    is_single(structure) || referring("product", "components.product", &scene.id.to_string(), scene.records).is_empty()
}

/// A component is a product, and not the bundle itself.
pub(crate) fn component(scene: &Scene<'_>) -> bool {
    let Some(product) = reference(scene.part, "product") else { return true };
    product != scene.id && structure_of(product, scene.records)
}

/// A component is counted in a unit of its own group.
pub(crate) fn component_unit(scene: &Scene<'_>) -> bool {
    let group = named("product", scene.part, "product", scene.records).and_then(|product| reference(&product, "unit_group"));
    let unit = named("unit", scene.part, "unit", scene.records).and_then(|unit| reference(&unit, "unit_group"));
    group.zip(unit).is_none_or(|(group, own)| group == own)
}

/// What a bundle on sale holds is in the catalogue.
pub(crate) fn component_on_sale(scene: &Scene<'_>) -> bool {
    let held = named("product", scene.part, "product", scene.records);
    !is_active(scene.record) || held.is_none_or(|product| !has_left(&product))
}

/// The price list a record names as its usual one is in use.
pub(crate) fn default_list_in_use(scene: &Scene<'_>) -> bool {
    named("price_list", scene.part, "default_price_list", scene.records).is_none_or(|list| is_active(&list))
}

/// The units a product is sold in are in use.
pub(crate) fn unit_group_in_use(scene: &Scene<'_>) -> bool {
    named("unit_group", scene.part, "unit_group", scene.records).is_none_or(|group| is_active(&group))
}

/// One of several words is one of at least one.
pub(crate) fn has_options(scene: &Scene<'_>) -> bool {
    let words = text(scene.part, "options").unwrap_or("").split(';').any(|word| !word.trim().is_empty());
    words || text(scene.part, "data_type") != Some("option_set")
}

/// A default is what its property may be.
pub(crate) fn default_fits(scene: &Scene<'_>) -> bool {
    text(scene.part, "default_value").is_none_or(|value| property::fits(scene.part, value))
}

/// Properties whose name another one has.
pub(crate) fn same_name(properties: &[&Body]) -> Vec<usize> {
    let named = |place: &usize| properties.get(*place).and_then(|body| text(body, "name"));
    let twice = |place: &usize| {
        named(place).is_some() && (0..properties.len()).any(|other| other != *place && named(&other) == named(place))
    };
    (0..properties.len()).filter(twice).collect()
}

/// A relationship is between two products.
pub(crate) fn two_products(scene: &Scene<'_>) -> bool {
    text(scene.part, "product") != text(scene.part, "related_product") || text(scene.part, "product").is_none()
}

/// No end of a relationship is a family.
pub(crate) fn no_families(scene: &Scene<'_>) -> bool {
    let ends = ["product", "related_product"].into_iter();
    let mut ends = ends.filter_map(|end| named("product", scene.part, end, scene.records));
    ends.all(|product| text(&product, "structure") != Some("family"))
}

/// No other relationship says the same of the same products.
pub(crate) fn said_once(scene: &Scene<'_>) -> bool {
    let says = |body: &Body| ["product", "related_product", "kind"].map(|field| text(body, field).map(str::to_owned));
    let own = says(scene.part);
    let [Some(product), Some(_), Some(_)] = &own else { return true };
    let others = referring("product_relationship", "product", product, scene.records);
    others.iter().all(|(other, body)| other.id == scene.id || says(body) != own)
}

fn is_single(structure: Option<&str>) -> bool {
    !matches!(structure, Some("bundle" | "family"))
}

fn structure_of(product: RecordId, records: &dyn Records) -> bool {
    shown(&RecordRef::new("product", product), records).is_none_or(|body| is_single(text(&body, "structure")))
}

/// The record a field names, if it is held here.
pub(super) fn named(kind: &str, body: &Body, field: &str, records: &dyn Records) -> Option<Whole> {
    shown(&RecordRef::new(kind, reference(body, field)?), records)
}
