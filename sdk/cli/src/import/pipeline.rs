//! `sales_pipeline.csv`: the opportunities, each with its product line, won and lost ones closed in the same bundle.

use super::catalogue::{CURRENCY, Catalogue};
use super::names::Names;
use super::plan::{self, Planned, fields, id_value, reference};
use super::report::{Place, Report};
use super::source::Row;
use chrono::NaiveDate;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::money;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) const FILE: &str = "sales_pipeline.csv";
pub(super) const COLUMNS: &[&str] =
    &["opportunity_id", "sales_agent", "product", "account", "deal_stage", "engage_date", "close_date", "close_value"];

/// What opportunities refer to.
#[derive(Debug)]
pub(super) struct Sold {
    /// Who sells.
    pub(super) agents: Names<RecordId>,
    /// What is sold.
    pub(super) catalogue: Catalogue,
    /// Who buys.
    pub(super) customers: Names<RecordId>,
}

/// Plans the opportunities.
pub(super) fn plan(rows: &[Row], sold: &Sold, planned: &mut Vec<Planned>, report: &mut Report) {
    let mut lines: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        let number = row.text("opportunity_id");
        let read = match lines.get(number) {
            Some(line) if !number.is_empty() => Err(format!("opportunity_id \"{number}\" is in line {line} already")),
            _ => opportunity(row, sold, report),
        };
        match read {
            Ok(opportunity) => {
                lines.insert(number, row.place.line);
                doubts(&opportunity, row.place, report);
                planned.push(opportunity.planned(sold, row.place));
            }
            Err(reason) => report.reject(row.place, reason),
        }
    }
}

/// How far a row says the sale has come.
enum Stage {
    Prospecting,
    Engaging,
    Won { on: NaiveDate, value: Decimal },
    Lost { on: NaiveDate, value: Decimal },
}

struct Opportunity<'r> {
    number: &'r str,
    agent: RecordId,
    product: (String, RecordId, Decimal),
    customer: Option<(String, RecordId)>,
    engaged_on: Option<NaiveDate>,
    stage: Stage,
    /// What an open row says of its close although it is not closed.
    closes_early: bool,
}

fn opportunity<'r>(row: &'r Row, sold: &Sold, report: &mut Report) -> Result<Opportunity<'r>, String> {
    let number = row.needed("opportunity_id")?;
    let engaged_on = row.date("engage_date")?;
    let (closed_on, value) = (row.date("close_date")?, row.amount("close_value")?);
    let stage = stage(row.needed("deal_stage")?, closed_on, value)?;
    let is_open = matches!(stage, Stage::Prospecting | Stage::Engaging);
    let closes_early = is_open && (closed_on.is_some() || value.is_some());
    let agent = known(&sold.agents, row, "sales_agent", report)?;
    let product = known(&sold.catalogue.products, row, "product", report)?;
    let (agent, product) = match (agent, product) {
        (Some((_, agent)), Some((name, (id, price)))) => (agent, (name, id, price)),
        (None, _) => return Err("sales_agent is empty".to_owned()),
        (_, None) => return Err("product is empty".to_owned()),
    };
    let customer = known(&sold.customers, row, "account", report)?;
    if customer.is_none() && matches!(stage, Stage::Won { .. }) {
        return Err("it is won, but account is empty".to_owned());
    }
    Ok(Opportunity { number, agent, product, customer, engaged_on, stage, closes_early })
}

fn stage(word: &str, closed_on: Option<NaiveDate>, value: Option<Decimal>) -> Result<Stage, String> {
    let closed = |word: &str| closed_on.ok_or_else(|| format!("it is {word}, but close_date is empty"));
    match word {
        "Prospecting" => Ok(Stage::Prospecting),
        "Engaging" => Ok(Stage::Engaging),
        "Won" => {
            let on = closed("won")?;
            let value = value.ok_or("it is won, but close_value is empty")?;
            Ok(Stage::Won { on, value })
        }
        "Lost" => Ok(Stage::Lost { on: closed("lost")?, value: value.unwrap_or_default() }),
        _ => Err(format!("deal_stage \"{word}\" is not Prospecting, Engaging, Won or Lost")),
    }
}

/// What the name in a column means; nothing where the column is empty.
fn known<T: Clone + PartialEq>(
    names: &Names<T>,
    row: &Row,
    column: &'static str,
    report: &mut Report,
) -> Result<Option<(String, T)>, String> {
    let name = row.text(column);
    if name.is_empty() {
        return Ok(None);
    }
    match names.find(name, row.place, column, report) {
        Some(found) => Ok(Some(found)),
        None => Err(format!("{column} \"{name}\" is not known here")),
    }
}

fn doubts(opportunity: &Opportunity<'_>, place: Place, report: &mut Report) {
    let Opportunity { customer, engaged_on, stage, closes_early, .. } = opportunity;
    match stage {
        Stage::Prospecting => {}
        Stage::Engaging if engaged_on.is_none() => report.warn(place, "engaging, but no engage_date"),
        Stage::Engaging => {}
        Stage::Won { on, .. } | Stage::Lost { on, .. } => {
            if engaged_on.is_some_and(|engaged| engaged > *on) {
                report.warn(place, "closed before it was engaged");
            }
        }
    }
    if let Stage::Lost { value, .. } = stage
        && !value.is_zero()
    {
        report.warn(place, "lost, but with a close_value; the value was left out");
    }
    if *closes_early {
        report.warn(place, "open, but with a close_date or close_value; they were left out");
    }
    if customer.is_none() {
        report.warn(place, "no account; it needs one before it can be won");
    }
}

impl Opportunity<'_> {
    fn planned(self, sold: &Sold, place: Place) -> Planned {
        let id = plan::id("opportunity", self.number);
        let (product, _, price) = &self.product;
        let topic = match &self.customer {
            Some((customer, _)) => format!("{product} for {customer}"),
            None => product.clone(),
        };
        let mut record = fields([
            ("topic", Value::from(topic)),
            ("owner", reference("user", self.agent)),
            ("customer", self.customer.as_ref().map_or(Value::Null, |(_, id)| reference("account", *id))),
            ("external_number", Value::from(self.number)),
            ("engaged_on", self.engaged_on.map_or(Value::Null, |day| Value::from(day.to_string()))),
            ("stage", Value::from(if matches!(self.stage, Stage::Prospecting) { "qualify" } else { "develop" })),
            ("est_value", json!({ "amount": money::spell(*price), "system_calculated": false })),
        ]);
        record.insert("pricing".into(), pricing(&sold.catalogue));
        record.insert("lines".into(), json!([self.line(id, &sold.catalogue)]));
        let (state, value) = match self.stage {
            Stage::Prospecting | Stage::Engaging => ("open", *price),
            Stage::Won { value, .. } => ("won", value),
            Stage::Lost { .. } => ("lost", Decimal::ZERO),
        };
        let action = self.action();
        Planned { action, worth: Some((state, value)), ..Planned::of_row("opportunity", id, record, place) }
    }

    fn line(&self, opportunity: RecordId, catalogue: &Catalogue) -> Value {
        let (_, product, price) = &self.product;
        let quantity = fields([("value", Value::from("1")), ("unit", catalogue.unit.map_or(Value::Null, id_value))]);
        json!({
            "id": opportunity.derived("line/1"),
            "product": product,
            "quantity": quantity,
            "price_per_unit": money::spell(*price),
            "sort_key": 1,
        })
    }

    fn action(&self) -> Option<(&'static str, Map<String, Value>)> {
        let day = |on: &NaiveDate| ("actual_close_date", Value::from(on.to_string()));
        match &self.stage {
            Stage::Prospecting | Stage::Engaging => None,
            Stage::Won { on, value } => Some(("win", fields([day(on), ("actual_value", Value::from(money::spell(*value)))]))),
            Stage::Lost { on, .. } => Some(("lose", fields([day(on), ("reason", Value::from("canceled"))]))),
        }
    }
}

fn pricing(catalogue: &Catalogue) -> Value {
    let list = catalogue.price_list.map_or(Value::Null, id_value);
    Value::Object(fields([("currency", Value::from(CURRENCY)), ("price_list", list)]))
}
