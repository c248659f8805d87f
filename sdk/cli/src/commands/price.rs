//! `price`: every step from the catalogue to what the customer pays.

use super::{Phone, record_type};
use crate::args::Target;
use crate::failure::Failure;
use crate::output::Answer;
use crate::present::Presenter;
use crate::table::{Table, block, grouped};
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::money;
use fieldbook_domain::pricing::document::Totals;
use fieldbook_domain::pricing::property::MissingProperty;
use fieldbook_domain::pricing::sheet::{Sheet, SheetLine};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

pub(super) fn run(phone: &Phone, target: &Target) -> Result<Answer, Failure> {
    let kind = record_type(&target.kind)?;
    let sheet = phone.book.price(kind.name, target.id)?;
    let missing = phone.book.missing_properties(kind.name, target.id)?;
    let record = phone.book.get(kind.name, target.id)?;
    let mut human = lines(phone, &record, &sheet);
    if let Some(totals) = &sheet.totals {
        human.push_str(&format!("\n{}", block(&amounts(totals, &sheet), 2)));
    }
    for line in &sheet.lines {
        if let Some(error) = line.error {
            human.push_str(&format!("\nline {}: {} (pricing error {})\n", line.id, error.message, error.code));
        }
    }
    if let Some(error) = sheet.error.filter(|_| sheet.lines.iter().all(|line| line.error.is_none())) {
        human.push_str(&format!("\n{} (pricing error {})\n", error.message, error.code));
    }
    for MissingProperty { line, property } in &missing {
        human.push_str(&format!("\nline {line}: {property} has to be said before it is activated\n"));
    }
    let mut answer = json!(sheet);
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("missing_properties".to_owned(), json!(missing));
    }
    Ok(Answer::new(human, answer))
}

fn lines(phone: &Phone, record: &Map<String, Value>, sheet: &Sheet) -> String {
    let mut names = Presenter::new(&phone.book);
    let headings = ["line", "quantity", "catalogue", "unit price", "volume", "base", "manual", "tax", "comes to", "id"];
    let mut table = Table::in_full(headings);
    let children = record.get("lines").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for line in &sheet.lines {
        let id = line.id.to_string();
        let child = children.iter().find(|child| child.get("id").and_then(Value::as_str) == Some(&id));
        table.row(cells(line, name(child, &mut names), id));
    }
    table.render(0)
}

fn name(child: Option<&Value>, names: &mut Presenter<'_>) -> String {
    let word = |field: &str| child.and_then(|child| child.get(field)).and_then(Value::as_str);
    match word("product").and_then(|id| id.parse().ok()) {
        Some(product) => names.title(&RecordRef::new("product", product)),
        None => word("description").unwrap_or("write-in").to_owned(),
    }
}

fn cells(line: &SheetLine, name: String, id: String) -> Vec<String> {
    let amount = |amount: Option<Decimal>| amount.map(spelled).unwrap_or_default();
    let given = |amount: Decimal| if amount.is_zero() { String::new() } else { spelled(amount) };
    let amounts = line.amounts.unwrap_or_default();
    let comes_to = match (line.error, line.counted) {
        (Some(_), _) => "?".to_owned(),
        (None, false) => "included".to_owned(),
        (None, true) => spelled(amounts.extended),
    };
    vec![
        name,
        line.quantity.map(money::spell).unwrap_or_default(),
        amount(line.catalogue_price),
        amount(line.unit_price),
        given(line.volume_discount),
        given(amounts.base),
        given(amounts.manual),
        given(amounts.tax),
        comes_to,
        id,
    ]
}

fn amounts(totals: &Totals, sheet: &Sheet) -> Vec<(String, String)> {
    let rows = [
        ("lines", totals.detail),
        ("header discount", totals.header_discount),
        ("all discounts", totals.total_discount),
        ("before freight", totals.pre_freight),
        ("freight", totals.freight),
        ("tax", totals.tax),
        ("total", totals.total),
        ("effective discount %", sheet.effective_discount),
    ];
    rows.into_iter().map(|(name, amount)| (name.to_owned(), spelled(amount))).collect()
}

/// With at least two decimal places, as people write money.
fn spelled(amount: Decimal) -> String {
    let mut amount = amount.normalize();
    if amount.scale() < money::MONEY_SCALE {
        amount.rescale(money::MONEY_SCALE);
    }
    grouped(&amount.to_string())
}
