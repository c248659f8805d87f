//! The log devices read: appending to it, and cutting it into pages.
//!
//! A page never ends inside a group, and neighbouring changes of one document travel as one entry.

use fieldbook_domain::ids::RecordId;
use fieldbook_sync::change::{ActorBytes, Dep, Hash, WireChange};
use fieldbook_sync::message::{Entry, EntryBody, Page};
use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::change::read_wire;
use super::{Store, signed, unsigned};
use crate::error::Error;

/// The scope everybody in the organisation reads.
pub(crate) const ORG_SCOPE: &str = "org";
/// What the server is called where a device's name is expected.
pub(crate) const SERVER_NAME: &str = "server";
/// Changes one entry holds at most.
const ENTRY_CHANGES_MAX: usize = 500;

/// The scope one person reads.
pub(crate) fn user_scope(user: RecordId) -> String {
    format!("user:{user}")
}

/// What a row of the log is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Logged<'a> {
    /// The change of the same seq.
    Change(&'a Hash),
    /// Who an actor is.
    Actor(&'a ActorBytes),
    /// A decision.
    Notice(Uuid),
}

/// What to read.
#[derive(Clone, Debug)]
pub(crate) struct PageRequest<'a> {
    pub(crate) scope: &'a str,
    pub(crate) from: u64,
    pub(crate) entries_max: usize,
    pub(crate) bytes_max: usize,
    /// The asking actor, whose own changes are not sent back.
    pub(crate) asker: ActorBytes,
}

impl Store {
    /// The last seq of the log.
    pub(crate) fn last_seq(&self) -> Result<u64, Error> {
        let mut statement = self.conn.prepare_cached("SELECT coalesce(max(seq), 0) FROM log")?;
        Ok(unsigned(statement.query_row([], |row| row.get(0))?))
    }

    /// Appends to the log.
    pub(crate) fn put_log(&self, seq: u64, scope: &str, group: u64, what: Logged<'_>) -> Result<(), Error> {
        let mut statement =
            self.conn.prepare_cached("INSERT INTO log (seq, scope, grp, kind, ref) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        let (kind, reference): (&str, &[u8]) = match &what {
            Logged::Change(hash) => ("change", hash.as_slice()),
            Logged::Actor(actor) => ("actor", actor.as_slice()),
            Logged::Notice(decision) => ("notice", decision.as_bytes()),
        };
        statement.execute((signed(seq), scope, signed(group), kind, reference))?;
        Ok(())
    }

    /// A stretch of the log of one scope.
    pub(crate) fn page(&self, request: &PageRequest<'_>) -> Result<Page, Error> {
        let mut statement = self.conn.prepare_cached(
            "SELECT log.seq, log.grp, log.kind, log.ref, change.doc, change.actor, change.wire, document.kind
             FROM log
             LEFT JOIN change ON log.kind = 'change' AND change.seq = log.seq
             LEFT JOIN document ON document.id = change.doc
             WHERE log.scope = ?1 AND log.seq > ?2
             ORDER BY log.seq",
        )?;
        let mut rows = statement.query((request.scope, signed(request.from)))?;
        let mut page =
            Page { scope: request.scope.to_owned(), from: request.from, to: request.from, more: false, entries: Vec::new() };
        let (mut taken, mut bytes, mut last_group) = (0_usize, 0_usize, None);
        while let Some(row) = rows.next()? {
            let (seq, group) = (unsigned(row.get(0)?), unsigned(row.get(1)?));
            if (taken >= request.entries_max || bytes >= request.bytes_max) && last_group != Some(group) {
                page.more = true;
                break;
            }
            let (body, size) = self.entry(row, request)?;
            append(&mut page.entries, Entry { seq, group, body });
            (taken, bytes, last_group) = (taken.saturating_add(1), bytes.saturating_add(size), Some(group));
            page.to = seq;
        }
        Ok(page)
    }

    /// The body of one row and about how many bytes it takes.
    fn entry(&self, row: &rusqlite::Row<'_>, request: &PageRequest<'_>) -> Result<(EntryBody, usize), Error> {
        let reference = row.get_ref(3)?.as_blob().unwrap_or_default();
        match row.get_ref(2)?.as_str().unwrap_or_default() {
            "change" => {
                let doc = Uuid::from_bytes(row.get(4)?);
                let actor: ActorBytes = row.get(5)?;
                if actor == request.asker {
                    let hash = reference.try_into().map_err(|_| Error::Damaged { what: "log entry" })?;
                    return Ok((EntryBody::Own { doc, hash }, 50));
                }
                let blob = row.get_ref(6)?.as_blob().unwrap_or_default();
                let changes = vec![read_wire(blob)?];
                Ok((EntryBody::Changes { kind: row.get(7)?, doc, changes }, blob.len()))
            }
            "actor" => {
                let actor: ActorBytes = reference.try_into().map_err(|_| Error::Damaged { what: "log entry" })?;
                Ok((self.announcement(actor)?, 64))
            }
            _ => {
                let id = Uuid::from_slice(reference).map_err(|_| Error::Damaged { what: "log entry" })?;
                let body: String = self.decision_body(id)?;
                let bytes = body.len();
                Ok((EntryBody::Notice { id, body }, bytes))
            }
        }
    }

    fn announcement(&self, actor: ActorBytes) -> Result<EntryBody, Error> {
        let Some(row) = self.actor(&actor)? else {
            let nobody = Uuid::nil();
            return Ok(EntryBody::Actor { actor, device: nobody, user: nobody, device_name: SERVER_NAME.to_owned() });
        };
        let device_name = self.device(row.device)?.map(|device| device.name).unwrap_or_default();
        Ok(EntryBody::Actor { actor, device: row.device, user: row.user.0, device_name })
    }

    fn decision_body(&self, id: Uuid) -> Result<String, Error> {
        let mut statement = self.conn.prepare_cached("SELECT body FROM decision WHERE id = ?1")?;
        let body = statement.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
        body.ok_or(Error::Damaged { what: "decision" })
    }
}

fn append(entries: &mut Vec<Entry>, mut entry: Entry) {
    if let EntryBody::Changes { doc, changes, .. } = &mut entry.body
        && let Some(last) = entries.last_mut()
        && let EntryBody::Changes { doc: open_doc, changes: open, .. } = &mut last.body
        && open_doc == doc
        && open.len() < ENTRY_CHANGES_MAX
    {
        for mut change in changes.drain(..) {
            shorten(&mut change, open.last());
            open.push(change);
        }
        (last.seq, last.group) = (entry.seq, entry.group);
        return;
    }
    entries.push(entry);
}

/// Names the change before by its place instead of its hash.
fn shorten(change: &mut WireChange, previous: Option<&WireChange>) {
    let Some(previous) = previous else { return };
    for dep in &mut change.deps {
        if *dep == Dep::Hash(previous.hash) {
            *dep = Dep::Previous;
        }
    }
}
