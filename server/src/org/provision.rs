//! People entered by the administrator of the server: users, with their team and territory, as ordinary records.

use std::sync::Arc;

use fieldbook_domain::document::Write;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::key;
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Scalar;
use fieldbook_domain::record::{self, RecordType};
use serde_json::Value;

use super::Turn;
use super::people::USER;
use super::shelf::Held;
use crate::error::Error;
use crate::store::Store;

/// What the changes say about themselves.
const MESSAGE: &str = "entered at the office";

/// Somebody who is to work here.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// What they are called.
    pub name: String,
    /// Their e-mail address, by which they are found again.
    pub email: Option<String>,
    /// What they may do.
    pub role: Role,
    /// The name of their team, made if need be.
    pub team: Option<String>,
    /// The name of their territory, made if need be.
    pub territory: Option<String>,
    /// Who they report to: an id, an e-mail address or a name.
    pub manager: Option<String>,
}

impl Turn<'_> {
    /// Enters somebody, or brings the records of somebody who is there up to date.
    pub(crate) fn add_user(&mut self, new: &NewUser) -> Result<RecordId, Error> {
        let manager = new.manager.as_deref().map(|manager| find_user(self.store, manager)).transpose()?;
        let territory = new.territory.as_deref().map(|name| self.named("territory", name)).transpose()?;
        let found = match &new.email {
            Some(email) => find(self.store, USER, "email", email)?,
            None => find(self.store, USER, "name", &new.name)?,
        };
        let user = found.unwrap_or_else(|| RecordId(self.clock.fresh_id()));
        let mut fields = vec![("name", Value::from(new.name.as_str())), ("role", Value::from(new.role.name()))];
        fields.extend(new.email.as_deref().map(|email| ("email", Value::from(email))));
        fields.extend(manager.map(|id| ("manager", Value::from(id.to_string()))));
        fields.extend(territory.map(|id| ("territory", Value::from(id.to_string()))));
        self.enter(USER, user, &fields, Vec::new())?;
        if let Some(name) = &new.team {
            let team = self.named("team", name)?;
            let member = key::child("members", team.derived(&user.to_string()), "user");
            self.enter("team", team, &[], vec![Write::put(member, user.to_string())])?;
        }
        Ok(user)
    }

    /// The record of this name, made if there is none.
    fn named(&mut self, kind: &str, name: &str) -> Result<RecordId, Error> {
        if let Some(id) = find(self.store, kind, "name", name)? {
            return Ok(id);
        }
        let id = RecordId(self.clock.fresh_id());
        self.enter(kind, id, &[("name", Value::from(name))], Vec::new())?;
        Ok(id)
    }

    fn enter(&mut self, kind: &str, id: RecordId, fields: &[(&str, Value)], mut writes: Vec<Write>) -> Result<(), Error> {
        let kind = record::find(kind).ok_or(Error::Damaged { what: "record type" })?;
        let held = match self.books().find(id)? {
            Some(held) => held,
            None => Arc::new(Held::new(kind, id, &self.names.now)?),
        };
        for (name, value) in fields {
            writes.push(Write::put(*name, checked(kind, name, value)?));
        }
        let differs = |write: &Write| match write {
            Write::Put { key, value } => held.raw.registers.get(key) != Some(value),
            Write::Text { .. } => true,
        };
        writes.retain(differs);
        if writes.is_empty() {
            return Ok(());
        }
        self.open_group();
        self.write_record(&held, &writes, MESSAGE)
    }
}

fn checked(kind: &'static RecordType, name: &str, value: &Value) -> Result<Scalar, Error> {
    let field = kind.field(name).ok_or(Error::Damaged { what: "field" })?;
    Ok(Scalar::from_json(&field.check(value)?))
}

/// The record of a type whose field says this, the oldest if there are several; deleted ones do not count.
fn find(store: &Store, kind: &str, field: &str, text: &str) -> Result<Option<RecordId>, Error> {
    let found = matching(store, kind, field, text)?;
    Ok(found.first().map(|target| target.id))
}

fn matching(store: &Store, kind: &str, field: &str, text: &str) -> Result<Vec<RecordRef>, Error> {
    let wanted = text.trim().to_lowercase();
    let mut found = Vec::new();
    for (target, body, deleted) in store.bodies(Some(kind))? {
        let body: Value = serde_json::from_str(&body).map_err(|_| Error::Damaged { what: "body" })?;
        let says = body.get(field).and_then(Value::as_str).is_some_and(|said| said.to_lowercase() == wanted);
        if says && !deleted {
            found.push(target);
        }
    }
    Ok(found)
}

/// The user of this id, e-mail address or name.
pub(crate) fn find_user(store: &Store, wanted: &str) -> Result<RecordId, Error> {
    if let Ok(id) = wanted.parse::<RecordId>() {
        let there = store.document(id)?.is_some_and(|row| row.kind == USER);
        return if there { Ok(id) } else { Err(Error::UnknownUser) };
    }
    let field = if wanted.contains('@') { "email" } else { "name" };
    match matching(store, USER, field, wanted)?.as_slice() {
        [only] => Ok(only.id),
        [] | [_, ..] => Err(Error::UnknownUser),
    }
}
