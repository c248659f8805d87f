//! What a person looks at.

use fieldbook_device::{Error, Query};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::record::{self, AnyRecord};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Book;
use crate::background::blocking;
use crate::error::FieldbookError;
use crate::query::RecordQuery;
use crate::shown::{Alternative, AvailableAction, GoalProgress, HistoryEntry, InboxItem, PipelineBy, PipelineRow, count};
use crate::timeline::{TimelinePage, TimelineQuery};

#[uniffi::export]
impl Book {
    /// A record, deleted ones included. Throws `NotFound`; `UpgradeNeeded` where a newer app keeps what this one cannot show.
    pub async fn record(&self, target: RecordRef) -> Result<AnyRecord, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || typed(&target.kind, book.get(&target.kind, target.id)?)).await
    }

    /// The record held under this id, whatever its type.
    pub async fn find(&self, id: RecordId) -> Result<Option<RecordRef>, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.find(id)).await
    }

    /// Records of one type, filtered and sorted. Throws `Refused` for a name the type does not have.
    pub async fn list_records(&self, query: RecordQuery) -> Result<Vec<AnyRecord>, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || {
            let query = Query::from(query);
            rows(&query.kind, book.list(&query)?)
        })
        .await
    }

    /// How many records a list would show, whatever its limit. Throws as `list_records`.
    pub async fn count_records(&self, query: RecordQuery) -> Result<i64, FieldbookError> {
        let book = self.inner.clone();
        Ok(count(blocking(move || book.count(&query.into())).await?))
    }

    /// The actions of a record: what can be done now, and why the rest cannot. Throws `NotFound`, `SignedOut`.
    pub async fn available(&self, target: RecordRef) -> Result<Vec<AvailableAction>, FieldbookError> {
        let book = self.inner.clone();
        let actions = blocking(move || book.available(&target.kind, target.id)).await?;
        Ok(actions.into_iter().map(AvailableAction::from).collect())
    }

    /// Who changed what, and when, each change after what it builds on. Throws `NotFound`.
    pub async fn history(&self, target: RecordRef) -> Result<Vec<HistoryEntry>, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || {
            let entries = book.history(&target.kind, target.id)?;
            Ok::<_, Error>(entries.into_iter().map(|entry| HistoryEntry::of(&target.kind, entry)).collect())
        })
        .await
    }

    /// What happened around a record and what is to happen, a page at a time. Throws `NotFound`; `Refused` for a kind of item
    /// there is not, a page of more than 50, a cursor that is none.
    pub async fn timeline(&self, target: RecordRef, query: TimelineQuery) -> Result<TimelinePage, FieldbookError> {
        let book = self.inner.clone();
        let page = blocking(move || book.timeline(&target.kind, target.id, &query.into())).await?;
        Ok(page.into())
    }

    /// The values that lost against others, kept for their authors. Throws `NotFound`.
    pub async fn alternatives(&self, target: RecordRef) -> Result<Vec<Alternative>, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || {
            let kept = book.alternatives(&target.kind, target.id)?;
            Ok::<_, Error>(kept.into_iter().map(|one| Alternative::of(&target.kind, one)).collect())
        })
        .await
    }

    /// What the server decided and what it would not take, newest first.
    pub async fn inbox(&self) -> Result<Vec<InboxItem>, FieldbookError> {
        let book = self.inner.clone();
        let items = blocking(move || book.inbox()).await?;
        Ok(items.into_iter().map(InboxItem::from).collect())
    }

    /// Notes an item of the inbox as read.
    pub async fn mark_read(&self, item: Uuid) -> Result<(), FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.mark_read(item)).await
    }

    /// What the opportunities come to, by state and by something else.
    pub async fn report_pipeline(&self, by: PipelineBy) -> Result<Vec<PipelineRow>, FieldbookError> {
        let book = self.inner.clone();
        let rows = blocking(move || book.report_pipeline(by.into())).await?;
        Ok(rows.into_iter().map(PipelineRow::from).collect())
    }

    /// How far a goal has come, closed ones too: an estimate from what this phone holds. Throws `NotFound`.
    pub async fn goal(&self, id: RecordId) -> Result<GoalProgress, FieldbookError> {
        let book = self.inner.clone();
        Ok(blocking(move || book.goal(id)).await?.into())
    }

    /// How far the open goals have come, each before those below it: an estimate from what this phone holds.
    pub async fn goals(&self) -> Result<Vec<GoalProgress>, FieldbookError> {
        let book = self.inner.clone();
        let goals = blocking(move || book.goals()).await?;
        Ok(goals.into_iter().map(GoalProgress::from).collect())
    }

    /// Every record in one spelling, deleted ones included, one a line, to compare two phones.
    pub async fn records_digest(&self) -> Result<Vec<String>, FieldbookError> {
        let book = self.inner.clone();
        let digest = blocking(move || book.records_digest()).await?;
        Ok(digest.into_iter().map(|(target, body)| format!("{target} {body}")).collect())
    }
}

/// The rows of a list as records.
pub(crate) fn rows(kind: &str, rows: Vec<Map<String, Value>>) -> Result<Vec<AnyRecord>, Error> {
    rows.into_iter().map(|row| typed(kind, row)).collect()
}

fn typed(kind: &str, body: Map<String, Value>) -> Result<AnyRecord, Error> {
    let declared = record::find(kind).map_or("record", |kind| kind.name);
    let misfit = |reason: String| Error::ConvertRecord { kind: declared, reason };
    match AnyRecord::from_json(kind, body) {
        Ok(Some(record)) => Ok(record),
        Ok(None) => Err(misfit("there is no such record type".to_owned())),
        Err(error) => Err(misfit(error.to_string())),
    }
}
