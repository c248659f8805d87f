//! Saving what rows want, only where it differs. Everything is one transaction, so a dry run can do all of it and take it back.

use super::plan::{Child, Plan};
use super::report::{Fate, Place, Problem, Report};
use crate::failure::Failure;
use fieldbook_device::{Batch, Book, Bundle, Error};
use fieldbook_domain::refusal::Refusal;
use serde_json::{Map, Value};
use std::sync::mpsc;

type Body = Map<String, Value>;

/// What became of a row, and what to look at.
enum Note {
    Fate(Place, Fate),
    Refused(Place, Refusal),
    Warning(Place, String),
}

/// Says why a dry run ends its transaction.
const DRY_RUN: &str = "catalogue.dry_run";

/// Writes everything, or does as if.
pub(super) fn all(book: &Book, plans: Vec<Plan>, dry_run: bool, report: &mut Report) -> Result<(), Failure> {
    let (notes, told) = mpsc::channel();
    let written = book.batch(move |batch| {
        let mut work = Work { batch, notes };
        for plan in &plans {
            work.record(plan)?;
        }
        for plan in &plans {
            work.later(plan)?;
        }
        if dry_run { Err(Refusal::new(DRY_RUN, "nothing is written").into()) } else { Ok(()) }
    });
    match written {
        Err(Error::Refused(refusal)) if refusal.code == DRY_RUN => {}
        other => other?,
    }
    for note in told {
        match note {
            Note::Fate(place, fate) => report.note(&place, fate),
            Note::Refused(place, refusal) => report.reject(&place, Problem::from(refusal)),
            Note::Warning(place, message) => report.warn(&place, &message),
        }
    }
    Ok(())
}

struct Work<'b, 'd> {
    batch: &'b mut Batch<'d>,
    notes: mpsc::Sender<Note>,
}

impl Work<'_, '_> {
    /// Writes a record with its children; if a rule stands against that, first the record and then each child for itself.
    fn record(&mut self, plan: &Plan) -> Result<(), Error> {
        let children: Vec<&Child> = plan.children.iter().collect();
        let Some(refusal) = self.save(plan, &plan.fields, plan.place.as_ref(), &children)? else { return self.state(plan) };
        if children.is_empty() {
            self.refuse(plan.place.as_ref(), &refusal);
            return Ok(());
        }
        if let Some(refusal) = self.save(plan, &plan.fields, plan.place.as_ref(), &[])? {
            self.refuse(plan.place.as_ref(), &refusal);
            let message = format!("its {} was not taken: {}", plan.kind.name, refusal.message);
            let refusal = Refusal::new(refusal.code, message);
            children.iter().for_each(|child| self.refuse(Some(&child.place), &refusal));
            return Ok(());
        }
        for child in children {
            if let Some(refusal) = self.save(plan, &[], None, &[child])? {
                self.refuse(Some(&child.place), &refusal);
            }
        }
        self.state(plan)
    }

    /// Sets what refers to records that were not there yet.
    fn later(&mut self, plan: &Plan) -> Result<(), Error> {
        let there = self.batch.bundle(|bundle| Ok(bundle.holds(plan.kind.name, plan.id)))?;
        if plan.later.is_empty() || !there {
            return Ok(());
        }
        if let Some(refusal) = self.save(plan, &plan.later, plan.place.as_ref(), &[])? {
            self.refuse(plan.place.as_ref(), &refusal);
        }
        Ok(())
    }

    /// Saves these fields and children as one bundle; gives why not.
    fn save(
        &mut self,
        plan: &Plan,
        fields: &[(&'static str, Value)],
        place: Option<&Place>,
        children: &[&Child],
    ) -> Result<Option<Refusal>, Error> {
        let saved = self.batch.bundle(|bundle| save(bundle, plan, fields, children));
        match saved {
            Ok((own, fates)) => {
                self.note(place, own);
                children.iter().zip(fates).for_each(|(child, fate)| self.note(Some(&child.place), fate));
                Ok(None)
            }
            Err(Error::Refused(refusal)) => Ok(Some(refusal)),
            Err(error) => Err(error),
        }
    }

    /// A file does not move a record through its lifecycle; it can only say that it should be moved.
    fn state(&mut self, plan: &Plan) -> Result<(), Error> {
        let Some(place) = plan.place.as_ref().filter(|_| !plan.state.is_empty()) else { return Ok(()) };
        let body = self.batch.bundle(|bundle| bundle.get(plan.kind.name, plan.id))?;
        let state = super::column::spell(body.get("state"));
        if state != plan.state {
            let (kind, id, there) = (plan.kind.name, plan.id, &plan.state);
            let message = format!("the {kind} {id} is {state} here and {there} in the file; move it with `fieldbook do`");
            self.tell(Note::Warning(place.clone(), message));
        }
        Ok(())
    }

    fn note(&self, place: Option<&Place>, fate: Fate) {
        if let Some(place) = place {
            self.tell(Note::Fate(place.clone(), fate));
        }
    }

    fn refuse(&self, place: Option<&Place>, refusal: &Refusal) {
        if let Some(place) = place {
            self.tell(Note::Refused(place.clone(), refusal.clone()));
        }
    }

    fn tell(&self, note: Note) {
        // The other end waits until everything is written.
        drop(self.notes.send(note));
    }
}

fn save(
    bundle: &mut Bundle<'_>,
    plan: &Plan,
    fields: &[(&'static str, Value)],
    children: &[&Child],
) -> Result<(Fate, Vec<Fate>), Error> {
    let (kind, id) = (plan.kind.name, plan.id);
    let was = if bundle.holds(kind, id) { Some(bundle.get(kind, id)?) } else { None };
    let mut now = was.clone().unwrap_or_default();
    merge(&mut now, fields);
    let own = match &was {
        None => Fate::Created,
        Some(was) if *was == now => Fate::Unchanged,
        Some(_) => Fate::Updated,
    };
    let fates = children.iter().map(|child| put(&mut now, child)).collect();
    match was {
        None => {
            bundle.create(kind, Some(id), now)?;
        }
        // A deleted record says so even where nothing differs.
        Some(was) => bundle.save(kind, id, &was, &now)?,
    }
    Ok((own, fates))
}

fn put(record: &mut Body, child: &Child) -> Fate {
    let list = record.entry(child.collection).or_insert_with(|| Value::Array(Vec::new()));
    let Some(list) = list.as_array_mut() else { return Fate::Unchanged };
    let id = child.id.to_string();
    let there =
        list.iter_mut().filter_map(Value::as_object_mut).find(|other| other.get("id").and_then(Value::as_str) == Some(&id));
    if let Some(body) = there {
        let was = body.clone();
        merge(body, &child.fields);
        return if was == *body { Fate::Unchanged } else { Fate::Updated };
    }
    let mut body = Body::from_iter([("id".to_owned(), Value::from(id))]);
    merge(&mut body, &child.fields);
    list.push(Value::Object(body));
    Fate::Created
}

fn merge(body: &mut Body, fields: &[(&'static str, Value)]) {
    for (name, value) in fields {
        if value.is_null() {
            body.remove(*name);
        } else {
            body.insert((*name).to_owned(), value.clone());
        }
    }
}
