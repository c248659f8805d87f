//! Bringing everybody level, and looking at everything there is.

use super::stage::{Stage, broken};
use super::{Failure, Weather, ledger, money};
use crate::seed::Numbers;
use fieldbook_domain::ids::RecordRef;
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeMap;
use std::path::Path;

/// How many rounds of syncs it may take until nothing moves any more.
const ROUNDS_MAX: usize = 8;

/// Brings everybody level with what lies in the network arriving at any time, and looks at everything.
pub(super) fn merge(stage: &mut Stage, dice: &mut Numbers) -> Result<(), Failure> {
    for at in 0..stage.handsets.len() {
        stage.sign_in(at)?;
    }
    let (first, mut after) = (dice.below(stage.handsets.len()), dice.below(stage.late.len() + 1));
    for _ in 0..after {
        stage.arrive(dice.below(stage.late.len()));
    }
    level(stage, first)?;
    after = stage.late.len();
    for _ in 0..after {
        stage.arrive(dice.below(stage.late.len()));
    }
    level(stage, first)?;
    stage.tally.merges += 1;
    look(stage)
}

/// Syncs all phones until nothing moves.
fn level(stage: &mut Stage, first: usize) -> Result<(), Failure> {
    let many = stage.handsets.len();
    for _ in 0..ROUNDS_MAX {
        let mut moved = false;
        for at in 0..many {
            if let Some(report) = stage.sync((first + at) % many, Weather::Fair, 0)? {
                moved |= report.pushed + report.refused + report.pulled_changes + report.decisions > 0;
            }
        }
        if !moved {
            return Ok(());
        }
    }
    Err(Failure::new("restless", format!("after {ROUNDS_MAX} rounds of syncs there still is something to send")))
}

fn look(stage: &Stage) -> Result<(), Failure> {
    let failed = |error: fieldbook_server::error::Error| Failure::new("office", error.to_string());
    let report = stage.world.app.check(stage.world.org).map_err(failed)?;
    if let Some(broken) = report.broken.first() {
        let told = stage.ledger.told(&broken.record, "");
        return Err(Failure::new("invariant", format!("{} at {}: {}{told}", broken.rule, broken.record, broken.message)));
    }
    let office = stage.world.app.org_digest(stage.world.org).map_err(failed)?;
    let mut level = Vec::new();
    for at in 0..stage.handsets.len() {
        if stage.identity(at)?.is_some() {
            level.push(at);
        }
    }
    let orgs = stage.world.dir.path().join("server").join("orgs");
    let heads = heads(&orgs.join(format!("{}.db", stage.world.org)))?;
    for at in &level {
        same(stage, *at, &office, &heads)?;
    }
    money::adds_up(&office)?;
    ledger::account(stage, &office, &level)
}

/// A phone holds the records and the documents the office holds, and nothing waits on it.
fn same(
    stage: &Stage,
    at: usize,
    office: &BTreeMap<RecordRef, String>,
    heads_there: &BTreeMap<Vec<u8>, Vec<u8>>,
) -> Result<(), Failure> {
    let handset = stage.handset(at)?;
    let slice = stage.world.slice(handset.phone.user);
    for (target, body) in office.iter().filter(|(target, _)| slice.holds(target)) {
        if handset.shown.get(target) != Some(body) {
            let shown = handset.shown.get(target).map_or("nothing", String::as_str);
            let what = format!("{target} at the office is {body}, on {}'s phone {at} {shown}", handset.name);
            return Err(Failure::new("diverged", what));
        }
    }
    if let Some(more) = handset.shown.keys().find(|target| !office.contains_key(target) || !slice.holds(target)) {
        return Err(Failure::new("diverged", format!("{}'s phone {at} has {more}, which it should not", handset.name)));
    }
    let pending = handset.phone.book.status().map_err(broken("book"))?.pending;
    if pending > 0 {
        return Err(Failure::new("waiting", format!("{pending} pieces of work still wait on {}'s phone {at}", handset.name)));
    }
    let here = heads(&stage.world.dir.path().join(format!("phone-{at}.db")))?;
    let differs = |target: &&RecordRef| {
        let id = target.id.0.as_bytes().as_slice();
        heads_there.get(id) != here.get(id)
    };
    match office.keys().filter(|target| slice.holds(target)).find(differs) {
        Some(target) => Err(Failure::new("diverged", format!("{target} has other heads on {}'s phone {at}", handset.name))),
        None => Ok(()),
    }
}

/// The heads of every document in a book, or at the office: both write them one after the other.
fn heads(path: &Path) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, Failure> {
    let read = || -> rusqlite::Result<BTreeMap<Vec<u8>, Vec<u8>>> {
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let mut statement = db.prepare("SELECT id, heads FROM document")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    read().map_err(|error| Failure::new("book", format!("{}: {error}", path.display())))
}
