//! One record out of another: a quote of an opportunity, an order of a quote, an invoice of an order (`domain.md` 2.2 to 2.5).
//!
//! Everything an action makes is in its bundle. Ids follow from the source, so that the same action on two phones makes one
//! record; only what may exist several times takes its id from the action.

use super::{Author, Planned, Records, Wish, difference, entry_at, merge, price, revise};
use crate::authority::Authority;
use crate::body::{self, Body, Whole, children, open_quotes, referring, shown, state, text};
use crate::field::Freeze;
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle::{Attempt, Conversion};
use crate::money;
use crate::pricing::remaining;
use crate::raw::Action;
use crate::record::invoice::Invoice;
use crate::record::opportunity::Opportunity;
use crate::record::order::SalesOrder;
use crate::record::quote::Quote;
use crate::record::{Record, RecordType};
use crate::refusal::{Refusal, a};
use crate::time;
use crate::view;
use serde_json::{Map, Value, json};

/// The record an action is performed on, and what is needed to make others of it.
pub(super) struct Source<'a> {
    pub(super) kind: &'static RecordType,
    pub(super) id: RecordId,
    pub(super) body: &'a Body,
    pub(super) wish: &'a Wish<'a>,
    pub(super) args: &'a Map<String, Value>,
    pub(super) author: &'a Author,
    pub(super) records: &'a dyn Records,
}

/// Plans what a conversion writes.
pub(super) fn plan(conversion: Conversion, source: &Source<'_>) -> Result<Vec<Planned>, Refusal> {
    match conversion {
        Conversion::CreateQuote => source.quote().map(one),
        Conversion::CreateRevision => source.revision().map(one),
        Conversion::CreateOrder => source.order().map(one),
        Conversion::CreateInvoice => source.invoice().map(one),
        Conversion::CopyLines(arg) => source.copy_lines(arg).map(one),
        Conversion::Reprice => Ok(one(source.reprice())),
        Conversion::CompleteBilling => Ok(source.complete_billing()),
        Conversion::ReopenBilling => Ok(source.reopen_billing()),
        Conversion::CloseOpportunity(verb) => source.close_opportunity(verb),
        Conversion::Merge(arg) => merge::plan(source, arg),
        Conversion::CloseQuotes(reason) => Ok(source.close_quotes(reason)),
        Conversion::Below(verb) => Ok(revise::below(source, verb)),
        Conversion::Restore => Ok(revise::restore(source.kind, source.id, source.records).into_iter().collect()),
    }
}

fn one(planned: Planned) -> Vec<Planned> {
    vec![planned]
}

impl Source<'_> {
    fn quote(&self) -> Result<Planned, Refusal> {
        let id = self.wish.id.derived("quote");
        let mut fields = self.handed_on(Quote::TYPE, id)?;
        fields.insert("name".into(), Value::from(self.title()));
        fields.insert("opportunity".into(), Value::from(self.id.to_string()));
        self.make(Quote::TYPE, id, fields)
    }

    fn revision(&self) -> Result<Planned, Refusal> {
        let id = self.id.derived("revision");
        let mut fields = self.handed_on(Quote::TYPE, id)?;
        let revision = self.body.get("revision").and_then(Value::as_i64).unwrap_or(0);
        fields.insert("revision".into(), Value::from(revision.saturating_add(1)));
        fields.insert("predecessor".into(), Value::from(self.id.to_string()));
        self.make(Quote::TYPE, id, fields)
    }

    /// One for each quote (INV-37); an opportunity may have several.
    fn order(&self) -> Result<Planned, Refusal> {
        let quoted = self.kind.name == Quote::TYPE.name;
        let id = if quoted { self.id.derived("order") } else { self.wish.id.derived("order") };
        let mut fields = self.handed_on(SalesOrder::TYPE, id)?;
        if quoted {
            fields.insert("quote".into(), Value::from(self.id.to_string()));
        } else {
            fields.insert("opportunity".into(), Value::from(self.id.to_string()));
            fields.insert("name".into(), Value::from(self.title()));
        }
        self.make(SalesOrder::TYPE, id, fields)
    }

    /// The lines of an opportunity, added to what is there.
    fn copy_lines(&self, arg: &str) -> Result<Planned, Refusal> {
        let target = RecordRef::new(self.kind.name, self.id);
        let named = self.args.get(arg).and_then(Value::as_str).and_then(|id| id.parse().ok());
        let sale = named.map(|id: RecordId| RecordRef::new(Opportunity::TYPE.name, id));
        let Some((sale, body)) = sale.and_then(|sale| shown(&sale, self.records).map(|body| (sale, body))) else {
            let message = format!("{arg} names no opportunity on this device");
            return Err(Refusal::field("field.reference", arg, message));
        };
        let other = Source { kind: Opportunity::TYPE, id: sale.id, body: &body, ..*self };
        let mut fields = other.handed_on(self.kind, self.id)?;
        fields.retain(|name, _| ["lines", "properties"].contains(&name.as_str()));
        let writes = difference::writes(self.kind, &Body::new(), &fields, difference::Hand::Rule)?;
        let current = self.records.raw(&target).unwrap_or_default();
        let writes = price::settle(self.kind, self.id, Some(&current), writes, true, self.author, self.records)?;
        Ok(Planned { target, writes })
    }

    fn reprice(&self) -> Planned {
        let target = RecordRef::new(self.kind.name, self.id);
        let current = self.records.raw(&target).unwrap_or_default();
        let writes = price::reprice(self.kind, self.id, &current, self.author, self.records);
        Planned { target, writes }
    }

    /// The order of an invoice that bills the last of it.
    fn complete_billing(&self) -> Vec<Planned> {
        let Some((target, order)) = self.order_settled().filter(|(_, order)| ["active", "fulfilled"].contains(&state(order)))
        else {
            return Vec::new();
        };
        let mut billed = remaining::issued(target.id, self.id, self.records);
        billed.add(self.body);
        let left = remaining::bill(&order, &remaining::progress_of(&order), &billed, None).map(|bill| bill.lines.len());
        if left == Ok(0) { vec![self.also(target, "complete_billing", Map::new())] } else { Vec::new() }
    }

    /// The order of an invoice that is canceled.
    fn reopen_billing(&self) -> Vec<Planned> {
        let invoiced = self.order_settled().filter(|(_, order)| state(order) == "invoiced");
        invoiced.map(|(target, _)| self.also(target, "reopen_billing", Map::new())).into_iter().collect()
    }

    /// The order an invoice settles.
    fn order_settled(&self) -> Option<(RecordRef, Whole)> {
        let target = RecordRef::new(SalesOrder::TYPE.name, body::id(self.body, "order")?);
        shown(&target, self.records).map(|order| (target, order))
    }

    /// What is left to bill; the order's once-only amounts are apportioned, so that all its invoices come to it (INV-55).
    fn invoice(&self) -> Result<Planned, Refusal> {
        let id = self.wish.id.derived("invoice");
        if self.kind.name == Opportunity::TYPE.name {
            let mut fields = self.handed_on(Invoice::TYPE, id)?;
            fields.insert("opportunity".into(), Value::from(self.id.to_string()));
            fields.insert("name".into(), Value::from(self.title()));
            return self.make(Invoice::TYPE, id, fields);
        }
        let bill = bill(self.id, self.body, self.records).map_err(|error| {
            Refusal::new("order.create_invoice.pricing", format!("the order cannot be priced: {}", error.message))
        })?;
        let mut fields = self.handed_on(Invoice::TYPE, id)?;
        fields.insert("order".into(), Value::from(self.id.to_string()));
        fields.remove("discount_percentage");
        for (field, amount) in [("discount_amount", bill.discount), ("freight_amount", bill.freight)] {
            let spelled = if amount.is_zero() { Value::Null } else { Value::from(money::spell(amount)) };
            fields.insert(field.into(), spelled);
        }
        let lines = fields.get_mut("lines").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
        let left = lines.into_iter().filter_map(|line| {
            let source = line.get("source_line").and_then(Value::as_str)?.to_owned();
            let left = bill.lines.iter().find(|left| left.line.to_string() == source)?;
            let mut line = line.as_object()?.clone();
            if let Some(quantity) = line.get_mut("quantity").and_then(Value::as_object_mut) {
                quantity.insert("value".into(), Value::from(money::spell(left.quantity)));
            }
            line.insert("manual_discount".into(), Value::from(money::spell(left.manual)));
            line.insert("tax".into(), Value::from(money::spell(left.tax)));
            line.insert("share".into(), json!({ "quantity": money::spell(left.quantity), "base": money::spell(left.base) }));
            Some(Value::Object(line))
        });
        let left: Vec<Value> = left.collect();
        fields.insert("lines".into(), Value::Array(left));
        self.make(Invoice::TYPE, id, fields)
    }

    /// The fields both types declare, with the lines copied under ids that follow from the new record and the old line.
    fn handed_on(&self, to: &'static RecordType, id: RecordId) -> Result<Body, Refusal> {
        let mut fields = Body::new();
        for field in to.fields.iter().filter(|field| field.freeze != Freeze::Server) {
            let own = self.kind.field(field.name).is_some_and(|own| own.freeze != Freeze::Server);
            if let Some(value) = self.body.get(field.name).filter(|_| own) {
                fields.insert(field.name.to_owned(), value.clone());
            }
        }
        fields.remove("external_number");
        if to.name != self.kind.name {
            fields.remove("provisional_number");
        }
        let copied = |line: &Value| id.derived(line.as_str().unwrap_or(""));
        let prices = self.settled_prices();
        let lines = children(self.body, "lines").enumerate().map(|(place, line)| {
            let mut copy = only_declared(to, "lines", line);
            self.at_catalogue_price(to, &mut copy)?;
            let old = line.get("id").cloned().unwrap_or_default();
            copy.insert("id".into(), Value::from(copied(&old).to_string()));
            copy.insert("source_line".into(), old.clone());
            let place = i64::try_from(place).unwrap_or(0).saturating_add(1).saturating_mul(10);
            copy.insert("sort_key".into(), Value::from(place.min(1_000_000)));
            if let Some(bundle) = line.get("bundle") {
                copy.insert("bundle".into(), Value::from(copied(bundle).to_string()));
            }
            if let (Some(pin), Some(basis)) = (prices.get(old.as_str().unwrap_or("")), copy.get_mut("basis")) {
                pin_discount(basis, pin);
            }
            Ok(Value::Object(copy))
        });
        let lines: Vec<Value> = lines.collect::<Result<_, Refusal>>()?;
        let properties = children(self.body, "properties").map(|value| {
            let mut copy = only_declared(to, "properties", value);
            let line = copied(value.get("line").unwrap_or(&Value::Null));
            let name = value.get("name").and_then(Value::as_str).unwrap_or("");
            copy.insert("id".into(), Value::from(line.derived(name).to_string()));
            copy.insert("line".into(), Value::from(line.to_string()));
            Value::Object(copy)
        });
        let properties: Vec<Value> = properties.collect();
        fields.insert("lines".into(), Value::Array(lines));
        fields.insert("properties".into(), Value::Array(properties));
        Ok(fields)
    }

    /// A price of one's own is an estimate on an opportunity and a privilege on an offer (INV-15): whoever has it not offers the
    /// catalogue's price.
    fn at_catalogue_price(&self, to: &RecordType, line: &mut Body) -> Result<(), Refusal> {
        let own = self.kind.name == Opportunity::TYPE.name && line.contains_key("price_per_unit");
        if !own || Authority::of(self.author.user, self.author.role, self.records).may_override(to.name) {
            return Ok(());
        }
        if !line.contains_key("product") {
            let what = line.get("description").and_then(Value::as_str).unwrap_or("a line");
            let message = format!("{what} is a write-in, which needs a manager on {}: ask one, or choose a product", a(to.name));
            return Err(Refusal::field("line.price_override", "lines", message));
        }
        line.remove("price_per_unit");
        Ok(())
    }

    /// The volume discounts an invoice takes over from its order, whatever part of the quantity it bills.
    fn settled_prices(&self) -> Body {
        if self.kind.name != SalesOrder::TYPE.name {
            return Body::new();
        }
        let one = |line: &Body| {
            let id = text(line, "id")?.to_owned();
            Some((id, line.get("volume_discount").cloned().unwrap_or_else(|| Value::from("0"))))
        };
        children(self.body, "lines").filter_map(one).collect()
    }

    fn title(&self) -> String {
        view::title(self.kind, self.body)
    }

    fn make(&self, kind: &'static RecordType, id: RecordId, fields: Body) -> Result<Planned, Refusal> {
        let target = RecordRef::new(kind.name, id);
        let there = self.records.raw(&target).filter(crate::raw::Raw::exists);
        if there.is_some() {
            // Another phone's same action made it already; what people did to it since stays.
            return Ok(Planned { target, writes: Vec::new() });
        }
        for field in kind.fields.iter().filter(|field| field.required) {
            if fields.get(field.name).is_none_or(Value::is_null) {
                let message = format!("{} needs this: {}", a(kind.name), field.name.replace('_', " "));
                return Err(Refusal::field(
                    &format!("{}.{}.{}", self.kind.name, self.wish.action, field.name),
                    field.name,
                    message,
                ));
            }
        }
        let writes = difference::writes(kind, &Body::new(), &fields, difference::Hand::Rule)?;
        let writes = price::settle(kind, id, None, writes, true, self.author, self.records)?;
        Ok(Planned { target, writes })
    }

    /// Wins or loses the opportunity with its quote, if the person wants it and no other quote is open (INV-28).
    fn close_opportunity(&self, verb: &str) -> Result<Vec<Planned>, Refusal> {
        let wanted = self.args.get("close_opportunity") == Some(&Value::Bool(true));
        let Some(sale) = body::id(self.body, "opportunity").filter(|_| wanted) else { return Ok(Vec::new()) };
        let target = RecordRef::new("opportunity", sale);
        let Some(body) = shown(&target, self.records).filter(|body| state(body) == "open") else { return Ok(Vec::new()) };
        if open_quotes(sale, self.records).iter().any(|(quote, _)| quote.id != self.id) {
            return Ok(Vec::new());
        }
        let mut args = Map::new();
        let day = ["date_won", "closed_on"].iter().find_map(|day| self.args.get(*day)).cloned();
        args.insert(
            "actual_close_date".into(),
            day.unwrap_or_else(|| Value::from(time::date_of(self.author.now_ms).to_string())),
        );
        if verb == "win" {
            if let Some(total) = self.body.get("total_amount").or(body.get("total_amount")) {
                args.insert("actual_value".into(), total.clone());
            }
        } else {
            args.insert("reason".into(), Value::from("canceled"));
        }
        Ok(vec![self.also(target, verb, args)])
    }

    /// Closes every quote of the opportunity that is left open.
    fn close_quotes(&self, reason: &str) -> Vec<Planned> {
        let day = self.args.get("actual_close_date").cloned().unwrap_or_default();
        open_quotes(self.id, self.records)
            .into_iter()
            .map(|(quote, _)| {
                let args = [("reason".to_owned(), Value::from(reason)), ("closed_on".to_owned(), day.clone())];
                self.also(quote, "supersede", args.into_iter().collect())
            })
            .collect()
    }

    /// The same tap performs an action on another record.
    pub(super) fn also(&self, target: RecordRef, verb: &str, args: Map<String, Value>) -> Planned {
        let id = self.wish.id.derived(&format!("{verb}/{target}"));
        let turn = self.records.raw(&target).map_or(1, |raw| raw.next_turn());
        let action = Action { id, action: verb.to_owned(), by: self.author.user, at: self.author.now_ms, turn, args };
        Planned { target, writes: vec![entry_at(&action)] }
    }
}

/// What is left to bill of an order.
fn bill(id: RecordId, body: &Body, records: &dyn Records) -> Result<remaining::Bill, crate::pricing::PricingError> {
    remaining::bill(body, &remaining::progress_of(body), &billed_of(id, None, records), None)
}

/// What is billed of an order, but by this invoice.
pub(super) fn billed_of(order: RecordId, but: Option<RecordId>, records: &dyn Records) -> remaining::Billed {
    let invoices = referring("invoice", "order", &order.to_string(), records).into_iter();
    let others: Vec<Whole> = invoices.filter(|(target, _)| Some(target.id) != but).map(|(_, invoice)| invoice).collect();
    remaining::billed(&others)
}

/// Whether the lines of an order may change: nothing of it is billed for good or canceled (INV-50).
pub(crate) fn order_lines_open(id: RecordId, order: &Body, records: &dyn Records) -> bool {
    let canceled = children(order, "lines").any(|line| line.contains_key("quantity_cancelled"));
    !canceled && referring("invoice", "order", &id.to_string(), records).iter().all(|(_, invoice)| !remaining::is_issued(invoice))
}

/// Whether something of an order is left to bill; `None` where the invoices around it are not known.
pub(crate) fn order_to_bill(attempt: &Attempt<'_>) -> Option<bool> {
    let records = attempt.around?;
    Some(bill(attempt.id, attempt.record, records).map_or(true, |bill| !bill.lines.is_empty()))
}

fn pin_discount(basis: &mut Value, discount: &Value) {
    if let Some(basis) = basis.as_object_mut() {
        basis.remove("tiers");
        basis.remove("discount_kind");
        basis.insert("volume_discount".into(), discount.clone());
    }
}

fn only_declared(to: &RecordType, collection: &str, child: &Body) -> Body {
    let Some(collection) = to.collection(collection) else { return Body::new() };
    let fields = collection.fields.iter().filter(|field| field.freeze != Freeze::Server);
    fields.filter_map(|field| Some((field.name.to_owned(), child.get(field.name)?.clone()))).collect()
}
