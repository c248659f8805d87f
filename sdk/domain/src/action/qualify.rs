//! Qualifying a lead: the opportunity always, the contact and the account where they are missing (`domain.md` 2.1).

use super::{Author, Planned, Records, create};
use crate::ids::{RecordId, RecordRef};
use crate::record::contact::Contact;
use crate::record::opportunity::Opportunity;
use crate::record::{Record, RecordType, account::Account};
use crate::refusal::Refusal;
use serde_json::{Map, Value, json};

/// What a lead hands on to the contact, as (lead field, contact field).
pub(crate) const TO_CONTACT: &[(&str, &str)] = &[
    ("last_name", "last_name"),
    ("first_name", "first_name"),
    ("job_title", "job_title"),
    ("email", "email"),
    ("business_phone", "business_phone"),
    ("mobile_phone", "mobile_phone"),
    ("owner", "owner"),
];
/// What a lead hands on to the account.
pub(crate) const TO_ACCOUNT: &[(&str, &str)] = &[
    ("company_name", "name"),
    ("website", "website"),
    ("industry", "industry"),
    ("employees", "employees"),
    ("city", "city"),
    ("country", "country"),
    ("owner", "owner"),
];
/// What a lead hands on to the opportunity.
pub(crate) const TO_OPPORTUNITY: &[(&str, &str)] = &[
    ("topic", "topic"),
    ("owner", "owner"),
    ("rating", "rating"),
    ("est_close_date", "est_close_date"),
    ("budget_amount", "budget_amount"),
    ("need", "need"),
    ("timeframe", "timeframe"),
    ("description", "description"),
];

pub(super) fn plan(
    lead: RecordId,
    body: &Map<String, Value>,
    args: &mut Map<String, Value>,
    author: &Author,
    records: &dyn Records,
) -> Result<Vec<Planned>, Refusal> {
    let chosen =
        |arg: &str, field: &str| args.get(arg).or_else(|| body.get(field)).and_then(Value::as_str).and_then(|id| id.parse().ok());
    let chosen_account: Option<RecordId> = chosen("account", "parent_account");
    let chosen_contact: Option<RecordId> = chosen("contact", "parent_contact");
    for (kind, id) in [("account", chosen_account), ("contact", chosen_contact)] {
        if let Some(target) = id.map(|id| RecordRef::new(kind, id))
            && records.raw(&target).is_none()
        {
            return Err(Refusal::field("field.reference", kind, format!("{target} is not on this device")));
        }
    }
    let new_account = chosen_account.is_none() && body.contains_key("company_name");
    let new_contact = chosen_contact.is_none() && body.contains_key("last_name");
    let account = chosen_account.or(new_account.then(|| lead.derived("account")));
    let contact = chosen_contact.or(new_contact.then(|| lead.derived("contact")));
    let mut bundle = Bundle { lead, author, records, planned: Vec::new() };
    if let Some(id) = account.filter(|_| new_account) {
        bundle.add(Account::TYPE, id, handed(body, TO_ACCOUNT), Map::new())?;
    }
    if let Some(id) = contact.filter(|_| new_contact) {
        let link = account.map(|account| ("account".to_owned(), Value::from(account.to_string())));
        bundle.add(Contact::TYPE, id, handed(body, TO_CONTACT), link.into_iter().collect())?;
    }
    let opportunity = lead.derived("opportunity");
    bundle.add(Opportunity::TYPE, opportunity, handed(body, TO_OPPORTUNITY), opportunity_extra(body, account, contact))?;
    for (name, id) in [("account", account), ("contact", contact)] {
        if let Some(id) = id {
            args.insert(name.to_owned(), Value::from(id.to_string()));
        }
    }
    Ok(bundle.planned)
}

struct Bundle<'a> {
    lead: RecordId,
    author: &'a Author,
    records: &'a dyn Records,
    planned: Vec<Planned>,
}

impl Bundle<'_> {
    fn add(
        &mut self,
        kind: &'static RecordType,
        id: RecordId,
        mut fields: Map<String, Value>,
        extra: Map<String, Value>,
    ) -> Result<(), Refusal> {
        let target = RecordRef::new(kind.name, id);
        if self.records.raw(&target).is_some_and(|raw| raw.exists()) {
            return Ok(());
        }
        fields.insert("originating_lead".into(), Value::from(self.lead.to_string()));
        fields.extend(extra);
        let within = Within { planned: &self.planned, lead: self.lead, records: self.records };
        let planned = create(kind, id, &fields, self.author, &within)?;
        self.planned.push(planned);
        Ok(())
    }
}

/// The records held here and those the bundle is about to create.
struct Within<'a> {
    planned: &'a [Planned],
    lead: RecordId,
    records: &'a dyn Records,
}

impl Records for Within<'_> {
    fn raw(&self, target: &RecordRef) -> Option<crate::raw::Raw> {
        if self.planned.iter().any(|planned| planned.target == *target) || target.id == self.lead {
            let mut raw = crate::raw::Raw::default();
            raw.touch(0);
            return Some(raw);
        }
        self.records.raw(target)
    }

    fn referring(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        self.records.referring(kind, field, holds)
    }
}

fn handed(body: &Map<String, Value>, table: &[(&str, &str)]) -> Map<String, Value> {
    let pairs = table.iter().filter_map(|(from, to)| Some(((*to).to_owned(), body.get(*from)?.clone())));
    pairs.collect()
}

fn opportunity_extra(body: &Map<String, Value>, account: Option<RecordId>, contact: Option<RecordId>) -> Map<String, Value> {
    let mut extra = Map::new();
    extra.insert("stage".into(), Value::from("qualify"));
    let customer = account.map(|id| RecordRef::new("account", id)).or(contact.map(|id| RecordRef::new("contact", id)));
    if let Some(customer) = customer {
        extra.insert("customer".into(), Value::from(customer.to_string()));
    }
    if let Some(contact) = contact {
        extra.insert("contact".into(), Value::from(contact.to_string()));
    }
    if let Some(amount) = body.get("est_value") {
        extra.insert("est_value".into(), json!({ "amount": amount }));
    }
    if let Some(currency) = body.get("currency") {
        extra.insert("pricing".into(), json!({ "currency": currency }));
    }
    extra
}
