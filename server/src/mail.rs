//! Handing e-mails over to the machine's own mail program, which knows how they travel.

use std::time::Duration;

use fieldbook_domain::ids::RecordId;
use lettre::message::{Mailbox, header};
use lettre::{Message, SendmailTransport, Transport};
use uuid::Uuid;

use crate::app::App;
use crate::org::mail::Outgoing;

/// How often it is looked whether something waits to be sent.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Sends what waits, in every organisation, until the server stops.
pub async fn send_all(app: App, program: String) {
    let mut turns = tokio::time::interval(LOOK_EVERY);
    let first = app.clone();
    let _ = tokio::task::spawn_blocking(move || first.give_up_interrupted_mail()).await;
    loop {
        turns.tick().await;
        let (app, program) = (app.clone(), program.clone());
        let sent = tokio::task::spawn_blocking(move || send_waiting(&app, &program)).await;
        if let Ok(Err(error)) = sent {
            tracing::warn!(%error, "cannot send e-mails");
        }
    }
}

/// Sends what waits now; says how many went out.
///
/// # Errors
/// The database failed. That a message could not be sent is no error: it is said in its record.
pub fn send_waiting(app: &App, program: &str) -> Result<usize, crate::error::Error> {
    let mut sent = 0;
    for org in app.orgs()? {
        let mut last = RecordId(Uuid::nil());
        while let Some(outgoing) = app.take_mail(org.id, last)? {
            last = outgoing.id;
            match send(&outgoing, program) {
                Ok(()) => {
                    app.mail_sent(org.id, outgoing.id)?;
                    sent += 1;
                }
                Err(why) => app.mail_failed(org.id, outgoing.id, why)?,
            }
        }
    }
    Ok(sent)
}

fn send(outgoing: &Outgoing, program: &str) -> Result<(), String> {
    let mailbox = |address: &str| address.parse::<Mailbox>().map_err(|error| format!("{address}: {error}"));
    // The same name every time: whoever gets it twice can tell.
    let name = format!("<{}@fieldbook>", outgoing.id);
    let mut message = Message::builder().message_id(Some(name)).from(mailbox(&outgoing.from)?).subject(outgoing.subject.as_str());
    for (address, part) in &outgoing.recipients {
        let mailbox = mailbox(address)?;
        message = match part.as_str() {
            "cc" => message.cc(mailbox),
            "bcc" => message.bcc(mailbox),
            _ => message.to(mailbox),
        };
    }
    let message =
        message.header(header::ContentType::TEXT_PLAIN).body(outgoing.body.clone()).map_err(|error| error.to_string())?;
    SendmailTransport::new_with_command(program).send(&message).map_err(|error| error.to_string())
}
