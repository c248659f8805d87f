//! What only the office does: asked for while the person waits, and queued by nobody.

use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::raw::Raw;
use fieldbook_domain::record::RecordType;
use fieldbook_domain::refusal::Refusal;
use fieldbook_sync::office::OfficeRequest;
use rusqlite::Connection;
use serde_json::{Map, Value};

use super::Book;
use crate::desk::declared;
use crate::error::Error;
use crate::session::Session;
use crate::store::{documents, meta, outbox};
use crate::{incarnation, transport};

/// How often an answer that got lost is asked for again; the action's id makes that harmless.
const ASKED_MAX: usize = 2;

impl Book {
    /// Performs an action at the office: sends what waits, so that the office judges what the person sees, asks, and fetches
    /// the result. Gives the id of the action itself. Every action can be performed there; some only there.
    ///
    /// # Errors
    /// `Offline`: the reason says whether it was not done or its answer was lost; nothing is queued. `NotFound`, `SignedOut`; a
    /// refusal of the office's, or `record.unsent` while work on the record waits.
    pub async fn perform_at_office(
        &self,
        kind: &str,
        id: RecordId,
        action: &str,
        args: Map<String, Value>,
    ) -> Result<RecordId, Error> {
        let kind = declared(kind)?;
        let not_done = |reason: String| format!("{action} needs the office and was not done: {reason}");
        self.sync().await.map_err(|error| explained(error, not_done))?;
        let ready = self.store.read_async(move |connection| ready(connection, kind, id));
        let (session, token, device) = ready.await?;
        let action_id = self.host.ids.record_id(self.host.clock.now_ms());
        let (record, action) = (RecordRef::new(kind.name, id).to_string(), action.to_owned());
        let request = OfficeRequest { device, record, action, id: action_id.0, args };
        self.ask(&session, &token, &request).await?;
        // It is done whatever happens now; a result that does not arrive comes with the next sync.
        if let Err(error) = self.sync().await {
            tracing::info!(%error, "what the office did is not here yet");
        }
        Ok(action_id)
    }

    async fn ask(&self, session: &Session, token: &str, request: &OfficeRequest) -> Result<(), Error> {
        let mut asked = 0_usize;
        loop {
            asked = asked.saturating_add(1);
            match transport::ask_office(&self.client()?, &session.server, token, request, &self.host).await {
                Err(Error::Offline { .. }) if asked < ASKED_MAX => {}
                Err(error) => {
                    let lost = |reason: String| format!("whether {} was done the next sync shows: {reason}", request.action);
                    return Err(explained(error, lost));
                }
                Ok(()) => return Ok(()),
            }
        }
    }
}

/// What a request needs to be made of, if the office knows all there is here about the record.
fn ready(connection: &Connection, kind: &'static RecordType, id: RecordId) -> Result<(Session, String, uuid::Uuid), Error> {
    let target = RecordRef::new(kind.name, id);
    if !documents::raw(connection, &target)?.is_some_and(|raw: Raw| raw.exists()) {
        return Err(Error::not_found(kind.name, id));
    }
    if outbox::pending_docs(connection)?.contains(&id) {
        let message = format!("work on this {} still waits to be sent: sync, and try again", kind.name);
        return Err(Refusal::new("record.unsent", message).into());
    }
    let (session, token) = meta::signed_in(connection)?;
    Ok((session, token, incarnation::current(connection)?.device))
}

/// An `Offline` that says what it means for the action.
fn explained(error: Error, told: impl Fn(String) -> String) -> Error {
    if let Error::Offline { reason } = error { Error::offline(told(reason)) } else { error }
}
