//! E-mails.

use super::{PARTIES, REGARDING};
use crate::field::{Kind, choice, long_text, of, reference, text};
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle;
use crate::permission::Access;
use crate::record::declare::{part, record};
use crate::time::Timestamp;

part! {
    /// A sender or a recipient.
    MailParty keyed by id;
    /// Who it is, where we know them: an account, a contact, a lead or a user.
    party: Option<RecordRef> = reference(PARTIES).commercial().material();
    /// Sender or recipient, and which kind of recipient.
    part: Option<String> = choice(&["from", "to", "cc", "bcc"]).required().commercial();
    /// The address; else the one of the record.
    address: Option<String> = of(Kind::Email).commercial().material();
    /// The company they wrote for; filled in when the e-mail closes (INV-70).
    account: Option<RecordId> = reference(&["account"]);
}

record! {
    /// A message, written here and sent by the office.
    EmailMessage is "email", titled "subject", lifecycle &lifecycle::email::EMAIL, access Access::Sales;

    /// What it is about, in a few words.
    subject: Option<String> = text(400).commercial().indexed();
    /// Who writes it: a user or a team.
    owner: Option<RecordRef> = reference(&["user", "team"]).commercial().material().indexed();
    /// The record it is about.
    regarding: Option<RecordRef> = reference(REGARDING).commercial().material().indexed();
    /// When the office sent it.
    sent_on: Option<Timestamp> = of(Kind::Time).server().indexed();
    /// Why the office could not send it, the last time it tried.
    send_error: Option<String> = text(1_000).server();
    /// The name it has among all e-mails of the world.
    message_id: Option<String> = text(250).commercial().indexed();
    /// The word in the subject by which answers are matched to it.
    tracking_token: Option<String> = text(50).commercial().indexed();
    /// When it was queued, logged or cancelled.
    actual_end: Option<Timestamp> = of(Kind::Time).server();
    /// The company of the contact it is about, as it was when the e-mail closed (INV-70).
    rolled_up_to: Option<RecordId> = reference(&["account"]).server().indexed();
    /// What it says.
    body: String = long_text(100_000);

    collection
    /// Sender and recipients.
    parties of MailParty;
}
