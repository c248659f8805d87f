//! What the office would decide, said offline by the code it decides with.
//!
//! A forecast holds for as long as nothing else has happened at the office: the phone sees its own records, so what it is about to
//! write collides with nobody. What it finds is what one record does to others, and what needs somebody's word.

use std::collections::BTreeMap;

use fieldbook_domain::action::Records;
use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::judge::{self, Arrival, Case, Decision, Judgement, Stamp};
use fieldbook_domain::raw::{Outcome, Raw};
use fieldbook_sync::message::{self, Expected};
use rusqlite::Connection;
use serde::Serialize;
use uuid::Uuid;

use crate::bundle::Bundle;
use crate::desk::{self, Desk, Draft};
use crate::error::Error;
use crate::incarnation;
use crate::ledger::Ledger;
use crate::store::meta;

/// What the office would decide about an action, if nothing else has happened there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// What would become of it.
    pub outcome: Outcome,
    /// The rule that would decide, unless it would simply be accepted.
    pub rule: Option<String>,
    /// What its author would be told.
    pub message: Option<String>,
    /// Everything that would be decided about anybody's work.
    pub decisions: Vec<Decision>,
    /// When this phone last had everything the office had, in milliseconds since 1970: what happened since is not looked at.
    pub as_of_ms: Option<i64>,
}

/// Says what would become of a bundle, which is not written.
pub(crate) fn of(bundle: &Bundle<'_>) -> Result<Forecast, Error> {
    let desk = bundle.desk();
    let judgement = forecast_of(desk, &bundle.drafts())?;
    let reason = judgement.reason(desk.author().user);
    let (rule, message) = (reason.map(|reason| reason.rule.clone()), reason.map(|reason| reason.message.clone()));
    let as_of_ms = meta::get(desk.connection(), meta::LAST_SYNC)?;
    Ok(Forecast { outcome: judgement.status, rule, message, as_of_ms, decisions: judgement.decisions })
}

/// Judges what is about to be written as the office will judge it, if nothing else has happened there.
///
/// Costs less than the writing itself, which waits for the disk (a test below prints both).
pub(crate) fn forecast_of(desk: &Desk<'_>, drafts: &[&Draft]) -> Result<Judgement, Error> {
    let device = device(desk.connection())?;
    let author = desk.author();
    let stamp = || Stamp { user: author.user, device, at_ms: author.now_ms, seq: 0, clock_off: false, change: String::new() };
    let arrivals = drafts.iter().map(|draft| arrival(desk, draft, stamp())).collect();
    let case =
        Case { id: Uuid::nil(), author: author.user, role: author.role, at_office: false, now_ms: author.now_ms, arrivals };
    let merged = Merged { desk, drafts };
    let ledger = Ledger::new(&merged, desk.connection(), desk.session());
    let judgement = judge::judge(&case, &ledger);
    desk.check()?;
    ledger.settle(judgement)
}

/// What this phone expects the office to make of an intent. It travels with the work, and the office counts how often phones are
/// right; nothing depends on it.
pub(crate) fn expected(desk: &Desk<'_>, planned: &[Draft]) -> Result<Option<message::Forecast>, Error> {
    let drafts: Vec<&Draft> = planned.iter().filter(|draft| !draft.writes.is_empty()).collect();
    if drafts.is_empty() {
        return Ok(None);
    }
    let judgement = forecast_of(desk, &drafts)?;
    let expected = match judgement.status {
        Outcome::Accepted => return Ok(Some(message::Forecast::accepted())),
        Outcome::Adjusted => Expected::Adjusted,
        Outcome::Held => Expected::Held,
        Outcome::Rejected => Expected::Rejected,
    };
    let rule = judgement.reason(desk.author().user).map(|reason| reason.rule.clone()).unwrap_or_default();
    Ok(Some(message::Forecast { expected, rule }))
}

fn device(connection: &Connection) -> Result<Uuid, Error> {
    Ok(incarnation::current(connection)?.device)
}

/// One record's part: its author saw all there is, so nothing stands in conflict.
fn arrival(desk: &Desk<'_>, draft: &Draft, stamp: Stamp) -> Arrival {
    let before = desk.raw(&draft.target).unwrap_or_default();
    let (mut writes, mut texts) = (Vec::new(), Vec::new());
    for write in &draft.writes {
        match write {
            Write::Put { key, value } => writes.push((key.clone(), value.clone())),
            Write::Text { field, .. } => texts.push(field.clone()),
        }
    }
    Arrival {
        kind: draft.kind,
        id: draft.target.id,
        seen: before.clone(),
        meant: draft.after.clone(),
        before,
        after: draft.after.clone(),
        writes,
        texts,
        conflicts: BTreeMap::new(),
        stamp,
    }
}

/// The book with the drafts written.
struct Merged<'a> {
    desk: &'a Desk<'a>,
    drafts: &'a [&'a Draft],
}

impl Records for Merged<'_> {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        match self.drafts.iter().find(|draft| draft.target == *target) {
            Some(draft) => Some(draft.after.clone()),
            None => self.desk.raw(target),
        }
    }

    fn referring(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        let drafts = self.drafts.iter().copied();
        desk::referring_with(self.desk.referring(kind, field, holds), drafts, (kind, field, holds))
    }
}

#[cfg(test)]
mod tests;
