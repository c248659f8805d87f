//! Bundles: a line that brings others with it (`domain.md` 3.5, INV-47).

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Desk, LINES};
use crate::body::{self, Body, children, read, text};
use crate::field::decimal;
use crate::ids::RecordId;
use crate::key;
use crate::money;
use crate::record::catalogue::Product;
use crate::refusal::Refusal;

impl Desk<'_> {
    /// A required component is what its bundle says.
    pub(super) fn locked_component(&self, id: RecordId, line: &Body) -> Result<(), Refusal> {
        let theirs = ["product", "quantity", "price_per_unit", "manual_discount"];
        let typed = theirs.iter().find(|field| self.wrote(&key::child(LINES, id, field)));
        match typed.filter(|_| !self.settled && text(line, "role") == Some("required")) {
            Some(field) => Err(Refusal::field("line.component", field, "it belongs to a bundle: change the bundle instead")),
            None => Ok(()),
        }
    }

    /// Puts a bundle's components under it the first time, and as many of them as there are bundles (`domain.md` 3.5, V11).
    pub(super) fn unfold(&mut self, bundle: RecordId, own: &Body, product: &Body, body: &Body) {
        let first = text(own, "role").is_none();
        if first {
            self.put(key::child(LINES, bundle, "role"), &Value::from("bundle"));
        }
        let sort_key = own.get("sort_key").cloned().unwrap_or_default();
        let bundles = body::quantity(own).unwrap_or(Decimal::ONE);
        for component in children(product, "components") {
            let (Some(id), Some(part)) = (text(component, "id"), text(component, "product")) else { continue };
            let line = bundle.derived(id);
            let stands = body::child(body, LINES, line);
            if !first && stands.is_none() {
                continue;
            }
            let held = part.parse().ok().and_then(|id| read::<Product>(id, self.records)).unwrap_or_default();
            let unit = text(component, "unit").or(text(&held, "default_unit"));
            let each = decimal(component.get("quantity")).unwrap_or(Decimal::ONE);
            let many = money::times(each, bundles);
            let required = component.get("required") == Some(&Value::Bool(true));
            let fields = [
                ("product", Value::from(part)),
                ("quantity", json!({ "value": money::spell(many), "unit": unit })),
                ("role", Value::from(if required { "required" } else { "optional" })),
                ("bundle", Value::from(bundle.to_string())),
                ("sort_key", sort_key.clone()),
            ];
            for (field, value) in fields.into_iter().filter(|(field, _)| first || *field == "quantity") {
                self.put(key::child(LINES, line, field), &value);
            }
            let (Some(unit), Ok(part)) = (unit.and_then(|unit| unit.parse().ok()), part.parse()) else { continue };
            self.basis(line, stands.and_then(|line| line.get("basis")), (part, unit), body);
        }
    }
}
