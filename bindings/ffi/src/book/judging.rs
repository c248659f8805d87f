//! What people see of the judge: what was decided and what can be done about it, what waits for whom, what will be decided.

use fieldbook_domain::constraint::Flag;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::judge::{SALVAGES, Salvage, Salvaged};
use uuid::Uuid;

use super::Book;
use crate::background::{blocking, waiting};
use crate::error::FieldbookError;
use crate::shown::{Aside, Forecast, InboxItem, ReviewItem};
use crate::value::{NamedValue, object};

#[uniffi::export]
impl Book {
    /// One item of the inbox, dismissed or not. Throws `Refused`, `inbox.not_found`.
    pub async fn inbox_item(&self, item: Uuid) -> Result<InboxItem, FieldbookError> {
        let book = self.inner.clone();
        Ok(blocking(move || book.inbox_item(item)).await?.into())
    }

    /// Does what an item of the inbox offers and notes it as done; what was done before is not done again. `to`, a user or a team,
    /// gets what is handed over; else who does it.
    ///
    /// Throws `Refused`: what a rule says no to, `salvage.none` where nothing is offered, `salvage.by_hand` where a person has to
    /// do it; then nothing was written. `Offline` where the office has to do a part of it.
    #[uniffi::method(default(to = None))]
    pub async fn salvage(&self, item: Uuid, to: Option<RecordRef>) -> Result<Salvaged, FieldbookError> {
        let book = self.inner.clone();
        waiting(async move { book.salvage(item, to).await }).await
    }

    /// What `salvage` would do; nothing is written. Throws as `salvage`, without what the office would say.
    #[uniffi::method(default(to = None))]
    pub async fn salvage_plan(&self, item: Uuid, to: Option<RecordRef>) -> Result<Salvaged, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.salvage_plan(item, to)).await
    }

    /// Takes an item off the list. The losing values kept for its author go with it, unless another item tells of them too.
    ///
    /// Throws `Refused`, `inbox.not_found`.
    pub async fn dismiss(&self, item: Uuid) -> Result<(), FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.dismiss(item)).await
    }

    /// Takes a value that lost, named by the alternative's key: writes it as an edit like any other.
    ///
    /// Throws `NotFound`; `Refused`: `alternative.not_found`, or what a rule says no to.
    pub async fn choose_alternative(&self, target: RecordRef, key: String) -> Result<(), FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.choose_alternative(&target.kind, target.id, &key)).await
    }

    /// Lets go of a value that lost, named by the alternative's key: it is gone here at once, and everywhere with the next sync.
    ///
    /// Throws `NotFound`; `Refused`: `dismiss.not_found`, not permitted.
    pub async fn dismiss_alternative(&self, target: RecordRef, key: String) -> Result<(), FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.dismiss_alternative(&target.kind, target.id, &key)).await
    }

    /// What this book held of what others wrote when the server was put back from a backup, and the office has not got back.
    pub async fn aside(&self) -> Result<Vec<Aside>, FieldbookError> {
        let book = self.inner.clone();
        let aside = blocking(move || book.aside()).await?;
        Ok(aside.into_iter().map(Aside::from).collect())
    }

    /// What the office holds back and this person may decide, oldest first. Throws `SignedOut`.
    pub async fn review(&self) -> Result<Vec<ReviewItem>, FieldbookError> {
        let book = self.inner.clone();
        let queue = blocking(move || book.review()).await?;
        Ok(queue.into_iter().map(ReviewItem::from).collect())
    }

    /// Answers what the office asked, offline or not: the item leaves the queue at once, and is back if the office does not take
    /// the answer. Gives the id of the action.
    ///
    /// Throws `Refused`: `review.not_found` for what does not wait for this person, `review.choice` for what is none of the
    /// answers.
    #[uniffi::method(default(note = None))]
    pub async fn decide(&self, item: Uuid, choice: String, note: Option<String>) -> Result<RecordId, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.decide(item, &choice, note.as_deref())).await
    }

    /// What of a record deserves a look; none of it is refused. Throws `NotFound`.
    pub async fn flags(&self, target: RecordRef) -> Result<Vec<Flag>, FieldbookError> {
        let book = self.inner.clone();
        blocking(move || book.flags(&target.kind, target.id)).await
    }

    /// What the office would decide about an action if nothing else has happened there; nothing is written.
    ///
    /// Throws as `perform`: what the phone itself refuses.
    pub async fn forecast(
        &self,
        target: RecordRef,
        action: String,
        arguments: Vec<NamedValue>,
    ) -> Result<Forecast, FieldbookError> {
        let book = self.inner.clone();
        Ok(blocking(move || book.forecast(&target.kind, target.id, &action, object(&arguments))).await?.into())
    }
}

/// Everything an item of the inbox may offer, by the name it carries.
#[uniffi::export]
#[must_use]
pub fn salvage_offers() -> Vec<Salvage> {
    SALVAGES.to_vec()
}
