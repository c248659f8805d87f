//! Which record each row is about, and what it shall hold.

use super::column;
use super::names::{Names, labels};
use super::report::{Place, Problem, Report};
use super::source::{Row, Sheet};
use super::{KINDS, kinds, parent_column};
use crate::failure::Failure;
use fieldbook_device::Book;
use fieldbook_domain::field::Field;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::{self, Collection, RecordType};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Every id a row without one gets derives from this.
const NAMESPACE: RecordId = RecordId(Uuid::from_u128(0x6f0d_2a57_93be_5c14_8a21_c7d9_40e6_b35f));

/// What rows want of one record.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) kind: &'static RecordType,
    pub(super) id: RecordId,
    /// The row about the record itself; children may come alone.
    pub(super) place: Option<Place>,
    pub(super) fields: Vec<(&'static str, Value)>,
    /// Fields that refer to what comes later.
    pub(super) later: Vec<(&'static str, Value)>,
    pub(super) children: Vec<Child>,
    /// The state the record has where the file comes from.
    pub(super) state: String,
}

/// What a row wants of one child.
#[derive(Clone, Debug)]
pub(super) struct Child {
    pub(super) collection: &'static str,
    pub(super) id: RecordId,
    pub(super) place: Place,
    pub(super) fields: Vec<(&'static str, Value)>,
}

/// Plans all rows; what cannot be understood is turned away.
pub(super) fn plan(book: &Book, sheets: &[Sheet], report: &mut Report) -> Result<Vec<Plan>, Failure> {
    let mut names = Names::of(book)?;
    let mut identified = Vec::new();
    for sheet in sheets.iter().filter(|sheet| sheet.collection.is_none()) {
        let mut lines: BTreeMap<RecordId, u64> = BTreeMap::new();
        for row in &sheet.rows {
            match identify(sheet.kind, row, &names) {
                Ok(id) => match lines.get(&id) {
                    Some(line) => {
                        report.reject(&row.place, Problem::new(format!("line {line} is about the same {}", sheet.kind.name)))
                    }
                    None => {
                        lines.insert(id, row.place.line);
                        identified.push((sheet.kind, id, row));
                    }
                },
                Err(problem) => report.reject(&row.place, problem),
            }
        }
        for (kind, id, row) in identified.iter().filter(|(kind, ..)| kind.name == sheet.kind.name) {
            labels(kind).map(|label| row.text(label)).filter(|name| !name.is_empty()).for_each(|name| names.add(kind, name, *id));
        }
    }
    let mut plans = Vec::new();
    for (kind, id, row) in identified {
        match column::fields(kind.fields, &row.cells, &names) {
            Ok(fields) => plans.push(of_row(kind, id, row, fields)),
            Err(problem) => report.reject(&row.place, problem),
        }
    }
    for sheet in sheets {
        if let Some(collection) = sheet.collection {
            children(sheet, collection, &names, &mut plans, report);
        }
    }
    Ok(in_order(plans, report))
}

fn of_row(kind: &'static RecordType, id: RecordId, row: &Row, fields: Vec<(&'static str, Value)>) -> Plan {
    let (later, fields) = fields.into_iter().partition(|(name, _)| kind.field(name).is_some_and(|field| is_later(kind, field)));
    let (place, state) = (Some(row.place.clone()), row.text("state").to_owned());
    Plan { kind, id, place, fields, later, children: Vec::new(), state }
}

/// Whether a field names a record of a type that is written later.
fn is_later(kind: &RecordType, field: &Field) -> bool {
    let place = |name: &str| KINDS.iter().position(|kind| *kind == name);
    column::referred(field).is_some_and(|target| place(target) > place(kind.name))
}

/// The record a row is about: by its id, by what names it, or a new one whose id follows from that.
fn identify(kind: &'static RecordType, row: &Row, names: &Names) -> Result<RecordId, Problem> {
    let typed = row.text("id");
    if !typed.is_empty() {
        return typed.parse().map_err(|_| Problem::new(format!("\"{typed}\" is no id")).at("id"));
    }
    let key = key(kind, row);
    let mut said = Map::new();
    for name in key {
        let Some(field) = kind.field(name) else { continue };
        let text = row.text(name);
        let value = match column::referred(field) {
            Some(target) if !text.is_empty() => Value::from(names.find(target, text).map_err(|it| it.at(name))?.to_string()),
            None | Some(_) if text.is_empty() && !field.required && key.first() != Some(name) => continue,
            None | Some(_) => field.parse(text)?,
        };
        if value.is_null() {
            return Err(Problem::new(format!("{name} is needed where there is no id")).at(name));
        }
        said.insert((*name).to_owned(), value);
    }
    if let Some(id) = record::id_in(kind, &said) {
        return Ok(id);
    }
    let same = |body: &Map<String, Value>| key.iter().all(|name| body.get(*name) == said.get(*name));
    let first = key.first().copied().unwrap_or("");
    let candidates = names.held_with(kind, first, &column::spell(said.get(first)));
    if let Some((id, _)) = candidates.into_iter().find(|(_, body)| same(body)) {
        return Ok(id);
    }
    let values: Vec<String> = said.values().map(|value| column::spell(Some(value))).collect();
    Ok(NAMESPACE.derived(&format!("{}/{}", kind.name, values.join("/"))))
}

/// The fields that name a record where there is no id.
fn key(kind: &RecordType, row: &Row) -> &'static [&'static str] {
    match kind.name {
        "currency" => &["iso_code"],
        "product" if !row.text("product_number").is_empty() => &["product_number"],
        "unit" => &["name", "unit_group"],
        "product_relationship" => &["product", "related_product", "kind"],
        "price_list_item" => &["price_list", "product", "unit"],
        _ => &["name"],
    }
}

/// Adds the rows of a collection to the records they belong to.
fn children(sheet: &Sheet, collection: &'static Collection, names: &Names, plans: &mut Vec<Plan>, report: &mut Report) {
    let mut lines: BTreeMap<(RecordId, RecordId), u64> = BTreeMap::new();
    let mut places: BTreeMap<RecordId, usize> = plans.iter().enumerate().map(|(place, plan)| (plan.id, place)).collect();
    for row in &sheet.rows {
        let planned = child(sheet.kind, collection, row, names, &places).and_then(|(parent, child)| {
            match lines.insert((parent, child.id), row.place.line) {
                Some(line) => Err(Problem::new(format!("line {line} is about the same one"))),
                None => Ok((parent, child)),
            }
        });
        match planned {
            Ok((parent, child)) => match places.get(&parent).and_then(|place| plans.get_mut(*place)) {
                Some(plan) => plan.children.push(child),
                None => {
                    places.insert(parent, plans.len());
                    plans.push(Plan { children: vec![child], ..empty(sheet.kind, parent) });
                }
            },
            Err(problem) => report.reject(&row.place, problem),
        }
    }
}

fn empty(kind: &'static RecordType, id: RecordId) -> Plan {
    Plan { kind, id, place: None, fields: Vec::new(), later: Vec::new(), children: Vec::new(), state: String::new() }
}

fn child(
    kind: &'static RecordType,
    collection: &'static Collection,
    row: &Row,
    names: &Names,
    planned: &BTreeMap<RecordId, usize>,
) -> Result<(RecordId, Child), Problem> {
    let column = parent_column(kind);
    let parent = names.find(kind.name, row.text(&column)).map_err(|problem| problem.at(&column))?;
    if names.body(kind.name, parent).is_none() && !planned.contains_key(&parent) {
        return Err(Problem::new(format!("its {} is not here and was not imported", kind.name)).at(&column));
    }
    let fields = column::fields(collection.fields, &row.cells, names)?;
    let typed = row.text("id");
    let id = if typed.is_empty() {
        // The first thing a child needs tells it from the others.
        let key = collection.fields.iter().find(|field| field.required).map_or("", |field| field.name);
        let value = fields.iter().find(|(name, _)| *name == key).map_or(&Value::Null, |(_, value)| value);
        let held = names.body(kind.name, parent).and_then(|body| body.get(collection.name));
        let same = held.and_then(Value::as_array).into_iter().flatten().find(|child| child.get(key) == Some(value));
        let same = same.and_then(|child| child.get("id")?.as_str()?.parse().ok());
        same.unwrap_or_else(|| parent.derived(&format!("{}/{}", collection.name, column::spell(Some(value)))))
    } else {
        typed.parse().map_err(|_| Problem::new(format!("\"{typed}\" is no id")).at("id"))?
    };
    Ok((parent, Child { collection: collection.name, id, place: row.place.clone(), fields }))
}

/// Types in their order, and within a type what others refer to first; what refers to itself in a circle is turned away.
fn in_order(mut plans: Vec<Plan>, report: &mut Report) -> Vec<Plan> {
    let mut ordered = Vec::new();
    for kind in kinds() {
        let (mut waiting, others): (Vec<Plan>, Vec<Plan>) = plans.into_iter().partition(|plan| plan.kind.name == kind.name);
        plans = others;
        loop {
            let open: BTreeSet<RecordId> = waiting.iter().map(|plan| plan.id).collect();
            let (ready, rest): (Vec<Plan>, Vec<Plan>) = waiting.into_iter().partition(|plan| !plan.waits(&open));
            waiting = rest;
            if ready.is_empty() {
                break;
            }
            ordered.extend(ready);
        }
        for plan in waiting {
            for place in plan.place.iter().chain(plan.children.iter().map(|child| &child.place)) {
                report.reject(place, Problem::new(format!("it belongs to itself, through other rows about a {}", kind.name)));
            }
        }
    }
    ordered
}

impl Plan {
    fn waits(&self, open: &BTreeSet<RecordId>) -> bool {
        let own = self.fields.iter().filter_map(|(name, value)| Some((self.kind.field(name)?, value)));
        let inside = self.children.iter().flat_map(|child| {
            let declared = self.kind.collection(child.collection).map_or(&[][..], |collection| collection.fields);
            child.fields.iter().filter_map(|(name, value)| Some((declared.iter().find(|field| field.name == *name)?, value)))
        });
        own.chain(inside).any(|(field, value)| {
            let same_type = column::referred(field) == Some(self.kind.name);
            same_type && value.as_str().and_then(|id| id.parse().ok()).is_some_and(|id| id != self.id && open.contains(&id))
        })
    }
}
