//! Judges every stored record again: does it load, is it what its changes make, does it keep every invariant.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::Automerge;
use fieldbook_domain::access::Slice;
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::{document, invariant, record, view};
use serde_json::Value;

use crate::error::Error;
use crate::org::books::Books;
use crate::org::parts::{self, Stored};
use crate::org::people::People;
use crate::org::shelf::Shelf;
use crate::store::reference::references;
use crate::store::value::values;
use crate::store::{Names, Store};

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct CheckReport {
    /// Records looked at.
    pub records: u64,
    /// Changes merged again.
    pub changes: u64,
    /// What is wrong; nothing, in a healthy organisation.
    pub broken: Vec<Broken>,
}

/// Something that is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Broken {
    /// The record.
    pub record: RecordRef,
    /// The invariant, or `STORE` if the record is not stored as it should be.
    pub rule: String,
    /// What is wrong, in plain words.
    pub message: String,
}

/// Checks everything in a store.
pub(crate) fn run(store: &Store, names: Names) -> Result<CheckReport, Error> {
    let people = People::load(store)?;
    let shelf = RefCell::new(Shelf::default());
    let books = Books::new(store, &shelf, &people, names);
    let mut report = CheckReport::default();
    let mut called: BTreeMap<String, RecordRef> = BTreeMap::new();
    let mut numbers: Vec<(RecordRef, String)> = Vec::new();
    for (target, body, deleted) in store.bodies(None)? {
        numbers.extend(invoice_number(&target, &body));
        report.records = report.records.saturating_add(1);
        let looked = catch_unwind(AssertUnwindSafe(|| stored(store, &target, &body, deleted)));
        let found = match looked {
            Ok(found) => found?,
            Err(_) => Err("it cannot be read".to_owned()),
        };
        match found {
            Ok(changes) => report.changes = report.changes.saturating_add(changes),
            Err(message) => {
                report.broken.push(Broken { record: target, rule: "STORE".to_owned(), message });
                continue;
            }
        }
        let shown = serde_json::from_str(&body).unwrap_or_default();
        if let Some((rule, name)) = invariant::called(&target, &shown)
            && let Some(other) = called.insert(name.clone(), target.clone())
        {
            let message = format!("{other} is called {name} as well");
            report.broken.push(Broken { record: target.clone(), rule: rule.to_owned(), message });
        }
        for breach in invariant::check(&target, &books) {
            let rule = breach.rule.to_owned();
            report.broken.push(Broken { record: breach.record, rule, message: breach.message });
        }
        books.fault()?;
    }
    report.broken.extend(shared_out(store, &books)?);
    for (record, message) in invariant::misnumbered(numbers.iter().map(|(target, number)| (target, number.as_str()))) {
        report.broken.push(Broken { record, rule: "INV-56".to_owned(), message });
    }
    Ok(report)
}

/// Whoever reads only a part is noted as holding that, and nothing else (INV-17).
fn shared_out(store: &Store, books: &Books<'_>) -> Result<Vec<Broken>, Error> {
    const RULE: &str = "INV-17";
    let (cut, wanted) = (store.slices()?, parts::circles(store, books)?);
    let mut broken = Vec::new();
    for user in cut.keys().chain(wanted.keys()).filter(|user| cut.get(user) != wanted.get(user)) {
        let message = "what they read was not worked out again when it changed".to_owned();
        broken.push(Broken { record: RecordRef::new("user", *user), rule: RULE.to_owned(), message });
    }
    let (graph, mut asked) = (Stored::new(store), parts::asked(store, books, &wanted)?);
    for (user, circle) in &wanted {
        let asked = asked.remove(user).unwrap_or_default();
        if asked != store.asked_of(*user)? {
            let message = "what waits for their word is not what is noted".to_owned();
            broken.push(Broken { record: RecordRef::new("user", *user), rule: RULE.to_owned(), message });
        }
        let (noted, wanted) = (store.held(*user)?, Slice { circle, asked: &asked, graph: &graph }.all());
        graph.fault()?;
        for (record, why) in noted.iter().filter(|(record, why)| wanted.get(record) != Some(why)) {
            let message = format!("user:{user} is noted as holding it ({why:?}), and should not");
            broken.push(Broken { record: record.clone(), rule: RULE.to_owned(), message });
        }
        for record in wanted.keys().filter(|record| !noted.contains_key(record)) {
            let message = format!("user:{user} should hold it, and is not noted as doing so");
            broken.push(Broken { record: record.clone(), rule: RULE.to_owned(), message });
        }
    }
    Ok(broken)
}

/// The number the office gave an invoice.
fn invoice_number(target: &RecordRef, body: &str) -> Option<(RecordRef, String)> {
    if target.kind != "invoice" {
        return None;
    }
    let body: Value = serde_json::from_str(body).ok()?;
    Some((target.clone(), body.get("invoice_number")?.as_str()?.to_owned()))
}

/// Makes a document again from its changes and compares; counts them, or says what differs.
fn stored(store: &Store, target: &RecordRef, body: &str, deleted: bool) -> Result<Result<u64, String>, Error> {
    let Some(kind) = record::find(&target.kind) else { return Ok(Err("its type is unknown".to_owned())) };
    let Some(row) = store.document(target.id)? else { return Ok(Err("it is not there".to_owned())) };
    let id = target.id;
    let Ok(doc) = Automerge::load(&row.snapshot) else { return Ok(Err("its snapshot does not load".to_owned())) };
    if doc.get_heads() != row.heads {
        return Ok(Err("its snapshot has other heads".to_owned()));
    }
    let failed = Error::document(id);
    let genesis = document::genesis(kind, id);
    let mut rebuilt = document::create(kind, id, &document::GENESIS_ACTOR).map_err(&failed)?;
    let mut changes = Vec::new();
    for wire in store.changes_of(id)? {
        match wire.to_change(&genesis.hash().0, None) {
            Ok(change) => changes.push(change),
            Err(error) => return Ok(Err(format!("a change does not encode: {error}"))),
        }
    }
    let count = u64::try_from(changes.len()).unwrap_or(u64::MAX);
    if rebuilt.apply_changes(changes).is_err() || rebuilt.get_heads() != row.heads {
        return Ok(Err("its changes make another document".to_owned()));
    }
    let raw = document::read(&doc).map_err(&failed)?;
    let view = view::of(kind, id, &raw);
    if view.json() != body || view.folded.deleted != deleted {
        return Ok(Err("its body is not what its document says".to_owned()));
    }
    if references(kind, &raw) != store.references_of(id)? {
        return Ok(Err("its references are not those that are indexed".to_owned()));
    }
    if values(kind, &raw) != store.values_of(id)? {
        return Ok(Err("its values are not those that are indexed".to_owned()));
    }
    Ok(Ok(count))
}
