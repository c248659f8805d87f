//! What a save of a priced record writes besides what a person typed: prices looked up, bundles unfolded, numbers given.
//!
//! Only lines whose product, unit or price list changed are looked up again; opening a record looks nothing up.

use super::{Author, Records, order_lines_open};
use crate::authority::Authority;
use crate::body::{self, Body, Whole, children, is_active, part, read, text};
use crate::document::Write;
use crate::ids::{RecordId, RecordRef};
use crate::key;
use crate::pricing::basis::{self, Wanted};
use crate::pricing::property;
use crate::raw::{Raw, Scalar};
use crate::record::RecordType;
use crate::record::account::Account;
use crate::record::catalogue::{Product, UnitOfMeasure};
use crate::record::people::User;
use crate::record::price_list::PriceList;
use crate::refusal::Refusal;
use crate::view;
use serde_json::{Value, json};
use std::collections::BTreeSet;

mod bundle;
mod rebill;
mod reprice;

pub(super) use reprice::all as reprice;
pub(crate) use reprice::{Moved, differing};

const LINES: &str = "lines";

/// A save at work.
struct Desk<'a> {
    kind: &'static RecordType,
    id: RecordId,
    before: Option<Whole>,
    after: Raw,
    writes: Vec<Write>,
    /// The registers that came filled, before anything was worked out.
    typed: BTreeSet<String>,
    author: &'a Author,
    records: &'a dyn Records,
    /// Prices are taken over as they are: a rule makes the record, no person types it.
    settled: bool,
}

/// Adds what follows from the writes of a person (or, `settled`, of a rule) to a priced record.
pub(super) fn settle(
    kind: &'static RecordType,
    id: RecordId,
    current: Option<&Raw>,
    writes: Vec<Write>,
    settled: bool,
    author: &Author,
    records: &dyn Records,
) -> Result<Vec<Write>, Refusal> {
    if kind.collection(LINES).is_none() || writes.is_empty() {
        return Ok(writes);
    }
    let mut desk = Desk::new(kind, id, current, writes, settled, author, records);
    desk.numbers();
    desk.header()?;
    desk.lines_open()?;
    desk.lines()?;
    desk.properties()?;
    rebill::settle(&mut desk)?;
    Ok(desk.writes)
}

impl<'a> Desk<'a> {
    fn new(
        kind: &'static RecordType,
        id: RecordId,
        current: Option<&Raw>,
        writes: Vec<Write>,
        settled: bool,
        author: &'a Author,
        records: &'a dyn Records,
    ) -> Self {
        let mut after = current.cloned().unwrap_or_default();
        after.apply(&writes);
        let before = current.map(|raw| view::of(kind, id, raw).body);
        let filled = |write: &Write| match write {
            Write::Put { key, value } if !value.is_null() => Some(key.clone()),
            Write::Put { .. } | Write::Text { .. } => None,
        };
        let typed = writes.iter().filter_map(filled).collect();
        Desk { kind, id, before, after, writes, typed, author, records, settled }
    }
}

impl Desk<'_> {
    fn body(&self) -> Whole {
        view::of(self.kind, self.id, &self.after).body
    }

    fn put(&mut self, key: String, value: &Value) {
        let write = Write::put(key, Scalar::from_json(value));
        self.after.apply(std::slice::from_ref(&write));
        self.writes
            .retain(|earlier| !matches!((earlier, &write), (Write::Put { key: a, .. }, Write::Put { key: b, .. }) if a == b));
        self.writes.push(write);
    }

    fn wrote(&self, key: &str) -> bool {
        self.typed.contains(key)
    }

    fn touched(&self, line: RecordId) -> bool {
        let prefix = key::child(LINES, line, "");
        self.typed.range(prefix.clone()..).next().is_some_and(|key| key.starts_with(&prefix))
    }

    /// A number to print until the office gives one; it follows from the id, so it is never given twice (INV-32).
    fn numbers(&mut self) {
        for (field, sign) in [("quote_number", "Q"), ("order_number", "O")] {
            if self.before.is_none() && self.kind.field(field).is_some() && !self.wrote(field) {
                let provisional = Value::from(format!("{sign}-{}", self.id.short()));
                self.put(field.to_owned(), &provisional);
                self.put("provisional_number".to_owned(), &provisional);
            }
        }
        if self.before.is_none() && self.kind.field("revision").is_some() && !self.wrote("revision") {
            self.put("revision".to_owned(), &Value::from(0));
        }
    }

    /// Currency, price list and exchange rate of the header (`domain.md` 3.1, 3.6; INV-40).
    fn header(&mut self) -> Result<(), Refusal> {
        let body = self.body();
        let had = self.before.as_ref().and_then(|before| part(before, "pricing", "currency")).map(str::to_owned);
        let lines = self.before.as_ref().and_then(|before| before.get(LINES)).is_some();
        let now = part(&body, "pricing", "currency").map(str::to_owned);
        if lines && had.is_some() && had != now {
            let message = "the currency cannot change while there are lines; remove them or start anew";
            return Err(Refusal::field("pricing.currency", "pricing", message));
        }
        if lines && body.get("prices_locked") == Some(&Value::Bool(true)) && self.writes.iter().any(is_pricing) {
            let message = "prices are locked: choose use_current_pricing before choosing another price list";
            return Err(Refusal::field("pricing.locked", "pricing", message));
        }
        if self.before.is_none() && part(&body, "pricing", "price_list").is_none() {
            let list = self.usual_list(&body, now.as_deref());
            if let Some((list, currency)) = list {
                self.put("pricing".to_owned(), &json!({ "currency": currency, "price_list": list.to_string() }));
            }
        } else if let (Some(list), None) = (part(&body, "pricing", "price_list"), &now) {
            let held = list.parse().ok().and_then(|id| read::<PriceList>(id, self.records));
            if let Some(currency) = held.as_ref().and_then(|list| list.get("currency")) {
                self.put("pricing".to_owned(), &json!({ "currency": currency, "price_list": list }));
            }
        }
        let body = self.body();
        let currency = part(&body, "pricing", "currency").map(str::to_owned);
        if self.kind.field("exchange_rate").is_some() && !body.contains_key("exchange_rate") || currency != had {
            let rate = currency.and_then(|currency| basis::rate(&currency, self.records));
            if let Some(rate) = rate.filter(|rate| body.get("exchange_rate").and_then(Value::as_str) != Some(rate)) {
                self.put("exchange_rate".to_owned(), &Value::from(rate));
            }
        }
        Ok(())
    }

    /// The lines of an order stay once something of it was billed or canceled (INV-50).
    fn lines_open(&self) -> Result<(), Refusal> {
        let Some(before) = self.before.as_ref().filter(|_| self.kind.name == "order" && !self.settled) else { return Ok(()) };
        let touched = |write: &Write| matches!(write, Write::Put { key, .. } if key.starts_with("lines/"));
        if !self.writes.iter().any(touched) || order_lines_open(self.id, before, self.records) {
            return Ok(());
        }
        let message = "its lines cannot be changed, as something of it was billed or canceled: make another order";
        Err(Refusal::field("order.lines", LINES, message))
    }

    /// The customer's own list, else the one list of the seller's territory.
    fn usual_list(&self, body: &Body, currency: Option<&str>) -> Option<(RecordId, String)> {
        let fits = |id: RecordId| {
            let list = read::<PriceList>(id, self.records).filter(|list| is_active(list))?;
            let own = list.get("currency").and_then(Value::as_str)?.to_owned();
            currency.is_none_or(|wanted| wanted == own).then_some((id, own))
        };
        let customer: Option<RecordRef> = text(body, "customer").and_then(|customer| customer.parse().ok());
        let account = customer
            .filter(|customer| customer.kind == "account")
            .and_then(|customer| read::<Account>(customer.id, self.records));
        let own = account.as_ref().and_then(|account| body::id(account, "default_price_list"));
        if let Some(found) = own.and_then(fits) {
            return Some(found);
        }
        let user = read::<User>(self.author.user, self.records)?;
        let lists = self.records.referring("price_list", "territory", text(&user, "territory")?);
        match lists.iter().filter_map(|list| fits(list.id)).collect::<Vec<_>>().as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    }

    fn lines(&mut self) -> Result<(), Refusal> {
        let body = self.body();
        let list_moved = self.before.as_ref().is_some_and(|before| before.get("pricing") != body.get("pricing"));
        for line in children(&body, LINES) {
            if let Some(id) = body::id(line, "id").filter(|id| list_moved || self.touched(*id)) {
                self.line(id, line, &body)?;
            }
        }
        // Components leave with their bundle (INV-47).
        let gone = |line: &&Body| body::id(line, "bundle").is_some_and(|bundle| body::child(&body, LINES, bundle).is_none());
        for orphan in children(&body, LINES).filter(gone).filter_map(|line| body::id(line, "id")) {
            self.put(key::child(LINES, orphan, key::REMOVED), &Value::Bool(true));
        }
        Ok(())
    }

    fn line(&mut self, id: RecordId, line: &Body, body: &Body) -> Result<(), Refusal> {
        let product = body::id(line, "product");
        self.may_price(id, line, body)?;
        self.locked_component(id, line)?;
        let Some(product) = product else { return Ok(()) };
        if line.contains_key("description") && !self.settled {
            let message = "a line is a catalogue product or a write-in with a description, not both";
            return Err(Refusal::field("line.kind", "description", message));
        }
        let held = self.product(id, product)?;
        let quantity = line.get("quantity").and_then(Value::as_object).cloned().unwrap_or_default();
        let unit = match body::id(&quantity, "unit") {
            Some(unit) => Some(unit),
            None => {
                let usual = body::id(&held, "default_unit");
                if let Some(unit) = usual {
                    let mut quantity = quantity;
                    quantity.insert("unit".to_owned(), Value::from(unit.to_string()));
                    self.put(key::child(LINES, id, "quantity"), &Value::Object(quantity));
                }
                usual
            }
        };
        let Some(unit) = unit else { return Ok(()) };
        self.unit_in_group(&held, unit)?;
        self.basis(id, line.get("basis"), (product, unit), body);
        if text(&held, "structure") == Some("bundle") && !self.settled {
            self.unfold(id, line, &held, body);
        }
        Ok(())
    }

    /// Overrides and write-ins are a privilege (INV-15), and locked prices take none.
    fn may_price(&self, id: RecordId, line: &Body, body: &Body) -> Result<(), Refusal> {
        if self.settled || !self.wrote(&key::child(LINES, id, "price_per_unit")) {
            return Ok(());
        }
        if !Authority::of(self.author.user, self.author.role, self.records).may_override(self.kind.name) {
            let what = if line.contains_key("product") { "another price than the catalogue's" } else { "a write-in" };
            let message = format!("{what} needs a manager; give a manual discount, or ask for the price");
            return Err(Refusal::field("line.price_override", "price_per_unit", message));
        }
        if !line.contains_key("product") && body.get("prices_locked") == Some(&Value::Bool(true)) {
            let message = "prices are locked: choose use_current_pricing before writing something in";
            return Err(Refusal::field("line.locked", "price_per_unit", message));
        }
        Ok(())
    }

    /// The product, which must be on sale when it is chosen (INV-41).
    fn product(&self, line: RecordId, id: RecordId) -> Result<Whole, Refusal> {
        let Some(held) = read::<Product>(id, self.records) else { return Ok(Whole::default()) };
        if self.settled || !self.wrote(&key::child(LINES, line, "product")) {
            return Ok(held);
        }
        let name = text(&held, "name").unwrap_or("it").to_owned();
        if text(&held, "structure") == Some("family") {
            return Err(Refusal::field("line.product", "product", format!("{name} is a family: choose one of its products")));
        }
        if !is_active(&held) {
            let state = text(&held, "state").unwrap_or("gone").replace('_', " ");
            let message = format!("{name} is {state} and not on sale; `suggest` shows what could take its place");
            return Err(Refusal::field("line.product", "product", message));
        }
        Ok(held)
    }

    /// A unit of the product's group (INV-64).
    fn unit_in_group(&self, product: &Body, unit: RecordId) -> Result<(), Refusal> {
        let group = text(product, "unit_group");
        let held = read::<UnitOfMeasure>(unit, self.records);
        let own = held.as_ref().and_then(|unit| text(unit, "unit_group"));
        if group.is_some() && own.is_some() && group != own {
            let message = "the product is not sold in this unit: choose one of its unit group";
            return Err(Refusal::field("line.unit", "quantity.unit", message));
        }
        Ok(())
    }

    /// Looks the price up, unless what stands there is about the same.
    fn basis(&mut self, line: RecordId, stands: Option<&Value>, (product, unit): (RecordId, RecordId), body: &Body) {
        let list: Option<RecordId> = part(body, "pricing", "price_list").and_then(|list| list.parse().ok());
        let same = |basis: &Body| {
            let says = |name: &str, id: Option<RecordId>| body::id(basis, name) == id;
            says("product", Some(product)) && says("unit", Some(unit)) && says("price_list", list) && !basis.contains_key("error")
        };
        if stands.and_then(Value::as_object).is_some_and(same) {
            return;
        }
        let currency = part(body, "pricing", "currency").unwrap_or("");
        let wanted = Wanted { price_list: list, currency, product, unit };
        let found = basis::look_up(&wanted, self.author.now_ms, self.records);
        self.put(key::child(LINES, line, "basis"), &Value::Object(found));
    }

    /// Values fit their definitions (INV-48).
    fn properties(&mut self) -> Result<(), Refusal> {
        if self.settled || !self.typed.iter().any(|key| key.starts_with("properties/")) {
            return Ok(());
        }
        let body = self.body();
        for value in children(&body, "properties") {
            let Some(id) = body::id(value, "id") else { continue };
            let at = key::child("properties", id, "value");
            if !["line", "name", "value"].iter().any(|field| self.wrote(&key::child("properties", id, field))) {
                continue;
            }
            let line = children(&body, LINES).find(|line| text(line, "id") == text(value, "line"));
            let product = line.and_then(|line| body::id(line, "product"));
            let Some(product) = product else {
                return Err(Refusal::field("property.line", "line", "a property belongs to a line with a product"));
            };
            let name = text(value, "name").unwrap_or("");
            let definitions = property::definitions(product, self.records);
            let Some(definition) = definitions.iter().find(|known| text(known, "name") == Some(name)) else {
                return Err(Refusal::field("property.unknown", "name", format!("the product has no property {name}")));
            };
            let spelled = property::check(definition, text(value, "value").unwrap_or(""))?;
            self.put(at, &Value::from(spelled));
        }
        Ok(())
    }
}

fn is_pricing(write: &Write) -> bool {
    matches!(write, Write::Put { key, .. } if key == "pricing")
}
