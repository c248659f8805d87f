//! What waits for which record: the index behind `World::awaiting`.

use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::Decision;
use uuid::Uuid;

use super::Store;
use crate::error::Error;

impl Store {
    /// Notes what a decision waits for.
    pub(crate) fn put_awaited(&self, decision: &Decision) -> Result<(), Error> {
        for target in decision.held.iter().flat_map(|held| &held.awaits) {
            let mut statement = self.conn.prepare_cached(
                "INSERT INTO awaited (target, target_kind, decision, at_ms) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (target, target_kind, decision) DO NOTHING",
            )?;
            statement.execute((target.id.0.as_bytes(), &target.kind, decision.id.as_bytes(), decision.at_ms))?;
        }
        Ok(())
    }

    /// The decisions that wait for a record.
    pub(crate) fn awaiting(&self, target: &RecordRef) -> Result<Vec<Decision>, Error> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT decision FROM awaited WHERE target = ?1 AND target_kind = ?2 ORDER BY at_ms, decision")?;
        let rows = statement.query_map((target.id.0.as_bytes(), &target.kind), |row| row.get(0))?;
        let ids: Vec<Uuid> = rows.map(|id| id.map(Uuid::from_bytes)).collect::<Result<_, _>>()?;
        let found = ids.into_iter().filter_map(|id| self.decision(id).transpose());
        found.collect()
    }

    /// What has waited since before `at_ms` without its author being told: the decision and what it waits for.
    pub(crate) fn awaited_since(&self, at_ms: i64) -> Result<Vec<(Uuid, RecordRef)>, Error> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT decision, target_kind, target FROM awaited WHERE told = 0 AND at_ms < ?1 ORDER BY at_ms")?;
        let row = |row: &rusqlite::Row<'_>| {
            let kind: String = row.get(1)?;
            Ok((Uuid::from_bytes(row.get(0)?), RecordRef::new(kind, RecordId(Uuid::from_bytes(row.get(2)?)))))
        };
        let rows = statement.query_map([at_ms], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes that nothing more has to be said about what a decision waits for.
    pub(crate) fn awaited_told(&self, decision: Uuid) -> Result<(), Error> {
        self.conn.prepare_cached("UPDATE awaited SET told = 1 WHERE decision = ?1")?.execute([decision.as_bytes()])?;
        Ok(())
    }
}
