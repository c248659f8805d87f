//! Proposed lines and edits on a draft of their own: a follow-on opportunity, a new quote or order, a revision, an invoice
//! issued again.

use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record::RecordType;
use fieldbook_domain::refusal::{Refusal, a};
use fieldbook_domain::view;
use serde_json::{Map, Value};

use super::Job;
use crate::desk::declared;
use crate::edit::Edit;
use crate::error::Error;

type Body = Map<String, Value>;

/// What a draft takes over from the record the lines were proposed on.
const HANDED_ON: &[&str] = &["customer", "contact", "pricing"];

/// The longest title of a draft.
const TITLE_MAX: usize = 200;

impl Job<'_, '_> {
    /// Creates a draft with what was proposed.
    pub(super) fn start(&mut self, to: &str) -> Result<String, Error> {
        let to = declared(to)?;
        let id = self.made();
        if self.bundle.holds(to.name, id) {
            return Err(Refusal::new("salvage.there", format!("that was done on another phone: {} {id}", to.name)).into());
        }
        let source = self.bundle.get(self.kind.name, self.id())?;
        let mut fields = self.handed_on(to, &source, HANDED_ON);
        let title = match to.name {
            "opportunity" => format!("Follow-on of {}", view::title(self.kind, &source)),
            _ => view::title(self.kind, &source),
        };
        fields.insert(to.title.to_owned(), Value::from(title.chars().take(TITLE_MAX).collect::<String>()));
        if !self.propose(to, id, &mut fields, &source) {
            return Err(Refusal::new("salvage.nothing", "nothing was proposed that could be put on a draft").into());
        }
        self.bundle.create(to.name, Some(id), fields)?;
        self.let_go(&self.decision.record, &self.lost())?;
        Ok(format!("created {} with what was proposed: {id}", a(to.name)))
    }

    /// Revises the quote and makes the edits on the new draft.
    pub(super) fn revise(&mut self) -> Result<String, Error> {
        self.bundle.act(self.kind.name, self.id(), "revise", Map::new())?;
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
            Some(order) => self.bundle.act("order", order, "create_invoice", Map::new())?.derived("invoice"),
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
        let whole =
            lines(invoice).filter_map(|line| line.get("id")?.as_str()).map(|line| (format!("lines/{line}/sort_key"), line));
        let values = whole.filter_map(|(key, line)| Some((key, sort_key(invoice, line)?))).collect();
        let rename = |_: &str, line: RecordId| id.derived(&line.to_string());
        Edit { kind: self.kind, values: &values, base: Some(invoice), rename: &rename }.apply(&mut fields);
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
        if to.field("opportunity").is_some() && to.name != self.kind.name {
            let own = RecordRef::new(self.kind.name, self.id());
            let sale = if own.kind == "opportunity" {
                Some(Value::from(own.id.to_string()))
            } else {
                source.get("opportunity").cloned()
            };
            fields.extend(sale.map(|sale| ("opportunity".to_owned(), sale)));
        }
        fields
    }
}

fn lines(body: &Body) -> impl Iterator<Item = &Body> {
    body.get("lines").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn sort_key(body: &Body, id: &str) -> Option<Value> {
    let line = lines(body).find(|line| line.get("id").and_then(Value::as_str) == Some(id))?;
    Some(line.get("sort_key").cloned().unwrap_or_else(|| Value::from(0)))
}
