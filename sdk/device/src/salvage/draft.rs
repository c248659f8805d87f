//! Proposed lines and edits on a draft of their own: a follow-on opportunity, a new quote or order, a revision, an invoice
//! issued again.

use fieldbook_domain::action::Records;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::owner;
use fieldbook_domain::record::RecordType;
use fieldbook_domain::refusal::{Refusal, a};
use fieldbook_domain::view;
use serde_json::{Map, Value};

use super::Job;
use crate::desk::declared;
use crate::edit::{Edit, Values};
use crate::error::Error;

type Body = Map<String, Value>;

/// What a draft takes over from the record the lines were proposed on.
const HANDED_ON: &[&str] = &["customer", "contact", "pricing"];

/// Currency and price list.
const PRICING: &str = "pricing";

/// What of a line is an amount somebody typed in the currency of its document.
const IN_ITS_CURRENCY: &[&str] = &["price_per_unit", "manual_discount", "tax"];

/// The longest title of a draft.
const TITLE_MAX: usize = 200;

impl Job<'_, '_> {
    /// Creates a draft with what was proposed.
    pub(super) fn start(&mut self, to: &str) -> Result<String, Error> {
        let (to, id) = (declared(to)?, self.made());
        let source = self.bundle.get(self.kind.name, self.id())?;
        let mut fields = self.handed_on(to, &source, HANDED_ON);
        let lost = self.lost();
        if lost.is_empty() {
            // The document itself came too late, as when its sale was closed meanwhile.
            put_lines(to, id, &source, &mut fields);
        } else if let Some(pricing) = lost.get(PRICING).filter(|_| to.name == "quote" && lost.keys().all(|key| is_currency(key)))
        {
            // Another currency: the lines are what they were, their prices are those of its list.
            fields.insert(PRICING.to_owned(), pricing.clone());
            put_lines(to, id, &source, &mut fields);
            let lines = fields.get_mut("lines").and_then(Value::as_array_mut);
            for line in lines.into_iter().flatten().filter_map(Value::as_object_mut) {
                line.retain(|name, _| !IN_ITS_CURRENCY.contains(&name.as_str()));
            }
        }
        let copied = fields.contains_key("lines");
        let title = match to.name {
            "opportunity" => format!("Follow-on of {}", view::title(self.kind, &source)),
            _ => view::title(self.kind, &source),
        };
        fields.insert(to.title.to_owned(), Value::from(title.chars().take(TITLE_MAX).collect::<String>()));
        if !self.propose(to, id, &mut fields, &source) && !copied {
            return Err(Refusal::new("salvage.nothing", "nothing was proposed that could be put on a draft").into());
        }
        self.file_under_sale(to, &source, &mut fields);
        self.bundle.create(to.name, Some(id), fields)?;
        self.let_go(&self.decision.record, &self.lost())?;
        Ok(format!("created {} with what was proposed: {id}", a(to.name)))
    }

    /// Revises the quote and makes the edits on the new draft.
    pub(super) fn revise(&mut self) -> Result<String, Error> {
        self.bundle.act_as(self.deed(), self.kind.name, self.id(), "revise", Map::new())?;
        let draft = self.id().derived("revision");
        let was = self.bundle.get(self.kind.name, draft)?;
        let mut now = was.clone();
        self.propose(self.kind, draft, &mut now, &Body::new());
        if now != was {
            self.bundle.save(self.kind.name, draft, &was, &now)?;
        }
        self.let_go(&self.decision.record, &self.lost())?;
        Ok(format!("revised {} with the edits: {draft}", self.decision.title))
    }

    /// Cancels the invoice unless the office has, and drafts it anew with the edits.
    pub(super) fn reissue(&mut self) -> Result<String, Error> {
        let invoice = self.bundle.get(self.kind.name, self.id())?;
        if invoice.get("state").and_then(Value::as_str) != Some("canceled") {
            self.bundle.act(self.kind.name, self.id(), "cancel", Map::new())?;
        }
        let order = invoice.get("order").and_then(Value::as_str).and_then(|id| id.parse::<RecordId>().ok());
        let draft = match order {
            Some(order) => self.bundle.act_as(self.deed(), "order", order, "create_invoice", Map::new())?.derived("invoice"),
            None => self.copy(&invoice)?,
        };
        let was = self.bundle.get(self.kind.name, draft)?;
        let mut now = was.clone();
        // A line of the new invoice is named for the line it settles.
        let settles = |id: RecordId| {
            let line = lines(&invoice).find(|line| line.get("id").and_then(Value::as_str) == Some(id.to_string().as_str()));
            let source = line.filter(|_| order.is_some()).and_then(|line| line.get("source_line")?.as_str()?.parse().ok());
            draft.derived(&source.unwrap_or(id).to_string())
        };
        let rename = |_: &str, id: RecordId| settles(id);
        if order.is_some() {
            // It bills what the canceled one billed, not all that is left to bill.
            let billed: Vec<String> = line_ids(&invoice).map(|id| settles(id).to_string()).collect();
            if let Some(lines) = now.get_mut("lines").and_then(Value::as_array_mut) {
                lines
                    .retain(|line| line.get("id").and_then(Value::as_str).is_some_and(|id| billed.iter().any(|kept| kept == id)));
            }
            let quantities = values_of(&invoice, "quantity");
            Edit { kind: self.kind, values: &quantities, base: Some(&invoice), rename: &rename }.apply(&mut now);
        }
        Edit { kind: self.kind, values: &self.lost(), base: Some(&invoice), rename: &rename }.apply(&mut now);
        if now != was {
            self.bundle.save(self.kind.name, draft, &was, &now)?;
        }
        self.let_go(&self.decision.record, &self.lost())?;
        Ok(format!("canceled {} and drafted it anew: {draft}", self.decision.title))
    }

    /// A draft like an invoice of no order.
    fn copy(&mut self, invoice: &Body) -> Result<RecordId, Error> {
        let id = self.made();
        let names: Vec<&str> = self.kind.fields.iter().map(|field| field.name).collect();
        let mut fields = self.handed_on(self.kind, invoice, &names);
        put_lines(self.kind, id, invoice, &mut fields);
        self.bundle.create(self.kind.name, Some(id), fields)
    }

    /// Puts what was lost into a draft, under ids that follow from the draft and the old line.
    fn propose(&self, to: &'static RecordType, id: RecordId, fields: &mut Body, source: &Body) -> bool {
        let rename = |_: &str, line: RecordId| id.derived(&line.to_string());
        let mut values = self.lost();
        // The title of the draft is its own.
        values.remove(to.title);
        Edit { kind: to, values: &values, base: Some(source), rename: &rename }.apply(fields)
    }

    /// The fields both types declare and a person may write.
    fn handed_on(&self, to: &'static RecordType, source: &Body, names: &[&str]) -> Body {
        let mut fields = Body::new();
        for field in to.fields.iter().filter(|field| names.contains(&field.name) && crate::edit::is_typed(field)) {
            if let Some(value) = source.get(field.name) {
                fields.insert(field.name.to_owned(), value.clone());
            }
        }
        fields
    }

    /// Files the draft under the sale of its source, while that is open and in the same currency.
    fn file_under_sale(&self, to: &'static RecordType, source: &Body, fields: &mut Body) {
        let named = match self.kind.name {
            "opportunity" => Some(self.id()),
            _ => source.get("opportunity").and_then(Value::as_str).and_then(|id| id.parse().ok()),
        };
        let Some(sale) = named.filter(|_| to.field("opportunity").is_some()) else { return };
        let Ok(kind) = declared("opportunity") else { return };
        let Some(raw) = self.bundle.raw(&RecordRef::new(kind.name, sale)).filter(|raw| owner::is_open(kind, raw)) else { return };
        let body = view::of(kind, sale, &raw).body;
        let (theirs, own) = (currency(&body), currency(fields));
        if theirs.is_none() || own.is_none() || theirs == own {
            fields.insert("opportunity".to_owned(), Value::from(sale.to_string()));
        }
    }
}

/// Whether a register says in which currency a document is, and nothing else.
fn is_currency(key: &str) -> bool {
    [PRICING, "exchange_rate"].contains(&key)
}

fn currency(body: &Body) -> Option<&str> {
    body.get(PRICING)?.get("currency")?.as_str()
}

/// Copies the lines of a record into a draft, under ids that follow from the draft and the old line.
fn put_lines(to: &'static RecordType, id: RecordId, source: &Body, fields: &mut Body) {
    let rename = |_: &str, line: RecordId| id.derived(&line.to_string());
    Edit { kind: to, values: &values_of(source, "sort_key"), base: Some(source), rename: &rename }.apply(fields);
}

/// One field of every line, by register; a line that has none is named all the same.
fn values_of(body: &Body, field: &str) -> Values {
    let one = |line: &Body| {
        let id = line.get("id")?.as_str()?;
        Some((format!("lines/{id}/{field}"), line.get(field).cloned().unwrap_or(Value::Null)))
    };
    lines(body).filter_map(one).collect()
}

fn line_ids(body: &Body) -> impl Iterator<Item = RecordId> {
    lines(body).filter_map(|line| line.get("id")?.as_str()?.parse().ok())
}

fn lines(body: &Body) -> impl Iterator<Item = &Body> {
    body.get("lines").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}
