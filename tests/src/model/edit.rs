//! Creating and editing records, whatever their type.

use super::stage::{Stage, broken, scene};
use super::value::{self, children, is_deleted, typed};
use super::{Failure, Story};
use crate::seed::Numbers;
use fieldbook_domain::field::{Field, Kind};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::permission::Role;
use fieldbook_domain::record::{Collection, RECORD_TYPES, RecordType, find};
use fieldbook_domain::refusal::Refusal;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How often somebody tries again after a refusal.
const TRIES: usize = 5;
/// How many records are made because another one cannot be without them.
const DEPTH: usize = 3;

type Body = Map<String, Value>;

impl Stage {
    pub(super) fn role(&self, at: usize) -> Result<Role, Failure> {
        Ok(self.handset(at)?.phone.book.session().map_err(broken("book"))?.role)
    }

    /// Somebody creates a record of a type they may write, mostly one the story is about.
    pub(super) fn create(&mut self, story: &Story, at: usize, dice: &mut Numbers) -> Result<(), Failure> {
        let role = self.role(at)?;
        let mut may: Vec<&'static RecordType> = RECORD_TYPES.iter().copied().filter(|kind| kind.access.may_write(role)).collect();
        let themed = |kind: &&'static RecordType| story.theme.contains(&kind.name);
        if !dice.one_in(4) && may.iter().any(themed) {
            may.retain(themed);
        }
        match may.get(dice.below(may.len())) {
            Some(kind) => self.create_kind(kind, at, dice, DEPTH).map(drop),
            None => Ok(()),
        }
    }

    fn create_kind(
        &mut self,
        kind: &'static RecordType,
        at: usize,
        dice: &mut Numbers,
        depth: usize,
    ) -> Result<Option<RecordId>, Failure> {
        let wanted: Vec<&Field> = kind.fields.iter().filter(|field| field.required || dice.one_in(4)).collect();
        self.provide(&wanted, at, dice, depth)?;
        let mut fields = self.fresh(kind, at, dice)?;
        for _ in 0..TRIES {
            let wanted = fields.clone();
            match self.locally(at, true, |phone| phone.book.create(kind.name, wanted))? {
                Ok(id) => {
                    *self.tally.created.entry(kind.name).or_default() += 1;
                    return Ok(Some(id));
                }
                Err(refusal) => {
                    let Some(field) = named(kind, &refusal) else { return Ok(None) };
                    self.amend(kind, field, &mut fields, at, dice)?;
                }
            }
        }
        Ok(None)
    }

    /// Makes what these fields could refer to, where there is nothing yet.
    fn provide(&mut self, fields: &[&Field], at: usize, dice: &mut Numbers, depth: usize) -> Result<(), Failure> {
        let role = self.role(at)?;
        for field in fields {
            let Kind::Ref(types) = field.kind else { continue };
            if depth == 0 || value::known(types, dice, &self.handset(at)?.shown).is_some() {
                continue;
            }
            let kind = types.iter().filter_map(|name| find(name)).find(|kind| kind.access.may_write(role));
            if let Some(kind) = kind {
                self.create_kind(kind, at, dice, depth - 1)?;
            }
        }
        Ok(())
    }

    fn fresh(&mut self, kind: &'static RecordType, at: usize, dice: &mut Numbers) -> Result<Body, Failure> {
        let mut words = self.words;
        let handset = self.handset(at)?;
        let mut scene = scene(handset, &mut words, &Map::new());
        let mut fields = Map::new();
        for field in kind.fields.iter().filter(|field| typed(field)) {
            let likely = if field.refers() { !dice.one_in(3) } else { dice.one_in(3) };
            if field.required || likely {
                fields.insert(field.name.to_owned(), value::value(field, None, dice, &mut scene));
            }
        }
        for collection in kind.collections.iter().filter(|collection| fillable(collection)) {
            if !dice.one_in(3) {
                let many = 1 + dice.below(3);
                let made = (0..many).map(|_| Value::Object(value::child(collection.fields, dice, &mut scene))).collect();
                fields.insert(collection.name.to_owned(), Value::Array(made));
            }
        }
        self.words = words;
        Ok(fields)
    }

    /// Follows a refusal: what it names is left empty, or filled in differently where it is needed.
    fn amend(
        &mut self,
        kind: &'static RecordType,
        name: &str,
        fields: &mut Body,
        at: usize,
        dice: &mut Numbers,
    ) -> Result<(), Failure> {
        let needed = kind.field(name).filter(|field| field.required || !fields.contains_key(name));
        let Some(field) = needed else {
            fields.remove(name);
            return Ok(());
        };
        let mut words = self.words;
        let again = value::value(field, None, dice, &mut scene(self.handset(at)?, &mut words, fields));
        self.words = words;
        fields.insert(name.to_owned(), again);
        Ok(())
    }

    /// A record a phone shows, mostly one the story is about and one of the first.
    pub(super) fn pick(&self, story: &Story, at: usize, dice: &mut Numbers) -> Result<Option<RecordRef>, Failure> {
        let (role, shown) = (self.role(at)?, &self.handset(at)?.shown);
        let may = |target: &RecordRef| find(&target.kind).is_some_and(|kind| kind.access.may_write(role));
        // People are edited seldom: who loses their role takes no part any more.
        let odd = dice.one_in(12);
        let there = shown.iter().filter(|(_, body)| !is_deleted(body)).map(|(target, _)| target);
        let mut found: Vec<&RecordRef> = there.filter(|target| may(target) && (odd || target.kind != "user")).collect();
        let themed = |target: &RecordRef| story.theme.contains(&target.kind.as_str());
        if !dice.one_in(4) && found.iter().any(|target| themed(target)) {
            found.retain(|target| themed(target));
        }
        if !dice.one_in(3) {
            // People meet at few records: the first two of each type.
            let mut met: BTreeMap<&str, usize> = BTreeMap::new();
            found.retain(|target| {
                let met = met.entry(target.kind.as_str()).or_default();
                *met += 1;
                *met <= 2
            });
        }
        Ok(found.get(dice.below(found.len())).map(|target| (*target).clone()))
    }

    /// Somebody edits some fields and children of a record.
    pub(super) fn edit(&mut self, story: &Story, at: usize, dice: &mut Numbers) -> Result<(), Failure> {
        let Some(RecordRef { kind, id }) = self.pick(story, at, dice)? else { return Ok(()) };
        let Some(kind) = find(&kind) else { return Ok(()) };
        let was = self.handset(at)?.phone.book.get(kind.name, id).map_err(broken("book"))?;
        let mut now = was.clone();
        let mut words = self.words;
        let mut scene = scene(self.handset(at)?, &mut words, &was);
        for _ in 0..1 + dice.below(3) {
            let collections: Vec<&Collection> = kind.collections.iter().filter(|collection| fillable(collection)).collect();
            match collections.get(dice.below(collections.len())) {
                Some(collection) if dice.one_in(2) => edit_child(collection, &mut now, dice, &mut scene),
                _ => {
                    let fields: Vec<&Field> = kind.fields.iter().filter(|field| typed(field)).collect();
                    let Some(field) = fields.get(dice.below(fields.len())) else { continue };
                    edit_field(field, &mut now, dice, &mut scene);
                }
            }
        }
        self.words = words;
        for _ in 0..TRIES {
            if now == was {
                return Ok(());
            }
            let (before, after) = (was.clone(), now.clone());
            let Err(refusal) = self.locally(at, true, move |phone| phone.book.save(kind.name, id, &before, &after))? else {
                return Ok(());
            };
            let Some(name) = named(kind, &refusal) else { return Ok(()) };
            match was.get(name) {
                Some(value) => now.insert(name.to_owned(), value.clone()),
                None => now.remove(name),
            };
        }
        Ok(())
    }
}

/// Whether somebody can add a child without having a file at hand.
fn fillable(collection: &Collection) -> bool {
    !collection.fields.iter().any(|field| field.required && matches!(field.kind, Kind::Blob))
}

/// The field or the collection a refusal is about.
fn named(kind: &'static RecordType, refusal: &Refusal) -> Option<&'static str> {
    let said = refusal.field.as_deref()?;
    let head = said.split(['.', '/']).next()?;
    let inside = || kind.collections.iter().find(|collection| collection.fields.iter().any(|field| field.name == head));
    let collection = || kind.collection(head).or_else(inside).map(|collection| collection.name);
    kind.field(head).map(|field| field.name).or_else(collection)
}

fn edit_field(field: &Field, body: &mut Body, dice: &mut Numbers, scene: &mut value::Scene<'_>) {
    let now =
        if !field.required && dice.one_in(10) { Value::Null } else { value::value(field, body.get(field.name), dice, scene) };
    body.insert(field.name.to_owned(), now);
}

/// Adds a child, edits one, or removes one.
fn edit_child(collection: &Collection, body: &mut Body, dice: &mut Numbers, scene: &mut value::Scene<'_>) {
    let many = children(body, collection.name).count();
    let list = body.entry(collection.name).or_insert_with(|| Value::Array(Vec::new()));
    let Some(list) = list.as_array_mut() else { return };
    let place = dice.below(many);
    match dice.below(8) {
        _ if many == 0 => list.push(Value::Object(value::child(collection.fields, dice, scene))),
        0..=2 if many < 6 => list.push(Value::Object(value::child(collection.fields, dice, scene))),
        3 if place < list.len() => drop(list.remove(place)),
        _ => {
            let fields: Vec<&Field> = collection.fields.iter().filter(|field| typed(field)).collect();
            let child = list.get_mut(place).and_then(Value::as_object_mut);
            if let (Some(child), Some(field)) = (child, fields.get(dice.below(fields.len()))) {
                edit_field(field, child, dice, scene);
            }
        }
    }
}
