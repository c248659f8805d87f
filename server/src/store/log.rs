//! The log devices read: appending to it, and cutting it into pages.
//!
//! A page never ends inside a group, and neighbouring changes of one document travel as one entry.

use fieldbook_domain::access::is_everybodys;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::RECORD_TYPES;
use fieldbook_sync::change::{ActorBytes, Dep, Hash, WireChange};
use fieldbook_sync::message::{Entry, EntryBody, Page};
use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::change::read_wire;
use super::{Store, signed, unsigned};
use crate::error::Error;

/// The scope of everything; who reads the whole organisation reads it.
pub(crate) const ORG_SCOPE: &str = "org";
/// What of it is everybody's; it has no rows of its own.
pub(crate) const COMMON_SCOPE: &str = "common";
/// What the server is called where a device's name is expected.
pub(crate) const SERVER_NAME: &str = "server";
/// Rows that are nothing for the asker and are looked at again with every page, before a page says that it is past them.
const PASSED_MAX: usize = 256;
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
    /// A change, shown to somebody who holds its record.
    Copy(&'a Hash),
    /// A record that came to somebody, with all its changes so far.
    Whole(RecordId),
    /// A record that left somebody.
    Leave(RecordId),
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
    /// Who asks.
    pub(crate) user: RecordId,
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
            Logged::Copy(hash) => ("copy", hash.as_slice()),
            Logged::Whole(doc) => ("whole", doc.0.as_bytes()),
            Logged::Leave(doc) => ("leave", doc.0.as_bytes()),
        };
        statement.execute((signed(seq), scope, signed(group), kind, reference))?;
        Ok(())
    }

    /// A stretch of the log of one scope.
    pub(crate) fn page(&self, request: &PageRequest<'_>) -> Result<Page, Error> {
        let mut statement = self.conn.prepare_cached(rows_of(request.scope))?;
        let (scope, from, user) = (request.scope, signed(request.from), request.user.0.as_bytes());
        let mut rows = match scope {
            ORG_SCOPE => statement.query((scope, from))?,
            COMMON_SCOPE => statement.query((ORG_SCOPE, from, everybodys()))?,
            _ => statement.query((scope, from, user))?,
        };
        let mut page =
            Page { scope: request.scope.to_owned(), from: request.from, to: request.from, more: false, entries: Vec::new() };
        let (mut taken, mut bytes, mut last_group) = (0_usize, 0_usize, None);
        let (mut passed, mut passed_to) = (0_usize, request.from);
        while let Some(row) = rows.next()? {
            let (seq, group) = (unsigned(row.get(0)?), unsigned(row.get(1)?));
            if !row.get::<_, bool>(8)? {
                (passed, passed_to) = (passed.saturating_add(1), seq);
                continue;
            }
            if (taken >= request.entries_max || bytes >= request.bytes_max) && last_group != Some(group) {
                page.more = true;
                break;
            }
            let (bodies, size) = self.entries(row, seq, request)?;
            for body in bodies {
                append(&mut page.entries, Entry { seq, group, body });
            }
            (taken, bytes, last_group) = (taken.saturating_add(1), bytes.saturating_add(size), Some(group));
            page.to = seq;
        }
        if passed > PASSED_MAX && !page.more {
            page.to = page.to.max(passed_to);
        }
        Ok(page)
    }

    /// What one row says, and about how many bytes it takes.
    fn entries(&self, row: &rusqlite::Row<'_>, seq: u64, request: &PageRequest<'_>) -> Result<(Vec<EntryBody>, usize), Error> {
        let reference = row.get_ref(3)?.as_blob().unwrap_or_default();
        let id = || Uuid::from_slice(reference).map_err(|_| Error::Damaged { what: "log entry" });
        match row.get_ref(2)?.as_str().unwrap_or_default() {
            "change" | "copy" => {
                let doc = Uuid::from_bytes(row.get(4)?);
                let actor: ActorBytes = row.get(5)?;
                if actor == request.asker {
                    let hash = reference.try_into().map_err(|_| Error::Damaged { what: "log entry" })?;
                    return Ok((vec![EntryBody::Own { doc, hash }], 50));
                }
                let blob = row.get_ref(6)?.as_blob().unwrap_or_default();
                let changes = vec![read_wire(blob)?];
                Ok((vec![EntryBody::Changes { kind: row.get(7)?, doc, changes }], blob.len()))
            }
            "whole" => self.whole(row.get(7)?, id()?, seq, request.asker),
            "leave" => Ok((vec![EntryBody::Leave { kind: row.get(7)?, doc: id()? }], 50)),
            "actor" => {
                let actor: ActorBytes = reference.try_into().map_err(|_| Error::Damaged { what: "log entry" })?;
                Ok((vec![self.announcement(actor)?], 64))
            }
            _ => {
                let id = id()?;
                let body: String = self.decision_body(id)?;
                let bytes = body.len();
                Ok((vec![EntryBody::Notice { id, body }], bytes))
            }
        }
    }

    /// A record with all its changes up to a position, the asker's own among them: their phone may have let go of it.
    fn whole(&self, kind: String, doc: Uuid, seq: u64, asker: ActorBytes) -> Result<(Vec<EntryBody>, usize), Error> {
        let mut statement = self.conn.prepare_cached("SELECT wire FROM change WHERE doc = ?1 AND seq <= ?2 ORDER BY seq")?;
        let mut rows = statement.query((doc.as_bytes(), signed(seq)))?;
        let (mut own, mut all, mut bytes) = (Vec::new(), Vec::new(), 0_usize);
        while let Some(row) = rows.next()? {
            let blob = row.get_ref(0)?.as_blob().unwrap_or_default();
            bytes = bytes.saturating_add(blob.len());
            let change = read_wire(blob)?;
            if change.actor == asker {
                own.push(EntryBody::Own { doc, hash: change.hash });
            }
            all.push(EntryBody::Changes { kind: kind.clone(), doc, changes: vec![change] });
        }
        own.append(&mut all);
        Ok((own, bytes))
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

/// The record types that are everybody's, as a JSON array.
pub(crate) fn everybodys() -> String {
    let names: Vec<&str> = RECORD_TYPES.iter().filter(|kind| is_everybodys(kind)).map(|kind| kind.name).collect();
    serde_json::json!(names).to_string()
}

/// The rows of a scope after a position, and whether each is for this user.
///
/// In the log of a user who reads a part, what came to them before they held it is not for them, nor is its leaving once it is back.
fn rows_of(scope: &str) -> &'static str {
    match scope {
        ORG_SCOPE => {
            "SELECT log.seq, log.grp, log.kind, log.ref, change.doc, change.actor, change.wire, document.kind, 1
             FROM log
             LEFT JOIN change ON log.kind = 'change' AND change.seq = log.seq
             LEFT JOIN document ON document.id = change.doc
             WHERE log.scope = ?1 AND log.seq > ?2
             ORDER BY log.seq"
        }
        COMMON_SCOPE => {
            "SELECT seq, grp, what, ref, doc, actor, CASE WHEN shown THEN (SELECT wire FROM change WHERE change.seq = row.seq) END,
                    kind, shown
             FROM (SELECT log.seq, log.grp, log.kind AS what, log.ref, change.doc, change.actor, document.kind,
                          log.kind = 'actor' OR document.kind IN (SELECT value FROM json_each(?3)) AS shown
                   FROM log
                   LEFT JOIN change ON log.kind = 'change' AND change.seq = log.seq
                   LEFT JOIN document ON document.id = change.doc
                   WHERE log.scope = ?1 AND log.seq > ?2) AS row
             ORDER BY seq"
        }
        _ => {
            "SELECT log.seq, log.grp, log.kind, log.ref, change.doc, change.actor, change.wire, document.kind,
                    CASE log.kind WHEN 'notice' THEN 1 WHEN 'leave' THEN held.since IS NULL
                                  ELSE held.since IS NOT NULL AND held.since <= log.seq END
             FROM log
             LEFT JOIN change ON log.kind = 'copy' AND change.hash = log.ref
             LEFT JOIN document ON document.id = coalesce(change.doc, log.ref)
             LEFT JOIN held ON held.user = ?3 AND held.doc = document.id
             WHERE log.scope = ?1 AND log.seq > ?2
             ORDER BY log.seq"
        }
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
