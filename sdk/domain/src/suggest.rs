//! What goes with what somebody buys: the relationships of products, read in both directions (`domain.md` 1.3).

use serde::Serialize;
use serde_json::Value;

use crate::action::Records;
use crate::body::{self, Body, Whole, children, is_active, read, referring, text};
use crate::ids::RecordId;
use crate::record::catalogue::Product;

/// A product to think of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Suggestion {
    /// How the two go together: up_sell, cross_sell, accessory or substitute.
    pub kind: String,
    /// The product.
    pub product: RecordId,
    /// What it is called.
    pub name: String,
    /// The product somebody buys.
    pub because_of: RecordId,
}

/// What goes with these products, of what is on sale and not among them.
#[must_use]
pub fn of(products: &[RecordId], records: &dyn Records) -> Vec<Suggestion> {
    let mut found: Vec<Suggestion> = Vec::new();
    for bought in products {
        for (kind, product) in related(*bought, records) {
            let twice = found.iter().any(|one| one.product == product && one.kind == kind);
            let Some(body) = read::<Product>(product, records).filter(|product| is_active(product)) else { continue };
            if !twice && !products.contains(&product) {
                let name = text(&body, "name").unwrap_or("").to_owned();
                found.push(Suggestion { kind, product, name, because_of: *bought });
            }
        }
    }
    found
}

/// The products of a record's lines.
#[must_use]
pub fn products_of(body: &Body) -> Vec<RecordId> {
    children(body, "lines").filter_map(|line| body::id(line, "product")).collect()
}

fn related(product: RecordId, records: &dyn Records) -> Vec<(String, RecordId)> {
    let id = product.to_string();
    let there = referring("product_relationship", "product", &id, records).into_iter();
    let there = there.map(|(_, body)| (body, "related_product"));
    let back = referring("product_relationship", "related_product", &id, records).into_iter();
    let back = back.filter(|(_, body)| body.get("bidirectional") == Some(&Value::Bool(true))).map(|(_, body)| (body, "product"));
    let one = |(body, other): (Whole, &str)| {
        let kind = text(&body, "kind").filter(|_| is_active(&body))?.to_owned();
        Some((kind, body::id(&body, other)?))
    };
    there.chain(back).filter_map(one).collect()
}
