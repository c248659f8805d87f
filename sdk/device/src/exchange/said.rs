//! What the server said, written into the book; each is one transaction.

use std::collections::BTreeMap;

use fieldbook_sync::message::{Answer, Status};
use rusqlite::Transaction;
use uuid::Uuid;

use crate::clock::Host;
use crate::error::Error;
use crate::incarnation::{self, Incarnation};
use crate::reauthor::{self, Cause};
use crate::store::{cursors, leaving, meta, outbox, projection, restored, rewritten};

/// Notes that everything is stored; gives whether there is work that had to wait for that.
pub(super) fn caught_up(tx: &Transaction<'_>, host: &Host) -> Result<bool, Error> {
    meta::set(tx, meta::LAST_SYNC, &host.clock.now_ms())?;
    let restored = restored::is_under_way(tx)?;
    if !restored && !rewritten::any(tx)? {
        restored::prune(tx)?;
        return Ok(false);
    }
    let seen = rewritten::take_seen(tx)?;
    if restored || !seen.is_empty() {
        incarnation::renew(tx, host)?;
        reauthor::run(tx, host, &if restored { Cause::Restored(seen) } else { Cause::Seen(seen) })?;
        leaving::go(tx)?;
    }
    if restored {
        restored::finish(tx)?;
    }
    Ok(outbox::count(tx)? > 0)
}

/// What became of the outbox.
pub(super) struct Noted {
    pub(super) settled: usize,
    pub(super) refused: usize,
    pub(super) renewed: Option<(Incarnation, u64)>,
}

/// Takes answered work out of the outbox; refused work, and what waits for it, is authored again without it.
pub(super) fn note(tx: &Transaction<'_>, actor: Uuid, answers: &[Answer], host: &Host) -> Result<Noted, Error> {
    let mut noted = Noted { settled: 0, refused: 0, renewed: None };
    let current = incarnation::current(tx)?;
    if current.actor != actor {
        // The numbers are those of a name another process has put down.
        noted.renewed = Some((current, outbox::last_dseq(tx)?));
        return Ok(noted);
    }
    let answered_ms = meta::get(tx, meta::SERVER_MS)?.unwrap_or(0);
    let mut refused = BTreeMap::new();
    let mut again = false;
    for answer in answers {
        match answer.status {
            Status::Accepted | Status::Adjusted | Status::Held | Status::Rejected => {
                noted.settled = noted.settled.saturating_add(1);
                for (kind, id) in outbox::settle(tx, answer.dseq, answered_ms)? {
                    projection::mark(tx, &kind, id, false)?;
                }
            }
            Status::Refused => {
                refused.insert(answer.dseq, (answer.code.clone(), answer.message.clone()));
                again = true;
            }
            Status::Waiting => again = true,
        }
    }
    if again {
        noted.refused = refused.len();
        incarnation::renew(tx, host)?;
        let incarnation = reauthor::run(tx, host, &Cause::Refused(refused))?;
        noted.renewed = Some((incarnation, outbox::last_dseq(tx)?));
    }
    leaving::go(tx)?;
    Ok(noted)
}

/// Notes that the server is another one than before: everything is read anew, and then levelled with it.
pub(super) fn epoch_changed(tx: &Transaction<'_>) -> Result<(), Error> {
    cursors::clear(tx)?;
    restored::begin(tx)
}

/// Notes the terms: the server database, its time, and the only logs whose cursors still count.
pub(super) fn welcome(tx: &Transaction<'_>, epoch: Uuid, server_ms: i64, scopes: &[String]) -> Result<(), Error> {
    meta::set(tx, meta::EPOCH, &epoch)?;
    meta::set(tx, meta::SERVER_MS, &server_ms)?;
    cursors::keep_only(tx, scopes)
}
