//! Who changed what on a record, with names instead of bytes, and the values that lost.

use std::collections::BTreeMap;
use std::str::FromStr;

use automerge::{Automerge, ChangeHash};
use fieldbook_domain::action::Records;
use fieldbook_domain::alternative::{self, Losing};
use fieldbook_domain::document::{self, GENESIS_ACTOR};
use fieldbook_domain::history;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::raw::{Raw, Scalar};
use fieldbook_domain::record::RecordType;
use fieldbook_domain::refusal::Refusal;
use fieldbook_domain::time;
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::bundle::Bundle;
use crate::error::Error;
use crate::salvage;
use crate::store::{documents, outbox};

/// One change of a record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HistoryEntry {
    /// The change, in hexadecimal.
    pub hash: String,
    /// When, by the author's clock, in RFC 3339.
    pub at: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who, where the book knows; nobody where the server itself wrote.
    pub user: Option<RecordId>,
    /// What they are called, where the book knows.
    pub user_name: Option<String>,
    /// On which device, where the book knows.
    pub device: Option<Uuid>,
    /// What the device is called.
    pub device_name: Option<String>,
    /// The registers it set and to what; null where it emptied one.
    pub fields: Map<String, Value>,
    /// How many letters of long text it added.
    pub letters_added: usize,
    /// How many letters of long text it removed.
    pub letters_removed: usize,
    /// What the author (usually the server) said about it.
    pub message: Option<String>,
    /// The server has not answered it yet.
    pub pending: bool,
}

/// A value that lost against another, kept for its author.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alternative {
    /// The register that keeps it.
    pub key: String,
    /// The field it was meant for; a child's key is written with dots.
    pub field: String,
    /// What is kept: the value, its author, when, and the rule that decided.
    pub kept: Value,
}

/// The changes of a record, each after what it builds on.
pub(crate) fn of(connection: &Connection, kind: &'static RecordType, id: RecordId) -> Result<Vec<HistoryEntry>, Error> {
    let stored = documents::find(connection, id)?.filter(|stored| stored.kind == kind.name);
    let stored = stored.ok_or_else(|| Error::not_found(kind.name, id))?;
    let doc = stored.load(kind, id, GENESIS_ACTOR)?;
    let waiting = outbox::made(connection)?.remove(&id).unwrap_or_default();
    let waiting: Vec<String> = waiting.iter().map(|made| hex(&made.hash)).collect();
    history::of(&doc).into_iter().map(|entry| named(connection, &doc, entry, &waiting)).collect()
}

/// The values that lost.
pub(crate) fn alternatives(connection: &Connection, kind: &'static RecordType, id: RecordId) -> Result<Vec<Alternative>, Error> {
    let raw = documents::raw(connection, &RecordRef::new(kind.name, id))?.filter(|raw| raw.exists());
    let raw = raw.ok_or_else(|| Error::not_found(kind.name, id))?;
    let shown = |losing: Losing| Alternative { field: losing.place.replace('/', "."), key: losing.key, kept: losing.kept };
    Ok(alternative::standing(id, &raw).into_iter().map(shown).collect())
}

/// Takes a value that lost, and lets go of it.
pub(crate) fn choose(bundle: &mut Bundle<'_>, kind: &'static RecordType, id: RecordId, key: &str) -> Result<(), Error> {
    let target = RecordRef::new(kind.name, id);
    let raw = bundle.raw(&target).filter(Raw::exists).ok_or_else(|| Error::not_found(kind.name, id))?;
    let found = alternative::standing(id, &raw).into_iter().find(|losing| losing.key == key);
    let message = format!("no losing value of this {} is kept as {key}; `alternatives` lists them", kind.name);
    let losing = found.ok_or_else(|| Refusal::new("alternative.not_found", message))?;
    let seed = losing.id().unwrap_or_default();
    let values = [(losing.place.clone(), losing.value().clone())].into_iter().collect();
    salvage::write(bundle, kind, id, &values, seed.0)?;
    salvage::dismiss(bundle, &target, |other| other.key == losing.key)
}

fn named(connection: &Connection, doc: &Automerge, entry: history::Entry, waiting: &[String]) -> Result<HistoryEntry, Error> {
    let mut statement = connection.prepare_cached("SELECT user, device, device_name FROM actor WHERE actor = ?1")?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, [u8; 16]>(1)?, row.get(2)?));
    let actor: Option<([u8; 16], [u8; 16], String)> = statement.query_row([&entry.actor], row).optional()?;
    let (user, device, device_name) = match actor {
        Some((user, device, name)) => {
            let named = |bytes| Some(Uuid::from_bytes(bytes)).filter(|id| !id.is_nil());
            (named(user).map(RecordId), named(device), Some(name).filter(|name| !name.is_empty()))
        }
        None => (None, None, None),
    };
    let user_name = user.map(|user| name_of(connection, user)).transpose()?.flatten();
    let settled = standing(doc, &entry);
    let value = |key: &str, value: Option<Scalar>| value.as_ref().or(settled.get(key)).map_or(Value::Null, Scalar::to_json);
    Ok(HistoryEntry {
        pending: waiting.contains(&entry.hash),
        hash: entry.hash,
        at: time::spell(time::from_ms(entry.at_ms)),
        at_ms: entry.at_ms,
        user,
        user_name,
        device,
        device_name,
        fields: entry.registers.into_iter().map(|(key, register)| (key.clone(), value(&key, register))).collect(),
        letters_added: entry.letters.0,
        letters_removed: entry.letters.1,
        message: entry.message,
    })
}

/// What stands in the registers after a change that only took losing values away, which looks like emptying them.
fn standing(doc: &Automerge, entry: &history::Entry) -> BTreeMap<String, Scalar> {
    let emptied = entry.registers.values().any(Option::is_none);
    let head = ChangeHash::from_str(&entry.hash).ok().filter(|_| emptied);
    let raw = head.and_then(|head| documents::guarded(|| document::read_at(doc, &[head])).ok());
    raw.map(|raw| raw.registers.take()).unwrap_or_default()
}

fn name_of(connection: &Connection, user: RecordId) -> Result<Option<String>, Error> {
    let mut statement = connection.prepare_cached("SELECT body ->> '$.name' FROM record_user WHERE id = ?1")?;
    let name: Option<Option<String>> = statement.query_row([user.0.as_bytes()], |row| row.get(0)).optional()?;
    Ok(name.flatten())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
