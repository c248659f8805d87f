//! `accounts.csv`: the companies, parents before what belongs to them.

use super::held::Held;
use super::names::Names;
use super::plan::{self, Planned, fields, id_value};
use super::report::Report;
use super::source::Row;
use super::spelling;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::money;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const FILE: &str = "accounts.csv";
pub(super) const COLUMNS: &[&str] =
    &["account", "sector", "year_established", "revenue", "employees", "office_location", "subsidiary_of"];

/// Columns an account may do without, but seldom should.
const EXPECTED: &[&str] = &["sector", "year_established", "revenue", "employees", "office_location"];

/// Plans the accounts; gives those that opportunities may name.
pub(super) fn plan(rows: &[Row], held: &Held, planned: &mut Vec<Planned>, report: &mut Report) -> Names<RecordId> {
    let mut read = Vec::new();
    let mut lines: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        match account(row, &lines) {
            Ok(account) => {
                lines.insert(account.name, row.place.line);
                doubts(row, report);
                read.push(account);
            }
            Err(reason) => report.reject(row.place, reason),
        }
    }
    let in_file: BTreeSet<RecordId> = read.iter().map(|account| account.id).collect();
    let mut by_name = Names::default();
    for account in &read {
        by_name.add(account.name, account.id);
    }
    by_name.fill(held.records("account"));
    let linked = link(read, &by_name, report);
    let mut known = Names::default();
    for account in parents_first(linked, &in_file, report) {
        known.add(account.name, account.id);
        if held.records("account").iter().any(|(name, id)| name == account.name && *id != account.id) {
            report.warn(account.row.place, "there is another account of this name, made by hand; check whether they are one");
        }
        planned.push(account.planned());
    }
    known.fill(held.records("account"));
    known
}

struct Account<'r> {
    id: RecordId,
    name: &'r str,
    fields: Map<String, Value>,
    row: &'r Row,
    parent: Option<RecordId>,
}

impl Account<'_> {
    fn planned(mut self) -> Planned {
        if let Some(parent) = self.parent {
            self.fields.insert("parent_account".into(), id_value(parent));
        }
        Planned::of_row("account", self.id, self.fields, self.row.place)
    }
}

fn account<'r>(row: &'r Row, lines: &BTreeMap<&str, u64>) -> Result<Account<'r>, String> {
    let name = row.needed("account")?;
    if let Some(line) = lines.get(name) {
        return Err(format!("account \"{name}\" is in line {line} already"));
    }
    let fields = fields([
        ("name", Value::from(name)),
        ("industry", Value::from(row.text("sector"))),
        ("country", Value::from(row.text("office_location"))),
        ("year_established", row.whole("year_established")?.map_or(Value::Null, Value::from)),
        ("revenue", row.amount("revenue")?.map_or(Value::Null, |revenue| Value::from(money::spell(revenue)))),
        ("employees", row.whole("employees")?.map_or(Value::Null, Value::from)),
    ]);
    Ok(Account { id: plan::id("account", name), name, fields, row, parent: None })
}

fn doubts(row: &Row, report: &mut Report) {
    for column in EXPECTED.iter().filter(|column| row.text(column).is_empty()) {
        report.warn(row.place, &format!("no {column}"));
    }
    let (sector, country) = (row.text("sector"), row.text("office_location"));
    for (column, word, likely) in
        [("sector", sector, spelling::likely_sector(sector)), ("office_location", country, spelling::likely_country(country))]
    {
        if let Some(likely) = likely {
            report.warn(row.place, &format!("{column} \"{word}\" looks like \"{likely}\"; kept as it is spelled"));
        }
    }
}

/// Finds the parents; an account with an unknown one is turned away.
fn link<'r>(accounts: Vec<Account<'r>>, by_name: &Names<RecordId>, report: &mut Report) -> Vec<Account<'r>> {
    let mut linked = Vec::new();
    for mut account in accounts {
        let parent = account.row.text("subsidiary_of");
        if !parent.is_empty() {
            let Some((_, id)) = by_name.find(parent, account.row.place, "subsidiary_of", report) else {
                report.reject(account.row.place, format!("subsidiary_of \"{parent}\" is not an account known here"));
                continue;
            };
            account.parent = Some(id);
        }
        linked.push(account);
    }
    linked
}

/// Brings parents to the front; what belongs to itself, or to an account that was turned away, is turned away too.
fn parents_first<'r>(mut waiting: Vec<Account<'r>>, in_file: &BTreeSet<RecordId>, report: &mut Report) -> Vec<Account<'r>> {
    let mut placed: Vec<Account<'r>> = Vec::new();
    let mut here: BTreeSet<RecordId> = BTreeSet::new();
    loop {
        let ready =
            |account: &Account<'_>| account.parent.is_none_or(|parent| here.contains(&parent) || !in_file.contains(&parent));
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(ready);
        waiting = rest;
        if ready.is_empty() {
            break;
        }
        here.extend(ready.iter().map(|account| account.id));
        placed.extend(ready);
    }
    for account in waiting {
        let parent = account.row.text("subsidiary_of");
        let reason = format!("subsidiary_of \"{parent}\" was not imported, or belongs to this account itself");
        report.reject(account.row.place, reason);
    }
    placed
}
