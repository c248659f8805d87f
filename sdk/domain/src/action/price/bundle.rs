//! Bundles: a line that brings others with it (`domain.md` 3.5, INV-47).

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Body, Desk, LINES, children, text};
use crate::field::decimal;
use crate::ids::RecordId;
use crate::key;
use crate::money;
use crate::pricing::basis::read;
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
    pub(super) fn unfold(&mut self, bundle: RecordId, product: &Body, first: bool) {
        if first {
            self.put(key::child(LINES, bundle, "role"), &Value::from("bundle"));
        }
        let shown = self.body();
        let own = children(&shown).find(|body| text(body, "id") == Some(&bundle.to_string()));
        let sort_key = own.and_then(|line| line.get("sort_key")).cloned().unwrap_or_default();
        let there = |line: RecordId| children(&shown).any(|body| text(body, "id") == Some(&line.to_string()));
        let bundles = self.quantity_of(bundle);
        let components = product.get("components").and_then(Value::as_array).cloned().unwrap_or_default();
        for component in components.iter().filter_map(Value::as_object) {
            let (Some(id), Some(part)) = (text(component, "id"), text(component, "product")) else { continue };
            let line = bundle.derived(id);
            if !first && !there(line) {
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
            let body = self.body();
            let stands = children(&body).find(|body| text(body, "id") == Some(&line.to_string())).cloned();
            self.basis(line, &stands.unwrap_or_default(), part, unit, &body);
        }
    }

    fn quantity_of(&self, line: RecordId) -> Decimal {
        let body = self.body();
        let line = children(&body).find(|body| text(body, "id") == Some(&line.to_string()));
        let value = line.and_then(|line| line.get("quantity")).and_then(|quantity| decimal(quantity.get("value")));
        value.unwrap_or(Decimal::ONE)
    }
}
